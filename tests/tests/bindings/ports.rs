//! A shell that throws, or doesn't come back: its own call waits or fails, and nobody else's.

use crate::support::{self, App, Door, MemorySecrets, refused};
use rabt_ffi::{Clock, DpopSigner, InputProblem, PortError, RabtError, Retry, SecretStore, StorageProblem, Timestamp};
use rabt_tests::Town;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

fn locked() -> PortError {
    PortError::Unavailable {
        detail: "locked".to_owned(),
    }
}

/// Secrets that can't be read as long as the device is locked.
#[derive(Default)]
struct LockedSecrets {
    unlocked: AtomicBool,
    secrets: MemorySecrets,
}

impl SecretStore for LockedSecrets {
    fn get(&self, name: String) -> Result<Option<Vec<u8>>, PortError> {
        if self.unlocked.load(Ordering::SeqCst) {
            self.secrets.get(name)
        } else {
            Err(locked())
        }
    }

    fn put(&self, name: String, secret: Vec<u8>) -> Result<(), PortError> {
        self.secrets.put(name, secret)
    }

    fn delete(&self, name: String) -> Result<(), PortError> {
        self.secrets.delete(name)
    }
}

#[tokio::test]
async fn a_locked_secret_store_is_told_and_waited_for() {
    let town = Town::start().await;
    let secrets = Arc::new(LockedSecrets::default());
    let error = refused(App::open_with(&town, secrets.clone(), None, None).await);
    assert!(matches!(
        error,
        RabtError::Storage {
            problem: StorageProblem::SecretStoreUnavailable,
            ..
        }
    ));
    assert!(matches!(error.details().retry, Retry::After { wait_ms } if wait_ms > 0));
    secrets.unlocked.store(true, Ordering::SeqCst);
    assert!(App::open_with(&town, secrets, None, None).await.is_ok());
}

/// Secrets behind a door.
struct SlowSecrets {
    door: Arc<Door>,
    secrets: MemorySecrets,
}

impl SecretStore for SlowSecrets {
    fn get(&self, name: String) -> Result<Option<Vec<u8>>, PortError> {
        self.door.pass();
        self.secrets.get(name)
    }

    fn put(&self, name: String, secret: Vec<u8>) -> Result<(), PortError> {
        self.secrets.put(name, secret)
    }

    fn delete(&self, name: String) -> Result<(), PortError> {
        self.secrets.delete(name)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_store_that_does_not_come_back_keeps_nobody_else_waiting() {
    // Given four apps that wait for their secret stores, twice as many as the runtime has workers.
    let town = Arc::new(Town::start().await);
    let other = App::with_bills(&town).await;
    let door = Arc::new(Door::default());
    let opening: Vec<_> = (0..4)
        .map(|_| {
            // Each has a store of its own: with one for all, each would find another's key in it.
            let secrets = Arc::new(SlowSecrets {
                door: Arc::clone(&door),
                secrets: MemorySecrets::default(),
            });
            let town = Arc::clone(&town);
            tokio::spawn(async move { App::open_with(&town, secrets, None, None).await.map(|_| ()) })
        })
        .collect();
    support::until("they wait", async || door.came() == 4).await;

    // When somebody else reads and refreshes, then that is done.
    assert!(other.rabt.bills().summary().await.is_ok());
    assert!(other.rabt.bills().refresh().await.expect("a refresh").answered > 0);

    // And those who waited go on.
    door.open();
    for app in opening {
        app.await.expect("no panic").expect("it opens");
    }
}

/// A device's key as a phone's hardware gives it: an X.509 public key, signatures in DER.
struct HardwareKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    x509: bool,
    door: Option<Arc<Door>>,
    locked: AtomicBool,
    signed: AtomicUsize,
}

/// What stands before the point in an X.509 key of P-256.
const X509: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

impl HardwareKey {
    fn new(x509: bool, door: Option<Arc<Door>>) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        Self {
            pair: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).expect("the key"),
            random,
            x509,
            door,
            locked: AtomicBool::new(false),
            signed: AtomicUsize::new(0),
        }
    }
}

