//! `login`: the way that fits, with everything that the person has to see.

pub mod events;
mod later;
mod teller;

use std::sync::Arc;

use clap::ArgMatches;
use doorkey::{
    Cancel, Checked, Client, Error, Exit, LoginOptions, MANAGE, Nudge, Secret, SignInError, SignedIn,
    Storage, StoreError, Way, Wish,
};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;

use self::events::{LoginEvent, Saved};
pub(super) use self::teller::Teller;
use super::identity_values;
use crate::arguments::{Login, LoginCommand};
use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::prompt::{self, Asking};
use crate::voice::Voice;
use crate::{json, time};

pub fn run(client: &Client, wishes: Login, given: Option<Secret>, voice: &mut Voice) -> Result<u8, Failure> {
    voice.begin_signing_in();
    voice.begin_events();
    check_scopes(client, &wishes.scopes)?;
    let asking = Arc::new(Asking::default());
    let watch = voice.watch(&asking, voice.text(Event::LoginCancelled, &Values::new()));
    let cancel = &watch.cancel;
    if let Some(LoginCommand::Resume(resume)) = &wishes.command {
        return later::resume(client, resume, &asking, cancel, voice);
    }
    let options = options(client, &wishes);
    let qr = wishes.way_in.qr;
    if wishes.way_in.no_wait {
        return later::begin(client, &options, qr, &asking, cancel, voice);
    }
    let given = match (given, &wishes.token) {
        (Some(given), _) => Some(given),
        (None, Some(given)) => Some(given_token(given, &asking, voice)?),
        (None, None) => None,
    };
    let plain = in_plain_after_all(client, &asking, voice)?;
    let client = plain.as_ref().unwrap_or(client);
    let signed_in = match given {
        Some(given) => save(client, given, voice, cancel)?,
        None => by_browser(client, &options, qr, &asking, cancel, voice)?,
    };
    voice.end_waiting(true);
    let exit = tell(client, &signed_in, voice)?;
    settle_storage(client, voice)?;
    Ok(exit)
}

/// The kind of place that was wished for on the command line.
pub(super) fn storage(matches: &ArgMatches) -> Option<Storage> {
    if matches.get_flag("insecure_storage") {
        Some(Storage::File)
    } else {
        matches.get_one("storage").copied()
    }
}

/// Where the keyring can't be used, the person may have a plain file instead, if they say so. Nobody gets one unasked.
fn in_plain_after_all(
    client: &Client,
    asking: &Asking,
    voice: &mut Voice,
) -> Result<Option<Client>, Failure> {
    if client.storage_choice()?.kind != Storage::Keyring {
        return Ok(None);
    }
    match client.prepare_storage() {
        Err(Error::Store(error @ StoreError::KeyringUnavailable { .. }))
            if prompt::is_possible() && !voice.json() =>
        {
            voice.talk(&error.to_string());
            let question = voice.word(Word::PlainFileConfirm, &Values::new());
            if !asking.confirm(&question, false)? {
                return Err(Error::from(error).into());
            }
        }
        other => return Ok(other.map(|()| None)?),
    }
    Ok(Some(client.with_storage(Storage::File)))
}

/// What was wished for, or agreed to, holds from now on.
fn settle_storage(client: &Client, voice: &mut Voice) -> Result<(), Failure> {
    let Some(kind) = client.overrides().storage else { return Ok(()) };
    super::storage::warn_of_others(kind, &client.settle_storage(kind)?, voice);
    Ok(())
}

/// Signs in with a browser, or with a token that is made there.
fn by_browser(
    client: &Client,
    options: &LoginOptions,
    qr: bool,
    asking: &Arc<Asking>,
    cancel: &Cancel,
    voice: &mut Voice,
) -> Result<SignedIn, Failure> {
    let signed_in = client.login(options, &mut Teller::asking(voice, asking, options, qr), cancel);
    match signed_in {
        Err(Error::SignIn(SignInError::PasteNeeded { page: Some(page), .. }))
            if prompt::is_possible() && !voice.json() =>
        {
            let token = pasted(client, &page, options, asking, voice)?;
            save(client, token, voice, cancel)
        }
        other => Ok(other?),
    }
}

/// A scope that doesn't exist is refused before anything begins.
fn check_scopes(client: &Client, wanted: &[String]) -> Result<(), Failure> {
    let known = &client.app().manifest().scopes;
    // Every service knows the one for managing the account, whatever the product's own are.
    let is_known = |scope: &str| scope == MANAGE || known.get(scope).is_some();
    match wanted.iter().find(|scope| !is_known(scope)) {
        None => Ok(()),
        Some(scope) => Err(Failure::NoScope {
            app: client.app().title().to_owned(),
            scope: scope.clone(),
            known: known.iter().map(|(name, _)| name.to_string()).collect(),
        }),
    }
}

