//! The server's own keys: one master key of 32 bytes in a file that only the server's user can read, and from it one
//! key for each purpose, so that what one purpose signs means nothing to another.
//!
//! Whoever holds the database without this key learns no user code and can derive no successor of a refresh token.

use std::{
    fmt, fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{entropy::Entropy, id::SignInId};

/// How many bytes of the code over a sign-in's id stand in its name: 160 bits can't be guessed.
const APPROVAL_CODE: usize = 20;

/// What a key is used for. Its name goes into the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// What makes the name that a browser knows a sign-in by unguessable.
    Approval,
    /// The user code of a device sign-in, derived from the sign-in's id.
    UserCode,
    /// What is stored of a user code, to find the sign-in again.
    UserCodeLookup,
    /// The successors of a refresh token.
    Successor,
    /// The token in a page's forms.
    Form,
    /// What is stored of whom a throttle counts.
    Throttle,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Approval => b"doorkey/1/approval-id",
            Self::UserCode => b"doorkey/1/user-code",
            Self::UserCodeLookup => b"doorkey/1/user-code-lookup",
            Self::Successor => b"doorkey/1/refresh-successor",
            Self::Form => b"doorkey/1/form",
            Self::Throttle => b"doorkey/1/throttle",
        }
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read or made.
    #[error("the key file {path} can't be {doing}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// "read" or "written".
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others can read the file.
    #[error(
        "the key file {path} can be read by others (mode {mode:o}); run `chmod 600 {path}`, and make a new key if someone may have read it"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file isn't a key.
    #[error("the key file {path} doesn't hold a key: one line of 64 hexadecimal digits was expected")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

/// The server's keys. All replicas over one database need the same.
#[derive(Clone)]
pub struct ServerKeys {
    master: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKeys")
    }
}

impl ServerKeys {
    /// The keys that follow from `master`.
    pub fn new(master: [u8; 32]) -> Self {
        Self { master: Zeroizing::new(master) }
    }

