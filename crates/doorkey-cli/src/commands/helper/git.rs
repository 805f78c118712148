//! git's credential helpers (gitcredentials(7)): lines of `key=value` in, lines of `key=value` out.

use doorkey::{Credential, Origin, OriginProblem};
use doorkey_manifest::manifest::Helper;

use super::input::{self, InputProblem};
use super::{Asked, Work, print};
use crate::failure::Failure;

/// What git 2.52 may say. Whoever says anything else isn't git, or says something whose meaning isn't known here.
const KEYS: &[&str] = &[
    "protocol",
    "host",
    "path",
    "username",
    "password",
    "password_expiry_utc",
    "oauth_refresh_token",
    "authtype",
    "credential",
    "ephemeral",
    "continue",
];

/// What it may say several times.
const LISTS: &[&str] = &["capability[]", "state[]", "wwwauth[]"];

/// What git wants a credential for.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// Where it would be sent. `None` for a protocol that isn't HTTP: mail, certificates.
    pub origin: Option<Origin>,
    /// The user name that stands in the address.
    pub username: Option<String>,
}

/// Reads a request; a blank line ends it.
pub fn request(input: &[u8]) -> Result<Request, InputProblem> {
    let mut seen: Vec<(&'static str, &str)> = Vec::new();
    for line in input::text(input)?.split('\n').take_while(|line| !line.is_empty()) {
        let (key, value) = line.split_once('=').ok_or(InputProblem::Line)?;
        if LISTS.contains(&key) {
            continue;
        }
        let key = KEYS.iter().copied().find(|known| *known == key).ok_or(InputProblem::UnknownKey)?;
        if seen.iter().any(|(known, _)| *known == key) {
            return Err(InputProblem::Twice(key));
        }
        seen.push((key, value));
    }
    let value = |wanted: &str| seen.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
    let protocol = value("protocol").ok_or(InputProblem::Missing("the protocol"))?;
    let host = value("host").ok_or(InputProblem::Missing("the host"))?;
    if value("path").is_some_and(|path| path.contains('\\') || path.split('/').any(|part| part == "..")) {
        return Err(InputProblem::Path);
    }
    let origin = match protocol.parse() {
        Ok(scheme) => Some(Origin::of(scheme, host)?),
        Err(OriginProblem::Scheme) => None,
        Err(problem) => return Err(problem.into()),
    };
    let username = value("username").filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Request { origin, username })
}

/// What git is given. `user` goes with the token where the address names nobody.
pub fn answer(request: &Request, user: &str, credential: &Credential) -> Result<String, InputProblem> {
    let user = request.username.as_deref().unwrap_or(user);
    let token = credential.token.expose();
    // A token with a line break in it would say more than a password.
    if token.contains(|character: char| character.is_control()) {
        return Err(InputProblem::Character);
    }
    let end = credential.expires_at.map(|end| format!("password_expiry_utc={}\n", end.div_euclid(1000)));
    Ok(format!("username={user}\npassword={token}\n{}", end.unwrap_or_default()))
}

/// `get` gives the token. What git stores and erases is Doorkey's to keep: nothing happens then.
pub fn run(action: Option<&str>, work: &Work<'_>) -> Result<u8, Failure> {
    let request = work.understood(input::read(ends).and_then(|input| request(&input)))?;
    if action != Some("get") {
        return Ok(0);
    }
    let Some(origin) = request.origin.as_ref() else { return Ok(0) };
    match work.credential(std::slice::from_ref(origin))? {
        // Another helper may know it, or git asks the person: nothing is said.
        Asked::Foreign(_) => Ok(0),
        Asked::Given(credential) => {
            let user = work.client.app().manifest().helpers.git.user();
            let answer = work.understood(answer(&request, user, &credential))?;
            print(&answer)
        }
    }
}

fn ends(input: &[u8]) -> bool {
    input.ends_with(b"\n\n") || input == b"\n"
}

/// The lines of a configuration file of git.
pub fn setup(origins: &[Origin], command: &str) -> String {
    let helper = format!("!{command} helper {}", Helper::Git.name());
    let section = |origin: &Origin| {
        // The first line forgets the helpers that are set for every host, so that none of them keeps a copy.
        format!("[credential \"{origin}\"]\n\thelper =\n\thelper = {}", quoted(&helper))
    };
    origins.iter().map(section).collect::<Vec<_>>().join("\n")
}

