//! Makes the files of the present schema that later versions are proven to read: `fixtures/vN/cache.db` and `ledger.db`, sealed
//! with a key that everybody knows. Run it once before a release whose schema is new; a fixture that was released is never made
//! again.
//!
//! `cargo run -p rabt-store --example make_fixture -- core/store/fixtures/v1`

#[path = "../tests/support/mod.rs"]
mod support;

use rabt_domain::Timestamp;
use rabt_store::Store;
use std::{fs, path::PathBuf, sync::Arc};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name the folder: core/store/fixtures/vN")?;
    if folder.exists() {
        return Err(format!(
            "{} is there already, and a fixture is never made again",
            folder.display()
        )
        .into());
    }
    let (store, _) = Store::open(
        &folder,
        Arc::new(support::known_key()),
        Timestamp::parse("2026-11-23T08:00:00Z")?,
    )?;
    support::fill(&store)?;
    drop(store);
    fs::remove_file(folder.join("lock"))?;
    Ok(())
}
