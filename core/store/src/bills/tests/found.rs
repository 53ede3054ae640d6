//! A search against a plain look at every bill, whatever was taken in, changed and forgotten before.

use super::*;
use crate::{
    bills::normalise::{Words, ending, number, query_words},
    limits::SEARCH_SORTED_MAX,
    testing::{bill, day},
};
use proptest::{collection::vec, prelude::*, sample::select};
use rabt_domain::{AccountId, Bilingual, Personal};
use std::collections::BTreeMap;

const AGENCIES: [&str; 2] = ["police", "water"];
const WORDS_EN: [&str; 6] = ["Water", "Waterfront", "Fine", "Final", "Flat", "2026"];
const WORDS_AR: [&str; 6] = ["الماء", "ماء", "والمخالفة", "مخالفه", "شقة", "٢٠٢٦"];

/// A bill as it is said: its number, due day, whether it is open, and its title.
#[derive(Clone, Debug)]
struct Said {
    id: u8,
    due: i32,
    en: String,
    ar: String,
    account: u8,
}

#[derive(Clone, Debug)]
enum Act {
    /// A whole answer: what isn't in it vanishes.
    Pass(usize, Vec<Said>),
    /// One bill by itself.
    Put(usize, Said),
    Forget(usize),
    Reopen,
}

