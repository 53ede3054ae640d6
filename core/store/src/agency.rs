//! The cache's list of agencies: each has a small number that other rows refer to, and the words by which a search knows it.
//! Which agencies a person deals with is personal, so the name is sealed and the row is found by a keyed hash.

use crate::{
    file::{Fault, Tx},
    rows::{BilingualRow, parsed},
    seal::Mac,
};
use rabt_domain::{Agency, AgencyId, Bilingual};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) const TABLE: &str = "agency";

/// What is sealed of an agency.
#[derive(Serialize, Deserialize)]
pub(crate) struct AgencyRow {
    id: String,
    /// Its names; none before the directory was told.
    #[serde(default)]
    names: Vec<BilingualRow>,
    /// What its kinds of bills are called, by their codes.
    #[serde(default)]
    kinds: Vec<(String, BilingualRow)>,
}

/// An agency as it is known here.
pub(crate) struct KnownAgency {
    pub(crate) id: AgencyId,
    pub(crate) names: Vec<Bilingual>,
    pub(crate) kinds: Vec<(String, Bilingual)>,
}

/// What an agency is found by.
pub(crate) fn agency_mac(tx: &Tx<'_>, agency: &AgencyId) -> Mac {
    tx.mac(TABLE, &[agency.as_str()])
}

/// An agency's number, where it has one.
pub(crate) fn find_agency(tx: &Tx<'_>, agency: &AgencyId) -> Result<Option<i64>, Fault> {
    let mac = agency_mac(tx, agency);
    let mut statement = tx.prepare_cached("SELECT id FROM agency WHERE mac = ?1")?;
    Ok(statement.query_row([mac.as_slice()], |row| row.get(0)).optional()?)
}

/// An agency's number; it gets one where it has none.
pub(crate) fn agency_row(tx: &Tx<'_>, agency: &AgencyId) -> Result<i64, Fault> {
    if let Some(id) = find_agency(tx, agency)? {
        return Ok(id);
    }
    write(
        tx,
        agency,
        &AgencyRow {
            id: agency.as_str().to_owned(),
            names: Vec::new(),
            kinds: Vec::new(),
        },
    )
}

/// Takes in what an agency and its kinds of bills are called, and says whether that is new.
pub(crate) fn know(tx: &Tx<'_>, agency: &Agency) -> Result<bool, Fault> {
    if knows(tx, agency)? {
        return Ok(false);
    }
    write(tx, &agency.id, &told(agency))?;
    Ok(true)
}

/// Whether just that is known of it. One that doesn't open isn't.
pub(crate) fn knows(tx: &Tx<'_>, agency: &Agency) -> Result<bool, Fault> {
    let mac = agency_mac(tx, &agency.id);
    let kept: Option<Vec<u8>> = tx
        .prepare_cached("SELECT payload FROM agency WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| row.get(0))
        .optional()?;
    let kept = kept.and_then(|sealed| tx.open_bytes(TABLE, &mac, &sealed).ok());
    let told = crate::file::encode(&told(agency))?;
    Ok(kept.is_some_and(|kept| kept == told))
}

/// What is sealed of an agency of the directory.
fn told(agency: &Agency) -> AgencyRow {
    AgencyRow {
        id: agency.id.as_str().to_owned(),
        names: vec![(&agency.name).into(), (&agency.short_name).into()],
        kinds: agency
            .bill_kinds
            .iter()
            .map(|kind| (kind.code.clone(), (&kind.name).into()))
            .collect(),
    }
}

fn write(tx: &Tx<'_>, agency: &AgencyId, row: &AgencyRow) -> Result<i64, Fault> {
    let mac = agency_mac(tx, agency);
    let sealed = tx.seal(TABLE, &mac, row)?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO agency (mac, payload) VALUES (?1, ?2)
         ON CONFLICT (mac) DO UPDATE SET payload = excluded.payload RETURNING id",
    )?;
    Ok(statement.query_row((mac.as_slice(), sealed), |row| row.get(0))?)
}

/// Values by the numbers of their rows.
pub(crate) type Numbered<T> = Vec<(i64, T)>;

/// All agencies that have a number, and the numbers of those that are damaged.
pub(crate) fn read(tx: &Tx<'_>) -> Result<(Numbered<KnownAgency>, Vec<i64>), Fault> {
    let mut statement = tx.prepare_cached("SELECT id, mac, payload FROM agency")?;
    let mut rows = statement.query(())?;
    let (mut known, mut damaged) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (id, mac, sealed): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let opened = tx.open::<AgencyRow>(TABLE, &mac, &sealed);
        match opened.and_then(|row| parsed(TABLE, row.into_known())) {
            Ok(agency) => known.push((id, agency)),
            Err(_) => damaged.push(id),
        }
    }
    Ok((known, damaged))
}

/// Forgets agencies and all that they said.
pub(crate) fn forget(tx: &Tx<'_>, agencies: &[i64]) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached("DELETE FROM agency WHERE id = ?1")?;
    agencies
        .iter()
        .try_for_each(|id| Ok(statement.execute([id]).map(|_| ())?))
}

impl AgencyRow {
    fn into_known(self) -> Result<KnownAgency, rabt_domain::Invalid> {
        Ok(KnownAgency {
            id: AgencyId::parse(self.id)?,
            names: self
                .names
                .into_iter()
                .map(Bilingual::try_from)
                .collect::<Result<_, _>>()?,
            kinds: self
                .kinds
                .into_iter()
                .map(|(code, name)| Ok((code, Bilingual::try_from(name)?)))
                .collect::<Result<_, rabt_domain::Invalid>>()?,
        })
    }
}
