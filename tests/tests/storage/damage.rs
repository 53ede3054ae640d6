//! Files that are gone or damaged: healed, or set aside and told.

use super::*;

/// What happens to a file while the app is closed.
/// SQLite's.
const PAGE_BYTES: usize = 4096;

fn damage(path: &Path, how: &str) {
    let mut bytes = fs::read(path).unwrap();
    match how {
        "gone" => return fs::remove_file(path).unwrap(),
        "empty" => bytes.clear(),
        "cut short" => bytes.truncate(bytes.len() / 3),
        "garbage" => bytes
            .iter_mut()
            .enumerate()
            .for_each(|(at, byte)| *byte = (at * 7) as u8),
        "header" => bytes[20] ^= 0x10,
        "schema" => bytes[120] ^= 0x10,
        "middle" => {
            // The head of a page: what lies further down may be free space, or sealed bytes that are known to be spoilt when they are read.
            let at = bytes.len() / 2 / PAGE_BYTES * PAGE_BYTES;
            bytes[at..at + 64].fill(0xff);
        }
        other => panic!("{other} is no damage"),
    }
    fs::write(path, bytes).unwrap();
}

const DAMAGES: [&str; 7] = ["gone", "empty", "cut short", "garbage", "header", "schema", "middle"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_cache_heals_by_a_sync_whatever_happened_to_it() {
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let cache = phone.dir.path().join("cache.db");
    for how in DAMAGES {
        damage(&cache, how);
        phone.open().await.unwrap();
        let opened = phone.rabt().opened();
        assert_eq!(opened.ledger, LedgerReport::Healthy, "{how}");
        assert_eq!(opened.key, KeyReport::Existing, "{how}");
        match how {
            // A page in the middle is looked at when somebody reads it.
            "middle" => {}
            "gone" => assert_eq!(
                opened.cache,
                CacheReport::Healed {
                    reason: HealReason::Missing
                }
            ),
            _ => assert_eq!(
                opened.cache,
                CacheReport::Healed {
                    reason: HealReason::Damaged
                },
                "{how}"
            ),
        }
        // Whatever is shown before is true; a call that meets the damage says so and has healed it.
        let all = rabt::store::bills::BillQuery {
            standing: rabt::store::bills::Standing::All,
            limit: 200,
            ..rabt::store::bills::BillQuery::default()
        };
        match phone.rabt().bills().page(all).await {
            Ok(page) => assert!(
                page.bills.iter().all(|stored| before.bills.contains(&stored.bill)),
                "{how}"
            ),
            Err(error) => assert_eq!(error, storage(StorageProblem::Damaged), "{how}"),
        }
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        assert_eq!(report.trouble, None, "{how}");
        phone.refresh().await;
        assert_eq!(kept(&phone).await, before, "{how}");
        phone.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_opens_whichever_of_its_pages_is_spoilt() {
    const PAGE_BYTES: usize = 4096;
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let cache = phone.dir.path().join("cache.db");
    let whole = fs::read(&cache).unwrap();
    for page in 0..whole.len() / PAGE_BYTES {
        let mut bytes = whole.clone();
        bytes[page * PAGE_BYTES..][..PAGE_BYTES].fill(0xff);
        fs::write(&cache, bytes).unwrap();
        phone
            .open()
            .await
            .unwrap_or_else(|error| panic!("page {page}: {error:?}"));
        for stored in phone
            .rabt()
            .bills()
            .page(Default::default())
            .await
            .map(|page| page.bills)
            .unwrap_or_default()
        {
            assert!(before.bills.contains(&stored.bill), "page {page}");
        }
        phone.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_flipped_byte_of_the_cache_is_never_shown_as_a_bill() {
    const FLIPS: usize = 24;
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let cache = phone.dir.path().join("cache.db");
    let whole = fs::read(&cache).unwrap();
    for flip in 0..FLIPS {
        // Spread over the file; an odd step, so that no two are at the same place of a page.
        let at = (flip * (whole.len() / FLIPS) + flip * 271 + 33) % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (flip % 8);
        fs::write(&cache, bytes).unwrap();
        phone.open().await.unwrap();
        let everything = rabt::store::bills::BillQuery {
            standing: rabt::store::bills::Standing::All,
            limit: 200,
            ..rabt::store::bills::BillQuery::default()
        };
        let shown = phone.rabt().bills().page(everything).await.map(|page| page.bills);
        for stored in shown.unwrap_or_default() {
            assert!(before.bills.contains(&stored.bill), "byte {at}");
        }
        // The first may meet the damage and heal it; the second finds all.
        let _healed = phone.rabt().sync().run(PLENTY).await.unwrap();
        phone.refresh().await;
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        assert_eq!(report.trouble, None, "byte {at}");
        phone.refresh().await;
        let after = kept(&phone).await;
        let missing = before.bills.iter().filter(|bill| !after.bills.contains(bill)).count();
        assert_eq!((after.bills.len(), missing), (before.bills.len(), 0), "byte {at}");
        assert!(after == before, "byte {at}");
        phone.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_ledger_is_reported_set_aside_and_the_app_works() {
    for how in DAMAGES {
        let town = Town::start().await;
        let (mut phone, before) = used_phone(&town).await;
        let ledger = phone.dir.path().join("ledger.db");
        damage(&ledger, how);
        let damaged = fs::read(&ledger).unwrap_or_default();
        phone.open().await.unwrap();
        match (&phone.rabt().opened().ledger, how) {
            (LedgerReport::Missing, "gone") => {}
            (LedgerReport::SetAside { file_name, reason }, _) => {
                assert_eq!(*reason, SetAsideReason::Damaged, "{how}");
                assert_eq!(
                    fs::read(phone.dir.path().join(file_name)).unwrap(),
                    damaged,
                    "{how}: not a byte of it was changed"
                );
            }
            (other, _) => panic!("{how}: {other:?}"),
        }
        assert_eq!(
            phone.rabt().session().state().await.unwrap(),
            SessionState::SignedOut {
                reason: SignInReason::NobodySignedIn
            }
        );
        // The person signs in again, and has all that the city knows.
        phone.sign_in(&town, PERSONA).await.unwrap();
        phone.consent_to_all().await;
        phone.rabt().instruments().refresh().await.unwrap();
        phone.refresh().await;
        let after = kept(&phone).await;
        assert_eq!(after.bills, before.bills, "{how}");
        assert_eq!(after.instruments, before.instruments, "{how}");
        assert_eq!(
            (&after.payments, after.receipts),
            (&before.payments, before.receipts),
            "{how}"
        );

        phone.close();
        phone.open().await.unwrap();
        assert_eq!(phone.rabt().opened().ledger, LedgerReport::Healthy, "{how}");
        phone.rabt().session().sign_out(false).await.unwrap();
        let left: Vec<_> = fs::read_dir(phone.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(
            left.iter().all(|name| !name.to_string_lossy().contains("set-aside")),
            "{left:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_after_the_ledger_was_lost_sees_nothing_of_who_was_there_before() {
    let town = Town::start().await;
    for how in ["garbage", "gone"] {
        let mut phone = town.phone_of(PERSONA).await;
        phone.refresh().await;
        assert!(phone.all_bills().await.len() > 12);
        phone.close();
        damage(&phone.dir.path().join("ledger.db"), how);
        phone.open().await.unwrap();
        phone.sign_in(&town, "trader").await.unwrap();
        assert_eq!(phone.all_bills().await.len(), 0, "{how}");
        assert_eq!(phone.rabt().accounts().list().await.unwrap(), [], "{how}");
        assert_eq!(phone.rabt().instruments().list().await.unwrap(), [], "{how}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_unknown_when_the_ledger_broke_is_found_again_and_not_paid_twice() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSONA).await;
    let account = phone.link(&town, PERSONA, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    let bill = phone.bill("police", "po-0001").await;
    town.control()
        .set_fault(
            Fault::new("gateway", FaultKind::CutAfterCommit)
                .on("/v1/payments")
                .method("POST")
                .times(1),
        )
        .unwrap();
    let process = Process::of(&mut phone).await;
    let basket = rabt_tests::chosen(&[&bill]);
    let paying = process.begin(async move |rabt| {
        let quote = rabt.payments().quote(&basket).await.unwrap();
        rabt.payments().pay(&quote.id, &account.id).await.map(drop)
    });
    town.until_faults_have_happened().await;
    // The answer is cut once the payment is recorded; the hub must have got that far.
    rabt_tests::until("the money has moved", || {
        town.control().books().unwrap().debited_fils > 0
    })
    .await;
    process.kill();
    drop(paying);
    damage(&phone.dir.path().join("ledger.db"), "garbage");

    phone.open().await.unwrap();
    assert!(matches!(phone.rabt().opened().ledger, LedgerReport::SetAside { .. }));
    phone.sign_in(&town, PERSONA).await.unwrap();
    phone.consent_to_all().await;
    let instruments = phone.rabt().instruments().refresh().await.unwrap();
    phone.refresh().await;
    let page = phone.rabt().payments().page(None, 10).await.unwrap();
    assert_eq!(page.payments.len(), 1);
    let payment = phone
        .rabt()
        .payments()
        .follow(&page.payments[0].key, PLENTY)
        .await
        .unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    assert!(phone.pay(&[&bill], &instruments[0].id).await.is_err());
    let books = town.books_at_rest().await;
    assert_eq!(books.settled_fils, payment.total.reveal().get());
}
