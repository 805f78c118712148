//! Whether the server is there and is the right one.

use std::time::Duration;

use doorkey_manifest::{Body, Operation, Request};

use super::{Finding, Patient};
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::http::Limits;
use crate::server::Server;
use crate::service::{Asking, ServiceError, is_page};

const NAME: &str = "server";

/// Whoever looks for a fault waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn check(patient: &Patient<'_>, cancel: &Cancel) -> Option<Finding> {
    let client = patient.client?;
    let server = match client.server_for_login() {
        Ok(server) => server,
        Err(error) => return Some(Finding::broken(NAME, error.to_string()).maybe_remedy(error.hint())),
    };
    let limits = Limits::within(PATIENCE);
    Some(match ask(client, &server, Asking { limits, ..Asking::simply(cancel) }) {
        Ok(what) => Finding::ok(NAME, what),
        Err(error) => Finding::broken(NAME, error.to_string()).maybe_remedy(error.hint()),
    })
}

/// Asks what the server says about itself, where the tool's way of signing in needs that; else only whether it answers.
fn ask(client: &Client, server: &Server, asking: Asking<'_>) -> Result<String, Error> {
    let manifest = client.manifest();
    let has_own = manifest.own_exchange(Operation::Authorize).is_some()
        || manifest.own_exchange(Operation::Start).is_some();
    if !has_own || manifest.own_exchange(Operation::Config).is_some() {
        client.look_up_endpoints(server, asking.cancel)?;
        return Ok(format!("{} answers and says where everything is", server.url));
    }
    let request = Request {
        method: "GET".to_owned(),
        url: server.url.clone(),
        headers: vec![client.user_agent()],
        body: Body::None,
    };
    let response = client.send(request, server, asking)?;
    client.skew.note(&response, client.system().clock.now_ms());
    client.notices.note(&response);
    match response.status {
        status @ 500.. => {
            let server = server.url.clone();
            let retry_after = crate::service::retry_after(&response);
            Err(ServiceError::TryLater { server, status, retry_after, message: None }.into())
        }
        status if is_page(&response) => Ok(format!("{} answers with a page (status {status})", server.url)),
        status => Ok(format!("{} answers (status {status})", server.url)),
    }
}
