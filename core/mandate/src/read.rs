//! From the wire.

use crate::{
    amount, day, instant,
    limits::{ANSWERS_MAX, BILLS_MAX, INSTRUMENTS_MAX, MANDATES_MAX, PAID_MAX, PAYMENTS_MAX},
};
use rabt_domain::{
    AccountId, AccountKey, AgencyId, BillId, BillKey, BillKind, BillStatus, Fils, InstrumentId, InstrumentStatus,
    Invalid, InvalidReason, Mandate, MandateId, Timestamp,
    bill::AmountRule,
    mandate::{
        AllowanceDraft, Answer, BillView, ByMandate, Cycle, Draft, Failure, History, InstrumentView, LimitsDraft,
        PaidBill, PaymentMade, Progress, ScopeEntryDraft, Situation, Standing, TopUpDraft, Verdict, Weekend, WhenDraft,
    },
};
use rabt_protocol::{agency, instrument, mandate as wired};

pub use crate::rule::read_rule as rule;

/// All that decisions depend on, read and owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The mandates.
    pub mandates: Vec<Mandate>,
    /// The bills.
    pub bills: Vec<BillView>,
    /// What has happened.
    pub history: History,
    /// The instruments.
    pub instruments: Vec<InstrumentView>,
    /// The instant.
    pub now: Timestamp,
}

impl Given {
    /// Reads it.
    ///
    /// # Errors
    /// [`Invalid`] naming the field.
    pub fn read(situation: wired::Situation) -> Result<Self, Invalid> {
        let history = situation.history;
        Ok(Self {
            mandates: each(situation.mandates, "mandates", MANDATES_MAX, mandate_state)?,
            bills: each(situation.bills, "bills", BILLS_MAX, bill)?,
            history: History {
                payments: each(history.payments, "history.payments", PAYMENTS_MAX, payment)?,
                paid: each(history.paid, "history.paid", PAID_MAX, paid_bill)?,
                answers: each(history.answers, "history.answers", ANSWERS_MAX, answer)?,
            },
            instruments: each(situation.instruments, "instruments", INSTRUMENTS_MAX, instrument_view)?,
            now: instant(&situation.now_at, "now_at")?,
        })
    }

    /// The same for the engine.
    pub fn situation(&self) -> Situation<'_> {
        Situation {
            mandates: &self.mandates,
            bills: &self.bills,
            history: &self.history,
            instruments: &self.instruments,
            now: self.now,
        }
    }
}

/// A mandate as a draft, which is then checked.
///
/// # Errors
/// [`Invalid`] on `agreed_at`; every other field is checked with the draft.
pub fn draft(mandate: wired::Mandate) -> Result<Draft, Invalid> {
    let limits = mandate.limits;
    Ok(Draft {
        mandate_id: mandate.mandate_id,
        version: mandate.version,
        agreed_at: instant(&mandate.agreed_at, "agreed_at")?,
        scope: match mandate.scope {
            wired::Scope::All => None,
            wired::Scope::Chosen { entries } => Some(
                entries
                    .into_iter()
                    .map(|entry| ScopeEntryDraft {
                        agency_id: entry.agency_id,
                        account_id: entry.account_id,
                        kind: entry.kind.map(kind),
                    })
                    .collect(),
            ),
        },
        instrument_id: mandate.instrument_id,
        fallback_instrument_id: mandate.fallback_instrument_id,
        when: match mandate.schedule.pay {
            wired::When::Issue => WhenDraft::OnIssue,
            wired::When::BeforeDue { days } => WhenDraft::BeforeDue { days },
            wired::When::Due => WhenDraft::OnDue,
            wired::When::DayOfMonth { day } => WhenDraft::DayOfMonth { day },
        },
        weekend: match mandate.schedule.weekend {
            wired::Weekend::Keep => Weekend::Keep,
            wired::Weekend::Before => Weekend::Before,
            wired::Weekend::After => Weekend::After,
        },
        limits: LimitsDraft {
            per_payment_fils: limits.per_payment_fils,
            // In the order of `Period::ALL`.
            periods: [limits.day, limits.week, limits.month, limits.year, limits.lifetime].map(|allowance| {
                AllowanceDraft {
                    value_fils: allowance.value_fils,
                    count: allowance.count,
                }
            }),
        },
        ask_above_fils: mandate.ask_first.above_fils,
        ask_above_usual_percent: mandate.ask_first.above_usual_percent,
        top_up: mandate.top_up.map(|floor| TopUpDraft {
            below_fils: floor.below_fils,
            add_fils: floor.add_fils,
        }),
        priority: mandate.priority,
        from_on: mandate.from_on,
        until_on: mandate.until_on,
    })
}

pub(crate) fn each<W, T>(
    entries: Vec<W>,
    field: &str,
    most: usize,
    read: impl Fn(W) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    if entries.len() > most {
        return Err(Invalid::new(field, InvalidReason::TooMany));
    }
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| read(entry).map_err(|invalid| invalid.within(format_args!("{field}[{index}]"))))
        .collect()
}

fn mandate_state(state: wired::MandateState) -> Result<Mandate, Invalid> {
    let mut mandate = draft(state.mandate)
        .and_then(Draft::parse)
        .map_err(|invalid| invalid.within("mandate"))?;
    mandate.standing = match state.standing {
        wired::Standing::Active => Standing::Active,
        wired::Standing::Paused { since_at } => Standing::Paused {
            since: instant(&since_at, "standing.since_at")?,
        },
        wired::Standing::Revoked { since_at } => Standing::Revoked {
            at: instant(&since_at, "standing.since_at")?,
        },
    };
    Ok(mandate)
}

