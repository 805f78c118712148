//! What a long operation tells while it runs. The library prints nothing: whoever called it decides what to show.

use std::path::Path;
use std::time::Duration;

use crate::sign_in::choose::Choice;

/// Receives what happens during [`Client::login`](crate::Client::login) and the other operations that take time.
pub trait Progress {
    /// Called on the thread that called the operation; must not block for long.
    fn report(&mut self, event: Event<'_>);

    /// Whether what was done without an account may stay behind: the service can't hand it over. Without an answer it
    /// may not, and the sign-in ends with everything as it was.
    fn may_leave_anonymous_work(&mut self) -> bool {
        false
    }
}

/// For callers that don't want to know.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&mut self, _event: Event<'_>) {}
}

impl<F: FnMut(Event<'_>)> Progress for F {
    fn report(&mut self, event: Event<'_>) {
        self(event);
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The way of signing in is chosen; it says why.
    Way(Choice),
    /// The person has to open this page. Always reported, also when a browser was opened for them.
    Page(Page<'a>),
    /// A browser should be opened and couldn't be; the link of the [`Event::Page`] has to be opened by hand.
    BrowserFailed {
        /// Why, in words.
        why: &'a str,
    },
    /// Signing in with a browser isn't configured at the service, so it is done without an account.
    NotConfigured,
    /// A credential without an account is asked for.
    Anonymous,
    /// What was done without an account belongs to the account from now on.
    Claimed {
        /// The organization that it is in, as far as the service says.
        organization: Option<&'a str>,
    },
    /// Still waiting for the person. Reported about once a second.
    Waiting {
        /// Until the wait ends by itself.
        left: Duration,
    },
    /// Something that isn't an answer to this sign-in came to the loopback listener: answered and ignored.
    Stray,
    /// The port that the manifest names first is taken, so the browser comes back to another one.
    PortTaken {
        /// The port that is taken.
        taken: u16,
        /// The one that is used instead.
        used: u16,
    },
    /// The address that the person brought isn't the answer to this sign-in; the wait goes on.
    PastedInVain {
        /// Why, in a sentence. Nothing of the address is in it.
        why: &'a str,
    },
    /// The service wants to be asked less often.
    SlowDown {
        /// From now on, this much time is between two questions.
        interval: Duration,
    },
    /// The service couldn't be asked just now; it is asked again.
    TryingAgain {
        /// What went wrong, in a sentence.
        why: &'a str,
        /// How long until the next try.
        after: Duration,
    },
    /// A credentials file that others could read was made private again.
    Mended {
        /// The file.
        path: &'a Path,
        /// Its mode before, such as `0o644`.
        mode: u32,
    },
    /// A credentials file that couldn't be understood was kept under another name before a new one was written.
    KeptAside {
        /// The file.
        path: &'a Path,
        /// Where its old content is now.
        aside: &'a Path,
    },
}

/// A page to open, and what the person compares on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// The complete link: opening it is enough.
    pub url: &'a str,
    /// The short address to type by hand, where the way of signing in has one.
    pub verification_uri: Option<&'a str>,
    /// The code to type there, where the way of signing in has one.
    pub user_code: Option<&'a str>,
    /// What terminal and page both show, for the person to compare.
    pub comparison: Option<&'a str>,
    /// Whether a browser was opened with the link.
    pub opened: bool,
    /// How long the page can be used.
    pub expires_in: Duration,
    /// Whether a browser comes back to this machine, so that the address that it ends up at can be pasted, too
    /// ([`Nudge::came_home`](crate::Nudge::came_home)).
    pub comes_home: bool,
    /// Whether the person may go on with a code instead ([`Nudge::use_code`](crate::Nudge::use_code)).
    pub can_switch: bool,
}
