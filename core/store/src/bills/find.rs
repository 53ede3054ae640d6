//! Searching: which bills a text means, without a plaintext index.
//!
//! Every word must begin a word of the bill's label, its agency's names, the name of its kind, or its account's label or
//! number; or be the bill's number or the last four characters of it. Labels are opened (and remembered, within a bound), bills
//! are not: what is found is a set of labels, and SQLite does the rest by number.

use super::{
    heal::Damage,
    label::{self, LabelText},
    normalise::{QueryWord, Words, number, query_words},
    write::{ending_mac, number_mac},
};
use crate::{
    accounts::{self, account_mac},
    agency,
    file::{Fault, Tx},
    limits::{LABEL_MEMO_MAX, SEARCH_CHARS_MAX, SEARCH_WORDS_MAX},
};
use rabt_domain::{Account, Invalid, InvalidReason};
use rusqlite::types::Value;
use std::collections::HashMap;

/// Up to this many labels are looked up one by one and their bills sorted; with more, going through all bills in order and
/// keeping those that match is faster, since a page is full soon.
const LABELS_BY_INDEX_MAX: usize = 64;

/// Labels that were opened before.
#[derive(Debug, Default)]
pub(crate) struct SearchMemo {
    epoch: u64,
    labels: HashMap<i64, LabelText>,
}

/// What a search text comes to in SQL.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// A condition on `bill`.
    pub(super) sql: String,
    /// Its values.
    pub(super) values: Vec<Value>,
    /// Whether few enough labels match for the index by label.
    pub(super) by_label: bool,
}

/// A bit for each word of the query.
type Mask = u32;

/// What a search text comes to; `None` where it is empty and means every bill.
pub(super) fn find(
    tx: &Tx<'_>,
    memo: &mut SearchMemo,
    epoch: u64,
    text: &str,
    damage: &mut Damage,
) -> Result<Option<Filter>, Fault> {
    if text.chars().count() > SEARCH_CHARS_MAX {
        return Err(Invalid::new("search", InvalidReason::TooMany).into());
    }
    let words = query_words(text, SEARCH_WORDS_MAX);
    if words.is_empty() {
        return if text.trim().is_empty() {
            Ok(None)
        } else {
            Ok(Some(nothing()))
        };
    }
    if memo.epoch != epoch {
        *memo = SearchMemo {
            epoch,
            labels: HashMap::new(),
        };
    }
    let labels = matching_labels(tx, memo, &words, damage)?;
    filter(tx, &words, &number(text), &labels)
}

fn nothing() -> Filter {
    Filter {
        sql: "0".to_owned(),
        ..Filter::default()
    }
}

/// Each label that has any of the words, with which ones.
fn matching_labels(
    tx: &Tx<'_>,
    memo: &mut SearchMemo,
    words: &[QueryWord],
    damage: &mut Damage,
) -> Result<Vec<(i64, Mask)>, Fault> {
    let agencies = agency_masks(tx, words, damage)?;
    let accounts = account_masks(tx, words)?;
    let mut statement = tx.prepare_cached("SELECT id, agency, account, mac, payload FROM label")?;
    let mut rows = statement.query(())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, agency): (i64, i64) = (row.get(0)?, row.get(1)?);
        let opened;
        let text = match memo.labels.get(&id) {
            Some(text) => text,
            None => {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
                let Ok(text) = label::open(tx, &mac, &sealed) else {
                    damage.labels.push(id);
                    continue;
                };
                if memo.labels.len() < LABEL_MEMO_MAX {
                    memo.labels.entry(id).or_insert(text)
                } else {
                    opened = text;
                    &opened
                }
            }
        };
        let account: Vec<u8> = row.get(2)?;
        let mask = mask_of(words, &text.title)
            | agencies
                .get(&agency)
                .map_or(0, |agency| agency.of_kind(&text.kind_code))
            | accounts.get(&account).copied().unwrap_or(0);
        if mask != 0 {
            found.push((id, mask));
        }
    }
    Ok(found)
}

struct AgencyMask {
    names: Mask,
    kinds: HashMap<String, Mask>,
}

impl AgencyMask {
    fn of_kind(&self, code: &str) -> Mask {
        self.names | self.kinds.get(code).copied().unwrap_or(0)
    }
}

