use super::*;
use crate::agencies::{admin, outbox::deliver_once, run_outbox};
use axum::{Json, Router, extract::State, routing::post};
use rabt_protocol::event;
use std::{
    sync::{
        Mutex,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify};

/// A gateway that writes down what it is told.
#[derive(Default)]
struct Gateway {
    told: Mutex<Vec<Value>>,
    heard: Notify,
    /// What it answers; 0 is a success.
    refuses_with: AtomicU16,
}

impl Gateway {
    async fn start() -> (Arc<Self>, String) {
        let gateway = Arc::new(Self::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/agency-events", post(Self::hear))
            .with_state(Arc::clone(&gateway));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (gateway, address)
    }

    async fn hear(
        State(gateway): State<Arc<Self>>,
        headers: HeaderMap,
        Json(event): Json<Value>,
    ) -> axum::response::Response {
        use axum::response::IntoResponse;
        assert_eq!(headers[header::AUTHORIZATION], "Service service-secret");
        match gateway.refuses_with.load(Ordering::SeqCst) {
            0 => {
                gateway.told.lock().unwrap().push(event);
                gateway.heard.notify_one();
                StatusCode::NO_CONTENT.into_response()
            }
            status => crate::server::reply::Refusal::new(status, "refused", "refused").into_response(),
        }
    }

    fn told(&self) -> Vec<Value> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

fn city_of(gateway: &str) -> Ctx {
    let mut context = for_tests(CityConfig::default(), &[SCHEMA]);
    context.addresses.gateway = gateway.to_owned();
    let ctx = Arc::new(context);
    for fixture in built_in().unwrap() {
        join(&ctx, fixture);
    }
    for persona_id in ["tenant-family", "new-resident"] {
        seed(&ctx, personas::find(persona_id).unwrap()).unwrap();
    }
    ctx
}

#[tokio::test]
async fn each_kind_of_change_is_told_to_whom_it_concerns() {
    let (gateway, address) = Gateway::start().await;
    let ctx = city_of(&address);
    consent(&ctx, POWER, "new-resident").await;
    let parents = json!({"kind": "contract-account", "fields": {"contract_account": "2000145591"}});
    ask(&ctx, POWER, "new-resident", Method::POST, "/v1/accounts", Some(parents))
        .await
        .ok();
    admin::pay_at_counter(&ctx, POWER, "ew-parents-0001", None).unwrap();
    admin::withdraw_bill(&ctx, POWER, "ew-0002").unwrap();
    consent(&ctx, TRAFFIC, "tenant-family").await;
    let fine = bill(&ctx, TRAFFIC, "tenant-family", "po-0001").await;
    super::post(&ctx, TRAFFIC, "key-1", &posting_of(&fine, "tenant-family"))
        .await
        .ok();
    // Told once, also when asked twice.
    super::post(&ctx, TRAFFIC, "key-1", &posting_of(&fine, "tenant-family"))
        .await
        .ok();

    assert_eq!(deliver_once(&ctx).await, Some(3));
    let event = |agency_id: &str, persona_id: &str, bill_id: &str| {
        json!({
            "agency_id": agency_id, "subject": subject(persona_id), "bill_id": bill_id,
            "kind": event::kind::BILLS_CHANGED,
        })
    };
    let expected = [
        event(POWER, "new-resident", "ew-parents-0001"),
        event(POWER, "tenant-family", "ew-0002"),
        event(TRAFFIC, "tenant-family", "po-0001"),
    ];
    assert_eq!(gateway.told(), expected);
    assert_eq!(deliver_once(&ctx).await, Some(0));
}

#[tokio::test]
async fn what_the_gateway_did_not_hear_is_told_later() {
    let (gateway, address) = Gateway::start().await;
    let ctx = city_of(&address);
    gateway.refuses_with.store(503, Ordering::SeqCst);
    admin::withdraw_bill(&ctx, TRAFFIC, "po-0001").unwrap();
    assert_eq!(deliver_once(&ctx).await, None);
    assert_eq!(count(&ctx, "agency_outbox"), 1);
    gateway.refuses_with.store(0, Ordering::SeqCst);
    assert_eq!(deliver_once(&ctx).await, Some(1));
    assert_eq!(gateway.told().len(), 1);
    assert_eq!(count(&ctx, "agency_outbox"), 0);
}

#[tokio::test]
async fn what_the_gateway_will_never_take_holds_nothing_up() {
    let (gateway, address) = Gateway::start().await;
    let ctx = city_of(&address);
    gateway.refuses_with.store(400, Ordering::SeqCst);
    admin::withdraw_bill(&ctx, TRAFFIC, "po-0001").unwrap();
    assert_eq!(deliver_once(&ctx).await, Some(1));
    assert_eq!(count(&ctx, "agency_outbox"), 0);
}

#[tokio::test]
async fn the_outbox_is_emptied_from_before_a_kill_and_on_every_ring() {
    let (gateway, address) = Gateway::start().await;
    let ctx = city_of(&address);
    // Left over: nobody told the gateway yet.
    admin::withdraw_bill(&ctx, TRAFFIC, "po-0001").unwrap();
    let worker = tokio::spawn(run_outbox(Ctx::clone(&ctx)));
    let heard = async || {
        tokio::time::timeout(Duration::from_secs(10), gateway.heard.notified())
            .await
            .unwrap()
    };
    heard().await;
    admin::withdraw_bill(&ctx, TRAFFIC, "po-0002").unwrap();
    heard().await;
    worker.abort();
    let told: Vec<_> = gateway.told().iter().map(|event| event["bill_id"].clone()).collect();
    assert_eq!(told, ["po-0001", "po-0002"]);
}
