//! The commands of `doorkeyd`.

mod admin;
mod authority;
mod check;
mod dev;
mod run;
mod serve;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    config::ConfigError,
    keys::KeyError,
    listen::ListenError,
    logging::LoggingError,
    products::ProductsError,
    store::{LocationError, StoreError},
};

/// The service behind the sign-in of command-line tools.
#[derive(Debug, Parser)]
#[command(name = "doorkeyd", version, propagate_version = false, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a whole service on this machine, with nothing to set up.
    Dev(dev::Dev),
    /// Runs the service as a configuration file says.
    Serve {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Changes what only whoever runs the service may change.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Looks at everything the service needs and says what is missing.
    Check {
        /// The configuration file. Without one, what `dev` would use is looked at.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The manifests.
    #[error(transparent)]
    Products(#[from] ProductsError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port or the certificate.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The logs.
    #[error(transparent)]
    Logging(#[from] LoggingError),
    /// A file or folder.
    #[error("{path} can't be {doing}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// "read", "written" …
        doing: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Where the database is.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// A resource server's password is too easy to guess.
    #[error("{} doesn't hold a password of at least 16 characters; make one with `openssl rand -hex 32`", .0.display())]
    WeakSecret(PathBuf),
    /// The keys of a code host.
    #[error("{path}: {error}")]
    ReporterKeys {
        /// Their file.
        path: PathBuf,
        /// What is wrong.
        error: crate::wire::leaks::ReporterKeysError,
    },
    /// The throw-away authority of `dev --tls`.
    #[error("a certificate for this machine can't be made: {0}")]
    Authority(#[from] rcgen::Error),
    /// There is no folder for `dev` to keep its data in.
    #[error("there is no home folder to keep data in; say where with `--data DIRECTORY`")]
    NoHome,
    /// The domain said no.
    #[error("{0}")]
    Refused(#[from] crate::asker::Refusal),
    /// The service stopped by itself.
    #[error("the service stopped: {0}")]
    Stopped(std::io::Error),
    /// `check` found something.
    #[error("{0} of these need attention")]
    Unfit(usize),
}

impl Arguments {
    /// Does what the arguments say.
    pub fn run(self, environment: impl Fn(&str) -> Option<String>) -> Result<(), CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(CommandError::Stopped)?;
        runtime.block_on(async {
            match self.command {
                Command::Dev(dev) => dev.run(&environment).await,
                Command::Serve { config } => serve::run(&config, &environment).await,
                Command::Admin(admin) => admin.run(&environment).await,
                Command::Check { config } => check::run(config.as_deref(), &environment).await,
            }
        })
    }
}
