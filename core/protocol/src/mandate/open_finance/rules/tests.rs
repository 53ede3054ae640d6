use super::*;
use crate::mandate::{AskFirst, Schedule, Scope, TopUpFloor, Weekend, When};
use proptest::{option, prelude::*, sample::select};

fn frame() -> Frame {
    Frame {
        consent_id: "b8f42378-10ac-46a1-8d20-4e020484216d".to_owned(),
        sealed_initiation: "aGVhZGVy.a2V5.aXY.Y2lwaGVydGV4dA.dGFn".to_owned(),
        payment_purpose_code: "UTL".to_owned(),
        is_bank_account: true,
        today: "2026-11-25".to_owned(),
    }
}

/// At most AED 600 a payment and AED 1,800 a month, for as long as it can be.
fn mandate() -> Mandate {
    Mandate {
        mandate_id: "m1".to_owned(),
        version: 1,
        agreed_at: "2026-11-25T08:00:00Z".to_owned(),
        scope: Scope::All,
        instrument_id: "bank".to_owned(),
        fallback_instrument_id: None,
        schedule: Schedule {
            pay: When::BeforeDue { days: 3 },
            weekend: Weekend::Before,
        },
        limits: Limits {
            per_payment_fils: Some(60_000),
            month: Allowance {
                value_fils: Some(180_000),
                count: Some(12),
            },
            lifetime: Allowance {
                value_fils: Some(2_000_000),
                count: None,
            },
            ..Limits::default()
        },
        ask_first: AskFirst {
            above_fils: Some(50_000),
            above_usual_percent: None,
        },
        top_up: Some(TopUpFloor {
            below_fils: 2_000,
            add_fils: 10_000,
        }),
        priority: 1,
        from_on: "2026-11-25".to_owned(),
        until_on: "2027-11-24".to_owned(),
    }
}

#[test]
fn a_mandate_is_written_in_the_standards_words() {
    let written = serde_json::to_value(write(&mandate(), &frame()).unwrap()).unwrap();
    assert_eq!(
        written,
        serde_json::json!({
            "type": "urn:openfinanceuae:service-initiation-consent:v2.1",
            "consent": {
                "ConsentId": "b8f42378-10ac-46a1-8d20-4e020484216d",
                "IsSingleAuthorization": true,
                "ExpirationDateTime": "2027-11-24T23:59:59+04:00",
                "ControlParameters": { "ConsentSchedule": { "MultiPayment": {
                    "MaximumCumulativeValueOfPayments": { "Amount": "20000.00", "Currency": "AED" },
                    "PeriodicSchedule": {
                        "Type": "VariableOnDemand",
                        "PeriodType": "Month",
                        "PeriodStartDate": "2026-11-25",
                        "Controls": {
                            "MaximumIndividualAmount": { "Amount": "600.00", "Currency": "AED" },
                            "MaximumCumulativeValueOfPaymentsPerPeriod": { "Amount": "1800.00", "Currency": "AED" },
                            "MaximumCumulativeNumberOfPaymentsPerPeriod": 12
                        }
                    }
                }}},
                "PersonalIdentifiableInformation": "aGVhZGVy.a2V5.aXY.Y2lwaGVydGV4dA.dGFn",
                "PaymentPurposeCode": "UTL"
            }
        })
    );
}

fn refused(change: impl FnOnce(&mut Mandate, &mut Frame)) -> (String, Rule) {
    let (mut mandate, mut frame) = (mandate(), frame());
    change(&mut mandate, &mut frame);
    let refused = write(&mandate, &frame).unwrap_err();
    assert!(refused.to_string().starts_with(&format!("`{}` ", refused.field)));
    (refused.field, refused.rule)
}

#[test]
fn what_the_standard_cannot_express_is_refused_by_the_rule() {
    let of = |value_fils, count| Allowance { value_fils, count };
    let cases: Vec<((String, Rule), &str, Rule)> = vec![
        (
            refused(|_, f| f.is_bank_account = false),
            "instrument_id",
            Rule::BankAccountOnly,
        ),
        (
            refused(|_, f| f.consent_id = "1".to_owned()),
            "ConsentId",
            Rule::ConsentIdIsUuid,
        ),
        (
            refused(|_, f| f.payment_purpose_code = "ut".to_owned()),
            "PaymentPurposeCode",
            Rule::PurposeCode,
        ),
        (
            refused(|_, f| f.sealed_initiation = "in the clear".to_owned()),
            "PersonalIdentifiableInformation",
            Rule::SealedInitiation,
        ),
        (
            refused(|m, _| m.limits.day = of(Some(70_000), None)),
            "limits.month",
            Rule::OnePeriodType,
        ),
        (
            refused(|m, _| (m.limits.per_payment_fils, m.limits.month) = (None, of(None, None))),
            "limits",
            Rule::AtLeastOneControl,
        ),
        (
            refused(|m, _| m.limits.month = of(Some(60_000), None)),
            "limits.month.value_fils",
            Rule::PeriodValueAboveIndividual,
        ),
        (
            refused(|m, _| (m.limits.month, m.limits.week) = (of(None, None), of(None, Some(3)))),
            "from_on",
            Rule::WeekBeginsOnMonday,
        ),
        (
            refused(|m, _| (m.limits.month, m.limits.year) = (of(None, None), of(None, Some(3)))),
            "until_on",
            Rule::WithinOneYear,
        ),
        (
            refused(|m, _| m.from_on = "2026-11-24".to_owned()),
            "from_on",
            Rule::StartsTodayOrLater,
        ),
        (
            refused(|m, _| m.until_on = "2027-11-25".to_owned()),
            "until_on",
            Rule::LessThanAYear,
        ),
        (
            refused(|m, _| m.until_on = "2026-11-24".to_owned()),
            "until_on",
            Rule::EndsAfterItBegins,
        ),
        (
            refused(|m, _| m.until_on = "2027-02-30".to_owned()),
            "until_on",
            Rule::DateShape,
        ),
        (
            refused(|m, _| m.limits.lifetime = of(Some(0), None)),
            "limits.lifetime.value_fils",
            Rule::AmountPattern,
        ),
        (
            refused(|m, _| m.limits.lifetime = of(None, Some(0))),
            "limits.lifetime.count",
            Rule::CountAboveZero,
        ),
        (
            refused(|m, _| m.limits.lifetime = of(None, Some(-1))),
            "limits.lifetime.count",
            Rule::CountAboveZero,
        ),
    ];
    for (found, field, rule) in cases {
        assert_eq!(found, (field.to_owned(), rule));
    }
    let mut weekly = mandate();
    weekly.limits.week = std::mem::take(&mut weekly.limits.month);
    weekly.from_on = "2026-11-30".to_owned();
    assert!(write(&weekly, &frame()).is_ok(), "a Monday");
}

