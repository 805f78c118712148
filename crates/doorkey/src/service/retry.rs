//! Asking once more, where that can do no harm: a question that only reads, and a failure that is usually over at once.
//!
//! Whatever redeems, renews, makes or ends something is sent once: nobody could tell whether it has happened. Polls
//! have a pace of their own.

use std::time::Duration;

use doorkey_manifest::{Request, Response};

use super::{Asking, ServiceError, retry_after};
use crate::client::Client;
use crate::error::Error;
use crate::server::Server;
use crate::system::Entropy;

/// How often a question is asked again.
const TRIES: u32 = 2;

/// Before the first repetition; the next one waits twice as long.
const PAUSE: Duration = Duration::from_millis(300);

/// A service that wants to be left alone for longer isn't waited for: whoever asked hears of it instead.
const LONGEST: Duration = Duration::from_secs(3);

impl Client {
    /// Sends a request, and a question once more when it failed in a way that is usually over at once. All tries together
    /// take no longer than one may.
    pub(crate) fn send(
        &self,
        request: Request,
        server: &Server,
        mut asking: Asking<'_>,
    ) -> Result<Response, Error> {
        let clock = &*self.system().clock;
        let begun = clock.monotonic();
        let may_repeat = request.method == "GET" && asking.hold.is_none();
        for tried in 0..TRIES {
            let spent = clock.monotonic().saturating_sub(begun);
            let once = Asking {
                limits: asking.limits.and_within(asking.limits.total.saturating_sub(spent)),
                cancel: asking.cancel,
                hold: asking.hold,
                tick: asking.tick.as_mut().map(|tick| &mut **tick as &mut dyn FnMut()),
            };
            let result = self.send_once(request.clone(), server, once);
            let pause = if may_repeat { pause_after(&result, tried, &*self.system().entropy) } else { None };
            let spent = clock.monotonic().saturating_sub(begun);
            let Some(pause) = pause.filter(|pause| spent + *pause < asking.limits.total) else {
                return result;
            };
            if clock.wait(pause, asking.cancel) {
                return Err(Error::Cancelled);
            }
        }
        let spent = clock.monotonic().saturating_sub(begun);
        asking.limits = asking.limits.and_within(asking.limits.total.saturating_sub(spent));
        self.send_once(request, server, asking)
    }
}

/// How long to pause before the question is asked again, or `None` where that would change nothing.
fn pause_after(result: &Result<Response, Error>, tried: u32, entropy: &dyn Entropy) -> Option<Duration> {
    match result {
        // A connection that broke off.
        Err(Error::Service(ServiceError::Broken { .. })) => {}
        Ok(response) => match (response.status, retry_after(response)) {
            (429 | 502..=504, Some(wanted)) => return (wanted <= LONGEST).then_some(wanted),
            (502..=504, None) => {}
            _ => return None,
        },
        Err(_) => return None,
    }
    Some(jittered(PAUSE * 2_u32.pow(tried), entropy))
}

/// Up to a quarter more, for a pause that must not be shorter.
pub(crate) fn a_little_later(pause: Duration, entropy: &dyn Entropy) -> Duration {
    pause + jittered(pause, entropy).saturating_sub(pause / 2) / 4
}

/// Up to half more or less, so that many who failed together don't come back together.
pub(crate) fn jittered(pause: Duration, entropy: &dyn Entropy) -> Duration {
    let mut byte = [128_u8];
    // Without randomness it is the same pause for everybody, which is no reason not to pause.
    let _ = entropy.fill(&mut byte);
    let [byte] = byte;
    pause / 2 + pause * u32::from(byte) / 255
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use serde_json::json;

    use super::*;
    use crate::cancel::Cancel;
    use crate::testing::{Service, World};
    use crate::who_am_i::Truth;

    const AT: &str = "/userinfo";

    /// A service whose first answers are these, and that is well afterwards.
    fn failing(first: &'static [&'static str]) -> Service {
        let left = std::sync::Mutex::new(first.iter());
        Service::start(move |seen| match seen.target.as_str() {
            "/.well-known/oauth-authorization-server" => {
                let url = format!("http://{}", seen.header("host").unwrap());
                Service::json(
                    200,
                    &json!({ "issuer": url, "userinfo_endpoint": format!("{url}{AT}"), "token_endpoint": format!("{url}/token") }),
                )
            }
            _ => match left.lock().unwrap().next() {
                Some(raw) => Service::raw(raw),
                None => Service::json(200, &json!({ "sub": "u_1", "name": "Ada" })),
            },
        })
    }

    fn asked(first: &'static [&'static str]) -> (Truth, usize, Vec<Duration>) {
        let service = failing(first);
        let world = World::new();
        world.set("DEMO_TOKEN", "demo_at_x");
        let found = world.demo(&service.url()).who_am_i(&Cancel::never()).unwrap();
        let questions = service.seen().iter().filter(|seen| seen.target == AT).count();
        (found.truth, questions, world.waits())
    }

    const BUSY: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    const CUT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"sub\":";

    #[test]
    fn a_question_that_failed_for_a_moment_is_asked_again() {
        let (truth, questions, waits) = asked(&[BUSY, CUT]);
        assert_eq!((truth, questions, waits.len()), (Truth::Valid, 3, 2));
        assert!(waits[0] >= PAUSE / 2 && waits[0] <= PAUSE * 2, "{waits:?}");
        assert!(waits[1] >= PAUSE && waits[1] <= PAUSE * 4, "{waits:?}");
    }

    #[test]
    fn not_for_ever() {
        let (truth, questions, _) = asked(&[BUSY, BUSY, BUSY, BUSY]);
        assert!(matches!(truth, Truth::CannotCheck { .. }));
        assert_eq!(questions, 3);
    }

    #[test]
    fn a_service_that_says_when_is_believed_unless_that_is_long() {
        let (truth, _, waits) = asked(&["HTTP/1.1 429 Slow\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"]);
        assert_eq!((truth, waits), (Truth::Valid, vec![Duration::from_secs(2)]));
        let (truth, questions, waits) =
            asked(&["HTTP/1.1 503 Slow\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"]);
        assert!(matches!(truth, Truth::CannotCheck { .. }));
        assert_eq!((questions, waits), (1, Vec::new()));
    }

    #[test]
    fn a_service_that_is_overrun_or_broken_is_not_pressed() {
        for answer in
            ["HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"]
        {
            let first: &'static [&'static str] = Box::leak(Box::new([answer]));
            assert_eq!(asked(first).1, 1, "{answer}");
        }
    }

    #[test]
    fn what_changes_something_is_sent_once() {
        let service = failing(&[BUSY, BUSY]);
        let world = World::new();
        let client = world.demo(&service.url());
        let server = client.server_without_file().unwrap();
        let request = Request {
            method: "POST".to_owned(),
            url: service.at("/token"),
            headers: Vec::new(),
            body: doorkey_manifest::Body::None,
        };
        let answer = client.send(request, &server, Asking::simply(&Cancel::never())).unwrap();
        assert_eq!((answer.status, service.seen().len()), (503, 1));
    }

    #[test]
    fn pauses_differ_but_stay_near() {
        struct Fixed(u8);
        impl Entropy for Fixed {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), crate::system::EntropyFailure> {
                bytes.fill(self.0);
                Ok(())
            }
        }
        let second = Duration::from_secs(1);
        assert_eq!(jittered(second, &Fixed(0)), second / 2);
        assert_eq!(jittered(second, &Fixed(255)), second * 3 / 2);
        assert_eq!(a_little_later(second, &Fixed(0)), second);
        assert_eq!(a_little_later(second, &Fixed(255)), second * 5 / 4);
    }
}
