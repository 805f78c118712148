//! Tells what happens while the library works, to people in words and to programs in events.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Choice, Event as Happened, LoginOptions, Nudge, Page, Progress, Way};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;

use super::events::LoginEvent;
use crate::catalogue::{Look, Word};
use crate::keyboard::Keyboard;
use crate::prompt::{self, Asking};
use crate::time;
use crate::voice::Voice;

/// Between two events that say that the command waits.
const REMINDER: Duration = Duration::from_secs(10);

/// Tells the person what happens while the library works.
pub struct Teller<'a> {
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
    pub fn new(voice: &'a mut Voice) -> Teller<'a> {
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
    pub fn asking(
        voice: &'a mut Voice,
        asking: &'a Arc<Asking>,
        options: &LoginOptions,
        qr: bool,
    ) -> Teller<'a> {
        Teller { asking: Some(asking), nudge: Some(options.nudge.clone()), qr, ..Teller::new(voice) }
    }

    /// One for a command that ends when the page is shown.
    pub(super) fn leaving(self) -> Teller<'a> {
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
