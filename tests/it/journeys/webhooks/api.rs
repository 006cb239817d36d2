//! Endpoints over HTTP: made, tried, changed, listed; who may, and what is refused.

use reqwest::Method;
use rollcall_simulators::sink::Behaviour;
use serde_json::{Value, json};

use super::Scene;
use crate::place::{Place, on_both_databases};
use crate::visitor::PASSWORD;

on_both_databases!(
    an_endpoint_is_made_read_changed_and_removed,
    a_url_is_tried_before_it_is_saved_with_people_who_are_made_up,
    what_cannot_work_is_refused_with_the_field,
    the_signature_key_is_shown_to_who_types_their_password,
    who_only_reads_changes_nothing_and_another_tenant_sees_nothing,
);

async fn an_endpoint_is_made_read_changed_and_removed(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, secret) = scene.endpoint().await;
    let path = format!("/webhooks/{webhook}");

    let shown = scene.get(&path).await;
    assert_eq!(shown["name"], "Employee data");
    assert_eq!(shown["events"], json!(["employee_data_changed"]));
    assert_eq!((&shown["scenarios"], &shown["detail"]), (&json!(null), &json!("full")));
    assert!(!shown.to_string().contains(&secret), "a secret is shown once");
    let change = json!({
        "name": "Payroll",
        "events": ["connector_synced", "connector_sync_error"],
        "scenarios": [scene.baseline],
        "detail": "thin",
        "rate_limit": 5,
        "headers": { "Authorization": "Bearer not-a-real-token" },
    });
    assert_eq!(scene.ask(Method::PATCH, &path, Some(change)).await.status, 204);
    scene.house.settle().await;
    let shown = scene.get(&path).await;
    assert_eq!((&shown["name"], &shown["rate_limit"]), (&json!("Payroll"), &json!(5)));
    assert_eq!(shown["headers"], json!(["authorization"]));
    assert_eq!(shown["scenarios"], json!([scene.baseline]));
    assert!(!shown.to_string().contains("not-a-real-token"));
    let all = scene.get("/webhooks").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);

    assert_eq!(scene.ask(Method::DELETE, &path, None).await.status, 204);
    scene.house.settle().await;
    assert_eq!(scene.ask(Method::GET, &path, None).await.status, 404);
    assert_eq!(scene.get("/webhooks").await["data"], json!([]));
    let again = scene.ask(Method::DELETE, &path, None).await;
    assert_eq!(again.status, 404);
    for name in ["webhook_endpoints", "messages"] {
        let found = scene.house.node.projections.verify(name, &|_| ()).await.unwrap();
        assert_eq!((found.missing, found.extra, found.different), (0, 0, 0), "{name}");
    }
}

