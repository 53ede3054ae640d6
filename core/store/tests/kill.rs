//! Another process: one that has the folder open, and one that is killed while it writes.
//!
//! The child is this test's own program, started for one test with a folder in its environment. It says on its output when it
//! is under way, so that nothing waits for a clock.

mod support;

use rabt_domain::{IdempotencyKey, PaymentState, payment::Outcome};
use rabt_store::{KeyReport, LedgerReport, SecretText, Store, StoreError};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use support::{Done, known_key, now, payments, session};

const FOLDER: &str = "RABT_STORE_TEST_FOLDER";
/// What the child says; the test harness prints other lines around it.
const STEP: &str = "step ";

/// Starts the child that does `test`'s part.
fn child(test: &str, folder: &Path) -> Done<Child> {
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(child)
}

/// Waits until the child has said that it did so many steps, and kills it in the midst of the next.
fn kill_after(mut child: Child, steps: usize) -> Done<usize> {
    let output = child.stdout.take().ok_or("the child has no output")?;
    let said = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains(STEP));
    let count = said.take(steps).count();
    child.kill()?;
    child.wait()?;
    assert_eq!(count, steps, "the child ended by itself");
    Ok(count)
}

fn say_step() {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "\n{STEP}");
    let _ = output.flush();
}

fn key(n: u64) -> Done<IdempotencyKey> {
    Ok(IdempotencyKey::parse(format!("k-{n}"))?)
}

/// The child: writes payments with their outcomes, and sessions, for ever. Each session's refresh token and generation belong
/// together, as each payment's end and its outcome do.
fn write_for_ever(folder: &Path) -> Done {
    let (store, _) = Store::open(folder, Arc::new(known_key()), now()?)?;
    let known = u64::try_from(store.payments().page(None, 200)?.payments.len())?;
    for n in known.. {
        let (ended, _) = payments()?;
        let payment = rabt_domain::Payment {
            key: key(n)?,
            created_at: now()?.plus_seconds(i64::try_from(n)?),
            ..ended
        };
        let outcome = Outcome {
            key: key(n)?,
            state: PaymentState::PartlySettled,
            at: now()?,
        };
        store.payments().save(&payment, Some(&outcome))?;
        let mut session = session()?;
        session.generation = n;
        session.refresh_token = Some(SecretText::new(format!("refresh-{n}")));
        store.session().save(&session)?;
        say_step();
    }
    Ok(())
}

#[test]
fn a_kill_leaves_each_write_whole_or_undone() -> Done {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write_for_ever(folder.as_ref());
    }
    let folder = tempfile::tempdir()?;
    let mut done = 0;
    for steps in [1, 3, 2, 5, 1, 4, 7, 2] {
        done += kill_after(child("a_kill_leaves_each_write_whole_or_undone", folder.path())?, steps)?;

        let (store, report) = Store::open(folder.path(), Arc::new(known_key()), now()?)?;
        assert_eq!(
            (report.key, report.ledger),
            (KeyReport::Existing, LedgerReport::Healthy)
        );
        let payments = store.payments().page(None, 200)?.payments;
        // What was said to be done is there.
        assert!(payments.len() >= done, "{} of {done}", payments.len());
        done = payments.len();
        let outcomes = store.payments().pull_outcomes(100)?;
        let receipts = store.payments().receipts(None, 200)?.receipts;
        let mut keys: Vec<_> = payments.into_iter().map(|payment| payment.key).collect();
        keys.reverse();
        assert_eq!(
            outcomes
                .into_iter()
                .map(|queued| queued.outcome.key)
                .collect::<Vec<_>>(),
            keys
        );
        assert_eq!(receipts.len(), 1, "the same token is kept once");
        let session = store.session().load()?.ok_or("there is no session")?;
        let refresh = session.refresh_token.ok_or("there is no refresh token")?;
        assert_eq!(refresh.reveal(), format!("refresh-{}", session.generation));
        assert!(session.generation + 2 >= u64::try_from(done)?);
    }
    Ok(())
}

/// The child: takes the folder, and holds it until it is killed.
fn hold(folder: &Path) -> Done {
    let (_store, _) = Store::open(folder, Arc::new(known_key()), now()?)?;
    say_step();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_second_process_is_told_that_the_folder_is_in_use() -> Done {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return hold(folder.as_ref());
    }
    let folder = tempfile::tempdir()?;
    let mut holder = child("a_second_process_is_told_that_the_folder_is_in_use", folder.path())?;
    let output = holder.stdout.take().ok_or("the child has no output")?;
    let mut said = BufReader::new(output).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains(STEP)), "the child ended by itself");
    let refused = Store::open(folder.path(), Arc::new(known_key()), now()?);
    assert!(matches!(refused, Err(StoreError::InUse { .. })), "{refused:?}");
    // However it ends, its lock ends with it.
    holder.kill()?;
    holder.wait()?;
    let (_, report) = Store::open(folder.path(), Arc::new(known_key()), now()?)?;
    assert_eq!(report.ledger, LedgerReport::Healthy);
    Ok(())
}
