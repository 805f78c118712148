//! The throw-away authority of `doorkeyd dev --tls`: a certificate for this machine, so that what needs https can be
//! tried without one from outside. It is made anew at each start and its own key is forgotten at once, so nobody can
//! make another certificate with it.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use axum_server::tls_rustls::RustlsConfig;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

use super::CommandError;

/// What a start with TLS needs.
pub struct ThrowAway {
    /// The certificate of the service, with its key.
    pub tls: RustlsConfig,
    /// Where the authority's certificate lies, for clients to trust.
    pub certificate: PathBuf,
}

/// Makes an authority and a certificate for `address`, and puts the authority's certificate into `folder`.
pub async fn make(folder: &Path, address: IpAddr) -> Result<ThrowAway, CommandError> {
    let (authority, issuer) = authority()?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from(std::net::Ipv6Addr::LOCALHOST)];
    let own = (!address.is_unspecified() && !loopback.contains(&address)).then_some(address);
    params.subject_alt_names.extend(loopback.into_iter().chain(own).map(SanType::IpAddress));
    params.distinguished_name.push(DnType::CommonName, "doorkeyd dev");
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    let leaf = params.signed_by(&key, &issuer)?;
    let certificate = folder.join("authority.pem");
    fs::write(&certificate, &authority).map_err(|source| CommandError::File {
        path: certificate.clone(),
        doing: "written",
        source,
    })?;
    let tls = config(leaf.pem() + &authority, key.serialize_pem()).await.map_err(CommandError::Stopped)?;
    Ok(ThrowAway { tls, certificate })
}

fn authority() -> Result<(String, Issuer<'static, KeyPair>), rcgen::Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "doorkeyd dev, throw-away authority");
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok((certificate, Issuer::new(params, key)))
}

async fn config(certificate: String, key: String) -> io::Result<RustlsConfig> {
    RustlsConfig::from_pem(certificate.into_bytes(), key.into_bytes()).await
}
