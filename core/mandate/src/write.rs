//! To the wire.

use crate::Given;
use rabt_domain::{
    BillKind, BillStatus, Fils, InstrumentStatus, Language, Mandate,
    bill::AmountRule,
    mandate::{
        Answer, BillView, Decision, Draft, Failure, InstrumentView, Outcome, PaidBill, PaymentMade, Progress, Standing,
        Terms, Verdict, Weekend, WhenDraft,
    },
};
use rabt_protocol::{Localized, agency, instrument, mandate as wired};

pub use crate::rule::rule;

/// The terms of a mandate.
pub fn mandate(terms: &Terms) -> wired::Mandate {
    let draft = Draft::from(terms);
    let [day, week, month, year, lifetime] = draft.limits.periods.map(|allowance| wired::Allowance {
        value_fils: allowance.value_fils,
        count: allowance.count,
    });
    wired::Mandate {
        mandate_id: draft.mandate_id,
        version: draft.version,
        agreed_at: draft.agreed_at.to_string(),
        scope: match draft.scope {
            None => wired::Scope::All,
            Some(entries) => wired::Scope::Chosen {
                entries: entries
                    .into_iter()
                    .map(|entry| wired::ScopeEntry {
                        agency_id: entry.agency_id,
                        account_id: entry.account_id,
                        kind: entry.kind.map(kind),
                    })
                    .collect(),
            },
        },
        instrument_id: draft.instrument_id,
        fallback_instrument_id: draft.fallback_instrument_id,
        schedule: wired::Schedule {
            pay: match draft.when {
                WhenDraft::OnIssue => wired::When::Issue,
                WhenDraft::BeforeDue { days } => wired::When::BeforeDue { days },
                WhenDraft::OnDue => wired::When::Due,
                WhenDraft::DayOfMonth { day } => wired::When::DayOfMonth { day },
            },
            weekend: match draft.weekend {
                Weekend::Keep => wired::Weekend::Keep,
                Weekend::Before => wired::Weekend::Before,
                Weekend::After => wired::Weekend::After,
            },
        },
        limits: wired::Limits {
            per_payment_fils: draft.limits.per_payment_fils,
            day,
            week,
            month,
            year,
            lifetime,
        },
        ask_first: wired::AskFirst {
            above_fils: draft.ask_above_fils,
            above_usual_percent: draft.ask_above_usual_percent,
        },
        top_up: draft.top_up.map(|floor| wired::TopUpFloor {
            below_fils: floor.below_fils,
            add_fils: floor.add_fils,
        }),
        priority: draft.priority,
        from_on: draft.from_on,
        until_on: draft.until_on,
    }
}

/// All that decisions depend on.
pub fn situation(given: &Given) -> wired::Situation {
    wired::Situation {
        mandates: given.mandates.iter().map(mandate_state).collect(),
        bills: given.bills.iter().map(bill).collect(),
        history: wired::History {
            payments: given.history.payments.iter().map(payment).collect(),
            paid: given.history.paid.iter().map(paid_bill).collect(),
            answers: given.history.answers.iter().map(answer).collect(),
        },
        instruments: given.instruments.iter().map(instrument_view).collect(),
        now_at: given.now.to_string(),
    }
}

