//! What may be said to `login` about where its browser is, and the command that finishes a sign-in later.

use std::time::Duration;

use clap::{Args, Subcommand};
use doorkey::LoopbackHost;

/// Where the person's browser is, and how it comes back.
#[derive(Debug, Default, Args)]
pub struct WayIn {
    /// The program that opens the page, with its arguments; `%s` stands for the address
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["token", "no_browser", "device"])]
    pub browser_command: Option<String>,
    /// Show the link as a QR code, too, for the camera of a phone; signs in with a code
    #[arg(long, conflicts_with_all = ["token", "browser", "anonymous"])]
    pub qr: bool,
    /// The port on this machine that the browser comes back to
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), conflicts_with_all = ["token", "device", "qr", "no_wait", "anonymous"])]
    pub callback_port: Option<u16>,
    /// What the address says that the browser comes back to: `localhost`, `127.0.0.1` or `[::1]`
    #[arg(long, value_name = "HOST", value_parser = loopback, conflicts_with_all = ["token", "device", "qr", "no_wait", "anonymous"])]
    pub callback_host: Option<LoopbackHost>,
    /// Begin the sign-in and don't wait for you; `login resume` finishes it
    #[arg(long, conflicts_with_all = ["token", "browser", "anonymous", "storage", "insecure_storage"])]
    pub no_wait: bool,
}

/// `login …`
#[derive(Debug, Subcommand)]
pub enum LoginCommand {
    /// Finish a sign-in that `login --no-wait` began
    Resume(ResumeArguments),
}

/// `login resume`
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// Which; not needed where only one waits
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Ask the server once; exits with 3 while nobody has decided
    #[arg(long)]
    pub no_wait: bool,
    /// How long to wait for you: `90s`, `5m`, `1h`, or a number of seconds
    #[arg(long, value_name = "DURATION", value_parser = crate::time::parse, conflicts_with = "no_wait")]
    pub timeout: Option<Duration>,
    /// Don't ask whether what was done without an account may stay behind
    #[arg(short, long, hide = true)]
    pub yes: bool,
}

/// Nothing but this machine is ever listened on, whatever the address says.
fn loopback(text: &str) -> Result<LoopbackHost, String> {
    match text {
        "127.0.0.1" => Ok(LoopbackHost::V4),
        "[::1]" | "::1" => Ok(LoopbackHost::V6),
        "localhost" => Ok(LoopbackHost::Name),
        _ => Err("the command listens on this machine alone: write `localhost`, `127.0.0.1` or `[::1]`. Where the \
                  browser can't reach that, as in a container, sign in with `--device`, or paste the address that the \
                  browser ends up at"
            .to_owned()),
    }
}
