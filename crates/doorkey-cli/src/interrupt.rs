//! Ctrl-C. While the command waits for a person it ends the wait, and the command says so and tidies up; at a question
//! it ends the process at once, with the terminal as it was.

use std::sync::Arc;

use doorkey::Cancel;

use crate::prompt::Asking;

/// The code of a command that the person has stopped.
#[cfg(unix)]
const CANCELLED: i32 = 130;

/// Turns Ctrl-C, a closed terminal and a polite `kill` into a wish to stop. `sentence` is said where nobody else can.
#[cfg(unix)]
pub fn watch(cancel: &Cancel, asking: &Arc<Asking>, sentence: String) {
    use std::io::Write as _;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Without the watch Ctrl-C still ends the process; every file is whole at every moment.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    let (cancel, asking) = (cancel.clone(), Arc::clone(asking));
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            cancel.cancel();
            let asked = asking.abandon();
            if asked || count > 0 {
                asking.put_back();
                let before = if asked { "\n" } else { "" };
                let _ = writeln!(std::io::stderr(), "{before}{sentence}");
                std::process::exit(CANCELLED);
            }
        }
    });
}

/// Elsewhere Ctrl-C ends the process, as usual.
#[cfg(not(unix))]
pub fn watch(_cancel: &Cancel, _asking: &Arc<Asking>, _sentence: String) {}
