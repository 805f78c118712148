//! What a person does at the command's own place while a sign-in waits for their browser.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doorkey_manifest::Secret;

/// What a person can do to help a sign-in that waits. Clones share one state: whoever reads the keyboard (or draws the
/// buttons) holds one, and another goes into [`LoginOptions::nudge`](crate::LoginOptions).
///
/// The sign-in looks for it at least twenty times a second while it waits. What it can't use is answered with
/// [`Event::PastedInVain`](crate::Event::PastedInVain), and the wait goes on.
#[derive(Clone, Debug, Default)]
pub struct Nudge(Arc<Mutex<VecDeque<Push>>>);

/// One wish.
#[derive(Clone, Debug)]
pub(crate) enum Push {
    /// A code for another device, instead of a browser here.
    UseCode,
    /// The address at which the browser ended up. What is in it may be worth a sign-in.
    CameHome(Secret),
}

impl Nudge {
    /// Nothing was done yet.
    pub fn new() -> Nudge {
        Nudge::default()
    }

    /// The browser is on another device after all: goes on with a code, where the product offers that.
    pub fn use_code(&self) {
        self.lock().push_back(Push::UseCode);
    }

    /// The browser couldn't reach this machine, and the person has copied the address that it shows. It is judged by the
    /// same rules as a request to the listener.
    pub fn came_home(&self, address: Secret) {
        self.lock().push_back(Push::CameHome(address));
    }

    /// The next thing that was done.
    pub(crate) fn take(&self) -> Option<Push> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Push>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
