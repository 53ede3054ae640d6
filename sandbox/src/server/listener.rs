//! A port of a party's: accepting, TLS, HTTP/2 or HTTP/1.1 as the client can, and an orderly end.
//!
//! An abrupt end is not here: it is the end of the runtime that all of this runs on.

use super::{front::Front, traffic::Metered};
use axum::{body::Body, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;

/// As many connections as a party takes at once; a load test of a machine's needs a few hundred, the descriptors of a process
/// end at 1,024 on many.
const CONNECTIONS_MAX: usize = 512;
/// A client that begins to speak and goes away doesn't hold a connection for longer.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADERS_TIMEOUT: Duration = Duration::from_secs(10);
/// RFC 9113 advises not fewer than 100.
const STREAMS_MAX: u32 = 256;
/// At an orderly end, what is being answered gets this long.
const GRACE: Duration = Duration::from_secs(2);
/// When the system has no descriptor left, asking again at once would spin.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Below where Linux takes the ports of outgoing connections from (32768 and up), so that none of those sits on a city's port while
/// the city is stopped.
const PORTS: std::ops::Range<u16> = 10_000..32_000;
/// A city has some twenty ports, one after the other; the more cities a machine runs, the more of the next ones are taken.
const PORTS_TRIED_MAX: usize = 200;

fn by_chance() -> io::Result<u16> {
    let mut bytes = [0; 2];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system gives no randomness"))?;
    let room = PORTS.end - PORTS.start - u16::try_from(PORTS_TRIED_MAX).unwrap_or(0);
    Ok(PORTS.start + u16::from_be_bytes(bytes) % room)
}

/// A port that is taken but not served yet.
pub(crate) struct Listener {
    socket: std::net::TcpListener,
    port: u16,
}

impl Listener {
    /// Takes a free port: one after `last`, which a party of the same city took before, or after one that is chosen by chance.
    pub(crate) fn free(last: Option<u16>) -> io::Result<Self> {
        let first = match last {
            Some(last) => last.saturating_add(1),
            None => by_chance()?,
        };
        let mut ports = (first..PORTS.end).take(PORTS_TRIED_MAX);
        ports
            .find_map(|port| Self::bind(port).ok())
            .map_or_else(|| Self::bind(0), Ok)
    }

    /// Takes a port of 127.0.0.1; any free one for 0.
    pub(crate) fn bind(port: u16) -> io::Result<Self> {
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port })
    }

    /// Which port it took.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Serves it until `stop` says so, with TLS where `tls` is given; while `cut` says so, nobody gets through to it. To be called
    /// on the city's runtime.
    pub(crate) fn serve(
        self,
        tls: Option<Arc<rustls::ServerConfig>>,
        front: Front,
        stop: watch::Receiver<bool>,
        cut: watch::Receiver<bool>,
    ) -> io::Result<impl Future<Output = ()> + Send + 'static> {
        let socket = TcpListener::from_std(self.socket)?;
        Ok(accept_until_stopped(
            socket,
            tls.map(TlsAcceptor::from),
            front,
            stop,
            cut,
        ))
    }
}

async fn accept_until_stopped(
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    front: Front,
    mut stop: watch::Receiver<bool>,
    cut: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            // A city that is gone (the sender dropped) is a stopped one.
            _ = stop.wait_for(|stopped| *stopped) => break,
            accepted = accept(&socket, &slots) => accepted,
        };
        match accepted {
            // Before the first byte of TLS: the caller can be certain that nothing it wanted to say was heard.
            Ok((stream, _)) if *cut.borrow() => drop(stream),
            Ok((stream, slot)) => {
                let speaking = connection(stream, slot, tls.clone(), front.clone(), graceful.watcher());
                tokio::spawn(until_cut(speaking, cut.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(socket);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still busy at the end");
    }
}

async fn accept(socket: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = socket.accept().await?;
    Ok((stream, slot))
}

/// Lets a connection speak until the network is cut; then it dies wherever it was.
async fn until_cut(speaking: impl Future<Output = ()>, mut cut: watch::Receiver<bool>) {
    tokio::select! {
        biased;
        // A city that is gone can't cut anything any more: its connections end with its runtime.
        Ok(_) = cut.wait_for(|cut| *cut) => {}
        () = speaking => {}
    }
}

async fn connection(
    stream: TcpStream,
    slot: OwnedSemaphorePermit,
    tls: Option<TlsAcceptor>,
    front: Front,
    watcher: Watcher,
) {
    // Small answers at once: Nagle's algorithm would hold them back for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let stream = Metered::new(stream, front.meter());
    let Some(tls) = tls else {
        return speak(stream, slot, front, watcher).await;
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, slot, front, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS handshake"),
        Err(_) => tracing::debug!("no TLS handshake in time"),
    }
}

async fn speak<S>(stream: S, slot: OwnedSemaphorePermit, front: Front, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let request: Request = request.map(Body::new);
        front.clone().answer(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "a connection ended");
    }
    drop(slot);
}
