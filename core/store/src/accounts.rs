//! What the person holds with the agencies, in the cache.

use crate::{
    Store, StoreError,
    agency::{agency_row, find_agency},
    file::{Fault, Tx},
    limits::ACCOUNTS_MAX,
    rows::account::{AccountRow, TABLE},
    seal::Mac,
};
use rabt_domain::{Account, AccountId, AccountKey, AgencyId};
use std::collections::BTreeSet;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    pub(crate) store: &'a Store,
}

impl Accounts<'_> {
    /// Takes an agency's complete answer in place of its last one, and says whether anything is different.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`ACCOUNTS_MAX`]; [`StoreError::Bug`] for an account of another
    /// agency; those of the disk. Nothing is changed then.
    pub fn replace_for(&self, agency: &AgencyId, accounts: &[Account]) -> Result<bool, StoreError> {
        check(agency, accounts)?;
        self.store.cache_write(|tx| {
            let row = agency_row(tx, agency)?;
            let (kept, damaged) = read(tx, Some(row))?;
            if kept == accounts && damaged.is_empty() {
                return Ok(false);
            }
            tx.execute("DELETE FROM account WHERE agency = ?1", [row])?;
            for (position, account) in accounts.iter().enumerate() {
                write(tx, row, position, account)?;
            }
            Ok(true)
        })
    }

    /// Keeps one account, as after it was added by hand, in place of one of the same key.
    ///
    /// # Errors
    /// As [`replace_for`](Self::replace_for).
    pub fn put(&self, account: &Account) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            let row = agency_row(tx, &account.key.agency)?;
            let (count, last): (usize, i64) = tx.query_row(
                "SELECT count(*), ifnull(max(position), -1) FROM account WHERE agency = ?1",
                [row],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            bounded(count + 1)?;
            write(tx, row, usize::try_from(last + 1).unwrap_or(0), account)
        })
    }

    /// One account.
    ///
    /// # Errors
    /// Those of the disk. A damaged one is dropped and `None`.
    pub fn get(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        Ok(self.list()?.into_iter().find(|account| &account.key == key))
    }

    /// All accounts, by agency and then in the agency's order.
    ///
    /// # Errors
    /// Those of the disk. Damaged ones are dropped.
    pub fn list(&self) -> Result<Vec<Account>, StoreError> {
        let (mut accounts, damaged) = self.store.cache_read(|tx| read(tx, None))?;
        if !damaged.is_empty() {
            tracing::warn!(count = damaged.len(), "damaged accounts are dropped");
            self.store.cache_write(|tx| {
                let mut statement = tx.prepare_cached("DELETE FROM account WHERE mac = ?1")?;
                damaged
                    .iter()
                    .try_for_each(|mac| Ok(statement.execute([mac]).map(|_| ())?))
            })?;
        }
        accounts.sort_by(|one, other| one.key.agency.cmp(&other.key.agency));
        Ok(accounts)
    }

    /// Which accounts of an agency are here and open.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn ids_of(&self, agency: &AgencyId) -> Result<BTreeSet<AccountId>, StoreError> {
        self.store.cache_read(|tx| {
            let Some(row) = find_agency(tx, agency)? else {
                return Ok(BTreeSet::new());
            };
            let (kept, _) = read(tx, Some(row))?;
            Ok(kept.into_iter().map(|account| account.key.account).collect())
        })
    }

    /// Forgets an account; `false` where there is none.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn remove(&self, key: &AccountKey) -> Result<bool, StoreError> {
        self.store.cache_write(|tx| {
            let mac = account_mac(tx, key);
            Ok(tx.execute("DELETE FROM account WHERE mac = ?1", [mac.as_slice()])? > 0)
        })
    }
}

/// What an account is found by, here and among the bills.
pub(crate) fn account_mac(tx: &Tx<'_>, key: &AccountKey) -> Mac {
    tx.mac(TABLE, &[key.agency.as_str(), key.account.as_str()])
}

fn check(agency: &AgencyId, accounts: &[Account]) -> Result<(), StoreError> {
    bounded(accounts.len())?;
    if accounts.iter().any(|account| &account.key.agency != agency) {
        return Err(StoreError::Bug("an account of another agency was handed in".to_owned()));
    }
    Ok(())
}

