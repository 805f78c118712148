//! Asking the service: filling an exchange's request in, sending it, and finding out what the answer means.

#[cfg(test)]
mod bad_input;
mod error;
mod metadata;
mod portal;
mod retry;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use doorkey_manifest::names::{self, Group};
use doorkey_manifest::{Exchange, FillError, Meaning, Operation, Request, Response, ResponseBody, Values};
use url::Url;

pub use error::{ServiceError, Unserved};
pub(crate) use metadata::{LOOK_UP, metadata_url};
pub(crate) use portal::intercepted;
pub(crate) use retry::a_little_later;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::http::{Failure, Limits};
use crate::resolve::is_sendable;
use crate::server::Server;

/// An answer that the manifest understands.
#[derive(Debug)]
pub(crate) struct Answer {
    pub means: Meaning,
    pub values: Values,
    pub status: u16,
    /// How far the service's clock is ahead of ours, in milliseconds, as far as it says.
    pub ahead_ms: Option<i64>,
}

/// How to ask.
pub(crate) struct Asking<'a> {
    pub limits: Limits,
    pub cancel: &'a Cancel,
    /// `Prefer: wait=N` (RFC 7240): how many seconds the service may hold the request.
    pub hold: Option<u64>,
    /// Called about twenty times a second while the answer isn't there.
    pub tick: Option<&'a mut dyn FnMut()>,
}

impl<'a> Asking<'a> {
    pub(crate) fn simply(cancel: &'a Cancel) -> Asking<'a> {
        Asking { limits: Limits::default(), cancel, hold: None, tick: None }
    }
}

impl Client {
    /// What every request may mention.
    pub(crate) fn base_values(&self, server: &Server) -> Result<Values, Error> {
        let manifest = self.manifest();
        let mut values = server.values();
        values.set("app.name", manifest.app.name.as_str());
        values.set("app.title", manifest.app.title.as_str());
        values.set("version", manifest.app.version.as_str());
        values.set("client_id", manifest.client_id());
        values.set("os", std::env::consts::OS);
        values.set("now", self.system().clock.now_ms());
        if let Some(audience) = &manifest.oauth.audience {
            values.set("audience", audience.as_str());
        }
        if let Some(host_name) = self.system().environment.host_name() {
            values.set("host_name", host_name);
        }
        let issuer = match &manifest.oauth.issuer {
            Some(issuer) => issuer.fill(&values).map_err(|source| unfillable("oauth.issuer", source))?,
            None => server.url.clone(),
        };
        if let Some(address) = metadata_url(&issuer) {
            values.set("metadata_url", address);
        }
        values.set("issuer", issuer);
        for (_, name, address) in manifest.oauth.endpoints.iter() {
            let address = address.fill(&values).map_err(|source| unfillable("oauth.endpoints", source))?;
            values.set(name, address);
        }
        Ok(values)
    }

    /// Asks the service and finds out what the answer means. Endpoints that only the service's metadata or
    /// configuration names are looked up first, once.
    pub(crate) fn ask(
        &self,
        operation: Operation,
        server: &Server,
        values: &Values,
        asking: Asking<'_>,
    ) -> Result<Answer, Error> {
        let exchange = self.exchange(operation)?;
        let mut request = self.request(operation, server, values, asking.cancel)?;
        if let Some(seconds) = asking.hold {
            request.headers.push(("Prefer".to_owned(), format!("wait={seconds}")));
        }
        let mut answer = self.exchange_with(operation, exchange, request, server, asking)?;
        // What every request may mention is ours to say: a service that answers with an address doesn't change where the
        // next request goes.
        for (name, _) in answer.values.clone().iter() {
            if names::lookup(name).is_some_and(|entry| entry.group == Group::Always) {
                answer.values.remove(name);
            }
        }
        Ok(answer)
    }

    /// The request of an operation, or the link of one that a browser makes.
    pub(crate) fn request(
        &self,
        operation: Operation,
        server: &Server,
        values: &Values,
        cancel: &Cancel,
    ) -> Result<Request, Error> {
        let exchange = self.exchange(operation)?;
        let mut all = self.base_values(server)?;
        if let Some(known) = self.metadata.get() {
            all.merge(known.clone());
        }
        all.merge(values.clone());
        let filled = match exchange.request(&all) {
            Err(FillError::Missing(name)) if is_endpoint(&name) && self.metadata.get().is_none() => {
                let known = self.look_up_endpoints(server, cancel)?;
                all.merge(known.clone());
                all.merge(values.clone());
                exchange.request(&all)
            }
            other => other,
        };
        let mut request = match filled {
            Ok(request) => request,
            Err(FillError::Missing(name)) if is_endpoint(&name) => return Err(self.not_offered(operation)),
            Err(source) => return Err(unfillable(operation.name(), source)),
        };
        if !operation.is_navigation() && request.header("user-agent").is_none() {
            let app = &self.manifest().app;
            request.headers.push(("User-Agent".to_owned(), format!("{}/{}", app.name, app.version)));
        }
        Ok(request)
    }

    pub(crate) fn exchange(&self, operation: Operation) -> Result<&Exchange, Error> {
        self.manifest().exchange(operation).ok_or_else(|| self.not_offered(operation))
    }

    fn not_offered(&self, operation: Operation) -> Error {
        Error::NotOffered {
            app: self.app().title().to_owned(),
            what: format!("`{}` on this server", operation.name()),
        }
    }