pub(crate) fn bill_key(agency_id: String, bill_id: String) -> Result<BillKey, Invalid> {
    Ok(BillKey {
        agency: AgencyId::parse(agency_id)?,
        bill: BillId::parse(bill_id)?,
    })
}

pub(crate) fn owed(fils: i64, field: &str) -> Result<Fils, Invalid> {
    Fils::owed(fils).map_err(|invalid| Invalid::new(field, invalid.reason))
}

fn bill(bill: wired::BillView) -> Result<BillView, Invalid> {
    let view = BillView {
        key: bill_key(bill.agency_id, bill.bill_id)?,
        account: AccountId::parse(bill.account_id)?,
        kind: kind(bill.kind),
        status: match bill.status.as_str() {
            "open" => BillStatus::Open,
            "paid" => BillStatus::Paid,
            "paid_elsewhere" => BillStatus::PaidElsewhere,
            "withdrawn" => BillStatus::Withdrawn,
            "vanished" => BillStatus::Vanished,
            _ => BillStatus::Unknown,
        },
        issued_on: day(&bill.issued_on, "issued_on")?,
        due_on: day(&bill.due_on, "due_on")?,
        amount: owed(bill.amount_fils, "amount_fils")?,
        amount_rule: match bill.amount_rule {
            agency::AmountRule::Exact => AmountRule::Exact,
            agency::AmountRule::Range { min_fils, max_fils } => AmountRule::Range {
                min: owed(min_fils, "amount_rule.min_fils")?,
                max: owed(max_fils, "amount_rule.max_fils")?,
            },
        },
        revision: bill.revision,
        balance: bill.balance_fils.map(|fils| amount(fils, "balance_fils")).transpose()?,
        fetched_at: instant(&bill.fetched_at, "fetched_at")?,
    };
    if view.due_on < view.issued_on {
        return Err(Invalid::new("due_on", InvalidReason::Inconsistent));
    }
    Ok(view)
}

fn payment(payment: wired::PaymentMade) -> Result<PaymentMade, Invalid> {
    let by = |by: wired::ByMandate| {
        Ok::<_, Invalid>(ByMandate {
            mandate: MandateId::parse(by.mandate_id)?,
            version: by.version,
            cycle: Cycle::parse(&by.cycle)?,
        })
    };
    Ok(PaymentMade {
        by: payment.by.map(by).transpose().map_err(|invalid| invalid.within("by"))?,
        bill: bill_key(payment.agency_id, payment.bill_id)?,
        account: AccountId::parse(payment.account_id)?,
        amount: owed(payment.amount_fils, "amount_fils")?,
        decided_at: instant(&payment.decided_at, "decided_at")?,
        progress: progress(payment.progress)?,
    })
}

pub(crate) fn progress(progress: wired::Progress) -> Result<Progress, Invalid> {
    Ok(match progress {
        wired::Progress::Settled => Progress::Settled,
        wired::Progress::InFlight => Progress::InFlight,
        wired::Progress::Failed { why, failed_at } => Progress::Failed {
            why: match why {
                wired::Failure::NotEnoughMoney => Failure::NotEnoughMoney,
                wired::Failure::BillChanged => Failure::BillChanged,
                wired::Failure::Other => Failure::Other,
            },
            at: instant(&failed_at, "progress.failed_at")?,
        },
    })
}

fn paid_bill(paid: wired::PaidBill) -> Result<PaidBill, Invalid> {
    Ok(PaidBill {
        account: AccountKey {
            agency: AgencyId::parse(paid.agency_id)?,
            account: AccountId::parse(paid.account_id)?,
        },
        kind: kind(paid.kind),
        amount: owed(paid.amount_fils, "amount_fils")?,
        paid_on: day(&paid.paid_on, "paid_on")?,
    })
}

/// A person's answer.
///
/// # Errors
/// [`Invalid`] naming the field.
pub fn answer(answer: wired::Answer) -> Result<Answer, Invalid> {
    Ok(Answer {
        mandate: MandateId::parse(answer.mandate_id)?,
        bill: bill_key(answer.agency_id, answer.bill_id)?,
        verdict: match answer.verdict {
            wired::Verdict::Approved { up_to_fils } => Verdict::Approved {
                up_to: owed(up_to_fils, "up_to_fils")?,
            },
            wired::Verdict::Declined => Verdict::Declined,
        },
        at: instant(&answer.answered_at, "answered_at")?,
    })
}

fn instrument_view(view: wired::InstrumentView) -> Result<InstrumentView, Invalid> {
    Ok(InstrumentView {
        id: InstrumentId::parse(view.instrument_id)?,
        status: match view.status {
            instrument::InstrumentStatus::Active => InstrumentStatus::Active,
            instrument::InstrumentStatus::Suspended => InstrumentStatus::Suspended,
            instrument::InstrumentStatus::Revoked => InstrumentStatus::Revoked,
            instrument::InstrumentStatus::Expired => InstrumentStatus::Expired,
            instrument::InstrumentStatus::Unknown => InstrumentStatus::Unknown,
        },
        expires_on: day(&view.expires_on, "expires_on")?,
        available: view
            .available_fils
            .map(|fils| amount(fils, "available_fils"))
            .transpose()?,
    })
}

pub(crate) fn kind(kind: agency::BillKind) -> BillKind {
    match kind {
        agency::BillKind::Utility => BillKind::Utility,
        agency::BillKind::Fine => BillKind::Fine,
        agency::BillKind::Fee => BillKind::Fee,
        agency::BillKind::TopUp => BillKind::TopUp,
        agency::BillKind::Unknown => BillKind::Unknown,
    }
}
