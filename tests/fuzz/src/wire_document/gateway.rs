//! What the gateway answers.

use super::{
    party::{self, Addressee, Answer},
    refusal::{self, assert_level},
};
use crate::oracle::{
    assert_amount, assert_both_shown, assert_code, assert_day, assert_identifier, assert_instant, assert_owed,
    assert_page,
};
use rabt_domain::{
    AccountId, AgencyId, Basket, Bilingual, Bill, BillId, BillKey, BillKind, BillStatus, Currency, DubaiDate, Fils,
    HubPaymentId, IdempotencyKey, Instrument, InstrumentId, InstrumentKind, LinkId, Payment, PaymentState, Personal,
    Quote, QuoteId,
    bill::AmountRule,
    payment::{HubItemStatus, HubStatus, ItemState, Origin, PaymentItem},
};
use rabt_link::{
    Cursor, LinkError,
    gateway::{EventKind, HubAnswer, NewLink, PayOutcome},
};
use rabt_protocol::hub;
use serde_json::Value;

/// The most instruments of a person, and events or payments of a page.
const INSTRUMENTS_MAX: usize = 100;
const PAGE_ENTRIES_MAX: usize = 100;
/// The most bills of a payment.
const ITEMS_MAX: usize = 100;

/// What a basket costs, for the basket that the quote seems to be of.
pub(super) fn quote(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    let said: Option<hub::Quote> = serde_json::from_slice(body).ok();
    let basket = said.as_ref().and_then(basket).unwrap_or_else(|| {
        let bill = payable("dewa", "bill-0", 100).expect("it can be paid");
        Basket::new([(&bill, None)]).expect("it can be paid")
    });
    party::answers(how, body);
    let ask = |whom: &Addressee, basket: &Basket| {
        party::wait(party::gateway_client(&whom.subject).quote(basket, party::now()))
    };
    match ask(&addressee, &basket) {
        Ok(quote) => {
            assert!(Answer::of(how).is_one());
            check_quote(&quote, &basket);
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let stranger = addressee.another_person();
    assert!(ask(&stranger, &basket).is_err(), "a quote for another person is read");
    let other = payable("another-agency-than-all", "bill", 1).expect("it can be paid");
    let other = Basket::new([(&other, None)]).expect("it can be paid");
    let is_of_it = said.is_some_and(|said| {
        said.lines
            .iter()
            .any(|line| line.agency_id == "another-agency-than-all")
    });
    assert!(
        is_of_it || ask(&addressee, &other).is_err(),
        "a quote for another basket is read"
    );
}

fn check_quote(quote: &Quote, basket: &Basket) {
    assert_identifier(quote.id.as_str());
    assert_instant(quote.expires_at);
    if let Some(acr) = &quote.required_acr {
        assert_level(acr);
    }
    let lines: Vec<_> = quote.lines.iter().map(|line| &line.bill).collect();
    let asked: Vec<_> = basket.items().iter().map(|item| &item.bill).collect();
    assert_eq!(lines, asked, "it is of other bills");
    let mut sum = 0_i128;
    for (line, item) in quote.lines.iter().zip(basket.items()) {
        assert_eq!(line.asked, item.amount);
        let amount = line.amount.reveal().get();
        if line.outcome.is_payable() {
            assert_owed(*line.amount.reveal());
            sum += i128::from(amount);
        } else {
            assert_eq!(amount, 0, "what can't be paid costs something");
        }
    }
    let total = quote.total.reveal().get();
    assert_eq!(i128::from(total), sum, "the total isn't the sum");
    assert_amount(*quote.total.reveal());
}

/// The basket that a quote may be of: what is payable was asked for at that amount, the rest at some other.
fn basket(quote: &hub::Quote) -> Option<Basket> {
    let bills: Option<Vec<Bill>> = quote
        .lines
        .iter()
        .map(|line| {
            let amount = match line.outcome {
                hub::QuoteOutcome::Payable => line.amount_fils,
                _ if line.amount_fils == 100 => 101,
                _ => 100,
            };
            payable(&line.agency_id, &line.bill_id, amount)
        })
        .collect();
    Basket::new(bills?.iter().map(|bill| (bill, None))).ok()
}

fn payable(agency: &str, bill: &str, amount_fils: i64) -> Option<Bill> {
    let day = DubaiDate::new(2026, 11, 1).expect("it is a day");
    Some(Bill {
        key: bill_key(agency, bill)?,
        account: AccountId::parse("account-0").expect("it is a name"),
        kind: BillKind::Fee,
        kind_code: "fee".to_owned(),
        title: Bilingual::parse("Fee", "رسم").expect("it may be shown"),
        reference: Personal::new("1".to_owned()),
        status: BillStatus::Open,
        issued_on: day,
        due_on: day,
        period: None,
        lines: Vec::new(),
        amount: Personal::new(Fils::owed(amount_fils).ok()?),
        currency: Currency::Aed,
        amount_rule: AmountRule::Exact,
        revision: 1,
        paid: None,
    })
}

fn bill_key(agency: &str, bill: &str) -> Option<BillKey> {
    Some(BillKey {
        agency: AgencyId::parse(agency).ok()?,
        bill: BillId::parse(bill).ok()?,
    })
}

/// A payment, as the answer to paying, and looked up by its name.
pub(super) fn payment(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    let said: Option<hub::Payment> = serde_json::from_slice(body).ok();
    let record = said.as_ref().and_then(record);
    party::answers(how, body);
    if let Some(record) = &record {
        let pay = |whom: &Addressee, record: &Payment| party::wait(party::gateway_client(&whom.subject).pay(record));
        match pay(&addressee, record) {
            PayOutcome::Answered(answer) => {
                assert!(Answer::of(how).is_one());
                check_answer(&answer);
                assert_eq!(answer.report.key, record.key);
                assert_eq!(answer.report.instrument, record.instrument);
                let told: Vec<_> = answer
                    .report
                    .items
                    .iter()
                    .map(|item| (&item.bill, item.amount))
                    .collect();
                let ours: Vec<_> = record.items.iter().map(|item| (&item.bill, item.amount)).collect();
                assert_eq!(told, ours, "other bills were paid");
            }
            PayOutcome::Refused(refusal) => refusal::check(&LinkError::Refused(refusal), how, true),
            PayOutcome::StepUpAsked { acr } => refusal::check(&LinkError::StepUpRequired { acr }, how, true),
            PayOutcome::NotSent(error) => {
                // Only where the party says itself that it has too much to do, or knows nobody of this name.
                assert!(
                    matches!(Answer::of(how).status.as_u16(), 401 | 429),
                    "it may have been paid: {error:?}"
                );
            }
            PayOutcome::Lost(error) => refusal::check(&error, how, true),
        }
        let paid_by = |whom: &Addressee, record: &Payment| matches!(pay(whom, record), PayOutcome::Answered(_));
        assert!(!paid_by(&addressee.another_person(), record), "another person paid it");
        for other in others(record) {
            assert!(!paid_by(&addressee, &other), "the answer is about another payment");
        }
    }
    let usual = HubPaymentId::parse("pay-0").expect("it is a name");
    let id = said
        .and_then(|said| HubPaymentId::parse(said.payment_id).ok())
        .unwrap_or(usual);
    match party::wait(party::gateway_client(&addressee.subject).payment(&id)) {
        Ok(answer) => {
            check_answer(&answer);
            assert_eq!(answer.report.hub_id, id);
        }
        Err(error) => refusal::check(&error, how, false),
    }
}

/// What must hold of a payment of whatever fate: the parts are the whole, and nothing is proven that wasn't.
fn check_answer(answer: &HubAnswer) {
    let report = &answer.report;
    assert_identifier(report.hub_id.as_str());
    assert_identifier(report.instrument.as_str());
    assert_instant(report.created_at);
    assert!(
        (1..=ITEMS_MAX).contains(&report.items.len()),
        "a payment of {} bills",
        report.items.len()
    );
    let mut sum = 0_i128;
    for item in &report.items {
        assert_owed(*item.amount.reveal());
        sum += i128::from(item.amount.reveal().get());
        assert!(item.receipt.is_none(), "no receipt was signed, and one is believed");
        if let Some(rejection) = &item.rejection {
            assert_code(&rejection.code);
            rejection.reason.iter().for_each(assert_both_shown);
        }
    }
    assert_eq!(i128::from(report.total.reveal().get()), sum, "the total isn't the sum");
    let settled = report
        .items
        .iter()
        .filter(|item| item.status == HubItemStatus::Settled)
        .count();
    match report.status {
        HubStatus::Settled => assert_eq!(settled, report.items.len(), "all is settled but for something"),
        HubStatus::Rejected | HubStatus::Refunded => assert_eq!(settled, 0, "nothing is settled but for something"),
        HubStatus::PartlySettled => assert!(settled > 0 && settled < report.items.len()),
        HubStatus::Pending | HubStatus::Unknown => {}
    }
}

/// The record that a payment would have been sent from.
fn record(said: &hub::Payment) -> Option<Payment> {
    let items = said.items.iter().map(|item| {
        Some(PaymentItem {
            bill: bill_key(&item.agency_id, &item.bill_id)?,
            amount: Personal::new(Fils::owed(item.amount_fils).ok()?),
            state: ItemState::Pending,
            receipt: None,
            rejection: None,
        })
    });
    Some(Payment {
        key: IdempotencyKey::parse(said.idempotency_key.clone()).ok()?,
        origin: Origin::ThisDevice {
            quote: QuoteId::parse("quote-0").expect("it is a name"),
            quote_expires_at: party::now(),
        },
        instrument: InstrumentId::parse(said.instrument_id.clone()).ok()?,
        items: items.collect::<Option<_>>()?,
        total: Personal::new(Fils::new(said.total_fils).ok()?),
        state: PaymentState::Submitting,
        hub_id: None,
        hub_revision: 0,
        sends: 1,
        look_ups: 0,
        look_up_at: None,
        created_at: party::now(),
        updated_at: party::now(),
        rejection: None,
    })
}

/// Records that differ from it in one member.
fn others(record: &Payment) -> Vec<Payment> {
    let other = |id: &str| if id == "x" { "y" } else { "x" };
    let key = IdempotencyKey::parse(other(record.key.as_str())).ok();
    let with_key = key.map(|key| Payment { key, ..record.clone() });
    let instrument = InstrumentId::parse(other(record.instrument.as_str())).expect("a letter is a name");
    let with_instrument = Payment {
        instrument,
        ..record.clone()
    };
    let mut others = vec![with_instrument];
    others.extend(with_key);
    if let Some(first) = record.items.first() {
        let mut cheaper = record.clone();
        let amount = first.amount.reveal().get();
        let beside = Fils::owed(amount - 1)
            .or_else(|_| Fils::owed(amount + 1))
            .expect("one of them is owed");
        cheaper.items[0].amount = Personal::new(beside);
        let mut fewer = record.clone();
        fewer.items.pop();
        others.extend([cheaper, fewer]);
    }
    others
}

/// A page of payments, and the answer to a look-up by key.
pub(super) fn payments(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    let client = party::gateway_client(&addressee.subject);
    party::answers(how, body);
    match party::wait(client.payments(None)) {
        Ok(page) => {
            assert!(Answer::of(how).is_one());
            assert!(
                page.payments.len() + page.refused.len() <= PAGE_ENTRIES_MAX,
                "too many payments"
            );
            page.payments.iter().for_each(check_answer);
            if let Some(next) = &page.next {
                assert!(
                    party::wait(client.payments(Some(next))).is_err(),
                    "the page leads back to itself"
                );
            }
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let said = |payment: &Value| payment.get("idempotency_key")?.as_str().map(str::to_owned);
    let first = document.get("payments").and_then(|payments| payments.get(0));
    let key = first.and_then(said).and_then(|key| IdempotencyKey::parse(key).ok());
    let key = key.unwrap_or_else(|| IdempotencyKey::parse("key-0").expect("it is a key"));
    match party::wait(client.find_payment(&key)) {
        Ok(Some(answer)) => {
            check_answer(&answer);
            assert_eq!(answer.report.key, key);
        }
        // Whatever is there, the hub may then be sent the same again: so it must have said that there is none.
        Ok(None) => {
            let none = document
                .get("payments")
                .and_then(Value::as_array)
                .is_some_and(Vec::is_empty);
            assert!(
                none && Answer::of(how).is_one(),
                "the hub knows a payment, or didn't say"
            );
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let stranger = party::gateway_client(&addressee.another_person().subject);
    assert!(
        party::wait(stranger.payments(None)).is_err(),
        "another person's payments are read"
    );
    assert!(
        party::wait(stranger.find_payment(&key)).is_err(),
        "another person's payment is read"
    );
}

/// What a person pays with.
pub(super) fn instruments(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    party::answers(how, body);
    match party::wait(party::gateway_client(&addressee.subject).instruments()) {
        Ok(sifted) => {
            assert!(Answer::of(how).is_one());
            assert!(
                sifted.items.len() + sifted.refused.len() <= INSTRUMENTS_MAX,
                "too many instruments"
            );
            sifted.items.iter().for_each(check_instrument);
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let stranger = party::gateway_client(&addressee.another_person().subject);
    assert!(
        party::wait(stranger.instruments()).is_err(),
        "another person's instruments are read"
    );
}

/// The one that was just linked.
pub(super) fn instrument(how: u8, body: &[u8]) {
    let whom = Addressee::of(&Value::Null);
    let link = LinkId::parse("link-0").expect("it is a name");
    party::answers(how, body);
    match party::wait(party::gateway_client(&whom.subject).complete_link(&link, "code")) {
        Ok(instrument) => {
            assert!(Answer::of(how).is_one());
            check_instrument(&instrument);
        }
        Err(error) => refusal::check(&error, how, true),
    }
}

fn check_instrument(instrument: &Instrument) {
    assert_identifier(instrument.id.as_str());
    assert_both_shown(&instrument.name);
    let last_four = instrument.last_four.reveal();
    let plain = last_four.len() == 4 && last_four.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(plain, "the last four are {last_four:?}");
    assert_day(instrument.expires_on);
}

/// The page that the person is sent to.
pub(super) fn link_begun(how: u8, body: &[u8]) {
    let whom = Addressee::of(&Value::Null);
    let new = NewLink {
        kind: InstrumentKind::Card,
        return_uri: "rabt-demo:/linked",
        state: "state-0",
        key: IdempotencyKey::parse("key-0").expect("it is a key"),
    };
    party::answers(how, body);
    match party::wait(party::gateway_client(&whom.subject).begin_link(&new, party::now())) {
        Ok(begun) => {
            assert!(Answer::of(how).is_one());
            assert_identifier(begun.link.as_str());
            assert_instant(begun.expires_at);
            assert_page(&begun.authorize_url);
        }
        Err(error) => refusal::check(&error, how, true),
    }
}

/// A page of events, and the same page once more after it.
pub(super) fn events(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    let client = party::gateway_client(&addressee.subject);
    party::answers(how, body);
    match party::wait(client.events(None)) {
        Ok(page) => {
            assert!(Answer::of(how).is_one());
            assert!(
                page.events.len() + page.refused.len() <= PAGE_ENTRIES_MAX,
                "too many events"
            );
            for event in &page.events {
                assert_code(&event.id);
                assert_instant(event.at);
                let agency = event.source.strip_prefix("urn:rabt:agency:");
                assert!(
                    agency.is_some() || event.source == "urn:rabt:gateway",
                    "{} speaks",
                    event.source
                );
                if let (EventKind::BillsChanged { agency: named, .. }, Some(speaker)) = (&event.kind, agency) {
                    assert_eq!(named.as_str(), speaker, "an agency speaks for another");
                }
            }
            check_end(&client, &page.next, page.more);
        }
        Err(error) => refusal::check(&error, how, false),
    }
    let stranger = party::gateway_client(&addressee.another_person().subject);
    assert!(
        party::wait(stranger.events(None)).is_err(),
        "another person's events are read"
    );
}

fn check_end(client: &rabt_link::GatewayClient, next: &Cursor, more: bool) {
    let again = party::wait(client.events(Some(next)));
    assert_eq!(again.is_err(), more, "there is said to be more, and the cursor stays");
}

/// An event by itself, on a page of its own.
pub(super) fn event(how: u8, body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    let page = format!(r#"{{"subject":"person-0","events":[{text}],"next_cursor":"c","more":false}}"#);
    events(how, page.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_has_others_that_it_must_not_be_taken_for() {
        let said = hub::Payment {
            payment_id: "pay-1".into(),
            idempotency_key: "key-1-of-twenty-characters".into(),
            subject: "person-1".into(),
            instrument_id: "ins-1".into(),
            status: hub::PaymentStatus::Pending,
            items: vec![hub::PaymentItem {
                agency_id: "dewa".into(),
                bill_id: "bill-1".into(),
                amount_fils: 1,
                status: hub::ItemStatus::Pending,
                receipt: None,
                rejection: None,
            }],
            total_fils: 1,
            currency: "AED".into(),
            created_at: "2026-11-01T00:00:00Z".into(),
            updated_at: "2026-11-01T00:00:00Z".into(),
            revision: 1,
            rejection: None,
        };
        let record = record(&said).expect("a payment like many");
        assert!(others(&record).len() >= 4);
        assert!(others(&record).iter().all(|other| *other != record));
    }
}
