//! Operations: what a worker does while somebody waits, or does not wait.

use reqwest::Method;
use rollcall_api::tokens::Scope;
use rollcall_commands::operations::{Request, request_operation};
use rollcall_domain::vocabulary::RunKind;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, eventually, on_both_databases};
use crate::stage::Stage;

on_both_databases!(
    who_does_not_wait_follows_an_operation_to_its_end,
    what_comes_of_an_operation_can_be_read_from_its_position,
    what_fails_on_our_side_is_answered_and_nothing_is_parked,
);

/// Where an operation is that was asked for without waiting.
async fn begun(desk: &Desk, path: &str, body: &Value) -> String {
    let answer = desk.begin(path, body).await;
    assert_eq!(answer.status(), 202);
    for name in ["rollcall-position", "retry-after"] {
        assert!(answer.headers().contains_key(name), "{name}");
    }
    let place = answer.headers()["location"].to_str().unwrap();
    place.strip_prefix("/api/v1").unwrap().to_owned()
}

/// Its last answer, and the position of it.
async fn ended(desk: &Desk, place: &str) -> (Value, String) {
    eventually("it is answered", async || desk.get(place).await["status"] != "running").await;
    let answer = desk.ask(Method::GET, place, None).await;
    (answer.json(), answer.position.unwrap())
}

async fn who_does_not_wait_follows_an_operation_to_its_end(place: Place) {
    let stage = Stage::synced(place, 5).await;
    let desk = Desk::of(&stage).await;

    let path = format!("/integrations/{}/test", stage.connection);
    let place = begun(&desk, &path, &json!({})).await;
    let (operation, _) = ended(&desk, &place).await;

    assert_eq!(
        (&operation["kind"], &operation["status"]),
        (&json!("test_connection"), &json!("done"))
    );
    assert_eq!(operation["result"]["visible"], 5);
    let others = [Desk::with(&stage, vec![Scope::Read]).await, Desk::elsewhere(&stage).await];
    for other in others {
        let answer = other.ask(Method::GET, &place, None).await;
        assert_eq!(answer.status, 404, "{}", answer.json());
    }
    assert_eq!(Desk::of(&stage).await.get(&place).await, operation);
}

async fn what_comes_of_an_operation_can_be_read_from_its_position(place: Place) {
    let stage = Stage::synced(place, 5).await;
    let desk = Desk::of(&stage).await;
    let path = format!("/integrations/{}/preview", stage.connection);
    let preview = desk.post(&path, None).await;
    assert!(preview.position.is_some());
    let hash = preview.json()["result"]["hash"].as_str().unwrap().to_owned();

    let path = format!("/integrations/{}/plans/{hash}/apply", stage.connection);
    let place = begun(&desk, &path, &json!({})).await;
    let (operation, position) = ended(&desk, &place).await;

    let run = operation["result"]["run"].as_str().unwrap();
    let run = desk.get(&format!("/integration_sync_logs/{run}?min_position={position}")).await;
    assert_eq!(run["kind"], "manual_sync", "{run}");
}

async fn what_fails_on_our_side_is_answered_and_nothing_is_parked(place: Place) {
    let stage = Stage::synced(place, 5).await;
    let desk = Desk::of(&stage).await;
    // Nothing that can be previewed, and no route asks for it.
    let request = Request::Preview {
        connection: stage.connection.clone(),
        kind: RunKind::Push,
        identities: vec![],
        rerun_of: None,
    };
    let tenant = stage.tenant.as_str().into();
    let id = request_operation(&stage.node.store, &tenant, request, "test").await.unwrap();

    stage.settle_without_waiting().await;

    let operation = desk.get(&format!("/operations/{id}")).await;
    assert_eq!(
        (&operation["status"], &operation["failure"]["code"]),
        (&json!("failed"), &json!("storage"))
    );
    assert_eq!(desk.get("/parked").await["data"], json!([]));
}