fn agency_masks(tx: &Tx<'_>, words: &[QueryWord], damage: &mut Damage) -> Result<HashMap<i64, AgencyMask>, Fault> {
    let (known, damaged) = agency::read(tx)?;
    damage.agencies.extend(damaged);
    let masks = known.into_iter().map(|(id, agency)| {
        let mut names = Words::default();
        for name in &agency.names {
            names.add(name.en());
            names.add(name.ar());
        }
        let kinds = agency.kinds.into_iter().map(|(code, name)| {
            let mut kind = Words::default();
            kind.add(name.en());
            kind.add(name.ar());
            (code, mask_of(words, &kind))
        });
        let mask = AgencyMask {
            names: mask_of(words, &names),
            kinds: kinds.collect(),
        };
        (id, mask)
    });
    Ok(masks.collect())
}

/// Damaged accounts are found, and dropped, by whoever lists them.
fn account_masks(tx: &Tx<'_>, words: &[QueryWord]) -> Result<HashMap<Vec<u8>, Mask>, Fault> {
    let (accounts, _) = accounts::read(tx, None)?;
    let masks = accounts.iter().map(|account: &Account| {
        let mut text = Words::default();
        text.add(account.label.en());
        text.add(account.label.ar());
        text.add(account.number.reveal());
        text.add(&number(account.number.reveal()));
        (account_mac(tx, &account.key).to_vec(), mask_of(words, &text))
    });
    Ok(masks.collect())
}

fn mask_of(words: &[QueryWord], text: &Words) -> Mask {
    words
        .iter()
        .zip(0..Mask::BITS)
        .filter(|(word, _)| text.begin_with(word))
        .fold(0, |mask, (_, bit)| mask | 1 << bit)
}

/// The condition: each word is in the label or is a number, or the whole text is one number.
fn filter(tx: &Tx<'_>, words: &[QueryWord], whole: &str, labels: &[(i64, Mask)]) -> Result<Option<Filter>, Fault> {
    let all: Mask = words
        .iter()
        .zip(0..Mask::BITS)
        .fold(0, |mask, (_, bit)| mask | 1 << bit);
    let with = |wanted: Mask| {
        let ids: Vec<i64> = labels
            .iter()
            .filter(|(_, mask)| mask & wanted == wanted)
            .map(|(id, _)| *id)
            .collect();
        ids
    };
    let by_all = with(all);
    let mut filter = Filter {
        by_label: by_all.len() <= LABELS_BY_INDEX_MAX,
        ..Filter::default()
    };
    filter.push_labels(&by_all)?;

    let numbers: Vec<bool> = words
        .iter()
        .map(|word| is_number(tx, &word.number))
        .collect::<Result<_, _>>()?;
    if numbers.contains(&true) {
        filter.by_label = false;
        filter.sql.push_str(" OR (1");
        for ((word, is_number), bit) in words.iter().zip(numbers).zip(0..Mask::BITS) {
            filter.sql.push_str(" AND (");
            filter.push_labels(&with(1 << bit))?;
            if is_number {
                filter.sql.push_str(" OR ");
                filter.push_number(tx, &word.number);
            }
            filter.sql.push(')');
        }
        filter.sql.push(')');
    }
    if words.len() > 1 && is_number(tx, whole)? {
        filter.by_label = false;
        filter.sql.push_str(" OR ");
        filter.push_number(tx, whole);
    }
    Ok(Some(filter))
}

fn is_number(tx: &Tx<'_>, number: &str) -> Result<bool, Fault> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM bill_number WHERE mac IN (?1, ?2)")?;
    Ok(!number.is_empty()
        && statement.exists((number_mac(tx, number).as_slice(), ending_mac(tx, number).as_slice()))?)
}

impl Filter {
    fn push_labels(&mut self, ids: &[i64]) -> Result<(), Fault> {
        let list = serde_json::to_string(ids).map_err(|error| crate::StoreError::Bug(error.to_string()))?;
        self.sql.push_str("bill.label IN (SELECT value FROM json_each(?))");
        self.values.push(list.into());
        Ok(())
    }

    /// A number, whole or by its last characters. A longer one is no ending, but then nothing is found by it either.
    fn push_number(&mut self, tx: &Tx<'_>, number: &str) {
        self.sql
            .push_str("bill.id IN (SELECT bill FROM bill_number WHERE mac IN (?, ?))");
        self.values.push(number_mac(tx, number).to_vec().into());
        self.values.push(ending_mac(tx, number).to_vec().into());
    }
}
