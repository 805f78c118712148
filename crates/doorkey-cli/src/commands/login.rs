//! `login`: the way that fits, with everything that the person has to see.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{
    Cancel, Checked, Choice, Client, Error, Event as Happened, Exit, LoginOptions, MANAGE, Page, Progress,
    Secret, SignInError, SignedIn, Way, Wish,
};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;
use serde_json::{Value, json};

use super::identity_values;
use crate::arguments::Login;
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::prompt::{self, Asking};
use crate::voice::Voice;
use crate::{json, time};

pub fn run(client: &Client, wishes: Login, given: Option<Secret>, voice: &mut Voice) -> Result<u8, Failure> {
    voice.begin_signing_in();
    check_scopes(client, &wishes.scopes)?;
    let asking = Arc::new(Asking::default());
    let watch = voice.watch(&asking, voice.text(Event::LoginCancelled, &Values::new()));
    let cancel = &watch.cancel;
    let given = match (given, &wishes.token) {
        (Some(given), _) => Some(given),
        (None, Some(given)) => Some(given_token(given, &asking, voice)?),
        (None, None) => None,
    };
    let signed_in = match given {
        Some(given) => save(client, given, voice, cancel)?,
        None => match client.login(&options(&wishes), &mut Teller::asking(voice, &asking), cancel) {
            Ok(signed_in) => signed_in,
            Err(Error::SignIn(SignInError::PasteNeeded { page: Some(page), .. }))
                if prompt::is_possible() =>
            {
                let open = client.choose_way(&options(&wishes))?.open_browser;
                let token = pasted(client, &page, open, &asking, voice)?;
                save(client, token, voice, cancel)?
            }
            Err(error) => return Err(error.into()),
        },
    };
    voice.end_waiting(true);
    tell(client, &signed_in, voice)
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

fn options(wishes: &Login) -> LoginOptions {
    LoginOptions {
        wish: match (wishes.browser, wishes.device, wishes.anonymous) {
            (true, ..) => Wish::Browser,
            (_, true, _) => Wish::Device,
            (.., true) => Wish::Anonymous,
            _ => Wish::Auto,
        },
        open_browser: !wishes.no_browser,
        timeout: wishes.timeout,
        poll_interval: wishes.poll_interval,
        scopes: (!wishes.scopes.is_empty()).then(|| wishes.scopes.clone()),
        organization: wishes.org.clone(),
        product: wishes.product.clone(),
        leave_anonymous_work: wishes.yes,
    }
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
    open: bool,
    asking: &Asking,
    voice: &mut Voice,
) -> Result<Secret, Failure> {
    let values = Values::new().with("url", page);
    voice.say(Event::PasteBegin, &values)?;
    voice.say(Event::Link, &values)?;
    if open && let Some(url) = doorkey::system::page_url(page) {
        // It is the person who notices whether it opened; the link stands there.
        let _ = client.system().browser.open(&url);
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

/// What came of a sign-in, for programs.
pub(super) fn as_json(client: &Client, done: &SignedIn) -> Value {
    json!({
        "status": "signed_in",
        "app": client.app().name(),
        "profile": client.profile().ok().map(|profile| profile.name.to_string()),
        "server": done.server.url,
        "user": json::user(&done.identity),
        "organization": json::organization(&done.identity),
        "way": done.way.map_or("token", Way::name),
        "credentials": done.path.display().to_string(),
        "expires_at": done.expires_at.and_then(time::rfc3339),
        "checked": !matches!(done.checked, Checked::No { .. }),
        "overridden_by": done.overridden_by,
    })
}

/// Says who is signed in, at which server, and where the credential lies.
fn tell(client: &Client, done: &SignedIn, voice: &mut Voice) -> Result<u8, Failure> {
    if voice.json() {
        voice.result(&as_json(client, done))?;
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
    if let Some(variable) = &done.overridden_by {
        voice.say(Event::EnvironmentWins, &values.with("variable", variable.as_str()))?;
    }
    Ok(exit.unwrap_or(0))
}

/// Tells the person what happens while the library works.
pub(super) struct Teller<'a> {
    voice: &'a mut Voice,
    /// Whether it was said that the command waits.
    waiting: bool,
    /// Where the person can be asked something.
    asking: Option<&'a Asking>,
    /// Whether the product's own words about a browser that couldn't be opened have led to the link already.
    led: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(voice: &'a mut Voice) -> Teller<'a> {
        Teller { voice, waiting: false, asking: None, led: false }
    }

    /// One that may ask, too.
    fn asking(voice: &'a mut Voice, asking: &'a Asking) -> Teller<'a> {
        Teller { voice, waiting: false, asking: Some(asking), led: false }
    }

    fn say(&mut self, event: Event, values: &Values) {
        // Nobody reads any more: the sign-in goes on, and its result will notice.
        let _ = self.voice.say(event, values);
    }

    fn way(&mut self, choice: &Choice) {
        let word = match choice.way {
            Way::Loopback => Word::WayLoopback,
            Way::Device => Word::WayDevice,
            Way::Session => Word::WaySession,
            Way::Paste => Word::WayPaste,
            Way::Anonymous => Word::WayAnonymous,
        };
        let way = self.voice.word(word, &Values::new());
        let values = Values::new().with("way", way).with("why", choice.reason.sentence());
        self.say(Event::LoginBegin, &values);
        // For a token to paste there is one way, and the page says the rest.
        if choice.way != Way::Paste {
            self.say(Event::LoginWay, &values);
        }
    }

    fn page(&mut self, page: &Page<'_>) {
        let mut values = Values::new().with("url", page.url);
        let (begin, link) = if page.opened {
            (Event::BrowserOpened, Event::LinkOpened)
        } else {
            (Event::OpenByHand, Event::Link)
        };
        if begin != Event::OpenByHand || !self.led {
            self.say(begin, &values);
        }
        self.say(link, &values);
        if let Some(code) = page.user_code {
            let address = page.verification_uri.unwrap_or(page.url);
            values.set("verification_uri", address);
            values.set("user_code", code);
            // Where the link doesn't bring the code along, there is one way, and no need to say the address again.
            self.say(if address == page.url { Event::TypeCode } else { Event::UserCode }, &values);
        } else if let Some(code) = page.comparison {
            self.say(Event::CompareCode, &values.with("comparison_code", code));
        }
        // A line of the product's own stands there from the beginning, however soon the answer comes.
        if page.opened {
            self.voice.wait_for_browser();
        }
        if self.voice.waits_in_own_words() {
            self.wait(page.expires_in);
        }
    }

    fn wait(&mut self, left: Duration) {
        let values = Values::new().with("time_left", time::countdown(left));
        self.voice.wait(&values, !std::mem::replace(&mut self.waiting, true));
    }
}

impl Progress for Teller<'_> {
    fn report(&mut self, happened: Happened<'_>) {
        match happened {
            Happened::Way(choice) => self.way(&choice),
            Happened::Page(page) => self.page(&page),
            Happened::BrowserFailed { why } => {
                let values = Values::new().with("why", why.trim_end_matches('.'));
                self.say(Event::BrowserFailed, &values);
                self.led = self.voice.has_own(Event::BrowserFailed)
                    && !self.voice.text(Event::BrowserFailed, &values).is_empty();
            }
            Happened::NotConfigured => self.say(Event::NotConfigured, &Values::new()),
            Happened::Anonymous => self.say(Event::AnonymousBegin, &Values::new()),
            Happened::Claimed { organization } => {
                let mut values = Values::new();
                if let Some(organization) = organization {
                    values.set("org.name", organization);
                }
                self.say(Event::Claimed, &values);
            }
            Happened::Waiting { left } => self.wait(left),
            // The product's own line says that it waits, and stays whole until it is known how that ends.
            Happened::TryingAgain { .. } if self.voice.holds_line() => {}
            Happened::TryingAgain { why, after } => {
                let values = Values::new().with("why", why).with("time_left", time::in_words(after));
                self.say(Event::TryingAgain, &values);
            }
            Happened::Mended { path, .. } => {
                self.say(Event::FileMended, &Values::new().with("path", path.display().to_string()));
            }
            Happened::KeptAside { path, aside } => {
                let values = Values::new()
                    .with("path", path.display().to_string())
                    .with("detail", aside.display().to_string());
                self.say(Event::FileKeptAside, &values);
            }
            // Strays are answered and ignored; there is nothing for the person to do.
            _ => {}
        }
    }

    fn may_leave_anonymous_work(&mut self) -> bool {
        let Some(asking) = self.asking.filter(|_| prompt::is_possible() && !self.voice.json()) else {
            return false;
        };
        self.voice.stop_waiting();
        let question = self.voice.text(Event::AnonymousConfirm, &Values::new());
        asking.confirm(&question, false).unwrap_or(false)
    }
}