async fn a_url_is_tried_before_it_is_saved_with_people_who_are_made_up(place: Place) {
    let scene = Scene::new(place).await;
    scene.hire("Real Person").await;
    scene.sink.behave(Behaviour::Text("hello not-a-real-token".to_owned()));
    let draft = json!({
        "url": scene.sink.url(),
        "event": "employee_data_changed",
        "headers": { "x-key": "not-a-real-token" },
    });

    let tried = scene.post("/webhooks/test", draft).await;

    let result = &tried["result"];
    assert_eq!((&tried["kind"], &tried["status"]), (&json!("test_webhook"), &json!("done")));
    assert_eq!((&result["delivered"], &result["status"]), (&json!(true), &json!(200)));
    assert_eq!(result["reply"], "hello •••");
    let received = scene.received(1).await;
    assert_eq!(received[0].header("x-key"), Some("not-a-real-token"));
    assert!(!String::from_utf8_lossy(&received[0].body).contains("Real Person"));
    let headers = result["request"]["headers"].as_array().unwrap();
    let value = |name: &str| {
        let found = headers.iter().find(|one| one["name"] == name).unwrap();
        found["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(value("x-key"), "•••");
    assert_eq!(Some(value("webhook-signature").as_str()), received[0].header("webhook-signature"));
    assert_eq!(result["request"]["body"], received[0].json());
    assert_eq!(scene.get("/webhooks").await["data"], json!([]), "nothing is saved");

    scene.sink.behave(Behaviour::Reset);
    let tried = scene.post("/webhooks/test", json!({ "url": scene.sink.url() })).await;
    assert_eq!(tried["result"]["delivered"], false);
    assert!(tried["result"]["error"].is_string());
}

async fn what_cannot_work_is_refused_with_the_field(place: Place) {
    let scene = Scene::new(place).await;
    let good = || json!({ "name": "A", "url": scene.sink.url(), "events": ["connector_synced"] });
    for (field, value) in [
        ("name", json!(" ")),
        ("url", json!("ftp://hooks.example/")),
        ("url", json!("https://ada:secret@hooks.example/")),
        ("url", json!("https://hooks.example/#part")),
        ("events", json!([])),
        ("scenarios", json!([])),
        ("scenarios", json!(["unknown"])),
        ("rate_limit", json!(0)),
        ("concurrency", json!(33)),
        ("headers", json!({ "Host": "elsewhere.example" })),
    ] {
        let mut wrong = good();
        wrong[field] = value.clone();
        let refused = scene.ask(Method::POST, "/webhooks", Some(wrong)).await;
        assert_eq!(refused.status, 422, "{field} {value}: {}", refused.json());
        let path = format!("/{field}");
        assert_eq!(refused.json()["errors"][0]["path"], path.as_str(), "{}", refused.json());
    }
    let unknown = json!({ "name": "A", "url": scene.sink.url(), "events": ["everything"] });
    assert_eq!(scene.ask(Method::POST, "/webhooks", Some(unknown)).await.status, 422);
    assert_eq!(scene.get("/webhooks").await["data"], json!([]));
}

async fn the_signature_key_is_shown_to_who_types_their_password(place: Place) {
    let scene = Scene::new(place).await;
    let (_, owner) = scene.house.member("olga@acme.example", "owner").await;
    let key = "/webhooks/signing_key";
    assert_eq!(owner.get(key).await["made"], false);

    for proof in [None, Some(json!({ "password": "wrong password 42" }))] {
        assert_eq!(owner.ask(Method::POST, key, proof).await.status, 422);
    }
    let proof = || Some(json!({ "password": PASSWORD }));
    let text = |answer: crate::client::Answer| -> Value { answer.json()["key"].clone() };
    let first = text(owner.ask(Method::POST, key, proof()).await);
    assert!(first.is_string());
    assert_eq!(text(owner.ask(Method::POST, key, proof()).await), first);
    let rotated = text(owner.ask(Method::POST, &format!("{key}/rotate"), proof()).await);
    assert_ne!(rotated, first);
    assert_eq!(text(owner.ask(Method::POST, key, proof()).await), rotated);
    assert!(!scene.house.place.holds(rotated.as_str().unwrap()).await, "it lies in the clear");
}

async fn who_only_reads_changes_nothing_and_another_tenant_sees_nothing(place: Place) {
    let scene = Scene::new(place).await;
    let (webhook, _) = scene.endpoint().await;
    let (_, auditor) = scene.house.member("aud@acme.example", "auditor").await;
    let (_, viewer) = scene.house.member("vera@acme.example", "viewer").await;
    let one = format!("/webhooks/{webhook}");

    assert_eq!(auditor.status(&one).await, 200);
    let change = || Some(json!({ "name": "B" }));
    assert_eq!(auditor.ask(Method::PATCH, &one, change()).await.status, 403);
    assert_eq!(viewer.status(&one).await, 404);
    let house = &scene.house;
    for path in [&one, &format!("{one}/deliveries")] {
        let foreign = house.operate(Method::GET, path, "beta", None).await;
        assert_eq!(foreign.status, 404, "{path}");
    }
    let foreign = house.operate(Method::PATCH, &one, "beta", change()).await;
    assert_eq!(foreign.status, 404);
    let empty = house.operate(Method::GET, "/webhooks/deliveries", "beta", None).await;
    assert_eq!(empty.json()["data"], json!([]));
}