/// A value of a configuration file of git, quoted where it has to be.
fn quoted(value: &str) -> String {
    if value.contains(['"', '\\', ';', '#']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(input: &str) -> Result<(Option<String>, Option<String>), String> {
        request(input.as_bytes())
            .map(|request| (request.origin.map(|origin| origin.to_string()), request.username))
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_git_says_is_understood() {
        let origin = |text: &str| Some(text.to_owned());
        for (input, expected) in [
            ("protocol=https\nhost=example.com\n", (origin("https://example.com"), None)),
            (
                "protocol=https\nhost=example.com:8443\n\nhost=ignored",
                (origin("https://example.com:8443"), None),
            ),
            (
                "capability[]=authtype\ncapability[]=state\nprotocol=http\nhost=127.0.0.1:80\npath=a b/c.git\nwwwauth[]=Basic realm=\"x\"\n\n",
                (origin("http://127.0.0.1"), None),
            ),
            ("protocol=https\nhost=x.example\nusername=ada", (origin("https://x.example"), origin("ada"))),
            ("protocol=cert\nhost=\npath=/x.pem\n", (None, None)),
        ] {
            assert_eq!(said(input), Ok(expected), "{input:?}");
        }
    }

    #[test]
    fn whatever_was_smuggled_in_is_refused() {
        for input in [
            "",
            "\n",
            "protocol=https\n",
            "host=example.com\n",
            "protocol=https\nhost=\n",
            // CVE-2020-5260 and CVE-2024-50349: a line break from an address.
            "protocol=https\nhost=evil.example\nhost=example.com\n",
            "protocol=https\nhost=evil.example\nprotocol=https\nhost=example.com\n",
            // CVE-2024-52006: a carriage return that another reader takes for a line break.
            "protocol=https\nhost=example.com\rprotocol=https\n",
            "protocol=https\r\nhost=example.com\r\n",
            "protocol=https\nhost=example.com\r\n",
            "protocol=https\nhost=evil.example\u{85}host=example.com\n",
            "protocol=https\nhost=example.com\0.evil.example\n",
            "protocol=https\nhost=example.com\u{1b}[2K\n",
            // CVE-2024-50338: a host that ends where it shouldn't.
            "protocol=https\nhost=example.com@evil.example\n",
            "protocol=https\nhost=evil.example/@example.com\n",
            "protocol=https\nhost=example.com%0ahost=evil.example\n",
            "protocol=https\nhost=example.com%2eevil.example\n",
            "protocol=https\nhost=example.com:443:443\n",
            "protocol=https\nhost=*.example.com\n",
            "protocol=http\nhost=example.com\n",
            "protocol=https\nhost=example.com\npath=../../x\n",
            "protocol=https\nhost=example.com\npath=a\\..\\b\n",
            "protocol=https\nhost=example.com\nurl=https://evil.example\n",
            "protocol=https\nhost=example.com\nHost=evil.example\n",
            "protocol=https\nhost=example.com\n=x\n",
            "protocol=https\nhost=example.com\nquit\n",
        ] {
            assert!(said(input).is_err(), "{input:?}: {:?}", said(input));
        }
        assert!(request(b"protocol=https\nhost=exampl\xe9.com\n").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(input in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = request(&input);
        }

        #[test]
        fn what_is_understood_was_said_in_so_many_words(host in "[ -~\\n\\r\\x00]{0,30}", more in "[ -~\\n\\r]{0,30}") {
            let input = format!("protocol=https\nhost={host}\n{more}");
            if let Ok(Request { origin: Some(origin), .. }) = request(input.as_bytes()) {
                let line = host.split('\n').next().unwrap_or_default();
                proptest::prop_assert_eq!(Origin::of(origin.scheme(), line), Ok(origin));
            }
        }
    }

    #[test]
    fn the_configuration_is_quoted_where_git_needs_it() {
        let origins = ["https://example.com".parse::<Origin>()].into_iter().flatten().collect::<Vec<_>>();
        insta::assert_snapshot!(setup(&origins, "doorkey --app 'a;b.toml'"), @r#"
        [credential "https://example.com"]
        	helper =
        	helper = "!doorkey --app 'a;b.toml' helper git"
        "#);
    }
}
