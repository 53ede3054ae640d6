//! What agencies say about a person's bills at this moment: asked anew for each run, so that nothing is paid on what was true before.
//!
//! An answer is doubted as a phone doubts it: it must be about this person and this agency, and a bill must be of an account that the
//! agency holds for them. What an agency answered last is kept, for when it doesn't answer: then a decision says since when.

use super::store;
use crate::{
    clock::rfc3339,
    context::{Context, RunningAgency},
    server::{calls::CallError, reply::Reply},
};
use futures_util::future::join_all;
use http::Method;
use rabt_domain::{DubaiDate, Timestamp};
use rabt_mandate::Given;
use rabt_protocol::{
    CURRENCY_AED,
    agency::{Account, Accounts, Bill, BillKind, BillPage, BillStatus},
    mandate::{BillView, History, PaidBill, Situation},
};
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long an agency is waited for.
const AGENCY_TIMEOUT_MS: u64 = 2_000;
/// Bills a page, the wire's most.
const BILLS_PER_PAGE: usize = 500;
/// An agency's bills of one person; more than this is an agency that never ends.
const PAGES_MAX: usize = 20;
/// The channel of what was paid through this hub.
const OWN_CHANNEL: &str = "rabt";

/// What an agency last said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fetched {
    /// When it was asked, in milliseconds since 1970; every bill is as of then.
    #[serde(default)]
    pub(super) fetched_ms: i64,
    /// The state of the set, as the agency names it.
    tag: Option<String>,
    /// Every bill, also those that were closed or that it no longer mentions.
    pub(super) bills: Vec<FetchedBill>,
    /// What was paid, from which follows what is usual.
    pub(super) paid: Vec<PaidBill>,
}

/// A bill, and the number on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FetchedBill {
    pub(super) view: BillView,
    pub(super) reference: String,
}

/// Asks agencies about a person, all at once, each within its own deadline. Of one that doesn't answer, what it said last.
pub(super) async fn all(ctx: &Context, subject: &str, agencies: &[RunningAgency]) -> Reply<Vec<Fetched>> {
    let asked = agencies.iter().map(|agency| one(ctx, subject, agency));
    join_all(asked).await.into_iter().collect()
}

async fn one(ctx: &Context, subject: &str, agency: &RunningAgency) -> Reply<Fetched> {
    let before = known(ctx, subject, &agency.fixture.agency_id)?;
    let at_ms = ctx.clock.now_ms();
    match ask(ctx, subject, agency, &before, at_ms).await {
        Ok(fetched) => {
            keep(ctx, subject, &agency.fixture.agency_id, &before, &fetched)?;
            Ok(fetched)
        }
        Err(error) => {
            tracing::info!(agency_id = agency.fixture.agency_id, %error, "an agency doesn't tell a person's bills");
            Ok(before)
        }
    }
}

