//! The listener that a browser comes home to.
//!
//! One thread serves all connections without blocking on any: who connects and says nothing, or says it a byte at a
//! time, keeps nobody from being heard and is dropped after [`PATIENCE`]. What a request means isn't decided here.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use doorkey_manifest::manifest::LoopbackHost;

use super::SignInError;
use super::head::{self, Head};

/// How long a connection may take to send its request, and then to fetch the answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many connections are kept at once; of more, the oldest goes.
const MOST: usize = 32;

/// How long one look at the sockets may take, and so how late a wish to stop may be noticed.
const LOOK: Duration = Duration::from_millis(50);

/// How often a free port is asked for before it is given up.
const FREE_PORT_TRIES: usize = 8;

/// What is answered to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

impl Reply {
    pub(super) fn plain(status: u16, body: &str) -> Reply {
        Reply { status, content_type: "text/plain; charset=utf-8", body: format!("{body}\n") }
    }

    /// To a page that asks in the background, whatever it asks for.
    pub(super) fn background() -> Reply {
        Reply::plain(403, "This is answered only to a browser that opens it.")
    }

    pub(super) fn page(status: u16, body: String) -> Reply {
        Reply { status, content_type: "text/html; charset=utf-8", body }
    }

    /// As it goes over the wire. Nothing of the request is in it.
    fn bytes(&self) -> Vec<u8> {
        let reason = match self.status {
            200 => "OK",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            431 => "Request Header Fields Too Large",
            _ => "Bad Request",
        };
        let allow = if self.status == 405 { "Allow: GET\r\n" } else { "" };
        format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{allow}\
             Cache-Control: no-store\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\
             Cross-Origin-Opener-Policy: same-origin\r\nConnection: close\r\n\r\n{}",
            self.status,
            self.content_type,
            self.body.len(),
            self.body
        )
        .into_bytes()
    }
}

/// The open port.
#[derive(Debug)]
pub(super) struct Listener {
    sockets: Vec<TcpListener>,
    connections: Vec<Connection>,
    host: &'static str,
    port: u16,
    /// The port that was wanted first and is taken.
    taken: Option<u16>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// Of the monotonic clock.
    until: Duration,
    answered: bool,
}

impl Listener {
    /// Opens a port on this machine's loopback addresses: the first of `ports` that is free, or any without a list.
    ///
    /// The address that the redirect names has to be there; the other family's is opened on the same port where
    /// possible, for browsers that look there. Nothing but loopback is ever opened.
    pub(super) fn open(host: LoopbackHost, ports: &[u16]) -> Result<Listener, SignInError> {
        let mut last = None;
        let mut taken = None;
        let any = [0; FREE_PORT_TRIES];
        let tries = if ports.is_empty() { &any[..] } else { ports };
        for port in tries {
            match Listener::open_port(host, *port) {
                Ok(listener) => return Ok(Listener { taken, ..listener }),
                Err(error) => {
                    taken = taken.or(Some(*port).filter(|port| *port != 0));
                    last = Some(error);
                }
            }
        }
        let why = last.map_or_else(String::new, |error| match error.kind() {
            io::ErrorKind::AddrInUse => "another program uses it".to_owned(),
            kind => kind.to_string(),
        });
        Err(SignInError::NoPort { ports: ports.to_vec(), why })
    }

    fn open_port(host: LoopbackHost, port: u16) -> io::Result<Listener> {
        let bind = |v6: bool, port: u16| {
            let address: SocketAddr =
                if v6 { (Ipv6Addr::LOCALHOST, port).into() } else { (Ipv4Addr::LOCALHOST, port).into() };
            let socket = TcpListener::bind(address)?;
            socket.set_nonblocking(true)?;
            Ok::<TcpListener, io::Error>(socket)
        };
        let v6_first = host == LoopbackHost::V6;
        let (first, host) = match bind(v6_first, port) {
            // A machine without IPv4: the other literal address is as good (RFC 8252, section 7.3).
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable && host == LoopbackHost::V4 => {
                (bind(true, port)?, LoopbackHost::V6)
            }
            other => (other?, host),
        };
        let port = first.local_addr()?.port();
        let second = bind(!first.local_addr()?.is_ipv6(), port).ok();
        Ok(Listener {
            sockets: std::iter::once(first).chain(second).collect(),
            connections: Vec::new(),
            host: host.as_str(),
            port,
            taken: None,
        })
    }

    /// `http://127.0.0.1:PORT`, or what the manifest wants instead of the address.
    pub(super) fn origin(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }

    /// The port that was wanted first and is taken, and the one that is open instead.
    pub(super) fn moved(&self) -> Option<(u16, u16)> {
        self.taken.map(|taken| (taken, self.port))
    }