fn bounded(count: usize) -> Result<(), StoreError> {
    if count > ACCOUNTS_MAX {
        return Err(StoreError::TooMany {
            what: "accounts of one agency",
            max: ACCOUNTS_MAX,
        });
    }
    Ok(())
}

/// Those that open, of one agency or of all, and where those are that don't.
pub(crate) fn read(tx: &Tx<'_>, agency: Option<i64>) -> Result<(Vec<Account>, Vec<Vec<u8>>), Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT mac, payload FROM account WHERE agency = ifnull(?1, agency) ORDER BY agency, position",
    )?;
    let mut rows = statement.query([agency])?;
    let (mut accounts, mut damaged) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let opened = tx.open::<AccountRow>(TABLE, &mac, &sealed);
        match opened.and_then(Account::try_from) {
            Ok(account) => accounts.push(account),
            Err(_) => damaged.push(mac),
        }
    }
    Ok((accounts, damaged))
}

/// One that is known keeps its place.
fn write(tx: &Tx<'_>, agency: i64, position: usize, account: &Account) -> Result<(), Fault> {
    let mac = account_mac(tx, &account.key);
    let sealed = tx.seal(TABLE, &mac, &AccountRow::from(account))?;
    tx.execute(
        "INSERT INTO account (mac, agency, position, payload) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (mac) DO UPDATE SET payload = excluded.payload",
        (mac.as_slice(), agency, position, sealed),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, agency};
    use rabt_domain::{AccountId, Bilingual, Holder, Personal};

    fn account(of: &str, id: &str) -> Account {
        Account {
            key: AccountKey {
                agency: agency(of),
                account: AccountId::parse(id).unwrap(),
            },
            kind: "contract".to_owned(),
            number: Personal::new("2001234567".to_owned()),
            label: Bilingual::parse("Home", "البيت").unwrap(),
            holder: Holder::Own,
            balance: None,
        }
    }

    #[test]
    fn an_answer_replaces_the_last_one_of_its_agency_alone() {
        let fixture = Fixture::new();
        let room = fixture.store.accounts();
        let (water, police) = (agency("water"), agency("police"));
        let (b, a, toll) = (account("water", "b"), account("water", "a"), account("police", "x"));
        assert!(room.replace_for(&water, &[b.clone(), a.clone()]).unwrap());
        assert!(!room.replace_for(&water, &[b.clone(), a.clone()]).unwrap());
        assert!(room.replace_for(&police, std::slice::from_ref(&toll)).unwrap());
        assert_eq!(room.list().unwrap(), [toll.clone(), b.clone(), a.clone()]);

        room.put(&account("water", "c")).unwrap();
        let renamed = Account {
            label: Bilingual::parse("Office", "المكتب").unwrap(),
            ..b.clone()
        };
        room.put(&renamed).unwrap();
        assert_eq!(
            room.list().unwrap(),
            [toll.clone(), renamed.clone(), a.clone(), account("water", "c")]
        );
        assert_eq!(room.get(&b.key).unwrap(), Some(renamed));
        assert!(room.remove(&b.key).unwrap());
        assert!(!room.remove(&b.key).unwrap());
        assert!(room.replace_for(&water, &[]).unwrap());
        assert_eq!(room.list().unwrap(), [toll]);
    }

    #[test]
    fn too_many_or_another_agencys_change_nothing() {
        let fixture = Fixture::new();
        let room = fixture.store.accounts();
        let water = agency("water");
        room.put(&account("water", "a")).unwrap();
        let many: Vec<Account> = (0..=ACCOUNTS_MAX).map(|n| account("water", &n.to_string())).collect();
        assert!(matches!(
            room.replace_for(&water, &many),
            Err(StoreError::TooMany { .. })
        ));
        assert!(matches!(
            room.replace_for(&water, &[account("police", "x")]),
            Err(StoreError::Bug(_))
        ));
        assert_eq!(room.list().unwrap(), [account("water", "a")]);
    }
}
