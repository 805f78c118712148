//! The `DevTools` protocol: JSON messages with a zero byte after each, calls with a number, events without.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::PATIENCE;

/// A call's answer: its result, or what went wrong.
type Reply = Result<Value, String>;

/// Something that a page told without being asked.
struct Event {
    session: String,
    method: String,
    params: Value,
}

#[derive(Default)]
struct Inbox {
    calls: HashMap<u64, Sender<Reply>>,
    /// Only the kinds that somebody waits for are kept.
    events: Vec<Event>,
    closed: bool,
}

/// The connection to one Chromium.
pub(super) struct DevTools {
    to: Mutex<Option<ChildStdin>>,
    next: AtomicU64,
    inbox: Mutex<Inbox>,
    arrived: Condvar,
}

impl DevTools {
    pub(super) fn new(to: ChildStdin, from: ChildStdout) -> Arc<Self> {
        let devtools = Arc::new(Self {
            to: Mutex::new(Some(to)),
            next: AtomicU64::new(1),
            inbox: Mutex::default(),
            arrived: Condvar::new(),
        });
        let reader = Arc::clone(&devtools);
        std::thread::spawn(move || reader.read(from));
        devtools
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, from: ChildStdout) {
        let mut from = BufReader::new(from);
        let mut message = Vec::new();
        while matches!(from.read_until(0, &mut message), Ok(n) if n > 0) {
            message.pop();
            if let Ok(message) = serde_json::from_slice(&message) {
                self.take(message);
            }
            message.clear();
        }
        let mut inbox = self.inbox();
        inbox.closed = true;
        inbox.calls.clear();
        drop(inbox);
        self.arrived.notify_all();
    }

    fn take(&self, mut message: Value) {
        if let Some(id) = message["id"].as_u64() {
            let reply = match message.get("error") {
                Some(error) => {
                    Err(error["message"].as_str().unwrap_or("an error without a message").to_owned())
                }
                None => Ok(message["result"].take()),
            };
            if let Some(caller) = self.inbox().calls.remove(&id) {
                let _ = caller.send(reply);
            }
            return;
        }
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
        let params = message["params"].take();
        // Frames inside of a page are of no interest; the page itself has no parent.
        let main_frame = method == "Page.frameNavigated" && params["frame"].get("parentId").is_none();
        if main_frame || method == "Target.targetCreated" {
            self.inbox().events.push(Event { session, method, params });
            self.arrived.notify_all();
        }
    }

    /// Calls, and waits for the result.
    pub(super) fn try_call(&self, session: Option<&str>, method: &str, params: &Value) -> Reply {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (caller, reply) = channel();
        {
            let mut inbox = self.inbox();
            if inbox.closed {
                return Err("Chromium has ended".to_owned());
            }
            inbox.calls.insert(id, caller);
        }
        self.send(id, session, method, params)?;
        match reply.recv_timeout(PATIENCE) {
            Ok(reply) => reply.map_err(|message| format!("{method}: {message}")),
            Err(_) => Err(format!("{method}: no answer from Chromium")),
        }
    }

    /// Calls, waits for the result, and panics when there is none.
    #[track_caller]
    pub(super) fn call(&self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|problem| panic!("the browser: {problem}"))
    }

    /// Calls and doesn't wait.
    pub(super) fn cast(&self, method: &str, params: &Value) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let _ = self.send(id, None, method, params);
    }

    fn send(&self, id: u64, session: Option<&str>, method: &str, params: &Value) -> Result<(), String> {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        match to.as_mut().map(|to| to.write_all(&bytes).and_then(|()| to.flush())) {
            Some(Ok(())) => Ok(()),
            Some(Err(problem)) => Err(format!("{method}: {problem}")),
            None => Err(format!("{method}: the browser is closed")),
        }
    }

    /// How many events of this kind the page has sent.
    pub(super) fn count(&self, session: &str, method: &str) -> usize {
        self.inbox().count(session, method)
    }

    /// Waits until the page has sent more than `seen` events of this kind; false when it doesn't within the limit.
    pub(super) fn wait(&self, session: &str, method: &str, seen: usize, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut inbox = self.inbox();
        while inbox.count(session, method) <= seen {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || inbox.closed {
                return false;
            }
            inbox =
                self.arrived.wait_timeout(inbox, left).map_or_else(|p| p.into_inner().0, |(inbox, _)| inbox);
        }
        true
    }

    /// The address that the page went to with its newest navigation.
    pub(super) fn newest_address(&self, session: &str) -> Option<String> {
        let inbox = self.inbox();
        let mut events = inbox.events.iter().rev();
        let newest =
            events.find(|event| event.session == session && event.method == "Page.frameNavigated")?;
        let frame = &newest.params["frame"];
        // Where a page could not be loaded, the browser shows its own page and says here what was wanted.
        frame["unreachableUrl"].as_str().or(frame["url"].as_str()).map(str::to_owned)
    }

    /// Closes our end: Chromium ends by itself then.
    pub(super) fn close(&self) {
        let _ = self.send(0, None, "Browser.close", &json!({}));
        self.to.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Inbox {
    fn count(&self, session: &str, method: &str) -> usize {
        self.events.iter().filter(|event| event.session == session && event.method == method).count()
    }
}
