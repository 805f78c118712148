//! One call of the API, and what its answer means.

use doorkey_manifest::{Body, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::{Account, AccountError};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::http::Limits;
use crate::resolve::{Credential, Source};
use crate::service::{Asking, ServiceError, intercepted, is_page, retry_after, shown};

/// A request to the API.
pub(super) struct Call<'c> {
    pub method: &'static str,
    /// The parts of the path below `/api/v1`, as they are before encoding.
    pub path: &'c [&'c str],
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    pub limits: Limits,
}

impl<'c> Call<'c> {
    pub(super) fn new(method: &'static str, path: &'c [&'c str]) -> Call<'c> {
        Call { method, path, query: Vec::new(), body: None, limits: Limits::default() }
    }

    pub(super) fn with(self, body: Value) -> Call<'c> {
        Call { body: Some(body), ..self }
    }
}

impl Account<'_> {
    /// Reads something.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &[&str], cancel: &Cancel) -> Result<T, Error> {
        self.ask(Call::new("GET", path), cancel)
    }

    /// Reads a list that is the one field of an object.
    pub(super) fn list<T: DeserializeOwned>(
        &self,
        path: &[&str],
        field: &str,
        cancel: &Cancel,
    ) -> Result<Vec<T>, Error> {
        let mut answer: Value = self.get(path, cancel)?;
        let items = answer.get_mut(field).map(Value::take).ok_or_else(|| self.not_understood())?;
        serde_json::from_value(items).map_err(|_| self.not_understood())
    }

    /// Sends a call and reads its answer.
    pub(super) fn ask<T: DeserializeOwned>(&self, call: Call<'_>, cancel: &Cancel) -> Result<T, Error> {
        let response = self.call(call, cancel)?;
        let body = match response.body {
            doorkey_manifest::ResponseBody::Json(body) => body,
            _ if is_page(&response) => return Err(self.web_page(response.status)),
            _ => return Err(self.not_understood()),
        };
        serde_json::from_value(body).map_err(|_| self.not_understood())
    }

    /// Sends a call whose answer says nothing but that it worked.
    pub(super) fn done(&self, call: Call<'_>, cancel: &Cancel) -> Result<(), Error> {
        self.call(call, cancel).map(drop)
    }

    /// Sends a call. A credential that the service refuses is renewed once before the refusal is believed; a refused call
    /// has changed nothing, so it may be repeated.
    pub(super) fn call(&self, call: Call<'_>, cancel: &Cancel) -> Result<Response, Error> {
        let credential = self.credential(cancel)?;
        let mut response = self.send(&call, &credential, cancel)?;
        if response.status == 401 && credential.refreshable {
            let renewed = self.client.renew(&credential, None, cancel)?;
            if renewed.token != credential.token && self.server.is_same(&renewed.server.url) {
                response = self.send(&call, &renewed, cancel)?;
            }
        }
        if (200..300).contains(&response.status) {
            return Ok(response);
        }
        Err(self.refusal(&response, &credential, &call))
    }

    fn send(&self, call: &Call<'_>, credential: &Credential, cancel: &Cancel) -> Result<Response, Error> {
        let request = Request {
            method: call.method.to_owned(),
            url: self.address(call)?,
            headers: vec![
                ("Authorization".to_owned(), format!("Bearer {}", credential.token.expose())),
                self.client.user_agent(),
            ],
            body: call.body.clone().map_or(Body::None, Body::Json),
        };
        self.client.send(request, &self.server, Asking { limits: call.limits, ..Asking::simply(cancel) })
    }

    fn address(&self, call: &Call<'_>) -> Result<String, Error> {
        let bad = |part: &str| AccountError::NoSuch { wanted: shown(part) };
        let mut url = Url::parse(&self.origin).map_err(|_| self.not_understood())?;
        // An empty part or a dot would make it another path.
        if let Some(part) = call.path.iter().find(|part| matches!(**part, "" | "." | "..")) {
            return Err(bad(part).into());
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1"]).extend(call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut()
                .extend_pairs(call.query.iter().map(|(name, value)| (*name, value.as_str())));
        }
        Ok(url.into())
    }

    /// Why a call wasn't done.
    fn refusal(&self, response: &Response, credential: &Credential, call: &Call<'_>) -> Error {
        let (server, status) = (self.server.url.clone(), response.status);
        if let Some(error) = intercepted(response, &self.server.url) {
            return error.into();
        }
        let text = |name: &str| response.body_json()?.get(name)?.as_str().map(shown);
        let said = text("error").zip(text("error_description"));
        let Some((code, message)) = said else {
            return match status {
                401 => self.not_accepted(credential),
                404 => AccountError::NoApi { server: self.origin.clone() }.into(),
                429 => AccountError::RateLimited { server, after: retry_after(response) }.into(),
                500.. => ServiceError::TryLater {
                    server,
                    status,
                    retry_after: retry_after(response),
                    message: None,
                }
                .into(),
                300..=399 => ServiceError::Redirected { server, status }.into(),
                _ if is_page(response) => self.web_page(status),
                _ => ServiceError::Unexpected { server, operation: "api", status, message: None }.into(),
            };
        };
        match (status, code.as_str()) {
            (401, _) => self.not_accepted(credential),
            (403, "insufficient_scope") => {
                let managing = text("scope").is_none_or(|scope| scope == super::MANAGE);
                let changes = call.method != "GET";
                AccountError::NeedsManage { message, managing: managing && changes }.into()
            }
            (403, "plan_required") => AccountError::PlanRequired {
                server,
                message,
                plan: text("plan"),
                // It is shown to be opened, so it has to be an address that may be.
                billing_url: text("billing_url").filter(|url| crate::system::page_url(url).is_some()),
            }
            .into(),
            (403, _) => AccountError::Forbidden { server, message }.into(),
            (404, _) => AccountError::NotFound { message }.into(),
            (409, _) => AccountError::Conflict { message }.into(),
            (429, _) => AccountError::RateLimited { server, after: retry_after(response) }.into(),
            (500.., _) => {
                ServiceError::TryLater { server, status, retry_after: retry_after(response), message: None }
                    .into()
            }
            (400 | 413 | 415 | 422, _) => AccountError::Refused { message }.into(),
            _ => ServiceError::Unexpected { server, operation: "api", status, message: Some(message) }.into(),
        }
    }

    fn not_accepted(&self, credential: &Credential) -> Error {
        let stored = matches!(credential.source, Source::Stored { .. });
        let over =
            credential.time_left(self.client.system().clock.now_ms()).is_some_and(|left| left.is_zero());
        if stored && over { self.client.expired() } else { self.client.revoked(&self.server.url) }
    }

    fn web_page(&self, status: u16) -> Error {
        ServiceError::WebPage { server: self.server.url.clone(), status }.into()
    }

    pub(super) fn not_understood(&self) -> Error {
        let why = "it isn't what the account API says".to_owned();
        ServiceError::Broken { server: self.server.url.clone(), why }.into()
    }
}
