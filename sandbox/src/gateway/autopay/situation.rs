//! All that decisions depend on, put together from the state within one transaction, in the words of the wire and read by the crate that a
//! phone reads them with.

use super::{
    consent,
    fetch::Fetched,
    store::{self, parsed},
};
use crate::{
    clock::rfc3339,
    gateway::instruments::{self, Held},
    server::reply::{Refusal, Reply},
};
use rabt_mandate::Given;
use rabt_protocol::{
    hub::Rejection,
    instrument::{InstrumentKind, InstrumentStatus},
    mandate::{
        BillView, ByMandate, Failure, History, InstrumentView, MandateConsentStatus, MandateState, PaymentMade,
        Progress, ReportedDecision, Situation,
    },
    problem::code,
};
use rusqlite::{Transaction, params};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Between an instrument's identifier and the number of the mandate that names it; no identifier of the gateway's has it.
const OF_MANDATE: char = '~';

/// What is known of a person at an instant.
pub(super) struct Known {
    /// For the engine. A consent is to a mandate and not to an account, so that each mandate has its instruments under names of
    /// their own here; [`instrument_of`] gives the gateway's.
    pub(super) given: Given,
    /// The numbers on the bills.
    references: HashMap<(String, String), String>,
    /// Under which consent an instrument is used by a mandate, by its name in `given`.
    consents: BTreeMap<String, String>,
    /// How often each bill was tried, and what of it took money or may yet.
    pub(super) paid: HashMap<(String, String), Tries>,
}

/// What was tried with a bill.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries {
    /// By mandates.
    pub(super) attempts: u8,
    /// How many took money or may yet.
    pub(super) counting: u8,
    /// How many are settled.
    pub(super) settled: u8,
    /// What they paid, in fils.
    pub(super) fils: i64,
}

impl Known {
    pub(super) fn reference(&self, agency_id: &str, bill_id: &str) -> &str {
        self.references
            .get(&(agency_id.to_owned(), bill_id.to_owned()))
            .map_or("", String::as_str)
    }

    pub(super) fn consent(&self, instrument: &str) -> Option<&str> {
        self.consents.get(instrument).map(String::as_str)
    }

    pub(super) fn tries(&self, agency_id: &str, bill_id: &str) -> Tries {
        self.paid
            .get(&(agency_id.to_owned(), bill_id.to_owned()))
            .copied()
            .unwrap_or_default()
    }
}

/// The gateway's identifier of an instrument as a decision names it.
pub(super) fn instrument_of(name: &str) -> &str {
    name.split_once(OF_MANDATE).map_or(name, |(id, _)| id)
}

/// Puts it together.
pub(super) fn read(
    tx: &Transaction<'_>,
    subject: &str,
    mut states: Vec<MandateState>,
    fetched: &[Fetched],
    now_ms: i64,
) -> Reply<Known> {
    let mut consents = BTreeMap::new();
    let mut views = Vec::new();
    for (index, state) in states.iter_mut().enumerate() {
        let mandate = state.mandate.clone();
        let mut name = |id: &mut String| -> Reply<()> {
            let held = instruments::of_subject(tx, subject, id)?;
            let named = format!("{id}{OF_MANDATE}{index}");
            let given = store::consents(tx, subject, &mandate.mandate_id)?
                .into_iter()
                .find(|given| given.status == MandateConsentStatus::Authorized && consent::covers(given, &mandate, id));
            views.push(view(held, &named, given.is_some()));
            if let Some(given) = given {
                consents.insert(named.clone(), given.consent_id);
            }
            *id = named;
            Ok(())
        };
        name(&mut state.mandate.instrument_id)?;
        if let Some(fallback) = &mut state.mandate.fallback_instrument_id {
            name(fallback)?;
        }
    }
    let decided = decided_bills(tx, subject)?;
    let is_of_interest = |view: &BillView| {
        // What was closed before any mandate looked at it is history.
        view.status == "open" || decided.contains(&(view.agency_id.clone(), view.bill_id.clone()))
    };
    let bills = || fetched.iter().flat_map(|fetched| &fetched.bills);
    let accounts: HashMap<_, _> = bills()
        .map(|bill| ((&bill.view.agency_id, &bill.view.bill_id), &bill.view.account_id))
        .collect();
    let mut payments = by_mandate(tx, subject)?;
    payments.extend(by_hand(tx, subject, |agency_id, bill_id| {
        accounts.get(&(agency_id, bill_id)).map(|account| (*account).clone())
    })?);
    let paid = tries(&payments);
    let references = bills()
        .map(|bill| {
            let key = (bill.view.agency_id.clone(), bill.view.bill_id.clone());
            (key, bill.reference.clone())
        })
        .collect();
    let situation = Situation {
        mandates: states,
        bills: bills().map(|bill| bill.view.clone()).filter(is_of_interest).collect(),
        history: History {
            payments,
            paid: fetched.iter().flat_map(|fetched| fetched.paid.clone()).collect(),
            answers: store::answers(tx, subject)?,
        },
        instruments: views,
        now_at: rfc3339(now_ms),
    };
    let given = Given::read(situation).map_err(|error| Refusal::internal(&error))?;
    Ok(Known {
        given,
        references,
        consents,
        paid,
    })
}

