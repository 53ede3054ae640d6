//! What lies in the files: the engine's values, flat, with each agency by its number. A row is read without a copy of its texts, and
//! parsed as strictly as what comes from anywhere else: mandates through a draft, amounts, days and names through their types.

use crate::harness::Outcome;
use rabt::domain::{
    AccountId, AccountKey, AgencyId, BillId, BillKey, BillKind, BillStatus, DubaiDate, Fils, InstrumentId,
    InstrumentStatus, MandateId, Timestamp,
    bill::AmountRule,
    mandate::{
        AllowanceDraft, BillView, ByMandate, Cycle, Draft, Failure, History, InstrumentView, LimitsDraft, Mandate,
        PaidBill, PaymentMade, Period, Progress, ScopeEntryDraft, Standing, TopUpDraft, Weekend, WhenDraft,
    },
};
use serde::{Deserialize, Serialize};

/// A person. Everything of theirs is in one row, since it is only ever used together.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PersonRow<'a> {
    #[serde(borrow)]
    pub(super) mandates: Vec<MandateRow<'a>>,
    #[serde(borrow)]
    pub(super) bills: Vec<BillRow<'a>>,
    #[serde(borrow)]
    pub(super) payments: Vec<PaymentRow<'a>>,
    #[serde(borrow)]
    pub(super) paid: Vec<PaidRow<'a>>,
    #[serde(borrow)]
    pub(super) instruments: Vec<InstrumentRow<'a>>,
}

/// A mandate, in its newest version.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MandateRow<'a> {
    pub(super) id: &'a str,
    pub(super) version: u32,
    /// Milliseconds since 1970, UTC.
    pub(super) agreed_at: i64,
    /// None for all bills.
    pub(super) kinds: Vec<Kind>,
    pub(super) instrument: &'a str,
    pub(super) fallback: Option<&'a str>,
    pub(super) when: WhenRow,
    pub(super) on_weekday: bool,
    pub(super) per_payment_fils: Option<i64>,
    pub(super) week_count: Option<u32>,
    pub(super) month_fils: Option<i64>,
    pub(super) ask_above_fils: Option<i64>,
    pub(super) ask_above_usual_percent: Option<u16>,
    /// Below which balance how much is added.
    pub(super) top_up_fils: Option<(i64, i64)>,
    pub(super) priority: u8,
    pub(super) from_on: &'a str,
    pub(super) until_on: &'a str,
    /// Since when it is paused.
    pub(super) paused_since: Option<i64>,
}

/// When bills are paid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum WhenRow {
    Issue,
    BeforeDue(u8),
    Due,
    DayOfMonth(u8),
}

/// A bill's shape.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Kind {
    Utility,
    Fine,
    Fee,
    TopUp,
}

/// A bill as its agency gave it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BillRow<'a> {
    pub(super) agency: u8,
    pub(super) bill: &'a str,
    pub(super) account: &'a str,
    pub(super) kind: Kind,
    pub(super) is_open: bool,
    /// Days since 1970, Dubai.
    pub(super) issued_on: i32,
    pub(super) due_on: i32,
    pub(super) amount_fils: i64,
    /// The most that is taken, for a top-up.
    pub(super) max_fils: Option<i64>,
    pub(super) revision: u32,
    pub(super) balance_fils: Option<i64>,
    pub(super) fetched_at: i64,
}

/// A payment of a bill through the hub.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PaymentRow<'a> {
    /// Which of the person's mandates decided it; none for one by hand.
    pub(super) by: Option<u8>,
    pub(super) agency: u8,
    pub(super) bill: &'a str,
    pub(super) account: &'a str,
    pub(super) amount_fils: i64,
    pub(super) decided_at: i64,
    pub(super) progress: ProgressRow,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum ProgressRow {
    InFlight,
    Settled,
    ShortOfMoney,
}

/// A bill that was paid by whatever way.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PaidRow<'a> {
    pub(super) agency: u8,
    pub(super) account: &'a str,
    pub(super) kind: Kind,
    pub(super) amount_fils: i64,
    pub(super) paid_on: i32,
}

/// A bank account or card.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct InstrumentRow<'a> {
    pub(super) id: &'a str,
    pub(super) is_active: bool,
    pub(super) expires_on: i32,
    pub(super) available_fils: Option<i64>,
}

/// What a person's decisions depend on.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) mandates: Vec<Mandate>,
    pub(super) bills: Vec<BillView>,
    pub(super) history: History,
    pub(super) instruments: Vec<InstrumentView>,
}

/// Reads a row with the agencies that its numbers mean.
///
/// # Errors
/// For what the engine's types refuse, and for an agency or mandate that isn't there.
pub(super) fn read(row: &PersonRow<'_>, agencies: &[AgencyId]) -> Outcome<Person> {
    let agency = |number: u8| {
        agencies
            .get(usize::from(number))
            .cloned()
            .ok_or_else(|| format!("there is no agency {number}"))
    };
    let mandates = all(&row.mandates, MandateRow::read)?;
    let payments = all(&row.payments, |payment| {
        payment.read(agency(payment.agency)?, &mandates)
    })?;
    let paid = all(&row.paid, |paid| paid.read(agency(paid.agency)?))?;
    Ok(Person {
        bills: all(&row.bills, |bill| bill.read(agency(bill.agency)?))?,
        instruments: all(&row.instruments, InstrumentRow::read)?,
        history: History {
            payments,
            paid,
            answers: Vec::new(),
        },
        mandates,
    })
}

