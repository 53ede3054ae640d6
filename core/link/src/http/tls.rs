//! Who is believed: the platform's roots, the extra ones, or only the extra ones. The cryptography is ring's, named here and not
//! taken from whatever the process has installed.

use super::{HttpConfig, HttpError};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
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
    let platform = Platform::new(Arc::clone(provider));
    Ok(match extra {
        None => Arc::new(platform),
        Some(extra) => Arc::new(Either { extra, platform }),
    })
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

/// The platform's verifier, made when the first certificate comes: on some systems it reads every root there is, and an app that was
/// opened to show what is stored would wait for that.
#[derive(Debug)]
struct Platform {
    provider: Arc<CryptoProvider>,
    made: OnceLock<rustls_platform_verifier::Verifier>,
}

impl Platform {
    fn new(provider: Arc<CryptoProvider>) -> Self {
        Self {
            provider,
            made: OnceLock::new(),
        }
    }

    /// Tried again at the next certificate where it fails.
    fn verifier(&self) -> Result<&rustls_platform_verifier::Verifier, Error> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider))?;
        Ok(self.made.get_or_init(|| made))
    }
}

impl ServerCertVerifier for Platform {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes a certificate that either vouches for. Put together here, since the platform's verifier takes no extra roots on Android.
#[derive(Debug)]
struct Either {
    extra: Arc<WebPkiServerVerifier>,
    platform: Platform,
}

impl ServerCertVerifier for Either {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.extra
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .or_else(|_| {
                self.platform
                    .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.extra.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.extra.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.extra.supported_verify_schemes()
    }
}
