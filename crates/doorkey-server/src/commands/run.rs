//! Running the service, however it was configured: the port, the line that says so, and the end.

use std::{sync::Arc, time::Duration};

use axum_server::tls_rustls::RustlsConfig;

use super::CommandError;
use crate::{
    Domain,
    app::Apps,
    clock::SystemClock,
    domain::Parts,
    entropy::OsEntropy,
    keys::ServerKeys,
    listen::{Listener, asked_to_stop},
    service::Service,
    store::Store,
};

/// How often what has ended is swept away.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How often it is written down what tokens were used for.
const WRITE_USES_EVERY: Duration = Duration::from_secs(10);

/// Puts a domain together from what a configuration names.
pub(super) fn domain(store: Store, keys: ServerKeys, apps: Apps) -> Domain {
    Domain::new(Parts {
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        keys,
        apps,
        hash_at_once: std::thread::available_parallelism().map_or(2, usize::from),
    })
}

/// Serves until the program is asked to stop.
pub(super) async fn run(
    service: Service,
    listener: Listener,
    tls: Option<RustlsConfig>,
) -> Result<(), CommandError> {
    let service = Arc::new(service);
    let scheme = if tls.is_some() { "https" } else { "http" };
    // Listening for the signal begins before anybody is told that the service is there.
    let stop = asked_to_stop().map_err(CommandError::Stopped)?;
    announce(&format!("doorkeyd is listening on {scheme}://{}", listener.address()));
    let sweeper = tokio::spawn(sweep(Arc::clone(&service)));
    let clerk = tokio::spawn(write_uses(Arc::clone(&service)));
    let served = listener.serve(Arc::clone(&service), tls, stop).await;
    sweeper.abort();
    clerk.abort();
    service.domain.close().await;
    tracing::info!("stopped");
    served.map_err(CommandError::Stopped)
}

/// Says something on standard output that a program may wait for, so it mustn't lie in a buffer.
#[expect(clippy::print_stdout, reason = "this is what the command has to say")]
pub(super) fn announce(line: &str) {
    use std::io::Write;
    println!("{line}");
    // A reader who went away doesn't need the line.
    let _ = std::io::stdout().flush();
}

async fn sweep(service: Arc<Service>) {
    let mut clock = tokio::time::interval(SWEEP_EVERY);
    loop {
        clock.tick().await;
        match service.domain.sweep().await {
            Ok(swept) => tracing::debug!(?swept, "swept"),
            Err(error) => {
                tracing::warn!(%error, "what has ended could not be swept away; it will be tried again");
            }
        }
    }
}

async fn write_uses(service: Arc<Service>) {
    let mut clock = tokio::time::interval(WRITE_USES_EVERY);
    loop {
        clock.tick().await;
        if let Err(error) = service.domain.write_uses().await {
            tracing::warn!(%error, "what tokens were last used for could not be written down");
        }
    }
}
