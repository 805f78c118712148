//! Personal access tokens, and what is told of any token that somebody made on purpose.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    body::{Choice, Whole},
    caller::Call,
    error::ApiError,
    operation::{Done, Made, Shown},
    shape::{Id, LastUse, Moment, OrgName, Person},
};
use crate::token::{self, Lifetime, LongLived, TokenKind};

/// A time to live in seconds: from a minute to a hundred years.
pub(super) type ToLive = Whole<60, 3_155_760_000>;
/// For how long what is replaced may work on, in seconds: 30 days at most.
type Overlap = Whole<0, 2_592_000>;

impl Choice<ToLive> {
    /// Null means for ever; what isn't said means as usual.
    pub(super) fn lifetime(self) -> Lifetime {
        match self {
            Self::Unsaid => Lifetime::Usual,
            Self::Without => Lifetime::Unending,
            Self::Of(seconds) => Lifetime::For(Duration::from_secs(seconds.0)),
        }
    }
}

/// A personal access token that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// What to call it.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// What it shall allow; without it, or with none, what the app usually needs.
    #[serde(default)]
    scopes: Vec<String>,
    /// How many seconds it lives; null means until it is revoked, where that is allowed.
    #[serde(default)]
    expires_in: Choice<ToLive>,
    /// The organization to act for, by its id or slug; without it your personal one.
    org: Option<String>,
}

/// How a token is to be replaced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// For how many seconds the old one works on; without it, it ends at once.
    overlap: Option<Overlap>,
    /// How many seconds the new one lives; without it as long as the old one did, null means until it is revoked.
    #[serde(default)]
    expires_in: Choice<ToLive>,
}

impl From<Rotation> for token::Rotation {
    fn from(wanted: Rotation) -> Self {
        Self {
            overlap: wanted.overlap.map_or(Duration::ZERO, |overlap| Duration::from_secs(overlap.0)),
            lifetime: wanted.expires_in.lifetime(),
        }
    }
}

/// A token that somebody made on purpose. The secret isn't in it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Token {
    /// Stays the same when the token is replaced.
    id: Id,
    app: String,
    name: String,
    kind: Kind,
    /// Which of the app's kinds of keys it is.
    key_kind: Option<String>,
    /// What it begins with, as far as it may be shown.
    start: String,
    last_four: String,
    scopes: Vec<String>,
    /// The organization that it acts for.
    org: Option<OrgName>,
    holder: HolderView,
    created_at: Moment,
    created_by: Option<Person>,
    /// Null: until it is revoked.
    expires_at: Option<Moment>,
    last_used: Option<LastUse>,
    status: Status,
    /// Until when the one that was replaced still works.
    overlap_ends_at: Option<Moment>,
    /// How many requests a minute it may make.
    rate_limit: Option<u32>,
    /// From where it may be used; from anywhere if there is none.
    allow: Vec<String>,
}

/// A personal access token or a key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Kind {
    Personal,
    ApiKey,
}

/// Whether a token works.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Status {
    Active,
    Expired,
    Revoked,
}

/// Whose a token is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Holder")]
struct HolderView {
    id: Id,
    name: String,
    /// `person`, `service` or `organization`.
    kind: String,
}

impl From<LongLived> for Token {
    fn from(token: LongLived) -> Self {
        Self {
            id: Id::of(token.id),
            app: token.app,
            name: token.name,
            kind: if token.kind == TokenKind::Personal { Kind::Personal } else { Kind::ApiKey },
            key_kind: token.key_kind,
            start: token.start,
            last_four: token.last_four,
            scopes: token.scopes,
            org: token.org.as_ref().map(OrgName::from),
            holder: HolderView {
                id: Id::of(token.kept_by.account),
                name: token.kept_by.name,
                kind: token.kept_by.holder.as_str().to_owned(),
            },
            created_at: token.created_at.into(),
            created_by: token.created_by.as_ref().map(Person::from),
            expires_at: token.expires_at.map(Moment::from),
            last_used: token.last_used.as_ref().map(LastUse::from),
            status: match token.status {
                token::Status::Active => Status::Active,
                token::Status::Expired => Status::Expired,
                token::Status::Revoked => Status::Revoked,
            },
            overlap_ends_at: token.overlap_ends_at.map(Moment::from),
            rate_limit: token.rate_limit,
            allow: token.allow.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A token that was just made.
#[derive(Serialize, JsonSchema)]
pub(super) struct HandedOut {
    /// The token itself. This is the one time that it is told.
    secret: String,
    token: Token,
}

impl From<token::HandedOut> for HandedOut {
    fn from(made: token::HandedOut) -> Self {
        Self { secret: made.secret.expose().to_owned(), token: made.token.into() }
    }
}

/// Personal access tokens.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tokens {
    tokens: Vec<Token>,
}

pub(super) async fn list(call: Call) -> Result<Shown<Tokens>, ApiError> {
    let all = call.domain().personal_tokens(call.asker()?).await?;
    Ok(Shown(Tokens { tokens: all.into_iter().map(Token::from).collect() }))
}

pub(super) async fn create(call: Call, wanted: NewToken) -> Result<Made<HandedOut>, ApiError> {
    let new = token::NewToken {
        app: &call.token()?.app,
        name: &wanted.name,
        scopes: wanted.scopes,
        lifetime: wanted.expires_in.lifetime(),
        org: wanted.org.as_deref(),
    };
    Ok(Made(call.domain().create_personal_token(call.asker()?, new).await?.into()))
}

pub(super) async fn rotate(call: Call, wanted: Rotation) -> Result<Made<HandedOut>, ApiError> {
    let id = call.id("id", "token")?;
    Ok(Made(call.domain().rotate_personal_token(call.asker()?, id, wanted.into()).await?.into()))
}

pub(super) async fn revoke(call: Call) -> Result<Done, ApiError> {
    call.domain().revoke_personal_token(call.asker()?, call.id("id", "token")?).await?;
    Ok(Done)
}