fn options(client: &Client, wishes: &Login) -> LoginOptions {
    let way_in = &wishes.way_in;
    let options = LoginOptions {
        wish: match (wishes.browser, wishes.device || way_in.qr, wishes.anonymous) {
            (true, ..) => Wish::Browser,
            (_, true, _) => Wish::Device,
            (.., true) => Wish::Anonymous,
            _ => Wish::Auto,
        },
        open_browser: !wishes.no_browser,
        browser: way_in.browser_command.clone(),
        callback_port: way_in.callback_port,
        callback_host: way_in.callback_host,
        nudge: Nudge::new(),
        timeout: wishes.timeout,
        poll_interval: wishes.poll_interval,
        scopes: (!wishes.scopes.is_empty()).then(|| wishes.scopes.clone()),
        organization: wishes.org.clone(),
        product: wishes.product.clone(),
        leave_anonymous_work: wishes.yes,
    };
    // Whoever says where the browser comes back to has one that does, whatever this machine looks like: by a tunnel, for
    // example. It is opened here only where there is one here.
    if options.wish == Wish::Auto && (way_in.callback_port.is_some() || way_in.callback_host.is_some()) {
        let open_browser = client.choose_way(&options).is_ok_and(|choice| choice.open_browser);
        return LoginOptions { wish: Wish::Browser, open_browser, ..options };
    }
    options
}

/// The token that stands on the command line, or for `-` the one on standard input.
fn given_token(given: &str, asking: &Asking, voice: &Voice) -> Result<Secret, Failure> {
    match given {
        "-" if prompt::is_possible() => asking.hidden(&voice.text(Event::PastePrompt, &Values::new())),
        "-" => prompt::piped(),
        token => Ok(Secret::from(token)),
    }
}

/// Leads the person to the page where tokens are made, and asks for one.
fn pasted(
    client: &Client,
    page: &str,
    options: &LoginOptions,
    asking: &Asking,
    voice: &mut Voice,
) -> Result<Secret, Failure> {
    let values = Values::new().with("url", page);
    voice.say(Event::PasteBegin, &values)?;
    voice.say(Event::Link, &values)?;
    let open = client.choose_way(options)?.open_browser;
    if open && let Some(url) = doorkey::system::page_url(page) {
        // It is the person who notices whether it opened; the link stands there.
        let _ = client.open_page(&url, options);
    }
    asking.hidden(&voice.text(Event::PastePrompt, &values))
}

fn save(client: &Client, token: Secret, voice: &mut Voice, cancel: &Cancel) -> Result<SignedIn, Failure> {
    Ok(client.save_token(token, &mut Teller::new(voice), cancel)?)
}

/// Saves a token that was found somewhere, and says so.
pub(super) fn save_and_tell(client: &Client, token: Secret, voice: &mut Voice) -> Result<u8, Failure> {
    voice.begin_signing_in();
    let done = save(client, token, voice, &Cancel::never())?;
    tell(client, &done, voice)
}

/// Says who is signed in, at which server, and where the credential lies.
fn tell(client: &Client, done: &SignedIn, voice: &mut Voice) -> Result<u8, Failure> {
    if voice.json() {
        voice.event(&LoginEvent::Saved(Box::new(saved(client, done))))?;
        return Ok(0);
    }
    let mut values = done.answer.clone();
    values.merge(identity_values(&done.identity));
    let mut values =
        values.with("server", done.server.url.as_str()).with("path", done.path.display().to_string());
    let event = match (&done.way, &done.checked) {
        // What the plan doesn't include is all that there is to say about such a token.
        (None, Checked::NeedsPlan { .. }) => None,
        (None, Checked::Yes) => Some(Event::TokenSaved),
        (None, Checked::No { why }) => {
            values.set("why", why.as_str());
            Some(Event::TokenSavedUnchecked)
        }
        (Some(Way::Anonymous), _) => Some(Event::SignedInAnonymously),
        (Some(_), _) => Some(Event::SignedIn),
    };
    let mut exit = event.map_or(Ok(None), |event| voice.say(event, &values))?;
    if let Checked::NeedsPlan { message } = &done.checked {
        if let Some(message) = message {
            values.set("message", message.as_str());
        }
        exit = Some(voice.say(Event::NeedsPlan, &values)?.unwrap_or(Exit::Forbidden.code()));
    }
    if let Some(wanted) = &done.missed_organization {
        let values = Values::new().with("org.wanted", wanted.as_str());
        voice.tell(Look::Warn, Word::MissedOrg, &values);
    }
    if let Some(variable) = &done.overridden_by {
        voice.say(Event::EnvironmentWins, &values.with("variable", variable.as_str()))?;
    }
    Ok(exit.unwrap_or(0))
}

/// What came of a sign-in, for programs.
pub(super) fn saved(client: &Client, done: &SignedIn) -> Saved {
    Saved {
        status: "signed_in".to_owned(),
        app: client.app().name().to_owned(),
        profile: done.profile.to_string(),
        server: done.server.url.clone(),
        user: json::user(&done.identity),
        organization: json::organization(&done.identity),
        way: done.way.map_or("token", Way::name).to_owned(),
        credentials: done.path.display().to_string(),
        expires_at: done.expires_at.and_then(time::rfc3339),
        missed_organization: done.missed_organization.clone(),
        checked: !matches!(done.checked, Checked::No { .. }),
        overridden_by: done.overridden_by.clone(),
    }
}
