//! Somebody between a command and a service, who passes on, dawdles, loses answers, or has nothing to say.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::http::{Answer, Ask, Connection};

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Whim {
    /// It is passed on, and so is the answer, after a while.
    After(Duration),
    /// It is passed on, and the connection is cut when the answer is there.
    LoseAnswer,
    /// It goes no further, and this is the answer's status.
    Refuse(u16),
}

/// A stand-in for the service at an address of its own, as long as the run.
#[derive(Clone)]
pub struct Middleman {
    /// Where it listens.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    service: String,
    whim: Mutex<Whim>,
    asked: AtomicUsize,
    lost: Mutex<Vec<String>>,
}

impl Middleman {
    /// One in front of the service at this address.
    pub fn before(service: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let shared = Arc::new(Shared {
            service: service.to_owned(),
            whim: Mutex::new(Whim::After(Duration::ZERO)),
            asked: AtomicUsize::new(0),
            lost: Mutex::default(),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                // Whoever asks may have been killed meanwhile; that is what it is for.
                std::thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Self { url, shared }
    }

    /// From now on it does this.
    pub fn does(&self, whim: Whim) {
        *self.shared.whim.lock().unwrap_or_else(PoisonError::into_inner) = whim;
    }

    /// How many requests came so far.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// The bodies of the answers that were lost.
    pub fn lost(&self) -> Vec<String> {
        self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut to = stream;
        // One request for each connection: the next one comes over a new one.
        let Some(ask) = read(&mut reader)? else { return Ok(()) };
        self.asked.fetch_add(1, Ordering::SeqCst);
        let whim = self.whim.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match whim {
            Whim::Refuse(status) => Answer { status, headers: Vec::new(), body: String::new() },
            Whim::After(_) | Whim::LoseAnswer => {
                let mut service = Connection::try_open(&self.service)?;
                service.send(&ask)?;
                service.receive()?
            }
        };
        match whim {
            Whim::LoseAnswer => {
                self.lost.lock().unwrap_or_else(PoisonError::into_inner).push(answer.body);
                return Ok(());
            }
            Whim::After(time) => std::thread::sleep(time),
            Whim::Refuse(_) => {}
        }
        write!(
            to,
            "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
            answer.status,
            answer.body.len(),
            answer.body
        )
    }
}

/// A whole request, as the service will get it.
fn read(from: &mut impl BufRead) -> std::io::Result<Option<Ask>> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let mut first = line.split(' ');
    let (Some(method), Some(target)) = (first.next(), first.next()) else { return Ok(None) };
    let mut ask = Ask::new(method, target);
    let mut length = 0;
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(std::io::Error::other)?,
            // The way to the service has its own.
            "host" | "connection" => {}
            _ => ask = ask.header(name, value.trim()),
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(ask.with(body)))
}
