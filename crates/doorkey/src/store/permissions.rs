//! Whose the file is and who else can get at it.
//!
//! The rules are a function of what the file system says, so that all of them can be tried without being root.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// What matters about a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The permission bits.
    pub mode: u32,
    /// The owner's number.
    pub owner: u32,
}

/// What is to be done with an existing credentials file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is private.
    Private,
    /// Others can read or change it.
    Open,
    /// It is somebody else's.
    Foreign,
}

impl Facts {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Facts {
        use std::os::unix::fs::MetadataExt as _;
        Facts { mode: metadata.mode() & 0o7777, owner: metadata.uid() }
    }

    /// Where there are no such bits the folder's access list protects the file.
    #[cfg(not(unix))]
    fn of(_metadata: &Metadata) -> Facts {
        Facts { mode: 0o600, owner: 0 }
    }

    /// The rule for a file of credentials; `me` is the effective user, where there is such a thing.
    pub(super) fn judge_file(self, me: Option<u32>) -> Verdict {
        if me.is_some_and(|me| me != self.owner) {
            Verdict::Foreign
        } else if self.mode & 0o077 != 0 {
            Verdict::Open
        } else {
            Verdict::Private
        }
    }

    /// The rule for its folder: whoever can put files into it can replace the credential. Root's folders are trusted,
    /// and so is the owner's group: on most Linux systems that is the owner alone.
    pub(super) fn judge_folder(self, me: Option<u32>) -> Verdict {
        if me.is_some_and(|me| me != self.owner && self.owner != 0) {
            Verdict::Foreign
        } else if self.mode & 0o002 != 0 && self.mode & 0o1000 == 0 {
            Verdict::Open
        } else {
            Verdict::Private
        }
    }
}

/// Whether nobody but its owner, who is `me` or root, can write to it.
pub(super) fn only_owner_writes(metadata: &Metadata, me: Option<u32>) -> bool {
    let facts = Facts::of(metadata);
    facts.mode & 0o022 == 0 && me.is_none_or(|me| facts.owner == me || facts.owner == 0)
}

/// How many links may lead to a file.
const LINKS: usize = 8;

/// Follows the path to the file that is really meant, refusing to leave its folder. `None`: there is no such file.
pub(super) fn real_file(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    real_file_within(path, LINKS)
}

fn real_file_within(path: &Path, links: usize) -> Result<Option<PathBuf>, StoreError> {
    let unreadable = |source| StoreError::Unreadable { path: path.to_owned(), source };
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if metadata.is_symlink() {
        let folder = path.parent().unwrap_or(Path::new("/")).canonicalize().map_err(unreadable)?;
        let target = match path.canonicalize() {
            Ok(target) => target,
            Err(_) => folder.join(std::fs::read_link(path).map_err(unreadable)?),
        };
        if target.parent() != Some(folder.as_path()) {
            return Err(StoreError::LinkOutside { path: path.to_owned(), target });
        }
        return match links.checked_sub(1) {
            Some(links) => real_file_within(&target, links),
            None => Err(unreadable(io::Error::other("links lead in a circle"))),
        };
    }
    if metadata.is_file() {
        Ok(Some(path.to_owned()))
    } else {
        Err(StoreError::NotAFile { path: path.to_owned() })
    }
}

/// What the open file says about itself: asked of the handle, so that nobody can swap the file in between.
pub(super) fn facts_of(path: &Path, file: &std::fs::File) -> Result<Facts, StoreError> {
    let metadata =
        file.metadata().map_err(|source| StoreError::Unreadable { path: path.to_owned(), source })?;
    if metadata.is_file() {
        Ok(Facts::of(&metadata))
    } else {
        Err(StoreError::NotAFile { path: path.to_owned() })
    }
}

