//! The bank's promises, put to the test with a database of its own: nothing here needs a server.

use super::{
    api::{DebitRequest, ExchangeCode, OpenSession, Outcome, RefundRequest, SettlementRequest},
    cards::{self, CardFault, TypedCard},
    instruments::{self, Change},
    ledger::{self, Entry, LedgerError, OwnKind, Posting},
    movements::{self, Moment},
    sessions,
};
use crate::{server::reply::Reply, state::State};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use rabt_protocol::{instrument::InstrumentKind, instrument::InstrumentStatus, problem::code};
use rusqlite::Transaction;

const TODAY: Date = date(2026, 3, 1);
const NOW_MS: i64 = 1_772_352_000_000;
const PERSON: &str = "person-1";
const OPENING_FILS: i64 = 100_000;
const LIMIT_FILS: i64 = 50_000;

fn at() -> Moment {
    Moment {
        now_ms: NOW_MS,
        today: TODAY,
    }
}

/// A bank with one person, who has an account with AED 1,000 under the token `account` and a card of AED 500 under `card`.
fn bank() -> State {
    let state = State::open(None, &[super::SCHEMA]).unwrap();
    act(&state, |tx| {
        ledger::open_own(tx, ledger::EXTERNAL, OwnKind::External)?;
        ledger::open_own(tx, ledger::CLEARING, OwnKind::Clearing)?;
        tx.execute(
            "INSERT INTO bank_account (account_id, kind, subject, last_four, floor_fils) VALUES ('current:1', 'current', ?1, '0001', 0)",
            [PERSON],
        )?;
        let opening = Posting { transaction_id: "opening", purpose: "opening", reference: "", at_ms: NOW_MS };
        ledger::transfer(tx, opening, ledger::EXTERNAL, "current:1", OPENING_FILS).map_err(movements::refuse)?;
        let card = cards::open(tx, PERSON, "4242 4242 4242 4242", date(2028, 5, 31), LIMIT_FILS)?;
        for (token, kind, account) in
            [("account", InstrumentKind::BankAccount, "current:1"), ("card", InstrumentKind::Card, card.as_str())]
        {
            sessions::open(tx, token, &visit(token, kind))?;
            instruments::insert(tx, token, token, kind, PERSON, account, "2027-02-28")?;
        }
        Ok(())
    })
    .unwrap();
    state
}

fn visit(link_id: &str, kind: InstrumentKind) -> OpenSession {
    OpenSession {
        link_id: link_id.to_owned(),
        subject: PERSON.to_owned(),
        kind,
        return_uri: "rabt-demo:/linked".to_owned(),
        state: "s".to_owned(),
        expires_ms: NOW_MS + 1_000,
    }
}

