//! Whose word is taken for a server's certificate: the operating system's authorities, or those that the environment
//! names in their place, and those that are given besides.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::tls::TlsProblem;
use crate::system::{Environment, read_file};

/// The variable that names a file of authorities besides the system's.
pub const CA_FILE: &str = "DOORKEY_CA_FILE";

/// No file of authorities is larger.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Who vouches for servers here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorities {
    /// In place of the system's: `SSL_CERT_FILE`, `SSL_CERT_DIR`.
    instead: Vec<Place>,
    /// Besides them: what was given explicitly, else `DOORKEY_CA_FILE`.
    besides: Option<Place>,
}

/// Where certificates lie, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    named_by: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (from {})", self.path.display(), self.named_by)
    }
}

impl Authorities {
    /// As the environment has it, and a file that was given explicitly.
    pub fn of(environment: &dyn Environment, given: Option<&Path>) -> Authorities {
        let set = |name: &str| environment.variable(name).filter(|value| !value.is_empty());
        let place = |path: PathBuf, named_by| Place { path, named_by };
        let file = set("SSL_CERT_FILE").map(|path| place(path.into(), "SSL_CERT_FILE"));
        let folders = set("SSL_CERT_DIR").unwrap_or_default();
        let folders = std::env::split_paths(&folders)
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| place(path, "SSL_CERT_DIR"));
        let besides = given
            .map(|path| place(path.to_owned(), "--ca-file"))
            .or_else(|| Some(place(set(CA_FILE)?.into(), CA_FILE)));
        Authorities { instead: file.into_iter().chain(folders).collect(), besides }
    }

    /// Where they lie, in words, the system's aside.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.instead.iter().chain(&self.besides)
    }

    /// Whether the system's count.
    pub fn include_the_systems(&self) -> bool {
        self.instead.is_empty()
    }

    /// How many there are; what can't be read is said.
    pub fn count(&self) -> Result<usize, TlsProblem> {
        let certificates = self.certificates()?;
        if certificates.is_empty() { Err(TlsProblem::NoAuthorities) } else { Ok(certificates.len()) }
    }

    /// For the transport. The operating system checks certificates itself where nothing else is named.
    pub(super) fn roots(&self) -> Result<RootCerts, TlsProblem> {
        if self.instead.is_empty() && self.besides.is_none() {
            return Ok(RootCerts::PlatformVerifier);
        }
        Ok(self.certificates()?.into())
    }

    fn certificates(&self) -> Result<Vec<Certificate<'static>>, TlsProblem> {
        let mut all = Vec::new();
        if self.include_the_systems() {
            let systems = rustls_native_certs::load_native_certs().certs;
            all.extend(systems.iter().map(|der| Certificate::from_der(der).to_owned()));
        }
        for place in self.places() {
            all.extend(place.certificates()?);
        }
        Ok(all)
    }
}

impl Place {
    fn certificates(&self) -> Result<Vec<Certificate<'static>>, TlsProblem> {
        let unusable =
            |error: &io::Error| TlsProblem::Authorities { place: self.to_string(), why: in_words(error) };
        if !self.path.is_dir() {
            let pem = read_file(&self.path, LARGEST).map_err(|error| unusable(&error))?;
            let found = in_pem(&pem);
            return if found.is_empty() {
                let why = "there is no certificate in it (it has to be PEM)".to_owned();
                Err(TlsProblem::Authorities { place: self.to_string(), why })
            } else {
                Ok(found)
            };
        }
        // A folder holds links, hashes and notes beside certificates; what isn't one is passed over.
        let entries = std::fs::read_dir(&self.path).map_err(|error| unusable(&error))?;
        let files = entries.filter_map(|entry| read_file(&entry.ok()?.path(), LARGEST).ok());
        Ok(files.flat_map(|pem| in_pem(&pem)).collect())
    }
}

fn in_pem(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}

/// Why a file can't be read, without its path.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it isn't there".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::testing::World;

    /// Not a certificate that anybody could use, but PEM of one.
    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    fn named(world: &World, given: Option<&str>) -> Vec<String> {
        let given = given.map(Path::new);
        Authorities::of(world, given).places().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_named_is_the_systems() {
        let authorities = Authorities::of(&World::new(), None);
        assert_eq!(authorities, Authorities::default());
        assert!(matches!(authorities.roots(), Ok(RootCerts::PlatformVerifier)));
    }

    #[test]
    fn what_is_given_goes_before_the_variable_and_beside_the_systems() {
        let world = World::new();
        world.set(CA_FILE, "/a.pem");
        assert_eq!(named(&world, None), ["/a.pem (from DOORKEY_CA_FILE)"]);
        assert_eq!(named(&world, Some("/b.pem")), ["/b.pem (from --ca-file)"]);
        assert!(Authorities::of(&world, None).include_the_systems());
        world.set("SSL_CERT_FILE", "/c.pem");
        world.set("SSL_CERT_DIR", "/d:/e");
        let all = ["/c.pem (from SSL_CERT_FILE)", "/d (from SSL_CERT_DIR)", "/e (from SSL_CERT_DIR)"];
        assert_eq!(named(&world, None), [&all[..], &["/a.pem (from DOORKEY_CA_FILE)"]].concat());
        assert!(!Authorities::of(&world, None).include_the_systems());
    }

    #[test]
    fn a_file_that_is_no_use_says_why() {
        let world = World::new();
        let why = |path: &str| {
            world.set("SSL_CERT_FILE", path);
            Authorities::of(&world, None).count().map_err(|problem| problem.to_string())
        };
        let path = |name: &str| world.home().join(name).display().to_string();
        assert!(why(&path("none.pem")).unwrap_err().contains("it isn't there"));
        world.write("empty.pem", "-----BEGIN NOTHING-----\n");
        assert!(why(&path("empty.pem")).unwrap_err().contains("no certificate"));
        world.write("two.pem", &format!("{PEM}some words\n{PEM}"));
        assert_eq!(why(&path("two.pem")), Ok(2));
    }

    #[test]
    fn a_folder_may_hold_other_things_too() {
        let world = World::new();
        world.write("certs/a.0", PEM);
        world.write("certs/README", "words");
        world.set("SSL_CERT_DIR", &world.home().join("certs").display().to_string());
        assert_eq!(Authorities::of(&world, None).count(), Ok(1));
    }
}