/// Makes the folder if it isn't there, private to its owner whatever the umask says, and checks the one that is.
pub(super) fn prepare_folder(folder: &Path, me: Option<u32>) -> Result<(), StoreError> {
    let unwritable = |source| StoreError::Unwritable { path: folder.to_owned(), source };
    if !folder.exists() {
        make_private_folders(folder).map_err(unwritable)?;
    }
    let metadata = std::fs::metadata(folder).map_err(unwritable)?;
    if !metadata.is_dir() {
        return Err(unwritable(io::ErrorKind::NotADirectory.into()));
    }
    let facts = Facts::of(&metadata);
    match facts.judge_folder(me) {
        Verdict::Private => Ok(()),
        Verdict::Foreign => Err(StoreError::ForeignOwner { path: folder.to_owned(), owner: facts.owner }),
        Verdict::Open => {
            Err(StoreError::FolderWritableByOthers { path: folder.to_owned(), mode: facts.mode })
        }
    }
}

/// Checks that a folder is ours and nobody else can do anything in it: for places where others make folders, too.
pub(super) fn check_own_folder(folder: &Path, me: Option<u32>) -> Result<(), StoreError> {
    let unreadable = |source| StoreError::Unreadable { path: folder.to_owned(), source };
    // Not what a link leads to: the link itself may be somebody else's.
    let metadata = std::fs::symlink_metadata(folder).map_err(unreadable)?;
    if !metadata.is_dir() {
        return Err(unreadable(io::ErrorKind::NotADirectory.into()));
    }
    let facts = Facts::of(&metadata);
    match facts.judge_file(me) {
        Verdict::Private => Ok(()),
        Verdict::Foreign => Err(StoreError::ForeignOwner { path: folder.to_owned(), owner: facts.owner }),
        Verdict::Open => {
            Err(StoreError::FolderWritableByOthers { path: folder.to_owned(), mode: facts.mode })
        }
    }
}

#[cfg(unix)]
fn make_private_folders(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private_folders(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_file_counts_as_private_exactly_when_it_is_mine_and_nobody_else_has_any_right(
            mode in 0_u32..0o10000,
            owner in 0_u32..3,
            me in 0_u32..3,
        ) {
            let verdict = Facts { mode, owner }.judge_file(Some(me));
            let others = mode % 0o100;
            prop_assert_eq!(verdict == Verdict::Private, owner == me && others == 0);
            prop_assert_eq!(verdict == Verdict::Foreign, owner != me);
        }

        #[test]
        fn a_folder_that_strangers_can_write_to_is_never_trusted(mode in 0_u32..0o10000, owner in 0_u32..3) {
            let verdict = Facts { mode, owner }.judge_folder(Some(1));
            if mode & 0o002 != 0 && mode & 0o1000 == 0 {
                prop_assert_ne!(verdict, Verdict::Private);
            }
            prop_assert_eq!(verdict == Verdict::Foreign, owner == 2);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused_and_one_inside_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("outside.json"), "{}").unwrap();
        std::fs::write(inside.join("real.json"), "{}").unwrap();
        let link = inside.join("credentials.json");

        std::os::unix::fs::symlink("real.json", &link).unwrap();
        assert!(real_file(&link).unwrap().unwrap().ends_with("inside/real.json"));

        for target in ["../outside.json", "/etc/passwd", "../missing.json"] {
            std::fs::remove_file(&link).unwrap();
            std::os::unix::fs::symlink(target, &link).unwrap();
            assert_eq!(real_file(&link).unwrap_err().code(), "store.link_outside", "{target}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_in_a_circle_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink("one", &one).unwrap();
        assert_eq!(real_file(&one).unwrap_err().code(), "store.unreadable");
        std::fs::remove_file(&one).unwrap();
        std::os::unix::fs::symlink("two", &one).unwrap();
        std::os::unix::fs::symlink("one", &two).unwrap();
        assert_eq!(real_file(&one).unwrap_err().code(), "store.unreadable");
    }

    #[test]
    fn what_is_missing_is_nothing_and_a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(real_file(&folder.path().join("none")).unwrap(), None);
        assert_eq!(real_file(folder.path()).unwrap_err().code(), "store.not_a_file");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_folder_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        prepare_folder(&inner, None).unwrap();
        assert_eq!(std::fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
