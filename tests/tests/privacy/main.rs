//! Nothing of a person in a log, a file or a `Debug`: five people's whole runs, one after the other on one phone, with everything that
//! the core and what it is built on logs down to `TRACE`, every file that it ever had, and every value that it hands out; while
//! agencies, the gateway and the provider put the person's name wherever an answer has room for it.

mod attacks;
mod persons;
mod run;
mod witness;

use rabt_tests::{Canaries, Tape, Town};
use run::Stage;
use serde_json::json;
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::runtime::Runtime;
use witness::Witness;

const PERSONAS: [&str; 5] = ["tenant-family", "trader", "new-resident", "thousand", "nobody"];

#[test]
fn nothing_of_anybody_is_in_a_log_a_file_or_a_debug() {
    let (tape, aside) = (Tape::default(), Runtime::new().unwrap());
    let town = Arc::new(aside.block_on(Town::start()));
    let on_tape = tape.runtime();
    let stage = Stage::new(town.clone(), aside.handle().clone());
    let acting = on_tape.spawn(async move { run::five_lives(stage, Witness::default()).await });
    let witness = aside.block_on(acting).unwrap();
    on_tape.shutdown_background();

    let (ours, others) = (tape.ours(), tape.others());
    assert!(lines(&ours) > 200, "the core's log is on the tape: {}", lines(&ours));
    let transport = String::from_utf8_lossy(&others);
    for speaker in ["h2::", "hyper", "rustls", "reqwest"] {
        assert!(transport.contains(speaker), "{speaker} is on the tape");
    }
    assert!(witness.files.len() > 30 && witness.said.len() > 100_000);

    let net = witness.canaries.net();
    let mut found: Vec<String> = Vec::new();
    let mut bytes_searched = ours.len() + others.len() + witness.said.len();
    found.extend(
        net.in_our_text(&ours)
            .iter()
            .map(|what| format!("the core's log: {what}")),
    );
    found.extend(
        net.in_transport_text(&others)
            .iter()
            .map(|what| format!("a transport's log: {what}")),
    );
    found.extend(
        net.in_our_text(witness.said.as_bytes())
            .iter()
            .map(|what| format!("a value: {what}")),
    );
    for (name, bytes) in &witness.files {
        bytes_searched += bytes.len();
        found.extend(net.in_file(bytes).iter().map(|what| format!("{name}: {what}")));
    }
    report(&witness, bytes_searched, found.len());
    keep_what_was_found(&found, &ours, witness.said.as_bytes(), &others);
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
    drop(town);
}

fn lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// `target/reports/privacy.json`.
fn report(witness: &Witness, bytes_searched: usize, found: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/reports");
    fs::create_dir_all(&folder).unwrap();
    let report = json!({
        "canaries": witness.canaries.len(),
        "bytes_searched": bytes_searched,
        "attacks": witness.attacks,
        "found": found,
    });
    fs::write(folder.join("privacy.json"), format!("{report:#}\n")).unwrap();
}

/// Where something was found, somebody wants to see where.
fn keep_what_was_found(found: &[String], ours: &[u8], said: &[u8], others: &[u8]) {
    if !found.is_empty() {
        for (name, bytes) in [("ours.log", ours), ("values.txt", said), ("transports.log", others)] {
            fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), bytes).unwrap();
        }
    }
}

#[test]
fn a_canary_that_gets_out_is_found_in_each_form_and_chance_is_not() {
    const NAME: &str = "سلمى برجنور";
    let mut canaries = Canaries::default();
    canaries.add_name("the name", "Salma Burjanoor");
    canaries.add_name("the name in Arabic", NAME);
    canaries.add_number("the identity number", "784-1891-1204871-9");
    canaries.add("the PIN", "1111");
    canaries.add_amount("the amount", 46_790);
    canaries.add_bytes("the key", &[0xfe, 0x01, 0x80, 0x33, 0x9a, 0x5c, 0x00, 0x77]);
    let net = canaries.net();

    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let base64 = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text).into_bytes();
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into_bytes()
    };
    let key = [0xfe, 0x01, 0x80, 0x33, 0x9a, 0x5c, 0x00, 0x77];
    let leaks: [(&str, Vec<u8>); 12] = [
        ("as it is", b"hello Salma Burjanoor".to_vec()),
        ("a part", b"xx Burjanoor xx".to_vec()),
        ("Arabic", NAME.as_bytes().to_vec()),
        ("UTF-16", utf16("x Burjanoor")),
        ("base64", base64("{\"name\":\"Salma Burjanoor\"}")),
        ("base64, shifted", base64("1{\"name\":\"Salma Burjanoor\"}")),
        ("base64, shifted more", base64("12{\"name\":\"Salma Burjanoor\"}")),
        ("hexadecimal", hex("Burjanoor".as_bytes())),
        ("escaped bytes", NAME.as_bytes().escape_ascii().to_string().into_bytes()),
        ("a number without its marks", b"784189112048719".to_vec()),
        ("a key", key.to_vec()),
        ("a key in hexadecimal", hex(&key)),
    ];
    for (form, leak) in &leaks {
        let mut file = vec![0x5a; 4096];
        file.extend_from_slice(leak);
        assert!(!net.in_file(&file).is_empty(), "{form} in a file");
        assert!(!net.in_our_text(&file).is_empty(), "{form} in our log");
        assert!(!net.in_transport_text(&file).is_empty(), "{form} in a transport's log");
    }
    for text in ["pin=1111 ", "total: Fils(46790)", "AED 467.90.", "(467.90)"] {
        assert!(!net.in_our_text(text.as_bytes()).is_empty(), "{text}");
    }
    for text in [
        "took_ms: Some(1111)",
        "ms=1111",
        "localhost:46790/",
        "146790",
        "467.901",
        "2026-11-11T11:11:11.1111Z",
        "f46790",
    ] {
        assert!(net.in_our_text(text.as_bytes()).is_empty(), "{text}");
    }
    assert!(net.in_transport_text(b"window=46790 id=1111").is_empty());
    assert!(net.in_file(b"1111 46790 467.9").is_empty());
}

#[test]
fn what_is_said_on_a_tape_is_on_it_and_nothing_else_is() {
    let (one, other) = (Tape::default(), Tape::default());
    let (of_one, of_other) = (one.runtime(), other.runtime());
    let said = Arc::new(Mutex::new(0));
    for runtime in [&of_one, &of_other] {
        let said = said.clone();
        let speaking = async move {
            tokio::task::spawn_blocking(move || {
                *said.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                tracing::trace!(target: "rabt_link", name = "Salma Burjanoor", "a planted canary");
                tracing::trace!(target: "h2", "a planted frame");
            })
            .await
        };
        runtime.block_on(async { runtime.spawn(speaking).await.unwrap().unwrap() });
    }
    tracing::trace!(target: "rabt_link", "of nobody");
    let mut canaries = Canaries::default();
    canaries.add_name("the name", "Salma Burjanoor");
    for tape in [&one, &other] {
        assert_eq!((lines(&tape.ours()), lines(&tape.others())), (1, 1));
        assert!(!canaries.net().in_our_text(&tape.ours()).is_empty());
    }
}