    fn exchange_with(
        &self,
        operation: Operation,
        exchange: &Exchange,
        request: Request,
        server: &Server,
        asking: Asking<'_>,
    ) -> Result<Answer, Error> {
        let asked = asked(&request, server);
        let response = self.send(request, server, asking)?;
        self.notices.note(&response);
        let status = response.status;
        let ahead_ms = self.skew.note(&response, self.system().clock.now_ms());
        if let Some(error) = intercepted(&response, &asked) {
            return Err(error.into());
        }
        let is_page = is_page(&response);
        let understood = exchange.outcome(&response);
        let name = || asked.clone();
        let busy = |message| {
            let retry_after = retry_after(&response);
            ServiceError::TryLater { server: name(), status, retry_after, message }
        };
        match understood {
            // Whatever a manifest makes of statuses: a page in between isn't the service speaking, except that it waits.
            Some((means, _))
                if is_page && status < 500 && !matches!(means, Meaning::Pending | Meaning::TryLater) =>
            {
                Err(ServiceError::WebPage { server: name(), status }.into())
            }
            Some((Meaning::TryLater, values)) => Err(busy(message_of(&values)).into()),
            Some((Meaning::Upgrade, values)) => Err(upgrade(name(), &values).into()),
            // A line break in a token would begin something else wherever the token stands.
            Some((_, values))
                if ["token", "refresh_token"]
                    .iter()
                    .any(|name| values.secret(name).is_some_and(|token| !is_sendable(&token))) =>
            {
                let operation = operation.name();
                Err(ServiceError::NoCredential { server: name(), operation, status }.into())
            }
            Some((means, values)) => Ok(Answer { means, values, status, ahead_ms }),
            None if status == 429 || status >= 500 => Err(busy(None).into()),
            None if is_page => Err(ServiceError::WebPage { server: name(), status }.into()),
            None if (300..400).contains(&status) => {
                Err(ServiceError::Redirected { server: name(), status }.into())
            }
            None if status == 426 => Err(upgrade(name(), &Values::new()).into()),
            None if (200..300).contains(&status) && operation.gives_credential() => {
                let operation = operation.name();
                Err(ServiceError::NoCredential { server: name(), operation, status }.into())
            }
            None => Err(ServiceError::Unexpected {
                server: name(),
                operation: operation.name(),
                status,
                message: None,
            }
            .into()),
        }
    }

    /// An answer whose meaning is no use here.
    pub(crate) fn unexpected(operation: Operation, server: &Server, answer: &Answer) -> ServiceError {
        ServiceError::Unexpected {
            server: server.url.clone(),
            operation: operation.name(),
            status: answer.status,
            message: message_of(&answer.values),
        }
    }

    /// Sends on this thread where nobody can cancel, else on one that is left behind when somebody does.
    fn send_once(&self, request: Request, server: &Server, asking: Asking<'_>) -> Result<Response, Error> {
        let asked = asked(&request, server);
        let failed = |failure| Error::Service(ServiceError::from_failure(failure, &asked));
        if asking.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if !asking.cancel.can_be_cancelled() && asking.tick.is_none() {
            return self.system().http.send(&request, &asking.limits).map_err(failed);
        }
        let (sender, receiver) = channel();
        let http = self.system().http.clone();
        let limits = asking.limits;
        let helper = move || drop(sender.send(http.send(&request, &limits)));
        if let Err(error) = thread::Builder::new().name("doorkey-request".to_owned()).spawn(helper) {
            return Err(failed(Failure::Broken(format!("no thread could be started ({})", error.kind()))));
        }
        let mut tick = asking.tick;
        loop {
            match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok(result) => return result.map_err(failed),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed(Failure::Broken("the request ended early".to_owned())));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if asking.cancel.is_cancelled() {
                        return Err(Error::Cancelled);
                    }
                    if let Some(tick) = &mut tick {
                        tick();
                    }
                }
            }
        }
    }
}

/// The service doesn't serve this version any more; what it says about that.
fn upgrade(server: String, values: &Values) -> ServiceError {
    let about = Unserved {
        message: message_of(values),
        supported: values.text("supported_versions").map(shown),
        reason: values.text("gate_reason").map(shown),
    };
    ServiceError::Upgrade { server, about: Box::new(about) }
}

/// Who is asked: the service, or another one that it or the manifest sends a request to.
fn asked(request: &Request, server: &Server) -> String {
    let elsewhere = Url::parse(&request.url).ok().filter(|_| !request.url.starts_with(&server.url));
    elsewhere.map_or_else(|| server.url.clone(), |url| url.origin().ascii_serialization())
}

/// What the service says about a failure, in one line that can be shown.
pub(crate) fn message_of(values: &Values) -> Option<String> {
    values.text("message").or_else(|| values.text("error")).map(shown).filter(|text| !text.is_empty())
}

/// Text from elsewhere as it may be shown on a terminal: one line, no control characters, not endless.
pub(crate) fn shown(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
                ' '
            } else {
                c
            }
        })
        .take(300)
        .collect();
    line.truncate(line.trim_end().len());
    line
}

pub(crate) fn unfillable(what: &str, source: FillError) -> Error {
    Error::Unfillable { what: format!("`{what}`"), source }
}

fn is_endpoint(name: &str) -> bool {
    let base = names::url_part(name).map_or(name, |(base, _)| base);
    names::lookup(base).is_some_and(|entry| entry.group == Group::Endpoint)
}

/// How long the service wants to be left alone.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

pub(crate) fn is_page(response: &Response) -> bool {
    let ResponseBody::Text(text) = &response.body else { return false };
    let said = response
        .header("content-type")
        .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/html"));
    said || text.trim_start().starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_says_cannot_play_with_the_terminal() {
        assert_eq!(shown("bad\u{1b}[2Jnews\nhere\u{202e}"), "bad [2Jnews here");
        assert!(shown(&"x".repeat(10_000)).len() <= 300);
    }
}
