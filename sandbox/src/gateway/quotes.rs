//! Quotes: what a basket costs now, by each agency's own word at this moment.

use super::hub::record;
use crate::{
    clock::rfc3339,
    context::{Context, Ctx, RunningAgency},
    identity::guard::Caller,
    server::{
        calls::CallError,
        reply::{Refusal, Reply, WireJson},
    },
};
use axum::extract::State;
use futures_util::{StreamExt as _, stream};
use http::Method;
use rabt_protocol::{
    CURRENCY_AED,
    agency::{AmountRule, Bill, BillStatus},
    directory::Capability,
    hub::{Quote, QuoteItem, QuoteLine, QuoteOutcome, QuoteRequest},
    oidc::acr,
    problem::code,
};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// As the wire promises.
const ITEMS_MAX: usize = 100;
/// Long enough to read and confirm, short enough that amounts stay true.
const VALID_FOR_MS: i64 = 5 * 60 * 1_000;
/// A quote that nobody used is kept for a day after it expired, so that a late payment is told why.
const KEPT_FOR_MS: i64 = 24 * 60 * 60 * 1_000;
/// An agency that takes longer is left out: the person waits.
const AGENCY_TIMEOUT_MS: u64 = 2_000;
/// Bills that are asked for at once, over all agencies.
const ASKED_AT_ONCE: usize = 32;

/// A payable line with what its payment will need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PayableLine {
    pub(super) agency_id: String,
    pub(super) bill_id: String,
    pub(super) reference: String,
    pub(super) revision: u32,
    pub(super) amount_fils: i64,
}

/// A quote as the hub keeps it.
pub(super) struct StoredQuote {
    pub(super) total_fils: i64,
    pub(super) lines: Vec<PayableLine>,
    expires_ms: i64,
    payment_id: Option<String>,
}

impl StoredQuote {
    /// Whether a payment can use it.
    pub(super) fn is_usable(&self, now_ms: i64) -> bool {
        self.payment_id.is_none() && now_ms < self.expires_ms && !self.lines.is_empty()
    }
}

/// `POST /v1/quotes`.
pub(super) async fn create(
    State(ctx): State<Ctx>,
    caller: Caller,
    WireJson(request): WireJson<QuoteRequest>,
) -> Reply<WireJson<Quote>> {
    validate(&request)?;
    let asking: Vec<_> = request
        .items
        .iter()
        .map(|item| ask(&ctx, &caller.subject, item))
        .collect();
    let asked: Vec<Answer> = stream::iter(asking).buffered(ASKED_AT_ONCE).collect().await;
    let now_ms = ctx.clock.now_ms();
    let quote_id = ctx.new_id("quo");
    let expires_ms = now_ms.saturating_add(VALID_FOR_MS);
    let (lines, total_fils) = ctx.state.transact(|tx| -> Reply<_> {
        let mut lines = Vec::with_capacity(asked.len());
        let mut payable = Vec::new();
        for (item, answer) in request.items.iter().zip(asked) {
            let mut line = QuoteLine {
                agency_id: item.agency_id.clone(),
                bill_id: item.bill_id.clone(),
                outcome: answer.outcome,
                amount_fils: 0,
                revision: 0,
            };
            if let (QuoteOutcome::Payable | QuoteOutcome::Changed, Some(found)) = (answer.outcome, answer.payable) {
                if record::is_locked(tx, &item.agency_id, &item.bill_id)? {
                    line.outcome = QuoteOutcome::BeingPaid;
                } else {
                    line.amount_fils = found.amount_fils;
                    line.revision = found.revision;
                    payable.push(found);
                }
            }
            lines.push(line);
        }
        let total_fils = payable
            .iter()
            .try_fold(0_i64, |sum, line| sum.checked_add(line.amount_fils))
            .ok_or_else(|| Refusal::invalid("items", "together they are beyond what can be paid"))?;
        tx.execute(
            "DELETE FROM gateway_quote WHERE payment_id IS NULL AND expires_ms < ?1",
            [now_ms.saturating_sub(KEPT_FOR_MS)],
        )?;
        let stored = serde_json::to_string(&payable).map_err(|error| Refusal::internal(&error))?;
        tx.execute(
            "INSERT INTO gateway_quote (quote_id, subject, total_fils, expires_ms, lines) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![quote_id, caller.subject, total_fils, expires_ms, stored],
        )?;
        Ok((lines, total_fils))
    })?;
    Ok(WireJson(Quote {
        quote_id,
        required_acr: required_acr(&ctx, total_fils, &caller.acr),
        subject: caller.subject,
        lines,
        total_fils,
        currency: CURRENCY_AED.to_owned(),
        expires_at: rfc3339(expires_ms),
    }))
}

