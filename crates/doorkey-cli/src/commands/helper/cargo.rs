//! cargo's credential providers, version 1 of the protocol: one JSON object per line in both directions.

use std::collections::BTreeMap;

use doorkey::{Credential, Origin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, InputProblem};
use super::{Asked, Work, print};
use crate::failure::Failure;

/// What a provider says first: the versions that it speaks.
const HELLO: &str = "{\"v\":[1]}\n";

/// One of cargo's requests.
#[derive(Debug, Deserialize)]
struct Wire {
    v: u32,
    registry: Registry,
    kind: String,
    /// What the token is for; every operation gets the same.
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol")]
    operation: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol")]
    args: Vec<String>,
    /// The crate: `name`, `vers` and `cksum`; for a login `token` and `login-url`.
    #[serde(flatten)]
    about: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Registry {
    index_url: String,
    #[serde(default)]
    #[expect(dead_code, reason = "what the person calls it says nothing about where it is")]
    name: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "what the registry answered without a token")]
    headers: Vec<String>,
}

/// What may stand beside the kind of a request.
const ABOUT: &[&str] = &["name", "vers", "cksum", "token", "login-url"];

/// What cargo wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// A token for this registry.
    Get(Origin),
    /// To keep a token.
    Login,
    /// To forget it.
    Logout,
    /// Something that came into the protocol later.
    Unknown,
}

/// Reads a request: one line.
pub fn request(input: &[u8]) -> Result<Request, InputProblem> {
    let line = input::text(input)?;
    let wire: Wire = input::json(line.as_bytes())?;
    if wire.v != 1 {
        return Err(InputProblem::Version);
    }
    if wire.about.keys().any(|key| !ABOUT.contains(&key.as_str())) {
        return Err(InputProblem::UnknownKey);
    }
    let index = wire.registry.index_url;
    let (origin, _) = Origin::with_path(index.strip_prefix("sparse+").unwrap_or(&index))?;
    Ok(match wire.kind.as_str() {
        "get" => Request::Get(origin),
        "login" => Request::Login,
        "logout" => Request::Logout,
        _ => Request::Unknown,
    })
}

/// What cargo is given: a token that it may use until it ends.
pub fn answer(bearer: bool, credential: &Credential) -> Value {
    let token = credential.token.expose();
    let token = if bearer { format!("Bearer {token}") } else { token.to_owned() };
    let until = match credential.expires_at {
        Some(end) => json!({ "cache": "expires", "expiration": end.div_euclid(1000) }),
        None => json!({ "cache": "session" }),
    };
    let mut answer = json!({ "kind": "get", "token": token, "operation_independent": true });
    if let (Value::Object(answer), Value::Object(until)) = (&mut answer, until) {
        answer.extend(until);
    }
    json!({ "Ok": answer })
}

/// Says hello and answers one request after the other, until cargo has no more.
pub fn run(work: &Work<'_>) -> Result<u8, Failure> {
    print(HELLO)?;
    loop {
        let input = work.understood(input::read(input::a_line))?;
        if input.is_empty() {
            return Ok(0);
        }
        let answer = match work.understood(request(&input)).and_then(|request| respond(&request, work)) {
            Ok(answer) => answer,
            Err(failure) => refusal(&failure, work),
        };
        print(&format!("{answer}\n"))?;
    }
}

fn respond(request: &Request, work: &Work<'_>) -> Result<Value, Failure> {
    match request {
        Request::Get(origin) => match work.credential(std::slice::from_ref(origin))? {
            Asked::Foreign(_) => Ok(json!({ "Err": { "kind": "url-not-supported" } })),
            Asked::Given(credential) => {
                Ok(answer(work.client.app().manifest().helpers.cargo.bearer, &credential))
            }
        },
        Request::Login => Err(Failure::HelperReadsOnly { helper: "cargo", login: true }),
        Request::Logout => Err(Failure::HelperReadsOnly { helper: "cargo", login: false }),
        Request::Unknown => Ok(json!({ "Err": { "kind": "operation-not-supported" } })),
    }
}

/// Why there is no token, for cargo to say.
fn refusal(failure: &Failure, work: &Work<'_>) -> Value {
    if let Failure::HelperInput { problem: InputProblem::Address(_), .. } = failure {
        return json!({ "Err": { "kind": "url-not-supported" } });
    }
    let hint = failure.hint(work.voice.command());
    let message = match hint {
        Some(hint) => format!("{failure} {hint}"),
        None => failure.to_string(),
    };
    json!({ "Err": { "kind": "other", "message": message, "caused-by": [] } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(index: &str, more: &str) -> Result<Request, String> {
        let line = format!(r#"{{"v":1,"registry":{{"index-url":"{index}","name":"acme"}},{more}}}"#);
        request(format!("{line}\n").as_bytes()).map_err(|problem| problem.to_string())
    }

    const GET: &str = r#""kind":"get","operation":"read","args":[]"#;

    #[test]
    fn what_cargo_says_is_understood() {
        let origin = "https://index.example.com".parse().map_err(|_| ());
        let origin = || origin.clone().map(Request::Get).map_err(|()| String::new());
        for index in ["sparse+https://index.example.com/", "sparse+https://index.example.com/team/index/"] {
            assert_eq!(said(index, GET), origin(), "{index}");
        }
        let publish = r#""kind":"get","operation":"publish","name":"x","vers":"1.0.0","cksum":"ab""#;
        assert_eq!(said("https://index.example.com/index.git", publish), origin());
        assert_eq!(
            said("sparse+https://x.example/", r#""kind":"login","token":"t","login-url":"u""#),
            Ok(Request::Login)
        );
        assert_eq!(said("sparse+https://x.example/", r#""kind":"logout""#), Ok(Request::Logout));
        assert_eq!(said("sparse+https://x.example/", r#""kind":"dance""#), Ok(Request::Unknown));
    }

    #[test]
    fn what_is_not_one_exact_registry_is_refused() {
        for index in [
            "",
            "sparse+",
            "sparse+http://index.example.com/",
            "sparse+https://index.example.com@evil.example/",
            "sparse+https://index.example.com\\u000aevil.example/",
            "sparse+https://index.example.com/%0a",
            "sparse+https://index.example.com/../x",
            "git+ssh://index.example.com/",
            "file:///index",
        ] {
            assert!(said(index, GET).is_err(), "{index}");
        }
        for more in [
            "",
            r#""kind":1"#,
            r#""kind":"get","registry":{"index-url":"https://evil.example"}"#,
            r#""kind":"get","kind":"login""#,
            r#""kind":"get","surprise":true"#,
        ] {
            assert!(said("sparse+https://x.example/", more).is_err(), "{more}");
        }
        for line in
            ["", "{}", "null", "[]", r#"{"v":2,"registry":{"index-url":"https://x.example"},"kind":"get"}"#]
        {
            assert!(request(line.as_bytes()).is_err(), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(input in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = request(&input);
        }

        #[test]
        fn no_index_panics(index in "\\PC{0,40}") {
            let line = json!({ "v": 1, "registry": { "index-url": index }, "kind": "get" }).to_string();
            let _ = request(line.as_bytes());
        }
    }
}