/// What was decided, with a sentence for each.
pub fn decisions(decisions: &[Decision<'_>]) -> wired::Decisions {
    wired::Decisions {
        decisions: decisions.iter().map(decision).collect(),
    }
}

fn decision(decision: &Decision<'_>) -> wired::Decision {
    let payment = decision.payment.zip(decision.act()).map(|(payment, act)| wired::ToPay {
        amount_fils: payment.amount.get(),
        instrument_id: payment.instrument.as_str().to_owned(),
        cycle: payment.cycle.to_string(),
        act: act.canonical(),
    });
    wired::Decision {
        agency_id: decision.bill.key.agency.as_str().to_owned(),
        bill_id: decision.bill.key.bill.as_str().to_owned(),
        revision: decision.bill.revision,
        mandate_id: decision.mandate.map(|mandate| mandate.id().as_str().to_owned()),
        version: decision.mandate.map(|mandate| mandate.terms().version),
        outcome: match decision.outcome() {
            Outcome::Pay => wired::Outcome::Pay,
            Outcome::Skip => wired::Outcome::Skip,
            Outcome::Hold => wired::Outcome::Hold,
            Outcome::Ask => wired::Outcome::Ask,
        },
        because: rule(&decision.rule),
        payment,
        tell: decision.tell,
        sentence: Localized::new(decision.sentence(Language::En), decision.sentence(Language::Ar)),
    }
}

fn mandate_state(state: &Mandate) -> wired::MandateState {
    wired::MandateState {
        mandate: mandate(state.terms()),
        standing: match state.standing {
            Standing::Active => wired::Standing::Active,
            Standing::Paused { since } => wired::Standing::Paused {
                since_at: since.to_string(),
            },
            Standing::Revoked { at } => wired::Standing::Revoked {
                since_at: at.to_string(),
            },
        },
    }
}

fn bill(view: &BillView) -> wired::BillView {
    wired::BillView {
        agency_id: view.key.agency.as_str().to_owned(),
        bill_id: view.key.bill.as_str().to_owned(),
        account_id: view.account.as_str().to_owned(),
        kind: kind(view.kind),
        status: match view.status {
            BillStatus::Open => "open",
            BillStatus::Paid => "paid",
            BillStatus::PaidElsewhere => "paid_elsewhere",
            BillStatus::Withdrawn => "withdrawn",
            BillStatus::Vanished => "vanished",
            BillStatus::Unknown => "unknown",
        }
        .to_owned(),
        issued_on: view.issued_on.to_string(),
        due_on: view.due_on.to_string(),
        amount_fils: view.amount.get(),
        amount_rule: match view.amount_rule {
            AmountRule::Exact => agency::AmountRule::Exact,
            AmountRule::Range { min, max } => agency::AmountRule::Range {
                min_fils: min.get(),
                max_fils: max.get(),
            },
        },
        revision: view.revision,
        balance_fils: view.balance.map(Fils::get),
        fetched_at: view.fetched_at.to_string(),
    }
}

fn payment(payment: &PaymentMade) -> wired::PaymentMade {
    wired::PaymentMade {
        by: payment.by.as_ref().map(|by| wired::ByMandate {
            mandate_id: by.mandate.as_str().to_owned(),
            version: by.version,
            cycle: by.cycle.to_string(),
        }),
        agency_id: payment.bill.agency.as_str().to_owned(),
        bill_id: payment.bill.bill.as_str().to_owned(),
        account_id: payment.account.as_str().to_owned(),
        amount_fils: payment.amount.get(),
        decided_at: payment.decided_at.to_string(),
        progress: progress(payment.progress),
    }
}

pub(crate) fn progress(progress: Progress) -> wired::Progress {
    match progress {
        Progress::InFlight => wired::Progress::InFlight,
        Progress::Settled => wired::Progress::Settled,
        Progress::Failed { why, at } => wired::Progress::Failed {
            why: match why {
                Failure::NotEnoughMoney => wired::Failure::NotEnoughMoney,
                Failure::BillChanged => wired::Failure::BillChanged,
                Failure::Other => wired::Failure::Other,
            },
            failed_at: at.to_string(),
        },
    }
}

fn paid_bill(paid: &PaidBill) -> wired::PaidBill {
    wired::PaidBill {
        agency_id: paid.account.agency.as_str().to_owned(),
        account_id: paid.account.account.as_str().to_owned(),
        kind: kind(paid.kind),
        amount_fils: paid.amount.get(),
        paid_on: paid.paid_on.to_string(),
    }
}

/// A person's answer.
pub fn answer(answer: &Answer) -> wired::Answer {
    wired::Answer {
        mandate_id: answer.mandate.as_str().to_owned(),
        agency_id: answer.bill.agency.as_str().to_owned(),
        bill_id: answer.bill.bill.as_str().to_owned(),
        verdict: match answer.verdict {
            Verdict::Approved { up_to } => wired::Verdict::Approved {
                up_to_fils: up_to.get(),
            },
            Verdict::Declined => wired::Verdict::Declined,
        },
        answered_at: answer.at.to_string(),
    }
}

fn instrument_view(view: &InstrumentView) -> wired::InstrumentView {
    wired::InstrumentView {
        instrument_id: view.id.as_str().to_owned(),
        status: match view.status {
            InstrumentStatus::Active => instrument::InstrumentStatus::Active,
            InstrumentStatus::Suspended => instrument::InstrumentStatus::Suspended,
            InstrumentStatus::Revoked => instrument::InstrumentStatus::Revoked,
            InstrumentStatus::Expired => instrument::InstrumentStatus::Expired,
            InstrumentStatus::Unknown => instrument::InstrumentStatus::Unknown,
        },
        expires_on: view.expires_on.to_string(),
        available_fils: view.available.map(Fils::get),
    }
}

/// The shape of a bill.
pub fn kind(kind: BillKind) -> agency::BillKind {
    match kind {
        BillKind::Utility => agency::BillKind::Utility,
        BillKind::Fine => agency::BillKind::Fine,
        BillKind::Fee => agency::BillKind::Fee,
        BillKind::TopUp => agency::BillKind::TopUp,
        BillKind::Unknown => agency::BillKind::Unknown,
    }
}