    /// Waits a moment for something to happen and serves what came. `answer` is asked once for each whole request and
    /// may say, beside the reply, what the whole wait was for; then that is returned at once.
    pub(super) fn serve<T>(
        &mut self,
        now: Duration,
        mut answer: impl FnMut(Head<'_>) -> (Reply, Option<T>),
    ) -> Option<T> {
        self.look();
        self.accept(now);
        let mut found = None;
        self.connections.retain_mut(|connection| {
            if found.is_some() {
                return true;
            }
            let keep = connection.advance(&mut |head| {
                let (reply, home) = answer(head);
                found = home;
                reply
            });
            keep && now < connection.until
        });
        found
    }

    /// Returns when a socket has something, or after [`LOOK`].
    #[cfg(unix)]
    fn look(&self) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut sockets: Vec<PollFd<'_>> = self
            .sockets
            .iter()
            .map(|socket| PollFd::new(socket, PollFlags::IN))
            .chain(self.connections.iter().map(|connection| PollFd::new(&connection.stream, PollFlags::IN)))
            .collect();
        let look = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos().into() };
        // Interrupted or not: the sockets are looked at, and this is called again.
        let _ = poll(&mut sockets, Some(&look));
    }

    #[cfg(not(unix))]
    fn look(&self) {
        std::thread::sleep(LOOK / 5);
    }

    fn accept(&mut self, now: Duration) {
        for socket in &self.sockets {
            while let Ok((stream, _)) = socket.accept() {
                if stream.set_nonblocking(true).is_err() {
                    continue;
                }
                if self.connections.len() >= MOST {
                    self.connections.remove(0);
                }
                let until = now.saturating_add(PATIENCE);
                self.connections.push(Connection { stream, received: Vec::new(), until, answered: false });
            }
        }
    }
}

impl Connection {
    /// Reads what has come and answers once the request is whole. Says whether the connection is still of use.
    fn advance(&mut self, answer: &mut dyn FnMut(Head<'_>) -> Reply) -> bool {
        let mut buffer = [0; 2048];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                // Already answered: read on, so that closing doesn't take the answer away from the browser.
                Ok(_) if self.answered => {}
                Ok(count) => self.received.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
            if !self.answered {
                let reply = match head::parse(&self.received) {
                    Head::Incomplete => continue,
                    whole => answer(whole),
                };
                self.answered = true;
                self.received.clear();
                // Small enough for the socket's buffer, so this doesn't block and isn't cut off.
                let sent = self
                    .stream
                    .write_all(&reply.bytes())
                    .and_then(|()| self.stream.shutdown(Shutdown::Write));
                if sent.is_err() {
                    return false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn open() -> Listener {
        Listener::open(LoopbackHost::V4, &[]).unwrap()
    }

    /// Serves until `count` requests were answered.
    fn serve(listener: &mut Listener, count: usize) -> Vec<String> {
        let mut paths = Vec::new();
        while paths.len() < count {
            listener.serve::<()>(Duration::ZERO, |head| {
                paths.push(match head {
                    Head::Request { path, .. } => path.to_owned(),
                    other => format!("{other:?}"),
                });
                (Reply::plain(404, "no"), None)
            });
        }
        paths
    }

    fn connect(listener: &Listener) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", listener.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    #[test]
    fn it_opens_both_loopback_addresses_on_one_port_and_nothing_else() {
        let listener = open();
        for socket in &listener.sockets {
            let address = socket.local_addr().unwrap();
            assert!(address.ip().is_loopback());
            assert_eq!(address.port(), listener.port);
        }
        if TcpListener::bind("[::1]:0").is_ok() {
            assert_eq!(listener.sockets.len(), 2);
        }
        assert_eq!(listener.origin(), format!("http://127.0.0.1:{}", listener.port));
    }

    #[test]
    fn a_busy_port_is_passed_over_and_none_left_is_an_error() {
        let busy = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = busy.local_addr().unwrap().port();
        let free = { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
        assert_eq!(Listener::open(LoopbackHost::V4, &[port, free]).unwrap().port, free);
        assert_eq!(Listener::open(LoopbackHost::V4, &[port, free]).unwrap().moved(), Some((port, free)));
        let error = Listener::open(LoopbackHost::V4, &[port]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "No port on this machine could be opened for the browser to come back to ({port}): another program uses it."
            )
        );
    }

    #[test]
    fn the_silent_and_the_slow_keep_nobody_waiting_and_are_dropped() {
        let mut listener = open();
        let silent: Vec<TcpStream> = (0..5).map(|_| connect(&listener)).collect();
        let mut slow = connect(&listener);
        slow.write_all(b"GET /sl").unwrap();
        let mut quick = connect(&listener);
        quick.write_all(b"GET /quick HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(serve(&mut listener, 1), ["/quick"]);
        slow.write_all(b"ow HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(serve(&mut listener, 1), ["/slow"]);
        let mut answer = String::new();
        quick.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 404 Not Found\r\n") && answer.ends_with("\r\n\r\nno\n"),
            "{answer}"
        );
        for header in ["Cache-Control: no-store", "nosniff", "Content-Security-Policy: default-src 'none'"] {
            assert!(answer.contains(header), "{header}");
        }
        listener.serve::<()>(PATIENCE, |_| (Reply::plain(404, ""), None));
        assert!(listener.connections.is_empty());
        drop(silent);
    }

    #[test]
    fn more_connections_than_are_kept_push_out_the_oldest() {
        let mut listener = open();
        let mut all: Vec<TcpStream> = (0..MOST + 10).map(|_| connect(&listener)).collect();
        all.last_mut().unwrap().write_all(b"GET /last HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(serve(&mut listener, 1), ["/last"]);
        assert!(listener.connections.len() <= MOST);
    }

    #[test]
    fn an_endless_head_is_cut_off() {
        let mut listener = open();
        let mut stream = connect(&listener);
        stream.write_all(&vec![b'A'; head::LARGEST]).unwrap();
        assert_eq!(serve(&mut listener, 1), ["TooLarge"]);
    }

    #[test]
    fn the_port_is_closed_with_the_listener() {
        let listener = open();
        let port = listener.port;
        drop(listener);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
