//! A gateway's report, both ways.

use crate::{
    instant,
    limits::DECISIONS_MAX,
    read::{bill_key, each, kind, owed, progress},
    rule::{read_rule, rule},
    write,
};
use rabt_domain::{
    AccountId, InstrumentId, Invalid, MandateId,
    mandate::{Cycle, Report, ReportedDecision, ReportedPayment},
};
use rabt_protocol::mandate as wired;

/// Reads what a gateway reports. A rule that this version doesn't know can't be judged, and is refused.
///
/// # Errors
/// [`Invalid`] naming the field.
pub fn read_report(report: wired::Report) -> Result<Report, Invalid> {
    Ok(Report {
        decisions: each(report.decisions, "decisions", DECISIONS_MAX, read_decision)?,
        as_of: instant(&report.as_of_at, "as_of_at")?,
    })
}

/// Reads one decision of a report.
///
/// # Errors
/// [`Invalid`] naming the field.
pub fn read_decision(decision: wired::ReportedDecision) -> Result<ReportedDecision, Invalid> {
    let by = |by: wired::ByVersion| {
        MandateId::parse(by.mandate_id)
            .map(|mandate| (mandate, by.version))
            .map_err(|invalid| invalid.within("by"))
    };
    Ok(ReportedDecision {
        by: decision.by.map(by).transpose()?,
        bill: bill_key(decision.agency_id, decision.bill_id)?,
        account: AccountId::parse(decision.account_id)?,
        kind: kind(decision.kind),
        revision: decision.revision,
        decided_at: instant(&decision.decided_at, "decided_at")?,
        rule: read_rule(&decision.because).map_err(|invalid| invalid.within("because"))?,
        payment: decision
            .payment
            .map(read_payment)
            .transpose()
            .map_err(|invalid| invalid.within("payment"))?,
    })
}

fn read_payment(payment: wired::ReportedPayment) -> Result<ReportedPayment, Invalid> {
    Ok(ReportedPayment {
        amount: owed(payment.amount_fils, "amount_fils")?,
        instrument: InstrumentId::parse(payment.instrument_id)?,
        cycle: Cycle::parse(&payment.cycle)?,
        progress: progress(payment.progress)?,
    })
}

/// Writes what a gateway reports.
pub fn report(report: &Report) -> wired::Report {
    wired::Report {
        decisions: report.decisions.iter().map(decision).collect(),
        as_of_at: report.as_of.to_string(),
    }
}

fn decision(decision: &ReportedDecision) -> wired::ReportedDecision {
    wired::ReportedDecision {
        by: decision.by.as_ref().map(|(mandate, version)| wired::ByVersion {
            mandate_id: mandate.as_str().to_owned(),
            version: *version,
        }),
        agency_id: decision.bill.agency.as_str().to_owned(),
        bill_id: decision.bill.bill.as_str().to_owned(),
        account_id: decision.account.as_str().to_owned(),
        kind: write::kind(decision.kind),
        revision: decision.revision,
        decided_at: decision.decided_at.to_string(),
        because: rule(&decision.rule),
        payment: decision.payment.as_ref().map(|payment| wired::ReportedPayment {
            amount_fils: payment.amount.get(),
            instrument_id: payment.instrument.as_str().to_owned(),
            cycle: payment.cycle.to_string(),
            progress: write::progress(payment.progress),
        }),
    }
}
