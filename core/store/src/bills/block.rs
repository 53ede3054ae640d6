//! Blocks: the search texts of some hundred labels under one seal.
//!
//! A search reads every text that there is, and what costs then is not the cipher but beginning again for each row: a look-up, a
//! nonce, a tag, a parse. So texts are kept as a search compares them, one after the other in one piece of memory, and a block is
//! opened, read through once and overwritten by the next.
//!
//! In a block stand, in this order: the *heads* (account and kind, which many labels share), one *entry* a label (its number, its
//! head, the length of its text), and all texts. Numbers are big-endian.

use super::normalise::Words;
use crate::seal::{MAC_BYTES, Mac};
use std::collections::HashSet;
use zeroize::Zeroizing;

/// A block with as many bytes takes no more labels: long enough that the seal costs nothing beside the bytes, short enough to be
/// written again for one label.
pub(super) const BLOCK_BYTES_FULL: usize = 32 << 10;
/// One with fewer, but for an agency's last, hands its labels on to the last, so that blocks stay few.
pub(super) const BLOCK_BYTES_SPARSE: usize = BLOCK_BYTES_FULL / 4;

/// The bytes of an entry: the label's number, its head, its text's length.
const ENTRY_BYTES: usize = 8 + 4 + 4;

/// What several labels of a block share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// What the account is found by.
    pub(super) account: Mac,
    /// The agency's own word for the kind of bill.
    pub(super) kind_code: String,
}

/// A label in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number.
    pub(super) label: i64,
    /// Which of the block's heads.
    pub(super) head: u32,
    text_bytes: u32,
}

/// A block as it is made and changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    heads: Vec<Head>,
    entries: Vec<Entry>,
    text: Vec<u8>,
}

impl Block {
    /// Takes in a label. `None`, and nothing is taken in, where it is longer than any title may be.
    pub(super) fn push(&mut self, label: i64, head: &Head, text: &Words) -> Option<()> {
        self.push_bytes(label, head, text.as_bytes())
    }

    fn push_bytes(&mut self, label: i64, head: &Head, text: &[u8]) -> Option<()> {
        let text_bytes = u32::try_from(text.len()).ok()?;
        let known = self.heads.iter().position(|known| known == head);
        let entry = Entry {
            label,
            head: u32::try_from(known.unwrap_or(self.heads.len())).ok()?,
            text_bytes,
        };
        if known.is_none() {
            self.heads.push(head.clone());
        }
        self.entries.push(entry);
        self.text.extend_from_slice(text);
        Some(())
    }

    /// The block without these labels.
    pub(super) fn without(&self, labels: &HashSet<i64>) -> Option<Self> {
        let mut rest = Self::default();
        rest.take_over(self, |label| !labels.contains(&label))?;
        Some(rest)
    }

    /// Takes in those labels of another block that are wanted.
    pub(super) fn take_over(&mut self, other: &Self, mut wanted: impl FnMut(i64) -> bool) -> Option<()> {
        let mut text = other.text.as_slice();
        for entry in &other.entries {
            let own = take(&mut text, size(entry.text_bytes))?;
            if wanted(entry.label) {
                self.push_bytes(entry.label, other.heads.get(size(entry.head))?, own)?;
            }
        }
        Some(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// About how long it is; what the heads take is not counted.
    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * ENTRY_BYTES + self.text.len()
    }

    /// As it is sealed.
    pub(super) fn encode(&self) -> Option<Zeroizing<Vec<u8>>> {
        let heads: usize = self.heads.iter().map(|head| MAC_BYTES + 4 + head.kind_code.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(8 + heads + self.bytes()));
        bytes.extend_from_slice(&u32::try_from(self.heads.len()).ok()?.to_be_bytes());
        for head in &self.heads {
            bytes.extend_from_slice(&head.account);
            bytes.extend_from_slice(&u32::try_from(head.kind_code.len()).ok()?.to_be_bytes());
            bytes.extend_from_slice(head.kind_code.as_bytes());
        }
        bytes.extend_from_slice(&u32::try_from(self.entries.len()).ok()?.to_be_bytes());
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.label.to_be_bytes());
            bytes.extend_from_slice(&entry.head.to_be_bytes());
            bytes.extend_from_slice(&entry.text_bytes.to_be_bytes());
        }
        bytes.extend_from_slice(&self.text);
        Some(bytes)
    }

    /// From such bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let view = View::of(bytes)?;
        Some(Self {
            entries: view.entries().collect(),
            heads: view.heads,
            text: view.text.to_vec(),
        })
    }
}

/// A block as it is read: its texts stay where they were opened.
pub(super) struct View<'a> {
    pub(super) heads: Vec<Head>,
    entries: &'a [u8],
    text: &'a [u8],
}

