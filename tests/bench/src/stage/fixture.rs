//! Agencies that are made for a measure, each with the same bills.

use super::PERSONA;
use serde_json::{Value, json};

/// The name of a made agency, from 0.
pub(crate) fn agency_id(index: usize) -> String {
    format!("made-{index:03}")
}

/// The name of a made agency's bill, from 0.
pub(crate) fn bill_id(index: usize) -> String {
    format!("bill-{index:05}")
}

/// An agency that answers after a time, with so many bills of the person's: some eight hundred bytes each, in two languages, as the
/// city's own have.
pub(crate) fn agency(index: usize, latency_ms: u32, bills: usize) -> Value {
    let id = agency_id(index);
    let both = |en: &str, ar: &str| json!({"en": en, "ar": ar});
    let source = json!({"name": "Chosen for the sandbox, not a published figure", "as_of": "2026-11-23"});
    let bill = |bill: usize| {
        json!({
            "bill_id": bill_id(bill),
            "agency_id": id,
            "account_id": format!("{id}-account"),
            "kind_code": "charge",
            "title": both(&format!("Monthly charge, meter {bill}"), &format!("الرسم الشهري، عداد {bill}")),
            "reference": format!("MC-{index:03}-{bill:05}"),
            "issued_days_ago": 10,
            "due_in_days": i32::try_from(bill % 60).unwrap_or_default() - 5,
            "period": {"from_days_ago": 40, "to_days_ago": 11},
            "lines": [
                {"fee": "consumption", "amount_fils": 5_000 + i64::try_from(bill).unwrap_or_default()},
                {"fee": "service", "amount_fils": 1_500},
                {"fee": "knowledge-fee"},
            ],
        })
    };
    json!({
        "agency_id": id,
        "position": 200 + index,
        "name": both(&format!("Agency {index} (simulated)"), &format!("الجهة {index} (محاكاة)")),
        "short_name": both(&format!("Agency {index}"), &format!("الجهة {index}")),
        "simulated": true,
        "latency_ms": latency_ms,
        "capabilities": ["accounts", "bills", "payments"],
        "consent_purposes": ["accounts", "bills"],
        "account_kinds": [{
            "code": "contract",
            "name": both("Contract", "العقد"),
            "form": [{
                "name": "number",
                "label": both("Contract number", "رقم العقد"),
                "charset": "digits",
                "chars_min": 9,
                "chars_max": 9,
                "example": "000000000",
            }],
        }],
        "bill_kinds": [{
            "code": "charge",
            "kind": "fee",
            "name": both("Monthly charge", "الرسم الشهري"),
            "account_kind": "contract",
            "reference_prefix": "MC-",
            "amount_rule": {"rule": "exact"},
            "usual_lines": ["consumption", "knowledge-fee"],
        }],
        "fees": [
            {"code": "consumption", "title": both("Consumption", "الاستهلاك"), "amount": {"rule": "stated"}, "source": source},
            {"code": "service", "title": both("Service", "الخدمة"), "amount": {"rule": "stated"}, "source": source},
            {
                "code": "knowledge-fee",
                "title": both("Knowledge fee", "رسم المعرفة"),
                "amount": {"rule": "fixed", "amount_fils": 1_000},
                "source": source,
            },
        ],
        "holdings": [{
            "persona_id": PERSONA,
            "accounts": [{
                "agency_id": id,
                "account": {
                    "account_id": format!("{id}-account"),
                    "kind": "contract",
                    "number": format!("{:09}", 100_000_000 + index),
                    "label": both("Home", "المنزل"),
                    "holder": "own",
                },
            }],
            "bills": (0..bills).map(bill).collect::<Vec<_>>(),
        }],
    })
}
