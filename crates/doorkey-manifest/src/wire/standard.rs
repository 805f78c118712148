//! Plain OAuth, as one more manifest's wire: what a product doesn't say is this.

use std::sync::OnceLock;

use super::Wires;
use crate::Problems;
use crate::manifest::parse_wires;

const SOURCE: &str = include_str!("standard.toml");

/// The standard exchanges. They are parsed when the first is asked for: a command that doesn't talk to a server never
/// pays for them.
pub(crate) fn standard() -> Option<&'static Wires> {
    static WIRES: OnceLock<Option<Wires>> = OnceLock::new();
    WIRES.get_or_init(|| parse().ok()).as_ref()
}

fn parse() -> Result<Wires, Problems> {
    parse_wires("standard.toml", SOURCE)
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test may fail loudly")]
mod tests {
    #[test]
    fn the_standard_wire_has_no_problems() {
        if let Err(problems) = super::parse() {
            panic!("{problems}");
        }
    }
}
