//! A browser on this machine comes back to a listener of ours (RFC 8252), with a code that only we can redeem (RFC 7636).

use doorkey_manifest::manifest::{ForeignState, Loopback, Proof, Way};
use doorkey_manifest::{Exchange, Meaning, Operation, Secret, Values, code};
use url::form_urlencoded;

use super::head::Head;
use super::home;
use super::listener::{Listener, Reply};
use super::waiting::Waiting;
use super::{SignInError, choose::Choice, proof};
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::login::{LoginOptions, Push};
use crate::progress::{Event, Page, Progress};
use crate::server::Server;
use crate::service::{Asking, message_of, shown};
use crate::system::page_url;

/// How the way ended, where it didn't fail.
pub(crate) enum Ended {
    /// With what the service gave.
    Given(Values),
    /// The person wants to go on by this other way.
    Switched(Way),
}

/// Runs the whole way.
pub(crate) fn run(
    client: &Client,
    server: &Server,
    options: &LoginOptions,
    choice: &Choice,
    progress: &mut dyn Progress,
    cancel: &Cancel,
) -> Result<Ended, Error> {
    let settings = &client.manifest().sign_in.loopback;
    // Before the port is opened, so that it isn't open longer than it must be.
    let known = client.endpoints(server, cancel)?;
    let other = other_way(client, &known);
    let ports = match known.list("callback_ports") {
        Some(ports) => ports.iter().filter_map(|port| u16::try_from(port.as_u64()?).ok()).collect(),
        None => settings.ports.clone(),
    };
    let started = Started::new(client, server, options, settings, &ports)?;
    let mut listener = started.listener;
    if let Some((taken, used)) = listener.moved() {
        progress.report(Event::PortTaken { taken, used });
    }
    let page = client.request(Operation::Authorize, server, &started.values, cancel)?.url;
    let link = page_url(&page).ok_or(SignInError::UntrustedPage)?;

    let patience = options.timeout.unwrap_or(client.manifest().sign_in.timeout.duration());
    let mut waiting = Waiting::new(&*client.system().clock, progress, patience);
    let opened = choice.open_browser && open(client, options, &link, &mut waiting);
    waiting.report(Event::Page(Page {
        url: link.as_str(),
        verification_uri: None,
        user_code: None,
        comparison: Some(&started.comparison),
        opened,
        expires_in: patience,
        comes_home: true,
        can_switch: other.is_some(),
    }));

    let rules = Rules {
        path: &settings.path,
        done_path: settings.done_path.as_deref(),
        state: &started.state,
        foreign: settings.foreign_state,
        exchange: client.exchange(Operation::Callback)?,
        standard: client.manifest().own_exchange(Operation::Callback).is_none(),
        title: client.app().title(),
    };
    let home = loop {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if waiting.left().is_zero() {
            return Err(SignInError::TimedOut { after: patience }.into());
        }
        waiting.tick();
        match (options.nudge.take(), other) {
            (Some(Push::UseCode), Some(way)) => return Ok(Ended::Switched(way)),
            (Some(Push::CameHome(address)), _) => match rules.judge_address(&address, &listener.origin()) {
                Ok(home) => break home,
                Err(why) => waiting.report(Event::PastedInVain { why: &why }),
            },
            _ => {}
        }
        let mut stray = false;
        let home = listener.serve(waiting.now(), |head| {
            let (reply, home) = rules.judge(head);
            stray |= home.is_none() && reply.status == 400;
            (reply, home)
        });
        if stray {
            waiting.report(Event::Stray);
        }
        if let Some(home) = home {
            break home;
        }
    };
    drop(listener);
    let came = match home {
        Home::Foreign => return Err(SignInError::ForeignState.into()),
        Home::Empty => return Err(SignInError::NoAnswer.into()),
        Home::Answer(Meaning::Approved, came) => came,
        Home::Answer(Meaning::Denied, came) => {
            check_issuer(client, server, &came)?;
            let message = came.text("message").map(shown);
            return Err(SignInError::Denied { message }.into());
        }
        Home::Answer(_, came) => {
            check_issuer(client, server, &came)?;
            return Err(SignInError::Refused { message: message_of(&came) }.into());
        }
    };
    check_issuer(client, server, &came)?;
    let mut values = started.values;
    if let Some(verifier) = &started.verifier {
        values.set_secret("code_verifier", verifier);
    }
    // A key that comes through the browser isn't taken: only what we redeem ourselves is ours.
    values.set("code", came.text("code").unwrap_or_default());
    let answer =
        client.ask(Operation::Redeem, server, &values, Asking::simply(cancel)).map_err(super::unfinished)?;
    match answer.means {
        Meaning::Approved => Ok(Ended::Given(client.signed_in_with(Operation::Redeem, answer)?)),
        Meaning::Denied => Err(SignInError::Denied { message: message_of(&answer.values) }.into()),
        Meaning::Expired => Err(SignInError::Expired.into()),
        _ => Err(SignInError::Refused { message: message_of(&answer.values) }.into()),
    }
}

