//! Whether the server is asked through a proxy, through which, and why.

use url::Url;

use super::{Finding, Patient};
use crate::http::{Direct, Route, route};

const NAME: &str = "proxy";

/// Stands for any server elsewhere. Nobody asks it.
const ANY: &str = "https://server.invalid";

pub(super) fn check(patient: &Patient<'_>) -> Finding {
    let address = patient.server.as_ref().map_or(ANY, |server| server.url.as_str());
    let Ok(url) = Url::parse(address) else {
        return Finding::unknown(NAME, "the server's address can't be read");
    };
    match route(&url, &*patient.system.environment) {
        Ok(Route::Direct(Direct::NoProxy)) => Finding::ok(NAME, "none is named in the environment"),
        Ok(Route::Direct(Direct::ThisMachine)) => {
            Finding::ok(NAME, "not used: the server is on this machine")
        }
        Ok(Route::Direct(Direct::Exception { variable, entry })) => {
            let host = url.host_str().unwrap_or_default();
            Finding::ok(NAME, format!("not used for {host}: {variable} names {entry}"))
        }
        Ok(Route::Through(proxy)) => {
            let with = if proxy.has_credentials() { ", with a user name or password" } else { "" };
            Finding::ok(NAME, format!("{proxy}, from {}{with}", proxy.variable()))
        }
        Err(problem) => Finding::broken(NAME, problem.to_string()).remedy(problem.hint()),
    }
}
