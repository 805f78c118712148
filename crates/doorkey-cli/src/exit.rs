//! What the command exits with, for people and for scripts.
//!
//! The library decides the code where the fact is known ([`doorkey::Exit`]); this is the table that people read.

/// Every exit code and what it means.
#[cfg(test)]
pub const TABLE: &[(doorkey::Exit, &str)] = &[
    (doorkey::Exit::Ok, "it worked"),
    (doorkey::Exit::Failed, "it failed"),
    (doorkey::Exit::Usage, "it was asked for wrongly: an option, a manifest, an address"),
    (doorkey::Exit::CannotCheck, "it can't be told now: offline, or the server is broken or busy"),
    (doorkey::Exit::SignInRequired, "sign in first: signed out, expired or revoked"),
    (doorkey::Exit::Forbidden, "signed in, but not allowed, or the plan doesn't include it"),
    (doorkey::Exit::Cancelled, "cancelled with Ctrl-C"),
];

/// What `--help` says after the options. A constant, because building it would cost every start.
pub const LONG_HELP: &str = "\
Exit codes:
    0  it worked
    1  it failed
    2  it was asked for wrongly: an option, a manifest, an address
    3  it can't be told now: offline, or the server is broken or busy
    4  sign in first: signed out, expired or revoked
    5  signed in, but not allowed, or the plan doesn't include it
  130  cancelled with Ctrl-C
  A manifest may say other codes for its own app; with --json it is always these.

Environment variables:
  DOORKEY_APP      the tool, where --app isn't given
  DOORKEY_APPS     folders of manifests, separated as in PATH, that go before the built-in ones
  DOORKEY_PROFILE  the profile, where --profile isn't given
  DOORKEY_STORAGE  where the credential is kept: file, keyring, encrypted, memory or command
  DOORKEY_CA_FILE  certificate authorities to trust besides the system's, as with --ca-file FILE
  SSL_CERT_FILE, SSL_CERT_DIR
                   certificate authorities to trust instead of the system's
  HTTPS_PROXY, ALL_PROXY, NO_PROXY
                   the proxy to use, and what is reached without it
  BROWSER          the program that opens links
  NO_COLOR         no colours
  ACCESSIBLE       nothing is overwritten on the terminal, for screen readers
  A manifest names its app's own variables for the token and the server.

A link to this program works as its app: after `ln -s doorkey demo`, `demo login` is `doorkey --app demo login`.";

#[cfg(test)]
mod tests {
    use super::{LONG_HELP, TABLE};

    #[test]
    fn the_help_and_the_book_tell_every_exit_code() {
        let book = include_str!("../../../docs/command.md");
        for (exit, meaning) in TABLE {
            let code = exit.code();
            assert!(LONG_HELP.contains(&format!("{code:>5}  {meaning}\n")), "help: {code}");
            assert!(book.contains(&format!("| {code} | {meaning} |")), "docs/command.md: {code}");
        }
    }
}
