//! What the process was started with and where it runs.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// More than any file has that tells what kind of machine this is.
const LARGEST: u64 = 1024 * 1024;

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

    /// Where a path really leads, through every link on the way. `None` where nothing is.
    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        self.exists(path).then(|| path.to_owned())
    }

    /// What stands in a small file of the system that tells what kind of machine this is. `None` where there is none.
    fn text(&self, _path: &Path) -> Option<String> {
        None
    }

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

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok()
    }

    fn text(&self, path: &Path) -> Option<String> {
        let mut text = String::new();
        let file = std::fs::File::open(path).ok()?;
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        Some(text)
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
