//! Reading a file that somebody named, without being kept waiting by what isn't one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file for reading. A pipe, a device or a folder is an error at once: opening one may wait for ever.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it isn't a file")) }
}

/// What stands in a file of at most `largest` bytes.
pub(crate) fn read_file(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open_file(path)?.take(largest + 1).read_to_end(&mut content)?;
    if content.len() as u64 > largest {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn only_a_file_is_read_and_not_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "twelve bytes").unwrap();
        assert_eq!(read_file(&path, 12).unwrap(), b"twelve bytes");
        assert_eq!(read_file(&path, 11).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(read_file(folder.path(), 12).is_err());
        assert_eq!(read_file(&folder.path().join("none"), 12).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_nobody_writes_to_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(read_file(&path, 12).is_err());
        assert!(read_file(Path::new("/dev/zero"), 12).is_err());
    }
}
