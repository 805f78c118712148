//! What a terminal shows in the end, and how that looks in a picture.

use std::fmt::Write;

/// How tall a line and how wide ten letters are, in pixels, and what is around all of them.
const LINE: usize = 22;
const TEN_LETTERS: usize = 91;
const AROUND: usize = 96;

/// The text as it stands on the screen at the end: lines that were overwritten are gone, colours stay.
pub fn settled(raw: &str) -> String {
    let lines = raw.replace("\r\n", "\n");
    let lines = lines.split('\n').map(|line| {
        // A line that begins anew shows what was written last; erasing it shows nothing.
        let last = line.rsplit('\r').next().unwrap_or_default();
        without_links(&last.replace("\u{1b}[K", ""))
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim_matches('\n').to_owned()
}

/// The text without what makes it clickable (OSC 8).
fn without_links(text: &str) -> String {
    let mut pieces = text.split("\u{1b}]8;;");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| all + piece.split_once("\u{1b}\\").map_or("", |(_, rest)| rest))
}

/// How wide and tall the picture of a command and its text is, in pixels, where a line has so many letters.
pub fn size(line: &str, text: &str, columns: usize) -> (u32, u32) {
    let typed = format!("$ {line}");
    let shown = std::iter::once(typed.as_str()).chain(text.lines());
    let lines: usize = shown.map(|line| plain(line).chars().count().div_ceil(columns).max(1)).sum();
    let pixels = |count: usize| u32::try_from(count + AROUND).unwrap_or(900);
    (pixels(columns * TEN_LETTERS / 10), pixels(lines * LINE))
}

/// A page that looks like the terminal in which `line` was typed.
pub fn html(line: &str, text: &str) -> String {
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>terminal</title><style>\
         html {{ background: #f4f1ea }} body {{ margin: 24px }}\
         pre {{ margin: 0; padding: 24px; border-radius: 10px; background: #16191d; color: #e6e4df;\
         font: 15px/{LINE}px 'DejaVu Sans Mono', monospace; white-space: pre-wrap; overflow-wrap: anywhere }}\
         .c1 {{ font-weight: bold }} .c31 {{ color: #ff8f8f }} .c32 {{ color: #8fd694 }} .c33 {{ color: #e8c268 }}\
         .c36 {{ color: #7cc7e8 }} b {{ color: #8fd694; font-weight: normal }}</style>\
         <pre><b>$</b> {}\n{}</pre>",
        escaped(line),
        coloured(text)
    )
}

/// The colours of the terminal as spans.
fn coloured(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut html = escaped(pieces.next().unwrap_or_default());
    let mut open = 0;
    for piece in pieces {
        let (codes, rest) = piece.split_once('m').unwrap_or(("", piece));
        if codes.is_empty() || codes == "0" {
            html.push_str(&"</span>".repeat(std::mem::take(&mut open)));
        } else {
            let classes: Vec<String> = codes.split(';').map(|code| format!("c{code}")).collect();
            let _ = write!(html, "<span class=\"{}\">", classes.join(" "));
            open += 1;
        }
        html.push_str(&escaped(rest));
    }
    html.push_str(&"</span>".repeat(open));
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn plain(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| all + piece.split_once('m').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::{coloured, settled};

    #[test]
    fn what_was_overwritten_is_gone() {
        let raw = "one\r\n\r◐ waiting\u{1b}[K\r◓ waiting\u{1b}[K\r\u{1b}[Kdone\r\n";
        assert_eq!(settled(raw), "one\ndone");
    }

    #[test]
    fn a_link_is_its_text() {
        let raw = "\u{1b}]8;;https://a.example/\u{1b}\\https://a.example/\u{1b}]8;;\u{1b}\\ there\r\n";
        assert_eq!(settled(raw), "https://a.example/ there");
    }

    #[test]
    fn colours_become_spans_and_text_stays_text() {
        assert_eq!(coloured("\u{1b}[32m✓\u{1b}[0m a <b>"), "<span class=\"c32\">✓</span> a &lt;b&gt;");
    }
}
