//! The command line's city: it says where it is, and a real SIGKILL loses nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets something else has failed"
)]

mod support;

use rabt_sandbox::{BillFilter, City};
use reqwest::header;
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};
use support::kept_in;

/// Ends the process also where the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_command_introduces_the_city_and_a_killed_one_comes_up_with_its_bills() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let child = Command::new(env!("CARGO_BIN_EXE_rabt-sandbox"))
        .args([
            "--latency-scale",
            "0",
            "--persona",
            "tenant-family",
            "--at",
            "2026-03-01T08:00:00Z",
            "--state",
        ])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut said = Vec::new();
    for line in BufReader::new(running.0.stdout.take().unwrap()).lines() {
        said.push(line.unwrap());
        if said.last().unwrap().contains("Ctrl-C") {
            break;
        }
    }
    let said = said.join("\n");
    assert!(
        said.contains("2026-03-01T08:0") && said.contains("tenant-family") && said.contains("1111"),
        "{said}"
    );
    let ca_file = folder.path().join("city.ca.pem");
    assert!(said.contains(&ca_file.display().to_string()), "{said}");
    let control_url = said
        .split_whitespace()
        .find(|word| word.starts_with("http://127.0.0.1:"))
        .unwrap();

    let bill = r#"{"agency_id":"police","persona_id":"tenant-family","kind_code":"traffic-fine","bill_id":"the-one","amount_fils":100}"#;
    let request = reqwest::Client::builder()
        .tls_backend_preconfigured(rabt_sandbox::browser::tls(&std::fs::read_to_string(&ca_file).unwrap()).unwrap())
        .build()
        .unwrap()
        .post(format!("{control_url}/v1/bills"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(bill);
    assert_eq!(request.send().await.unwrap().status(), 200);
    // On Unix this is SIGKILL.
    running.0.kill().unwrap();
    running.0.wait().unwrap();

    let city = City::start(kept_in(&file)).await.unwrap();
    let bills = city.control().bills(&BillFilter::default()).unwrap();
    assert!(bills.iter().any(|bill| bill.bill_id == "the-one"));
    assert_eq!(city.control_url(), control_url);
}

#[tokio::test]
async fn a_child_says_where_it_is_in_one_line_can_be_cut_off_and_ends_with_its_parent() {
    let child = Command::new(env!("CARGO_BIN_EXE_rabt-sandbox"))
        .args(["--as-child", "--latency-scale", "0", "--persona", "nobody"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    let tls = rabt_sandbox::browser::tls(&text("ca_pem")).unwrap();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap();
    let gateway = || client.get(format!("{}/v1/directory", text("gateway"))).send();
    let network = |body: &'static str| {
        let request = client.put(format!("{}/v1/network", text("control")));
        request
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
    };

    assert_eq!(gateway().await.unwrap().status(), 200);
    assert_eq!(network(r#"{"cut": true}"#).await.unwrap().status(), 204);
    assert!(gateway().await.is_err());
    // By now the connection of before is known to be gone: the next one doesn't come about at all.
    assert!(gateway().await.unwrap_err().is_connect());
    assert_eq!(network(r#"{"cut": false}"#).await.unwrap().status(), 204);
    assert_eq!(gateway().await.unwrap().status(), 200);

    drop(running.0.stdin.take());
    assert!(running.0.wait().unwrap().success());
}
