//! What can go wrong with a database, in the terms of whoever has to do something about it.
//!
//! What the database itself says is kept as the source, without the statement's values: they may be personal.

use std::io::ErrorKind;

/// Why the store couldn't do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Others hold it for too long. It will pass.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// There is no room left.
    #[error("the database has no room left; make room on its disk")]
    Full,
    /// It doesn't answer.
    #[error("the database can't be reached; check that it runs, its address and the network")]
    Unreachable,
    /// It answers, but doesn't let us in.
    #[error(
        "the database refused the sign-in or the access; check the user, the password and the rights (a file and its folder must be writable)"
    )]
    Refused,
    /// The address isn't one.
    #[error("the address of the database is malformed")]
    Address,
    /// It isn't a database, or it is damaged.
    #[error("the database is damaged or isn't one of ours: {0}; restore it from a backup")]
    Corrupt(&'static str),
    /// A newer version of this program has changed it.
    #[error(
        "the database has schema {found}, and this doorkeyd knows schemas up to {known}; run the newer doorkeyd"
    )]
    TooNew {
        /// What it has.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// It was brought up to date by another doorkeyd than this one's ancestors.
    #[error(
        "schema {version} of the database isn't the one that this doorkeyd knows; it was made by another build"
    )]
    OtherHistory {
        /// Which step differs.
        version: i64,
    },
    /// A statement failed, which is our mistake.
    #[error("the database rejected a statement ({code}); this is a mistake in doorkeyd")]
    Statement {
        /// The engine's code for it.
        code: String,
    },
}

impl StoreError {
    /// Whether it passes by itself, so that the client should try again.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy | Self::Full | Self::Unreachable)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Database(database) => of_database(&*database),
            E::PoolTimedOut => Self::Busy,
            E::Io(io) if io.kind() == ErrorKind::PermissionDenied => Self::Refused,
            E::Io(io) if io.kind() == ErrorKind::StorageFull => Self::Full,
            E::Io(_) | E::Tls(_) | E::PoolClosed | E::WorkerCrashed | E::Protocol(_) => Self::Unreachable,
            E::Configuration(_) => Self::Address,
            E::ColumnDecode { .. } | E::Decode(_) | E::ColumnNotFound(_) | E::TypeNotFound { .. } => {
                Self::Corrupt("a column doesn't hold what it should")
            }
            _ => Self::Statement { code: "no code".to_owned() },
        }
    }
}

fn of_database(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte is the kind, the rest says more about it.
        return match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(5 | 6) => StoreError::Busy,
            Ok(13) => StoreError::Full,
            Ok(3 | 8 | 14 | 23) => StoreError::Refused,
            Ok(10) => StoreError::Unreachable,
            Ok(11 | 26) => StoreError::Corrupt("the file isn't a whole SQLite database"),
            _ => StoreError::Statement { code: code.into_owned() },
        };
    }
    match &*code {
        "53100" | "53200" => StoreError::Full,
        "53300" | "40001" | "40P01" | "55P03" | "57014" => StoreError::Busy,
        "57P01" | "57P02" | "57P03" => StoreError::Unreachable,
        "25006" | "42501" | "28000" | "28P01" | "3D000" => StoreError::Refused,
        other if other.starts_with("08") => StoreError::Unreachable,
        other if other.starts_with("XX") => StoreError::Corrupt("PostgreSQL reports damage"),
        other => StoreError::Statement { code: other.to_owned() },
    }
}