fn act<T>(state: &State, act: impl FnOnce(&Transaction<'_>) -> Reply<T>) -> Reply<T> {
    state.transact(act)
}

fn balance(state: &State, account_id: &str) -> i64 {
    act(state, |tx| {
        Ok(tx.query_row(
            "SELECT COALESCE(SUM(balance_fils), 0) FROM bank_account WHERE account_id = ?1",
            [account_id],
            |row| row.get(0),
        )?)
    })
    .unwrap()
}

fn debit(state: &State, key: &str, token: &str, amount_fils: i64) -> Reply<Outcome> {
    let request = DebitRequest {
        token: token.to_owned(),
        subject: PERSON.to_owned(),
        amount_fils,
        consent_id: None,
        reference: format!("pay-{key}"),
    };
    act(state, |tx| movements::debit(tx, at(), key, &request)).map(|movement| movement.outcome)
}

fn settle(state: &State, key: &str, debit_key: &str, amount_fils: i64) -> Reply<Outcome> {
    let request = SettlementRequest {
        debit_key: debit_key.to_owned(),
        agency_id: "police".to_owned(),
        amount_fils,
        reference: "pay".to_owned(),
    };
    act(state, |tx| movements::settle(tx, at(), key, &request)).map(|movement| movement.outcome)
}

fn refund(state: &State, key: &str, debit_key: &str, amount_fils: i64) -> Reply<Outcome> {
    let request = RefundRequest {
        debit_key: debit_key.to_owned(),
        amount_fils,
        reference: "pay".to_owned(),
    };
    act(state, |tx| movements::refund(tx, at(), key, &request)).map(|movement| movement.outcome)
}

fn declined(code: &str) -> Outcome {
    Outcome::Declined { code: code.to_owned() }
}

fn code_of<T: std::fmt::Debug>(reply: Reply<T>) -> String {
    reply.unwrap_err().0.code
}

#[test]
fn money_goes_on_or_back_and_nowhere_else() {
    let bank = bank();
    assert_eq!(debit(&bank, "d", "account", 30_000), Ok(Outcome::Done));
    assert_eq!(
        (balance(&bank, "current:1"), balance(&bank, ledger::CLEARING)),
        (70_000, 30_000)
    );
    assert_eq!(settle(&bank, "s", "d", 20_000), Ok(Outcome::Done));
    assert_eq!(refund(&bank, "r", "d", 10_000), Ok(Outcome::Done));
    assert_eq!(
        (balance(&bank, "current:1"), balance(&bank, "agency:police")),
        (80_000, 20_000)
    );
    assert_eq!(balance(&bank, ledger::CLEARING), 0);
}

#[test]
fn a_debits_money_leaves_clearing_once() {
    let bank = bank();
    debit(&bank, "d1", "account", 30_000).unwrap();
    debit(&bank, "d2", "account", 30_000).unwrap();
    settle(&bank, "s1", "d1", 30_000).unwrap();
    // Clearing holds d2's money still; d1 has no claim to it.
    assert_eq!(code_of(refund(&bank, "r1", "d1", 1)), code::INSUFFICIENT_FUNDS);
    assert_eq!(code_of(settle(&bank, "s2", "d2", 30_001)), code::INSUFFICIENT_FUNDS);
    assert_eq!(code_of(refund(&bank, "r2", "no-such-debit", 1)), code::NOT_FOUND);
}

#[test]
fn a_repetition_is_answered_and_another_body_refused() {
    let bank = bank();
    assert_eq!(debit(&bank, "d", "account", 30_000), Ok(Outcome::Done));
    assert_eq!(debit(&bank, "d", "account", 30_000), Ok(Outcome::Done));
    assert_eq!(balance(&bank, "current:1"), 70_000);
    assert_eq!(
        code_of(debit(&bank, "d", "account", 30_001)),
        code::IDEMPOTENCY_KEY_REUSED
    );
    assert_eq!(code_of(settle(&bank, "d", "d", 30_000)), code::IDEMPOTENCY_KEY_REUSED);
}

#[test]
fn what_was_declined_stays_declined_under_its_key() {
    let bank = bank();
    assert_eq!(
        debit(&bank, "d", "account", OPENING_FILS + 1),
        Ok(declined(code::INSUFFICIENT_FUNDS))
    );
    let top_up = Posting {
        transaction_id: "top-up",
        purpose: "control",
        reference: "",
        at_ms: NOW_MS,
    };
    act(&bank, |tx| {
        ledger::transfer(tx, top_up, ledger::EXTERNAL, "current:1", 1).map_err(movements::refuse)
    })
    .unwrap();
    assert_eq!(
        debit(&bank, "d", "account", OPENING_FILS + 1),
        Ok(declined(code::INSUFFICIENT_FUNDS))
    );
    assert_eq!(debit(&bank, "d2", "account", OPENING_FILS + 1), Ok(Outcome::Done));
    assert_eq!(balance(&bank, "current:1"), 0);
}

#[test]
fn a_card_is_spent_to_its_limit_and_no_further() {
    let bank = bank();
    assert_eq!(debit(&bank, "d1", "card", LIMIT_FILS), Ok(Outcome::Done));
    assert_eq!(debit(&bank, "d2", "card", 1), Ok(declined(code::INSUFFICIENT_FUNDS)));
    refund(&bank, "r", "d1", 1).unwrap();
    assert_eq!(debit(&bank, "d3", "card", 1), Ok(Outcome::Done));
}

#[test]
fn an_instrument_pays_only_while_it_is_active_and_only_for_its_holder() {
    let bank = bank();
    for (change, status) in [
        (Change::Suspend, InstrumentStatus::Suspended),
        (Change::ExpireOn(date(2026, 2, 28)), InstrumentStatus::Expired),
        (Change::Revoke, InstrumentStatus::Revoked),
        (Change::Resume, InstrumentStatus::Revoked),
    ] {
        act(&bank, |tx| Ok(instruments::change(tx, "account", change)?)).unwrap();
        let now = act(&bank, |tx| Ok(instruments::known(tx, "account")?.status_on(TODAY))).unwrap();
        assert_eq!(now, status, "{change:?}");
        let key = format!("{change:?}");
        assert_eq!(
            debit(&bank, &key, "account", 1),
            Ok(declined(code::INSTRUMENT_UNUSABLE)),
            "{change:?}"
        );
    }
    let request = DebitRequest {
        token: "card".to_owned(),
        subject: "person-2".to_owned(),
        amount_fils: 1,
        consent_id: None,
        reference: String::new(),
    };
    assert_eq!(
        code_of(act(&bank, |tx| movements::debit(tx, at(), "other", &request))),
        code::NOT_FOUND
    );
    assert_eq!(balance(&bank, "current:1"), OPENING_FILS);
}

#[test]
fn a_code_makes_one_instrument() {
    let bank = bank();
    let exchange = |link_id: &str, code: &str, token: &str| {
        let request = ExchangeCode {
            code: code.to_owned(),
            link_id: link_id.to_owned(),
        };
        act(&bank, |tx| sessions::exchange(tx, NOW_MS, TODAY, token, &request)).map(|linked| linked.token)
    };
    act(&bank, |tx| {
        for link_id in ["l1", "l2"] {
            sessions::open(tx, link_id, &visit(link_id, InstrumentKind::BankAccount))?;
        }
        let session = sessions::find(tx, "l1")?.unwrap();
        sessions::approve(tx, &session, "current:1", "code-1")?;
        // The redirect was lost and the person pressed the button again.
        sessions::approve(tx, &session, "current:1", "code-2")?;
        Ok(())
    })
    .unwrap();
    assert_eq!(code_of(exchange("l1", "code-1", "t1")), code::INVALID_INPUT);
    assert_eq!(code_of(exchange("l2", "code-2", "t2")), code::INVALID_INPUT);
    assert_eq!(exchange("l1", "code-2", "t3").unwrap(), "t3");
    assert_eq!(exchange("l1", "code-2", "t4").unwrap(), "t3");
    let closed = act(&bank, |tx| Ok(sessions::find(tx, "l1")?.unwrap().is_open(NOW_MS))).unwrap();
    assert!(!closed, "a page that made an instrument is over");
}

#[test]
fn only_test_cards_are_taken_and_their_numbers_are_kept_nowhere() {
    let bank = bank();
    let typed = |number: &str, expiry: &str, cvc: &str| {
        let card = TypedCard { number, expiry, cvc };
        act(&bank, |tx| cards::accept(tx, PERSON, TODAY, &card)).unwrap()
    };
    assert!(typed("4242 4242 4242 4242", "05/28", "123").is_ok());
    assert!(typed("5555-5555-5555-4444", "12/30", "123").is_ok());
    assert_eq!(typed("4242 4242 4242 4241", "05/28", "123"), Err(CardFault::Number));
    // Passes Luhn, and might be somebody's.
    assert_eq!(
        typed("4539 5787 6362 1486", "05/28", "123"),
        Err(CardFault::NotATestCard)
    );
    assert_eq!(typed("4242 4242 4242 4242", "02/26", "123"), Err(CardFault::Expiry));
    assert_eq!(typed("4242 4242 4242 4242", "05/28", "12"), Err(CardFault::Cvc));
    let kept: String = act(&bank, |tx| {
        Ok(tx.query_row(
            "SELECT group_concat(account_id || coalesce(last_four, '')) FROM bank_account",
            [],
            |row| row.get(0),
        )?)
    })
    .unwrap();
    assert!(!kept.contains("42424242") && !kept.contains("55555555"));
}

#[test]
fn the_database_itself_refuses_crooked_books() {
    let bank = bank();
    let refused = |sql: &str| act(&bank, |tx| Ok(tx.execute_batch(sql)?)).is_err();
    assert!(refused(
        "INSERT INTO bank_entry VALUES ('x', 'clearing', 5), ('x', 'external', -4);
         INSERT INTO bank_transaction VALUES ('x', '', '', 0);"
    ));
    assert!(
        refused("INSERT INTO bank_entry VALUES ('x', 'clearing', 5), ('x', 'external', -5);"),
        "never sealed"
    );
    assert!(
        refused("INSERT INTO bank_entry VALUES ('opening', 'clearing', 5);"),
        "sealed before"
    );
    assert!(refused("UPDATE bank_entry SET amount_fils = 1;"));
    assert!(refused("DELETE FROM bank_transaction;"));
    assert!(
        refused("UPDATE bank_account SET balance_fils = -1 WHERE account_id = 'current:1';"),
        "overdrawn"
    );
    assert_eq!(balance(&bank, "current:1"), OPENING_FILS);
}

#[test]
fn the_ledger_refuses_what_does_not_balance() {
    let bank = bank();
    let post = |transaction_id: &str, entries: &[Entry<'_>]| {
        let posting = Posting {
            transaction_id,
            purpose: "",
            reference: "",
            at_ms: 0,
        };
        bank.transact(|tx| ledger::post(tx, posting, entries))
    };
    let entry = |account_id, amount_fils| Entry {
        account_id,
        amount_fils,
    };
    assert!(matches!(post("a", &[]), Err(LedgerError::Unbalanced)));
    assert!(matches!(
        post("b", &[entry("external", -5), entry("current:1", 4)]),
        Err(LedgerError::Unbalanced)
    ));
    assert!(matches!(
        post("c", &[entry("external", 0), entry("current:1", 0)]),
        Err(LedgerError::Unbalanced)
    ));
    assert!(matches!(
        post("d", &[entry("external", i64::MIN), entry("current:1", i64::MIN)]),
        Err(LedgerError::Range | LedgerError::InsufficientFunds)
    ));
    assert!(matches!(
        post("e", &[entry("external", -5), entry("nobody", 5)]),
        Err(LedgerError::UnknownAccount(_))
    ));
    assert!(matches!(
        post(
            "f",
            &[
                entry("current:1", -OPENING_FILS - 1),
                entry("external", OPENING_FILS + 1)
            ]
        ),
        Err(LedgerError::InsufficientFunds)
    ));
}

/// Something that the gateway may ask, in whatever order and however often.
#[derive(Clone, Debug)]
enum Ask {
    Debit { key: u8, card: bool, amount_fils: i64 },
    Refund { key: u8, of: u8, amount_fils: i64 },
    Settle { key: u8, of: u8, amount_fils: i64 },
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let amount = -10_i64..80_000;
    // Few keys, so that they are used again, with the same and with other bodies.
    let ask = prop_oneof![
        (0_u8..6, any::<bool>(), amount.clone()).prop_map(|(key, card, amount_fils)| Ask::Debit {
            key,
            card,
            amount_fils
        }),
        (6_u8..12, 0_u8..6, amount.clone()).prop_map(|(key, of, amount_fils)| Ask::Refund { key, of, amount_fils }),
        (12_u8..18, 0_u8..6, amount).prop_map(|(key, of, amount_fils)| Ask::Settle { key, of, amount_fils }),
    ];
    prop::collection::vec(ask, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_books_balance_and_nobody_is_overdrawn(asks in asks()) {
        let bank = bank();
        for ask in asks {
            let key = |key: u8| format!("k{key}");
            // A refusal is a fine answer; what it leaves behind is what counts.
            let _ = match ask {
                Ask::Debit { key: k, card, amount_fils } => {
                    debit(&bank, &key(k), if card { "card" } else { "account" }, amount_fils)
                }
                Ask::Refund { key: k, of, amount_fils } => refund(&bank, &key(k), &key(of), amount_fils),
                Ask::Settle { key: k, of, amount_fils } => settle(&bank, &key(k), &key(of), amount_fils),
            };
            let (sum, low, crooked): (i64, i64, i64) = act(&bank, |tx| {
                Ok(tx.query_row(
                    "SELECT (SELECT SUM(balance_fils) FROM bank_account),
                        (SELECT COUNT(*) FROM bank_account WHERE balance_fils < floor_fils),
                        (SELECT COUNT(*) FROM (SELECT 1 FROM bank_entry GROUP BY transaction_id HAVING SUM(amount_fils) <> 0))",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )?)
            })
            .unwrap();
            prop_assert_eq!((sum, low, crooked), (0, 0, 0));
        }
        let (debited, moved): (i64, i64) = act(&bank, |tx| {
            Ok(tx.query_row(
                "SELECT COALESCE(SUM(amount_fils) FILTER (WHERE kind = 'debit'), 0),
                        COALESCE(SUM(amount_fils) FILTER (WHERE kind <> 'debit'), 0)
                 FROM bank_movement WHERE declined IS NULL",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?)
        })
        .unwrap();
        prop_assert_eq!(balance(&bank, ledger::CLEARING), debited - moved);
        prop_assert!(moved <= debited);
    }
}