impl DpopSigner for HardwareKey {
    fn public_key(&self) -> Result<Vec<u8>, PortError> {
        let point = self.pair.public_key().as_ref();
        if !self.x509 {
            return Ok(point.to_vec());
        }
        let byte = |at: usize| u8::from_str_radix(&X509[at..at + 2], 16).expect("a byte");
        let mut key: Vec<u8> = (0..X509.len()).step_by(2).map(byte).collect();
        key.extend(point);
        Ok(key)
    }

    fn sign(&self, data: Vec<u8>) -> Result<Vec<u8>, PortError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(locked());
        }
        self.signed.fetch_add(1, Ordering::SeqCst);
        if let Some(door) = &self.door {
            door.pass();
        }
        let signature = self.pair.sign(&self.random, &data).expect("a signature");
        Ok(signature.as_ref().to_vec())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_the_hardware_signs_in_both_of_its_forms() {
    let town = Town::start().await;
    for x509 in [false, true] {
        let key = Arc::new(HardwareKey::new(x509, None));
        let app = App::open_with(&town, Arc::new(MemorySecrets::default()), Some(key.clone()), None).await;
        let app = app.expect("the core opens");
        app.sign_in(&town).await;
        assert!(key.signed.load(Ordering::SeqCst) > 0);

        // A key that can't be used now ends nothing: the session is there once it can.
        key.locked.store(true, Ordering::SeqCst);
        refused(app.rabt.instruments().refresh().await);
        key.locked.store(false, Ordering::SeqCst);
        assert!(app.rabt.instruments().refresh().await.is_ok());
    }
}

struct NoKey;

impl DpopSigner for NoKey {
    fn public_key(&self) -> Result<Vec<u8>, PortError> {
        Ok(vec![4; 64])
    }

    fn sign(&self, _: Vec<u8>) -> Result<Vec<u8>, PortError> {
        Err(locked())
    }
}

#[tokio::test]
async fn a_public_key_that_is_none_is_bad_input() {
    let town = Town::start().await;
    let error = refused(App::open_with(&town, Arc::new(MemorySecrets::default()), Some(Arc::new(NoKey)), None).await);
    let RabtError::InvalidInput { field, problem, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        (field.as_str(), problem),
        ("signer.public_key", InputProblem::Malformed)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_that_does_not_come_back_keeps_nobody_else_waiting() {
    // Given four apps whose signers wait for a fingerprint, twice as many as the runtime has workers.
    let town = Arc::new(Town::start().await);
    let other = App::with_bills(&town).await;
    let door = Arc::new(Door::default());
    let mut signing = Vec::new();
    for _ in 0..4 {
        let key = Arc::new(HardwareKey::new(true, Some(Arc::clone(&door))));
        let app = App::open_with(&town, Arc::new(MemorySecrets::default()), Some(key), None).await;
        let rabt = Arc::clone(&app.as_ref().expect("the core opens").rabt);
        signing.push((app, tokio::spawn(async move { rabt.session().begin_sign_in().await })));
    }
    support::until("they sign", async || door.came() == 4).await;

    // When somebody else asks every agency, then all answer.
    let report = other.rabt.bills().refresh().await.expect("a refresh");
    assert_eq!(usize::try_from(report.answered), Ok(report.agencies.len()));

    door.open();
    for (_app, page) in signing {
        page.await.expect("no panic").expect("a page");
    }
}

struct BrokenClock;

impl Clock for BrokenClock {
    fn now(&self) -> Result<Timestamp, PortError> {
        Err(locked())
    }
}

struct ImpossibleClock;

impl Clock for ImpossibleClock {
    fn now(&self) -> Result<Timestamp, PortError> {
        Ok(Timestamp(i64::MAX))
    }
}

#[tokio::test]
async fn where_the_clock_tells_no_time_the_devices_counts() {
    let town = Town::start().await;
    for clock in [Arc::new(BrokenClock) as Arc<dyn Clock>, Arc::new(ImpossibleClock)] {
        let app = App::open_with(&town, Arc::new(MemorySecrets::default()), None, Some(clock)).await;
        let bundle = app
            .expect("the core opens")
            .rabt
            .diagnostics()
            .bundle()
            .await
            .expect("a bundle");
        assert!(bundle.at > Timestamp(1_700_000_000_000));
    }
}
