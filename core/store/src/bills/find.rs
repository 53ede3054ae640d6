//! Searching: which bills a text means, without a plaintext index.
//!
//! Every word must begin a word of the bill's label, its agency's names, the name of its kind, or its account's label or
//! number; or be the bill's number or the last four characters of it. The texts of all labels are opened and read through, a block
//! at a time; bills are not. What is found is a set of labels and a set of numbers, and which bill has one of them is asked
//! of the index that gives bills in order.

use super::{
    block::View,
    heal::Damage,
    label::BLOCK,
    normalise::{QueryWord, Words, number, query_words},
    write::{ending_mac, number_mac},
};
use crate::{
    accounts::{self, account_mac},
    agency,
    file::{Fault, Tx},
    limits::{SEARCH_CHARS_MAX, SEARCH_SORTED_MAX, SEARCH_WORDS_MAX},
};
use rabt_domain::{Account, Invalid, InvalidReason};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// A bit for each word of the query.
type Mask = u32;
/// Rows by their numbers, in that order, each with the words that it has.
type Masks = Vec<(i64, Mask)>;

/// What a search text comes to.
#[derive(Debug, Default)]
pub(super) struct Found {
    labels: Masks,
    /// Bills that have a word as their number.
    numbers: Masks,
    all: Mask,
}

impl Found {
    /// Whether the text means a bill.
    pub(super) fn means(&self, label: i64, bill: i64) -> bool {
        let mask = mask_at(&self.labels, label);
        mask == self.all || mask | mask_at(&self.numbers, bill) == self.all
    }

    /// The only bills that the text may mean; `None` where they are too many to be put in order.
    pub(super) fn few(&self, tx: &Tx<'_>) -> Result<Option<Vec<i64>>, Fault> {
        let mut bills: Vec<i64> = self.numbers.iter().map(|(bill, _)| *bill).collect();
        let mut of_label = tx.prepare_cached("SELECT id FROM bill WHERE label = ?1")?;
        for (label, _) in self.labels.iter().filter(|(_, mask)| *mask == self.all) {
            let mut rows = of_label.query([label])?;
            while let Some(row) = rows.next()? {
                if bills.len() >= SEARCH_SORTED_MAX {
                    return Ok(None);
                }
                bills.push(row.get(0)?);
            }
        }
        bills.sort_unstable();
        bills.dedup();
        Ok((bills.len() < SEARCH_SORTED_MAX).then_some(bills))
    }
}

/// What a search text comes to; `None` where it is empty and means every bill. Where agencies are named, only theirs is looked at.
pub(super) fn find(
    tx: &Tx<'_>,
    text: &str,
    of_agencies: Option<&[i64]>,
    damage: &mut Damage,
) -> Result<Option<Found>, Fault> {
    if text.chars().count() > SEARCH_CHARS_MAX {
        return Err(Invalid::new("search", InvalidReason::TooMany).into());
    }
    let words = query_words(text, SEARCH_WORDS_MAX);
    if words.is_empty() {
        let nothing = Found {
            all: 1,
            ..Found::default()
        };
        return Ok((!text.trim().is_empty()).then_some(nothing));
    }
    let all = bits(&words).fold(0, |mask, (_, bit)| mask | bit);
    Ok(Some(Found {
        labels: labels(tx, &words, of_agencies, damage)?,
        numbers: numbers(tx, &words, &number(text), all)?,
        all,
    }))
}

fn bits(words: &[QueryWord]) -> impl Iterator<Item = (&QueryWord, Mask)> {
    words.iter().zip((0..Mask::BITS).map(|bit| 1 << bit))
}

fn mask_at(masks: &Masks, row: i64) -> Mask {
    masks
        .binary_search_by_key(&row, |(row, _)| *row)
        .map_or(0, |at| masks[at].1)
}

/// In the order of their rows, with what is said of one row twice said once.
fn sorted(mut masks: Masks) -> Masks {
    // Whole runs of them are in order already, which this takes advantage of.
    masks.sort_by_key(|(row, _)| *row);
    masks.dedup_by(|(row, mask), (kept, kept_mask)| {
        let same = row == kept;
        if same {
            *kept_mask |= *mask;
        }
        same
    });
    masks
}

/// Each label that has any of the words, with which ones.
fn labels(tx: &Tx<'_>, words: &[QueryWord], of_agencies: Option<&[i64]>, damage: &mut Damage) -> Result<Masks, Fault> {
    let agencies = agency_masks(tx, words, damage)?;
    let accounts = account_masks(tx, words)?;
    let mut statement = tx.prepare_cached("SELECT id, agency, payload FROM label_block")?;
    let mut rows = statement.query(())?;
    let mut buffer = Zeroizing::new(Vec::new());
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, agency): (i64, i64) = (row.get(0)?, row.get(1)?);
        if of_agencies.is_some_and(|wanted| !wanted.contains(&agency)) {
            continue;
        }
        let sealed = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let opened = tx.open_bytes_over(BLOCK, &id.to_be_bytes(), sealed, &mut buffer);
        let Some(view) = opened.ok().and_then(View::of) else {
            damage.label_blocks.push(id);
            continue;
        };
        let heads: Vec<Mask> = view
            .heads
            .iter()
            .map(|head| {
                let agency = agencies
                    .get(&agency)
                    .map_or(0, |agency| agency.of_kind(&head.kind_code));
                agency | accounts.get(head.account.as_slice()).copied().unwrap_or(0)
            })
            .collect();
        found.extend(labels_of(&view, words, &heads));
    }
    Ok(sorted(found))
}

/// Each label of a block that has any of the words. `heads` says which words the label has by its head alone.
fn labels_of(view: &View<'_>, words: &[QueryWord], heads: &[Mask]) -> Vec<(i64, Mask)> {
    let by_head = |head: u32| usize::try_from(head).ok().and_then(|head| heads.get(head)).copied();
    let mut masks: Masks = view
        .entries()
        .map(|entry| (entry.label, by_head(entry.head).unwrap_or(0)))
        .collect();
    for (word, bit) in bits(words) {
        for needle in &word.needles {
            view.each_with(
                |text| needle.find(text),
                |place| {
                    if let Some((_, mask)) = masks.get_mut(place) {
                        *mask |= bit;
                    }
                },
            );
        }
    }
    masks.retain(|(_, mask)| *mask != 0);
    masks
}

/// Each bill that has a word, or the whole text, as its number or the last characters of it. A longer one is no ending, but then
/// nothing is found by it either.
fn numbers(tx: &Tx<'_>, words: &[QueryWord], whole: &str, all: Mask) -> Result<Masks, Fault> {
    let mut statement = tx.prepare_cached("SELECT bill FROM bill_number WHERE mac IN (?1, ?2)")?;
    let mut found = Vec::new();
    let words = bits(words).map(|(word, bit)| (word.number.as_str(), bit));
    for (number, mask) in words.chain([(whole, all)]).filter(|(number, _)| !number.is_empty()) {
        let (number, ending) = (number_mac(tx, number), ending_mac(tx, number));
        let mut rows = statement.query((number.as_slice(), ending.as_slice()))?;
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, mask));
        }
    }
    Ok(sorted(found))
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
    bits(words)
        .filter(|(word, _)| text.begin_with(word))
        .fold(0, |mask, (_, bit)| mask | bit)
}
