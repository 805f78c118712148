//! What is shown when the program itself is wrong: where, and never what it held, which may be a secret.

use std::io::Write as _;

/// Replaces the usual message, which would print the panic's own text.
pub fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "error: doorkey has a bug and stopped{place}. Please report it.");
    }));
}
