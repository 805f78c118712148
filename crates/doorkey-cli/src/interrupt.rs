//! Ctrl-C. While the command waits for a person it ends the wait, and the command says so and tidies up; at a question
//! it ends the process at once, with the terminal as it was.
//!
//! It is watched only while something waits. Afterwards it does again what it does everywhere, because another program
//! may have taken the command in and goes on.

use std::sync::Arc;

use doorkey::Cancel;

use crate::prompt::Asking;

/// Who hears of Ctrl-C.
#[derive(Clone, Debug, Default)]
pub enum Interrupts {
    /// The command, while it waits.
    #[default]
    Watched,
    /// Whoever has taken the command in, and passes the wish on in this way.
    Elsewhere(Cancel),
}

impl Interrupts {
    /// Turns Ctrl-C, a closed terminal and a polite `kill` into a wish to stop, as long as the watch lives. `sentence` is
    /// said where nobody else can.
    pub fn watch(&self, asking: &Arc<Asking>, sentence: String) -> Watch {
        match self {
            Interrupts::Watched => {
                let cancel = Cancel::new();
                let signals = signals::watch(&cancel, asking, sentence);
                Watch { cancel, _signals: signals }
            }
            Interrupts::Elsewhere(cancel) => Watch { cancel: cancel.clone(), _signals: None },
        }
    }

    /// The wish to stop a request that nobody has to be told about: where the command hears of Ctrl-C itself, the process
    /// just ends.
    pub fn cancel(&self) -> Cancel {
        match self {
            Interrupts::Watched => Cancel::never(),
            Interrupts::Elsewhere(cancel) => cancel.clone(),
        }
    }
}

/// A wait that can be stopped.
#[derive(Debug)]
#[must_use = "nobody watches any more when this is gone"]
pub struct Watch {
    /// The wish to stop it.
    pub cancel: Cancel,
    _signals: Option<signals::Watched>,
}

#[cfg(unix)]
mod signals {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use doorkey::Cancel;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;
    use signal_hook::iterator::{Handle, Signals};

    use crate::prompt::Asking;

    /// The code of a command that the person has stopped.
    const CANCELLED: i32 = 130;

    /// What ends a wait.
    const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

    /// The signals belong to the process, so who watches them is counted for the process. Once somebody has watched one,
    /// it never goes back to the system's own hands: what the system would do is done for it while nobody watches.
    #[derive(Debug)]
    struct Process {
        watchers: AtomicUsize,
        nobody: Arc<AtomicBool>,
    }

    static PROCESS: OnceLock<Process> = OnceLock::new();

    impl Process {
        fn get() -> &'static Process {
            PROCESS.get_or_init(|| {
                let nobody = Arc::new(AtomicBool::new(false));
                for signal in SIGNALS {
                    // Where this isn't possible watching isn't either, and the signal stays the system's.
                    let _ = flag::register_conditional_default(signal, Arc::clone(&nobody));
                }
                Process { watchers: AtomicUsize::new(0), nobody }
            })
        }

        fn begin(&self) {
            self.watchers.fetch_add(1, Ordering::SeqCst);
            self.nobody.store(false, Ordering::SeqCst);
        }

        fn end(&self) {
            if self.watchers.fetch_sub(1, Ordering::SeqCst) == 1 {
                self.nobody.store(true, Ordering::SeqCst);
            }
        }
    }

    /// Signals that are watched.
    #[derive(Debug)]
    pub struct Watched(Handle);

    impl Drop for Watched {
        fn drop(&mut self) {
            self.0.close();
            Process::get().end();
        }
    }

    pub fn watch(cancel: &Cancel, asking: &Arc<Asking>, sentence: String) -> Option<Watched> {
        Process::get().begin();
        // Without the watch Ctrl-C still ends the process; every file is whole at every moment.
        let Ok(mut signals) = Signals::new(SIGNALS) else {
            Process::get().end();
            return None;
        };
        let handle = signals.handle();
        let (cancel, asking) = (cancel.clone(), Arc::clone(asking));
        std::thread::spawn(move || {
            for (count, _) in signals.forever().enumerate() {
                cancel.cancel();
                let asked = asking.abandon();
                if asked || count > 0 {
                    let before = if asked { "\n" } else { "" };
                    let _ = writeln!(std::io::stderr(), "{before}{sentence}");
                    std::process::exit(CANCELLED);
                }
            }
        });
        Some(Watched(handle))
    }
}

/// Elsewhere Ctrl-C ends the process, as usual.
#[cfg(not(unix))]
mod signals {
    use std::sync::Arc;

    use doorkey::Cancel;

    use crate::prompt::Asking;

    #[derive(Debug)]
    pub struct Watched;

    pub fn watch(_cancel: &Cancel, _asking: &Arc<Asking>, _sentence: String) -> Option<Watched> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_took_the_command_in_ends_its_waits() {
        let cancel = Cancel::new();
        let elsewhere = Interrupts::Elsewhere(cancel.clone());
        let watch = elsewhere.watch(&Arc::default(), String::new());
        assert!(!watch.cancel.is_cancelled() && elsewhere.cancel().can_be_cancelled());
        cancel.cancel();
        assert!(watch.cancel.is_cancelled() && elsewhere.cancel().is_cancelled());
    }
}