fn all<R, T>(rows: &[R], read: impl FnMut(&R) -> Outcome<T>) -> Outcome<Vec<T>> {
    rows.iter().map(read).collect()
}

impl MandateRow<'_> {
    fn read(&self) -> Outcome<Mandate> {
        let mut periods = [AllowanceDraft::default(); 5];
        periods[Period::Week as usize].count = self.week_count.map(i64::from);
        periods[Period::Month as usize].value_fils = self.month_fils;
        let kinds = self.kinds.iter().map(|kind| ScopeEntryDraft {
            kind: Some((*kind).into()),
            ..ScopeEntryDraft::default()
        });
        let draft = Draft {
            mandate_id: self.id.to_owned(),
            version: i64::from(self.version),
            agreed_at: Timestamp::from_millis(self.agreed_at)?,
            scope: (!self.kinds.is_empty()).then(|| kinds.collect()),
            instrument_id: self.instrument.to_owned(),
            fallback_instrument_id: self.fallback.map(str::to_owned),
            when: match self.when {
                WhenRow::Issue => WhenDraft::OnIssue,
                WhenRow::BeforeDue(days) => WhenDraft::BeforeDue { days: i64::from(days) },
                WhenRow::Due => WhenDraft::OnDue,
                WhenRow::DayOfMonth(day) => WhenDraft::DayOfMonth { day: i64::from(day) },
            },
            weekend: if self.on_weekday {
                Weekend::Before
            } else {
                Weekend::Keep
            },
            limits: LimitsDraft {
                per_payment_fils: self.per_payment_fils,
                periods,
            },
            ask_above_fils: self.ask_above_fils,
            ask_above_usual_percent: self.ask_above_usual_percent.map(i64::from),
            top_up: self
                .top_up_fils
                .map(|(below_fils, add_fils)| TopUpDraft { below_fils, add_fils }),
            priority: i64::from(self.priority),
            from_on: self.from_on.to_owned(),
            until_on: self.until_on.to_owned(),
        };
        let mut mandate = draft.parse()?;
        if let Some(since) = self.paused_since {
            mandate.standing = Standing::Paused {
                since: Timestamp::from_millis(since)?,
            };
        }
        Ok(mandate)
    }
}

impl BillRow<'_> {
    fn read(&self, agency: AgencyId) -> Outcome<BillView> {
        let amount = Fils::owed(self.amount_fils)?;
        Ok(BillView {
            key: BillKey {
                agency,
                bill: BillId::parse(self.bill)?,
            },
            account: AccountId::parse(self.account)?,
            kind: self.kind.into(),
            status: if self.is_open {
                BillStatus::Open
            } else {
                BillStatus::Paid
            },
            issued_on: DubaiDate::from_epoch_days(self.issued_on)?,
            due_on: DubaiDate::from_epoch_days(self.due_on)?,
            amount,
            amount_rule: match self.max_fils {
                None => AmountRule::Exact,
                Some(max) => AmountRule::Range {
                    min: amount,
                    max: Fils::owed(max)?,
                },
            },
            revision: self.revision,
            balance: self.balance_fils.map(Fils::new).transpose()?,
            fetched_at: Timestamp::from_millis(self.fetched_at)?,
        })
    }
}

impl PaymentRow<'_> {
    fn read(&self, agency: AgencyId, mandates: &[Mandate]) -> Outcome<PaymentMade> {
        let decided_at = Timestamp::from_millis(self.decided_at)?;
        let by = match self.by {
            None => None,
            Some(place) => {
                let mandate = mandates.get(usize::from(place)).ok_or("a payment by no mandate")?;
                Some(ByMandate {
                    mandate: MandateId::clone(mandate.id()),
                    version: mandate.terms().version,
                    cycle: Cycle { day: None, attempt: 1 },
                })
            }
        };
        Ok(PaymentMade {
            by,
            bill: BillKey {
                agency,
                bill: BillId::parse(self.bill)?,
            },
            account: AccountId::parse(self.account)?,
            amount: Fils::owed(self.amount_fils)?,
            decided_at,
            progress: match self.progress {
                ProgressRow::InFlight => Progress::InFlight,
                ProgressRow::Settled => Progress::Settled,
                ProgressRow::ShortOfMoney => Progress::Failed {
                    why: Failure::NotEnoughMoney,
                    at: decided_at,
                },
            },
        })
    }
}

impl PaidRow<'_> {
    fn read(&self, agency: AgencyId) -> Outcome<PaidBill> {
        Ok(PaidBill {
            account: AccountKey {
                agency,
                account: AccountId::parse(self.account)?,
            },
            kind: self.kind.into(),
            amount: Fils::owed(self.amount_fils)?,
            paid_on: DubaiDate::from_epoch_days(self.paid_on)?,
        })
    }
}

impl InstrumentRow<'_> {
    fn read(&self) -> Outcome<InstrumentView> {
        Ok(InstrumentView {
            id: InstrumentId::parse(self.id)?,
            status: if self.is_active {
                InstrumentStatus::Active
            } else {
                InstrumentStatus::Suspended
            },
            expires_on: DubaiDate::from_epoch_days(self.expires_on)?,
            available: self.available_fils.map(Fils::new).transpose()?,
        })
    }
}

impl From<Kind> for BillKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Utility => Self::Utility,
            Kind::Fine => Self::Fine,
            Kind::Fee => Self::Fee,
            Kind::TopUp => Self::TopUp,
        }
    }
}
