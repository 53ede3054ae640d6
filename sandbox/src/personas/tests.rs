use super::{
    Persona, all, embedded, find, find_by_subject,
    validate::{is_iban, luhn},
};
use crate::agencies::{AgencyFixture, built_in};
use rabt_protocol::agency::BillStatus;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The persona's file, to be spoiled.
fn file_of(persona_id: &str) -> Value {
    let name = format!("{persona_id}.json");
    let (_, json) = embedded::PERSONAS.iter().find(|(file, _)| *file == name).unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn everybody_is_there_and_found_by_both_their_names() {
    let ids: Vec<_> = all().iter().map(|persona| persona.persona_id.as_str()).collect();
    assert_eq!(ids, ["new-resident", "nobody", "tenant-family", "thousand", "trader"]);
    let subjects: BTreeSet<_> = all().iter().map(|persona| &persona.subject).collect();
    assert_eq!(subjects.len(), ids.len());
    for persona in all() {
        assert_eq!(find(&persona.persona_id), Some(persona));
        assert_eq!(find_by_subject(&persona.subject), Some(persona));
    }
    assert_eq!(find("somebody"), None);
}

#[test]
fn numbers_have_the_right_shape_and_are_nobodys() {
    for persona in all() {
        // The convention is that the last digit checks the others; here it deliberately doesn't.
        assert!(!luhn(&persona.emirates_id), "{}", persona.persona_id);
        assert!(persona.emirates_id[4..8].parse::<u16>().unwrap() < 1900);
        if let Some(bank) = &persona.bank {
            assert!(is_iban(&bank.iban));
        }
        if let Some(card) = &persona.card {
            assert!(luhn(&card.number));
        }
    }
    // The examples of ISO 13616 for the UAE, and of ISO/IEC 7812.
    assert!(is_iban("AE070331234567890123456"));
    assert!(!is_iban("AE080331234567890123456"));
    assert!(!is_iban("AE07033123456789012345"));
    assert!(luhn("79927398713"));
    assert!(!luhn("79927398710"));
}

#[test]
fn a_spoilt_persona_is_refused_by_the_field_that_is_wrong() {
    let spoilt: [(&str, Value, &str); 14] = [
        ("/persona_id", json!("Tenant"), "persona_id"),
        ("/subject", json!("a b"), "subject"),
        ("/name/ar", json!("Salma"), "name.ar"),
        ("/about/en", json!(""), "about.en"),
        ("/emirates_id", json!("784-1990-1204871-0"), "emirates_id"),
        ("/phone", json!("+971500001001"), "phone"),
        ("/pin", json!("12"), "pin"),
        ("/otp", json!("12345x"), "otp"),
        ("/bank/iban", json!("AE070331234567890123456"), "bank.iban"),
        ("/bank/balance_fils", json!(-1), "bank.balance_fils"),
        ("/card/number", json!("4111111111111112"), "card.number"),
        ("/card/last_four", json!("0000"), "card.last_four"),
        (
            "/accounts/1/account/account_id",
            json!("ew-home"),
            "accounts[1].account.account_id",
        ),
        (
            "/bills/0/account_id",
            json!("somebody-elses"),
            "bills[ew-0001].account_id",
        ),
    ];
    for (pointer, value, field) in spoilt {
        let mut file = file_of("tenant-family");
        *file.pointer_mut(pointer).unwrap() = value;
        assert_eq!(Persona::parse(&file.to_string()).unwrap_err().field, field);
    }
    let mut misspelt = file_of("nobody");
    misspelt["fone"] = json!("1");
    assert!(
        Persona::parse(&misspelt.to_string())
            .unwrap_err()
            .reason
            .contains("fone")
    );
}

#[test]
fn a_persona_is_not_to_be_read_in_a_log() {
    let text = format!("{:?}", find("tenant-family").unwrap());
    assert_eq!(text, r#"Persona { persona_id: "tenant-family", .. }"#);
    assert!(!format!("{:?}", find("tenant-family").unwrap().bank).contains("AE"));
    assert!(!format!("{:?}", find("tenant-family").unwrap().card).contains("4242"));
}

#[test]
fn what_everybody_holds_is_what_the_agencies_can_hold() {
    let agencies = built_in().unwrap();
    let known: BTreeSet<_> = agencies.iter().map(|agency| agency.agency_id.as_str()).collect();
    for persona in all() {
        for agency in &agencies {
            agency
                .validate_held(&persona.accounts, &persona.bills)
                .unwrap_or_else(|error| panic!("{}: {error}", persona.persona_id));
        }
        let named = persona.accounts.iter().map(|held| held.agency_id.as_str());
        assert!(
            named.collect::<BTreeSet<_>>().is_subset(&known),
            "{}",
            persona.persona_id
        );
    }
}

#[test]
fn no_two_people_hold_the_same_account_or_bill() {
    let (mut accounts, mut bills) = (BTreeSet::new(), BTreeSet::new());
    for persona in all() {
        for held in &persona.accounts {
            assert!(accounts.insert((&held.agency_id, &held.account.account_id)), "{held:?}");
        }
        for bill in &persona.bills {
            assert!(bills.insert((&bill.agency_id, &bill.bill_id)), "{bill:?}");
        }
    }
}

/// The open and the paid bills of a persona, as the agencies would issue them today.
fn issued(persona: &Persona) -> Vec<rabt_protocol::agency::Bill> {
    let agencies = built_in().unwrap();
    let of = |agency: &AgencyFixture| crate::agencies::issued_for_tests(agency, persona);
    agencies.iter().flat_map(of).collect()
}

#[test]
fn the_tenant_family_owes_every_agency_a_few_thousand_in_all() {
    let bills = issued(find("tenant-family").unwrap());
    let open: Vec<_> = bills.iter().filter(|bill| bill.status == BillStatus::Open).collect();
    let agencies: BTreeSet<_> = open.iter().map(|bill| bill.agency_id.as_str()).collect();
    assert_eq!(agencies.len(), 12);
    let total_fils: i64 = open.iter().map(|bill| bill.amount_fils).sum();
    assert!((200_000..1_000_000).contains(&total_fils), "{total_fils}");
    let today = crate::agencies::DAY_FOR_TESTS.to_string();
    assert!(open.iter().any(|bill| bill.due_on < today), "some are overdue");
    assert!(open.iter().any(|bill| bill.due_on > today), "some are not");
    assert!(
        bills.iter().filter(|bill| bill.status == BillStatus::Paid).count() >= 12,
        "there is a history"
    );
    let balance_fils = find("tenant-family").unwrap().bank.as_ref().unwrap().balance_fils;
    assert!(total_fils < balance_fils, "the account covers them all");
    assert!(
        open.iter().all(|bill| bill.amount_fils < 100_000),
        "each alone needs no step-up"
    );
}

#[test]
fn the_other_personas_owe_what_they_are_there_for() {
    let open = |persona_id| {
        let bills = issued(find(persona_id).unwrap());
        bills.into_iter().filter(|bill| bill.status == BillStatus::Open).count()
    };
    assert_eq!(issued(find("thousand").unwrap()).len(), 1_000);
    assert_eq!(open("thousand"), 1_000);
    assert_eq!(open("nobody"), 0);
    assert!(find("nobody").unwrap().accounts.is_empty());
    assert!((1..=5).contains(&open("new-resident")));
    assert!(open("trader") > 10);
}

#[test]
fn a_series_goes_in_steps_and_round_its_amounts() {
    let mut file = file_of("thousand");
    file["series"].as_array_mut().unwrap().truncate(1);
    file["series"][0]["count"] = json!(11);
    let persona = Persona::parse(&file.to_string()).unwrap();
    let days: Vec<_> = persona.bills.iter().map(|bill| bill.due_in_days).collect();
    assert_eq!(days, [-20, -20, -20, -20, -20, -19, -19, -19, -19, -19, -18]);
    let first = |bill: &super::PersonaBill| bill.lines[0].amount_fils;
    assert_eq!(first(&persona.bills[0]), Some(1_200));
    assert_eq!(first(&persona.bills[7]), Some(1_200));
    assert_eq!(persona.bills[10].bill_id, "ew-k-0011");
    for (member, value, field) in [
        ("count", json!(0), "series[0].count"),
        ("bills_per_step", json!(0), "series[0].bills_per_step"),
        ("paid_channel", json!("bank"), "series[0].paid_channel"),
    ] {
        let mut spoilt = file.clone();
        spoilt["series"][0][member] = value;
        assert_eq!(Persona::parse(&spoilt.to_string()).unwrap_err().field, field);
    }
}
