//! What can go wrong on the way, told apart by what may be done next.

use crate::limits::CAUSES_MAX;
use rabt_domain::IncidentKind;
use std::{error::Error as StdError, io};

/// A cause, kept for the log. Its URL was removed, since a URL may hold what is personal.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// No answer, or one that is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The client can't be made; the configuration's field is at fault.
    #[error("the HTTP client can't be made: check `{0}`")]
    Setup(&'static str),
    /// The URL isn't plain HTTPS, or too long. Nothing was sent.
    #[error("the URL is refused: it must be https, without user information or fragment, and short")]
    BadUrl,
    /// A header can't be written. Nothing was sent.
    #[error("a header of the request can't be written")]
    BadHeader,
    /// There is no network: the name isn't resolved, or there is no route. Nothing was sent.
    #[error("there is no network")]
    Offline(#[source] Cause),
    /// The host is there but takes no connection, or not in time. Nothing was sent.
    #[error("the host takes no connection")]
    Unreachable(#[source] Cause),
    /// The host couldn't prove who it is, or TLS failed otherwise. Nothing was sent.
    #[error("the host is not who it says, or doesn't speak TLS")]
    Tls(#[source] Cause),
    /// The deadline passed.
    #[error("no full answer within {deadline_ms} ms")]
    Timeout {
        /// The request's deadline.
        deadline_ms: u64,
    },
    /// The connection ended before the answer did.
    #[error("the connection was cut")]
    Cut(#[source] Cause),
    /// The answer's headers or body are beyond the bound.
    #[error("the answer is longer than {limit_bytes} bytes")]
    TooLarge {
        /// The bound.
        limit_bytes: usize,
    },
    /// The body drips.
    #[error("the answer comes too slowly")]
    TooSlow,
    /// The body is of another media type than was asked for, or of none.
    #[error("the answer's media type {found:?} was not asked for")]
    WrongContentType {
        /// What the header says, cut short and cleaned.
        found: Option<String>,
    },
    /// The body is compressed, which was not asked for.
    #[error("the answer's content coding {found:?} was not asked for")]
    Encoded {
        /// What the header says, cut short and cleaned.
        found: String,
    },
    /// The answer sends the request elsewhere, which is never followed.
    #[error("the answer is a redirect, which is not followed")]
    Redirected,
}

impl HttpError {
    /// Whether the other side may have acted on the request. `false` only where it is certain that no byte of it left; every
    /// doubt is `true`, since who takes a lost answer for an unsent request pays twice.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Setup(_) | Self::BadUrl | Self::BadHeader => false,
            Self::Offline(_) | Self::Unreachable(_) | Self::Tls(_) => false,
            Self::Timeout { .. }
            | Self::Cut(_)
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::WrongContentType { .. }
            | Self::Encoded { .. }
            | Self::Redirected => true,
        }
    }

    /// What is to be recorded, where the answer came and was refused.
    pub fn incident(&self) -> Option<IncidentKind> {
        match self {
            Self::TooLarge { .. } => Some(IncidentKind::TooMuch),
            Self::TooSlow => Some(IncidentKind::TooSlow),
            Self::WrongContentType { .. } | Self::Encoded { .. } => Some(IncidentKind::WrongContentType),
            Self::Redirected => Some(IncidentKind::Redirected),
            Self::Setup(_)
            | Self::BadUrl
            | Self::BadHeader
            | Self::Offline(_)
            | Self::Unreachable(_)
            | Self::Tls(_)
            | Self::Timeout { .. }
            | Self::Cut(_) => None,
        }
    }
}

/// Sorts an error of the client's. What isn't known for certain to have happened before the first byte is `Cut`.
pub(super) fn classify(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    if error.is_builder() {
        return HttpError::BadUrl;
    }
    // Only the connector's errors count as "before the first byte": it hands the connection over once TLS is up.
    if !error.is_connect() {
        return HttpError::Cut(error.into());
    }
    let (tls, no_network) = (has_tls_fault(&error), error.is_dns() || has_no_route(&error));
    if tls {
        HttpError::Tls(error.into())
    } else if no_network {
        HttpError::Offline(error.into())
    } else {
        HttpError::Unreachable(error.into())
    }
}

fn has_tls_fault(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>())
}

fn has_no_route(error: &(dyn StdError + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|io| {
            matches!(
                io.kind(),
                io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkDown
                    | io::ErrorKind::AddrNotAvailable
            )
        })
}

/// The chain of causes. An `io::Error` hides the one that it wraps from `source`, so it is asked itself.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| {
        let cause: &'a (dyn StdError + 'static) = *cause;
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => cause.source(),
        }
    })
    .take(CAUSES_MAX)
}