#[test]
fn a_consent_that_is_not_ours_is_refused_by_the_rule() {
    let read_back = |change: fn(&mut AuthorizationDetails)| {
        let mut details = write(&mandate(), &frame()).unwrap();
        change(&mut details);
        read(&details).unwrap_err().rule
    };
    fn schedule(details: &mut AuthorizationDetails) -> &mut PeriodicSchedule {
        &mut details
            .consent
            .control_parameters
            .consent_schedule
            .multi_payment
            .periodic_schedule
    }
    assert_eq!(read_back(|d| d.kind.push('2')), Rule::ConsentType);
    assert_eq!(
        read_back(|d| d.consent.is_single_authorization = false),
        Rule::SingleAuthorization
    );
    assert_eq!(
        read_back(|d| schedule(d).kind = "FixedOnDemand".to_owned()),
        Rule::VariableOnDemand
    );
    assert_eq!(
        read_back(|d| schedule(d).controls = Controls::default()),
        Rule::AtLeastOneControl
    );
    assert_eq!(
        read_back(|d| schedule(d).period_start_date = "2028-01-01".to_owned()),
        Rule::EndsAfterItBegins
    );
    assert_eq!(
        read_back(|d| d.consent.expiration_date_time = "2027-11-24".to_owned()),
        Rule::DateShape
    );
    for amount in [
        "600",
        "600.0",
        "600.000",
        ".00",
        "-1.00",
        "0.00",
        "12345678901234567.00",
        "٦.٠٠",
        "1e3.00",
    ] {
        let mut details = write(&mandate(), &frame()).unwrap();
        schedule(&mut details).controls.maximum_individual_amount = Some(Amount {
            amount: amount.to_owned(),
            currency: "AED".to_owned(),
        });
        assert_eq!(read(&details).unwrap_err().rule, Rule::AmountPattern, "{amount}");
    }
    let unknown = serde_json::json!({ "Amount": "1.00", "Currency": "AED", "Extra": 1 });
    assert!(
        serde_json::from_value::<Amount>(unknown).is_err(),
        "the standard's objects are closed"
    );
}

fn limits() -> impl Strategy<Value = Limits> {
    let allowance = (option::of(1i64..100_000_000_000_000), option::of(1i64..1_000))
        .prop_map(|(value_fils, count)| Allowance { value_fils, count });
    (
        option::of(1i64..100_000_000),
        select(vec![0usize, 1, 2, 3]),
        allowance.clone(),
        allowance,
    )
        .prop_map(|(per_payment_fils, period, allowance, lifetime)| {
            let mut limits = Limits {
                per_payment_fils,
                lifetime,
                ..Limits::default()
            };
            *[&mut limits.day, &mut limits.week, &mut limits.month, &mut limits.year][period] = allowance;
            limits
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(
        limits in limits(),
        from_on in select(vec!["2026-11-25", "2026-11-30", "2026-12-31", "2027-01-01"]),
        until_on in select(vec!["2026-12-31", "2027-02-28", "2027-11-24"]),
    ) {
        let mandate = Mandate { limits, from_on: from_on.to_owned(), until_on: until_on.to_owned(), ..mandate() };
        match write(&mandate, &frame()) {
            Ok(details) => {
                let text = serde_json::to_string(&details).unwrap();
                let again: AuthorizationDetails = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&again, &details);
                let expected = Bounds { limits, from_on: from_on.to_owned(), until_on: until_on.to_owned() };
                prop_assert_eq!(read(&again), Ok(expected));
            }
            Err(refused) => prop_assert!(
                matches!(
                    refused.rule,
                    Rule::AtLeastOneControl
                        | Rule::PeriodValueAboveIndividual
                        | Rule::WeekBeginsOnMonday
                        | Rule::WithinOneYear
                        | Rule::EndsAfterItBegins
                ),
                "{}",
                refused
            ),
        }
    }

    #[test]
    fn an_amount_is_dirhams_and_two_decimals(fils in 0i64..=i64::MAX) {
        let amount = Amount::of_fils(fils);
        if fils <= 999_999_999_999_999_999 {
            let amount = amount.unwrap();
            prop_assert_eq!(amount.fils(), Some(fils));
        } else {
            prop_assert_eq!(amount, None);
        }
    }
}
