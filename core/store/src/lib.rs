//! Rabt's store: two sealed SQLite files, the key that opens them, and a room for each thing that is kept.
//!
//! [`Store::open`] is the door. `cache.db` holds what the agencies said and may be lost at any time; `ledger.db` holds what the
//! person did and comes from nowhere else. Every payload in either is sealed under a key that lives in the platform's
//! [`SecretStore`]; the module `seal` says exactly what a file still reveals to somebody without the key.
//!
//! What must not live here: a network, a clock (instants come in as arguments), a wire format, a rule of the domain. All calls
//! block for as long as the disk takes, so an async caller makes them from a blocking task. A [`Store`] is cheap to clone and may
//! be used from many threads: readers don't wait for a writer.
//!
//! ```
//! use rabt_domain::{AgencyId, Timestamp};
//! use rabt_store::{KeyReport, MemorySecretStore, Store, bills::{Answer, BillQuery}};
//! use std::sync::Arc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let now = Timestamp::parse("2026-11-23T08:00:00Z")?;
//! let (store, report) = Store::open(folder.path(), Arc::new(MemorySecretStore::new()), now)?;
//! assert_eq!(report.key, KeyReport::Created);
//!
//! // A refresh: bills are taken in as they arrive, and what a complete answer doesn't mention is marked at the end.
//! let police = AgencyId::parse("police")?;
//! let mut pass = store.bills().begin_pass(&police)?;
//! store.bills().apply(&mut pass, &[])?;
//! store.bills().finish(pass, &Answer { at: now, etag: None, took_ms: 120 })?;
//!
//! // A screen: one page, from the store alone.
//! let page = store.bills().page(&BillQuery::default())?;
//! assert!(page.bills.is_empty() && page.next.is_none());
//!
//! // A sign-out: the key first, then the files.
//! store.destroy()?;
//! # Ok(())
//! # }
//! ```

mod agency;
mod crash;
mod error;
mod file;
pub mod limits;
mod newest_first;
mod rows;
mod seal;
mod secret;
mod slot;
mod store;
#[cfg(test)]
mod testing;

pub mod accounts;
pub mod bills;
pub mod consents;
pub mod directory;
pub mod events;
pub mod flows;
pub mod freshness;
pub mod incidents;
pub mod instruments;
pub mod mandates;
pub mod payments;
pub mod session;

#[cfg(feature = "crash-points")]
pub use crash::on_crash_point;
pub use error::{StoreError, StoreFile};
#[cfg(all(feature = "keyring", target_os = "linux"))]
pub use secret::KeyringSecretStore;
pub use secret::{MemorySecretStore, Secret, SecretStore, SecretStoreError, SecretText};
pub use store::{CacheReport, DamagedRows, HealReason, KeyReport, LedgerReport, OpenReport, SetAsideReason, Store};