/// The way to go on by where no browser reaches this machine, if the product has one and the service offers it.
fn other_way(client: &Client, known: &Values) -> Option<Way> {
    let polls = |way: &Way| matches!(way, Way::Device | Way::Session);
    let way = client.manifest().sign_in.ways.iter().copied().find(polls)?;
    let offered = client.manifest().own_exchange(Operation::Start).is_some()
        || known.is_empty()
        || known.text("device_authorization_endpoint").is_some();
    offered.then_some(way)
}

/// Opens the page, and says so when that didn't work.
pub(super) fn open(
    client: &Client,
    options: &LoginOptions,
    link: &url::Url,
    waiting: &mut Waiting<'_>,
) -> bool {
    match client.open_page(link, options) {
        Ok(()) => true,
        Err(error) => {
            waiting.report(Event::BrowserFailed { why: &error.to_string() });
            false
        }
    }
}

/// The answer came from the service that the browser was sent to (RFC 9207): one that says so must be believed, and
/// one that says it always says so must say so.
fn check_issuer(client: &Client, server: &Server, came: &Values) -> Result<(), Error> {
    let base = client.base_values(server)?;
    let expected = base.text("issuer").unwrap_or_default();
    let promised = client.metadata.get().and_then(|known| known.flag("iss_supported")).unwrap_or(false);
    match came.text("iss") {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(SignInError::WrongIssuer { found: shown(found) }.into()),
        None if promised => Err(SignInError::WrongIssuer { found: "it doesn't say which".to_owned() }.into()),
        None => Ok(()),
    }
}

/// A sign-in that has begun on our side.
struct Started {
    listener: Listener,
    state: Secret,
    verifier: Option<Secret>,
    comparison: String,
    values: Values,
}

impl Started {
    fn new(
        client: &Client,
        server: &Server,
        options: &LoginOptions,
        settings: &Loopback,
        ports: &[u16],
    ) -> Result<Started, Error> {
        let entropy = &*client.system().entropy;
        let state = proof::state(entropy, client.manifest().sign_in.state)?;
        let mut values = server.values();
        values.set_secret("state", &state);
        client.add_wishes(options, &mut values);
        let verifier = match settings.proof {
            Proof::Pkce => Some(proof::random(entropy)?),
            Proof::State => None,
        };
        let comparison = match &verifier {
            Some(verifier) => {
                let challenge = proof::challenge(verifier);
                let comparison = code::comparison(&challenge);
                values.set("code_challenge", challenge);
                comparison
            }
            None => code::comparison(state.expose()),
        };
        let host = options.callback_host.unwrap_or(settings.host);
        let listener = match options.callback_port {
            None => Listener::open(host, ports)?,
            Some(port) => Listener::open(host, &[port]).map_err(|error| match error {
                SignInError::NoPort { why, .. } => SignInError::NamedPort { port, why },
                other => other,
            })?,
        };
        values.set("redirect_uri", format!("{}{}", listener.origin(), settings.path));
        if let Some(done) = &settings.done_path {
            values.set("done_uri", format!("{}{done}", listener.origin()));
        }
        Ok(Started { listener, state, verifier, comparison, values })
    }
}

