//! What control does to bills, past every agency's own rules of access.

use super::{
    AgencyError, AgencyFixture, BillKindFixture, FeeAmount, check, issue, outbox, settle,
    store::{
        accounts::{self, Held},
        bills,
        postings::Payer,
    },
};
use crate::{
    context::{Ctx, RunningAgency},
    personas::{self, Persona, PersonaBill, PersonaLine, RelativePeriod},
};
use jiff::civil::Date;
use rabt_protocol::{
    Localized,
    agency::{AmountRule, Bill, BillLine, BillStatus, Period},
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

/// More bills than this are not listed at once: it bounds control's answer to a few megabytes.
pub(crate) const BILLS_MAX: u32 = 10_000;
/// Where control doesn't say when a bill is due: so many days after its issue.
const DUE_AFTER_DAYS: i32 = 14;
/// The line by which an amount of several lines is changed.
const ADJUSTMENT: &str = "adjustment";

/// A bill that control adds. What is absent takes what is usual for its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewBill {
    /// The agency.
    pub agency_id: String,
    /// Whose it is.
    pub persona_id: String,
    /// The code of one of the agency's kinds of bill.
    pub kind_code: String,
    /// The account; absent: the person's first of the right kind.
    pub account_id: Option<String>,
    /// Its identifier; absent: a new one.
    pub bill_id: Option<String>,
    /// The number on the paper; absent: a new one.
    pub reference: Option<String>,
    /// What a person reads; absent: the kind's name.
    pub title: Option<Localized>,
    /// What is owed, in fils; instead of `lines`.
    pub amount_fils: Option<i64>,
    /// Its lines; instead of `amount_fils`.
    pub lines: Vec<PersonaLine>,
    /// When it was issued, `YYYY-MM-DD`; absent: today.
    pub issued_on: Option<String>,
    /// The last day without consequence, `YYYY-MM-DD`; absent: 14 days after its issue.
    pub due_on: Option<String>,
    /// The days that it is for.
    pub period: Option<Period>,
    /// Which amounts it takes; absent: as is usual for its kind.
    pub amount_rule: Option<AmountRule>,
}

/// What control changes of a bill; what is absent stays. At least one member must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BillChange {
    /// What is owed, in fils.
    pub amount_fils: Option<i64>,
    /// The last day without consequence, `YYYY-MM-DD`.
    pub due_on: Option<String>,
    /// What a person reads.
    pub title: Option<Localized>,
}

/// Which bills control wants to see; what is absent doesn't narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BillFilter {
    /// Of this agency.
    pub agency_id: Option<String>,
    /// Of this persona's own accounts.
    pub persona_id: Option<String>,
    /// In this state.
    pub status: Option<BillStatus>,
}

/// Adds a bill and tells the gateway.
pub(crate) fn add_bill(ctx: &Ctx, bill: NewBill) -> Result<Bill, AgencyError> {
    let agency = running(ctx, &bill.agency_id)?;
    let persona = known(&bill.persona_id)?;
    let fixture = &agency.fixture;
    let kind = fixture
        .bill_kind(&bill.kind_code)
        .ok_or_else(|| AgencyError::invalid("kind_code", "is none of the agency's"))?;
    let today = ctx.clock.today();
    let added = ctx.state.transact(|tx| {
        let account = account_for(tx, &bill, kind, persona)?;
        let new = NewOnPaper {
            bill_id: bill.bill_id.clone().unwrap_or_else(|| ctx.new_id("bill")),
            // The number on the paper only has to look like one.
            reference: format!("{}{}", kind.reference_prefix, ctx.clock.now_ms() % 100_000_000),
            lines: lines_of(fixture, kind, &bill, &account)?,
            today,
        };
        let paper = on_paper(bill, &account, new)?;
        let made = issue::bill(fixture, &account.facts, &paper, today).map_err(absolute)?;
        if bills::get(tx, &made.agency_id, &made.bill_id)?.is_some() {
            return Err(AgencyError::invalid(
                "bill_id",
                "is there already; choose another or leave it out",
            ));
        }
        bills::insert(tx, &made, None)?;
        bills::tell(tx, &made)?;
        Ok(made)
    })?;
    outbox::ring();
    Ok(added)
}

/// Changes an open bill, raises its revision and tells the gateway.
pub(crate) fn change_bill(ctx: &Ctx, agency_id: &str, bill_id: &str, change: BillChange) -> Result<Bill, AgencyError> {
    if change == BillChange::default() {
        return Err(AgencyError::invalid(
            "amount_fils",
            "nothing is changed; give an amount, a due day or a title",
        ));
    }
    on_open_bill(ctx, agency_id, bill_id, |tx, bill| {
        if let Some(amount_fils) = change.amount_fils {
            set_amount(bill, amount_fils)?;
        }
        if let Some(due_on) = &change.due_on {
            let (due, issued) = (date("due_on", due_on)?, date("issued_on", &bill.issued_on)?);
            if due < issued {
                return Err(AgencyError::invalid(
                    "due_on",
                    format!("is before the bill was issued, {issued}"),
                ));
            }
            bill.due_on = due.to_string();
        }
        if let Some(title) = &change.title {
            check::localized("title", title)?;
            bill.title = title.clone();
        }
        bills::change(tx, bill, &ctx.clock.today().to_string())
    })
}

