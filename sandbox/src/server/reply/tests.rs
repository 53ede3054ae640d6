use super::*;
use axum::body::Body;
use serde_json::{Value, json};

async fn body(response: Response) -> Value {
    serde_json::from_slice(&axum::body::to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_refusal_is_a_problem_with_the_headers_that_go_with_it() {
    let mut refusal = Refusal::new(503, code::UNAVAILABLE, "later");
    refusal.0.retry_after_seconds = Some(7);
    let response = refusal.into_response();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_MEDIA_TYPE);
    assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    assert!(!response.headers().contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(body(response).await["code"], code::UNAVAILABLE);

    let mut step_up = Refusal::new(401, code::STEP_UP_REQUIRED, "more");
    step_up.0.acr = Some("urn:rabt:acr:high".to_owned());
    let challenge = step_up.into_response().headers()[header::WWW_AUTHENTICATE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(challenge.contains(r#"acr_values="urn:rabt:acr:high""#), "{challenge}");
}

#[tokio::test]
async fn a_malformed_body_is_refused_and_the_member_named() {
    #[derive(Debug, serde::Deserialize)]
    struct Wanted {
        #[expect(dead_code, reason = "only its absence matters")]
        quote_id: String,
    }
    let read = |media_type: &'static str, body: Body| async move {
        let request = Request::builder()
            .header(header::CONTENT_TYPE, media_type)
            .body(body)
            .unwrap();
        WireJson::<Wanted>::from_request(request, &())
            .await
            .map(|_| ())
            .map_err(|refusal| (refusal.0.status, refusal.0.field.unwrap()))
    };
    assert_eq!(
        read("application/json", Body::from(r#"{"quote_id":"q"}"#)).await,
        Ok(())
    );
    assert_eq!(
        read("application/json; charset=utf-8", Body::from(r#"{"quote_id":"q"}"#)).await,
        Ok(())
    );
    assert_eq!(
        read("application/json", Body::from("{}")).await,
        Err((400, "quote_id".to_owned()))
    );
    assert_eq!(
        read("application/json", Body::from("{")).await,
        Err((400, "body".to_owned()))
    );
    assert_eq!(
        read("text/plain", Body::from("{}")).await,
        Err((415, "content-type".to_owned()))
    );
    let large = json!({"quote_id": "q".repeat(REQUEST_BYTES_MAX)}).to_string();
    assert_eq!(
        read("application/json", Body::from(large)).await,
        Err((413, "body".to_owned()))
    );
}

#[tokio::test]
async fn an_idempotency_key_is_required_and_bounded() {
    let read = |keys: Vec<String>| async move {
        let mut request = Request::builder();
        for key in keys {
            request = request.header(IDEMPOTENCY_KEY_HEADER, key);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        IdempotencyKey::from_request_parts(&mut parts, &())
            .await
            .map(|key| key.0)
            .map_err(|refusal| refusal.0.code)
    };
    let longest = "k".repeat(IDEMPOTENCY_KEY_CHARS_MAX);
    assert_eq!(read(vec![longest.clone()]).await, Ok(longest.clone()));
    assert_eq!(read(vec![]).await, Err(code::IDEMPOTENCY_KEY_MISSING.to_owned()));
    for wrong in [
        vec![format!("{longest}k")],
        vec![String::new()],
        vec!["a b".to_owned()],
        vec!["a".to_owned(), "b".to_owned()],
    ] {
        assert_eq!(read(wrong).await, Err(code::INVALID_INPUT.to_owned()));
    }
}
