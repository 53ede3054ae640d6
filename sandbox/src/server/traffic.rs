//! How many bytes go over a party's sockets: what a client's data plan pays for, TLS and HTTP's own words included.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a party's sockets have taken and given since the city started, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// From its callers.
    pub received_bytes: u64,
    /// To them.
    pub sent_bytes: u64,
}

/// The counters of all parties.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    by_party: Mutex<BTreeMap<String, Arc<Meter>>>,
}

impl Meters {
    /// A party's.
    pub(crate) fn of(&self, party: &str) -> Arc<Meter> {
        let mut by_party = self.by_party.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_party.entry(party.to_owned()).or_default())
    }
}

/// The counter of a party's sockets.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
}

impl Meter {
    /// What it shows.
    pub(crate) fn read(&self) -> Traffic {
        Traffic {
            received_bytes: self.received_bytes.load(Ordering::Relaxed),
            sent_bytes: self.sent_bytes.load(Ordering::Relaxed),
        }
    }
}

/// A socket with a meter.
pub(crate) struct Metered<S> {
    stream: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    pub(crate) fn new(stream: S, meter: Arc<Meter>) -> Self {
        Self { stream, meter }
    }

    fn sent(&self, sent: io::Result<usize>) -> io::Result<usize> {
        if let Ok(bytes) = sent {
            self.meter.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        sent
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        let bytes = buffer.filled().len().saturating_sub(before);
        self.meter.received_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(self.sent(sent))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, slices));
        Poll::Ready(self.sent(sent))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn what_goes_each_way_is_counted() {
        let meters = Meters::default();
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Metered::new(near, meters.of("party"));
        near.write_all(b"three").await.unwrap();
        far.write_all(b"and seven").await.unwrap();
        let mut read = [0; 9];
        near.read_exact(&mut read).await.unwrap();
        let expected = Traffic {
            received_bytes: 9,
            sent_bytes: 5,
        };
        assert_eq!(meters.of("party").read(), expected);
        assert_eq!(meters.of("another").read(), Traffic::default());
    }
}