/// What the wait was for.
#[derive(Debug, PartialEq)]
enum Home {
    /// An answer to our sign-in.
    Answer(Meaning, Values),
    /// Our state and nothing else.
    Empty,
    /// A code with somebody else's state, where the manifest says that this ends the sign-in.
    Foreign,
}

/// What counts as an answer.
struct Rules<'a> {
    path: &'a str,
    done_path: Option<&'a str>,
    state: &'a Secret,
    foreign: ForeignState,
    exchange: &'a Exchange,
    /// Whether the way home is that of OAuth.
    standard: bool,
    title: &'a str,
}

impl Rules<'_> {
    /// Judges the address that the person copied from the browser as the request that it would have been. Says why it is
    /// none that counts; nothing of it is in the sentence.
    fn judge_address(&self, address: &Secret, origin: &str) -> Result<Home, String> {
        let address = address.expose().trim();
        // Browsers leave the scheme out of what they show.
        let address = address.strip_prefix("http://").unwrap_or(address);
        let own = origin.strip_prefix("http://").unwrap_or(origin);
        let plain = !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_graphic());
        let target = address.strip_prefix(own).filter(|target| plain && target.starts_with('/'));
        let Some(target) = target else {
            return Err(format!(
                "This isn't the address that the browser comes back to ({origin}{}…).",
                self.path
            ));
        };
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match self.judge(Head::Request { method: "GET", path, query, opens: true }) {
            // What a person has copied may be the half of it.
            (_, Some(Home::Empty)) => Err("There is no code in this answer.".to_owned()),
            (_, Some(home)) => Ok(home),
            (reply, None) if reply.status == 400 => Err(reply.body.trim_end().to_owned()),
            (_, None) => Err("There is no answer to this sign-in in that address.".to_owned()),
        }
    }

    /// The state is looked at before anything else: without the right one a request is answered and ignored.
    fn judge(&self, head: Head<'_>) -> (Reply, Option<Home>) {
        let (method, path, query) = match head {
            Head::Request { opens: false, .. } => return (Reply::background(), None),
            Head::Request { method, path, query, opens: true } => (method, path, query),
            Head::TooLarge => return (Reply::plain(431, "The request is too large."), None),
            Head::Incomplete | Head::Malformed => return (Reply::plain(400, "This isn't a request."), None),
        };
        if Some(path) == self.done_path && method == "GET" {
            return (Reply::page(200, home::done_page(self.title)), None);
        }
        if path != self.path {
            return (Reply::plain(404, "There is nothing here."), None);
        }
        if method != "GET" {
            return (Reply::plain(405, "Only GET is answered here."), None);
        }
        let parameters: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if !home::is_ours(&parameters, self.state) {
            let has = |name| parameters.iter().any(|(key, value)| key == name && !value.is_empty());
            let reply = Reply::plain(400, "This isn't an answer to the sign-in that is waiting here.");
            let ends = self.foreign == ForeignState::Abort && has("code") && has("state");
            return (reply, ends.then_some(Home::Foreign));
        }
        let unclear = |text| (Reply::plain(400, text), None);
        let repeated = |name: &str| parameters.iter().filter(|(key, _)| key == name).count() > 1;
        if ["code", "error", "iss"].into_iter().any(repeated) {
            return unclear("A parameter is there twice.");
        }
        let has = |name| parameters.iter().any(|(key, value)| key == name && !value.is_empty());
        if self.standard && !has("code") && !has("error") {
            // RFC 6749, sections 4.1.2 and 4.1.2.1: an answer has one of them. This is one, by its state, and there won't be
            // another: waiting on would end in the wrong error, much later.
            return (Reply::page(400, home::refused_page(self.title)), Some(Home::Empty));
        }
        match self.exchange.read_way_home(&parameters) {
            Some((Meaning::Approved, values)) if values.text("code").is_some_and(|code| !code.is_empty()) => {
                (Reply::page(200, home::done_page(self.title)), Some(Home::Answer(Meaning::Approved, values)))
            }
            Some((Meaning::Approved, _)) | None => unclear("There is no code in this answer."),
            Some((means, values)) => {
                (Reply::page(400, home::refused_page(self.title)), Some(Home::Answer(means, values)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
