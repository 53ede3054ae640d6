//! A TLS listener on loopback with a certificate of its own, and a wire before it that can be cut.

use axum::serve::Listener;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
    server::TlsStream,
};

/// A listener and the certificate that vouches for it.
pub(crate) struct Tls {
    pub(crate) listener: TlsListener,
    pub(crate) root_pem: String,
    pub(crate) address: SocketAddr,
}

pub(crate) struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Tls {
    pub(crate) async fn bind() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(authority, key).unwrap();
        let server_key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
            .unwrap()
            .signed_by(&server_key, &issuer)
            .unwrap();
        let private = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self {
            listener: TlsListener { tcp, acceptor },
            root_pem: issuer.pem(),
            address,
        }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, from)) = self.tcp.accept().await else {
                continue;
            };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// What lies between the phone and the provider.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    cut: Arc<AtomicBool>,
    cutting: Arc<Notify>,
}

impl Wire {
    pub(crate) async fn to(provider: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self {
            address: listener.local_addr().unwrap(),
            cut: Arc::default(),
            cutting: Arc::default(),
        };
        let this = wire.clone();
        tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                if !this.cut.load(Ordering::SeqCst) {
                    tokio::spawn(this.clone().carry(phone, provider));
                }
            }
        });
        wire
    }

    async fn carry(self, mut phone: TcpStream, provider: SocketAddr) {
        let cutting = self.cutting.notified();
        let Ok(mut provider) = TcpStream::connect(provider).await else {
            return;
        };
        tokio::select! {
            () = cutting => {}
            _ = tokio::io::copy_bidirectional(&mut phone, &mut provider) => {}
        }
    }

    /// Cuts every connection and lets no new one through.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.cutting.notify_waiters();
    }

    pub(crate) fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}
