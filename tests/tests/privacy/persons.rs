//! What is personal of the city's people: all that their fixtures and their bills say of them.

use rabt_sandbox::BillFilter;
use rabt_tests::{Canaries, Town};
use serde_json::Value;
use std::{fs, path::Path};

/// A persona as its file says it.
pub(crate) fn fixture(persona: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sandbox/fixtures/personas");
    let text = fs::read_to_string(folder.join(format!("{persona}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Notes everything that is personal of somebody. The last four digits of a card are known to the core and are noted too; they are
/// found as a number by itself, since four digits are part of others by chance.
pub(crate) fn note(canaries: &mut Canaries, town: &Town, persona: &str) {
    let fixture = fixture(persona);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut add = |what: &str, value: &Value, how: fn(&mut Canaries, &str, &str)| {
        if let Some(text) = text(value) {
            how(canaries, &format!("{persona}'s {what}"), &text);
        }
    };
    for language in ["en", "ar"] {
        add("name", &fixture["name"][language], Canaries::add_name);
    }
    for number in ["emirates_id", "phone", "pin", "otp", "subject"] {
        add(number, &fixture[number], Canaries::add_number);
    }
    add("IBAN", &fixture["bank"]["iban"], iban);
    add("card", &fixture["card"]["number"], card);
    add("card's last four", &fixture["card"]["last_four"], Canaries::add);
    for account in fixture["accounts"].as_array().into_iter().flatten() {
        let account = &account["account"];
        add("account", &account["account_id"], Canaries::add);
        add("account's number", &account["number"], Canaries::add_number);
        for language in ["en", "ar"] {
            add("account's label", &account["label"][language], Canaries::add);
        }
        if let Some(fils) = account["balance_fils"].as_i64() {
            canaries_amount(&mut add, fils);
        }
    }
    let filter = BillFilter {
        persona_id: Some(persona.to_owned()),
        ..BillFilter::default()
    };
    for bill in town.control().bills(&filter).unwrap() {
        canaries.add(&format!("{persona}'s bill"), &bill.bill_id);
        canaries.add(&format!("{persona}'s bill's number"), &bill.reference);
        canaries.add_amount(&format!("{persona}'s bill's amount"), bill.amount_fils);
        for line in &bill.lines {
            canaries.add_amount(&format!("{persona}'s line's amount"), line.amount_fils);
        }
    }
}

fn canaries_amount(add: &mut impl FnMut(&str, &Value, fn(&mut Canaries, &str, &str)), fils: i64) {
    add("balance", &Value::String(fils.to_string()), |canaries, what, fils| {
        canaries.add_amount(what, fils.parse().unwrap());
    });
}

/// As on a statement, and in groups of four.
fn iban(canaries: &mut Canaries, what: &str, iban: &str) {
    canaries.add(what, iban);
    canaries.add(what, &iban[2..]);
    canaries.add(what, &grouped(iban, ' '));
}

fn card(canaries: &mut Canaries, what: &str, number: &str) {
    canaries.add(what, number);
    canaries.add(what, &grouped(number, ' '));
    canaries.add(what, &grouped(number, '-'));
}

fn grouped(text: &str, by: char) -> String {
    let mut grouped = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push(by);
        }
        grouped.push(letter);
    }
    grouped
}
