//! The closed lists of what is said over the wire and what an answer may mean.

use serde::{Deserialize, Deserializer, Serialize};

use super::Exchange;
use crate::names::Group;

macro_rules! meanings {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal),+ $(,)?) => {
        /// What an answer means, whatever its status and shape.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Meaning {
            $($(#[doc = $doc])+ $variant),+
        }

        impl Meaning {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in a manifest.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// What it stands for, as a sentence.
            pub fn about(self) -> &'static str {
                let about = match self {
                    $(Self::$variant => concat!($($doc),+)),+
                };
                about.trim_start()
            }
        }
    };
}

meanings! {
    /// It worked.
    Ok "ok",
    /// A sign-in has begun.
    Started "started",
    /// The person approved; the credential is in the answer, or a code for it.
    Approved "approved",
    /// The person hasn't decided yet.
    Pending "pending",
    /// Not decided yet, and the client asks too often.
    SlowDown "slow_down",
    /// The person refused.
    Denied "denied",
    /// The sign-in, or the token, has run out.
    Expired "expired",
    /// The code, the token or the key isn't one that the server knows (any more).
    Invalid "invalid",
    /// The request itself is wrong.
    BadRequest "bad_request",
    /// There is no such thing.
    NotFound "not_found",
    /// The credential is good, but this isn't allowed.
    Forbidden "forbidden",
    /// The credential is good, but the plan doesn't include this.
    NeedsPlan "needs_plan",
    /// This version of the client isn't served any more.
    Upgrade "upgrade",
    /// The server can't answer now: overloaded, broken, or too many requests.
    TryLater "try_later",
}

impl Meaning {
    /// Whether it carries what was asked for, rather than a reason why not.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::Started | Self::Approved)
    }
}

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $variant:ident $field:ident),+ $(,)?) => {
        /// Something that two parties say to each other; what routes and commands are bound to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation {
            $($(#[doc = $doc])+ $variant),+
        }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in a manifest.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($field)),+
                }
            }

            /// Who says it to whom, and what it is for.
            pub fn about(self) -> &'static str {
                let about = match self {
                    $(Self::$variant => concat!($($doc),+)),+
                };
                about.trim_start()
            }
        }

        /// What the product's command and its server say to each other.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct Wires {
            /// What wraps the bodies of all answers.
            pub envelope: Option<super::Envelope>,
            /// How failures look that an exchange says nothing of its own about.
            pub errors: Option<super::Errors>,
            /// Which versions of the client are served.
            pub gate: Option<super::Gate>,
            /// Headers that every request of the command carries.
            pub headers: super::Headers,
            $($(#[doc = $doc])+ pub $field: Option<Exchange>),+
        }

        impl Wires {
            /// The product's own exchange for an operation.
            pub fn get(&self, operation: Operation) -> Option<&Exchange> {
                match operation {
                    $(Operation::$variant => self.$field.as_ref()),+
                }
            }

            pub(crate) fn get_mut(&mut self, operation: Operation) -> Option<&mut Exchange> {
                match operation {
                    $(Operation::$variant => self.$field.as_mut()),+
                }
            }
        }
    };
}

