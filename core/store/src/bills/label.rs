//! Labels: what bills are found by. A label is what occurs together (agency, account, kind, title), so bills with the same text
//! share one, and a search opens labels and never bills. Their texts lie in [blocks](super::block), each of one agency.

use super::{
    block::{BLOCK_BYTES_FULL, BLOCK_BYTES_SPARSE, Block, Head},
    normalise::Words,
};
use crate::{
    StoreError,
    accounts::account_mac,
    file::{Fault, Tx},
    seal::Mac,
};
use rabt_domain::{AccountKey, Bill};
use rusqlite::OptionalExtension as _;
use std::collections::{BTreeMap, HashSet};

/// The table of blocks.
pub(super) const BLOCK: &str = "label_block";
/// The purpose of a label's look-up.
const LABEL: &str = "label";

/// What a bill's account is found by.
pub(super) fn account_of(tx: &Tx<'_>, bill: &Bill) -> Mac {
    account_mac(
        tx,
        &AccountKey {
            agency: bill.key.agency.clone(),
            account: bill.account.clone(),
        },
    )
}

/// Makes labels of one agency within one transaction, and keeps the block that they go into until all are there.
pub(super) struct LabelWriter {
    agency: i64,
    block: Option<(i64, Block)>,
}

/// Lets `work` make labels of an agency; what it made is on its way to the disk when this returns.
pub(super) fn writing<T>(
    tx: &Tx<'_>,
    agency: i64,
    work: impl FnOnce(&mut LabelWriter) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut labels = LabelWriter { agency, block: None };
    let done = work(&mut labels)?;
    labels.keep(tx)?;
    Ok(done)
}

impl LabelWriter {
    /// The agency's number.
    pub(super) fn agency(&self) -> i64 {
        self.agency
    }

    /// The number of a bill's label; it is made where there is none. A label is never changed.
    pub(super) fn label_of(&mut self, tx: &Tx<'_>, bill: &Bill) -> Result<i64, Fault> {
        let parts = [
            bill.key.agency.as_str(),
            bill.account.as_str(),
            &bill.kind_code,
            bill.title.en(),
            bill.title.ar(),
        ];
        let mac = tx.mac(LABEL, &parts);
        let known = tx
            .prepare_cached("SELECT id FROM label WHERE mac = ?1")?
            .query_row([mac.as_slice()], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let (block_id, block) = self.block(tx)?;
        tx.prepare_cached("INSERT INTO label (mac, agency, block) VALUES (?1, ?2, ?3)")?
            .execute((mac.as_slice(), self.agency, block_id))?;
        let id = tx.last_insert_rowid();
        let head = Head {
            account: account_of(tx, bill),
            kind_code: bill.kind_code.clone(),
        };
        let mut text = Words::default();
        text.add(bill.title.en());
        text.add(bill.title.ar());
        self.block = Some((block_id, block));
        self.change(|block| block.push(id, &head, &text))?;
        self.keep_if_full(tx)?;
        Ok(id)
    }

    /// Takes the labels of another block of the agency over, and removes that block.
    fn take_over(&mut self, tx: &Tx<'_>, id: i64, other: &Block) -> Result<(), Fault> {
        let open = self.block(tx)?;
        tx.prepare_cached("UPDATE label SET block = ?1 WHERE block = ?2")?
            .execute((open.0, id))?;
        self.block = Some(open);
        self.change(|block| block.take_over(other, |_| true))?;
        tx.prepare_cached("DELETE FROM label_block WHERE id = ?1")?
            .execute([id])?;
        self.keep_if_full(tx)
    }

    /// The block that takes the next label, taken out of `self`: the one at hand, the agency's last if it isn't full, or a new one.
    fn block(&mut self, tx: &Tx<'_>) -> Result<(i64, Block), Fault> {
        if let Some(block) = self.block.take() {
            return Ok(block);
        }
        if let Some(id) = last(tx, self.agency)?
            // One that is damaged takes no more; the search that finds it damaged drops it.
            && let Some(block) = read(tx, id)?
            && block.bytes() < BLOCK_BYTES_FULL
        {
            return Ok((id, block));
        }
        tx.prepare_cached("INSERT INTO label_block (agency, payload) VALUES (?1, x'')")?
            .execute([self.agency])?;
        Ok((tx.last_insert_rowid(), Block::default()))
    }

    fn change(&mut self, change: impl FnOnce(&mut Block) -> Option<()>) -> Result<(), Fault> {
        match self.block.as_mut().and_then(|(_, block)| change(block)) {
            Some(()) => Ok(()),
            None => Err(StoreError::Bug("a label fits in no block".to_owned()).into()),
        }
    }

    fn keep_if_full(&mut self, tx: &Tx<'_>) -> Result<(), Fault> {
        match &self.block {
            Some((_, block)) if block.bytes() >= BLOCK_BYTES_FULL => self.keep(tx),
            _ => Ok(()),
        }
    }

    fn keep(&mut self, tx: &Tx<'_>) -> Result<(), Fault> {
        match self.block.take() {
            Some((id, block)) => write(tx, id, &block),
            None => Ok(()),
        }
    }
}

/// Forgets labels of an agency that no bill has any more, and their texts.
pub(super) fn forget_unused(tx: &Tx<'_>, agency: i64) -> Result<(), Fault> {
    let mut unused: BTreeMap<i64, HashSet<i64>> = BTreeMap::new();
    {
        let mut statement = tx.prepare_cached(
            "DELETE FROM label WHERE agency = ?1 AND NOT EXISTS (SELECT 1 FROM bill WHERE bill.label = label.id)
             RETURNING block, id",
        )?;
        let mut rows = statement.query([agency])?;
        while let Some(row) = rows.next()? {
            unused.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
    }
    let last = last(tx, agency)?;
    let mut sparse = Vec::new();
    for (id, labels) in unused {
        let Some(rest) = read(tx, id)?.and_then(|block| block.without(&labels)) else {
            continue;
        };
        if rest.is_empty() {
            tx.prepare_cached("DELETE FROM label_block WHERE id = ?1")?
                .execute([id])?;
            continue;
        }
        write(tx, id, &rest)?;
        if rest.bytes() < BLOCK_BYTES_SPARSE && Some(id) != last {
            sparse.push((id, rest));
        }
    }
    writing(tx, agency, |labels| {
        sparse
            .iter()
            .try_for_each(|(id, block)| labels.take_over(tx, *id, block))
    })
}

fn last(tx: &Tx<'_>, agency: i64) -> Result<Option<i64>, Fault> {
    let mut statement = tx.prepare_cached("SELECT max(id) FROM label_block WHERE agency = ?1")?;
    Ok(statement.query_row([agency], |row| row.get(0))?)
}

/// A block; `None` where it is damaged.
fn read(tx: &Tx<'_>, id: i64) -> Result<Option<Block>, Fault> {
    let sealed: Vec<u8> = tx
        .prepare_cached("SELECT payload FROM label_block WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    let opened = tx.open_bytes(BLOCK, &id.to_be_bytes(), &sealed);
    Ok(opened.ok().and_then(|bytes| Block::decode(&bytes)))
}

fn write(tx: &Tx<'_>, id: i64, block: &Block) -> Result<(), Fault> {
    let bytes = block
        .encode()
        .ok_or_else(|| StoreError::Bug("a block of labels is over 4 GB".to_owned()))?;
    let sealed = tx.seal_bytes(BLOCK, &id.to_be_bytes(), &bytes)?;
    tx.prepare_cached("UPDATE label_block SET payload = ?2 WHERE id = ?1")?
        .execute((id, sealed))?;
    Ok(())
}
