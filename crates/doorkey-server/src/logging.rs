//! Logs: one line an event, to standard error. On a terminal they are for people, elsewhere they are JSON.
//!
//! No line holds a query string, a body, a cookie, a token or a password: what is logged of a request is its method,
//! the route that it matched, the status, how long it took and its number.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

/// What is logged when nobody asks for more or less.
const DEFAULT: &str = "info,sqlx=warn,hyper=warn,hyper_util=warn,rustls=warn";

/// The variable that asks for more or less (`debug`, or `info,doorkey_server=debug`).
pub const FILTER_VARIABLE: &str = "DOORKEY_LOG";

/// Why logging can't start.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter isn't one.
    #[error("{FILTER_VARIABLE} is not a log filter ({0}); use a level such as `debug`, or leave it away")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Somebody else has started logging in this process.
    #[error("logging was already started in this process")]
    Started,
}

/// Starts logging to standard error; `filter` is the value of [`FILTER_VARIABLE`].
pub fn start(filter: Option<&str>) -> Result<(), LoggingError> {
    let filter = EnvFilter::try_new(filter.filter(|text| !text.trim().is_empty()).unwrap_or(DEFAULT))?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE)
        .with_target(false);
    let started = if std::io::stderr().is_terminal() {
        logs.compact().try_init()
    } else {
        logs.json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_ansi(false)
            .try_init()
    };
    started.map_err(|_| LoggingError::Started)?;
    log_panics();
    Ok(())
}

/// A panic is logged with its place and without its words: those may quote what must not be seen.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            place,
            "a request ran into a mistake in the program; it was answered with status 500"
        );
    }));
}
