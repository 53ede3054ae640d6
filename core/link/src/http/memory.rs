//! Answers from memory, for fuzz targets: everything above the socket is what a shipped client runs, the bounds on headers and
//! body too, and no socket is opened. And the other way round: what a client of a real party sends and hears, for their corpus.

use super::{Http, HttpConfig, HttpError, Request, RequestBody, Response};
use bytes::Bytes;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

static HOOK: OnceLock<fn(&Exchange)> = OnceLock::new();

/// A question and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The path that was asked, without the query.
    pub path: String,
    /// The JSON document that was sent, if one was.
    pub sent: Option<Bytes>,
    /// The status that came back.
    pub status: u16,
    /// The body that came back, where one was read.
    pub heard: Bytes,
}

/// Has `hook` called with every answer that comes from now on. The first hook stays.
pub fn on_exchange(hook: fn(&Exchange)) {
    let _ = HOOK.set(hook);
}

/// What was asked, until the answer is there.
pub(super) struct Asked {
    path: String,
    sent: Option<Bytes>,
}

impl Asked {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            path: request.url.path().to_owned(),
            sent: match &request.body {
                Some(RequestBody::Json(bytes)) => Some(bytes.clone()),
                _ => None,
            },
        }
    }

    pub(super) fn answered(self, response: &Response) {
        if let Some(hook) = HOOK.get() {
            hook(&Exchange {
                path: self.path,
                sent: self.sent,
                status: response.status.as_u16(),
                heard: response.body.clone(),
            });
        }
    }
}

/// What answers.
#[derive(Clone)]
pub(super) struct Memory(Arc<dyn Fn() -> http::Response<Vec<u8>> + Send + Sync>);

impl Memory {
    pub(super) fn answer(&self) -> reqwest::Response {
        (self.0)().into()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Http {
    /// A client whose every request is answered by `answer`, and leaves nothing on any network. The request isn't looked at: a party
    /// that lies says the same to all.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn answered_from_memory(
        config: &HttpConfig,
        answer: impl Fn() -> http::Response<Vec<u8>> + Send + Sync + 'static,
    ) -> Result<Self, HttpError> {
        Ok(Self {
            memory: Some(Memory(Arc::new(answer))),
            ..Self::new(config)?
        })
    }
}