fn said() -> impl Strategy<Value = Said> {
    let words = |of: [&'static str; 6]| vec(select(of.to_vec()), 1..4).prop_map(|words| words.join(" "));
    (0..12_u8, 0..5_i32, words(WORDS_EN), words(WORDS_AR), 0..2_u8).prop_map(|(id, due, en, ar, account)| Said {
        id,
        due,
        en,
        ar,
        account,
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..2_usize, vec(said(), 0..10)).prop_map(|(of, said)| Act::Pass(of, said)),
        3 => (0..2_usize, said()).prop_map(|(of, said)| Act::Put(of, said)),
        1 => (0..2_usize).prop_map(Act::Forget),
        1 => Just(Act::Reopen),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let words = vec![
        "wat",
        "WATER",
        "fin",
        "fine",
        "flat",
        "2026",
        "٢٠٢٦",
        "الماء",
        "ماء",
        "مخالف",
        "شقه",
        "110",
        "1107",
        "ref",
    ];
    vec(select(words), 1..3).prop_map(|words| words.join(" "))
}

fn bill_of(of: usize, said: &Said) -> Bill {
    Bill {
        title: Bilingual::parse(said.en.as_str(), said.ar.as_str()).unwrap(),
        due_on: day("2026-11-20").plus_days(said.due),
        account: AccountId::parse(format!("acc-{}", said.account)).unwrap(),
        reference: Personal::new(format!("REF-{}", 1_100 + u32::from(said.id))),
        ..bill(AGENCIES[of], &said.id.to_string())
    }
}

/// What the documentation of a search says, said again: each word begins one of the title's, or is a number of the bill's.
fn means(bill: &Bill, text: &str) -> bool {
    let numbers: Vec<String> = [bill.reference.reveal().as_str(), bill.key.bill.as_str()]
        .map(number)
        .into();
    let is_number = |word: &str| {
        numbers
            .iter()
            .any(|number| number == word || ending(number) == Some(word))
    };
    let mut title = Words::default();
    title.add(bill.title.en());
    title.add(bill.title.ar());
    let words = query_words(text, 8);
    words
        .iter()
        .all(|word| title.begin_with(word) || is_number(&word.number))
        || is_number(&number(text))
}

fn search(text: &str) -> BillQuery {
    BillQuery {
        search: Some(Personal::new(text.to_owned())),
        standing: Standing::All,
        ..BillQuery::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_search_finds_what_a_look_at_every_bill_finds(acts in vec(act(), 1..8), texts in vec(text(), 3), only in 0..2_usize) {
        let mut fixture = Fixture::new();
        let mut model: BTreeMap<(usize, u8), Bill> = BTreeMap::new();
        for act in acts {
            match act {
                Act::Pass(of, said) => {
                    let mut bills: BTreeMap<u8, Bill> = BTreeMap::new();
                    bills.extend(said.iter().map(|said| (said.id, bill_of(of, said))));
                    say(&fixture, AGENCIES[of], &bills.values().cloned().collect::<Vec<_>>());
                    for (_, bill) in model.iter_mut().filter(|((agency, id), _)| *agency == of && !bills.contains_key(id)) {
                        bill.status = bill.status.when_not_mentioned();
                    }
                    model.extend(bills.into_iter().map(|(id, bill)| ((of, id), bill)));
                }
                Act::Put(of, said) => {
                    let bill = bill_of(of, &said);
                    fixture.store.bills().put(&bill).unwrap();
                    model.insert((of, said.id), bill);
                }
                Act::Forget(of) => {
                    fixture.store.bills().forget(&agency(AGENCIES[of])).unwrap();
                    model.retain(|(agency, _), _| *agency != of);
                }
                Act::Reopen => fixture = fixture.reopened(|_| {}),
            }
        }
        for text in &texts {
            for query in [search(text), BillQuery { standing: Standing::Open, agencies: vec![agency(AGENCIES[only])], limit: 3, ..search(text) }] {
                let mut expected: Vec<_> = model
                    .values()
                    .filter(|bill| means(bill, text))
                    .filter(|bill| query.standing == Standing::All || bill.status.is_open())
                    .filter(|bill| query.agencies.is_empty() || query.agencies.contains(&bill.key.agency))
                    .map(|bill| (bill.due_on, bill.key.agency.as_str().to_owned(), bill.key.bill.as_str().to_owned()))
                    .collect();
                let mut found = Vec::new();
                let mut page = query.clone();
                loop {
                    let read = fixture.store.bills().page(&page).unwrap();
                    prop_assert_eq!(read.dropped, 0);
                    found.extend(read.bills.into_iter().map(|kept| (kept.bill.due_on, kept.bill.key.agency.as_str().to_owned(), kept.bill.key.bill.as_str().to_owned())));
                    page.cursor = read.next;
                    if page.cursor.is_none() {
                        break;
                    }
                }
                prop_assert!(found.is_sorted_by_key(|(due, _, _)| *due));
                found.sort();
                expected.sort();
                prop_assert_eq!(&found, &expected, "{}", text);
            }
        }
    }
}

/// Long titles of their own for `count` bills, so that few of them fill a block.
fn long(count: usize, title: &str) -> Vec<Bill> {
    let long = "x".repeat(150);
    (0..count)
        .map(|n| Bill {
            title: Bilingual::parse(format!("{title} {n} {long}"), "فاتورة").unwrap(),
            ..bill("water", &n.to_string())
        })
        .collect()
}

fn blocks(fixture: &Fixture) -> (i64, i64) {
    fixture
        .store
        .cache_read(|tx| {
            let count = |sql: &str| tx.query_row(sql, (), |row| row.get(0));
            Ok((
                count("SELECT count(*) FROM label_block")?,
                count("SELECT count(*) FROM label")?,
            ))
        })
        .unwrap()
}

fn found(fixture: &Fixture, text: &str) -> usize {
    names(fixture, &search(text)).len()
}

#[test]
fn blocks_fill_one_after_the_other_and_stay_few_when_titles_change() {
    let fixture = Fixture::new();
    let mut bills = long(1_000, "before");
    say(&fixture, "water", &bills);
    let (full, labels) = blocks(&fixture);
    assert_eq!(labels, 1_000);
    assert!((4..=8).contains(&full), "{full} blocks");

    // All titles but every twentieth change: what is left of the old blocks moves together.
    for (n, changed) in long(1_000, "after").into_iter().enumerate() {
        if n % 20 != 0 {
            bills[n] = changed;
        }
    }
    say(&fixture, "water", &bills);
    let (now, labels) = blocks(&fixture);
    assert_eq!(labels, 1_000);
    assert!(now <= full + 2, "{now} blocks after {full}");
    assert_eq!((found(&fixture, "before"), found(&fixture, "after")), (50, 950));

    // And nothing is left of what is no more.
    fixture.store.bills().forget(&agency("water")).unwrap();
    assert_eq!(blocks(&fixture), (0, 0));
}

#[test]
fn more_than_are_sorted_at_once_come_in_order_too() {
    let fixture = Fixture::new();
    let count = SEARCH_SORTED_MAX + 50;
    let mut bills = long(count, "many");
    for (n, bill) in bills.iter_mut().enumerate() {
        bill.due_on = day("2026-11-20").plus_days(i32::try_from(n * 7 % 30).unwrap());
    }
    say(&fixture, "water", &bills);
    let mut expected: Vec<_> = bills.iter().enumerate().map(|(n, bill)| (bill.due_on, n)).collect();
    expected.sort();
    for (standing, count) in [(Standing::Open, count), (Standing::All, count), (Standing::Closed, 0)] {
        let query = BillQuery {
            standing,
            limit: 200,
            ..search("many فاتوره")
        };
        let names = names(&fixture, &query);
        assert_eq!(names.len(), count);
        assert!(names.iter().zip(&expected).all(|(name, (_, n))| name == &n.to_string()));
    }
}
