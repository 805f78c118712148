//! As much of YAML as gh writes: keys below keys, with plain or quoted text at their ends.

use super::found::Damage;

/// More levels than gh has.
const DEEPEST: usize = 16;

/// A key with all that are above it, and its text; a key that only has others below it has none.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// From the outermost key to its own.
    pub path: Vec<String>,
    /// Its text.
    pub value: String,
}

/// Reads the keys in their order.
pub fn read(text: &str) -> Result<Vec<Entry>, Damage> {
    let mut entries: Vec<Entry> = Vec::new();
    // How far each key above is indented.
    let mut above: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let damage = |what| Damage { line: index + 1, what };
        let content = line.trim_start_matches(' ');
        if content.trim().is_empty() || content.starts_with('#') || matches!(line.trim_end(), "---" | "...") {
            continue;
        }
        if content.starts_with('\t') {
            return Err(damage("it is indented with a tab"));
        }
        let indent = line.len() - content.len();
        let deep = above.len();
        above.retain(|(outer, _)| *outer <= indent);
        let closed = above.len() < deep;
        match above.last() {
            // A sibling takes the place of the one before.
            Some((outer, _)) if *outer == indent => drop(above.pop()),
            // What stands between two levels belongs to neither.
            _ if closed => return Err(damage("it is indented like nothing above it")),
            _ => {}
        }
        if above.len() >= DEEPEST {
            return Err(damage("it is nested too deeply"));
        }
        let (key, rest) = key(content).ok_or_else(|| damage("it isn't `key: value`"))?;
        let value = value(rest).ok_or_else(|| damage("its value isn't plain or quoted text"))?;
        let path = above.iter().map(|(_, key)| key.clone()).chain([key.clone()]).collect();
        entries.push(Entry { path, value });
        above.push((indent, key));
    }
    Ok(entries)
}

/// The key of a line, and what stands behind its colon.
fn key(content: &str) -> Option<(String, &str)> {
    if content.starts_with(['"', '\'']) {
        let (key, rest) = quoted(content)?;
        return Some((key, rest.strip_prefix(':')?));
    }
    let (key, rest) =
        content.split_once(": ").or_else(|| Some((content.trim_end().strip_suffix(':')?, "")))?;
    let key = key.trim_end();
    let plain =
        !key.is_empty() && !key.starts_with(['-', '{', '[', '?', '&', '*', '!', '|', '>', '%', '@', '`']);
    plain.then(|| (key.to_owned(), rest))
}

/// The text of a value, without quotes and comments.
fn value(rest: &str) -> Option<String> {
    let rest = rest.trim();
    if rest.starts_with(['"', '\'']) {
        let (text, behind) = quoted(rest)?;
        let behind = behind.trim_start();
        return (behind.is_empty() || behind.starts_with('#')).then_some(text);
    }
    if rest.starts_with('#') || matches!(rest, "{}" | "[]" | "~" | "null") {
        return Some(String::new());
    }
    let plain = rest.find(" #").map_or(rest, |end| &rest[..end]).trim_end();
    (!plain.starts_with(['{', '[', '&', '*', '!', '|', '>', '%', '@', '`'])).then(|| plain.to_owned())
}

/// A quoted text, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut letters = text.char_indices();
    let (_, quote) = letters.next()?;
    let mut inside = String::new();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if quote == '"' => inside.push(match letters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            '\'' if quote == '\'' && text[at + 1..].starts_with('\'') => {
                letters.next();
                inside.push('\'');
            }
            letter if letter == quote => return Some((inside, &text[at + 1..])),
            letter => inside.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(text: &str) -> Vec<String> {
        let entries = read(text).unwrap_or_default();
        entries.iter().map(|entry| format!("{}={}", entry.path.join("/"), entry.value)).collect()
    }

    #[test]
    fn keys_stand_below_keys() {
        let text = "---\na:\n  b: c d # e\n  \"f:g\": 'it''s'\n  h:\n    i: \"\\\"x\\\"\"\nj: k#l\n'm': ~\n";
        assert_eq!(read_as(text), ["a=", "a/b=c d", "a/f:g=it's", "a/h=", "a/h/i=\"x\"", "j=k#l", "m="]);
    }

    #[test]
    fn a_port_is_part_of_the_key() {
        assert_eq!(
            read_as("ghe.example.com:8443:\n    user: ada\n"),
            ["ghe.example.com:8443=", "ghe.example.com:8443/user=ada"]
        );
    }

    #[test]
    fn what_gh_never_writes_is_refused() {
        for text in [
            "- a\n",
            "a: [b]\n",
            "a: {b: c}\n",
            "a: |\n  b\n",
            "a: &x b\n",
            "a: *x\n",
            "{a: b}\n",
            "a\n",
            ": b\n",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
