//! Why there is no safe connection, told apart as far as somebody can do something about it.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use thiserror::Error;

/// What is wrong with a certificate or the handshake.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsProblem {
    /// An authority that isn't known here.
    #[error("its certificate comes from an authority that isn't trusted on this machine")]
    UnknownIssuer,
    /// There is nobody to vouch for any server.
    #[error("this machine has no certificate authorities, so no server's certificate can be checked")]
    NoAuthorities,
    /// Authorities that somebody named and that can't be used.
    #[error("the certificate authorities in {place} can't be used: {why}")]
    Authorities {
        /// Where, and who says so.
        place: String,
        /// Why not.
        why: String,
    },
    /// It was good once.
    #[error("its certificate was good until {until}, and this machine's clock says {now}")]
    Expired {
        /// Its end.
        until: String,
        /// This machine's time.
        now: String,
    },
    /// It will be good.
    #[error("its certificate is good from {from} on, and this machine's clock says {now}")]
    NotYetValid {
        /// Its beginning.
        from: String,
        /// This machine's time.
        now: String,
    },
    /// It is somebody else's.
    #[error("its certificate is for {}, not for {wanted}", listed(.found))]
    WrongName {
        /// Who was asked for.
        wanted: String,
        /// Whose it is.
        found: Vec<String>,
    },
    /// What answers there doesn't speak TLS.
    #[error("what answers there doesn't speak TLS")]
    NotTls,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl TlsProblem {
    /// What the handshake says.
    pub(super) fn of(error: &rustls::Error) -> TlsProblem {
        match error {
            rustls::Error::InvalidCertificate(problem) => TlsProblem::of_certificate(problem),
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsProblem::NotTls,
            // The only one that the platform's verifier makes of words, where it finds no authorities.
            rustls::Error::General(words) if words.starts_with("No CA certificates") => {
                TlsProblem::NoAuthorities
            }
            rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => {
                TlsProblem::Other("the server doesn't know this name".to_owned())
            }
            other => TlsProblem::Other(other.to_string()),
        }
    }

    fn of_certificate(problem: &CertificateError) -> TlsProblem {
        match problem {
            CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer,
            CertificateError::ExpiredContext { time, not_after } => {
                TlsProblem::Expired { until: in_words(*not_after), now: in_words(*time) }
            }
            CertificateError::NotValidYetContext { time, not_before } => {
                TlsProblem::NotYetValid { from: in_words(*not_before), now: in_words(*time) }
            }
            CertificateError::NotValidForNameContext { expected, presented } => TlsProblem::WrongName {
                wanted: expected.to_str().into_owned(),
                found: presented.iter().map(|name| bare(name)).collect(),
            },
            CertificateError::Revoked => TlsProblem::Other("its certificate was revoked".to_owned()),
            other => TlsProblem::Other(format!("its certificate isn't accepted ({other})")),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            TlsProblem::UnknownIssuer => {
                "If your network or the server has an authority of its own, name its certificate with `--ca-file FILE`, \
                 DOORKEY_CA_FILE or SSL_CERT_FILE. On a network that wants a sign-in first, open any web page."
            }
            TlsProblem::NoAuthorities => {
                "Install the system's certificates (the package is usually called ca-certificates), or name a file of them \
                 with `--ca-file FILE` or SSL_CERT_FILE."
            }
            TlsProblem::Authorities { .. } => "Check the path, the file's mode, and that it is PEM.",
            TlsProblem::Expired { .. } | TlsProblem::NotYetValid { .. } => {
                "If that isn't the time now, set this machine's clock; else the server needs a new certificate."
            }
            TlsProblem::WrongName { .. } => {
                "Check the server's address. A captive portal or a proxy may have answered instead of the server."
            }
            TlsProblem::NotTls => {
                "Check the address and its port. A captive portal or a proxy may have answered instead of the server."
            }
            TlsProblem::Other(_) => "Check the server's address, and that its certificate is in order.",
        }
        .to_owned()
    }
}

/// Names as a certificate has them: `DnsName("a.example")`.
fn bare(presented: &str) -> String {
    let inner = presented.split_once('(').map_or(presented, |(_, rest)| rest.trim_end_matches(')'));
    crate::service::shown(inner.trim_matches('"'))
}

/// The first few; a certificate may have hundreds.
fn listed(names: &[String]) -> String {
    match names {
        [] => "no name at all".to_owned(),
        [first, second, more @ ..] if more.len() > 1 => {
            format!("{first}, {second} and {} more", more.len())
        }
        few => few.join(", "),
    }
}

fn in_words(time: UnixTime) -> String {
    let second = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(second))
    }

    #[test]
    fn a_certificate_out_of_its_time_names_both_times() {
        let problem = TlsProblem::of(&rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            time: at(1_767_268_800),
            not_after: at(1_735_689_600),
        }));
        assert_eq!(
            problem.to_string(),
            "its certificate was good until 2025-01-01 00:00 UTC, and this machine's clock says 2026-01-01 12:00 UTC"
        );
        assert!(problem.hint().contains("clock"));
    }

    #[test]
    fn somebody_elses_certificate_says_whose() {
        let names = ["DnsName(\"portal.example\")", "IpAddress(10.0.0.1)"].map(str::to_owned).to_vec();
        let mut problem = TlsProblem::WrongName {
            wanted: "id.example".to_owned(),
            found: names.iter().map(|name| bare(name)).collect(),
        };
        assert_eq!(
            problem.to_string(),
            "its certificate is for portal.example, 10.0.0.1, not for id.example"
        );
        if let TlsProblem::WrongName { found, .. } = &mut problem {
            found.extend(["c".to_owned(), "d".to_owned()]);
        }
        assert!(problem.to_string().contains("10.0.0.1 and 2 more"), "{problem}");
    }

    #[test]
    fn a_system_without_authorities_says_what_to_install() {
        let error = rustls::Error::General("No CA certificates were loaded from the system".to_owned());
        assert_eq!(TlsProblem::of(&error), TlsProblem::NoAuthorities);
        assert!(TlsProblem::NoAuthorities.hint().contains("ca-certificates"));
    }
}
