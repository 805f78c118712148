//! Listening: the port, TLS, and stopping in a good order.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use tokio::net::TcpSocket;

use crate::{service::Service, wire::edge::Edge};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4096;

/// How long a client may take over the lines before the body, and how long a connection may lie idle.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);

/// How long a client may take to send its very first request, or to finish the TLS handshake.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

/// How long what is in flight may take when the service stops.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Why the service can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error("{0} is taken by another program, perhaps another doorkeyd; stop that one, or let this one take a free port with `--listen {free}`",
        free = SocketAddr::new(.0.ip(), 0))]
    Taken(SocketAddr),
    /// The operating system doesn't let this user have the port.
    #[error("this user may not listen on port {port}; choose a port above 1023, or give the program the right to (`setcap cap_net_bind_service=+ep`)", port = .0.port())]
    Forbidden(SocketAddr),
    /// This machine doesn't have the address.
    #[error("this machine has no address {host}; use 127.0.0.1 for this machine alone or 0.0.0.0 for all its addresses", host = .0.ip())]
    NotOurs(SocketAddr),
    /// Something else.
    #[error("listening on {address} failed: {source}")]
    Other {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificate or its key can't be used.
    #[error("the certificate {certificate} with the key {key} can't be used: {source}")]
    Certificate {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
}

impl ListenError {
    fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken(address),
            io::ErrorKind::PermissionDenied => Self::Forbidden(address),
            io::ErrorKind::AddrNotAvailable => Self::NotOurs(address),
            _ => Self::Other { address, source },
        }
    }
}

/// A port that is ours.
#[derive(Debug)]
pub struct Listener {
    socket: std::net::TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Takes the port. Port 0 takes any free one.
    pub fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let bound = || -> io::Result<Self> {
            let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            // Only lets a restarted service have its port back at once; a port in use stays in use.
            #[cfg(unix)]
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            let socket = socket.listen(BACKLOG)?.into_std()?;
            let address = socket.local_addr()?;
            Ok(Self { socket, address })
        };
        bound().map_err(|source| ListenError::new(address, source))
    }

    /// The address, with the port that it really got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is over; then accepts nothing new, ends held polls, and lets what is in flight finish.
    pub async fn serve(
        self,
        service: Arc<Service>,
        tls: Option<RustlsConfig>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        if let Some(tls) = &tls {
            offer_http1_alone(tls);
        }
        let handle = Handle::new();
        tokio::spawn(stop_gracefully(Arc::clone(&service), handle.clone(), stop));
        let router = service.router();
        let edges = tower::service_fn(move |peer: SocketAddr| {
            let edge = Edge::new(Arc::clone(&service), router.clone(), peer);
            async move { Ok::<_, std::convert::Infallible>(edge) }
        });
        let mut server = axum_server::from_tcp(self.socket)?.handle(handle).http1_only();
        server.http_builder().http1().header_read_timeout(HEADER_PATIENCE).max_headers(64);
        let server = server.first_request_timeout(FIRST_PATIENCE).accept_error_handler(|_, error| {
            tracing::warn!(%error, "a connection was not accepted");
        });
        match tls {
            None => server.serve(edges).await,
            Some(config) => {
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(FIRST_PATIENCE);
                server.acceptor(acceptor).serve(edges).await
            }
        }
    }
}

async fn stop_gracefully(service: Arc<Service>, handle: Handle<SocketAddr>, stop: impl Future<Output = ()>) {
    stop.await;
    tracing::info!("stopping: nothing new is accepted, what is in flight is finished");
    // First the handle: a client whose poll ends now must not find an open door for its next one.
    handle.graceful_shutdown(Some(LAST_PATIENCE));
    service.stop();
}

/// From now on, Ctrl-C and the operating system's wish that the program ends are heard; the future is over when one
/// comes.
#[cfg(unix)]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// From now on, Ctrl-C is heard; the future is over when it comes.
#[cfg(not(unix))]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Without a way to hear it, the program ends as the system ends it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// A browser that is offered HTTP/2 speaks it, and nothing here would answer.
fn offer_http1_alone(tls: &RustlsConfig) {
    let mut config = (*tls.get_inner()).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls.reload_from_config(Arc::new(config));
}

/// Reads a certificate and its key.
pub async fn certificate(certificate: &Path, key: &Path) -> Result<RustlsConfig, ListenError> {
    RustlsConfig::from_pem_file(certificate, key).await.map_err(|source| ListenError::Certificate {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_and_a_way_out_is_offered() {
        let first = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        assert_ne!(first.address().port(), 0);
        let error = Listener::bind(first.address()).unwrap_err().to_string();
        assert!(error.starts_with(&first.address().to_string()), "{error}");
        assert!(error.contains("`--listen 127.0.0.1:0`"), "{error}");
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_refused_with_a_hint() {
        let error = Listener::bind("192.0.2.1:7700".parse().unwrap()).unwrap_err();
        assert!(matches!(error, ListenError::NotOurs(_)), "{error}");
    }
}
