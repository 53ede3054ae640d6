//! What is kept about mandates.

use super::{BilingualRow, BillKeyRow, code::Code, parsed};
use crate::{
    mandates::{
        BankConsent, DeviceKey, FindingId, KeptDecision, KeptFinding, NewFinding, Sent, Statement, StatementKind,
    },
    seal::Broken,
};
use rabt_domain::{
    AccountId, BillKey, BillKind, BillStatus, DubaiDate, Fils, Invalid, InvalidReason, MandateId, Personal, Timestamp,
    bill::AmountRule,
    mandate::{BillView, Outcome},
};
use serde::{Deserialize, Serialize};

/// The tables whose payloads these are.
pub(crate) const STATEMENT: &str = "statement";
pub(crate) const DECISION: &str = "decision";
pub(crate) const FINDING: &str = "finding";
pub(crate) const SEEN: &str = "seen_bill";
const SLOT: &str = "slot";

/// A statement.
#[derive(Serialize, Deserialize)]
pub(crate) struct StatementRow {
    kind: u8,
    mandate: String,
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bill: Option<BillKeyRow>,
    text: String,
    at_ms: i64,
    own: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledged_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl From<&Statement> for StatementRow {
    fn from(statement: &Statement) -> Self {
        let (acknowledged_ms, refused) = match &statement.sent {
            Sent::NotYet => (None, None),
            Sent::Acknowledged { at } => (Some(at.millis()), None),
            Sent::Refused { code } => (None, Some(code.clone())),
        };
        Self {
            kind: statement.kind.code(),
            mandate: statement.mandate.as_str().to_owned(),
            number: statement.number,
            bill: statement.bill.as_ref().map(BillKeyRow::from),
            text: statement.text.reveal().clone(),
            at_ms: statement.at.millis(),
            own: statement.own,
            acknowledged_ms,
            refused,
        }
    }
}

impl TryFrom<StatementRow> for Statement {
    type Error = Broken;

    fn try_from(row: StatementRow) -> Result<Self, Broken> {
        let parse = |row: StatementRow| {
            Ok(Self {
                kind: word::<StatementKind>(row.kind, "kind")?,
                mandate: MandateId::parse(row.mandate)?,
                number: row.number,
                bill: row.bill.map(TryInto::try_into).transpose()?,
                text: Personal::new(row.text),
                at: Timestamp::from_millis(row.at_ms)?,
                own: row.own,
                sent: match (row.acknowledged_ms, row.refused) {
                    (None, None) => Sent::NotYet,
                    (Some(at), _) => Sent::Acknowledged {
                        at: Timestamp::from_millis(at)?,
                    },
                    (None, Some(code)) => Sent::Refused { code },
                },
            })
        };
        parsed(STATEMENT, parse(row))
    }
}

/// A decision.
#[derive(Serialize, Deserialize)]
pub(crate) struct DecisionRow {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mandate: Option<String>,
    bill: BillKeyRow,
    outcome: u8,
    decided_ms: i64,
    text: String,
}

impl From<&KeptDecision> for DecisionRow {
    fn from(decision: &KeptDecision) -> Self {
        Self {
            name: decision.name.reveal().clone(),
            mandate: decision.mandate.as_ref().map(|id| id.as_str().to_owned()),
            bill: (&decision.bill).into(),
            outcome: decision.outcome.code(),
            decided_ms: decision.decided_at.millis(),
            text: decision.text.reveal().clone(),
        }
    }
}

impl TryFrom<DecisionRow> for KeptDecision {
    type Error = Broken;

