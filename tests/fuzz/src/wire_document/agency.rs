//! What an agency answers.

use super::{
    party::{self, Addressee, Answer},
    refusal,
};
use crate::oracle::{
    assert_amount, assert_both_shown, assert_code, assert_day, assert_identifier, assert_instant, assert_owed,
    assert_shown,
};
use rabt_domain::{
    Account, AccountId, Bilingual, Bill, BillStatus, ConsentId, Currency, Timestamp,
    agency::{AccountKind, Charset, FormField},
    bill::AmountRule,
};
use rabt_link::agency::{BillsPage, ConsentTerms, PassStep};
use rabt_protocol::agency as wired;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most bills of a page, accounts of a person, and lines of a bill, from the protocol.
const BILLS_MAX: usize = 500;
const ACCOUNTS_MAX: usize = 500;
const LINES_MAX: usize = 100;
/// How many steps of a pass are looked at: a first page, one that leads back to it, and an end.
const STEPS_MAX: usize = 4;

/// A page, as every page of a pass.
pub(super) fn bill_page(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    let linked = accounts_of(&document);
    party::answers(how, body);
    for page in pages(&addressee, &linked, how) {
        check_page(&page, &addressee, &linked, body);
    }
    for stranger in [addressee.another_person(), addressee.another_agency()] {
        let pages = pages(&stranger, &linked, how);
        assert!(pages.is_empty(), "a page of another person or agency is read");
    }
    for page in pages(&addressee, &BTreeSet::new(), how) {
        assert!(
            page.bills.is_empty(),
            "a bill of no account of the person's is believed"
        );
    }
}

/// A bill by itself, on a page of its own.
pub(super) fn bill(how: u8, body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    let bill: Value = serde_json::from_str(text).unwrap_or_default();
    let agency = Addressee::of(&bill).agency;
    let page = format!(
        r#"{{"agency_id":"{}","subject":"person-0","as_of":"2026-11-01T00:00:00Z","bills":[{text}]}}"#,
        agency.as_str()
    );
    bill_page(how, page.as_bytes());
}

/// The accounts that a page's bills name.
fn accounts_of(page: &Value) -> BTreeSet<AccountId> {
    let bills = page.get("bills").and_then(Value::as_array);
    bills
        .into_iter()
        .flatten()
        .filter_map(|bill| AccountId::parse(bill.get("account_id")?.as_str()?).ok())
        .collect()
}

fn pages(addressee: &Addressee, linked: &BTreeSet<AccountId>, how: u8) -> Vec<BillsPage> {
    let client = party::agency_client(&addressee.agency, &addressee.subject);
    let mut pass = client.bills(linked, None, party::now(), 30_000);
    let mut pages = Vec::new();
    for _ in 0..STEPS_MAX {
        match party::wait(pass.next()) {
            Ok(PassStep::Page(page)) => pages.push(page),
            Ok(PassStep::Done { complete, .. }) => {
                let all = pages.iter().all(|page| page.refused.is_empty());
                assert_eq!(complete, all, "a refused bill is one that hasn't vanished");
                return pages;
            }
            Ok(step) => panic!("{step:?}, and the answers have no tag"),
            Err(error) => {
                refusal::check(&error, how, false);
                return pages;
            }
        }
    }
    panic!("the same page leads on and on");
}

fn check_page(page: &BillsPage, addressee: &Addressee, linked: &BTreeSet<AccountId>, body: &[u8]) {
    assert!(page.bills.len() + page.refused.len() <= BILLS_MAX, "too many bills");
    assert!(page.as_of <= party::now(), "the answer is from the future");
    assert_instant(page.as_of);
    let names: BTreeSet<_> = page.bills.iter().map(|bill| &bill.key).collect();
    assert_eq!(names.len(), page.bills.len(), "a bill is there twice");
    assert!(page.incidents().len() <= page.refused.len());
    // What stands on the screen is what the agency wrote, as far as both can be read.
    let written: Option<wired::BillPage> = serde_json::from_slice(body).ok();
    for bill in &page.bills {
        assert_eq!(bill.key.agency, addressee.agency);
        assert!(linked.contains(&bill.account), "a bill of another account");
        check_bill(bill);
        if let Some(page) = &written {
            let as_written = page.bills.iter().any(|written| {
                written.bill_id == bill.key.bill.as_str()
                    && written.amount_fils == bill.amount.reveal().get()
                    && written.currency == "AED"
                    && written.due_on == bill.due_on.to_string()
                    && written.title.en == bill.title.en()
                    && written.title.ar == bill.title.ar()
            });
            assert!(as_written, "the bill isn't the one that was written");
        }
    }
}

fn check_bill(bill: &Bill) {
    assert_identifier(bill.key.bill.as_str());
    assert_identifier(bill.account.as_str());
    assert_code(&bill.kind_code);
    assert_both_shown(&bill.title);
    assert_shown(bill.reference.reveal());
    assert_owed(*bill.amount.reveal());
    assert_eq!(bill.currency, Currency::Aed);
    assert_day(bill.issued_on);
    assert_day(bill.due_on);
    assert!(bill.issued_on <= bill.due_on, "it is due before it was issued");
    if let Some((from, to)) = bill.period {
        assert_day(from);
        assert_day(to);
        assert!(from <= to, "its period ends before it begins");
    }
    assert!(bill.lines.len() <= LINES_MAX, "too many lines");
    for line in &bill.lines {
        assert_code(&line.code);
        assert_both_shown(&line.title);
        assert_amount(*line.amount.reveal());
        if let Some((name, as_of)) = &line.source {
            assert_shown(name);
            assert_day(*as_of);
        }
    }
    let sum: i128 = bill
        .lines
        .iter()
        .map(|line| i128::from(line.amount.reveal().get()))
        .sum();
    let owed = i128::from(bill.amount.reveal().get());
    assert!(
        bill.lines.is_empty() || sum == owed,
        "its lines sum to {sum} and not to {owed}"
    );
    if let AmountRule::Range { min, max } = bill.amount_rule {
        assert_owed(min);
        assert_owed(max);
        assert!(min <= max, "it takes no amount");
    }
    let says_paid = matches!(bill.status, BillStatus::Paid | BillStatus::PaidElsewhere);
    assert_eq!(says_paid, bill.paid.is_some(), "it is paid or it isn't");
    if let Some(paid) = &bill.paid {
        assert_instant(paid.at);
        assert_owed(*paid.amount.reveal());
        assert_code(&paid.channel);
    }
    assert!(!bill.is_payable() || bill.status == BillStatus::Open);
}

