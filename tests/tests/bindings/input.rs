//! Bad input is refused with the field's name before anything is done, and nothing that a shell can pass in is a panic.

use crate::support::{App, MemorySecrets, all_open, config, refused};
use rabt_ffi::{
    AccountKey, BillKey, BillQuery, ChosenBill, Config, DubaiDate, InputProblem, Language, Money, RabtError, Retry,
    open_rabt,
};
use rabt_tests::Town;
use std::{collections::HashMap, sync::Arc};
use tempfile::TempDir;

#[track_caller]
fn names<T>(result: Result<T, RabtError>, expected: &str, wrong: InputProblem) {
    let error = refused(result);
    let RabtError::InvalidInput {
        field,
        problem,
        details,
    } = &error
    else {
        panic!("{error:?} is no bad input");
    };
    assert_eq!((field.as_str(), *problem), (expected, wrong));
    assert_eq!((details.code.as_str(), details.retry), ("invalid_input", Retry::Never));
    assert_eq!(error.to_string(), format!("invalid_input: {expected}"));
}

fn key(agency: &str, bill: &str) -> BillKey {
    BillKey {
        agency_id: agency.to_owned(),
        bill_id: bill.to_owned(),
    }
}

#[tokio::test]
async fn a_query_names_what_is_wrong_with_it() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let page = async |query: BillQuery| app.rabt.bills().page(query).await;
    let open = all_open;
    for (query, field, wrong) in [
        (BillQuery { limit: -1, ..open() }, "limit", InputProblem::TooSmall),
        (BillQuery { limit: 0, ..open() }, "limit", InputProblem::TooSmall),
        (BillQuery { limit: 201, ..open() }, "limit", InputProblem::TooLarge),
        (
            BillQuery {
                limit: i32::MAX,
                ..open()
            },
            "limit",
            InputProblem::TooLarge,
        ),
        (
            BillQuery {
                agency_ids: vec!["police".to_owned(), "No".to_owned()],
                ..open()
            },
            "agencies[1]",
            InputProblem::Malformed,
        ),
        (
            BillQuery {
                due_from: Some(DubaiDate(i64::MIN)),
                ..open()
            },
            "due_from",
            InputProblem::TooSmall,
        ),
        (
            BillQuery {
                due_to: Some(DubaiDate(i64::MAX)),
                ..open()
            },
            "due_to",
            InputProblem::TooLarge,
        ),
        (
            BillQuery {
                due_from: Some(DubaiDate(2)),
                due_to: Some(DubaiDate(1)),
                ..open()
            },
            "due",
            InputProblem::Inconsistent,
        ),
        (
            BillQuery {
                cursor: Some("\u{0}ربط".to_owned()),
                ..open()
            },
            "cursor",
            InputProblem::Malformed,
        ),
    ] {
        names(page(query).await, field, wrong);
    }
    let account = AccountKey {
        agency_id: "police".to_owned(),
        account_id: String::new(),
    };
    names(
        page(BillQuery {
            account: Some(account),
            ..open()
        })
        .await,
        "account.account_id",
        InputProblem::Empty,
    );
}

#[tokio::test]
async fn a_call_names_what_is_wrong_with_it() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let (bills, payments) = (app.rabt.bills(), app.rabt.payments());
    names(bills.get(key("police", "")).await, "key.bill_id", InputProblem::Empty);
    names(
        bills.refresh_agencies(vec!["شرطة".to_owned()]).await,
        "agencies[0]",
        InputProblem::Malformed,
    );
    let items = vec![
        ChosenBill {
            bill: key("police", "po-1"),
            amount: Some(Money(100)),
        },
        ChosenBill {
            bill: key("police", "po-2"),
            amount: Some(Money(i64::MAX)),
        },
    ];
    names(
        payments.quote(items).await,
        "items[1].amount_fils",
        InputProblem::TooLarge,
    );
    names(payments.quote(Vec::new()).await, "items", InputProblem::Empty);
    names(
        payments.pay(String::new(), "i".to_owned()).await,
        "quote_id",
        InputProblem::Empty,
    );
    names(
        payments.pay("q".to_owned(), "i i".to_owned()).await,
        "instrument_id",
        InputProblem::Malformed,
    );
    names(
        payments.follow("k".to_owned(), -1).await,
        "patience_ms",
        InputProblem::TooSmall,
    );
    names(
        payments.get("x".repeat(41)).await,
        "idempotency_key",
        InputProblem::TooMany,
    );
    names(payments.page(None, 0).await, "limit", InputProblem::TooSmall);
    names(
        payments.acknowledge(vec![1, -1]).await,
        "outcome_ids[1]",
        InputProblem::TooSmall,
    );
    names(app.rabt.sync().run(999).await, "budget", InputProblem::TooSmall);
    names(app.rabt.sync().run(i64::MIN).await, "budget_ms", InputProblem::TooSmall);
    names(
        app.rabt.diagnostics().incidents(-5).await,
        "limit",
        InputProblem::TooSmall,
    );
    let added = app
        .rabt
        .accounts()
        .add("No".to_owned(), String::new(), HashMap::new())
        .await;
    names(added, "agency_id", InputProblem::Malformed);
    names(
        app.rabt.agencies().withdraw_consent(String::new()).await,
        "agency_id",
        InputProblem::Empty,
    );
    names(
        app.rabt.session().complete("not a url".to_owned()).await,
        "url",
        InputProblem::Malformed,
    );
    names(
        app.rabt.instruments().remove("?".to_owned()).await,
        "instrument_id",
        InputProblem::Malformed,
    );
    names(
        app.rabt.instruments().complete_link(String::new()).await,
        "url",
        InputProblem::Malformed,
    );
}

#[tokio::test]
async fn a_configuration_names_what_is_wrong_with_it() {
    let town = Town::start().await;
    let dir = TempDir::new().expect("a folder");
    let good = || config(&town, dir.path());
    let open = async |config: Config| {
        open_rabt(config, Arc::new(MemorySecrets::default()), None, None)
            .await
            .map(|_| ())
    };
    for (config, field, wrong) in [
        (
            Config {
                data_dir: String::new(),
                ..good()
            },
            "data_dir",
            InputProblem::Empty,
        ),
        (
            Config {
                gateway_url: "http://g.example".to_owned(),
                ..good()
            },
            "gateway_url",
            InputProblem::Unsupported,
        ),
        (
            Config {
                directory_keys_json: "{".to_owned(),
                ..good()
            },
            "directory_keys_json",
            InputProblem::Malformed,
        ),
        (
            Config {
                directory_keys_json: r#"{"keys":[]}"#.to_owned(),
                ..good()
            },
            "directory_keys",
            InputProblem::Empty,
        ),
        (
            Config {
                extra_roots_pem: vec!["no certificate".to_owned()],
                ..good()
            },
            "extra_roots_pem",
            InputProblem::Malformed,
        ),
        (
            Config {
                agency_deadline_ms: -1,
                ..good()
            },
            "agency_deadline_ms",
            InputProblem::TooSmall,
        ),
        (
            Config {
                agency_deadline_ms: i64::MAX,
                ..good()
            },
            "agency_deadline_ms",
            InputProblem::TooLarge,
        ),
    ] {
        names(open(config).await, field, wrong);
    }
    open(Config {
        language: Language::Ar,
        ..good()
    })
    .await
    .expect("nothing of the above was kept");
}
