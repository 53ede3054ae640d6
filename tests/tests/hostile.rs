//! Every answer that a hostile agency, gateway or directory may give, to an app in a process of its own: the lie is refused and
//! recorded, the others' bills are on the screen in time, nothing that is owed is shown otherwise than it is, and the process needs
//! no more memory for it than is written down here. `docs/hostile.md` has the table; `target/reports/hostile.json` the figures.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::domain::{Bill, IncidentKind, InstrumentKind, PaymentState};
use rabt_protocol::{
    Localized,
    agency::BillStatus,
    hub::RECEIPT_TYPE,
    jose::{Es256Key, from_base64url, sign},
};
use rabt_sandbox::{BillChange, BillFilter, Fault, FaultKind};
use rabt_tests::{Child, Phone, Town, phone_for_children, settings};
use serde::Serialize;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;
use tokio::process::Command;

const FAMILY: &str = "tenant-family";
/// Who lies, where it is an agency.
const LIAR: &str = "police";
/// How long an agency may take. A drip is told from a slow network after four seconds.
const DEADLINE_MS: u64 = 6_000;
const MIB: u64 = 1024 * 1024;
/// What an answer of the usual size may cost, and the eleven honest ones beside it: their bodies, the store's pages, the threads that
/// a refresh wakes.
const USUAL_BYTES: u64 = 4 * MIB;
/// What a body beyond its bound may cost besides: the four megabytes that are read of it, twice while they grow, and the two windows of
/// HTTP/2.
const WHOLE_BODY_BYTES: u64 = USUAL_BYTES + 10 * MIB;
/// How many bills the program pays at once.
const BASKET: usize = 2;
/// A million, of bills that are nothing.
const MILLION: usize = 1_000_000;

/// How often one lie may be written down: pages without end also repeat their bills, and each kind of lie is recorded once.
const RECORDS_MAX: usize = 2;

/// What of an answer isn't believed.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Refused {
    /// One thing; the rest is.
    Part,
    /// All of it.
    Whole,
    /// Nothing: it is an honest one, for comparison.
    Nothing,
}

/// A lie.
struct Lie {
    answer: &'static str,
    fault: Fault,
    refused: Refused,
    incident: Option<IncidentKind>,
    bound_bytes: u64,
}

/// A line of the report.
#[derive(Serialize)]
struct Line {
    answer: &'static str,
    refused: Refused,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<&'static str>,
    peak_bytes: u64,
    bound_bytes: u64,
    others_in_time: bool,
}

fn of_bills(answer: &'static str, kind: FaultKind, refused: Refused, incident: IncidentKind, bound_bytes: u64) -> Lie {
    Lie {
        answer,
        fault: Fault::new(LIAR, kind).on("/v1/bills"),
        refused,
        incident: Some(incident),
        bound_bytes,
    }
}

/// An agency whose page is right but for one member of its first bill.
fn one_member(answer: &'static str, member: &str, value: Value, incident: IncidentKind) -> Lie {
    let pointer = format!("/bills/0/{member}");
    let kind = FaultKind::RewriteJson { pointer, value };
    of_bills(answer, kind, Refused::Part, incident, USUAL_BYTES)
}

