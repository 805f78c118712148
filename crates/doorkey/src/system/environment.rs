//! What the process was started with and where it runs.

use std::path::{Path, PathBuf};

/// The process's surroundings.
pub trait Environment: Send + Sync {
    /// An environment variable; one that isn't text counts as unset.
    fn variable(&self, name: &str) -> Option<String>;

    /// The folder that the process works in, without links in it.
    fn current_folder(&self) -> Option<PathBuf>;

    /// The person's home folder.
    fn home(&self) -> Option<PathBuf>;

    /// The machine's name, to show on the approval page.
    fn host_name(&self) -> Option<String>;

    /// Whether something exists at `path`: containers leave marks in the file system.
    fn exists(&self, path: &Path) -> bool;

    /// The effective user's id, where there is one.
    fn user_id(&self) -> Option<u32>;

    /// The path of the program that runs.
    fn program(&self) -> Option<PathBuf>;
}

/// This process.
#[derive(Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the environment that is passed in")]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn current_folder(&self) -> Option<PathBuf> {
        std::env::current_dir().ok()?.canonicalize().ok()
    }

    fn home(&self) -> Option<PathBuf> {
        std::env::home_dir().filter(|home| home.is_absolute())
    }

    #[cfg(unix)]
    fn host_name(&self) -> Option<String> {
        let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
        Some(name).filter(|name| !name.is_empty())
    }

    #[cfg(not(unix))]
    fn host_name(&self) -> Option<String> {
        self.variable("COMPUTERNAME").filter(|name| !name.is_empty())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    #[cfg(unix)]
    fn user_id(&self) -> Option<u32> {
        Some(rustix::process::geteuid().as_raw())
    }

    #[cfg(not(unix))]
    fn user_id(&self) -> Option<u32> {
        None
    }

    fn program(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }
}