fn known(ctx: &Context, subject: &str, agency_id: &str) -> Reply<Fetched> {
    if let Some(fetched) = ctx.autopay.fetched(subject, agency_id) {
        return Ok(fetched);
    }
    let row: Option<(i64, String)> = ctx.state.transact(|tx| {
        tx.query_row(
            "SELECT fetched_ms, body FROM gateway_fetched WHERE subject = ?1 AND agency_id = ?2",
            [subject, agency_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
    })?;
    let Some((fetched_ms, body)) = row else {
        return Ok(Fetched::default());
    };
    let mut fetched: Fetched = store::parsed(&body)?;
    fetched.fetched_ms = fetched_ms;
    Ok(fetched)
}

/// In memory each time, in the state when there is something new: after a restart everybody is asked anyway.
fn keep(ctx: &Context, subject: &str, agency_id: &str, before: &Fetched, fetched: &Fetched) -> Reply<()> {
    let is_new = (&before.tag, &before.bills) != (&fetched.tag, &fetched.bills);
    if is_new {
        let body = store::json(fetched)?;
        ctx.state.transact(|tx| {
            tx.execute(
                "INSERT INTO gateway_fetched (subject, agency_id, fetched_ms, body) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET fetched_ms = excluded.fetched_ms, body = excluded.body",
                params![subject, agency_id, fetched.fetched_ms, body],
            )
        })?;
    }
    ctx.autopay.keep_fetched(subject, agency_id, fetched.clone());
    Ok(())
}

async fn ask(
    ctx: &Context,
    subject: &str,
    agency: &RunningAgency,
    before: &Fetched,
    at_ms: i64,
) -> Result<Fetched, CallError> {
    let agency_id = agency.fixture.agency_id.as_str();
    let mut bills = Vec::new();
    let mut cursor = None;
    let mut tag = None;
    for page in 0.. {
        if page >= PAGES_MAX {
            return Err(CallError::Unknown("its pages don't end".to_owned()));
        }
        let url = address(agency, "bills", subject, cursor.as_deref())?;
        let answer = ctx
            .get_tagged::<BillPage>(AGENCY_TIMEOUT_MS, &url, before.tag.as_deref().filter(|_| page == 0))
            .await?;
        let Some((now_tag, answer)) = answer else {
            // Nothing changed; what can without a bill's changing is a balance.
            let mut same = before.clone();
            same.fetched_ms = at_ms;
            if same.bills.iter().any(|bill| is_open_top_up(&bill.view)) {
                let accounts = accounts(ctx, subject, agency).await?;
                for bill in &mut same.bills {
                    bill.view.balance_fils = balance(&accounts, &bill.view);
                }
            }
            return Ok(stamped(same));
        };
        if page > 0 && tag != now_tag {
            return Err(CallError::Unknown("its bills changed between two pages".to_owned()));
        }
        tag = now_tag;
        if answer.agency_id != agency_id || answer.subject != subject {
            return Err(CallError::Unknown("it answered about somebody else".to_owned()));
        }
        bills.extend(answer.bills);
        cursor = answer.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let accounts = accounts(ctx, subject, agency).await?;
    bills.retain(|bill| is_theirs(bill, agency_id, &accounts));
    Ok(stamped(read(bills, &accounts, before, tag, at_ms)))
}

async fn accounts(
    ctx: &Context,
    subject: &str,
    agency: &RunningAgency,
) -> Result<BTreeMap<String, Account>, CallError> {
    let url = address(agency, "accounts", subject, None)?;
    let answer: Accounts = ctx
        .call_service_within(AGENCY_TIMEOUT_MS, Method::GET, &url, None, None)
        .await?;
    if answer.agency_id != agency.fixture.agency_id || answer.subject != subject {
        return Err(CallError::Unknown("it answered about somebody else".to_owned()));
    }
    Ok(answer
        .accounts
        .into_iter()
        .map(|account| (account.account_id.clone(), account))
        .collect())
}

fn address(agency: &RunningAgency, what: &str, subject: &str, cursor: Option<&str>) -> Result<String, CallError> {
    let malformed = |_| CallError::NotReached("its address is none".to_owned());
    let mut url = url::Url::parse(&format!("{}/v1/hub/{what}", agency.base_url)).map_err(malformed)?;
    url.query_pairs_mut().append_pair("subject", subject);
    if what == "bills" {
        url.query_pairs_mut().append_pair("limit", &BILLS_PER_PAGE.to_string());
    }
    if let Some(cursor) = cursor {
        url.query_pairs_mut().append_pair("cursor", cursor);
    }
    Ok(url.into())
}

/// Whether a bill is one that this agency can tell of this person.
fn is_theirs(bill: &Bill, agency_id: &str, accounts: &BTreeMap<String, Account>) -> bool {
    let fine = bill.agency_id == agency_id
        && bill.currency == CURRENCY_AED
        && accounts.contains_key(&bill.account_id)
        && is_sound(&view(bill, accounts));
    if !fine {
        tracing::warn!(agency_id, "an agency told of a bill that can't be this person's");
    }
    fine
}

/// Whether the engine can read it.
fn is_sound(view: &BillView) -> bool {
    let situation = Situation {
        mandates: Vec::new(),
        bills: vec![view.clone()],
        history: History::default(),
        instruments: Vec::new(),
        now_at: rfc3339(0),
    };
    Given::read(situation).is_ok()
}

fn read(
    bills: Vec<Bill>,
    accounts: &BTreeMap<String, Account>,
    before: &Fetched,
    tag: Option<String>,
    at_ms: i64,
) -> Fetched {
    let paid = bills.iter().filter_map(paid).collect();
    let mut now: Vec<FetchedBill> = bills
        .iter()
        .map(|bill| FetchedBill {
            view: view(bill, accounts),
            reference: bill.reference.clone(),
        })
        .collect();
    let mentioned: BTreeSet<String> = now.iter().map(|bill| bill.view.bill_id.clone()).collect();
    // What was open and isn't mentioned any more has vanished.
    for old in &before.bills {
        let gone = !mentioned.contains(&old.view.bill_id);
        if gone && matches!(old.view.status.as_str(), "open" | "vanished") {
            let mut old = old.clone();
            old.view.status = "vanished".to_owned();
            now.push(old);
        }
    }
    Fetched {
        fetched_ms: at_ms,
        tag,
        bills: now,
        paid,
    }
}

/// Each bill is as of when it was asked for.
fn stamped(mut fetched: Fetched) -> Fetched {
    let at = rfc3339(fetched.fetched_ms);
    for bill in fetched.bills.iter_mut().filter(|bill| bill.view.status != "vanished") {
        bill.view.fetched_at.clone_from(&at);
    }
    fetched
}

fn view(bill: &Bill, accounts: &BTreeMap<String, Account>) -> BillView {
    let mut view = BillView {
        agency_id: bill.agency_id.clone(),
        bill_id: bill.bill_id.clone(),
        account_id: bill.account_id.clone(),
        kind: bill.kind,
        status: match (bill.status, &bill.paid) {
            (BillStatus::Open, _) => "open",
            (BillStatus::Paid, Some(paid)) if paid.channel != OWN_CHANNEL => "paid_elsewhere",
            (BillStatus::Paid, _) => "paid",
            (BillStatus::Withdrawn, _) => "withdrawn",
            (BillStatus::Unknown, _) => "unknown",
        }
        .to_owned(),
        issued_on: bill.issued_on.clone(),
        due_on: bill.due_on.clone(),
        amount_fils: bill.amount_fils,
        amount_rule: bill.amount_rule,
        revision: bill.revision,
        balance_fils: None,
        fetched_at: rfc3339(0),
    };
    view.balance_fils = balance(accounts, &view);
    view
}

fn balance(accounts: &BTreeMap<String, Account>, view: &BillView) -> Option<i64> {
    (view.kind == BillKind::TopUp)
        .then(|| accounts.get(&view.account_id)?.balance_fils)
        .flatten()
}

fn is_open_top_up(view: &BillView) -> bool {
    view.kind == BillKind::TopUp && view.status == "open"
}

fn paid(bill: &Bill) -> Option<PaidBill> {
    let paid = bill.paid.as_ref().filter(|_| bill.status == BillStatus::Paid)?;
    let at = Timestamp::parse(&paid.paid_at).ok()?;
    Some(PaidBill {
        agency_id: bill.agency_id.clone(),
        account_id: bill.account_id.clone(),
        kind: bill.kind,
        amount_fils: paid.amount_fils,
        paid_on: DubaiDate::at(at).to_string(),
    })
}
