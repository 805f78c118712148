//! The closed catalogue of the names that may stand in templates.
//!
//! A name says what a value is, of which kind, whether it is secret, and when it is known. What only one product
//! knows travels under `extra.…`: it is read, kept with the credential and sent back, and means nothing to anybody.

/// What kind of value a name has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A string that holds an address; its parts have names, too (`server.authority`).
    Url,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A time: Unix milliseconds as a number, written in one of the time formats.
    Time,
    /// A string or a number: some servers count, some don't.
    Id,
    /// A list of plain values.
    List,
    /// A list of objects; inside `$each` the fields of one are named with this prefix (`org.id`).
    Items(&'static str),
    /// Any JSON value, passed on as it came.
    Any,
}

macro_rules! groups {
    ($($(#[doc = $doc:literal])+ $variant:ident $title:literal),+ $(,)?) => {
        /// When a value is known.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Group {
            $($(#[doc = $doc])+ $variant),+
        }

        impl Group {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What it is called where people read about it.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title),+
                }
            }

            /// When its values are known, as a sentence.
            pub fn about(self) -> &'static str {
                let about = match self {
                    $(Self::$variant => concat!($($doc),+)),+
                };
                about.trim_start()
            }
        }
    };
}

groups! {
    /// At any time: the app, its server, the machine, the clock.
    Always "always",
    /// Once the server's metadata or configuration is known.
    Endpoint "endpoint",
    /// When a sign-in starts.
    Start "start",
    /// While a sign-in runs.
    SignIn "sign-in",
    /// Once there is a credential.
    Token "token",
    /// Once it is known who signed in.
    User "user",
    /// Once it is known for which organization.
    Org "organization",
    /// Where keys are managed.
    Key "key",
    /// For someone who hasn't signed in.
    Anonymous "anonymous",
    /// In what goes wrong.
    Failure "failure",
    /// In what a command says.
    Command "command",
    /// What only this product knows.
    Extra "extra",
}

/// A name that may stand in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// As it is written.
    pub name: &'static str,
    /// What kind of value it has.
    pub kind: Kind,
    /// Whether its value must not be seen.
    pub secret: bool,
    /// When it is known.
    pub group: Group,
    /// What it stands for.
    pub about: &'static str,
}

macro_rules! names {
    ($($group:ident { $($name:literal $kind:ident $(($prefix:literal))? $(*$secret:ident)? $about:literal)+ })+) => {
        &[$($(Name {
            name: $name,
            kind: Kind::$kind $(($prefix))?,
            secret: names!(@secret $($secret)?),
            group: Group::$group,
            about: $about,
        }),+),+]
    };
    (@secret) => { false };
    (@secret secret) => { true };
}