/// The list of a person's accounts.
pub(super) fn accounts(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let addressee = Addressee::of(&document);
    party::answers(how, body);
    let ask = |whom: &Addressee| {
        let client = party::agency_client(&whom.agency, &whom.subject);
        party::wait(client.accounts())
    };
    match ask(&addressee) {
        Ok(accounts) => {
            assert!(Answer::of(how).is_one());
            assert!(
                accounts.items.len() + accounts.refused.len() <= ACCOUNTS_MAX,
                "too many accounts"
            );
            let names: BTreeSet<_> = accounts.items.iter().map(|account| &account.key).collect();
            assert_eq!(names.len(), accounts.items.len(), "an account is there twice");
            for account in &accounts.items {
                assert_eq!(account.key.agency, addressee.agency);
                check_account(account);
            }
        }
        Err(error) => refusal::check(&error, how, false),
    }
    for stranger in [addressee.another_person(), addressee.another_agency()] {
        assert!(ask(&stranger).is_err(), "accounts of another person or agency are read");
    }
}

/// The account that was added by hand.
pub(super) fn account(how: u8, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = document
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or("contract-account");
    let whom = Addressee::of(&Value::Null);
    party::answers(how, body);
    let add = |code: &str| {
        let client = party::agency_client(&whom.agency, &whom.subject);
        let fields = BTreeMap::from([("number".to_owned(), "12".to_owned())]);
        party::wait(client.add_account(&account_kind(code), &fields))
    };
    match add(kind) {
        Ok(account) => {
            assert!(Answer::of(how).is_one());
            assert_eq!(account.kind, kind);
            check_account(&account);
        }
        Err(error) => refusal::check(&error, how, true),
    }
    assert!(add("another-kind-than-all").is_err() || kind == "another-kind-than-all");
}

fn account_kind(code: &str) -> AccountKind {
    let name = Bilingual::parse("Number", "رقم").expect("it may be shown");
    AccountKind {
        code: code.to_owned(),
        name: name.clone(),
        form: vec![FormField {
            name: "number".to_owned(),
            label: name,
            charset: Charset::Digits,
            chars_min: 1,
            chars_max: 2,
            example: String::new(),
        }],
    }
}

fn check_account(account: &Account) {
    assert_identifier(account.key.account.as_str());
    assert_code(&account.kind);
    assert_shown(account.number.reveal());
    assert_both_shown(&account.label);
    if let Some(balance) = &account.balance {
        assert_amount(*balance.reveal());
    }
}

/// The consent that the agency says it keeps.
pub(super) fn consent(how: u8, body: &[u8]) {
    let said: Option<wired::Consent> = serde_json::from_slice(body).ok();
    let whom = Addressee::of(&Value::Null);
    let usual = terms("consent-0", vec!["bills".to_owned()], party::now().plus_seconds(1000));
    let asked = said.as_ref().and_then(|said| {
        let expires_at = Timestamp::parse(&said.expires_at).ok()?;
        let id = ConsentId::parse(said.consent_id.clone()).ok()?;
        Some(terms(id.as_str(), said.purposes.clone(), expires_at))
    });
    let asked = asked.unwrap_or(usual);
    party::answers(how, body);
    let put = |terms: &ConsentTerms| {
        let client = party::agency_client(&whom.agency, &whom.subject);
        party::wait(client.put_consent(terms))
    };
    match put(&asked) {
        Ok(()) => {
            let said = said.expect("what isn't a consent is no consent");
            assert_eq!(said.consent_id, asked.id.as_str());
        }
        Err(error) => refusal::check(&error, how, true),
    }
    let mut more = asked.purposes.clone();
    more.push("another-purpose".to_owned());
    let fewer = BTreeSet::from_iter(&asked.purposes).len() != BTreeSet::from_iter(&more).len();
    let changed = terms(asked.id.as_str(), more, asked.expires_at);
    assert!(!fewer || put(&changed).is_err(), "a consent to something else");
    let other = if asked.id.as_str() == "x" { "y" } else { "x" };
    let another = terms(other, asked.purposes.clone(), asked.expires_at);
    assert!(put(&another).is_err(), "another consent");
    if let Ok(before) = Timestamp::from_millis(asked.expires_at.millis() - 1) {
        let shorter = terms(asked.id.as_str(), asked.purposes, before);
        assert!(put(&shorter).is_err(), "a consent for longer than was agreed");
    }
}

fn terms(id: &str, purposes: Vec<String>, expires_at: Timestamp) -> ConsentTerms {
    ConsentTerms {
        id: ConsentId::parse(id).expect("it is a name"),
        purposes,
        granted_at: party::now(),
        expires_at,
    }
}
