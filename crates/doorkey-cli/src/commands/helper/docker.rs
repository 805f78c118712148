//! docker's credential helpers, which podman, skopeo, buildah and many others speak, too: the registry's name in, JSON out.

use doorkey::{Credential, Error, Origin};
use serde_json::json;

use super::input::{self, InputProblem};
use super::{Asked, Work, print};
use crate::failure::Failure;

/// What docker's libraries take for "there is none", word by word. Anything else is an error to them.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// Paths that a registry's name may have behind it: they say which version of the API is spoken.
const PATHS: &[&str] = &["", "/", "/v1", "/v1/", "/v2", "/v2/"];

/// Which registry it is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// As it was said, to be said again.
    pub asked: String,
    /// What that may mean. A name alone means https, and on this machine it may also mean http.
    pub origins: Vec<Origin>,
}

/// Reads a request.
pub fn request(input: &[u8]) -> Result<Request, InputProblem> {
    let text = input::text(input)?;
    let asked = text.strip_suffix('\n').unwrap_or(text);
    if asked.is_empty() {
        return Err(InputProblem::Missing("which registry"));
    }
    let (origins, path) = if asked.contains("://") {
        let (origin, path) = Origin::with_path(asked)?;
        (vec![origin], path.to_owned())
    } else {
        let address = format!("https://{asked}");
        let (origin, path) = Origin::with_path(&address)?;
        let clear = Origin::with_path(&format!("http://{asked}")).ok().map(|(origin, _)| origin);
        (std::iter::once(origin).chain(clear).collect(), path.to_owned())
    };
    if PATHS.contains(&path.as_str()) {
        Ok(Request { asked: asked.to_owned(), origins })
    } else {
        Err(InputProblem::Path)
    }
}

/// What docker is given.
pub fn answer(request: &Request, user: &str, credential: &Credential) -> String {
    json!({ "ServerURL": request.asked, "Username": user, "Secret": credential.token.expose() }).to_string()
}

/// `get` and `list` give; `store` and `erase` are refused, because signing in and out is Doorkey's.
pub fn run(action: Option<&str>, work: &Work<'_>) -> Result<u8, Failure> {
    let done = match action {
        Some("get") => get(work),
        Some("list") => list(work),
        Some("store") => Err(Failure::HelperReadsOnly { helper: "docker", login: true }),
        Some("erase") => Err(Failure::HelperReadsOnly { helper: "docker", login: false }),
        _ => Err(Failure::HelperInput {
            helper: "docker",
            problem: InputProblem::Missing("what to do: get or list"),
        }),
    };
    match done {
        Err(failure) => {
            // docker reads the reason from standard output; a person reads standard error.
            let reason = match &failure {
                Failure::Library(Error::SignedOut { .. }) => NOT_FOUND.to_owned(),
                other => other.to_string(),
            };
            print(&format!("{reason}\n"))?;
            Err(failure)
        }
        done => done,
    }
}

fn get(work: &Work<'_>) -> Result<u8, Failure> {
    let request = work.understood(input::read(input::never).and_then(|input| request(&input)))?;
    match work.credential(&request.origins)? {
        Asked::Foreign(_) => {
            print(&format!("{NOT_FOUND}\n"))?;
            Ok(1)
        }
        Asked::Given(credential) => {
            let user = work.client.app().manifest().helpers.docker.user();
            print(&format!("{}\n", answer(&request, user, &credential)))
        }
    }
}

/// The registries that there is a credential for, with the user name of each.
fn list(work: &Work<'_>) -> Result<u8, Failure> {
    let user = work.client.app().manifest().helpers.docker.user();
    let origins = match work.client.resolve()? {
        doorkey::Resolution::Found(_) => work.origins()?,
        doorkey::Resolution::SignedOut => Vec::new(),
    };
    let known: serde_json::Map<_, _> =
        origins.iter().map(|origin| (origin.to_string(), user.into())).collect();
    print(&format!("{}\n", serde_json::Value::Object(known)))
}

/// What belongs into docker's `config.json`.
pub fn setup(origins: &[Origin], name: &str) -> String {
    let helpers: serde_json::Map<_, _> =
        origins.iter().map(|origin| (origin.authority(), name.into())).collect();
    format!("{:#}", json!({ "credHelpers": helpers }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(input: &str) -> Result<Vec<String>, String> {
        request(input.as_bytes())
            .map(|request| request.origins.iter().map(ToString::to_string).collect())
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_registry_is_named_in_several_ways() {
        for (input, origins) in [
            ("registry.example.com", vec!["https://registry.example.com"]),
            ("registry.example.com:5000\n", vec!["https://registry.example.com:5000"]),
            ("https://registry.example.com/v2/", vec!["https://registry.example.com"]),
            ("localhost:5000", vec!["https://localhost:5000", "http://localhost:5000"]),
            ("http://127.0.0.1:5000", vec!["http://127.0.0.1:5000"]),
        ] {
            assert_eq!(said(input), Ok(origins.into_iter().map(str::to_owned).collect()), "{input:?}");
        }
    }

    #[test]
    fn what_is_not_one_exact_registry_is_refused() {
        for input in [
            "",
            "\n",
            " registry.example.com",
            "registry.example.com\n\n",
            "registry.example.com\r\n",
            "registry.example.com\nevil.example",
            "registry.example.com\0",
            "registry.example.com/evil",
            "registry.example.com/v2/../x",
            "registry.example.com/%2e%2e",
            "registry.example.com?x",
            "ada@registry.example.com",
            "https://registry.example.com@evil.example",
            "http://registry.example.com",
            "ftp://registry.example.com",
            "*.example.com",
        ] {
            assert!(said(input).is_err(), "{input:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(input in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = request(&input);
        }

        #[test]
        fn all_that_it_may_mean_is_the_same_host(input in "[ -~]{0,40}") {
            if let Ok(request) = request(input.as_bytes()) {
                for origin in &request.origins {
                    let host = origin.authority();
                    let host = host.split(':').next().unwrap_or_default().to_owned();
                    proptest::prop_assert!(input.to_lowercase().contains(&host) || host.starts_with('['), "{} {}", input, host);
                }
            }
        }
    }
}
