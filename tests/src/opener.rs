//! What stands in `$BROWSER` for a test: it notes the address that it is asked to open.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{PATIENCE, Running};

const SCRIPT: &str = "#!/bin/sh\nprintf '%s' \"$1\" > \"$0.new\" && mv \"$0.new\" \"$0.link\"\n";

/// A browser that opens nothing and remembers.
#[derive(Debug)]
pub struct Opener(PathBuf);

impl Opener {
    /// One whose program lies in this folder.
    pub fn install(folder: &Path) -> Self {
        let program = folder.join("open-link");
        fs::write(&program, SCRIPT).expect("a script can be written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("and made executable");
        Self(program)
    }

    /// What `$BROWSER` names.
    pub fn program(&self) -> &Path {
        &self.0
    }

    /// Forgets what was opened before.
    pub fn forget(&self) {
        let _ = fs::remove_file(self.note());
    }

    /// The link that the running login has opened.
    #[track_caller]
    pub fn opened(&self, login: &mut Running) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(link) = fs::read_to_string(self.note()) {
                return link;
            }
            if Instant::now() > until || !login.is_running() {
                panic!("no link was opened in a browser; the login said:\n{}", login.said());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn note(&self) -> PathBuf {
        self.0.with_file_name("open-link.link")
    }
}