static NAMES: &[Name] = names! {
    Always {
        "app.name" Text "the app's name"
        "app.title" Text "what people call the app"
        "version" Text "the app's version, from the manifest"
        "server" Url "the address that requests go to"
        "frontend" Url "the address of the web pages"
        "issuer" Text "the issuer of the server's metadata"
        "client_id" Text "the client id"
        "audience" Text "the audience that is asked for"
        "host_name" Text "the name of the machine that the command runs on"
        "device_id" Text "an id that stays the same on one machine"
        "os" Text "the operating system"
        "now" Time "the present time"
        "request_path" Text "the path of the request that is answered"
        "status" Number "the HTTP status of the answer"
        "body" Any "in an envelope: the body that it wraps"
    }
    Endpoint {
        "authorization_endpoint" Url "where the browser begins (RFC 8414)"
        "token_endpoint" Url "where codes are redeemed (RFC 8414)"
        "device_authorization_endpoint" Url "where a device sign-in begins (RFC 8628)"
        "revocation_endpoint" Url "where tokens are ended (RFC 7009)"
        "introspection_endpoint" Url "where tokens are looked into (RFC 7662)"
        "userinfo_endpoint" Url "who the token belongs to"
        "metadata_url" Url "where the metadata lies, derived from the issuer (RFC 8414, section 3)"
        "iss_supported" Flag "whether the way home names the issuer (RFC 9207)"
        "scopes_supported" List "the scopes that the server knows"
        "grant_types_supported" List "the grants that the server knows"
        "code_challenge_methods_supported" List "the challenge methods that the server knows"
        "auth_domain" Text "the host of the server that the browser signs in at"
        "callback_ports" List "the loopback ports that the server knows"
        "configured" Flag "whether signing in with a browser is configured"
    }
    Start {
        "state" Text "a random string that comes back unchanged"
        "code_challenge" Text "the hash of the verifier (RFC 7636)"
        "redirect_uri" Url "where the browser comes home to"
        "done_uri" Url "the page that the listener shows at the end"
        "scope" Text "the scopes, separated by spaces"
        "scopes" List "the scopes"
        "product" Text "which of a family of tools asks"
        "prompt" Text "what the page has to ask for again (OpenID Connect)"
        "legacy" Flag "whether a published client asks that takes the credential itself"
    }
    SignIn {
        "sign_in" Text *secret "the session code that polls"
        "device_code" Text *secret "the code that polls (RFC 8628)"
        "user_code" Text "the code that the person compares or types (RFC 8628)"
        "approval_id" Text "what a sign-in is called in the browser; it doesn't poll"
        "comparison_code" Text "the code that terminal and page both show"
        "code" Text *secret "the code that is redeemed"
        "code_verifier" Text *secret "the proof for the challenge (RFC 7636)"
        "iss" Text "the issuer that the way home names (RFC 9207)"
        "verification_uri" Url "the page where a code is typed"
        "verification_uri_complete" Url "the page with the code filled in"
        "interval" Number "seconds between polls"
    }
    Token {
        "token" Text *secret "the credential itself"
        "token_type" Text "how it is presented"
        "refresh_token" Text *secret "what a new one is got with"
        "id_token" Text *secret "a statement about the person"
        "expires_in" Number "seconds until it runs out"
        "expires_at" Time "when it runs out"
        "saved_at" Time "when it was stored"
        "profile" Text "the profile it is stored under"
        "kind" Text "what kind of credential it is"
    }
    User {
        "user" Any "everything that the server says about the person"
        "user.id" Id "the person's id"
        "user.name" Text "the person's name"
        "user.email" Text "the person's e-mail address"
        "user.email_verified" Flag "whether the address is known to be theirs"
        "user.picture" Text "the address of their picture"
        "user.created_at" Time "since when they have an account"
        "plan" Text "the plan they are on"
    }
    Org {
        "org" Any "everything that the server says about the organization"
        "org.id" Id "the organization's id"
        "org.slug" Text "the organization's short name"
        "org.name" Text "the organization's name"
        "org.role" Text "the person's role in it"
        "org.members" Number "how many people are in it"
        "org.active" Flag "whether it is the one they act for"
        "org.personal" Flag "whether it is the person's own"
        "org.joined_at" Time "since when they are in it"
        "org.wanted" Text "the organization that was asked for, by id or name"
        "orgs" Items("org") "the organizations that can be reached"
    }
    Key {
        "key.id" Id "the key's id"
        "key.name" Text "what the key is called"
        "key.kind" Text "which of the product's kinds of keys it is, such as `live` or `test`"
        "key.prefix" Text "how the key begins"
        "key.secret" Text *secret "the key itself"
        "key.status" Text "whether it works"
        "key.active" Flag "whether it works"
        "key.scopes" List "what it may do"
        "key.created_at" Time "when it was made"
        "key.last_used_at" Time "when it was used last"
        "key.expires_at" Time "when it runs out"
        "key.overlap" Number "seconds that a replaced key goes on working"
        "key.org_id" Id "the organization it belongs to"
        "keys" Items("key") "the keys"
    }
    Anonymous {
        "anonymous_id" Text "the id of someone who hasn't signed in"
        "anonymous_token" Text *secret "the credential that is turned into an account's"
    }
    Failure {
        "error" Text "the code of what went wrong"
        "message" Text "what went wrong, in words"
        "status_text" Text "what the HTTP status is called, such as `Not Found`"
        "retry_after" Number "seconds to wait before trying again"
        "supported_versions" Text "the versions that are served"
        "upgrade_command" Text "how the app is brought up to date"
        "gate_reason" Text "what is wrong with the version header"
        "sunset" Text "until when this version is served"
    }
    Command {
        "path" Text "the credentials file"
        "url" Text "the link to open"
        "source" Text "where the credential comes from"
        "variable" Text "an environment variable"
        "way" Text "how it is signed in"
        "why" Text "the reason"
        "detail" Text "the answer or the error as it came"
        "time_left" Text "how long the command will go on waiting"
        "timeout" Text "how long the command waits"
        "timeout_seconds" Number "the same in seconds"
        "count" Number "how many"
        "command" Text "a command to run"
        "who" Text "the person in one line: name and e-mail address, as far as they are known"
    }
};

/// What the parts of an address are called: `server.host` and so on.
pub const URL_PARTS: &[&str] = &["scheme", "authority", "host", "port", "origin", "path"];

/// The name that products use for what only they know.
const EXTRA: &str = "extra.";

/// All names, except those under `extra.` and the parts of addresses.
pub fn all() -> &'static [Name] {
    NAMES
}

/// The entry of a name. Names under `extra.` are found, too; parts of addresses are not, see [`url_part`].
pub fn lookup(name: &str) -> Option<Name> {
    if let Some(found) = NAMES.iter().find(|entry| entry.name == name) {
        return Some(*found);
    }
    let own = name.strip_prefix(EXTRA)?;
    let good = !own.is_empty()
        && own.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    good.then_some(Name {
        name: EXTRA,
        kind: Kind::Any,
        secret: false,
        group: Group::Extra,
        about: "what only this product knows",
    })
}

/// The address and the part of it that a name such as `server.authority` stands for.
pub fn url_part(name: &str) -> Option<(&str, &str)> {
    let (base, part) = name.rsplit_once('.')?;
    (URL_PARTS.contains(&part) && lookup(base)?.kind == Kind::Url).then_some((base, part))
}

/// Whether a value may be shown in debugging output: known, not secret, and not something passed on as it came.
pub(crate) fn is_public(name: &str) -> bool {
    lookup(name).is_some_and(|entry| !entry.secret && !matches!(entry.kind, Kind::Any | Kind::Items(_)))
}

/// The known name that looks most like a wrong one.
pub(crate) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    let limit = (length / 3).max(1);
    known
        // So many letters are missing at least. A word without end is never compared letter by letter.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be added, removed, replaced or swapped to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{all, lookup, nearest, url_part};

    #[test]
    fn every_name_is_there_once() {
        let mut seen = HashSet::new();
        for name in all() {
            assert!(seen.insert(name.name), "{} is there twice", name.name);
            assert_eq!(lookup(name.name).as_ref(), Some(name));
        }
    }

    #[test]
    fn parts_of_addresses_and_extras_have_names_too() {
        assert_eq!(url_part("server.authority"), Some(("server", "authority")));
        assert_eq!(url_part("user.host"), None);
        assert!(lookup("extra.tenant").is_some());
        assert!(lookup("extra.").is_none() && lookup("extra.A").is_none());
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let known = || all().iter().map(|name| name.name);
        assert_eq!(nearest("user.mail", known()), Some("user.email"));
        assert_eq!(nearest("tokne", known()), Some("token"));
        assert_eq!(nearest("something_else", known()), None);
    }
}