/// Withdraws an open bill and tells the gateway.
pub(crate) fn withdraw_bill(ctx: &Ctx, agency_id: &str, bill_id: &str) -> Result<Bill, AgencyError> {
    on_open_bill(ctx, agency_id, bill_id, |tx, bill| {
        bill.status = BillStatus::Withdrawn;
        bills::change(tx, bill, &ctx.clock.today().to_string())
    })
}

/// Has an open bill paid at the agency's counter (`amount_fils` for one that takes a range) and tells the gateway.
pub(crate) fn pay_at_counter(
    ctx: &Ctx,
    agency_id: &str,
    bill_id: &str,
    amount_fils: Option<i64>,
) -> Result<Bill, AgencyError> {
    on_open_bill(ctx, agency_id, bill_id, |tx, bill| {
        let amount_fils = amount_fils.unwrap_or(bill.amount_fils);
        settle::close(ctx, tx, bill, amount_fils, &Payer::Counter).map(|_| ())
    })
}

/// The bills that a filter leaves, at most [`BILLS_MAX`].
pub(crate) fn bills(ctx: &Ctx, filter: &BillFilter) -> Result<Vec<Bill>, AgencyError> {
    if let Some(agency_id) = &filter.agency_id {
        running(ctx, agency_id)?;
    }
    let persona = filter.persona_id.as_deref().map(known).transpose()?;
    if filter.status == Some(BillStatus::Unknown) {
        return Err(AgencyError::invalid("status", "must be open, paid or withdrawn"));
    }
    ctx.state.transact(|tx| {
        let subject = persona.map(|persona| persona.subject.as_str());
        bills::list(tx, filter.agency_id.as_deref(), subject, filter.status, BILLS_MAX)
    })
}

fn running(ctx: &Ctx, agency_id: &str) -> Result<RunningAgency, AgencyError> {
    ctx.agency(agency_id)
        .ok_or_else(|| AgencyError::not_found(format!("agency {agency_id:?}")))
}

fn known(persona_id: &str) -> Result<&'static Persona, AgencyError> {
    personas::find(persona_id).ok_or_else(|| AgencyError::not_found(format!("persona {persona_id:?}")))
}

