//! The engine of autopay across the boundary: the golden vectors are decided as in Rust, and what is no situation is named.

use crate::support::refused;
use rabt_ffi::{InputProblem, RabtError, decide_mandates};
use serde_json::Value;
use std::{fs, path::Path};

#[tokio::test]
async fn each_vector_is_decided_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/mandates");
    let mut decided = 0;
    for entry in fs::read_dir(folder).expect("the vectors") {
        let path = entry.expect("a vector").path();
        let text = fs::read_to_string(&path).expect("a vector");
        let vector: Value = serde_json::from_str(&text).expect("a vector is JSON");
        let decisions = decide_mandates(vector["given"].to_string())
            .await
            .expect("it is decided");
        let decisions: Value = serde_json::from_str(&decisions).expect("decisions are JSON");
        assert_eq!(decisions, vector["expected"], "{}", path.display());
        decided += 1;
    }
    assert_eq!(decided, 22);
}

#[tokio::test]
async fn what_is_no_situation_is_named() {
    let error = refused(decide_mandates("{}".to_owned()).await);
    assert!(
        matches!(&error, RabtError::InvalidInput { field, problem: InputProblem::Malformed, .. } if field == "situation"),
        "{error:?}"
    );
}