    /// Fresh keys.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut master = Zeroizing::new([0; 32]);
        entropy.fill(master.as_mut());
        Self { master }
    }

    /// The keys in the file at `path`. A file that others can read is refused.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { path: path.into(), doing: "read", source };
        refuse_exposed(path, &fs::metadata(path).map_err(file)?)?;
        let text = Zeroizing::new(fs::read_to_string(path).map_err(file)?);
        let master = read_hex(text.trim()).ok_or_else(|| KeyError::Malformed { path: path.into() })?;
        Ok(Self { master })
    }

    /// The keys in the file at `path`, or fresh ones, kept there from now on with mode 0600. Of several processes that
    /// do this at once, all get the same keys.
    pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        match Self::load(path) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        let keys = Self::generate(entropy);
        match keys.create(path, entropy) {
            Ok(()) => Ok(keys),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(source) => Err(KeyError::File { path: path.into(), doing: "written", source }),
        }
    }

    /// Writes the whole key beside its place and links it in, so that nobody ever reads half a key and a key that is
    /// already there is never replaced.
    fn create(&self, path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
        let mut unique = [0; 8];
        entropy.fill(&mut unique);
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{:016x}", u64::from_be_bytes(unique)));
        let draft = PathBuf::from(draft);
        let written = self.write(&draft).and_then(|()| fs::hard_link(&draft, path));
        // Whether it was linked or not, the draft has done its work.
        let removed = fs::remove_file(&draft);
        written.and(removed)
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut line = Zeroizing::new(String::with_capacity(65));
        for byte in self.master.iter() {
            fmt::Write::write_fmt(&mut *line, format_args!("{byte:02x}")).map_err(io::Error::other)?;
        }
        line.push('\n');
        file.write_all(line.as_bytes())?;
        file.sync_all()
    }

    /// The name that a browser knows a sign-in by: its id and a code over it. Nobody can make one up, and whoever reads
    /// the database doesn't know it.
    pub fn approval_id(&self, sign_in: SignInId) -> String {
        let code = self.mac(Purpose::Approval, &[sign_in.as_bytes()]);
        URL_SAFE_NO_PAD.encode([sign_in.as_bytes(), &code[..APPROVAL_CODE]].concat())
    }

    /// The sign-in that a browser calls `approval_id`; none when that isn't a name that we gave.
    pub fn read_approval_id(&self, approval_id: &str) -> Option<SignInId> {
        use subtle::ConstantTimeEq;
        let bytes = URL_SAFE_NO_PAD.decode(approval_id).ok()?;
        let (id, presented) = bytes.split_first_chunk::<16>()?;
        let code = self.mac(Purpose::Approval, &[id]);
        bool::from(code[..APPROVAL_CODE].ct_eq(presented)).then(|| SignInId::from_bytes(*id))
    }

    /// The user code of a device sign-in. It follows from the sign-in's id, so it lies nowhere.
    pub fn user_code(&self, sign_in: SignInId) -> String {
        let mut stream = self.stream(Purpose::UserCode, sign_in.as_bytes());
        doorkey_manifest::code::user_code(|bytes| stream.fill(bytes))
    }

    /// What is stored of a user code, given as it is shown (`BCDF-GHJK`).
    pub fn user_code_hash(&self, user_code: &str) -> [u8; 32] {
        self.mac(Purpose::UserCodeLookup, &[user_code.as_bytes()])
    }

    /// Bytes without end that follow from a refresh token: `what` names the successor that is made of them.
    pub fn successor(&self, refresh_token: &str, what: &str) -> KeyStream {
        self.stream(Purpose::Successor, format!("{what}\0{refresh_token}").as_bytes())
    }

    /// The token that goes into the forms of the browser whose cookie holds `cookie_secret`.
    pub fn form_token(&self, cookie_secret: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(Purpose::Form, &[cookie_secret.as_bytes()]))
    }

    /// Whether `presented` is the form token of that browser. Takes the same time whether it is or not.
    pub fn is_form_token(&self, cookie_secret: &str, presented: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.form_token(cookie_secret).as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// What is stored of whom a throttle counts.
    pub(crate) fn throttle_key(&self, parts: &[&str]) -> [u8; 32] {
        let parts: Vec<&[u8]> = parts.iter().map(|p| p.as_bytes()).collect();
        self.mac(Purpose::Throttle, &parts)
    }

    /// A code over `parts`, each preceded by its length so that no two lists of parts look alike.
    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac(&*self.key(purpose));
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn stream(&self, purpose: Purpose, input: &[u8]) -> KeyStream {
        KeyStream {
            key: Zeroizing::new(self.mac(purpose, &[input])),
            block: 0,
            left: Zeroizing::new(Vec::new()),
        }
    }

    fn key(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut mac = hmac(&*self.master);
        mac.update(purpose.label());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

/// Bytes that follow from a key, as many as are asked for.
pub struct KeyStream {
    key: Zeroizing<[u8; 32]>,
    block: u64,
    left: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for KeyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyStream")
    }
}

impl KeyStream {
    /// Fills `bytes` with the next ones.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.left.is_empty() {
                let mut mac = hmac(&*self.key);
                mac.update(&self.block.to_be_bytes());
                self.block += 1;
                self.left.extend_from_slice(&mac.finalize().into_bytes());
                self.left.reverse();
            }
            *byte = self.left.pop().unwrap_or_default();
        }
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn read_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 { Err(KeyError::Exposed { path: path.into(), mode }) } else { Ok(()) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{
        clock::Time,
        entropy::{OsEntropy, SeededEntropy},
    };

    #[test]
    fn a_key_file_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = ServerKeys::load_or_create(&path, &OsEntropy).unwrap();
        let again = ServerKeys::load_or_create(&path, &OsEntropy).unwrap();
        assert_eq!(*made.master, *again.master);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn of_many_that_make_the_key_at_once_all_get_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| *ServerKeys::load_or_create(&path, &OsEntropy).unwrap().master))
                .collect();
            makers.into_iter().map(|m| m.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|k| *k == keys[0]));
    }

    #[test]
    fn a_key_file_that_others_can_read_or_that_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        ServerKeys::load_or_create(&path, &OsEntropy).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = ServerKeys::load_or_create(&path, &OsEntropy).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "half a key").unwrap();
        assert!(matches!(ServerKeys::load_or_create(&path, &OsEntropy), Err(KeyError::Malformed { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "half a key", "nothing is written over it");
    }

    #[test]
    fn what_one_purpose_makes_means_nothing_to_another_or_to_other_keys() {
        let keys = ServerKeys::new([1; 32]);
        let others = ServerKeys::new([2; 32]);
        assert_ne!(keys.user_code_hash("BCDFGHJK"), keys.throttle_key(&["BCDFGHJK"]));
        assert_ne!(keys.user_code_hash("BCDFGHJK"), others.user_code_hash("BCDFGHJK"));
        assert_ne!(keys.throttle_key(&["a", "bc"]), keys.throttle_key(&["ab", "c"]));
        assert!(keys.is_form_token("cookie", &keys.form_token("cookie")));
        assert!(!keys.is_form_token("cookie", &keys.form_token("another")));
        assert!(!keys.is_form_token("cookie", &others.form_token("cookie")));
        assert!(!keys.is_form_token("cookie", ""));
    }

    #[test]
    fn a_user_code_follows_from_the_sign_in() {
        let keys = ServerKeys::new([1; 32]);
        let (entropy, now) = (SeededEntropy::new(3), Time::from_unix_ms(1_767_225_600_000));
        let (one, two) = (SignInId::fresh(now, &entropy), SignInId::fresh(now, &entropy));
        assert_eq!(keys.user_code(one), keys.user_code(one));
        assert_ne!(keys.user_code(one), keys.user_code(two));
        assert_ne!(keys.user_code(one), ServerKeys::new([2; 32]).user_code(one));
    }

    #[test]
    fn a_name_for_the_browser_can_not_be_made_up() {
        let keys = ServerKeys::new([1; 32]);
        let id = SignInId::fresh(Time::from_unix_ms(1_767_225_600_000), &SeededEntropy::new(3));
        let name = keys.approval_id(id);
        assert_eq!(name.len(), 48);
        assert_eq!(keys.read_approval_id(&name), Some(id));
        assert_eq!(ServerKeys::new([2; 32]).read_approval_id(&name), None);
        for wrong in ["", "x", &name[..47], &format!("{name}A"), &id.to_string(), &name.to_lowercase()] {
            assert_eq!(keys.read_approval_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_stream_gives_the_same_bytes_in_pieces_of_any_size() {
        let keys = ServerKeys::new([1; 32]);
        let mut whole = [0; 100];
        keys.successor("token", "access").fill(&mut whole);
        let mut pieces = [0; 100];
        let mut stream = keys.successor("token", "access");
        for piece in pieces.chunks_mut(7) {
            stream.fill(piece);
        }
        assert_eq!(whole, pieces);
        keys.successor("token", "refresh").fill(&mut pieces);
        assert_ne!(whole, pieces);
    }

    #[test]
    fn the_keys_show_nothing() {
        assert_eq!(format!("{:?}", ServerKeys::new([7; 32])), "ServerKeys");
        assert_eq!(format!("{:?}", ServerKeys::new([7; 32]).successor("a", "b")), "KeyStream");
    }
}
