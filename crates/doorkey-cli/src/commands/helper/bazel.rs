//! Bazel's credential helpers: the address of a request in JSON in, its headers in JSON out.

use doorkey::{Credential, Origin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, InputProblem};
use super::{Asked, Work, print};
use crate::failure::Failure;
use crate::time;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    uri: String,
}

/// Reads a request: the origin of the address that Bazel is about to ask.
pub fn request(input: &[u8]) -> Result<Origin, InputProblem> {
    let wire: Wire = input::json(input)?;
    // What is asked for there may be spelled in any way; it is the host that the header goes to.
    Ok(Origin::of_address(&wire.uri)?)
}

/// What Bazel is given.
pub fn answer(credential: &Credential) -> Value {
    let mut answer =
        json!({ "headers": { "Authorization": [format!("Bearer {}", credential.token.expose())] } });
    if let (Some(end), Value::Object(answer)) = (credential.expires_at.and_then(time::rfc3339), &mut answer) {
        answer.insert("expires".to_owned(), end.into());
    }
    answer
}

/// `get` gives the headers; there is nothing else that Bazel asks.
pub fn run(action: Option<&str>, work: &Work<'_>) -> Result<u8, Failure> {
    if action != Some("get") {
        let problem = InputProblem::Missing("what to do: get");
        return Err(Failure::HelperInput { helper: "bazel", problem });
    }
    let origin = work.understood(input::read(input::never).and_then(|input| request(&input)))?;
    match work.credential(&[origin])? {
        // Without headers Bazel asks as it would have without a helper.
        Asked::Foreign(_) => print("{\"headers\":{}}\n"),
        Asked::Given(credential) => print(&format!("{}\n", answer(&credential))),
    }
}

/// The lines of a `.bazelrc`.
pub fn setup(origins: &[Origin], name: &str) -> String {
    let line =
        |origin: &Origin| format!("common --credential_helper={}=bazel-credential-{name}", origin.host());
    origins.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(uri: &str) -> Result<String, String> {
        let input = json!({ "uri": uri }).to_string();
        request(input.as_bytes()).map(|origin| origin.to_string()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_host_of_the_address_counts() {
        for uri in
            ["https://cache.example.com", "https://cache.example.com/a%20b/../c?x=https://evil.example#y"]
        {
            assert_eq!(said(uri).as_deref(), Ok("https://cache.example.com"), "{uri}");
        }
    }

    #[test]
    fn an_address_that_could_lead_elsewhere_is_refused() {
        for uri in [
            "",
            "cache.example.com",
            "grpc://cache.example.com",
            "http://cache.example.com",
            "https://cache.example.com@evil.example/",
            "https://evil.example\\@cache.example.com/",
            "https://cache.example.com\n.evil.example/",
            "https://cache%2eexample.com/",
        ] {
            assert!(said(uri).is_err(), "{uri}");
        }
        for input in [
            "",
            "{}",
            "[]",
            r#"{"uri":"https://a.example","uri":"https://b.example"}"#,
            r#"{"uri":"https://a.example","x":1}"#,
        ] {
            assert!(request(input.as_bytes()).is_err(), "{input}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(input in proptest::collection::vec(proptest::num::u8::ANY, 0..200), uri in "\\PC{0,40}") {
            let _ = request(&input);
            let _ = said(&uri);
        }
    }
}
