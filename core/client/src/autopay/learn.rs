//! What the gateway says of mandates, as far as it is proven: each statement by a key that the identity provider knows as one of the person's.
//! Nothing else gets into the ledger.

use super::announce;
use crate::{RabtError, core::Shared};
use rabt_domain::{IncidentKind, MandateId, Personal, SubjectId, Timestamp, mandate::StandingChange};
use rabt_link::{devices::devices, gateway::MandateRecord};
use rabt_mandate::signed;
use rabt_protocol::mandate::{MandateConsentStatus, statement};
use rabt_store::{
    Store, StoreError,
    mandates::{BankConsent, DeviceKey, Sent, Statement, StatementKind},
};
use std::collections::BTreeSet;

/// A device's clock and the provider's differ by less than this, or nobody could sign in.
const CLOCKS_DIFFER_SECONDS: i64 = 300;

/// Takes in what a gateway's list says of mandates.
pub(super) async fn records(core: &Shared, records: Vec<MandateRecord>, all: bool) -> Result<(), RabtError> {
    let subject = owner(core).await?;
    let mut keys = Keys::read(core).await?;
    if records.iter().any(|record| keys.is_stranger(record)) {
        // Another device of the person's signed, or somebody else did: the provider knows.
        keys = Keys::ask(core, &subject).await?;
    }
    let now = core.now();
    let mut statements = Vec::new();
    let mut consents = Vec::new();
    let mut refused = 0;
    for record in &records {
        match Proven::of(record, &subject, &keys, now) {
            Ok(proven) => {
                refused += proven.refused;
                consents.extend(proven.consent);
                statements.extend(proven.statements);
            }
            Err(_) => refused += 1,
        }
    }
    if refused > 0 {
        core.record(None, IncidentKind::BadSignature).await;
    }
    let changed = core
        .stored(move |store| take(store, statements, consents, all, now))
        .await?;
    if changed {
        core.mandates_known();
        announce(core);
    }
    Ok(())
}

/// The person whose data is on this device, also after their session has ended.
pub(super) async fn owner(core: &Shared) -> Result<SubjectId, RabtError> {
    match core.stored(|store| store.session().owner()).await? {
        Some(owner) => Ok(owner),
        None => Ok(core.signed_in().await?.subject),
    }
}

fn take(
    store: &Store,
    mut statements: Vec<Statement>,
    consents: Vec<BankConsent>,
    all: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let room = store.mandates();
    let unsent: BTreeSet<String> = room
        .unsent_statements()?
        .iter()
        .map(|statement| statement.text.reveal().clone())
        .collect();
    for statement in &mut statements {
        // Of one's own it is known since now that the gateway has it; an earlier instant would be only the gateway's word.
        if unsent.contains(statement.text.reveal()) {
            statement.sent = Sent::Acknowledged { at: now };
        }
    }
    let changed = room.write_statements(&statements)?;
    let known = room.bank_consents()?;
    let mut kept: Vec<BankConsent> = match all {
        true => Vec::new(),
        false => known
            .iter()
            .filter(|known| consents.iter().all(|new| new.mandate != known.mandate))
            .cloned()
            .collect(),
    };
    kept.extend(consents);
    if kept != known {
        room.set_bank_consents(&kept)?;
        return Ok(true);
    }
    Ok(changed > 0)
}

/// The keys that the person's devices sign with.
struct Keys(Vec<DeviceKey>);

impl Keys {
    async fn read(core: &Shared) -> Result<Self, RabtError> {
        let mut keys = core.stored(|store| store.mandates().devices()).await?;
        keys.extend(core.own_key()?);
        Ok(Self(keys))
    }

    async fn ask(core: &Shared, subject: &SubjectId) -> Result<Self, RabtError> {
        let sifted = match devices(&core.caller()?, &core.config.issuer, subject).await {
            Ok(sifted) => sifted,
            Err(error) => {
                core.record_incident(None, &error).await;
                return Err(error.into());
            }
        };
        core.record_kinds(None, sifted.refused).await;
        let kept: Vec<DeviceKey> = sifted
            .items
            .into_iter()
            .map(|device| DeviceKey {
                thumbprint: device.thumbprint,
                since: device.since,
                until: device.until,
            })
            .collect();
        core.stored(move |store| store.mandates().set_devices(&kept)).await?;
        Self::read(core).await
    }

    /// Whether a record holds something that is signed by none of them.
    fn is_stranger(&self, record: &MandateRecord) -> bool {
        let versions = record.versions.iter().map(|(text, _)| text);
        let mut all = versions.chain(&record.standing).chain(&record.answers);
        !all.all(|text| signer(text.reveal()).is_some_and(|key| self.0.iter().any(|known| known.thumbprint == key)))
    }

    /// Whether a key was the person's when something was signed.
    fn was_theirs(&self, key: &str, at: Timestamp) -> bool {
        let slack = CLOCKS_DIFFER_SECONDS;
        self.0.iter().any(|known| {
            known.thumbprint == key
                && known.since.plus_seconds(-slack) <= at
                && known.until.is_none_or(|until| at <= until.plus_seconds(slack))
        })
    }
}