fn lies_about_bills(town: &Town) -> Vec<Lie> {
    use IncidentKind as I;
    use Refused::{Part, Whole};
    let rewrite = |pointer: &str, value: Value| FaultKind::RewriteJson {
        pointer: pointer.to_owned(),
        value,
    };
    let redirect = |location: String| FaultKind::Redirect { location };
    let elsewhere = format!("{}/v1/bills", town.city().bank_url());
    vec![
        Lie {
            answer: "an honest answer, for comparison",
            fault: Fault::new(LIAR, FaultKind::LatencyMs { latency_ms: 1 }).on("/v1/bills"),
            refused: Refused::Nothing,
            incident: None,
            bound_bytes: USUAL_BYTES,
        },
        of_bills(
            "another person's bill",
            FaultKind::AnotherPersonsBill,
            Part,
            I::UnknownAccount,
            USUAL_BYTES,
        ),
        of_bills(
            "a page about another person",
            rewrite("/subject", json!("somebody-else")),
            Whole,
            I::AnotherPerson,
            USUAL_BYTES,
        ),
        of_bills(
            "another agency's bill",
            FaultKind::AnotherAgencysBill,
            Part,
            I::AnotherAgency,
            USUAL_BYTES,
        ),
        one_member(
            "an account that isn't the user's",
            "account_id",
            json!("not-theirs"),
            I::UnknownAccount,
        ),
        one_member("a negative amount", "amount_fils", json!(-60_000), I::BadAmount),
        one_member("an amount of zero", "amount_fils", json!(0), I::BadAmount),
        one_member("an amount that overflows", "amount_fils", json!(i64::MAX), I::BadAmount),
        one_member("another currency", "currency", json!("USD"), I::BadCurrency),
        one_member("due in the year 9999", "due_on", json!("9999-12-31"), I::BadDate),
        one_member("a control character", "title/en", json!("Fine\u{8}\u{8} 5"), I::BadText),
        one_member(
            "a direction override",
            "title/en",
            json!("AED \u{202E}00.06"),
            I::BadText,
        ),
        of_bills(
            "a million bills in a page",
            rewrite("/bills", json!(vec![0; MILLION])),
            Whole,
            I::TooMuch,
            WHOLE_BODY_BYTES,
        ),
        of_bills(
            "endless paging",
            FaultKind::EndlessPages,
            Whole,
            I::EndlessPaging,
            WHOLE_BODY_BYTES,
        ),
        of_bills(
            "a body that never ends",
            FaultKind::EndlessBody,
            Whole,
            I::TooMuch,
            WHOLE_BODY_BYTES,
        ),
        of_bills(
            "a drip of one byte a second",
            FaultKind::SlowBody { bytes_per_second: 1 },
            Whole,
            I::TooSlow,
            USUAL_BYTES,
        ),
        of_bills(
            "compressed data that explodes",
            FaultKind::CompressedBody,
            Whole,
            I::WrongContentType,
            WHOLE_BODY_BYTES,
        ),
        of_bills(
            "a redirect to another host",
            redirect(elsewhere),
            Whole,
            I::Redirected,
            USUAL_BYTES,
        ),
        of_bills(
            "a redirect to plain HTTP",
            redirect("http://127.0.0.1:9/v1/bills".to_owned()),
            Whole,
            I::Redirected,
            USUAL_BYTES,
        ),
    ]
}

fn lies_about_the_directory() -> Vec<Lie> {
    let lie = |answer, kind, incident| Lie {
        answer,
        fault: Fault::new("gateway", kind).on("/v1/directory"),
        refused: Refused::Whole,
        incident: Some(incident),
        bound_bytes: USUAL_BYTES,
    };
    vec![
        lie(
            "an older directory",
            FaultKind::ReplayedDirectory,
            IncidentKind::StaleDirectory,
        ),
        lie(
            "an expired directory",
            FaultKind::StaleDirectory,
            IncidentKind::StaleDirectory,
        ),
        lie(
            "a directory signed by a stranger",
            FaultKind::ForgedDirectory,
            IncidentKind::BadSignature,
        ),
    ]
}

