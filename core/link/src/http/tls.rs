//! Who is believed: the platform's roots, the extra ones, or only the extra ones. The cryptography is ring's, named here and not
//! taken from whatever the process has installed.

use super::{HttpConfig, HttpError};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use std::sync::{Arc, OnceLock};

/// The protocols that are offered, best first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

pub(super) fn config(config: &HttpConfig) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(config, &provider)?;
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| HttpError::Setup("tls"))?
        // "Dangerous" is the name of every way to give a verifier; both of ours verify fully.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    tls.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
    Ok(tls)
}

fn verifier(config: &HttpConfig, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, HttpError> {
    let extra = extra_roots(config, provider)?;
    if !config.platform_roots {
        return extra
            .map(|only| only as Arc<dyn ServerCertVerifier>)
            .ok_or(HttpError::Setup("extra_roots_pem"));
    }
    Ok(Arc::new(WithPlatform {
        extra,
        provider: Arc::clone(provider),
        platform: OnceLock::new(),
    }))
}

fn extra_roots(
    config: &HttpConfig,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<WebPkiServerVerifier>>, HttpError> {
    const FIELD: HttpError = HttpError::Setup("extra_roots_pem");
    let mut roots = RootCertStore::empty();
    for pem in &config.extra_roots_pem {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate.map_err(|_| FIELD)?).map_err(|_| FIELD)?;
        }
        if roots.len() == before {
            return Err(FIELD);
        }
    }
    if roots.is_empty() {
        return Ok(None);
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map(Some)
        .map_err(|_| FIELD)
}

/// Takes a certificate that the extra roots vouch for, where there are any, or the platform. Put together here, since the platform's
/// verifier takes no extra roots on Android.
#[derive(Debug)]
struct WithPlatform {
    extra: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    /// Made when the first certificate comes that it is asked about: on some systems it reads every root there is, and an app that was
    /// opened to show what is stored would wait for that.
    platform: OnceLock<rustls_platform_verifier::Verifier>,
}

impl WithPlatform {
    /// Tried again at the next certificate where it fails.
    fn platform(&self) -> Result<&rustls_platform_verifier::Verifier, Error> {
        if let Some(made) = self.platform.get() {
            return Ok(made);
        }
        let made = rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider))?;
        Ok(self.platform.get_or_init(|| made))
    }
}

impl ServerCertVerifier for WithPlatform {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &dyn ServerCertVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        match self.extra.as_deref().map(|extra| by(extra)) {
            Some(Ok(verified)) => Ok(verified),
            _ => by(self.platform()?),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
