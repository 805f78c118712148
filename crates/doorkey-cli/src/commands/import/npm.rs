//! npm's `.npmrc`: `//registry/:_authToken=…`.

use super::found::{Damage, Found, Kept, places, secret};

/// Reads the file.
pub fn read(text: &str) -> Result<Vec<Found>, Damage> {
    let mut found: Vec<Found> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.starts_with("//") {
            continue;
        }
        let damage = |what| Damage { line: index + 1, what };
        let (key, value) = line.split_once('=').ok_or_else(|| damage("it has no `=`"))?;
        let Some((place, setting)) = key.trim().rsplit_once(':') else {
            return Err(damage("it names no setting behind the registry"));
        };
        let kept = match setting {
            "_authToken" => token(value).ok_or_else(|| damage("there is no token behind the `=`"))?,
            "_auth" | "_password" => Kept::Password,
            // `username`, `email`, `certfile` and their like.
            _ => continue,
        };
        let host = place.trim_start_matches('/').trim_end_matches('/').to_owned();
        // Of a setting that is there twice the last one counts.
        found.retain(|other| other.host != host);
        found.push(Found { places: places(&host), host, user: None, in_use: true, kept });
    }
    Ok(found)
}

/// The token, or the variable that stands for it.
fn token(value: &str) -> Option<Kept> {
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let variable = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    match variable {
        Some(variable) => Some(Kept::Variable(variable.trim_end_matches('?').to_owned())),
        None => secret(value).map(Kept::Token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_what_stands_beside_them() {
        let text = "\
; a comment
registry=https://registry.example.com/
//registry.example.com/:_authToken=npm_one
//registry.example.com/:email=ada@example.com
//127.0.0.1:4873/team/:_authToken = \"npm_two\"
//old.example.com/:_password=c2VjcmV0
//old.example.com/:username=ada
//ci.example.com/:_authToken=${NPM_TOKEN}
//registry.example.com/:_authToken=npm_three
always-auth
";
        let all = read(text).map(|all| {
            all.into_iter()
                .map(|found| match found.kept {
                    Kept::Token(token) => format!("{} {}", found.host, token.expose()),
                    Kept::Variable(name) => format!("{} ${name}", found.host),
                    other => format!("{} ({})", found.host, other.name()),
                })
                .collect::<Vec<_>>()
        });
        let expected = [
            "127.0.0.1:4873/team npm_two",
            "old.example.com (password)",
            "ci.example.com $NPM_TOKEN",
            "registry.example.com npm_three",
        ];
        assert_eq!(all, Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_damaged_line_is_named() {
        for (text, line) in [("\n//x/:_authToken\n", 2), ("//x/:_authToken=\n", 1), ("//x=y", 1)] {
            assert_eq!(read(text).map_err(|damage| damage.line).err(), Some(line), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\PC|\n|//|:_authToken=|\\$\\{){0,100}") {
            let _ = read(&text);
        }
    }
}
