//! The ways that poll: the person decides in any browser, and we ask until they have (RFC 8628, and sessions like it).

use std::time::Duration;

use doorkey_manifest::manifest::Way;
use doorkey_manifest::{Meaning, Operation, Values, code};

use super::callback::Callback;
use super::waiting::Waiting;
use super::{SignInError, choose::Choice, loopback, proof};
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::http::Limits;
use crate::login::LoginOptions;
use crate::progress::{Event, Page, Progress};
use crate::server::Server;
use crate::service::{Answer, Asking, ServiceError, a_little_later, message_of};
use crate::system::page_url;

/// How long the service is asked to hold a poll (RFC 7240, `Prefer: wait`).
const HOLD: Duration = Duration::from_secs(20);

/// Between polls where the service doesn't say (RFC 8628, section 3.2).
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// What `slow_down` adds for good (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// Time-outs don't stretch the interval beyond this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Between two looks at the port.
const LOOK: Duration = Duration::from_millis(50);

/// How long a browser may take to come home after the poll has the answer.
const SEE_HOME: Duration = Duration::from_secs(1);

/// Runs the whole way and gives back what the service gave.
pub(crate) fn run(
    client: &Client,
    server: &Server,
    options: &LoginOptions,
    choice: &Choice,
    progress: &mut dyn Progress,
    cancel: &Cancel,
) -> Result<Values, Error> {
    let sign_in = &client.manifest().sign_in;
    let mut values = Values::new();
    values.set_secret("state", &proof::state(&*client.system().entropy, sign_in.state)?);
    client.add_wishes(options, &mut values);
    let mut callback = callback(client, choice)?;
    if let Some(callback) = &callback {
        values.set("redirect_uri", callback.address());
    }
    let started = client.ask(Operation::Start, server, &values, Asking::simply(cancel))?;
    if started.means != Meaning::Started {
        return Err(SignInError::NotStarted { message: message_of(&started.values) }.into());
    }
    values.merge(started.values);
    values.remove("status");

    let patience = options.timeout.unwrap_or(sign_in.timeout.duration());
    // Where the service doesn't say how long it keeps the sign-in, whoever asks for a longer wait is believed.
    let usual = sign_in.expires_in.duration().max(options.timeout.unwrap_or_default());
    let lives = seconds(&values, "expires_in").unwrap_or(usual);
    let fixed = match choice.way {
        Way::Session => sign_in.session.interval,
        _ => sign_in.device.interval,
    };
    let interval = options
        .poll_interval
        .or_else(|| seconds(&values, "interval"))
        .or(fixed.map(doorkey_manifest::manifest::Period::duration))
        .unwrap_or(if choice.way == Way::Session { Duration::from_secs(1) } else { USUAL_INTERVAL });

    let mut waiting = Waiting::new(&*client.system().clock, progress, patience.min(lives));
    show(client, &values, choice, patience.min(lives), &mut waiting)?;
    // Only what the service asks for is padded: whoever names a pause has reasons for that one.
    let padded = options.poll_interval.is_none() && seconds(&values, "interval").is_some();
    let mut pace = Pace { interval: interval.max(Duration::from_millis(100)), padded, failures: 0 };
    loop {
        let left = waiting.left();
        if left.is_zero() {
            let error = if lives < patience {
                SignInError::Expired
            } else {
                SignInError::TimedOut { after: patience }
            };
            return Err(error.into());
        }
        let begun = waiting.now();
        let hold = HOLD.min(left);
        let result = client.ask(
            Operation::Poll,
            server,
            &values,
            Asking {
                // Whoever said how long to wait doesn't wait longer for an answer that doesn't come.
                limits: Limits::holding(hold).and_within(left),
                cancel,
                hold: Some(hold.as_secs().max(1)),
                tick: Some(&mut || {
                    waiting.tick();
                    if let Some(callback) = &mut callback {
                        callback.serve(begun);
                    }
                }),
            },
        );
        let took = waiting.now().saturating_sub(begun);
        let pause = match result {
            Ok(answer) => match decided(answer)? {
                Decision::Approved(answer) => {
                    see_home(callback, &mut waiting, cancel);
                    return client.signed_in_with(Operation::Poll, answer);
                }
                Decision::Pending => pace.after_pending(took),
                Decision::SlowDown => pace.after_slow_down(),
            },
            // The time is over; that is what there is to say.
            Err(Error::Service(_)) if waiting.left().is_zero() => continue,
            Err(Error::Service(error)) => {
                let Some(pause) = pace.after_failure(&error) else {
                    return Err(super::unfinished(error.into()));
                };
                let pause = a_little_later(pause, &*client.system().entropy);
                waiting.report(Event::TryingAgain { why: &error.to_string(), after: pause });
                pause
            }
            Err(error) => return Err(error),
        };
        pause_or_callback(pause, callback.as_mut(), &mut waiting, cancel)?;
    }
}

/// The address that the page leads back to, where the product has one and the browser is on this machine: elsewhere it
/// would lead to a page that isn't there.
fn callback(client: &Client, choice: &Choice) -> Result<Option<Callback>, Error> {
    let sign_in = &client.manifest().sign_in;
    if choice.way != Way::Device || !sign_in.device.callback || !choice.open_browser {
        return Ok(None);
    }
    let state = proof::state(&*client.system().entropy, sign_in.state)?;
    Ok(Callback::open(&sign_in.loopback, state, client.app().title()))
}

