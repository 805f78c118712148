//! A link as a picture that the camera of a phone reads.

use doorkey_manifest::Values;
use doorkey_manifest::manifest::Stream;
use qrcode::{Color, EcLevel, QrCode};

use super::Voice;
use super::screen::{Screen, width_of};
use crate::catalogue::{Look, Word};

/// The bright border that readers need, in modules (ISO/IEC 18004 asks for four; phones read two).
const BORDER: usize = 2;

/// Black on white, by numbers that no theme of a terminal changes.
const PAPER: &str = "\x1b[38;5;16;48;5;231m";
const PLAIN: &str = "\x1b[0m";

impl Voice {
    /// Draws the link where it can be seen as a whole, else says why there is no picture.
    pub fn qr(&mut self, link: &str) {
        if self.json {
            return;
        }
        if !self.err.terminal {
            return self.tell(Look::Plain, Word::QrNoTerminal, &Values::new());
        }
        let Ok(code) = QrCode::with_error_correction_level(link.as_bytes(), EcLevel::L) else {
            return self.tell(Look::Plain, Word::QrTooLong, &Values::new());
        };
        let wide = code.width() + 2 * BORDER;
        if wide > width_of(Stream::Stderr) {
            return self.tell(Look::Plain, Word::QrTooNarrow, &Values::new().with("count", wide));
        }
        let picture = drawn(&code, self.err);
        let _ = self.write(Stream::Stderr, &picture);
    }
}

/// Two rows of modules in one line of text, by half blocks.
///
/// With colours the code is black on white whatever the terminal's own colours are. Without them the bright modules are
/// drawn, as fits the dark terminal that most people have; readers of today take the negative, too.
fn drawn(code: &QrCode, screen: Screen) -> String {
    let side = code.width();
    let dark = |x: usize, y: usize| {
        let (Some(x), Some(y)) = (x.checked_sub(BORDER), y.checked_sub(BORDER)) else { return false };
        x < side && y < side && code[(x, y)] == Color::Dark
    };
    let inked = |x: usize, y: usize| dark(x, y) == screen.colour && y < side + 2 * BORDER;
    let wide = side + 2 * BORDER;
    let line = |y: usize| -> String {
        let row: String = (0..wide)
            .map(|x| match (inked(x, y), inked(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        if screen.colour { format!("{PAPER}{row}{PLAIN}") } else { row }
    };
    (0..wide).step_by(2).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    /// The modules that a picture shows: what a camera sees.
    fn seen(picture: &str, colour: bool) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in picture.lines() {
            let line = line.replace(PAPER, "").replace(PLAIN, "");
            let half = |upper: bool| {
                let is_inked = |c: char| c == '█' || c == if upper { '▀' } else { '▄' };
                line.chars().map(|c| is_inked(c) == colour).collect::<Vec<bool>>()
            };
            rows.push(half(true));
            rows.push(half(false));
        }
        rows
    }

    #[test]
    fn a_picture_has_every_module_and_a_bright_border_with_and_without_colours() {
        let code =
            QrCode::with_error_correction_level("https://example.com/device?user_code=BCDF-GHJK", EcLevel::L);
        let code = code.unwrap();
        for colour in [true, false] {
            let picture = drawn(&code, Screen { terminal: true, colour, links: false });
            let modules = seen(&picture, colour);
            let side = code.width();
            for y in 0..side {
                for x in 0..side {
                    let dark = code[(x, y)] == Color::Dark;
                    assert_eq!(modules[y + BORDER][x + BORDER], dark, "{x} {y} {colour}");
                }
            }
            let border =
                |x: usize, y: usize| x < BORDER || y < BORDER || x >= side + BORDER || y >= side + BORDER;
            for (y, row) in modules.iter().take(side + 2 * BORDER).enumerate() {
                for (x, module) in row.iter().enumerate() {
                    assert!(!(border(x, y) && *module), "{x} {y} is bright");
                }
            }
        }
    }
}
