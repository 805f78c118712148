//! The ways of signing in that a product offers.

use serde::{Deserialize, Serialize};

use super::period::Period;

/// The ways of signing in that the product offers.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The ways, the preferred one first.
    pub ways: Vec<Way>,
    /// The scopes that are asked for when nothing else is said; each is one of `[scopes]`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How long the server keeps a sign-in that nobody decides.
    #[serde(default = "ten_minutes")]
    pub expires_in: Period,
    /// How long the command waits when nothing else is said.
    #[serde(default = "five_minutes")]
    pub timeout: Period,
    /// How the random state is written that a sign-in begins with.
    #[serde(default)]
    pub state: StateForm,
    /// How the loopback way works.
    #[serde(default)]
    pub loopback: Loopback,
    /// How the device way works.
    #[serde(default)]
    pub device: Device,
    /// How the session way works.
    #[serde(default)]
    pub session: Session,
    /// How the paste way works.
    #[serde(default)]
    pub paste: Paste,
}

fn ten_minutes() -> Period {
    Period::from_secs(600)
}

fn five_minutes() -> Period {
    Period::from_secs(300)
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            ways: Vec::new(),
            scopes: Vec::new(),
            expires_in: ten_minutes(),
            timeout: five_minutes(),
            state: StateForm::default(),
            loopback: Loopback::default(),
            device: Device::default(),
            session: Session::default(),
            paste: Paste::default(),
        }
    }
}

/// A way of signing in: a proof and a way home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A browser on the same machine comes back to a listener of the command (RFC 8252).
    Loopback,
    /// The person opens a link anywhere and compares or types a code, while the command polls (RFC 8628).
    Device,
    /// The command opens a link and polls with the session that it was given.
    Session,
    /// The person makes a token on a web page and pastes it.
    Paste,
    /// No person at all: a token for an account that nobody has yet.
    Anonymous,
}

impl Way {
    /// The word for it in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Device => "device",
            Self::Session => "session",
            Self::Paste => "paste",
            Self::Anonymous => "anonymous",
        }
    }
}

/// How a random state is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StateForm {
    /// 32 random bytes in base64url.
    #[default]
    Base64url,
    /// 32 random bytes in hexadecimal.
    Hex,
    /// A UUID of version 4 (RFC 9562), for servers that insist on one.
    Uuid,
}

/// How the loopback way works.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Loopback {
    /// The path that the browser comes back to.
    pub path: String,
    /// The ports to try, in order. Without any: a free one.
    pub ports: Vec<u16>,
    /// The host that the redirect address names.
    pub host: LoopbackHost,
    /// What the listener does when somebody brings another state than ours, together with a code.
    pub foreign_state: ForeignState,
    /// How the command proves, when it redeems the code, that it is the one that started.
    pub proof: Proof,
    /// The path of the page that the browser sees at the end, where it is the listener that shows it.
    pub done_path: Option<String>,
    /// Allows what published clients of old products need and nobody else should use, such as a key in a fragment.
    pub legacy: bool,
}

impl Default for Loopback {
    fn default() -> Self {
        Self {
            path: "/callback".to_owned(),
            ports: Vec::new(),
            host: LoopbackHost::default(),
            foreign_state: ForeignState::default(),
            proof: Proof::default(),
            done_path: None,
            legacy: false,
        }
    }
}

/// The host in the redirect address of the loopback way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LoopbackHost {
    /// The IPv4 address. The right one for new products.
    #[default]
    #[serde(rename = "127.0.0.1")]
    V4,
    /// The IPv6 address.
    #[serde(rename = "[::1]")]
    V6,
    /// The name, for products whose server insists on it.
    #[serde(rename = "localhost")]
    Name,
}

impl LoopbackHost {
    /// As it stands in the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V4 => "127.0.0.1",
            Self::V6 => "[::1]",
            Self::Name => "localhost",
        }
    }
}

/// What the listener does with a state that isn't ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ForeignState {
    /// It answers, ignores it and goes on waiting.
    #[default]
    Ignore,
    /// It ends the sign-in.
    Abort,
}

/// How the command proves at the end that it is the one that started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// With the verifier of a challenge (RFC 7636, S256).
    #[default]
    Pkce,
    /// With the state alone.
    State,
}

/// How the device way works.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Device {
    /// The interval between polls that the server advertises, where the product fixes one.
    pub interval: Option<Period>,
    /// Whether the command also listens, as in the loopback way (and with its `path`, `ports` and `host`), and names
    /// that address as `{redirect_uri}` when it starts: a browser on this machine that comes there ends the pause
    /// between two polls. Nothing else that it brings is looked at.
    pub callback: bool,
    /// The address that a browser on this machine is opened with, where it is more than the link that people see:
    /// `{verification_uri_complete}` with parameters added.
    pub open: Option<crate::Template>,
}

/// How the session way works.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// The interval between polls, where the product fixes one.
    pub interval: Option<Period>,
    /// Allows what published clients of old products need and nobody else should use: the session code in an address.
    pub legacy: bool,
}

/// How the paste way works.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Paste {
    /// The address of the page where tokens are made. It may hold placeholders such as `{frontend}`.
    pub page: Option<crate::Text>,
}
