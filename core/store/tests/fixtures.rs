//! Files of every schema that was released are opened, brought forward and read whole.

mod support;

use rabt_domain::Personal;
use rabt_store::{CacheReport, KeyReport, LedgerReport, Store, bills::BillQuery, flows::FlowKind};
use std::{fs, path::Path, sync::Arc};
use support::{Done, check, known_key, now};

#[test]
fn every_released_schema_is_read_whole() -> Done {
    let released = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut count = 0;
    for version in fs::read_dir(released)? {
        let version = version?.path();
        let folder = tempfile::tempdir()?;
        for file in ["cache.db", "ledger.db"] {
            fs::copy(version.join(file), folder.path().join(file))?;
        }
        let secrets = Arc::new(known_key());
        // Twice: brought forward, and then as the present schema.
        for _ in 0..2 {
            let (store, report) = Store::open(folder.path(), secrets.clone(), now()?)?;
            assert_eq!(report.key, KeyReport::Existing, "{}", version.display());
            assert_eq!(
                (report.cache, report.ledger),
                (CacheReport::Healthy, LedgerReport::Healthy)
            );
            check(&store)?;
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
