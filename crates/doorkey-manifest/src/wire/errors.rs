//! How failures look that an exchange says nothing of its own about.

use serde::Deserialize;
use serde_json::Value;

use super::matching::lookup;
use super::message::{Response, ResponseBody};
use super::operation::Meaning;
use crate::{FillError, Template, Values};

/// How failures look that an exchange says nothing of its own about.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// The body of all of them, with `{error}` and `{message}` from the table or from what happened.
    pub body: Template,
    /// Status and code of each.
    #[serde(default)]
    pub table: Table,
}

macro_rules! table {
    ($($(#[doc = $doc:literal])+ $variant:ident $field:ident),+ $(,)?) => {
        /// Status, code and text of each failure.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct Table {
            $($(#[doc = $doc])+ pub $field: Option<ErrorRow>),+
        }

        impl Table {
            /// The row of a meaning.
            pub fn get(&self, means: Meaning) -> Option<&ErrorRow> {
                match means {
                    $(Meaning::$variant => self.$field.as_ref(),)+
                    Meaning::Ok | Meaning::Started | Meaning::Approved => None,
                }
            }
        }
    };
}

table! {
    /// The person hasn't decided yet.
    Pending pending,
    /// Not decided yet, and the client asks too often.
    SlowDown slow_down,
    /// The person refused.
    Denied denied,
    /// The sign-in, or the token, has run out.
    Expired expired,
    /// The code, the token or the key isn't one that the server knows.
    Invalid invalid,
    /// The request itself is wrong.
    BadRequest bad_request,
    /// There is no such thing.
    NotFound not_found,
    /// This isn't allowed.
    Forbidden forbidden,
    /// The plan doesn't include this.
    NeedsPlan needs_plan,
    /// This version isn't served any more.
    Upgrade upgrade,
    /// The server can't answer now.
    TryLater try_later,
}

/// One kind of failure.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ErrorRow {
    /// The HTTP status.
    pub status: u16,
    /// The code that `{error}` stands for.
    #[serde(default)]
    pub code: Option<String>,
    /// The text that `{message}` stands for when there is no better one.
    #[serde(default)]
    pub message: Option<String>,
}

impl Errors {
    /// The answer for a failure.
    pub(super) fn answer(&self, means: Meaning, values: &Values) -> Result<Response, FillError> {
        let mut values = values.clone();
        let mut status = means.usual_status();
        if let Some(row) = self.table.get(means) {
            status = row.status;
            if let Some(code) = &row.code {
                values.set("error", code.as_str());
            }
            if let Some(message) = row.message.as_deref().filter(|_| values.get("message").is_none()) {
                values.set("message", message);
            }
        }
        if values.get("error").is_none() {
            values.set("error", means.name());
        }
        if values.get("message").is_none() {
            values.set("message", means.usual_message());
        }
        values.set("status", status);
        Ok(Response::json(status, self.body.fill(&values)?))
    }

    /// What a failure means: the row with its status and its code, else a row with its status alone.
    pub(super) fn read(&self, response: &Response, allowed: &[Meaning]) -> Option<(Meaning, Values)> {
        let values = response.body_json().map(|body| self.body.read_leniently(body)).unwrap_or_default();
        let rows = || {
            let rows = allowed.iter().filter_map(|means| Some((*means, self.table.get(*means)?)));
            rows.filter(|(_, row)| row.status == response.status)
        };
        let same_code = |row: &ErrorRow| row.code.is_some() && row.code.as_deref() == values.text("error");
        let found = rows().find(|(_, row)| same_code(row)).or_else(|| rows().next())?;
        Some((found.0, values))
    }
}

impl Meaning {
    /// The status that usually goes with it.
    pub const fn usual_status(self) -> u16 {
        match self {
            Self::Ok | Self::Started | Self::Approved => 200,
            Self::Pending | Self::SlowDown | Self::Expired | Self::BadRequest => 400,
            Self::Invalid => 401,
            Self::NeedsPlan => 402,
            Self::Denied | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Upgrade => 426,
            Self::TryLater => 503,
        }
    }

    /// What a status usually means, of what may be meant. `None` for what isn't a failure.
    pub(super) fn usual(status: u16, allowed: &[Self]) -> Option<Self> {
        let means = match status {
            401 => Self::Invalid,
            402 => Self::NeedsPlan,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            426 => Self::Upgrade,
            408 | 425 | 429 | 500..=599 => Self::TryLater,
            400..=499 => Self::BadRequest,
            _ => return None,
        };
        [means, Self::BadRequest].into_iter().find(|means| allowed.contains(means))
    }

    const fn usual_message(self) -> &'static str {
        match self {
            Self::Ok | Self::Started | Self::Approved => "It worked.",
            Self::Pending => "Nobody has decided yet.",
            Self::SlowDown => "Nobody has decided yet. Ask less often.",
            Self::Denied => "The sign-in was refused.",
            Self::Expired => "This has expired.",
            Self::Invalid => "This credential is not valid.",
            Self::BadRequest => "The request can't be understood.",
            Self::NotFound => "There is no such thing.",
            Self::Forbidden => "This is not allowed.",
            Self::NeedsPlan => "The plan does not include this.",
            Self::Upgrade => "This version is no longer served.",
            Self::TryLater => "The service can't answer now. Try again later.",
        }
    }
}

/// Code and text of a failure in the shapes that are common: `error` with `error_description` or `message`, or an
/// object of them under `error`.
pub(super) fn common(body: &ResponseBody) -> Values {
    let ResponseBody::Json(body) = body else { return Values::new() };
    let text = |path: &str| lookup(body, path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut values = Values::new();
    if let Some(error) = text("error").or_else(|| text("error.code")).or_else(|| text("code")) {
        values.set("error", error);
    }
    if let Some(message) =
        ["error_description", "message", "error.message", "detail"].into_iter().find_map(text)
    {
        values.set("message", message);
    }
    values
}