/// An account counts as suspended for a mandate to which no consent of the bank's is there.
fn view(held: Option<Held>, named: &str, is_consented: bool) -> InstrumentView {
    let Some(held) = held else {
        return InstrumentView {
            instrument_id: named.to_owned(),
            status: InstrumentStatus::Revoked,
            expires_on: "2000-01-01".to_owned(),
            available_fils: None,
        };
    };
    let needs_consent = held.shown.kind != InstrumentKind::Card;
    InstrumentView {
        instrument_id: named.to_owned(),
        status: match held.shown.status {
            _ if held.removed => InstrumentStatus::Revoked,
            InstrumentStatus::Active if needs_consent && !is_consented => InstrumentStatus::Suspended,
            status => status,
        },
        expires_on: held.shown.expires_on,
        available_fils: None,
    }
}

fn decided_bills(tx: &Transaction<'_>, subject: &str) -> rusqlite::Result<BTreeSet<(String, String)>> {
    tx.prepare("SELECT DISTINCT agency_id, bill_id FROM gateway_decision WHERE subject = ?1")?
        .query_map([subject], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn by_mandate(tx: &Transaction<'_>, subject: &str) -> Reply<Vec<PaymentMade>> {
    let rows: Vec<(String, String)> = tx
        .prepare("SELECT body, payment_id FROM gateway_mandate_payment WHERE subject = ?1 ORDER BY rowid")?
        .query_map([subject], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut payments = Vec::with_capacity(rows.len());
    for (body, payment_id) in rows {
        let decision: ReportedDecision = parsed(&body)?;
        let (Some(by), Some(payment)) = (decision.by, decision.payment) else {
            continue;
        };
        payments.push(PaymentMade {
            by: Some(ByMandate {
                mandate_id: by.mandate_id,
                version: by.version,
                cycle: payment.cycle,
            }),
            agency_id: decision.agency_id,
            bill_id: decision.bill_id,
            account_id: decision.account_id,
            amount_fils: payment.amount_fils,
            decided_at: decision.decided_at,
            progress: progress(tx, &payment_id)?,
        });
    }
    Ok(payments)
}

fn by_hand(
    tx: &Transaction<'_>,
    subject: &str,
    account_of: impl Fn(&String, &String) -> Option<String>,
) -> Reply<Vec<PaymentMade>> {
    let mut statement = tx.prepare(
        "SELECT i.agency_id, i.bill_id, i.amount_fils, p.created_ms, i.stage, COALESCE(i.rejection, p.rejection), p.updated_ms
         FROM gateway_payment p JOIN gateway_payment_item i USING (payment_id)
         WHERE p.subject = ?1 AND p.payment_id NOT IN (SELECT payment_id FROM gateway_mandate_payment)",
    )?;
    let mut rows = statement.query([subject])?;
    let mut payments = Vec::new();
    while let Some(row) = rows.next()? {
        let (agency_id, bill_id): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(account_id) = account_of(&agency_id, &bill_id) else {
            // A bill that no mandate can be asked about.
            continue;
        };
        payments.push(PaymentMade {
            by: None,
            agency_id,
            bill_id,
            account_id,
            amount_fils: row.get(2)?,
            decided_at: rfc3339(row.get(3)?),
            progress: of_stage(&row.get::<_, String>(4)?, row.get(5)?, row.get(6)?),
        });
    }
    Ok(payments)
}

/// What became of a mandate's payment, which has one item.
pub(super) fn progress(tx: &Transaction<'_>, payment_id: &str) -> Reply<Progress> {
    Ok(tx.query_row(
        "SELECT i.stage, COALESCE(i.rejection, p.rejection), p.updated_ms
         FROM gateway_payment p JOIN gateway_payment_item i USING (payment_id) WHERE p.payment_id = ?1",
        params![payment_id],
        |row| Ok(of_stage(&row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
    )?)
}

fn of_stage(stage: &str, rejection: Option<String>, updated_ms: i64) -> Progress {
    match stage {
        "settled" => Progress::Settled,
        "refunded" | "rejected" => {
            let rejection = rejection.and_then(|text| serde_json::from_str::<Rejection>(&text).ok());
            Progress::Failed {
                why: match rejection.as_ref().map(|rejection| rejection.code.as_str()) {
                    Some(code::INSUFFICIENT_FUNDS) => Failure::NotEnoughMoney,
                    Some(code::BILL_CHANGED) => Failure::BillChanged,
                    _ => Failure::Other,
                },
                failed_at: rfc3339(updated_ms),
            }
        }
        _ => Progress::InFlight,
    }
}

fn tries(payments: &[PaymentMade]) -> HashMap<(String, String), Tries> {
    let mut tries: HashMap<_, Tries> = HashMap::new();
    for payment in payments.iter().filter(|payment| payment.by.is_some()) {
        let entry = tries
            .entry((payment.agency_id.clone(), payment.bill_id.clone()))
            .or_default();
        entry.attempts = entry.attempts.saturating_add(1);
        if !matches!(payment.progress, Progress::Failed { .. }) {
            entry.counting = entry.counting.saturating_add(1);
            entry.fils = entry.fils.saturating_add(payment.amount_fils);
        }
        if payment.progress == Progress::Settled {
            entry.settled = entry.settled.saturating_add(1);
        }
    }
    tries
}
