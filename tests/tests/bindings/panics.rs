//! A panic reaches the shell as `Bug`, and the next call works.

use crate::support::{App, MemorySecrets, refused};
use rabt_ffi::{Clock, PortError, RabtError, SecretStore, Timestamp};
use rabt_tests::Town;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

#[derive(Default)]
struct Trap {
    armed: AtomicBool,
    secrets: MemorySecrets,
}

impl Trap {
    fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::SeqCst);
    }

    fn step_on(&self) {
        assert!(!self.armed.load(Ordering::SeqCst), "a panic that a test makes");
    }
}

impl Clock for Trap {
    fn now(&self) -> Result<Timestamp, PortError> {
        self.step_on();
        Ok(Timestamp(1_800_000_000_000))
    }
}

impl SecretStore for Trap {
    fn get(&self, name: String) -> Result<Option<Vec<u8>>, PortError> {
        self.step_on();
        self.secrets.get(name)
    }

    fn put(&self, name: String, secret: Vec<u8>) -> Result<(), PortError> {
        self.secrets.put(name, secret)
    }

    fn delete(&self, name: String) -> Result<(), PortError> {
        self.step_on();
        self.secrets.delete(name)
    }
}

#[track_caller]
fn is_bug<T>(result: Result<T, RabtError>) {
    let error = refused(result);
    assert!(matches!(error, RabtError::Bug { .. }), "{error:?}");
    assert_eq!(error.details().code, "bug");
    assert!(!error.details().reason_ar.is_empty());
}

#[tokio::test]
async fn a_panic_within_a_call_is_a_bug_and_the_next_call_works() {
    let town = Town::start().await;
    let clock = Arc::new(Trap::default());
    let app = App::open_with(&town, Arc::new(MemorySecrets::default()), None, Some(clock.clone())).await;
    let app = app.expect("the core opens");
    clock.arm(true);
    is_bug(app.rabt.bills().summary().await);
    is_bug(app.rabt.agencies().list().await);
    is_bug(app.rabt.diagnostics().bundle().await);
    clock.arm(false);
    assert!(app.rabt.bills().summary().await.is_ok());
    assert!(app.rabt.agencies().list().await.is_ok());
    assert!(app.rabt.diagnostics().bundle().await.is_ok());
}

#[tokio::test]
async fn a_panic_while_opening_leaves_the_folder_to_be_opened() {
    let town = Town::start().await;
    let trap = Arc::new(Trap::default());
    trap.arm(true);
    is_bug(App::open_with(&town, trap.clone(), None, None).await);
    trap.arm(false);
    assert!(App::open_with(&town, trap, None, None).await.is_ok());
}