impl<'a> View<'a> {
    /// `None` for bytes that no block was written as.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut heads = Vec::new();
        for _ in 0..take_u32(&mut rest)? {
            let account = *take(&mut rest, MAC_BYTES)?.first_chunk()?;
            let length = size(take_u32(&mut rest)?);
            let kind_code = std::str::from_utf8(take(&mut rest, length)?).ok()?.to_owned();
            heads.push(Head { account, kind_code });
        }
        let entries = size(take_u32(&mut rest)?).checked_mul(ENTRY_BYTES)?;
        let view = Self {
            heads,
            entries: take(&mut rest, entries)?,
            text: rest,
        };
        let whole = view.entries().all(|entry| size(entry.head) < view.heads.len())
            && view.entries().map(|entry| size(entry.text_bytes)).sum::<usize>() == view.text.len();
        whole.then_some(view)
    }

    /// Its labels, in the order of their texts.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> + use<'a> {
        self.entries.chunks_exact(ENTRY_BYTES).filter_map(|bytes| {
            let mut rest = bytes;
            Some(Entry {
                label: i64::from_be_bytes(*take(&mut rest, 8)?.first_chunk()?),
                head: take_u32(&mut rest)?,
                text_bytes: take_u32(&mut rest)?,
            })
        })
    }

    /// Calls `found` with the place, among the entries, of each label whose text `find` finds something in; `find` says where.
    pub(super) fn each_with(&self, find: impl Fn(&[u8]) -> Option<usize>, mut found: impl FnMut(usize)) {
        let mut ends = self
            .entries()
            .scan(0, |end, entry| {
                *end += size(entry.text_bytes);
                Some(*end)
            })
            .enumerate();
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(&find) {
            // The label in whose text that is. No label is looked at twice, so this is one walk along the texts.
            let Some((place, end)) = ends.find(|(_, end)| *end > from + at) else {
                return;
            };
            found(place);
            from = end;
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*take(rest, 4)?.first_chunk()?))
}

/// A length. Where it were too long for the processor, so would the block be.
fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn head(account: u8, kind_code: &str) -> Head {
        Head {
            account: [account; MAC_BYTES],
            kind_code: kind_code.to_owned(),
        }
    }

    fn words(text: &str) -> Words {
        let mut words = Words::default();
        words.add(text);
        words
    }

    fn block(titles: &[String]) -> Block {
        let mut block = Block::default();
        for (label, title) in (1..).zip(titles) {
            let account = u8::try_from(title.len() % 3).unwrap();
            block.push(label, &head(account, "fine"), &words(title)).unwrap();
        }
        block
    }

    #[test]
    fn bytes_that_no_block_was_written_as_are_none() {
        let whole = block(&["one".to_owned(), "two".to_owned()]).encode().unwrap();
        assert!(View::of(&whole).is_some());
        for cut in 0..whole.len() {
            assert!(View::of(&whole[..cut]).is_none(), "cut at {cut}");
        }
        let mut longer = whole.to_vec();
        longer.push(b'x');
        assert!(View::of(&longer).is_none());
        // More heads and entries than any memory holds.
        assert!(View::of(&[0xff; 64]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_found_in_a_block_is_what_is_found_in_each_text(titles in vec("[ab ]{0,6}", 0..12), wanted in "[ab]{1,3}") {
            let block = block(&titles);
            let bytes = block.encode().unwrap();
            prop_assert_eq!(&Block::decode(&bytes).unwrap(), &block);
            let needle = format!("\n{wanted}");
            let view = View::of(&bytes).unwrap();
            let mut found = Vec::new();
            let find = |text: &[u8]| text.windows(needle.len()).position(|window| window == needle.as_bytes());
            view.each_with(find, |place| found.push(place));
            let expected: Vec<usize> = (0..titles.len()).filter(|place| find(words(&titles[*place]).as_bytes()).is_some()).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_block_without_labels_is_as_if_they_had_never_come(titles in vec("[ab ]{0,6}", 0..12), gone in vec(any::<bool>(), 12)) {
            let gone: HashSet<i64> = (1..).zip(gone).filter(|(_, gone)| *gone).map(|(label, _)| label).collect();
            let rest = block(&titles).without(&gone).unwrap();
            let mut expected = Block::default();
            for (label, title) in (1..).zip(&titles).filter(|(label, _)| !gone.contains(label)) {
                expected.push(label, &head(u8::try_from(title.len() % 3).unwrap(), "fine"), &words(title)).unwrap();
            }
            prop_assert_eq!(rest, expected);
        }
    }
}
