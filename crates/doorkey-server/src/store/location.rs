//! Where the database is. The address of a PostgreSQL holds a password, so it is never shown whole.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use doorkey_manifest::Secret;
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use super::{Engine, StoreError};

/// Where the database is.
#[derive(Clone)]
pub enum Location {
    /// In a file, which is made when it isn't there.
    File(PathBuf),
    /// In a PostgreSQL at this address.
    Postgres(Secret),
}

/// A text that doesn't say where a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// There is nothing.
    #[error(
        "the database is missing; give the path of a file, or an address such as postgres://user@host/name"
    )]
    Empty,
    /// It is another system's.
    #[error(
        "this kind of database isn't supported; give the path of a file, or an address such as postgres://user@host/name"
    )]
    Scheme,
    /// It is a PostgreSQL's, but malformed.
    #[error(
        "this isn't the address of a PostgreSQL; expected postgres://user:password@host:port/name (special characters in the password are percent-encoded)"
    )]
    Malformed,
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match text.parse::<PgConnectOptions>() {
                Ok(_) => Ok(Self::Postgres(Secret::new(text))),
                Err(_) => Err(LocationError::Malformed),
            };
        }
        if let Some(path) = text.strip_prefix("sqlite:") {
            return Ok(Self::File(path.strip_prefix("//").unwrap_or(path).into()));
        }
        if text.contains("://") { Err(LocationError::Scheme) } else { Ok(Self::File(text.into())) }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(address) => match address.expose().parse::<PgConnectOptions>() {
                Ok(o) => write!(
                    f,
                    "postgres://{}:{}/{}",
                    o.get_host(),
                    o.get_port(),
                    o.get_database().unwrap_or_default()
                ),
                Err(_) => f.write_str("postgres://"),
            },
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl Location {
    pub(super) fn connect_options(
        &self,
    ) -> Result<Engine<SqliteConnectOptions, PgConnectOptions>, StoreError> {
        Ok(match self {
            Self::File(path) => Engine::Sqlite(SqliteConnectOptions::new().filename(path)),
            Self::Postgres(address) => {
                let options =
                    address.expose().parse::<PgConnectOptions>().map_err(|_| StoreError::Address)?;
                Engine::Postgres(options.application_name("doorkeyd"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let address = "postgres://doorkey:hunter%402@db.example.com:5433/doorkey?sslmode=require";
        let location = Location::from_str(address).map(|l| format!("{l} {l:?}"));
        let shown = "postgres://db.example.com:5433/doorkey";
        assert_eq!(location, Ok(format!("{shown} Location({shown})")));
        let wrong = Location::from_str("postgres://doorkey:hunter2@db.example.com:port/doorkey");
        assert!(wrong.is_err_and(|e| !e.to_string().contains("hunter2")));
    }

    #[test]
    fn a_path_is_a_file_and_other_systems_are_refused() {
        for text in [
            "/var/lib/doorkey/doorkey.db",
            "sqlite:///var/lib/doorkey/doorkey.db",
            "sqlite:/var/lib/doorkey/doorkey.db",
        ] {
            let location = Location::from_str(text).map(|l| l.to_string());
            assert_eq!(location.as_deref(), Ok("/var/lib/doorkey/doorkey.db"), "{text}");
        }
        assert!(matches!(Location::from_str("mysql://x/y"), Err(LocationError::Scheme)));
        assert!(matches!(Location::from_str("  "), Err(LocationError::Empty)));
    }
}
