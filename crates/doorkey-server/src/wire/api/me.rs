//! Whose is this token?

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    caller::Call,
    error::ApiError,
    operation::Shown,
    shape::{Account, Moment, OrgName},
};

/// Whose a token is and what it may do.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Me {
    account: Account,
    /// The organization that the token acts for.
    org: Option<OrgName>,
    app: String,
    /// What kind of token it is.
    kind: String,
    scopes: Vec<String>,
    expires_at: Option<Moment>,
    /// The organization's plan.
    plan: Option<String>,
}

pub(super) async fn get(call: Call) -> Result<Shown<Me>, ApiError> {
    let token = call.token()?;
    let identity = &token.identity;
    Ok(Shown(Me {
        account: Account::new(identity.account, &identity.name, identity.email.as_deref()),
        org: identity.org.as_ref().map(OrgName::from),
        app: token.app.clone(),
        kind: token.kind.as_str().to_owned(),
        scopes: token.scopes.clone(),
        expires_at: token.expires_at.map(Moment::from),
        plan: token.plan.clone(),
    }))
}
