//! The wire shapes and files of five published products, carried by the manifest: each is filled in on one side and
//! read on the other. A format that can't carry them would be the wrong format.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use doorkey_manifest::{Body, Manifest, Meaning, Operation, Request, Response, ResponseBody, Values};
use serde_json::{Value, json};

fn manifest(name: &str) -> Manifest {
    Manifest::builtin(name).unwrap().unwrap_or_else(|problems| panic!("{problems}"))
}

fn arkor() -> Manifest {
    manifest("arkor")
}

fn arka() -> Manifest {
    manifest("arka")
}

fn almyty() -> Manifest {
    manifest("almyty")
}

fn armoriq() -> Manifest {
    manifest("armoriq")
}

fn tank() -> Manifest {
    manifest("tank")
}

/// What the command sends.
fn sent(manifest: &Manifest, operation: Operation, values: &Values) -> Request {
    let mut all = Values::new()
        .with("server", manifest.server.url.clone())
        .with("version", manifest.app.version.clone());
    if let Some(frontend) = &manifest.server.frontend {
        all.set("frontend", frontend.clone());
    }
    all.merge(values.clone());
    manifest.exchange(operation).unwrap().request(&all).unwrap()
}

/// What the service understands of it.
fn understood(manifest: &Manifest, operation: Operation, request: &Request) -> Values {
    manifest.own_exchange(operation).unwrap().read_request(request).unwrap()
}

/// What the service answers.
fn answered(manifest: &Manifest, operation: Operation, means: Meaning, values: &Values) -> Response {
    manifest.own_exchange(operation).unwrap().answer(means, values).unwrap()
}

/// What the command understands of an answer.
fn read(manifest: &Manifest, operation: Operation, response: &Response) -> (Meaning, Values) {
    manifest.exchange(operation).unwrap().outcome(response).unwrap()
}

fn body(request: &Request) -> Value {
    match &request.body {
        Body::Json(body) => body.clone(),
        _ => panic!("{request:?} has no JSON"),
    }
}

fn json_of(response: &Response) -> Value {
    response.body_json().unwrap().clone()
}

/// Values with what every expectation is about.
fn values(pairs: &[(&str, Value)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Everything that is expected is there.
#[track_caller]
fn has(found: &Values, expected: &[(&str, Value)]) {
    for (name, value) in expected {
        assert_eq!(found.get(name), Some(value), "{name}");
    }
}

mod bad_input;
mod tests_almyty;
mod tests_arka;
mod tests_arkor;
mod tests_armoriq;
mod tests_tank;
