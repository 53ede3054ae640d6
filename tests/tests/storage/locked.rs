//! A secret store that is locked.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_secret_store_is_waited_for_and_costs_nothing() {
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let phone_dir = phone.dir.path().to_owned();
    phone.secrets.set_locked(true);
    let files = || ["cache.db", "ledger.db"].map(|name| fs::read(phone_dir.join(name)).unwrap());
    let disk = files();
    for _ in 0..2 {
        let error = phone.open().await.unwrap_err();
        assert_eq!(error, storage(StorageProblem::SecretStoreUnavailable));
        assert!(matches!(error.retry(), Retry::After(_)));
    }
    assert_eq!(files(), disk);
    phone.secrets.set_locked(false);
    phone.open().await.unwrap();
    assert_eq!(phone.rabt().opened().key, KeyReport::Existing);
    assert_eq!(kept(&phone).await, before);

    // An app that is open goes on while the device is locked, since it has its key.
    phone.secrets.set_locked(true);
    assert_eq!(phone.refresh().await.answered(), 12);
    // A pause and a resume need it again.
    phone.rabt().pause().await.unwrap();
    let unavailable = Err(storage(StorageProblem::SecretStoreUnavailable));
    assert_eq!(phone.rabt().resume().await, unavailable);
    phone.secrets.set_locked(false);
    phone.rabt().resume().await.unwrap();
    assert_eq!(kept(&phone).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_on_a_locked_device_is_finished_once_it_is_unlocked() {
    let town = Town::start().await;
    for restarted in [false, true] {
        let mut phone = town.phone_of(PERSONA).await;
        phone.refresh().await;
        phone.secrets.set_locked(true);
        let unavailable = storage(StorageProblem::SecretStoreUnavailable);
        assert_eq!(phone.rabt().session().sign_out(false).await.unwrap_err(), unavailable);
        phone.secrets.set_locked(false);
        if restarted {
            phone.close();
            phone.open().await.unwrap();
            assert_eq!(phone.rabt().opened().key, KeyReport::Created);
        } else {
            phone.rabt().session().sign_out(false).await.unwrap();
        }
        assert_eq!(phone.all_bills().await, []);
        // Another person may come.
        let state = phone.sign_in(&town, "trader").await.unwrap();
        assert!(matches!(state, SessionState::SignedIn { .. }));
    }
}
