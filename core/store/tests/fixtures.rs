//! Files of every schema that was released are opened and brought forward. The ledger is read whole; the cache may come empty of
//! what a refresh brings back, and then the refresh does.

mod support;

use rabt_domain::Personal;
use rabt_store::{CacheReport, KeyReport, LedgerReport, Store, bills::BillQuery, flows::FlowKind};
use std::{fs, path::Path, sync::Arc};
use support::{Done, check, check_mandates, fill_mandates, known_key, now, refill};

/// The first cache whose bills are carried over to the present schema.
const BILLS_KEPT_SINCE: &str = "v2";
/// The first ledger that has mandates.
const MANDATES_SINCE: &str = "v3";

#[test]
fn every_released_schema_is_brought_forward() -> Done {
    let released = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut count = 0;
    for version in fs::read_dir(released)? {
        let version = version?.path();
        let name = version.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let keeps_bills = name >= BILLS_KEPT_SINCE;
        let folder = tempfile::tempdir()?;
        for file in ["cache.db", "ledger.db"] {
            fs::copy(version.join(file), folder.path().join(file))?;
        }
        let secrets = Arc::new(known_key());
        // Twice: brought forward, and then as the present schema.
        for round in 0..2 {
            let (store, report) = Store::open(folder.path(), secrets.clone(), now()?)?;
            assert_eq!(report.key, KeyReport::Existing, "{name}");
            assert_eq!(
                (report.cache, report.ledger),
                (CacheReport::Healthy, LedgerReport::Healthy)
            );
            if round == 0 && !keeps_bills {
                assert_eq!(store.bills().page(&BillQuery::default())?.bills, []);
                // Nothing that the next answer would be compared with, or the bills would stay away.
                assert_eq!(store.freshness().all()?, []);
                refill(&store)?;
            }
            check(&store)?;
            if round == 0 && name < MANDATES_SINCE {
                fill_mandates(&store)?;
            }
            check_mandates(&store)?;
            let search = Some(Personal::new("الكناري 7781".to_owned()));
            let found = store.bills().page(&BillQuery {
                search,
                ..BillQuery::default()
            })?;
            assert_eq!(found.bills.len(), 1);
        }
        let (store, _) = Store::open(folder.path(), secrets, now()?)?;
        let flow = store
            .flows()
            .take("canary-flow-state", now()?)?
            .ok_or("the flow is gone")?;
        assert_eq!(
            (flow.kind, flow.payload.reveal()),
            (FlowKind::SignIn, b"canary-flow-payload".as_slice())
        );
        count += 1;
    }
    assert!(count > 0, "there is no fixture");
    Ok(())
}
