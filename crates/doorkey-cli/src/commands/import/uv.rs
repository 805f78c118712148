//! uv's `credentials.toml`, which `uv auth login` writes.

use serde::Deserialize;

use super::found::{Damage, Found, Kept, line_of, places_of, secret};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    credential: Vec<Credential>,
}

#[derive(Deserialize)]
struct Credential {
    service: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    scheme: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    token: Option<String>,
}

/// What stands for the user where the password is a token.
const TOKEN_USER: &str = "__token__";

/// Reads the file.
pub fn read(text: &str) -> Result<Vec<Found>, Damage> {
    let file: File = toml::from_str(text).map_err(|problem| Damage {
        line: line_of(text, problem.span().map_or(0, |span| span.start)),
        what: "it isn't the TOML that uv writes",
    })?;
    Ok(file.credential.into_iter().map(found).collect())
}

fn found(credential: Credential) -> Found {
    let is_token = credential.scheme.as_deref() == Some("bearer")
        || credential.username.as_deref().is_none_or(|user| user == TOKEN_USER);
    let text = credential.token.or(credential.password).unwrap_or_default();
    let kept = secret(&text).filter(|_| is_token).map_or(Kept::Password, Kept::Token);
    Found {
        places: places_of(&credential.service),
        host: credential.service,
        user: credential.username.filter(|user| user != TOKEN_USER),
        in_use: true,
        kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uv_writes_is_read() {
        let text = "\
[[credential]]
service = \"https://pypi.example.com/\"
username = \"__token__\"
scheme = \"basic\"
password = \"pypi-one\"

[[credential]]
service = \"https://other.example.com/simple\"
username = \"ada\"
scheme = \"basic\"
password = \"s3cret\"

[[credential]]
service = \"https://api.example.com/\"
scheme = \"bearer\"
token = \"two\"
";
        let all = read(text).map(|all| {
            all.into_iter()
                .map(|found| {
                    let place = found.places.first().map(ToString::to_string).unwrap_or_default();
                    match found.kept {
                        Kept::Token(token) => format!("{place} {}", token.expose()),
                        other => format!("{place} ({})", other.name()),
                    }
                })
                .collect::<Vec<_>>()
        });
        let expected = [
            "https://pypi.example.com pypi-one",
            "https://other.example.com (password)",
            "https://api.example.com two",
        ];
        assert_eq!(all, Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_damaged_file_names_its_line() {
        assert_eq!(read("[[credential]]\nservice = 1\n").err().map(|damage| damage.line), Some(2));
        assert_eq!(read("\n\n[[credential]\n").err().map(|damage| damage.line), Some(3));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\PC|\n|\\[\\[credential\\]\\]|service = \"){0,60}") {
            let _ = read(&text);
        }
    }
}