operations! {
    /// Command to server: where is everything (RFC 8414)?
    Metadata metadata,
    /// Command to server: which ways of signing in are configured?
    Config config,
    /// Browser to server: the page of a loopback sign-in.
    Authorize authorize,
    /// Server to listener, through the browser: the way home of a loopback sign-in.
    Callback callback,
    /// Command to server: begin a sign-in that is polled for.
    Start start,
    /// Command to server: has the person decided?
    Poll poll,
    /// Command to server: the code for the credential.
    Redeem redeem,
    /// Command to server: a credential for an account that nobody has yet.
    Anonymous anonymous,
    /// Command to server: what was done anonymously now belongs to the account.
    Claim claim,
    /// Command to server: a new access token for the refresh token.
    Refresh refresh,
    /// Command to server: this credential ends.
    Revoke revoke,
    /// Command to server: who am I?
    WhoAmI whoami,
    /// Command to server: is this credential good?
    Check check,
    /// Command to server: which organizations can I reach?
    Orgs orgs,
    /// Command to server: act for another organization.
    SwitchOrg switch_org,
    /// Command to server: which keys are there?
    ListKeys list_keys,
    /// Command to server: make a key.
    CreateKey create_key,
    /// Command to server: replace a key.
    RotateKey rotate_key,
    /// Command to server: end a key.
    RevokeKey revoke_key,
    /// Command to server: are you there?
    Health health,
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Self::ALL.iter().copied().find(|operation| operation.name() == name);
        found.ok_or_else(|| serde::de::Error::custom(format!("there is no operation called `{name}`")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Operation {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Operation".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<_> = Self::ALL.iter().map(|operation| operation.name()).collect();
        schemars::json_schema!({ "description": "Something that two parties say to each other.", "enum": names })
    }
}

impl Operation {
    /// What an answer to it may mean.
    pub const fn meanings(self) -> &'static [Meaning] {
        use Meaning::{
            Approved, BadRequest, Denied, Expired, Forbidden, Invalid, NeedsPlan, NotFound, Ok, Pending,
            SlowDown, Started, TryLater, Upgrade,
        };
        match self {
            Self::Metadata | Self::Config | Self::Health => &[Ok, NotFound, BadRequest, Upgrade, TryLater],
            Self::Authorize => &[Ok],
            Self::Callback => &[Approved, Denied, BadRequest],
            Self::Start => &[Started, BadRequest, Invalid, Forbidden, NeedsPlan, Upgrade, TryLater],
            Self::Poll => &[
                Approved, Pending, SlowDown, Denied, Expired, Invalid, BadRequest, Forbidden, NeedsPlan,
                Upgrade, TryLater,
            ],
            Self::Redeem => {
                &[Approved, Denied, Expired, Invalid, BadRequest, Forbidden, NeedsPlan, Upgrade, TryLater]
            }
            Self::Anonymous => &[Ok, Forbidden, Invalid, NeedsPlan, BadRequest, Upgrade, TryLater],
            Self::Refresh => &[Ok, Invalid, Expired, Forbidden, NeedsPlan, BadRequest, Upgrade, TryLater],
            Self::WhoAmI
            | Self::Check
            | Self::Claim
            | Self::Revoke
            | Self::Orgs
            | Self::SwitchOrg
            | Self::ListKeys
            | Self::CreateKey
            | Self::RotateKey
            | Self::RevokeKey => {
                &[Ok, Expired, Invalid, NotFound, Forbidden, NeedsPlan, BadRequest, Upgrade, TryLater]
            }
        }
    }

    /// What an answer with this meaning must give, so that the client can go on: of each group, one name.
    pub const fn gives(self, meaning: Meaning) -> &'static [&'static [&'static str]] {
        match (self, meaning) {
            (Self::Metadata, Meaning::Ok) => &[&["issuer"], &["token_endpoint"]],
            (Self::Start, Meaning::Started) => {
                &[&["device_code", "sign_in"], &["verification_uri_complete", "verification_uri"]]
            }
            (Self::Callback, Meaning::Approved) => &[&["code", "token"], &["state"]],
            (Self::Poll | Self::Redeem, Meaning::Approved)
            | (Self::Anonymous | Self::Refresh, Meaning::Ok) => &[&["token"]],
            (Self::SwitchOrg, Meaning::Ok) => &[&["token", "org.id"]],
            (Self::CreateKey | Self::RotateKey, Meaning::Ok) => &[&["key.secret"]],
            (Self::Orgs, Meaning::Ok) => &[&["orgs"]],
            (Self::ListKeys, Meaning::Ok) => &[&["keys"]],
            _ => &[],
        }
    }

    /// Whether the command asks for a credential with it.
    pub fn gives_credential(self) -> bool {
        Meaning::ALL.iter().any(|meaning| self.gives(*meaning).contains(&["token"].as_slice()))
    }

    /// Which names may stand in its request.
    pub const fn request_groups(self) -> &'static [Group] {
        match self {
            Self::Metadata | Self::Config | Self::Health | Self::Anonymous => {
                &[Group::Always, Group::Endpoint, Group::Start, Group::Extra]
            }
            Self::Authorize | Self::Start => {
                &[Group::Always, Group::Endpoint, Group::Start, Group::Org, Group::Extra]
            }
            Self::Callback => &[Group::Always, Group::Start, Group::SignIn, Group::Extra],
            Self::Poll | Self::Redeem => {
                &[Group::Always, Group::Endpoint, Group::Start, Group::SignIn, Group::Org, Group::Extra]
            }
            Self::Refresh
            | Self::Revoke
            | Self::WhoAmI
            | Self::Check
            | Self::Claim
            | Self::Orgs
            | Self::SwitchOrg => &[
                Group::Always,
                Group::Endpoint,
                Group::Start,
                Group::Token,
                Group::User,
                Group::Org,
                Group::Key,
                Group::Anonymous,
                Group::Extra,
            ],
            Self::ListKeys | Self::CreateKey | Self::RotateKey | Self::RevokeKey => &[
                Group::Always,
                Group::Endpoint,
                Group::Token,
                Group::User,
                Group::Org,
                Group::Key,
                Group::Extra,
            ],
        }
    }

    /// Which names may stand in its answers, beyond those of failures.
    pub const fn answer_groups(self) -> &'static [Group] {
        match self {
            Self::Metadata | Self::Config => &[Group::Always, Group::Endpoint, Group::Start, Group::Extra],
            Self::Start => &[Group::Always, Group::Start, Group::SignIn, Group::Token, Group::Extra],
            Self::Authorize | Self::Callback => &[
                Group::Always,
                Group::Start,
                Group::SignIn,
                Group::Token,
                Group::User,
                Group::Org,
                Group::Extra,
            ],
            Self::Poll | Self::Redeem | Self::Refresh => &[
                Group::Always,
                Group::SignIn,
                Group::Start,
                Group::Token,
                Group::User,
                Group::Org,
                Group::Key,
                Group::Extra,
            ],
            _ => &[
                Group::Always,
                Group::Token,
                Group::User,
                Group::Org,
                Group::Key,
                Group::Anonymous,
                Group::Extra,
            ],
        }
    }

    /// Whether the command asks before it has a credential, so that it can't send one along.
    pub(crate) const fn is_before_credential(self) -> bool {
        matches!(
            self,
            Self::Metadata
                | Self::Config
                | Self::Authorize
                | Self::Callback
                | Self::Start
                | Self::Poll
                | Self::Redeem
                | Self::Anonymous
        )
    }

    /// Whether the request is sent by the person's browser rather than by the command.
    pub const fn is_navigation(self) -> bool {
        matches!(self, Self::Authorize | Self::Callback)
    }
}
