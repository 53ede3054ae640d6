use super::*;
use rabt_protocol::agency::{Account, Accounts, Consent, Holder};

const PARENTS: &str = "2000145591";

async fn add(ctx: &Ctx, persona_id: &str, kind: &str, fields: Value) -> Answer {
    let body = json!({"kind": kind, "fields": fields});
    ask(ctx, POWER, persona_id, Method::POST, "/v1/accounts", Some(body)).await
}

async fn accounts(ctx: &Ctx, agency_id: &str, persona_id: &str) -> Vec<Account> {
    let accounts: Accounts = get(ctx, agency_id, persona_id, "/v1/accounts").await.ok().json();
    assert_eq!(
        (accounts.agency_id.as_str(), accounts.subject),
        (agency_id, subject(persona_id))
    );
    accounts.accounts
}

#[tokio::test]
async fn without_a_token_nobody_is_answered() {
    let ctx = city();
    for (method, path) in [
        (Method::GET, "/v1/bills"),
        (Method::GET, "/v1/accounts"),
        (Method::POST, "/v1/accounts"),
        (Method::PUT, "/v1/consents/c"),
        (Method::GET, "/v1/consents/c"),
        (Method::DELETE, "/v1/consents/c"),
        (Method::GET, "/v1/hub/bills/ew-0001?subject=x"),
        (Method::POST, "/v1/postings"),
        (Method::GET, "/v1/postings/k"),
    ] {
        let answer = send(&ctx, POWER, request(method.clone(), path, Some(json!({})))).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{method} {path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_problem_too() {
    let answer = get(&city(), POWER, "nobody", "/v1/nothing").await;
    assert_eq!(answer.refusal().1, "not_found");
}

#[tokio::test]
async fn nothing_is_said_without_a_consent_for_it() {
    let ctx = city();
    let refused = (403, "consent_required".to_owned(), String::new());
    for path in ["/v1/bills", "/v1/accounts"] {
        assert_eq!(get(&ctx, POWER, "tenant-family", path).await.refusal(), refused);
    }
    let only = json!({
        "purposes": ["accounts"], "granted_at": in_days(&ctx, 0), "expires_at": in_days(&ctx, 2)
    });
    ask(&ctx, POWER, "tenant-family", Method::PUT, "/v1/consents/c1", Some(only))
        .await
        .ok();
    get(&ctx, POWER, "tenant-family", "/v1/accounts").await.ok();
    assert_eq!(get(&ctx, POWER, "tenant-family", "/v1/bills").await.refusal(), refused);
    // One agency's consent is not another's, nor one person's another's.
    assert_eq!(
        get(&ctx, TRAFFIC, "tenant-family", "/v1/accounts").await.refusal(),
        refused
    );
    assert_eq!(get(&ctx, POWER, "trader", "/v1/accounts").await.refusal(), refused);
    // It ends by itself.
    ctx.clock.set_offset_ms(3 * 24 * 60 * 60 * 1000);
    assert_eq!(
        get(&ctx, POWER, "tenant-family", "/v1/accounts").await.refusal(),
        refused
    );
}

#[tokio::test]
async fn a_consent_is_kept_changed_and_withdrawn_for_good() {
    let ctx = city();
    let put = async |days: i64| {
        let body = json!({
            "purposes": ["bills", "accounts"], "granted_at": in_days(&ctx, 0), "expires_at": in_days(&ctx, days)
        });
        ask(
            &ctx,
            POWER,
            "tenant-family",
            Method::PUT,
            "/v1/consents/c-1.a_b",
            Some(body),
        )
        .await
    };
    let first: Consent = put(10).await.ok().json();
    assert_eq!(first.consent_id, "c-1.a_b");
    let again: Consent = put(20).await.ok().json();
    assert!(again.expires_at > first.expires_at);
    let path = "/v1/consents/c-1.a_b";
    assert_eq!(
        get(&ctx, POWER, "tenant-family", path).await.ok().json::<Consent>(),
        again
    );
    assert_eq!(get(&ctx, POWER, "trader", path).await.status, 404);

    let withdraw = async || {
        ask(&ctx, POWER, "tenant-family", Method::DELETE, path, None)
            .await
            .status
    };
    assert_eq!(withdraw().await, 204);
    assert_eq!(withdraw().await, 204);
    assert_eq!(get(&ctx, POWER, "tenant-family", path).await.status, 404);
    assert_eq!(
        get(&ctx, POWER, "tenant-family", "/v1/bills").await.refusal().1,
        "consent_required"
    );
    assert_eq!(
        put(20).await.refusal(),
        (403, "forbidden".to_owned(), "consent_id".to_owned())
    );
    let unknown = ask(&ctx, POWER, "tenant-family", Method::DELETE, "/v1/consents/other", None).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_consent_that_makes_no_sense_is_refused_by_its_field() {
    let ctx = city();
    let good = json!({"purposes": ["bills"], "granted_at": in_days(&ctx, 0), "expires_at": in_days(&ctx, 366)});
    let wrong = [
        ("purposes", json!([]), "purposes"),
        ("purposes", json!(["bills", "gossip"]), "purposes"),
        ("purposes", json!(["bills", "bills"]), "purposes[1]"),
        ("granted_at", json!("today"), "granted_at"),
        ("granted_at", json!(in_days(&ctx, 2)), "granted_at"),
        ("expires_at", json!(in_days(&ctx, -1)), "expires_at"),
        ("expires_at", json!(in_days(&ctx, 367)), "expires_at"),
    ];
    let put = async |path: &str, body: Value| ask(&ctx, POWER, "nobody", Method::PUT, path, Some(body)).await;
    for (member, value, field) in wrong {
        let mut body = good.clone();
        body[member] = value;
        let refused = (400, "invalid_input".to_owned(), field.to_owned());
        assert_eq!(put("/v1/consents/c", body).await.refusal(), refused);
    }
    assert_eq!(put("/v1/consents/a%20b", good.clone()).await.refusal().2, "consent_id");
    put("/v1/consents/c", good).await.ok();
}

#[tokio::test]
async fn a_person_cannot_heap_up_consents() {
    let ctx = city();
    let body = json!({"purposes": ["bills"], "granted_at": in_days(&ctx, 0), "expires_at": in_days(&ctx, 9)});
    let put = async |n: usize| {
        ask(
            &ctx,
            POWER,
            "nobody",
            Method::PUT,
            &format!("/v1/consents/c{n}"),
            Some(body.clone()),
        )
        .await
    };
    for n in 0..crate::agencies::limits::CONSENTS_MAX {
        put(n).await.ok();
    }
    assert_eq!(put(1_000).await.refusal().2, "consent_id");
    put(0).await.ok();
}

#[tokio::test]
async fn own_accounts_are_listed_and_nobody_elses() {
    let ctx = city();
    for persona_id in ["tenant-family", "nobody"] {
        consent(&ctx, POWER, persona_id).await;
    }
    let own = accounts(&ctx, POWER, "tenant-family").await;
    assert_eq!(
        own.iter()
            .map(|account| account.account_id.as_str())
            .collect::<Vec<_>>(),
        ["ew-home", "ew-store"]
    );
    assert!(own.iter().all(|account| account.holder == Holder::Own));
    assert_eq!(accounts(&ctx, POWER, "nobody").await, []);
    consent(&ctx, TOLL, "tenant-family").await;
    assert_eq!(accounts(&ctx, TOLL, "tenant-family").await[0].balance_fils, Some(1_400));
}

#[tokio::test]
async fn a_parents_account_is_added_by_hand_and_tells_no_more_than_was_known() {
    let ctx = city();
    consent(&ctx, POWER, "new-resident").await;
    let before = bills(&ctx, POWER, "new-resident", 500).await.len();
    let fields = json!({"contract_account": PARENTS});
    let first = add(&ctx, "new-resident", "contract-account", fields.clone()).await;
    assert_eq!(first.status, 201);
    let account: Account = first.json();
    assert_eq!(
        (account.holder, account.number.as_str()),
        (Holder::AddedByHand, PARENTS)
    );
    assert_eq!(
        account.label.en, "Contract account",
        "the address is its holder's affair"
    );
    let again = add(&ctx, "new-resident", "contract-account", fields).await;
    assert_eq!(
        (again.status, again.json::<Account>()),
        (StatusCode::OK, account.clone())
    );
    assert_eq!(accounts(&ctx, POWER, "new-resident").await.last(), Some(&account));
    assert_eq!(bills(&ctx, POWER, "new-resident", 500).await.len(), before + 1);
    // What one person added, another doesn't see.
    consent(&ctx, POWER, "tenant-family").await;
    assert_eq!(accounts(&ctx, POWER, "tenant-family").await.len(), 2);
}

#[tokio::test]
async fn adding_an_own_account_changes_nothing() {
    let ctx = city();
    consent(&ctx, POWER, "tenant-family").await;
    let answer = add(
        &ctx,
        "tenant-family",
        "contract-account",
        json!({"contract_account": "2001873306"}),
    )
    .await;
    let account: Account = answer.ok().json();
    assert_eq!((account.account_id.as_str(), account.holder), ("ew-home", Holder::Own));
    assert_eq!(accounts(&ctx, POWER, "tenant-family").await.len(), 2);
}

#[tokio::test]
async fn a_form_that_is_wrong_is_told_from_an_account_that_is_unknown() {
    let ctx = city();
    let fields = json!({"contract_account": PARENTS});
    let refused = add(&ctx, "nobody", "contract-account", fields).await.refusal();
    assert_eq!(refused.1, "consent_required");
    consent(&ctx, POWER, "nobody").await;
    for (kind, fields, field) in [
        ("parcel", json!({"contract_account": PARENTS}), "kind"),
        ("contract-account", json!({}), "fields.contract_account"),
        (
            "contract-account",
            json!({"contract_account": "200014559"}),
            "fields.contract_account",
        ),
        (
            "contract-account",
            json!({"contract_account": "20001455911"}),
            "fields.contract_account",
        ),
        (
            "contract-account",
            json!({"contract_account": "200014559x"}),
            "fields.contract_account",
        ),
        (
            "contract-account",
            json!({"contract_account": PARENTS, "pin": "1"}),
            "fields.pin",
        ),
    ] {
        let refused = (400, "invalid_input".to_owned(), field.to_owned());
        assert_eq!(add(&ctx, "nobody", kind, fields).await.refusal(), refused);
    }
    let unknown = add(
        &ctx,
        "nobody",
        "contract-account",
        json!({"contract_account": "2999999999"}),
    )
    .await;
    assert_eq!(unknown.refusal(), (422, "account_unknown".to_owned(), String::new()));
    assert_eq!(count(&ctx, "agency_added_account"), 0);
}

#[tokio::test]
async fn trying_numbers_ends_at_the_limit() {
    let ctx = city();
    consent(&ctx, POWER, "nobody").await;
    ctx.state
        .transact(|tx| {
            for n in 0..crate::agencies::limits::ADDED_ACCOUNTS_MAX {
                let id = format!("extra-{n}");
                tx.execute(
                    "INSERT INTO agency_account SELECT agency_id, ?1, NULL, kind, number, label, '{}', facts, NULL
                     FROM agency_account WHERE account_id = 'ew-parents'",
                    [&id],
                )?;
                tx.execute(
                    "INSERT INTO agency_added_account VALUES ('electricity-water', ?1, ?2, 'now')",
                    [&subject("nobody"), &id],
                )?;
            }
            Ok::<_, rusqlite::Error>(())
        })
        .unwrap();
    let refused = add(&ctx, "nobody", "contract-account", json!({"contract_account": PARENTS})).await;
    assert_eq!(
        refused.refusal(),
        (400, "invalid_input".to_owned(), "fields".to_owned())
    );
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let ctx = city();
    let mut request = request(Method::PUT, "/v1/consents/c", Some(json!("x")));
    request.extensions_mut().insert(Person {
        subject: subject("nobody"),
    });
    assert_eq!(send(&ctx, POWER, request).await.refusal().1, "invalid_input");
}
