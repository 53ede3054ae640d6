use super::*;
use crate::agencies::check;
use rabt_protocol::{
    agency::{AmountRule, BillKind},
    directory::Capability,
};
use std::collections::BTreeSet;

const LIBRARIES: &str = include_str!("../../../fixtures/extra/libraries.json");

#[test]
fn there_are_twelve_agencies_in_their_order_and_all_say_that_they_are_simulated() {
    let agencies = built_in().unwrap();
    let ids: Vec<_> = agencies.iter().map(|agency| agency.agency_id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "electricity-water",
            "municipality",
            "roads",
            "police",
            "road-toll",
            "land",
            "economy",
            "health",
            "knowledge",
            "residency",
            "human-resources",
            "customs"
        ]
    );
    for agency in &agencies {
        let entry = agency.directory_entry("https://localhost:1");
        assert!(entry.simulated && entry.name.en.contains("(simulated)") && entry.name.ar.contains("(محاكاة)"));
        assert_eq!(
            (entry.agency_id, entry.base_url.as_str()),
            (agency.agency_id.clone(), "https://localhost:1")
        );
        assert_eq!(entry.bill_kinds.len(), agency.bill_kinds.len());
        assert_eq!(entry.account_kinds, agency.account_kinds);
        assert!(entry.capabilities.contains(&Capability::Payments));
        assert!(agency.latency_ms > 0);
    }
}

#[test]
fn every_fee_says_where_it_is_published_and_as_of_when() {
    for agency in built_in().unwrap() {
        for fee in &agency.fees {
            let as_of: Date = fee.source.as_of.parse().unwrap();
            assert!(as_of.year() >= 2016, "{} {}", agency.agency_id, fee.code);
        }
    }
}

#[test]
fn every_bill_of_everybody_is_whole() {
    for agency in built_in().unwrap() {
        for persona in personas::all() {
            for bill in issued(&agency, persona) {
                assert_eq!(
                    bill.lines.iter().map(|line| line.amount_fils).sum::<i64>(),
                    bill.amount_fils
                );
                assert!(bill.issued_on <= bill.due_on, "{}", bill.bill_id);
                check::localized("title", &bill.title).unwrap();
                for line in &bill.lines {
                    check::localized("line", &line.title).unwrap();
                    assert!(line.source.is_some());
                }
                match bill.amount_rule {
                    AmountRule::Exact => assert_ne!(bill.kind, BillKind::TopUp),
                    AmountRule::Range { min_fils, max_fils } => {
                        assert_eq!(bill.kind, BillKind::TopUp);
                        assert!((min_fils..=max_fils).contains(&bill.amount_fils));
                    }
                }
            }
        }
    }
}

#[test]
fn a_household_bill_carries_the_housing_fee_and_vat_on_what_is_taxed() {
    let agency = built_in().unwrap().remove(0);
    let bills = issued(&agency, personas::find("tenant-family").unwrap());
    let bill = bills.iter().find(|bill| bill.bill_id == "ew-0001").unwrap();
    let line = |code: &str| bill.lines.iter().find(|line| line.code == code).unwrap().amount_fils;
    assert_eq!(line("housing-fee"), 9_600_000 * 5 / 100 / 12);
    let taxed = line("electricity") + line("water") + line("fuel-surcharge") + line("meter-charge");
    assert_eq!(line("vat"), (taxed * 5 + 50) / 100);
    assert_eq!(
        bill.amount_fils,
        taxed + line("vat") + line("sewerage") + line("housing-fee")
    );
}

