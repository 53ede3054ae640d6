//! The city's throw-away certificate authority, and the two ends of TLS that come from it. Only ring's cryptography.
//!
//! The authority's certificate and key live as long as the city's state, so that whoever trusted it once need not again; the
//! servers' certificate is made anew at each start.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
};
use std::sync::Arc;

/// What the servers answer to.
const HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];
/// HTTP/2 where the client can, else HTTP/1.1.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// Apple's platforms refuse a server's certificate of more than 398 days that a user's authority issued.
const LEAF_DAYS: i64 = 397;
/// Clocks of phones that run against the city from another machine may be behind.
const BACKDATED_DAYS: i64 = 2;

/// Keys or certificates can't be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    #[error("the authority's certificate can't be read: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    #[error("the system's date is beyond what a certificate can hold")]
    Date,
}

/// The authority.
pub(crate) struct Authority {
    certificate_pem: String,
    key_pem: String,
}

impl Authority {
    /// Makes one.
    pub(crate) fn generate() -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let certificate_pem = authority_params()?.self_signed(&key)?.pem();
        Ok(Self {
            certificate_pem,
            key_pem: key.serialize_pem(),
        })
    }

    /// One that was made before.
    pub(crate) fn from_pem(certificate_pem: String, key_pem: String) -> Self {
        Self {
            certificate_pem,
            key_pem,
        }
    }

    /// What a client trusts.
    pub(crate) fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Secret.
    pub(crate) fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The servers' end: a new certificate for [`HOSTS`].
    pub(crate) fn server_config(&self, today: jiff::civil::Date) -> Result<ServerConfig, TlsError> {
        let issuer = Issuer::new(authority_params()?, KeyPair::from_pem(&self.key_pem)?);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(HOSTS.map(str::to_owned))?;
        params.distinguished_name = named("localhost");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let (year, month, day) = ymd(today, -BACKDATED_DAYS)?;
        params.not_before = date_time_ymd(year, month, day);
        let (year, month, day) = ymd(today, LEAF_DAYS - BACKDATED_DAYS)?;
        params.not_after = date_time_ymd(year, month, day);
        let leaf = params.signed_by(&key, &issuer)?.der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)?;
        config.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
        Ok(config)
    }

    /// A client's end that trusts this authority and no other.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, TlsError> {
        client_config(&self.certificate_pem)
    }
}

/// A client's end that trusts the authority in `certificate_pem` and no other.
pub(crate) fn client_config(certificate_pem: &str) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate_pem.as_bytes())?)?;
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The same at each start: an issuer is its name and its key.
fn authority_params() -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = named("Rabt sandbox (simulated city)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2044, 1, 1);
    Ok(params)
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// A date some days from today, as rcgen makes it.
fn ymd(today: jiff::civil::Date, days: i64) -> Result<(i32, u8, u8), TlsError> {
    let date = today
        .checked_add(jiff::Span::new().days(days))
        .map_err(|_| TlsError::Date)?;
    let month = u8::try_from(date.month()).map_err(|_| TlsError::Date)?;
    let day = u8::try_from(date.day()).map_err(|_| TlsError::Date)?;
    Ok((i32::from(date.year()), month, day))
}
