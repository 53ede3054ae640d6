//! Postings: that a bill is paid, once; and what was answered to each key.

use super::Stored;
use rabt_protocol::{
    Problem,
    agency::{Posting, PostingRequest},
};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

/// Who says that a bill is paid.
pub(in crate::agencies) enum Payer<'a> {
    /// The hub, with its key.
    Hub {
        /// The key.
        idempotency_key: &'a str,
        /// What it asked.
        request: &'a PostingRequest,
    },
    /// Somebody at the agency's own counter.
    Counter,
}

impl Payer<'_> {
    /// The channel's name on the wire.
    pub(in crate::agencies) fn channel(&self) -> &'static str {
        match self {
            Self::Hub { .. } => "rabt",
            Self::Counter => "counter",
        }
    }
}

/// What was answered to a key: the same is answered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agencies) enum Answer {
    /// The bill was posted.
    Posted(Posting),
    /// It was refused, for good: the hub has given the money back.
    Refused(Problem),
}

/// Writes a posting. The table refuses a second one of the bill.
pub(in crate::agencies) fn insert(
    tx: &Transaction<'_>,
    agency_id: &str,
    posting: &Posting,
    payer: &Payer<'_>,
) -> Stored<()> {
    let hub = match payer {
        Payer::Hub {
            idempotency_key,
            request,
        } => Some((*idempotency_key, *request)),
        Payer::Counter => None,
    };
    tx.execute(
        "INSERT INTO agency_posting
             (agency_id, posting_id, bill_id, amount_fils, posted_at, channel, idempotency_key, payment_id, subject)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            agency_id,
            posting.posting_id,
            posting.bill_id,
            posting.amount_fils,
            posting.posted_at,
            payer.channel(),
            hub.map(|(key, _)| key),
            hub.map(|(_, request)| &request.payment_id),
            hub.map(|(_, request)| &request.subject),
        ],
    )?;
    Ok(())
}

/// What was asked and answered with a key.
pub(in crate::agencies) fn answer(
    tx: &Transaction<'_>,
    agency_id: &str,
    idempotency_key: &str,
) -> Stored<Option<(PostingRequest, Answer)>> {
    let found: Option<(String, String)> = tx
        .query_row(
            "SELECT request, answer FROM agency_posting_answer WHERE agency_id = ?1 AND idempotency_key = ?2",
            params![agency_id, idempotency_key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    found
        .map(|(request, answer)| Ok((serde_json::from_str(&request)?, serde_json::from_str(&answer)?)))
        .transpose()
}

/// Keeps what was asked and answered with a key.
pub(in crate::agencies) fn keep_answer(
    tx: &Transaction<'_>,
    agency_id: &str,
    idempotency_key: &str,
    request: &PostingRequest,
    answer: &Answer,
) -> Stored<()> {
    tx.execute(
        "INSERT INTO agency_posting_answer (agency_id, idempotency_key, request, answer) VALUES (?1, ?2, ?3, ?4)",
        params![
            agency_id,
            idempotency_key,
            serde_json::to_string(request)?,
            serde_json::to_string(answer)?
        ],
    )?;
    Ok(())
}