#[test]
fn a_spoilt_agency_is_refused_by_the_field_that_is_wrong() {
    let spoilt: [(&str, Value, &str); 33] = [
        ("/agency_id", json!("Libraries"), "agency_id"),
        ("/agency_id", json!("gateway"), "agency_id"),
        ("/name/en", json!("Public Libraries"), "name.en"),
        ("/name/ar", json!("المكتبات العامة"), "name.ar"),
        ("/name/ar", json!("Public Libraries (محاكاة)"), "name.ar"),
        ("/short_name/en", json!(""), "short_name.en"),
        ("/simulated", json!(false), "simulated"),
        ("/latency_ms", json!(60_000), "latency_ms"),
        ("/capabilities", json!(["bills"]), "capabilities"),
        ("/capabilities", json!(["accounts", "payments"]), "capabilities"),
        (
            "/capabilities",
            json!(["accounts", "bills", "teleports"]),
            "capabilities",
        ),
        ("/consent_purposes", json!(["accounts"]), "consent_purposes"),
        (
            "/consent_purposes",
            json!(["accounts", "bills", "bills"]),
            "consent_purposes[2]",
        ),
        ("/account_kinds", json!([]), "account_kinds"),
        (
            "/account_kinds/0/form/0/charset",
            json!("emoji"),
            "account_kinds[0].form[0].charset",
        ),
        (
            "/account_kinds/0/form/0/chars_max",
            json!(65),
            "account_kinds[0].form[0].chars_max",
        ),
        (
            "/account_kinds/0/form/0/chars_min",
            json!(10),
            "account_kinds[0].form[0].chars_max",
        ),
        (
            "/account_kinds/0/form/0/example",
            json!("lc0000000"),
            "account_kinds[0].form[0].example",
        ),
        ("/bill_kinds/1/code", json!("membership"), "bill_kinds[1]"),
        ("/bill_kinds/0/kind", json!("gift"), "bill_kinds[0].kind"),
        ("/bill_kinds/0/kind", json!("top_up"), "bill_kinds[0].amount_rule"),
        (
            "/bill_kinds/0/account_kind",
            json!("shelf"),
            "bill_kinds[0].account_kind",
        ),
        (
            "/bill_kinds/0/amount_rule",
            json!({"rule": "range", "min_fils": 1, "max_fils": 2}),
            "bill_kinds[0].amount_rule",
        ),
        (
            "/bill_kinds/0/usual_lines",
            json!(["membership", "overdue-books"]),
            "bill_kinds[0].usual_lines",
        ),
        ("/bill_kinds/0/usual_lines", json!(["ink"]), "bill_kinds[0].usual_lines"),
        ("/fees/0/title/ar", json!("-"), "fees[0].title.ar"),
        ("/fees/0/source/as_of", json!("yesterday"), "fees[0].source.as_of"),
        ("/fees/0/source/name", json!(" "), "fees[0].source.name"),
        (
            "/fees/0/amount",
            json!({"rule": "share_of_lines", "basis_points": 500, "lines": ["ink"]}),
            "fees[0].amount.lines",
        ),
        ("/fees/2/amount/amount_fils", json!(0), "fees[2].amount.amount_fils"),
        (
            "/holdings/0/accounts/0/account/number",
            json!("204"),
            "holdings[0].accounts[0].fields.card_number",
        ),
        (
            "/holdings/0/bills/0/lines/0/fee",
            json!("ink"),
            "holdings[0].bills[lib-0001].lines[0].fee",
        ),
        (
            "/holdings/0/bills/1/due_in_days",
            json!(-13),
            "holdings[0].bills[lib-0002].due_in_days",
        ),
    ];
    for (pointer, value, field) in spoilt {
        let mut file: Value = serde_json::from_str(LIBRARIES).unwrap();
        *file.pointer_mut(pointer).unwrap() = value.clone();
        let error = AgencyFixture::parse(&file.to_string()).unwrap_err();
        assert_eq!(error.field, field, "{pointer} {value}: {error}");
    }
    assert!(
        AgencyFixture::parse(&LIBRARIES.replace("latency_ms", "latency"))
            .unwrap_err()
            .reason
            .contains("latency")
    );
}

#[tokio::test]
async fn a_thirteenth_agency_joins_by_its_fixture_alone() {
    let ctx = city();
    let fixture = AgencyFixture::parse(LIBRARIES).unwrap();
    let agency_id = fixture.agency_id.clone();
    join(&ctx, fixture);
    consent(&ctx, &agency_id, "tenant-family").await;
    let bills = bills(&ctx, &agency_id, "tenant-family", 500).await;
    assert_eq!(
        bills.iter().map(|bill| bill.bill_id.as_str()).collect::<Vec<_>>(),
        ["lib-0002", "lib-0001", "lib-0003"]
    );
    let request = posting_of(&bills[0], "tenant-family");
    post(&ctx, &agency_id, "k", &request).await.ok();
}

#[test]
fn no_code_names_an_agency() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/agencies");
    let ids: BTreeSet<_> = built_in()
        .unwrap()
        .into_iter()
        .map(|agency| format!("\"{}\"", agency.agency_id))
        .collect();
    let mut looked_at = 0;
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let named = ids.iter().find(|id| text.contains(*id));
                assert_eq!(named, None, "{}", path.display());
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 10);
}
