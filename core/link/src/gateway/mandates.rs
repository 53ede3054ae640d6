//! Mandates: sending what the person signed, reading what is registered and what was decided.
//!
//! Nothing here is believed for being in a list of the gateway's: statements and decisions are handed on as the text that came, to be held
//! against signatures and rules by whoever knows the person's keys. Whether the gateway has a statement is known from an answer of
//! success and from nothing else; every statement may be sent again.

use super::{GatewayClient, document, too_many};
use crate::{
    Cursor, LinkError, Sifted,
    agency::refused_member,
    call::NOTHING,
    limits::{
        DECISIONS_BYTES_MAX, LINK_CODE_CHARS_MAX, MANDATES_BYTES_MAX, MANDATES_MAX, PAGE_ENTRIES_MAX,
        STATEMENTS_PER_MANDATE_MAX, URL_BYTES_MAX,
    },
    wire::{self, Entries},
};
use http::Method;
use rabt_domain::{IncidentKind, Invalid, InvalidReason, MandateId, Personal, Timestamp};
use rabt_protocol::mandate as wired;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

/// A mandate as the gateway says that it keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateRecord {
    /// Every version as it was signed, oldest first, with when the gateway says that it took it.
    pub versions: Vec<(Personal<String>, Timestamp)>,
    /// Every pause, resumption and revocation as it was signed, oldest first.
    pub standing: Vec<Personal<String>>,
    /// Every answer as it was signed, oldest first.
    pub answers: Vec<Personal<String>>,
    /// The bank's consent; `None` where none was asked for.
    pub consent: Option<MandateConsent>,
}

/// A bank's consent to a mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateConsent {
    /// The bank's name for it.
    pub id: String,
    /// Where it stands.
    pub status: wired::MandateConsentStatus,
    /// The version that it was written from.
    pub covers_version: u32,
}

/// Where to send the person for the bank's consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateConsentBegun {
    /// The bank's name for it.
    pub consent: String,
    /// The bank's page, HTTPS.
    pub authorize_url: Url,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
}

/// A page of what was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionsPage {
    /// Each decision as it was reported, in the order in which they were made.
    pub decisions: Vec<Personal<String>>,
    /// The instant up to which these and those before are all, where there are no more.
    pub as_of: Timestamp,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there are more at this moment.
    pub more: bool,
}

#[derive(Deserialize)]
struct Mandates<'a> {
    subject: String,
    #[serde(borrow)]
    mandates: Entries<&'a RawValue, MANDATES_MAX>,
}

#[derive(Deserialize)]
struct Page<'a> {
    subject: String,
    #[serde(borrow)]
    report: Report<'a>,
    next_cursor: String,
    more: bool,
}

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow)]
    decisions: Entries<&'a RawValue, PAGE_ENTRIES_MAX>,
    as_of_at: String,
}

impl GatewayClient {
    /// Registers a version of a mandate. The same bytes again are answered like the first time.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with `statement_invalid`, `statement_key_unknown`, `mandate_older`, `mandate_revoked`, `mandate_invalid` or
    /// `instrument_unknown`; else [`LinkError`]; after [`LinkError::Lost`] send the same again.
    pub async fn register_mandate(&self, statement: &str) -> Result<MandateRecord, LinkError> {
        self.send_for_record("gateway.mandate.register", &["v1", "mandates"], statement)
            .await
    }

    /// Pauses, resumes or revokes a mandate. The same bytes again are answered like the first time.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with `not_found`, `mandate_older` or `mandate_revoked`; else as [`GatewayClient::register_mandate`].
    pub async fn change_standing(&self, mandate: &MandateId, statement: &str) -> Result<MandateRecord, LinkError> {
        let path = ["v1", "mandates", mandate.as_str(), "standing"];
        self.send_for_record("gateway.mandate.standing", &path, statement).await
    }

    /// Answers what a mandate asked. The same bytes again are answered like the first time.
    ///
    /// # Errors
    /// As [`GatewayClient::change_standing`].
    pub async fn answer_mandate(&self, mandate: &MandateId, statement: &str) -> Result<(), LinkError> {
        let path = ["v1", "mandates", mandate.as_str(), "answers"];
        self.send("gateway.mandate.answer", &path, &sent(statement)).await
    }