/// Receipts for a payment of this person's, each instead of that for another one.
async fn lies_about_receipts(town: &Town) -> Vec<Lie> {
    // Another phone of the same person's has paid something before.
    let phone = town.phone_of(FAMILY).await;
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    // One of an agency with several, so that it has something to say afterwards too.
    let bills = phone.open_bills().await;
    let several = |bill: &&Bill| bills.iter().filter(|other| other.key.agency == bill.key.agency).count() > 1;
    let bill = bills.iter().find(several).unwrap();
    let paid = phone.pay(&[bill], &account.id).await.unwrap();
    assert_eq!(paid.state, PaymentState::Settled);
    let receipts = phone.rabt().payments().receipts(None, 10).await.unwrap().receipts;
    let token = receipts[0].token.reveal().clone();
    let claims = from_base64url(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let stranger = Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap();
    let forged = sign(RECEIPT_TYPE, &claims, &stranger, false).unwrap();
    let lie = |answer, token: String, incident| {
        let kind = FaultKind::RewriteJson {
            pointer: "/items/0/receipt".to_owned(),
            value: json!(token),
        };
        Lie {
            answer,
            fault: Fault::new("gateway", kind).method("POST").on("/v1/payments"),
            refused: Refused::Part,
            incident: Some(incident),
            bound_bytes: USUAL_BYTES,
        }
    };
    vec![
        lie("a receipt for another payment", token, IncidentKind::ReceiptMismatch),
        lie("a receipt signed with another key", forged, IncidentKind::BadSignature),
    ]
}

/// Has every agency that is owed something say something new, so that none of them can answer that nothing has changed; says how
/// many they are.
fn every_agency_says(town: &Town, title: &str) -> usize {
    let mut said = 0;
    for agency in town.control().agencies() {
        let filter = BillFilter {
            agency_id: Some(agency.agency_id.clone()),
            persona_id: Some(FAMILY.to_owned()),
            status: Some(BillStatus::Open),
        };
        let bills = town.control().bills(&filter).unwrap();
        let change = BillChange {
            title: Some(Localized::new(title, "قيل من جديد")),
            ..BillChange::default()
        };
        if let Some(bill) = bills.last() {
            town.control()
                .change_bill(&agency.agency_id, &bill.bill_id, change)
                .unwrap();
            said += 1;
        }
    }
    said
}

/// A process's figure of memory, in bytes.
fn memory(app: &Child, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", app.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let kib: u64 = line
        .trim_matches([':', '\t', ' '])
        .trim_end_matches(" kB")
        .trim()
        .parse()
        .unwrap();
    kib * 1024
}

/// The app, opened, with everything that a refresh warms up.
async fn warm(phone: &Phone, secrets: &TempDir) -> Child {
    let program = Command::new(env!("CARGO_BIN_EXE_rabt-phone"));
    let mut app = Child::start(program, &settings(&phone.config, secrets.path())).await;
    assert!(app.ask("open").await.starts_with("ok"));
    let first = app.ask("outcomes").await;
    assert!(first.starts_with("ok ") && !first.contains("unavailable"), "{first}");
    app
}

/// How much more memory than before a process had at most while it did something. The system's own count: what the allocator keeps,
/// threads and mapped files are in it.
async fn at_most(app: &mut Child, command: &str) -> (String, u64) {
    let before = memory(app, "VmRSS");
    fs::write(format!("/proc/{}/clear_refs", app.id()), "5").unwrap();
    let answer = app.ask(command).await;
    (answer, memory(app, "VmHWM").saturating_sub(before))
}

/// Whether every agency but the liar answered, and what so many of them said is on the screen.
async fn others_are_there(app: &mut Child, outcomes: &str, title: &str, liar: Option<&str>, said: usize) -> bool {
    let titles = app.ask("titles").await;
    let shown = titles
        .trim_start_matches("ok ")
        .split('|')
        .filter(|shown| *shown == title);
    let honest = |outcome: &&str| liar.is_none_or(|liar| !outcome.starts_with(&format!("{liar}:")));
    let mut outcomes = outcomes.trim_start_matches("ok ").split(' ').filter(honest);
    let answered = outcomes.all(|outcome| outcome.ends_with(":answered") || outcome.ends_with(":unchanged"));
    answered && shown.count() >= said - usize::from(liar.is_some())
}

async fn incidents(app: &mut Child) -> Vec<String> {
    let told = app.ask("incidents").await;
    told.trim_start_matches("ok")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Tells a lie to a process of its own, and says what it came to.
async fn tell(town: &Town, phone: &Phone, secrets: &TempDir, lie: Lie, turn: usize) -> Line {
    let answer = lie.answer;
    let mut app = warm(phone, secrets).await;
    let (owed, known) = (app.ask("owed").await, incidents(&mut app).await.len());
    let title = format!("Said anew {turn}");
    let said = every_agency_says(town, &title);
    assert!(said >= 10, "{said}");
    let party = lie.fault.party.clone();
    let of_agency = (party == LIAR && lie.incident.is_some()).then_some(LIAR);
    let command = match lie.fault.route.as_deref() {
        Some("/v1/bills") => "outcomes",
        Some("/v1/directory") => "directory",
        _ => "pay",
    };
    town.fault(lie.fault);

    let (came, peak_bytes) = at_most(&mut app, command).await;

    match command {
        "outcomes" => {
            let word = if lie.refused == Refused::Whole {
                "unavailable"
            } else {
                "answered"
            };
            assert!(came.contains(&format!("{LIAR}:{word}")), "{answer}: {came}");
        }
        "directory" => assert!(came.starts_with("error unavailable"), "{answer}: {came}"),
        _ => assert!(came.ends_with(" Settled"), "{answer}: {came}"),
    }
    let mut recorded = incidents(&mut app).await;
    recorded.truncate(recorded.len() - known);
    match lie.incident {
        Some(kind) => {
            let wanted = format!("{party}:{}", kind.code());
            assert!(
                recorded.contains(&wanted) && recorded.len() <= RECORDS_MAX,
                "{answer}: {recorded:?}"
            );
        }
        None => assert_eq!(recorded, Vec::<String>::new(), "{answer}"),
    }
    // Whoever was lied to about a payment or the directory asks the agencies all the same.
    let outcomes = if command == "outcomes" {
        came
    } else {
        app.ask("outcomes").await
    };
    // What was paid isn't open any more.
    let said = if command == "pay" { said - BASKET } else { said };
    let others_in_time = others_are_there(&mut app, &outcomes, &title, of_agency, said).await;
    if command != "pay" {
        assert_eq!(app.ask("owed").await, owed, "{answer}: an amount was changed by it");
    }
    app.kill().await;
    town.mend(&party);
    Line {
        answer,
        refused: lie.refused,
        incident: lie.incident.map(IncidentKind::code),
        peak_bytes,
        bound_bytes: lie.bound_bytes,
        others_in_time,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_lie_is_refused_recorded_and_costs_no_more_than_its_bound() {
    let town = Town::start().await;
    let (mut phone, secrets) = phone_for_children(&town, FAMILY, None).await;
    phone.config.agency_deadline_ms = DEADLINE_MS;
    let bank = town.meter("bank");
    let (mut lies, receipts) = (lies_about_bills(&town), lies_about_receipts(&town).await);
    let linked = town.counted(&bank);
    lies.extend(lies_about_the_directory());
    let mut lines = Vec::new();
    for (turn, lie) in lies.into_iter().enumerate() {
        lines.push(tell(&town, &phone, &secrets, lie, turn).await);
        assert_eq!(town.counted(&bank), linked, "nobody was sent to the bank");
    }
    for (turn, lie) in receipts.into_iter().enumerate() {
        lines.push(tell(&town, &phone, &secrets, lie, MILLION + turn).await);
    }
    town.books_at_rest().await;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("reports");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("hostile.json"), serde_json::to_vec_pretty(&lines).unwrap()).unwrap();
    for line in &lines {
        println!(
            "{:<36} {:>6.1} of {:>4.1} MiB, others in time: {}",
            line.answer,
            line.peak_bytes as f64 / MIB as f64,
            line.bound_bytes as f64 / MIB as f64,
            line.others_in_time
        );
    }
    for line in &lines {
        assert!(line.others_in_time, "{}", line.answer);
        assert!(
            line.peak_bytes <= line.bound_bytes,
            "{}: {} bytes",
            line.answer,
            line.peak_bytes
        );
    }
}
