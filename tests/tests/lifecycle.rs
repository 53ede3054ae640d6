//! An app's life as a system allows it: suspended and resumed, its callers gone, its watchers slow, killed at any moment.

use rabt::{
    ConflictCode, Rabt, RabtError, SessionState, Topic,
    domain::{AgencyId, IdempotencyKey, InstrumentId, InstrumentKind, PaymentState, QuoteId},
    store::bills::BillQuery,
};
use rabt_sandbox::{Books, Fault, FaultKind, NewBill};
use rabt_tests::{Child, FolderSecrets, Phone, Town, chosen, settings};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::Command;

const PERSONA: &str = "tenant-family";
const PLENTY: Duration = Duration::from_secs(20);

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rabt-phone"))
}

/// A phone whose key another process can read too, on which somebody has signed in, linked an account and seen their bills.
async fn shared_phone(town: &Town) -> (Phone, TempDir, InstrumentId) {
    let secrets = TempDir::new().unwrap();
    let mut phone = Phone::unopened(town);
    phone.kept_elsewhere = Some(Arc::new(FolderSecrets::new(secrets.path())));
    phone.open().await.unwrap();
    phone.sign_in(town, PERSONA).await.unwrap();
    phone.consent_to_all().await;
    phone.rabt().bills().refresh().await.unwrap();
    let account = phone.link(town, PERSONA, InstrumentKind::BankAccount).await;
    (phone, secrets, account.id)
}

fn sound(books: &Books) -> bool {
    books.balanced && books.paid_twice == 0 && books.lost_fils == 0 && books.problems.is_empty()
}

