//! An account.

use super::{BilingualRow, code::Code, parsed};
use crate::seal::Broken;
use rabt_domain::{Account, AccountId, AccountKey, AgencyId, Fils, Holder, Invalid, Personal};
use serde::{Deserialize, Serialize};

/// The table whose payload this is.
pub(crate) const TABLE: &str = "account";

#[derive(Serialize, Deserialize)]
pub(crate) struct AccountRow {
    agency: String,
    account: String,
    kind: String,
    number: String,
    label: BilingualRow,
    holder: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance_fils: Option<i64>,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            agency: account.key.agency.as_str().to_owned(),
            account: account.key.account.as_str().to_owned(),
            kind: account.kind.clone(),
            number: account.number.reveal().clone(),
            label: (&account.label).into(),
            holder: account.holder.code(),
            balance_fils: account.balance.map(|balance| balance.reveal().get()),
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = Broken;

    fn try_from(row: AccountRow) -> Result<Self, Broken> {
        let holder = Holder::of_code(row.holder).ok_or(Broken { table: TABLE })?;
        parsed(TABLE, row.into_account(holder))
    }
}

impl AccountRow {
    fn into_account(self, holder: Holder) -> Result<Account, Invalid> {
        Ok(Account {
            key: AccountKey {
                agency: AgencyId::parse(self.agency)?,
                account: AccountId::parse(self.account)?,
            },
            kind: self.kind,
            number: Personal::new(self.number),
            label: self.label.try_into()?,
            holder,
            balance: self.balance_fils.map(Fils::new).transpose()?.map(Personal::new),
        })
    }
}