/// Reads an open bill, does something to it and has the gateway told.
fn on_open_bill(
    ctx: &Ctx,
    agency_id: &str,
    bill_id: &str,
    act: impl FnOnce(&Transaction<'_>, &mut Bill) -> Result<(), AgencyError>,
) -> Result<Bill, AgencyError> {
    running(ctx, agency_id)?;
    let bill = ctx.state.transact(|tx| {
        let mut bill = bills::get(tx, agency_id, bill_id)?
            .ok_or_else(|| AgencyError::not_found(format!("bill {bill_id:?} with {agency_id:?}")))?;
        settle::ensure_open(&bill)?;
        act(tx, &mut bill)?;
        Ok::<_, AgencyError>(bill)
    })?;
    outbox::ring();
    Ok(bill)
}

/// The account that is named, or the person's first of the kind that such bills belong to.
fn account_for(
    tx: &Transaction<'_>,
    bill: &NewBill,
    kind: &BillKindFixture,
    persona: &Persona,
) -> Result<Held, AgencyError> {
    let wanted = |held: &Held| {
        held.account.kind == kind.account_kind
            && bill
                .account_id
                .as_ref()
                .is_none_or(|account_id| *account_id == held.account.account_id)
    };
    accounts::own(tx, &bill.agency_id, &persona.subject)?
        .into_iter()
        .find(wanted)
        .ok_or_else(|| {
            AgencyError::invalid(
                "account_id",
                format!(
                    "{:?} holds no such account of the kind {:?} with the agency; load the persona, or name another",
                    persona.persona_id, kind.account_kind
                ),
            )
        })
}

/// The lines that are given, or those that are usual, the open one of them made to fit the amount.
fn lines_of(
    fixture: &AgencyFixture,
    kind: &BillKindFixture,
    bill: &NewBill,
    account: &Held,
) -> Result<Vec<PersonaLine>, AgencyError> {
    match (bill.lines.is_empty(), bill.amount_fils) {
        (false, None) => return Ok(bill.lines.clone()),
        (false, Some(_)) => {
            return Err(AgencyError::invalid(
                "amount_fils",
                "goes without lines: they have the amounts",
            ));
        }
        (true, _) => {}
    }
    let usual = |fee: &String| PersonaLine {
        fee: fee.clone(),
        amount_fils: None,
    };
    let is_stated = |line: &PersonaLine| {
        fixture
            .fee(&line.fee)
            .is_some_and(|fee| matches!(fee.amount, FeeAmount::Stated))
    };
    let mut lines: Vec<_> = kind.usual_lines.iter().map(usual).collect();
    let rated: Vec<_> = lines.iter().filter(|line| !is_stated(line)).cloned().collect();
    let rated_fils = if rated.is_empty() {
        0
    } else {
        issue::total(&issue::lines(fixture, &account.facts, &rated)?)?
    };
    match (lines.iter_mut().find(|line| is_stated(line)), bill.amount_fils) {
        (Some(open), Some(amount_fils)) => open.amount_fils = Some(amount_fils.saturating_sub(rated_fils)),
        (Some(_), None) => return Err(AgencyError::invalid("amount_fils", "is missing; give it or lines")),
        (None, Some(amount_fils)) if amount_fils != rated_fils => {
            return Err(AgencyError::invalid(
                "amount_fils",
                format!("such a bill comes to {rated_fils} fils"),
            ));
        }
        (None, _) => {}
    }
    Ok(lines)
}

/// What [`add_bill`] made up or worked out.
struct NewOnPaper {
    bill_id: String,
    reference: String,
    lines: Vec<PersonaLine>,
    today: Date,
}

/// The same as a fixture would say it: days from today.
fn on_paper(bill: NewBill, account: &Held, new: NewOnPaper) -> Result<PersonaBill, AgencyError> {
    let days_from_today = |field: &str, text: &str| -> Result<i32, AgencyError> {
        let days = new.today.until(date(field, text)?).map(|span| span.get_days());
        days.map_err(|error| AgencyError::invalid(field, error.to_string()))
    };
    let issued = bill
        .issued_on
        .as_deref()
        .map_or(Ok(0), |day| days_from_today("issued_on", day))?;
    let due = bill
        .due_on
        .as_deref()
        .map_or(Ok(issued.saturating_add(DUE_AFTER_DAYS)), |day| {
            days_from_today("due_on", day)
        })?;
    let period = match &bill.period {
        None => None,
        Some(period) => Some(RelativePeriod {
            from_days_ago: days_from_today("period.from", &period.from)?.saturating_neg(),
            to_days_ago: days_from_today("period.to", &period.to)?.saturating_neg(),
        }),
    };
    Ok(PersonaBill {
        bill_id: new.bill_id,
        agency_id: bill.agency_id,
        account_id: account.account.account_id.clone(),
        kind_code: bill.kind_code,
        title: bill.title,
        reference: bill.reference.unwrap_or(new.reference),
        issued_days_ago: issued.saturating_neg(),
        due_in_days: due,
        period,
        lines: new.lines,
        amount_rule: bill.amount_rule,
        paid: None,
    })
}

/// Control says days by their date, so it is told by that name which of them is wrong.
fn absolute(error: super::FixtureError) -> AgencyError {
    let field = match error.field.as_str() {
        "issued_days_ago" => "issued_on",
        "due_in_days" => "due_on",
        "period.from_days_ago" => "period.from",
        "period.to_days_ago" => "period.to",
        other => other,
    };
    AgencyError::invalid(field, error.reason)
}

fn date(field: &str, text: &str) -> Result<Date, AgencyError> {
    text.parse()
        .map_err(|_| AgencyError::invalid(field, "must be a day, YYYY-MM-DD"))
}

/// Sets what is owed: in the line, where there is one; else by a line that says that it was changed.
fn set_amount(bill: &mut Bill, amount_fils: i64) -> Result<(), AgencyError> {
    let difference = amount_fils.saturating_sub(bill.amount_fils);
    if let [only] = bill.lines.as_mut_slice() {
        only.amount_fils = amount_fils;
    } else if let Some(before) = bill.lines.iter_mut().find(|line| line.code == ADJUSTMENT) {
        before.amount_fils = before.amount_fils.saturating_add(difference);
    } else {
        bill.lines.push(BillLine {
            code: ADJUSTMENT.to_owned(),
            title: Localized::new("Adjustment by the agency", "تعديل من الجهة"),
            amount_fils: difference,
            source: None,
        });
    }
    bill.lines
        .retain(|line| line.code != ADJUSTMENT || line.amount_fils != 0);
    let amount = |error: super::FixtureError| AgencyError::invalid("amount_fils", error.reason);
    bill.amount_fils = issue::total(&bill.lines).map_err(amount)?;
    issue::amount_fits(bill.kind, bill.amount_rule, bill.amount_fils).map_err(amount)
}