/// Pauses between two polls. A browser that comes home ends the pause.
fn pause_or_callback(
    pause: Duration,
    callback: Option<&mut Callback>,
    waiting: &mut Waiting<'_>,
    cancel: &Cancel,
) -> Result<(), Error> {
    let Some(callback) = callback.filter(|callback| !callback.came()) else {
        return waiting.pause(pause, cancel);
    };
    let end = waiting.now().saturating_add(pause);
    while waiting.now() < end && !waiting.left().is_zero() {
        if callback.serve(waiting.now()) {
            return Ok(());
        }
        waiting.pause(LOOK.min(end.saturating_sub(waiting.now())), cancel)?;
    }
    Ok(())
}

/// The poll was faster than the browser: whoever comes home to a closed port would see an error.
fn see_home(callback: Option<Callback>, waiting: &mut Waiting<'_>, cancel: &Cancel) {
    let Some(mut callback) = callback else { return };
    let end = waiting.now().saturating_add(SEE_HOME);
    while !callback.came() && waiting.now() < end && !cancel.is_cancelled() {
        callback.serve(waiting.now());
        if waiting.pause(LOOK, cancel).is_err() {
            return;
        }
    }
}

fn seconds(values: &Values, name: &str) -> Option<Duration> {
    values.number(name).and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs)
}

/// Shows where to go and what to compare there.
fn show(
    client: &Client,
    values: &Values,
    choice: &Choice,
    expires_in: Duration,
    waiting: &mut Waiting<'_>,
) -> Result<(), Error> {
    let plain = values.text("verification_uri");
    let (link, here) = links(client, values, choice)?;
    let address = plain.map(|plain| page_url(plain).ok_or(SignInError::UntrustedPage)).transpose()?;
    let user_code = values.text("user_code").map(crate::service::shown);
    let comparison = match (&user_code, values.text("sign_in")) {
        (Some(code), _) => Some(code.clone()),
        (None, Some(session)) => Some(code::comparison(session)),
        (None, None) => None,
    };
    let opened = choice.open_browser && loopback::open(client, &here, waiting);
    waiting.report(Event::Page(Page {
        url: link.as_str(),
        verification_uri: address.as_ref().map(url::Url::as_str),
        user_code: user_code.as_deref(),
        comparison: comparison.as_deref(),
        opened,
        expires_in,
    }));
    Ok(())
}

/// The link for people, and the address that a browser on this machine is opened with, which may lead back to it.
fn links(client: &Client, values: &Values, choice: &Choice) -> Result<(url::Url, url::Url), Error> {
    let checked = |address: &str| page_url(address).ok_or(SignInError::UntrustedPage);
    let named = values.text("verification_uri_complete").or(values.text("verification_uri"));
    let complete = named.unwrap_or_default();
    let Some(open) = client.manifest().sign_in.device.open.as_ref().filter(|_| choice.way == Way::Device)
    else {
        let link = checked(complete)?;
        return Ok((link.clone(), link));
    };
    let mut known = values.clone();
    known.set("verification_uri_complete", complete);
    let filled = |known: &Values| -> Result<url::Url, Error> {
        let address =
            open.fill(known).map_err(|source| crate::service::unfillable("sign_in.device.open", source))?;
        Ok(checked(address.as_str().unwrap_or_default())?)
    };
    let here = filled(&known)?;
    known.remove("redirect_uri");
    Ok((filled(&known)?, here))
}

/// What a poll's answer means for the wait.
enum Decision {
    Approved(Answer),
    Pending,
    SlowDown,
}

fn decided(answer: Answer) -> Result<Decision, SignInError> {
    match answer.means {
        Meaning::Approved => Ok(Decision::Approved(answer)),
        Meaning::Pending => Ok(Decision::Pending),
        Meaning::SlowDown => Ok(Decision::SlowDown),
        Meaning::Denied => Err(SignInError::Denied { message: said_more(&answer.values) }),
        Meaning::Expired => Err(SignInError::Expired),
        _ => Err(SignInError::Refused { message: message_of(&answer.values) }),
    }
}

/// What the service says beyond its error code.
fn said_more(values: &Values) -> Option<String> {
    values.text("message").map(crate::service::shown).filter(|text| !text.is_empty())
}

/// How fast it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    interval: Duration,
    /// Whether to wait a little longer than that: a clock that runs fast counts every pause too short.
    padded: bool,
    failures: u32,
}

impl Pace {
    /// Where the service held the poll for as long as the interval, it is asked again at once.
    fn after_pending(&mut self, took: Duration) -> Duration {
        self.failures = 0;
        if took >= self.interval { Duration::ZERO } else { self.pause() }
    }

    fn pause(&self) -> Duration {
        if self.padded { self.interval * 6 / 5 } else { self.interval }
    }

    fn after_slow_down(&mut self) -> Duration {
        self.failures = 0;
        self.interval += SLOWER;
        self.pause()
    }

    /// The pause before the next try, or `None` where another try makes no sense.
    fn after_failure(&mut self, error: &ServiceError) -> Option<Duration> {
        let wanted = match error {
            ServiceError::TimedOut { .. } => {
                // RFC 8628, section 3.5: less often from now on.
                self.interval = (self.interval * 2).min(LONGEST_PAUSE).max(self.interval);
                None
            }
            ServiceError::TryLater { retry_after, .. } => *retry_after,
            ServiceError::Unreachable { .. } | ServiceError::Broken { .. } => None,
            _ => return None,
        };
        let backed_off = Duration::from_millis(500) * 2_u32.saturating_pow(self.failures.min(7));
        self.failures += 1;
        Some(wanted.unwrap_or(backed_off).max(self.pause()))
    }
}

#[cfg(test)]
mod tests;
