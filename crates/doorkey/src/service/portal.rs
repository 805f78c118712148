//! Answers that didn't come from the service: a hotel's network, or a company's proxy, that wants a sign-in of its own.

use doorkey_manifest::Response;
use url::Url;

use super::{ServiceError, shown};

/// "Network Authentication Required" (RFC 6585, section 6): nobody but a network in between says this.
const NETWORK_SIGN_IN: u16 = 511;

/// Whether something in between has answered, as far as that can be seen: it says so, or it sends the request to another
/// host than the one that was asked.
pub(crate) fn intercepted(response: &Response, server: &str) -> Option<ServiceError> {
    let elsewhere = host_of_redirect(response, server);
    if elsewhere.is_none() && response.status != NETWORK_SIGN_IN {
        return None;
    }
    Some(ServiceError::Intercepted { server: server.to_owned(), status: response.status, portal: elsewhere })
}

/// The host that the request is sent to, where that is another one.
fn host_of_redirect(response: &Response, server: &str) -> Option<String> {
    if !(300..400).contains(&response.status) {
        return None;
    }
    let server = Url::parse(server).ok()?;
    let target = server.join(response.header("location")?).ok()?;
    let host = target.host_str().filter(|host| Some(*host) != server.host_str())?;
    Some(shown(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, location: Option<&str>) -> Option<ServiceError> {
        let mut response = Response::json(status, serde_json::Value::Null);
        if let Some(location) = location {
            response.headers.push(("Location".to_owned(), location.to_owned()));
        }
        intercepted(&response, "https://id.example")
    }

    #[test]
    fn a_redirect_to_another_host_is_somebody_elses_answer() {
        let portal = answer(302, Some("http://portal.hotel.example/login?to=https://id.example"));
        assert!(portal.is_some_and(|error| error.to_string().contains("portal.hotel.example")));
        assert_eq!(answer(302, Some("/login")), None);
        assert_eq!(answer(302, Some("https://id.example/login")), None);
        assert_eq!(answer(302, None), None);
        assert_eq!(answer(200, Some("https://elsewhere.example")), None);
    }

    #[test]
    fn a_network_may_say_itself_that_it_wants_a_sign_in() {
        assert!(answer(511, None).is_some());
        assert_eq!(answer(503, None), None);
    }
}