    /// Disputes a decision, which stops the mandate until the person resumes it. The same dispute again is the same.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with `not_found`; else [`LinkError`]; after [`LinkError::Lost`] send the same again.
    pub async fn dispute_decision(&self, mandate: &MandateId, dispute: &wired::Dispute) -> Result<(), LinkError> {
        let path = ["v1", "mandates", mandate.as_str(), "disputes"];
        self.send("gateway.mandate.dispute", &path, dispute).await
    }

    /// Begins to ask the bank for a consent that covers a mandate's newest version. `now` is the device's clock, by which it says until when
    /// that can be completed.
    ///
    /// # Errors
    /// [`LinkError::InvalidInput`] for a malformed `return_uri` or `state`, with nothing sent; [`LinkError::Refused`] with `not_found`,
    /// `mandate_revoked`, `mandate_invalid`, `instrument_unusable`, or `invalid_input` for a card, which needs none; else [`LinkError`].
    pub async fn begin_mandate_consent(
        &self,
        mandate: &MandateId,
        return_uri: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<MandateConsentBegun, LinkError> {
        let malformed = |field: &str| LinkError::InvalidInput(Invalid::new(field, InvalidReason::Malformed));
        if return_uri.len() > URL_BYTES_MAX || Url::parse(return_uri).is_err() {
            return Err(malformed("return_uri"));
        }
        if !is_code(state) {
            return Err(malformed("state"));
        }
        let request = wired::BeginMandateConsent {
            return_uri: return_uri.to_owned(),
            state: state.to_owned(),
        };
        let path = ["v1", "mandates", mandate.as_str(), "consent"];
        let call = self
            .change("gateway.mandate.consent.begin", Method::POST, &path)
            .with_json(&request)?;
        let response = self.caller.call(&call).await?;
        let begun: wired::MandateConsentBegun = document(&response).map_err(LinkError::into_lost)?;
        let mut begun = consent_begun(begun).map_err(|invalid| refused_member(invalid).into_lost())?;
        begun.expires_at = wire::by_our_clock(begun.expires_at, &response.headers, now);
        Ok(begun)
    }

    /// Completes it with the code that the bank's page gave. Repeating it answers the same record.
    ///
    /// # Errors
    /// [`LinkError::InvalidInput`] for a code that can't be one, with nothing sent; else [`LinkError`]; after [`LinkError::Lost`] repeat it.
    pub async fn complete_mandate_consent(&self, mandate: &MandateId, code: &str) -> Result<MandateRecord, LinkError> {
        if !is_code(code) {
            return Err(LinkError::InvalidInput(Invalid::new("code", InvalidReason::Malformed)));
        }
        let request = wired::CompleteMandateConsent { code: code.to_owned() };
        let path = ["v1", "mandates", mandate.as_str(), "consent", "complete"];
        let mut call = self
            .change("gateway.mandate.consent.complete", Method::POST, &path)
            .with_json(&request)?;
        call.body_bytes_max = MANDATES_BYTES_MAX;
        let response = self.caller.call(&call).await?;
        let record = document(&response).map_err(LinkError::into_lost)?;
        self::record(record).map_err(|invalid| refused_member(invalid).into_lost())
    }

    /// The person's mandates, also those that were revoked or have ended. One that can't be read is left out and said so.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn mandates(&self) -> Result<Sifted<MandateRecord>, LinkError> {
        let call = self.get("gateway.mandates", &["v1", "mandates"], &[], MANDATES_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let answer: Mandates<'_> = document(&response)?;
        self.check_subject(&answer.subject)?;
        if answer.mandates.too_many {
            return Err(too_many("more mandates than a person has"));
        }
        let mut mandates = Sifted::new();
        for entry in answer.mandates.entries {
            let read = serde_json::from_str(entry.get())
                .map_err(|_| IncidentKind::Malformed)
                .and_then(|entry| record(entry).map_err(|invalid| wire::incident_of(&invalid)));
            mandates.take(read);
        }
        Ok(mandates)
    }

    /// What was decided after a cursor; with `None` from the first decision on.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Distrusted`] with `endless_paging` where there is said to be more and the cursor stays.
    pub async fn mandate_decisions(&self, cursor: Option<&Cursor>) -> Result<DecisionsPage, LinkError> {
        let query: Vec<_> = cursor.map(|cursor| ("cursor", cursor.as_str())).into_iter().collect();
        let path = ["v1", "mandate-decisions"];
        let call = self.get("gateway.mandate.decisions", &path, &query, DECISIONS_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let page: Page<'_> = document(&response)?;
        self.check_subject(&page.subject)?;
        if page.report.decisions.too_many {
            return Err(too_many("more decisions than a page has"));
        }
        let next = Cursor::parse(page.next_cursor).map_err(refused_member)?;
        if page.more && Some(&next) == cursor {
            return Err(LinkError::distrusted(
                IncidentKind::EndlessPaging,
                "the cursor stays where it was",
            ));
        }
        let decisions = page.report.decisions.entries.into_iter();
        Ok(DecisionsPage {
            decisions: decisions.map(|entry| Personal::new(entry.get().to_owned())).collect(),
            as_of: wire::instant(&page.report.as_of_at, "as_of_at").map_err(refused_member)?,
            next,
            more: page.more,
        })
    }

    async fn send_for_record(
        &self,
        name: &'static str,
        path: &[&str],
        statement: &str,
    ) -> Result<MandateRecord, LinkError> {
        let mut call = self.change(name, Method::POST, path).with_json(&sent(statement))?;
        call.body_bytes_max = MANDATES_BYTES_MAX;
        let response = self.caller.call(&call).await?;
        let record = document(&response).map_err(LinkError::into_lost)?;
        self::record(record).map_err(|invalid| refused_member(invalid).into_lost())
    }

    async fn send(&self, name: &'static str, path: &[&str], body: &impl serde::Serialize) -> Result<(), LinkError> {
        let mut call = self.change(name, Method::POST, path).with_json(body)?;
        call.accept = NOTHING;
        self.caller.call(&call).await.map(|_| ())
    }
}

fn sent(statement: &str) -> wired::SendStatement {
    wired::SendStatement {
        statement: statement.to_owned(),
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= LINK_CODE_CHARS_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn record(record: wired::MandateRecord) -> Result<MandateRecord, Invalid> {
    let bounded = |list: &[String], field: &str| match list.len() {
        length if length > STATEMENTS_PER_MANDATE_MAX => Err(Invalid::new(field, InvalidReason::TooMany)),
        _ => Ok(()),
    };
    bounded(&record.versions, "versions")?;
    bounded(&record.standing, "standing")?;
    bounded(&record.answers, "answers")?;
    if record.versions.is_empty() {
        return Err(Invalid::new("versions", InvalidReason::Empty));
    }
    if record.versions.len() != record.acknowledged_at.len() {
        return Err(Invalid::new("versions", InvalidReason::Inconsistent));
    }
    let versions = record.versions.into_iter().zip(record.acknowledged_at);
    let signed = |list: Vec<String>| list.into_iter().map(Personal::new).collect();
    Ok(MandateRecord {
        versions: versions
            .map(|(version, at)| Ok((Personal::new(version), wire::instant(&at, "acknowledged_at")?)))
            .collect::<Result<_, Invalid>>()?,
        standing: signed(record.standing),
        answers: signed(record.answers),
        consent: record
            .consent
            .map(|consent| {
                Ok::<_, Invalid>(MandateConsent {
                    id: wire::code(consent.consent_id, "consent_id")?,
                    status: consent.status,
                    covers_version: consent.covers_version,
                })
            })
            .transpose()?,
    })
}

fn consent_begun(begun: wired::MandateConsentBegun) -> Result<MandateConsentBegun, Invalid> {
    Ok(MandateConsentBegun {
        consent: wire::code(begun.consent_id, "consent_id")?,
        authorize_url: super::wired::page(&begun.authorize_url)?,
        expires_at: wire::instant(&begun.expires_at, "expires_at")?,
    })
}