/// Follows every payment to its end.
async fn finish_payments(rabt: &Rabt) {
    let page = rabt.payments().page(None, 200).await.unwrap();
    for payment in page.payments.iter().filter(|payment| !payment.state.is_final()) {
        let payment = rabt.payments().follow(&payment.key, PLENTY).await.unwrap();
        assert!(payment.state.is_final(), "{payment:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_core_lets_another_process_in_and_is_told_when_that_one_stays() {
    let town = Town::start().await;
    let (phone, secrets, _) = shared_phone(&town).await;
    let open_bills = phone.open_bills().await.len();
    let mut other = Child::start(program(), &settings(&phone.config, secrets.path())).await;
    assert!(other.ask("open").await.starts_with("error in_use"));

    phone.rabt().pause().await.unwrap();
    phone.rabt().pause().await.unwrap();
    assert!(other.ask("open").await.starts_with("ok"));
    assert_eq!(other.ask("bills").await, format!("ok {open_bills}"));
    let in_use = Err(RabtError::Conflict {
        code: ConflictCode::InUse,
    });
    assert_eq!(phone.rabt().resume().await, in_use);
    assert_eq!(phone.rabt().resume().await, in_use);

    // Meanwhile the other one renews the session; the tokens that are in memory here are spent.
    town.control().expire_access_tokens(PERSONA).unwrap();
    assert_eq!(other.ask("refresh").await, "ok 12");
    town.control().expire_access_tokens(PERSONA).unwrap();
    assert_eq!(other.ask("refresh").await, "ok 12");
    assert!(other.ask("close").await.starts_with("ok"));

    let mut watcher = phone.rabt().watch();
    phone.rabt().resume().await.unwrap();
    phone.rabt().resume().await.unwrap();
    assert_eq!(watcher.changed().await, Topic::ALL);
    assert!(other.ask("open").await.starts_with("error in_use"));
    assert_eq!(phone.open_bills().await.len(), open_bills);
    town.control().expire_access_tokens(PERSONA).unwrap();
    assert_eq!(phone.rabt().bills().refresh().await.unwrap().answered(), 12);
    let state = phone.rabt().session().state().await.unwrap();
    assert!(matches!(state, SessionState::SignedIn { .. }));
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<(), RabtError>> + Send + 'a>>;

/// Every call of the face that could be made of a phone with bills, by name.
fn every_call<'a>(
    rabt: &'a Rabt,
    bill: &'a rabt::domain::Bill,
    instrument: &'a InstrumentId,
) -> Vec<(&'a str, Call<'a>)> {
    macro_rules! calls {
        ($($room:ident . $name:ident ( $($argument:expr),* ) ;)*) => {
            vec![$({
                let room = rabt.$room();
                let call: Call<'a> = Box::pin(async move { room.$name($($argument),*).await.map(drop) });
                (concat!(stringify!($room), ".", stringify!($name)), call)
            }),*]
        };
    }
    let agency: &'a AgencyId = &bill.key.agency;
    calls! {
        session.state();
        session.begin_sign_in();
        session.begin_step_up("urn:rabt:acr:high");
        session.complete("rabt-demo:/signed-in?state=x&code=y");
        session.sign_out(false);
        agencies.list();
        agencies.refresh();
        agencies.consent(std::slice::from_ref(agency));
        agencies.withdraw_consent(agency);
        accounts.list();
        accounts.add(agency, "contract-account", BTreeMap::new());
        bills.page(BillQuery::default());
        bills.get(&bill.key);
        bills.summary();
        bills.refresh();
        bills.refresh_agencies(std::slice::from_ref(agency));
        instruments.list();
        instruments.refresh();
        instruments.begin_link(InstrumentKind::Card);
        instruments.complete_link("rabt-demo:/linked?link_id=l&state=s&code=c");
        instruments.remove(instrument);
        payments.quote(&chosen(&[bill]));
        payments.pay(&QuoteId::parse("q").unwrap(), instrument);
        payments.follow(&IdempotencyKey::parse("k").unwrap(), PLENTY);
        payments.get(&IdempotencyKey::parse("k").unwrap());
        payments.page(None, 10);
        payments.outcomes(10);
        payments.acknowledge(&[]);
        payments.receipts(None, 10);
        sync.run(PLENTY);
        diagnostics.incidents(10);
        diagnostics.bundle();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_paused_every_call_says_so_and_nothing_is_sent() {
    let town = Town::start().await;
    let (phone, _secrets, account) = shared_phone(&town).await;
    let bill = phone.open_bills().await.remove(0);
    phone.rabt().pause().await.unwrap();
    let mut wrong = Vec::new();
    for (name, call) in every_call(phone.rabt(), &bill, &account) {
        let outcome = call.await;
        let paused = Err(RabtError::Conflict {
            code: ConflictCode::Paused,
        });
        if outcome != paused {
            wrong.push((name, outcome));
        }
    }
    assert_eq!(wrong, []);
    assert_eq!(town.control().instruments(PERSONA).unwrap().len(), 1);

    phone.rabt().resume().await.unwrap();
    for (name, call) in every_call(phone.rabt(), &bill, &account)
        .into_iter()
        .filter(|(name, _)| name.ends_with("list"))
    {
        assert_eq!(call.await, Ok(()), "{name}");
    }
    let payment = phone.pay(&[&bill], &account).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_a_pause_came_into_is_found_again_after_it() {
    let town = Town::start().await;
    let (phone, _secrets, account) = shared_phone(&town).await;
    let bill = phone.open_bills().await.remove(0);
    let quote = phone.rabt().payments().quote(&chosen(&[&bill])).await.unwrap();
    town.control()
        .set_fault(
            Fault::new("gateway", FaultKind::LatencyMs { latency_ms: 400 })
                .on("/v1/payments")
                .method("POST"),
        )
        .unwrap();
    let mut watcher = phone.rabt().watch();
    let payments = phone.rabt().payments();
    let paying = tokio::spawn(async move { payments.pay(&quote.id, &account).await });
    loop {
        let page = phone.rabt().payments().page(None, 1).await.unwrap();
        if page
            .payments
            .first()
            .is_some_and(|payment| payment.state == PaymentState::Submitting)
        {
            break;
        }
        watcher.changed().await;
    }
    phone.rabt().pause().await.unwrap();
    assert_eq!(
        paying.await.unwrap().unwrap_err(),
        RabtError::Conflict {
            code: ConflictCode::Paused
        }
    );
    phone.rabt().resume().await.unwrap();
    let report = phone.rabt().sync().run(PLENTY).await.unwrap();
    assert_eq!((report.payments_finished, report.payments_left), (1, 0), "{report:?}");
    let page = phone.rabt().payments().page(None, 10).await.unwrap();
    assert_eq!(page.payments.len(), 1);
    assert_eq!(page.payments[0].state, PaymentState::Settled);
    assert!(sound(&town.city().books().unwrap()));
}

/// Numbers that look random and are the same at each run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Small fines, so that there is always something to pay.
fn issue_fines(town: &Town, count: usize) {
    for _ in 0..count {
        let fine = NewBill {
            agency_id: "police".to_owned(),
            persona_id: PERSONA.to_owned(),
            kind_code: "traffic-fine".to_owned(),
            amount_fils: Some(10_000),
            ..NewBill::default()
        };
        town.control().add_bill(fine).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_may_go_at_any_moment() {
    const DROPS: usize = 50;
    let town = Town::start().await;
    let (phone, _secrets, account) = shared_phone(&town).await;
    issue_fines(&town, DROPS);
    phone.rabt().bills().refresh().await.unwrap();
    let bills = phone.open_bills().await;
    let mut fines = bills.iter().filter(|bill| bill.key.agency.as_str() == "police");
    let rabt = phone.rabt();
    let mut dice = Dice(2026);
    let mut quoted = None;
    for turn in 0..DROPS {
        let bill = fines.next().unwrap();
        if turn % 3 == 0 {
            quoted = rabt.payments().quote(&chosen(&[bill])).await.ok();
        }
        let (payments, account) = (rabt.payments(), &account);
        let call: Call<'_> = match (turn % 3, &quoted) {
            (0, Some(quote)) => Box::pin(async move { payments.pay(&quote.id, account).await.map(drop) }),
            _ => {
                let mut calls = every_call(rabt, bill, account);
                let harmless = [
                    "bills.refresh",
                    "sync.run",
                    "payments.quote",
                    "agencies.refresh",
                    "instruments.refresh",
                ];
                calls.retain(|(name, _)| harmless.contains(name));
                let which = usize::try_from(dice.below(calls.len() as u64)).unwrap();
                calls.swap_remove(which).1
            }
        };
        // The sleep is the caller's patience.
        let patience = Duration::from_micros(dice.below(25_000));
        let _gone = tokio::time::timeout(patience, call).await;
    }
    // What the callers left goes on by itself; a last sync waits behind it.
    let report = rabt.sync().run(PLENTY).await.unwrap();
    assert_eq!(report.trouble, None);
    finish_payments(rabt).await;
    assert_eq!(rabt.bills().refresh().await.unwrap().answered(), 12);

    let page = rabt.payments().page(None, 200).await.unwrap();
    let settled = page
        .payments
        .iter()
        .filter(|payment| payment.state == PaymentState::Settled)
        .count();
    assert!(settled > DROPS / 6, "{settled} of {}", page.payments.len());
    let books = town.city().books().unwrap();
    assert!(sound(&books), "{books:?}");
    assert_eq!(books.debited_fils, i64::try_from(settled).unwrap() * 10_000);
    let on_the_phone: BTreeSet<_> = phone
        .open_bills()
        .await
        .iter()
        .map(|bill| bill.key.bill.as_str().to_owned())
        .collect();
    assert_eq!(on_the_phone, open_in_the_city(&town));
    let state = rabt.session().state().await.unwrap();
    assert!(matches!(state, SessionState::SignedIn { .. }));
}

/// What the city says is open.
fn open_in_the_city(town: &Town) -> BTreeSet<String> {
    let filter = rabt_sandbox::BillFilter {
        persona_id: Some(PERSONA.to_owned()),
        status: Some(rabt_protocol::agency::BillStatus::Open),
        ..rabt_sandbox::BillFilter::default()
    };
    let bills = town.control().bills(&filter).unwrap();
    bills.into_iter().map(|bill| bill.bill_id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_watcher_hears_of_a_hundred_changes_once_and_misses_none() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSONA).await;
    let mut slow = phone.rabt().watch();
    let mut quick = phone.rabt().watch();
    phone.rabt().bills().refresh().await.unwrap();
    assert!(quick.changed().await.contains(&Topic::Bills));

    // It looks only now, hears of everything at once, and reads what is true now.
    assert_eq!(slow.changed().await, [Topic::Agencies, Topic::Accounts, Topic::Bills]);
    let before = phone.open_bills().await.len();
    let nothing = tokio::time::timeout(Duration::from_millis(10), slow.changed()).await;
    assert!(nothing.is_err(), "{nothing:?}");

    // A screen that reads whenever it hears something, and takes long for it, ends with what is true.
    let rabt = phone.rabt().clone();
    let screen = tokio::spawn(async move {
        loop {
            slow.changed().await;
            let shown = rabt.bills().summary().await.unwrap().total.count as usize;
            if shown == before + 10 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    });
    let police = AgencyId::parse("police").unwrap();
    for _ in 0..10 {
        issue_fines(&town, 1);
        phone
            .rabt()
            .bills()
            .refresh_agencies(std::slice::from_ref(&police))
            .await
            .unwrap();
    }
    tokio::time::timeout(PLENTY, screen).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_at_any_moment_loses_nothing_and_does_nothing_twice() {
    const KILLS: usize = 20;
    let town = Town::start().await;
    let (mut phone, secrets, _) = shared_phone(&town).await;
    let app = settings(&phone.config, secrets.path());
    let mut dice = Dice(20);
    // What the killed processes said that they had done.
    let mut said_settled = BTreeSet::new();
    for _ in 0..KILLS {
        phone.close();
        issue_fines(&town, 4);
        if dice.below(2) == 0 {
            town.control().expire_access_tokens(PERSONA).unwrap();
        }
        let mut process = Child::start(program(), &app).await;
        assert!(process.ask("open").await.starts_with("ok"));
        process.say("work").await;
        for _ in 0..dice.below(8) {
            let line = process.heard().await.unwrap();
            assert!(!line.starts_with("error"), "{line}");
            if let Some(key) = line
                .strip_prefix("paid ")
                .and_then(|told| told.strip_suffix(" Settled"))
            {
                said_settled.insert(key.to_owned());
            }
        }
        // The sleep is the moment.
        tokio::time::sleep(Duration::from_micros(dice.below(40_000))).await;
        process.kill().await;

        phone.open().await.unwrap();
        assert_eq!(phone.rabt().opened().ledger, rabt::store::LedgerReport::Healthy);
        assert_eq!(phone.rabt().opened().cache, rabt::store::CacheReport::Healthy);
        let state = phone.rabt().session().state().await.unwrap();
        assert!(matches!(state, SessionState::SignedIn { .. }));
    }
    let rabt = phone.rabt();
    finish_payments(rabt).await;
    assert_eq!(rabt.bills().refresh().await.unwrap().answered(), 12);
    let state = rabt.session().state().await.unwrap();
    assert!(matches!(state, SessionState::SignedIn { .. }));

    let payments = rabt.payments().page(None, 200).await.unwrap().payments;
    let settled: BTreeMap<String, i64> = payments
        .iter()
        .filter(|payment| payment.state == PaymentState::Settled)
        .map(|payment| (payment.key.as_str().to_owned(), payment.total.reveal().get()))
        .collect();
    assert!(said_settled.iter().all(|key| settled.contains_key(key)));
    assert!(settled.len() >= KILLS / 4, "{} of {}", settled.len(), payments.len());
    let books = town.city().books().unwrap();
    assert!(sound(&books) && books.in_flight_fils == 0, "{books:?}");
    assert_eq!(books.debited_fils - books.refunded_fils, settled.values().sum::<i64>());
    assert_eq!(books.settled_fils, settled.values().sum::<i64>());

    // Each outcome reached the person or waits for them.
    let noted = std::fs::read_to_string(secrets.path().join("outcomes.txt")).unwrap_or_default();
    let mut told: BTreeSet<String> = noted.lines().map(str::to_owned).collect();
    let queued = rabt.payments().outcomes(100).await.unwrap();
    told.extend(queued.iter().map(|queued| queued.outcome.key.as_str().to_owned()));
    assert!(settled.keys().all(|key| told.contains(key)));
    let on_the_phone: BTreeSet<_> = phone
        .open_bills()
        .await
        .iter()
        .map(|bill| bill.key.bill.as_str().to_owned())
        .collect();
    assert_eq!(on_the_phone, open_in_the_city(&town));
}
