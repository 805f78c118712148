//! `doorkeyd dev`: a whole service on this machine, with nothing to set up.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use doorkey_manifest::Secret;

use super::{CommandError, authority, run};
use crate::{
    entropy::{Entropy, OsEntropy},
    issuer::Issuer,
    keys::ServerKeys,
    listen::Listener,
    logging,
    products::Products,
    service::{ResourceServer, Service},
    store::{Location, Store},
};

/// The name of the resource server that `dev` makes up.
const RESOURCE_SERVER: &str = "dev";

/// What `dev` may be told.
#[derive(Debug, Args)]
pub struct Dev {
    /// The address to listen on; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Where the database and the key are kept [default: a folder in your home]
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// A folder of manifests beyond those that are built in
    #[arg(long, value_name = "DIRECTORY")]
    apps: Option<PathBuf>,
    /// The app whose routes are also served at the root of the host
    #[arg(long, value_name = "NAME")]
    root_app: Option<String>,
    /// Speaks https, with a certificate made for this run
    #[arg(long)]
    tls: bool,
}

impl Dev {
    /// Runs until the program is asked to stop.
    pub(super) async fn run(self, environment: &impl Fn(&str) -> Option<String>) -> Result<(), CommandError> {
        logging::start(environment(logging::FILTER_VARIABLE).as_deref())?;
        let products = Products::load(self.apps.as_deref(), self.root_app.as_deref())?;
        let apps = products.apps()?;
        let data = data_folder(self.data, environment)?;
        let listener = Listener::bind(self.listen)?;
        let address = reachable(listener.address());
        let scheme = if self.tls { "https" } else { "http" };
        let issuer = Issuer::parse(&format!("{scheme}://{address}"))
            .or_else(|_| Issuer::parse(&format!("{scheme}://127.0.0.1:{}", address.port())))
            .map_err(|error| CommandError::Stopped(io::Error::other(error)))?;
        let keys = ServerKeys::load_or_create(&data.join("key"), &OsEntropy)?;
        let store = Store::open(&Location::from(data.join("doorkey.db").as_path())).await?;
        let mut service = Service::new(run::domain(store, keys, apps), products, issuer);
        let secret_file = data.join("introspection.secret");
        service
            .resource_servers
            .push(ResourceServer { id: RESOURCE_SERVER.to_owned(), secret: resource_secret(&secret_file)? });
        let throw_away = if self.tls { Some(authority::make(&data, self.listen.ip()).await?) } else { None };
        run::announce(&format!("data: {}", data.display()));
        run::announce(&format!(
            "introspection: user {RESOURCE_SERVER}, password in {}",
            secret_file.display()
        ));
        if let Some(throw_away) = &throw_away {
            run::announce(&format!("certificate authority: {}", throw_away.certificate.display()));
        }
        run::run(service, listener, throw_away.map(|made| made.tls)).await
    }
}

/// The address under which a browser on this machine reaches the service.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    SocketAddr::new(ip, address.port())
}

/// The folder for the data, made for this user alone.
pub(super) fn data_folder(
    wanted: Option<PathBuf>,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<PathBuf, CommandError> {
    let folder = match wanted {
        Some(folder) => folder,
        None => usual_folder(environment).ok_or(CommandError::NoHome)?,
    };
    fs::create_dir_all(&folder).map_err(|source| CommandError::File {
        path: folder.clone(),
        doing: "made",
        source,
    })?;
    std::path::absolute(&folder).map_err(|source| CommandError::File { path: folder, doing: "found", source })
}

/// Where programs keep their data on this operating system.
pub(super) fn usual_folder(environment: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder =
        |name: &str| environment(name).filter(|value| Path::new(value).is_absolute()).map(PathBuf::from);
    if cfg!(windows) {
        return Some(folder("LOCALAPPDATA")?.join("doorkeyd"));
    }
    let home = folder("HOME");
    if cfg!(target_os = "macos") {
        return Some(home?.join("Library/Application Support/doorkeyd"));
    }
    Some(folder("XDG_DATA_HOME").or_else(|| Some(home?.join(".local/share")))?.join("doorkeyd"))
}

/// The password of the made-up resource server: kept, so that a gateway needn't be told anew after a restart.
fn resource_secret(path: &Path) -> Result<Secret, CommandError> {
    let file = |doing| move |source| CommandError::File { path: path.to_owned(), doing, source };
    match fs::read_to_string(path) {
        Ok(secret) if !secret.trim().is_empty() => return Ok(Secret::new(secret.trim())),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(file("read")(error)),
    }
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    OsEntropy.fill(bytes.as_mut());
    let secret = Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()));
    fs::write(path, format!("{}\n", secret.expose())).map_err(file("written"))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn a_service_for_everybody_is_reached_at_home() {
        assert_eq!(reachable("0.0.0.0:7700".parse().unwrap()).to_string(), "127.0.0.1:7700");
        assert_eq!(reachable("[::1]:7700".parse().unwrap()).to_string(), "[::1]:7700");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn data_lies_where_the_system_keeps_data() {
        let with = |pairs: &'static [(&str, &str)]| {
            usual_folder(&|name: &str| {
                pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(with(&[("HOME", "/home/ada")]), Some("/home/ada/.local/share/doorkeyd".into()));
        assert_eq!(with(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "/data")]), Some("/data/doorkeyd".into()));
        assert_eq!(
            with(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "data")]),
            Some("/home/ada/.local/share/doorkeyd".into())
        );
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn the_password_for_introspection_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("introspection.secret");
        let made = resource_secret(&path).unwrap();
        assert_eq!(made.expose().len(), 43);
        assert_eq!(resource_secret(&path).unwrap(), made);
    }
}
