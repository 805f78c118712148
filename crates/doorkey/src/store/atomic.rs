//! Replacing a file whole or not at all, whatever ends the process meanwhile.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The steps of a replacement, in order. A test makes each of them the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A temporary file stands beside the old one.
    Created,
    /// Half of the new content is in it.
    HalfWritten,
    /// All of it is.
    Written,
    /// It has reached the disk.
    Synced,
    /// It has taken the old one's name.
    Renamed,
    /// The folder's entry has reached the disk.
    FolderSynced,
}

/// What temporary files end in.
const SUFFIX: &str = ".tmp";

/// Replaces `path` by `content`, readable and writable by the owner alone.
///
/// Temporary file in the same folder → content → fsync → rename → fsync of the folder: whoever reads the path sees the
/// old content or the new, whole, and after a loss of power finds one of them. `after` may stop it after each step;
/// anything but success leaves the old file.
///
/// Only the holder of the file's lock may call it: what a writer that was killed has left behind is removed first.
pub(super) fn replace(
    path: &Path,
    content: &[u8],
    after: &mut dyn FnMut(Step) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = temporary(path)?;
    after(Step::Created)?;
    let (first, second) = content.split_at(content.len() / 2);
    file.write_all(first)?;
    after(Step::HalfWritten)?;
    file.write_all(second)?;
    after(Step::Written)?;
    file.as_file().sync_all()?;
    after(Step::Synced)?;
    file.persist(path).map_err(|error| error.error)?;
    after(Step::Renamed)?;
    sync_folder(folder_of(path)?)?;
    after(Step::FolderSynced)
}

/// Room for a file of this size beside `path`, taken until it is dropped. Only the holder of the lock may call it.
pub(super) fn reserve(path: &Path, size: usize) -> io::Result<Room> {
    let mut file = temporary(path)?;
    file.write_all(&vec![b' '; size])?;
    file.flush()?;
    Ok(Room { _file: file })
}

/// A place on the disk that nobody else can take.
#[derive(Debug)]
pub(crate) struct Room {
    _file: NamedTempFile,
}

/// A file that only its owner can read, beside `path` and under a name that [`remove_leftovers`] knows.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder_of(path)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("credentials");
    let prefix = format!(".{name}-");
    remove_leftovers(folder, &prefix);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o600));
    }
    let file = builder.tempfile_in(folder)?;
    #[cfg(unix)]
    {
        // The mode that was asked for above still went through the umask.
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn folder_of(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::other("it has no folder"))
}

/// A writer that was killed leaves its temporary file, and a secret in it. Failing to remove it is no reason not to write.
fn remove_leftovers(folder: &Path, prefix: &str) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(SUFFIX)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Makes a rename last. Not every file system can; then the rename itself still happened.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        match File::open(folder).and_then(|folder| folder.sync_all()) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            other => other,
        }
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    const STEPS: [Step; 6] =
        [Step::Created, Step::HalfWritten, Step::Written, Step::Synced, Step::Renamed, Step::FolderSynced];

    #[test]
    fn a_failure_after_any_step_leaves_the_old_file_or_the_new_one_whole() {
        for last in STEPS {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("credentials.json");
            replace(&path, b"the old one", &mut |_| Ok(())).unwrap();
            let mut seen = Vec::new();
            let result = replace(&path, b"the new one, which is longer", &mut |step| {
                let now = std::fs::read(&path).unwrap();
                assert!(now == b"the old one" || now == b"the new one, which is longer", "{step:?}");
                seen.push(step);
                if step == last { Err(io::Error::other("the power is gone")) } else { Ok(()) }
            });
            assert!(result.is_err());
            assert_eq!(seen.last(), Some(&last));
            let expected: &[u8] = if matches!(last, Step::Renamed | Step::FolderSynced) {
                b"the new one, which is longer"
            } else {
                b"the old one"
            };
            assert_eq!(std::fs::read(&path).unwrap(), expected, "{last:?}");
            let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
            assert_eq!(left.len(), 1, "no temporary file stays behind after {last:?}");
        }
    }

    #[test]
    fn what_a_killed_writer_left_behind_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".credentials.json-AbC123.tmp", ".other.json-AbC123.tmp", "credentials.json.broken-1"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        replace(&folder.path().join("credentials.json"), b"new", &mut |_| Ok(())).unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".other.json-AbC123.tmp", "credentials.json", "credentials.json.broken-1"]);
    }

    #[test]
    fn room_is_taken_until_it_is_dropped_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        let files = || std::fs::read_dir(folder.path()).unwrap().flatten().collect::<Vec<_>>();
        let room = reserve(&path, 5000).unwrap();
        assert_eq!(files().iter().map(|file| file.metadata().unwrap().len()).collect::<Vec<_>>(), [5000]);
        drop(room);
        assert!(files().is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_written_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("credentials.json");
        assert!(replace(&path, b"x", &mut |_| Ok(())).is_err());
        assert!(reserve(&path, 1).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_new_file_is_private_whatever_the_old_one_was() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        replace(&path, b"new", &mut |_| Ok(())).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    }
}