/// The assurance level that a total asks for, where the present one won't do.
pub(super) fn required_acr(ctx: &Context, total_fils: i64, present: &str) -> Option<String> {
    (total_fils > ctx.config.step_up_above_fils && present != acr::HIGH).then(|| acr::HIGH.to_owned())
}

/// A person's quote.
pub(super) fn find(tx: &Transaction<'_>, subject: &str, quote_id: &str) -> Reply<Option<StoredQuote>> {
    let row: Option<(i64, i64, String, Option<String>)> = tx
        .query_row(
            "SELECT total_fils, expires_ms, lines, payment_id FROM gateway_quote WHERE quote_id = ?1 AND subject = ?2",
            [quote_id, subject],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((total_fils, expires_ms, lines, payment_id)) = row else {
        return Ok(None);
    };
    let lines = serde_json::from_str(&lines).map_err(|error| Refusal::internal(&error))?;
    Ok(Some(StoredQuote {
        total_fils,
        lines,
        expires_ms,
        payment_id,
    }))
}

/// The quote of a payment that a mandate makes: what its agency just said, used at once. Its identifier.
pub(super) fn of_mandate(
    ctx: &Context,
    tx: &Transaction<'_>,
    subject: &str,
    line: &PayableLine,
    payment_id: &str,
) -> Reply<String> {
    let quote_id = ctx.new_id("quo");
    let lines = serde_json::to_string(&[line]).map_err(|error| Refusal::internal(&error))?;
    let expires_ms = ctx.clock.now_ms().saturating_add(VALID_FOR_MS);
    tx.execute(
        "INSERT INTO gateway_quote (quote_id, subject, total_fils, expires_ms, lines, payment_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![quote_id, subject, line.amount_fils, expires_ms, lines, payment_id],
    )?;
    Ok(quote_id)
}

/// A payment uses the quote; nobody else can.
pub(super) fn spend(tx: &Transaction<'_>, quote_id: &str, payment_id: &str) -> Reply<()> {
    let spent = tx.execute(
        "UPDATE gateway_quote SET payment_id = ?2 WHERE quote_id = ?1 AND payment_id IS NULL",
        [quote_id, payment_id],
    )?;
    if spent == 1 { Ok(()) } else { Err(expired()) }
}

/// 409: the quote serves no payment any more, or never did.
pub(super) fn expired() -> Refusal {
    Refusal::from(
        rabt_protocol::Problem::new(409, code::QUOTE_EXPIRED, "the quote has expired or was used").at("quote_id"),
    )
}

fn validate(request: &QuoteRequest) -> Reply<()> {
    if request.items.is_empty() || request.items.len() > ITEMS_MAX {
        return Err(Refusal::invalid("items", format!("must be 1 to {ITEMS_MAX} bills")));
    }
    let mut seen = HashSet::new();
    for (index, item) in request.items.iter().enumerate() {
        if item.amount_fils <= 0 {
            return Err(Refusal::invalid(
                format!("/items/{index}/amount_fils"),
                "must be above zero",
            ));
        }
        if !seen.insert((&item.agency_id, &item.bill_id)) {
            return Err(Refusal::invalid(
                format!("/items/{index}"),
                "the bill is in the basket twice",
            ));
        }
    }
    Ok(())
}

struct Answer {
    outcome: QuoteOutcome,
    payable: Option<PayableLine>,
}

impl From<QuoteOutcome> for Answer {
    fn from(outcome: QuoteOutcome) -> Self {
        Self { outcome, payable: None }
    }
}

async fn ask(ctx: &Context, subject: &str, item: &QuoteItem) -> Answer {
    let Some(agency) = ctx.agency(&item.agency_id) else {
        return QuoteOutcome::NotFound.into();
    };
    if !agency.fixture.capabilities.contains(&Capability::Payments) {
        return QuoteOutcome::AgencyUnavailable.into();
    }
    let Some(url) = bill_url(&agency, &item.bill_id, subject) else {
        return QuoteOutcome::NotFound.into();
    };
    match ctx
        .call_service_within::<Bill>(AGENCY_TIMEOUT_MS, Method::GET, &url, None, None)
        .await
    {
        Ok(bill) if is_of(&bill, item) => judge(&bill, item),
        Ok(_) => {
            tracing::warn!(
                agency_id = item.agency_id,
                "an agency answered with another bill than was asked for"
            );
            QuoteOutcome::AgencyUnavailable.into()
        }
        Err(CallError::Refused(problem)) if matches!(problem.status, 403 | 404) => QuoteOutcome::NotFound.into(),
        Err(error) => {
            tracing::info!(agency_id = item.agency_id, %error, "an agency is left out of a quote");
            QuoteOutcome::AgencyUnavailable.into()
        }
    }
}

fn bill_url(agency: &RunningAgency, bill_id: &str, subject: &str) -> Option<String> {
    let mut url = url::Url::parse(&agency.base_url).ok()?;
    url.path_segments_mut().ok()?.extend(["v1", "hub", "bills", bill_id]);
    url.query_pairs_mut().append_pair("subject", subject);
    Some(url.into())
}

/// Whether an answer is about what was asked, in the city's one currency.
fn is_of(bill: &Bill, item: &QuoteItem) -> bool {
    bill.agency_id == item.agency_id
        && bill.bill_id == item.bill_id
        && bill.currency == CURRENCY_AED
        && bill.amount_fils > 0
}

/// What a bill makes of the amount that the person saw or chose.
fn judge(bill: &Bill, item: &QuoteItem) -> Answer {
    match bill.status {
        BillStatus::Open => {}
        BillStatus::Paid => return QuoteOutcome::AlreadyPaid.into(),
        BillStatus::Withdrawn => return QuoteOutcome::Withdrawn.into(),
        BillStatus::Unknown => return QuoteOutcome::AgencyUnavailable.into(),
    }
    let (outcome, amount_fils) = match bill.amount_rule {
        AmountRule::Exact if item.amount_fils == bill.amount_fils => (QuoteOutcome::Payable, bill.amount_fils),
        AmountRule::Exact => (QuoteOutcome::Changed, bill.amount_fils),
        AmountRule::Range { min_fils, max_fils } if (min_fils..=max_fils).contains(&item.amount_fils) => {
            (QuoteOutcome::Payable, item.amount_fils)
        }
        AmountRule::Range { .. } => return QuoteOutcome::AmountRefused.into(),
    };
    let payable = PayableLine {
        agency_id: bill.agency_id.clone(),
        bill_id: bill.bill_id.clone(),
        reference: bill.reference.clone(),
        revision: bill.revision,
        amount_fils,
    };
    Answer {
        outcome,
        payable: Some(payable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rabt_protocol::{Localized, agency::BillKind};

    fn bill(status: BillStatus, amount_rule: AmountRule) -> Bill {
        Bill {
            bill_id: "b1".to_owned(),
            agency_id: "police".to_owned(),
            account_id: "a1".to_owned(),
            kind: BillKind::Fine,
            kind_code: "traffic-fine".to_owned(),
            title: Localized::new("Fine", "مخالفة"),
            reference: "F-1".to_owned(),
            status,
            issued_on: "2026-01-01".to_owned(),
            due_on: "2026-02-01".to_owned(),
            period: None,
            lines: Vec::new(),
            amount_fils: 40_000,
            currency: CURRENCY_AED.to_owned(),
            amount_rule,
            revision: 3,
            paid: None,
        }
    }

    fn judged(status: BillStatus, rule: AmountRule, asked_fils: i64) -> (QuoteOutcome, Option<i64>) {
        let item = QuoteItem {
            agency_id: "police".to_owned(),
            bill_id: "b1".to_owned(),
            amount_fils: asked_fils,
        };
        let answer = judge(&bill(status, rule), &item);
        (answer.outcome, answer.payable.map(|line| line.amount_fils))
    }

    #[test]
    fn the_agencys_amount_counts_and_a_range_is_the_payers_choice() {
        let range = AmountRule::Range {
            min_fils: 5_000,
            max_fils: 100_000,
        };
        for (status, rule, asked_fils, outcome, amount_fils) in [
            (
                BillStatus::Open,
                AmountRule::Exact,
                40_000,
                QuoteOutcome::Payable,
                Some(40_000),
            ),
            (
                BillStatus::Open,
                AmountRule::Exact,
                39_999,
                QuoteOutcome::Changed,
                Some(40_000),
            ),
            (BillStatus::Open, range, 5_000, QuoteOutcome::Payable, Some(5_000)),
            (BillStatus::Open, range, 100_000, QuoteOutcome::Payable, Some(100_000)),
            (BillStatus::Open, range, 4_999, QuoteOutcome::AmountRefused, None),
            (BillStatus::Open, range, 100_001, QuoteOutcome::AmountRefused, None),
            (
                BillStatus::Paid,
                AmountRule::Exact,
                40_000,
                QuoteOutcome::AlreadyPaid,
                None,
            ),
            (
                BillStatus::Withdrawn,
                AmountRule::Exact,
                40_000,
                QuoteOutcome::Withdrawn,
                None,
            ),
            (
                BillStatus::Unknown,
                AmountRule::Exact,
                40_000,
                QuoteOutcome::AgencyUnavailable,
                None,
            ),
        ] {
            assert_eq!(
                judged(status, rule, asked_fils),
                (outcome, amount_fils),
                "{status:?} {asked_fils}"
            );
        }
    }

    #[test]
    fn an_answer_about_another_bill_is_none() {
        let item = QuoteItem {
            agency_id: "police".to_owned(),
            bill_id: "b1".to_owned(),
            amount_fils: 1,
        };
        assert!(is_of(&bill(BillStatus::Open, AmountRule::Exact), &item));
        let mut other = bill(BillStatus::Open, AmountRule::Exact);
        other.agency_id = "roads".to_owned();
        assert!(!is_of(&other, &item));
        let mut foreign = bill(BillStatus::Open, AmountRule::Exact);
        foreign.currency = "USD".to_owned();
        assert!(!is_of(&foreign, &item));
    }

    #[test]
    fn a_basket_is_checked_before_anybody_is_asked() {
        let item = |bill_id: &str, amount_fils| QuoteItem {
            agency_id: "police".to_owned(),
            bill_id: bill_id.to_owned(),
            amount_fils,
        };
        let field = |items| {
            validate(&QuoteRequest { items })
                .err()
                .and_then(|refusal| refusal.0.field)
        };
        assert_eq!(field(Vec::new()).as_deref(), Some("items"));
        assert_eq!(field(vec![item("b1", 1), item("b1", 1)]).as_deref(), Some("/items/1"));
        assert_eq!(field(vec![item("b1", 0)]).as_deref(), Some("/items/0/amount_fils"));
        assert_eq!(
            field((0..=ITEMS_MAX).map(|n| item(&n.to_string(), 1)).collect()).as_deref(),
            Some("items")
        );
        assert_eq!(field(vec![item("b1", 1), item("b2", 1)]), None);
    }
}
