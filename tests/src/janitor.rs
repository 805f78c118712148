//! Cleans up when nobody else can.
//!
//! Everything that a test run starts or writes is registered here: processes by their id, files under one temporary
//! folder. A small shell, the janitor, waits at the other end of a pipe. When this process goes away, however it goes
//! (the end of the run, a panic, Ctrl-C, `kill -9`), the pipe closes, and the janitor ends what is still running and
//! removes the folder. No signal handler is needed for that, and none can be missed.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Ignores the signals of the terminal, waits for the end of its input, then ends and removes everything registered.
/// A process still running is signalled as its file says; whoever is left after that is killed.
const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT
cat >/dev/null
cd /
for file in "$1"/pids/*; do
    [ -e "$file" ] && kill -"$(cat "$file")" "${file##*/}" 2>/dev/null
done
for try in 1 2 3 4 5 6 7 8 9 10; do
    left=""
    for file in "$1"/pids/*; do
        [ -e "$file" ] && kill -0 "${file##*/}" 2>/dev/null && left="$left ${file##*/}"
    done
    [ -z "$left" ] && break
    sleep 0.3
done
[ -n "$left" ] && kill -KILL $left 2>/dev/null
rm -rf "$1" 2>/dev/null || { sleep 1; rm -rf "$1"; }
"#;

struct Janitor {
    root: PathBuf,
    shell: Mutex<Option<Child>>,
    folders: AtomicUsize,
}

fn janitor() -> &'static Janitor {
    static JANITOR: OnceLock<Janitor> = OnceLock::new();
    JANITOR.get_or_init(|| Janitor::start().expect("the temporary folder can be made and a shell started"))
}

impl Janitor {
    fn start() -> io::Result<Self> {
        let root = std::env::temp_dir().join(format!("doorkey-run-{}", std::process::id()));
        if root.exists() {
            // Left by a process that had our id and could not clean up.
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(root.join("pids"))?;
        // Other users (the one that PostgreSQL runs as) may pass through, not look around.
        fs::set_permissions(&root, fs::Permissions::from_mode(0o711))?;
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "janitor"])
            .arg(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { root, shell: Mutex::new(Some(shell)), folders: AtomicUsize::new(0) })
    }
}

/// Ends and removes everything that is still registered, now, and waits until that is done.
///
/// The end of the process does the same without waiting.
pub fn finish() {
    let shell = janitor().shell.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(mut shell) = shell {
        drop(shell.stdin.take());
        let _ = shell.wait();
    }
}

/// A fresh, empty folder under the run's own; removed when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one; `name` is only there so that a person who looks knows what it is.
    pub fn new(name: &str) -> Self {
        let janitor = janitor();
        let number = janitor.folders.fetch_add(1, Ordering::Relaxed);
        let path = janitor.root.join(format!("{number:04}-{name}"));
        fs::create_dir(&path).expect("a new folder can be made in the temporary folder");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path inside of it.
    pub fn join(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.0.join(inside)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Somebody who is just being ended may still write: what stays is the janitor's.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A process that has to end when we do. Forget it (drop this) once it has been waited for.
#[derive(Debug)]
pub struct Watched(PathBuf);

/// Registers a process id, with the signal (`KILL`, `INT` …) that ends it.
pub fn watch(pid: u32, signal: &str) -> Watched {
    let file = janitor().root.join("pids").join(pid.to_string());
    fs::write(&file, signal).expect("a process id can be noted in the temporary folder");
    Watched(file)
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_until_it_is_dropped() {
        let folder = Folder::new("here");
        fs::write(folder.join("file"), "x").expect("writing");
        let path = folder.path().to_owned();
        assert!(path.join("file").exists(), "the folder can be written to");
        drop(folder);
        assert!(!path.exists(), "the folder is gone");
    }

    #[test]
    fn a_process_that_was_waited_for_is_forgotten() {
        let mut child = Command::new("true").spawn().expect("starting true");
        let watched = watch(child.id(), "KILL");
        let noted = watched.0.clone();
        assert_eq!(fs::read_to_string(&noted).ok().as_deref(), Some("KILL"), "noted with its signal");
        child.wait().expect("waiting");
        drop(watched);
        assert!(!noted.exists(), "nobody who gets the same id later is killed");
    }
}
