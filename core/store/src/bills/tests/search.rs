use super::*;
use crate::testing::{bill, day};
use rabt_domain::{
    Account, AccountId, AccountKey, Agency, Bilingual, BillKind, Holder, Personal, agency::BillKindEntry,
};

fn bilingual(en: &str, ar: &str) -> Bilingual {
    Bilingual::parse(en, ar).unwrap()
}

fn titled(of: &str, id: &str, en: &str, ar: &str) -> Bill {
    Bill {
        title: bilingual(en, ar),
        ..bill(of, id)
    }
}

fn directory() -> Directory {
    let one = |id: &str, en: &str, ar: &str| Agency {
        id: agency(id),
        name: bilingual(en, ar),
        short_name: bilingual(&id.to_uppercase(), ar),
        simulated: true,
        base_url: String::new(),
        has_accounts: true,
        has_bills: true,
        takes_payments: true,
        bill_kinds: vec![BillKindEntry {
            code: "traffic-fine".to_owned(),
            kind: BillKind::Fine,
            name: bilingual("Traffic fine", "مخالفة مرورية"),
        }],
        account_kinds: vec![],
        consent_purposes: vec![],
    };
    Directory {
        version: 1,
        issued_at: now(),
        expires_at: now(),
        gateway_url: String::new(),
        agencies: vec![
            one("police", "Police Headquarters", "القيادة العامة للشرطة"),
            one("water", "Electricity and Water Authority", "هيئة الكهرباء والمياه"),
        ],
    }
}

fn city() -> Fixture {
    let fixture = Fixture::new();
    fixture.store.bills().know_agencies(&directory()).unwrap();
    let home = Account {
        key: AccountKey {
            agency: agency("water"),
            account: AccountId::parse("acc-2").unwrap(),
        },
        kind: "contract".to_owned(),
        number: Personal::new("200-123-4567".to_owned()),
        label: bilingual("Villa in Example Hills", "فيلا في تلال المثال"),
        holder: Holder::Own,
        balance: None,
    };
    fixture.store.accounts().put(&home).unwrap();
    say(
        &fixture,
        "police",
        &[
            titled("police", "p1", "Speeding", "سرعة زائدة"),
            titled("police", "p2", "Parking 2026", "موقف ٢٠٢٦"),
        ],
    );
    let monthly = |id: &str, en: &str, ar: &str| Bill {
        kind_code: "monthly".to_owned(),
        account: AccountId::parse("acc-2").unwrap(),
        reference: Personal::new(format!("INV/2026-{id}")),
        due_on: day("2026-11-20"),
        ..titled("water", id, en, ar)
    };
    say(
        &fixture,
        "water",
        &[
            monthly("w7781", "September", "سبتمبر"),
            monthly("w7782", "October", "أكتوبر"),
        ],
    );
    fixture
}

fn found(fixture: &Fixture, text: &str) -> Vec<String> {
    let mut names = names(
        fixture,
        &BillQuery {
            search: Some(Personal::new(text.to_owned())),
            standing: Standing::All,
            limit: 1,
            ..BillQuery::default()
        },
    );
    names.sort();
    names
}

#[test]
fn every_word_finds_in_either_language_and_all_of_them_must() {
    let fixture = city();
    for (text, expected) in [
        ("speed", vec!["p1"]),
        ("SPEEDING", vec!["p1"]),
        ("سرعه", vec!["p1"]),
        ("2026 park", vec!["p2"]),
        ("٢٠٢٦ موقف", vec!["p2"]),
        // By the agency, by the kind, and by both with a title.
        ("electricity", vec!["w7781", "w7782"]),
        ("الكهرباء", vec!["w7781", "w7782"]),
        ("كهرباء", vec!["w7781", "w7782"]),
        ("traffic", vec!["p1", "p2"]),
        ("police parking fine", vec!["p2"]),
        ("شرطة مخالفة سرعة", vec!["p1"]),
        ("water october", vec!["w7782"]),
        // By the account's label and number.
        ("villa sept", vec!["w7781"]),
        ("تلال اكتوبر", vec!["w7782"]),
        ("2001234567", vec!["w7781", "w7782"]),
        // By number: whole, with or without its ornaments, or the last four characters; with a word beside it.
        ("INV/2026-w7781", vec!["w7781"]),
        ("inv2026w7781", vec!["w7781"]),
        ("7782", vec!["w7782"]),
        ("٧٧٨٢", vec!["w7782"]),
        ("october 7782", vec!["w7782"]),
        ("7782 electricity", vec!["w7782"]),
        ("p1", vec!["p1"]),
        // Nothing.
        ("eeding", vec![]),
        ("speeding october", vec![]),
        ("september 7782", vec![]),
        ("778", vec![]),
        ("—!", vec![]),
        // No text is no condition.
        ("  ", vec!["p1", "p2", "w7781", "w7782"]),
    ] {
        assert_eq!(found(&fixture, text), expected, "{text}");
    }
}

#[test]
fn search_and_filters_go_together_and_work_after_a_restart() {
    let fixture = city().reopened(|_| {});
    let query = BillQuery {
        search: Some(Personal::new("2026".to_owned())),
        agencies: vec![agency("police")],
        ..BillQuery::default()
    };
    assert_eq!(names(&fixture, &query), ["p2"]);
}

#[test]
fn a_new_title_or_name_is_found_and_the_old_one_no_more() {
    let fixture = city();
    assert_eq!(found(&fixture, "speeding"), ["p1"]);
    say(
        &fixture,
        "police",
        &[titled("police", "p1", "Red light", "إشارة حمراء")],
    );
    assert_eq!(found(&fixture, "speeding"), Vec::<String>::new());
    assert_eq!(found(&fixture, "حمراء"), ["p1"]);

    let mut renamed = directory();
    renamed.agencies[0].name = bilingual("City Guard", "حرس المدينة");
    fixture.store.bills().know_agencies(&renamed).unwrap();
    assert_eq!(found(&fixture, "headquarters"), Vec::<String>::new());
    assert_eq!(found(&fixture, "guard"), ["p1", "p2"]);
}

#[test]
fn a_word_that_very_many_labels_have_finds_all_in_order() {
    let fixture = Fixture::new();
    let bills: Vec<Bill> = (0..300)
        .map(|n| Bill {
            due_on: day("2026-11-10").plus_days((n * 7) % 30),
            ..titled("water", &n.to_string(), &format!("Bill common {n}"), "فاتورة")
        })
        .collect();
    say(&fixture, "water", &bills);
    let query = BillQuery {
        search: Some(Personal::new("common".to_owned())),
        limit: 7,
        ..BillQuery::default()
    };
    let mut expected: Vec<_> = bills.iter().enumerate().map(|(n, bill)| (bill.due_on, n)).collect();
    expected.sort();
    let expected: Vec<String> = expected.into_iter().map(|(_, n)| n.to_string()).collect();
    assert_eq!(names(&fixture, &query), expected);
}
