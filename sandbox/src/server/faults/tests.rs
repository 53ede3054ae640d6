use super::*;

#[test]
fn a_fault_concerns_its_party_path_and_method_only() {
    let faults = Faults::default();
    faults.set(Fault::new("roads", FaultKind::Garbage).on("/v1/bills").method("get"));
    let taken = |party: &str, method: Method, path: &str| faults.take_for_layer(party, &method, path).len();
    assert_eq!(taken("roads", Method::GET, "/v1/bills"), 1);
    assert_eq!(taken("roads", Method::GET, "/v1/bills/7"), 1);
    assert_eq!(taken("roads", Method::POST, "/v1/bills"), 0);
    assert_eq!(taken("roads", Method::GET, "/v1/accounts"), 0);
    assert_eq!(taken("police", Method::GET, "/v1/bills"), 0);
}

#[test]
fn a_counted_fault_happens_so_often_and_no_more() {
    let faults = Faults::default();
    faults.set(Fault::new("bank", FaultKind::CutAfterCommit).times(2));
    let taken = || faults.take_for_layer("bank", &Method::POST, "/v1/debits");
    assert_eq!(taken(), [FaultKind::CutAfterCommit]);
    assert_eq!(faults.list()[0].fault.times, Some(1));
    assert_eq!(taken(), [FaultKind::CutAfterCommit]);
    assert!(taken().is_empty());
    assert!(faults.list().is_empty());
}

#[test]
fn handlers_and_the_layer_take_each_their_own() {
    let faults = Faults::default();
    faults.set(Fault::new("gateway", FaultKind::StaleDirectory).times(1));
    faults.set(Fault::new("gateway", FaultKind::LatencyMs { latency_ms: 5 }));
    assert_eq!(
        faults.take_for_layer("gateway", &Method::GET, "/v1/directory"),
        [FaultKind::LatencyMs { latency_ms: 5 }]
    );
    assert_eq!(
        faults.take("gateway", "/v1/directory", &FaultKind::ReplayedDirectory),
        None
    );
    assert_eq!(
        faults.take("gateway", "/v1/directory", &FaultKind::StaleDirectory),
        Some(FaultKind::StaleDirectory)
    );
    assert_eq!(
        faults.take("gateway", "/v1/directory", &FaultKind::StaleDirectory),
        None
    );
}

#[test]
fn faults_are_cleared_one_by_one_by_party_and_all() {
    let faults = Faults::default();
    let first = faults.set(Fault::new("roads", FaultKind::Garbage)).unwrap();
    faults.set(Fault::new("roads", FaultKind::EndlessBody));
    faults.set(Fault::new("police", FaultKind::Garbage));
    assert!(faults.clear(first));
    assert!(!faults.clear(first));
    faults.clear_all(Some("police"));
    assert_eq!(faults.list().len(), 1);
    faults.clear_all(None);
    assert!(faults.list().is_empty());
}

#[test]
fn the_register_is_bounded() {
    let faults = Faults::default();
    for _ in 0..FAULTS_MAX {
        assert!(faults.set(Fault::new("roads", FaultKind::Garbage)).is_some());
    }
    assert_eq!(faults.set(Fault::new("roads", FaultKind::Garbage)), None);
}

#[test]
fn a_fault_is_written_as_people_type_it() {
    let typed = r#"{"party":"roads","route":"/v1/bills","times":1,"kind":{"name":"status","status":503}}"#;
    let read: Fault = serde_json::from_str(typed).unwrap();
    assert_eq!(
        read,
        Fault::new(
            "roads",
            FaultKind::Status {
                status: 503,
                body: None
            }
        )
        .on("/v1/bills")
        .times(1)
    );
    assert!(
        serde_json::from_str::<Fault>(r#"{"party":"roads","kind":{"name":"cut_before_commit"},"time":1}"#).is_err()
    );
}