    fn try_from(row: DecisionRow) -> Result<Self, Broken> {
        let parse = |row: DecisionRow| {
            Ok(Self {
                name: Personal::new(row.name),
                mandate: row.mandate.map(MandateId::parse).transpose()?,
                bill: row.bill.try_into()?,
                outcome: word::<Outcome>(row.outcome, "outcome")?,
                decided_at: Timestamp::from_millis(row.decided_ms)?,
                text: Personal::new(row.text),
            })
        };
        parsed(DECISION, parse(row))
    }
}

/// A finding.
#[derive(Serialize, Deserialize)]
pub(crate) struct FindingRow {
    code: String,
    sentence: BilingualRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mandate: Option<String>,
    bill: BillKeyRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decided_ms: Option<i64>,
    found_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disputed_ms: Option<i64>,
}

impl From<&KeptFinding> for FindingRow {
    fn from(kept: &KeptFinding) -> Self {
        let finding = &kept.finding;
        Self {
            code: finding.code.clone(),
            sentence: (&finding.sentence).into(),
            mandate: finding.mandate.as_ref().map(|id| id.as_str().to_owned()),
            bill: (&finding.bill).into(),
            decided_ms: finding.decided_at.map(Timestamp::millis),
            found_ms: finding.found_at.millis(),
            disputed_ms: kept.disputed_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<FindingRow> for KeptFinding {
    type Error = Broken;

    fn try_from(row: FindingRow) -> Result<Self, Broken> {
        let parse = |row: FindingRow| {
            Ok(Self {
                id: FindingId(0),
                finding: NewFinding {
                    code: row.code,
                    sentence: row.sentence.try_into()?,
                    mandate: row.mandate.map(MandateId::parse).transpose()?,
                    bill: row.bill.try_into()?,
                    decided_at: row.decided_ms.map(Timestamp::from_millis).transpose()?,
                    found_at: Timestamp::from_millis(row.found_ms)?,
                },
                disputed_at: row.disputed_ms.map(Timestamp::from_millis).transpose()?,
            })
        };
        parsed(FINDING, parse(row))
    }
}

/// What a bill was, each time that it was another.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SeenRow {
    bill: BillKeyRow,
    views: Vec<ViewRow>,
}

#[derive(Clone, Serialize, Deserialize)]
struct ViewRow {
    account: String,
    kind: u8,
    status: u8,
    issued_on: i32,
    due_on: i32,
    amount_fils: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount_range_fils: Option<(i64, i64)>,
    revision: u32,
    seen_ms: i64,
}

impl ViewRow {
    fn of(view: &BillView) -> Self {
        Self {
            account: view.account.as_str().to_owned(),
            kind: view.kind.code(),
            status: view.status.code(),
            issued_on: view.issued_on.epoch_days(),
            due_on: view.due_on.epoch_days(),
            amount_fils: view.amount.get(),
            amount_range_fils: match view.amount_rule {
                AmountRule::Exact => None,
                AmountRule::Range { min, max } => Some((min.get(), max.get())),
            },
            revision: view.revision,
            seen_ms: view.fetched_at.millis(),
        }
    }

    fn view(&self, key: &BillKey) -> Result<BillView, Invalid> {
        Ok(BillView {
            key: key.clone(),
            account: AccountId::parse(self.account.clone())?,
            kind: word::<BillKind>(self.kind, "kind")?,
            status: word::<BillStatus>(self.status, "status")?,
            issued_on: DubaiDate::from_epoch_days(self.issued_on)?,
            due_on: DubaiDate::from_epoch_days(self.due_on)?,
            amount: Fils::new(self.amount_fils)?,
            amount_rule: match self.amount_range_fils {
                None => AmountRule::Exact,
                Some((min, max)) => AmountRule::Range {
                    min: Fils::new(min)?,
                    max: Fils::new(max)?,
                },
            },
            revision: self.revision,
            balance: None,
            fetched_at: Timestamp::from_millis(self.seen_ms)?,
        })
    }
}

impl SeenRow {
    /// Of a bill that wasn't seen before.
    pub(crate) fn new(key: &BillKey) -> Self {
        Self {
            bill: key.into(),
            views: Vec::new(),
        }
    }

    /// The same with a view, if it is another than the last; of more than `most` the oldest is forgotten.
    pub(crate) fn with(mut self, view: &BillView, most: usize) -> Option<Self> {
        let new = ViewRow::of(view);
        let same = self.views.last().is_some_and(|last| {
            (last.status, last.revision, last.amount_fils, last.due_on)
                == (new.status, new.revision, new.amount_fils, new.due_on)
        });
        if same {
            return None;
        }
        if self.views.len() >= most {
            self.views.remove(0);
        }
        self.views.push(new);
        Some(self)
    }

    /// Whether it was open when it was last seen.
    pub(crate) fn is_open(&self) -> bool {
        self.views
            .last()
            .is_some_and(|view| view.status == BillStatus::Open.code())
    }

    /// When it was last seen to be another.
    pub(crate) fn changed_ms(&self) -> i64 {
        self.views.last().map_or(0, |view| view.seen_ms)
    }

    /// Which bill.
    pub(crate) fn key(&self) -> Result<BillKey, Broken> {
        parsed(SEEN, self.bill.clone().try_into())
    }

    /// What it was, oldest first.
    pub(crate) fn views(&self) -> Result<Vec<BillView>, Broken> {
        let key = self.key()?;
        parsed(SEEN, self.views.iter().map(|view| view.view(&key)).collect())
    }
}

/// A bank's consent.
#[derive(Serialize, Deserialize)]
pub(crate) struct ConsentRow {
    mandate: String,
    id: String,
    status: String,
    covers_version: u32,
}

impl From<&BankConsent> for ConsentRow {
    fn from(consent: &BankConsent) -> Self {
        Self {
            mandate: consent.mandate.as_str().to_owned(),
            id: consent.id.clone(),
            status: consent.status.clone(),
            covers_version: consent.covers_version,
        }
    }
}

impl TryFrom<ConsentRow> for BankConsent {
    type Error = Broken;

    fn try_from(row: ConsentRow) -> Result<Self, Broken> {
        Ok(Self {
            mandate: parsed(SLOT, MandateId::parse(row.mandate))?,
            id: row.id,
            status: row.status,
            covers_version: row.covers_version,
        })
    }
}

/// A device's key.
#[derive(Serialize, Deserialize)]
pub(crate) struct DeviceRow {
    thumbprint: String,
    since_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until_ms: Option<i64>,
}

impl From<&DeviceKey> for DeviceRow {
    fn from(device: &DeviceKey) -> Self {
        Self {
            thumbprint: device.thumbprint.clone(),
            since_ms: device.since.millis(),
            until_ms: device.until.map(Timestamp::millis),
        }
    }
}

impl TryFrom<DeviceRow> for DeviceKey {
    type Error = Broken;

    fn try_from(row: DeviceRow) -> Result<Self, Broken> {
        Ok(Self {
            thumbprint: row.thumbprint,
            since: parsed(SLOT, Timestamp::from_millis(row.since_ms))?,
            until: parsed(SLOT, row.until_ms.map(Timestamp::from_millis).transpose())?,
        })
    }
}

fn word<T: Code>(code: u8, field: &str) -> Result<T, Invalid> {
    T::of_code(code).ok_or_else(|| Invalid::new(field, InvalidReason::Unsupported))
}
