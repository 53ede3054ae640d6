//! The gateway's client: instruments, quotes, payments, mandates, events.
//!
//! The gateway is trusted more than an agency, and not with everything: its answers are about this person and about what was
//! asked, or they are refused; a receipt is worth what its signature proves; a status that this version doesn't know is never final.
//! Of a payment it is told exactly whether the hub answered, refused, can't have got it, or **may** have: the last is the only one
//! that costs somebody money if it is guessed.

mod events;
mod instruments;
mod mandates;
mod pay;
mod quote;
mod receipt;
mod wired;

pub use events::{Event, EventKind, EventsPage};
pub use instruments::{LinkBegun, NewLink};
pub use mandates::{DecisionsPage, MandateConsent, MandateConsentBegun, MandateRecord};
pub use pay::{HubAnswer, PayOutcome, PaymentsPage};
pub use receipt::{ExpectedReceipt, Receipt, verify_receipt};

use crate::{
    Caller, LinkError,
    call::Call,
    http::{BaseUrl, Response},
    limits::{GATEWAY_CALL_DEADLINE_MS, SINGLE_BYTES_MAX},
    wire,
};
use http::Method;
use rabt_domain::{IncidentKind, Invalid, SubjectId};
use rabt_protocol::jose::JwkSet;
use serde::Deserialize;
use std::sync::Arc;

/// Speaks to the gateway about the person who is signed in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GatewayClient {
    caller: Caller,
    base: BaseUrl,
    subject: SubjectId,
    receipt_keys: Arc<JwkSet>,
}

impl GatewayClient {
    /// A client of the gateway of a directory, on behalf of a person. The receipt keys are that directory's; make another client when
    /// a newer directory comes.
    ///
    /// # Errors
    /// [`Invalid`] on `gateway_url`.
    pub fn new(caller: Caller, gateway_url: &str, subject: SubjectId, receipt_keys: JwkSet) -> Result<Self, Invalid> {
        Ok(Self {
            caller,
            base: BaseUrl::parse(gateway_url, "gateway_url")?,
            subject,
            receipt_keys: Arc::new(receipt_keys),
        })
    }

    fn get(&self, name: &'static str, path: &[&str], query: &[(&str, &str)], body_bytes_max: usize) -> Call {
        Call::get(
            name,
            self.base.at_with(path, query),
            GATEWAY_CALL_DEADLINE_MS,
            body_bytes_max,
        )
    }

    fn change(&self, name: &'static str, method: Method, path: &[&str]) -> Call {
        Call::change(
            name,
            method,
            self.base.at(path),
            GATEWAY_CALL_DEADLINE_MS,
            SINGLE_BYTES_MAX,
        )
    }

    /// Refuses an answer about another person.
    fn check_subject(&self, subject: &str) -> Result<(), LinkError> {
        if subject == self.subject.as_str() {
            Ok(())
        } else {
            Err(LinkError::distrusted(
                IncidentKind::AnotherPerson,
                "`subject` is another person",
            ))
        }
    }
}

fn document<'a, T: Deserialize<'a>>(response: &'a Response) -> Result<T, LinkError> {
    wire::document(&response.body).map_err(crate::agency::malformed)
}

fn too_many(what: &'static str) -> LinkError {
    LinkError::distrusted(IncidentKind::TooMuch, what)
}
