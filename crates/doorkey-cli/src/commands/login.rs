//! `login`: the way that fits, with everything that the person has to see.

pub mod events;
mod later;

use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use doorkey::{
    Cancel, Checked, Choice, Client, Error, Event as Happened, Exit, LoginOptions, MANAGE, Nudge, Overrides,
    Page, Progress, Secret, SignInError, SignedIn, Storage, StoreError, Way, Wish,
};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;

use self::events::{LoginEvent, Saved};
use super::identity_values;
use crate::arguments::{Login, LoginCommand};
use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::keyboard::Keyboard;
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
    let overrides = Overrides { storage: Some(Storage::File), ..client.overrides().clone() };
    Ok(Some(Client::with(client.app().clone(), client.system().clone(), overrides)))
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
        profile: client.profile().map_or_else(|_| String::new(), |profile| profile.name.to_string()),
        server: done.server.url.clone(),
        user: json::user(&done.identity),
        organization: json::organization(&done.identity),
        way: done.way.map_or("token", Way::name).to_owned(),
        credentials: done.path.display().to_string(),
        expires_at: done.expires_at.and_then(time::rfc3339),
        checked: !matches!(done.checked, Checked::No { .. }),
        overridden_by: done.overridden_by.clone(),
    }
}

/// Between two events that say that the command waits.
const REMINDER: Duration = Duration::from_secs(10);

/// Tells the person what happens while the library works.
pub(super) struct Teller<'a> {
    voice: &'a mut Voice,
    /// Whether it was said that the command waits.
    waiting: bool,
    /// Where the person can be asked something.
    asking: Option<&'a Arc<Asking>>,
    /// What the person does at the keyboard goes there.
    nudge: Option<Nudge>,
    keyboard: Option<Keyboard>,
    /// Whether the link is drawn, too.
    qr: bool,
    /// Whether nobody waits once the page is shown.
    leaves: bool,
    /// How long the wait still was when programs were told last.
    reminded: Option<Duration>,
    /// Whether the product's own words about a browser that couldn't be opened have led to the link already.
    led: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(voice: &'a mut Voice) -> Teller<'a> {
        Teller {
            voice,
            waiting: false,
            asking: None,
            nudge: None,
            keyboard: None,
            qr: false,
            leaves: false,
            reminded: None,
            led: false,
        }
    }

    /// One that may ask and be told something, too.
    pub(super) fn asking(
        voice: &'a mut Voice,
        asking: &'a Arc<Asking>,
        options: &LoginOptions,
        qr: bool,
    ) -> Teller<'a> {
        Teller { asking: Some(asking), nudge: Some(options.nudge.clone()), qr, ..Teller::new(voice) }
    }

    /// One for a command that ends when the page is shown.
    fn leaving(self) -> Teller<'a> {
        Teller { leaves: true, ..self }
    }

    /// Tells programs. Whoever doesn't read any more notices at the end.
    fn event(&mut self, event: &LoginEvent) {
        let _ = self.voice.event(event);
    }

    fn say(&mut self, event: Event, values: &Values) {
        // Nobody reads any more: the sign-in goes on, and its result will notice.
        let _ = self.voice.say(event, values);
    }

    fn way(&mut self, choice: &Choice) {
        self.keyboard = None;
        self.waiting = false;
        self.reminded = None;
        let why = choice.reason.sentence();
        self.event(&LoginEvent::Way { way: choice.way.name().to_owned(), why });
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
        let own = |text: Option<&str>| text.map(str::to_owned);
        self.event(&LoginEvent::Prompt {
            url: page.url.to_owned(),
            verification_uri: own(page.verification_uri),
            user_code: own(page.user_code),
            comparison_code: own(page.comparison).filter(|_| page.user_code.is_none()),
            opened: page.opened,
            expires_in: page.expires_in.as_secs(),
        });
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
        if self.qr {
            self.voice.qr(page.url);
        }
        if let Some(code) = page.user_code {
            let address = page.verification_uri.unwrap_or(page.url);
            values.set("verification_uri", address);
            values.set("user_code", code);
            // Where the link doesn't bring the code along, there is one way, and no need to say the address again.
            self.say(if address == page.url { Event::TypeCode } else { Event::UserCode }, &values);
        } else if let Some(code) = page.comparison {
            self.say(Event::CompareCode, &values.with("comparison_code", code));
        }
        if page.comes_home {
            self.listen(page.can_switch);
        }
        // A line of the product's own stands there from the beginning, however soon the answer comes.
        if page.opened {
            self.voice.wait_for_browser();
        }
        if self.voice.waits_in_own_words() && !self.leaves {
            self.wait(page.expires_in);
        }
    }

    /// Lets the person go on otherwise, and says how. Where the product has its own words for the wait, its document says
    /// all that there is to say.
    fn listen(&mut self, can_switch: bool) {
        let (Some(asking), Some(nudge)) = (self.asking, &self.nudge) else { return };
        self.keyboard = Keyboard::listen(nudge, can_switch, asking);
        if self.keyboard.is_some() && !self.voice.waits_in_own_words() {
            let word = if can_switch { Word::KeysCode } else { Word::KeysAddress };
            self.voice.tell(Look::Plain, word, &Values::new());
        }
    }

    fn wait(&mut self, left: Duration) {
        if self.reminded.is_none_or(|last| last.saturating_sub(left) >= REMINDER) {
            self.reminded = Some(left);
            self.event(&LoginEvent::Waiting { left: left.as_secs() });
        }
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
                self.event(&LoginEvent::BrowserFailed { why: why.to_owned() });
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
            Happened::PortTaken { taken, used } => {
                self.event(&LoginEvent::PortTaken { taken, used });
                let values = Values::new().with("detail", taken.to_string()).with("count", used);
                self.voice.tell(Look::Plain, Word::PortTaken, &values);
            }
            Happened::PastedInVain { why } => {
                self.voice.tell(Look::Warn, Word::PastedInVain, &Values::new().with("why", why));
            }
            Happened::SlowDown { interval } => {
                self.event(&LoginEvent::SlowDown { interval: interval.as_secs() });
            }
            // The product's own line says that it waits, and stays whole until it is known how that ends.
            Happened::TryingAgain { .. } if self.voice.holds_line() => {}
            Happened::TryingAgain { why, after } => {
                self.event(&LoginEvent::TryingAgain { why: why.to_owned(), after: after.as_secs() });
                let values = Values::new().with("why", why).with("time_left", time::in_words(after));
                self.say(Event::TryingAgain, &values);
            }
            Happened::Mended { path, .. } => {
                self.event(&LoginEvent::FileMended { path: path.display().to_string() });
                self.say(Event::FileMended, &Values::new().with("path", path.display().to_string()));
            }
            Happened::KeptAside { path, aside } => {
                let shown = |path: &std::path::Path| path.display().to_string();
                self.event(&LoginEvent::FileKeptAside { path: shown(path), aside: shown(aside) });
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
        // The answer is for the question.
        self.keyboard = None;
        self.voice.stop_waiting();
        let question = self.voice.text(Event::AnonymousConfirm, &Values::new());
        asking.confirm(&question, false).unwrap_or(false)
    }
}
