//! docker's `config.json`: passwords in `auths`, or the names of the programs that have them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::found::{Damage, Found, Kept, places_of, secret};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
    #[serde(default)]
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
struct Auth {
    /// User and password, with a colon between them, in base64.
    #[serde(default, rename = "auth")]
    pair: Option<String>,
    #[serde(default)]
    identitytoken: Option<String>,
    #[serde(default)]
    registrytoken: Option<String>,
}

/// Reads the file. docker keeps tokens as passwords, and doesn't say which of the two one is; the service does.
pub fn read(text: &str) -> Result<Vec<Found>, Damage> {
    let file: File = serde_json::from_str(text)
        .map_err(|problem| Damage { line: problem.line(), what: "it isn't the JSON that docker writes" })?;
    let mut all: Vec<Found> = Vec::new();
    for (host, auth) in file.auths {
        if file.cred_helpers.contains_key(&host) {
            continue;
        }
        let (user, token) = of(&auth);
        let kept = match (token, &file.creds_store) {
            (Some(token), _) => token,
            (None, Some(program)) => Kept::Program(program.clone()),
            (None, None) => Kept::Password,
        };
        all.push(entry(host, user, kept));
    }
    all.extend(
        file.cred_helpers.into_iter().map(|(host, program)| entry(host, None, Kept::Program(program))),
    );
    Ok(all)
}

/// User and token of an entry.
fn of(auth: &Auth) -> (Option<String>, Option<Kept>) {
    let pair = auth.pair.as_deref().and_then(|text| STANDARD.decode(text.trim()).ok());
    let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let (user, password) = pair.split_once(':').unwrap_or_default();
    let token = [auth.registrytoken.as_deref(), auth.identitytoken.as_deref(), Some(password)];
    let token = token.into_iter().flatten().find_map(|text| secret(text.trim_end_matches('\0')));
    ((!user.is_empty()).then(|| user.to_owned()), token.map(Kept::Token))
}

fn entry(host: String, user: Option<String>, kept: Kept) -> Found {
    Found { places: places_of(&host), host, user, in_use: true, kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_writes_is_read() {
        let text = r#"{
  "auths": {
    "https://index.docker.io/v1/": {},
    "registry.example.com": { "auth": "YWRhOnRva2VuLW9uZQ==" },
    "identity.example.com": { "auth": "PHRva2VuPjo=", "identitytoken": "two" },
    "ghcr.example.com": {}
  },
  "credHelpers": { "ghcr.example.com": "acme" },
  "credsStore": "secretservice",
  "HttpHeaders": { "User-Agent": "x" }
}"#;
        let all = read(text).map(|all| {
            all.into_iter()
                .map(|found| match found.kept {
                    Kept::Token(token) => format!("{} {}", found.host, token.expose()),
                    Kept::Program(program) => format!("{} ->{program}", found.host),
                    other => format!("{} ({})", found.host, other.name()),
                })
                .collect::<Vec<_>>()
        });
        let expected = [
            "https://index.docker.io/v1/ ->secretservice",
            "identity.example.com two",
            "registry.example.com token-one",
            "ghcr.example.com ->acme",
        ];
        assert_eq!(all, Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_damaged_file_names_its_line() {
        for (text, line) in [("{\n\"auths\": [\n", 2), ("", 1), ("{\n\n\"auths\": {\"x\": 1}}", 3)] {
            assert_eq!(read(text).err().map(|damage| damage.line), Some(line), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}", auth in "\\PC{0,40}") {
            let _ = read(&text);
            let _ = read(&serde_json::json!({ "auths": { &text: { "auth": auth } } }).to_string());
        }
    }
}