/// The thumbprint of the key that a statement carries.
fn signer(text: &str) -> Option<String> {
    let header = rabt_protocol::jose::from_base64url(text.split('.').next()?)?;
    let header: rabt_protocol::jose::Header = serde_json::from_slice(&header).ok()?;
    header.jwk?.thumbprint().ok()
}

/// What is proven of a record.
struct Proven {
    statements: Vec<Statement>,
    consent: Option<BankConsent>,
    /// How many statements aren't.
    refused: usize,
}

impl Proven {
    /// Versions up to the first that isn't proven, and of the rest each that is.
    fn of(record: &MandateRecord, subject: &SubjectId, keys: &Keys, now: Timestamp) -> Result<Self, signed::Refused> {
        let mut proven = Self {
            statements: Vec::new(),
            consent: None,
            refused: 0,
        };
        let mut newest: Option<signed::Version> = None;
        for (text, acknowledged_at) in &record.versions {
            let version = match signed::next_version(newest.as_ref(), text.reveal(), subject.as_str()) {
                Ok(version) if keys.was_theirs(&version.jkt, version.mandate.terms().agreed_at) => version,
                Ok(_) if newest.is_none() => return Err(signed::Refused::KeyUnknown),
                Err(refused) if newest.is_none() => return Err(refused),
                Ok(_) | Err(_) => {
                    proven.refused += 1;
                    break;
                }
            };
            let terms = version.mandate.terms();
            let sent = Sent::Acknowledged { at: *acknowledged_at };
            proven.take(
                StatementKind::Terms,
                &terms.id,
                terms.version,
                text,
                terms.agreed_at,
                sent,
            );
            newest = Some(version);
        }
        let Some(newest) = newest else {
            return Ok(proven);
        };
        let mandate = newest.mandate.id();
        proven.standing(record, mandate, subject, keys, now);
        proven.answers(record, mandate, subject, keys, now);
        proven.consent = record.consent.as_ref().map(|consent| BankConsent {
            mandate: mandate.clone(),
            id: consent.id.clone(),
            status: status_code(consent.status).to_owned(),
            covers_version: consent.covers_version,
        });
        Ok(proven)
    }

    fn standing(
        &mut self,
        record: &MandateRecord,
        mandate: &MandateId,
        subject: &SubjectId,
        keys: &Keys,
        now: Timestamp,
    ) {
        let mut before = Vec::new();
        for text in &record.standing {
            match signed::next_standing(mandate, &before, text.reveal(), subject.as_str()) {
                Ok(change) if keys.was_theirs(&change.jkt, change.at) => {
                    let kind = kind_of(change.change);
                    let sent = Sent::Acknowledged { at: now };
                    self.take(kind, mandate, change.seq, text, change.at, sent);
                    before.push(change);
                }
                Ok(_) | Err(_) => self.refused += 1,
            }
        }
    }

    fn answers(
        &mut self,
        record: &MandateRecord,
        mandate: &MandateId,
        subject: &SubjectId,
        keys: &Keys,
        now: Timestamp,
    ) {
        for text in &record.answers {
            match signed::answer(mandate, text.reveal(), subject.as_str()) {
                Ok(signed) if keys.was_theirs(&signed.jkt, signed.answer.at) => {
                    let sent = Sent::Acknowledged { at: now };
                    self.take(StatementKind::Answer, mandate, 0, text, signed.answer.at, sent);
                    if let Some(taken) = self.statements.last_mut() {
                        taken.bill = Some(signed.answer.bill);
                    }
                }
                Ok(_) | Err(_) => self.refused += 1,
            }
        }
    }

    fn take(
        &mut self,
        kind: StatementKind,
        mandate: &MandateId,
        number: u32,
        text: &Personal<String>,
        at: Timestamp,
        sent: Sent,
    ) {
        self.statements.push(Statement {
            kind,
            mandate: mandate.clone(),
            number,
            bill: None,
            text: text.clone(),
            at,
            own: false,
            sent,
        });
    }
}

pub(super) fn kind_of(change: StandingChange) -> StatementKind {
    match change {
        StandingChange::Pause => StatementKind::Pause,
        StandingChange::Resume => StatementKind::Resume,
        StandingChange::Revoke => StatementKind::Revoke,
    }
}

/// The protocol's word for where a bank's consent stands.
fn status_code(status: MandateConsentStatus) -> &'static str {
    match status {
        MandateConsentStatus::AwaitingAuthorization => "awaiting_authorization",
        MandateConsentStatus::Authorized => "authorized",
        MandateConsentStatus::Suspended => "suspended",
        MandateConsentStatus::Revoked => "revoked",
        MandateConsentStatus::Rejected => "rejected",
        MandateConsentStatus::Expired => "expired",
        MandateConsentStatus::Consumed => "consumed",
        MandateConsentStatus::Unknown => "unknown",
    }
}

/// What the next version names as the one before.
pub(super) fn digest(text: &str) -> String {
    statement::digest(text)
}
