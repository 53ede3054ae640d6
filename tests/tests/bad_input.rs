//! Bad input: each is refused by a typed error that names the field, with not a byte changed on the disk and not one request made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    Chosen, Config, ConflictCode, Rabt, RabtError, SignInReason,
    domain::{
        AgencyId, Bill, BillId, ConsentId, DubaiDate, Fils, IdempotencyKey, InstrumentId, InstrumentKind, Invalid,
        InvalidReason::{self, Empty, Inconsistent, Malformed, TooLarge, TooMany, TooSmall, Twice, Unsupported},
        QuoteId, Timestamp,
    },
    jose::JwkSet,
};
use rabt_tests::{Story, Town, agency_id, bill_key, chosen};
use std::{collections::BTreeMap, time::Duration};

const FAMILY: &str = "tenant-family";

fn named(error: Invalid) -> (String, InvalidReason) {
    (error.field, error.reason)
}

fn at(field: &str, reason: InvalidReason) -> RabtError {
    RabtError::InvalidInput {
        field: field.to_owned(),
        reason,
    }
}

#[test]
fn what_a_person_types_is_parsed_or_refused_by_name() {
    for (text, reason) in [
        ("", Empty),
        ("  ", Empty),
        ("-1", Malformed),
        ("+1", Malformed),
        ("1,000", Malformed),
        ("1.234", Malformed),
        ("1.", Malformed),
        (".5", Malformed),
        ("1e3", Malformed),
        ("12 dirhams", Malformed),
        ("NaN", Malformed),
        ("99999999999999999999", TooLarge),
    ] {
        assert_eq!(
            Fils::parse_dirhams(text).map_err(named),
            Err(("amount".to_owned(), reason)),
            "{text:?}"
        );
    }
    assert_eq!(Fils::parse_dirhams("١٢٫٥").map(Fils::get), Ok(1_250));
    for text in [
        "",
        "2026-02-30",
        "2026-13-01",
        "26-01-01",
        "01.02.2026",
        "2026-1-1",
        "tomorrow",
        "2026-01-01T00:00:00Z",
    ] {
        assert_eq!(
            DubaiDate::parse(text).map_err(named),
            Err(("date".to_owned(), Malformed)),
            "{text:?}"
        );
    }
    for text in ["", "now", "2026-01-01", "2026-01-01T25:00:00Z"] {
        assert_eq!(
            Timestamp::parse(text).map_err(named),
            Err(("time".to_owned(), Malformed)),
            "{text:?}"
        );
    }
    let names: [(&str, Result<(), Invalid>); 5] = [
        ("agency_id", AgencyId::parse("../police").map(drop)),
        ("bill_id", BillId::parse("a\nb").map(drop)),
        ("quote_id", QuoteId::parse("").map(drop)),
        ("instrument_id", InstrumentId::parse("x".repeat(1_000)).map(drop)),
        ("consent_id", ConsentId::parse("a b").map(drop)),
    ];
    for (field, refused) in names {
        assert_eq!(refused.unwrap_err().field, field);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_is_refused_by_its_field_and_leaves_no_file() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let (asked, dir) = (town.meter_all(), tempfile::TempDir::new().unwrap());
    let good = Config {
        data_dir: dir.path().join("rabt"),
        ..phone.config.clone()
    };
    let url = |field: fn(&mut Config) -> &mut String, text: &str| {
        let mut config = good.clone();
        text.clone_into(field(&mut config));
        config
    };
    let gateway = |text: &str| url(|config| &mut config.gateway_url, text);
    let issuer = |text: &str| url(|config| &mut config.issuer, text);
    let redirect = |text: &str| url(|config| &mut config.redirect_uri, text);
    let instrument_return = |text: &str| url(|config| &mut config.instrument_return_uri, text);
    let deadline = |agency_deadline_ms| Config {
        agency_deadline_ms,
        ..good.clone()
    };
    for (field, reason, config) in [
        (
            "data_dir",
            Empty,
            Config {
                data_dir: "".into(),
                ..good.clone()
            },
        ),
        ("gateway_url", Malformed, gateway("")),
        ("gateway_url", Malformed, gateway("gateway")),
        ("gateway_url", Unsupported, gateway("http://gateway.example")),
        ("gateway_url", Malformed, gateway("https://somebody@gateway.example")),
        ("gateway_url", Malformed, gateway("https://gateway.example/?x=1")),
        ("gateway_url", Malformed, gateway("https://gateway.example/#x")),
        ("issuer", Malformed, issuer("//identity")),
        ("issuer", Unsupported, issuer("ftp://identity.example")),
        (
            "client_id",
            Empty,
            Config {
                client_id: String::new(),
                ..good.clone()
            },
        ),
        ("redirect_uri", Malformed, redirect("signed-in")),
        ("redirect_uri", Unsupported, redirect("http://example.com/signed-in")),
        ("redirect_uri", Unsupported, redirect("rabt-demo:/signed-in#x")),
        ("instrument_return_uri", Malformed, instrument_return("")),
        (
            "instrument_return_uri",
            Unsupported,
            instrument_return("http://example.com/linked"),
        ),
        (
            "directory_keys",
            Empty,
            Config {
                directory_keys: JwkSet { keys: vec![] },
                ..good.clone()
            },
        ),
        (
            "extra_roots_pem",
            Malformed,
            Config {
                extra_roots_pem: vec!["no certificate".to_owned()],
                ..good.clone()
            },
        ),
        ("agency_deadline_ms", TooSmall, deadline(0)),
        ("agency_deadline_ms", TooLarge, deadline(120_001)),
    ] {
        let refused = Rabt::open(config, phone.ports()).await.unwrap_err();
        assert_eq!(refused, at(field, reason));
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    // The bounds themselves are taken.
    for agency_deadline_ms in [1, 120_000] {
        deadline(agency_deadline_ms).check().unwrap();
    }
    Rabt::open(good, phone.ports()).await.unwrap();
    assert_eq!(town.counted(&asked), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basket_is_refused_by_the_bill_that_is_wrong() {
    let story = Story::begin(FAMILY).await;
    let phone = &story.phone;
    let (fine, parcel) = (
        phone.bill("police", "po-0001").await,
        phone.bill("customs", "cu-0001").await,
    );
    let (top_up, paid) = (
        phone.bill("road-toll", "to-0001").await,
        phone.bill("police", "po-1001").await,
    );
    let amount = |bill: &Bill, fils| Chosen {
        bill: bill.key.clone(),
        amount: Some(Fils::new(fils).unwrap()),
    };
    let unknown = |agency, bill| Chosen {
        bill: bill_key(agency, bill),
        amount: None,
    };
    let one = chosen(&[&fine]).remove(0);
    for (field, reason, basket) in [
        ("items", Empty, vec![]),
        ("items", TooMany, vec![one.clone(); 101]),
        ("items[2].bill", Twice, chosen(&[&fine, &parcel, &fine])),
        (
            "items[1].bill",
            Unsupported,
            vec![one.clone(), unknown("police", "po-9999")],
        ),
        ("items[0].bill", Unsupported, vec![unknown("no-such-agency", "po-0001")]),
        ("items[0].bill", Unsupported, chosen(&[&paid])),
        ("items[0].amount_fils", Inconsistent, vec![amount(&fine, 29_999)]),
        (
            "items[1].amount_fils",
            TooSmall,
            vec![one.clone(), amount(&top_up, 4_999)],
        ),
        ("items[0].amount_fils", TooLarge, vec![amount(&top_up, 100_001)]),
        ("items[0].amount_fils", TooSmall, vec![amount(&top_up, -5_000)]),
    ] {
        let payments = phone.rabt().payments();
        story
            .refused(&format!("{basket:?}"), payments.quote(&basket), at(field, reason))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_paid_by_a_name_that_nobody_gave_is_refused() {
    let story = Story::begin(FAMILY).await;
    let (town, phone) = (&story.town, &story.phone);
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    let quote = phone.quote(&[&phone.bill("customs", "cu-0001").await]).await.unwrap();
    let payments = phone.rabt().payments();
    let no_quote = QuoteId::parse("quo_nobodys").unwrap();
    let no_instrument = InstrumentId::parse("ins_nobodys").unwrap();
    let no_payment = IdempotencyKey::parse("0".repeat(40)).unwrap();
    let conflict = |code| RabtError::Conflict { code };

    story
        .refused(
            "an unknown quote",
            payments.pay(&no_quote, &account.id),
            conflict(ConflictCode::QuoteExpired),
        )
        .await;
    let unusable = conflict(ConflictCode::InstrumentUnusable);
    story
        .refused(
            "an unknown instrument",
            payments.pay(&quote.id, &no_instrument),
            unusable,
        )
        .await;
    let unknown = at("idempotency_key", Unsupported);
    story
        .refused(
            "an unknown payment",
            payments.follow(&no_payment, Duration::from_secs(5)),
            unknown,
        )
        .await;
    assert_eq!(payments.get(&no_payment).await, Ok(None));
    story.town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_anybody_signed_in_nothing_of_a_person_is_asked() {
    let town = Town::start().await;
    let phone = town.phone().await;
    phone.rabt().agencies().refresh().await.unwrap();
    let police = agency_id("police");
    phone
        .rabt()
        .agencies()
        .consent(std::slice::from_ref(&police))
        .await
        .unwrap();
    let story = Story { town, phone };
    let rabt = story.phone.rabt();
    let sign_in = || RabtError::SignInRequired {
        reason: SignInReason::NobodySignedIn,
    };

    story.refused("bills", rabt.bills().refresh(), sign_in()).await;
    story
        .refused("instruments", rabt.instruments().refresh(), sign_in())
        .await;
    story
        .refused("a link", rabt.instruments().begin_link(InstrumentKind::Card), sign_in())
        .await;
    story
        .refused("a step-up", rabt.session().begin_step_up("urn:x"), sign_in())
        .await;
    story
        .refused("a sync", rabt.sync().run(Duration::from_secs(5)), sign_in())
        .await;
    let file = BTreeMap::from([("traffic_file".to_owned(), "10712041".to_owned())]);
    story
        .refused(
            "an account",
            rabt.accounts().add(&police, "traffic-file", file),
            sign_in(),
        )
        .await;
}
