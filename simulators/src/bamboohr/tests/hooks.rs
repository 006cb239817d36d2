//! The pages that manage webhooks.

use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{client, get, read, send, small};

#[tokio::test]
async fn a_registration_shows_its_key_once_and_goes_when_deleted() {
    let simulator = small().await;
    let body = json!({
        "name": "sync", "url": "https://r.example/h", "format": "json", "limit": {"times": 1},
        "events": ["employee.updated"], "monitorFields": ["department", "91"],
    });

    let created = send(&simulator, Method::POST, "/webhooks", body).await.json();
    let shown = get(&simulator, "/webhooks/1").await.json();
    let overview = get(&simulator, "/webhooks/").await.json();
    let deleted = send(&simulator, Method::DELETE, "/webhooks/1", json!({})).await;

    let key = created["privateKey"].as_str().unwrap();
    assert!(key.len() == 32 && key.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
    assert_eq!((&shown["id"], shown.get("privateKey")), (&json!("1"), None));
    assert_eq!(overview["webhooks"].as_array().unwrap().len(), 1);
    assert_eq!((deleted.status, deleted.text.as_str()), (200, "Web hook has been deleted."));
    let gone = get(&simulator, "/webhooks/1").await;
    assert_eq!(gone.json()["errors"][0]["error"], "No webhook was found with ID: 1.");
}

#[tokio::test]
async fn a_replacement_resets_what_it_leaves_out_and_makes_no_key() {
    let simulator = small().await;
    let mut body = json!({
        "name": "sync", "url": "https://r.example/h", "format": "form-encoded",
        "events": ["employee.updated"], "monitorFields": ["department"],
        "includeCompanyDomain": true,
    });
    let put =
        async |path: &str, body: &Value| send(&simulator, Method::PUT, path, body.clone()).await;
    assert_eq!(put("/webhooks/1", &body).await.status, 404);
    send(&simulator, Method::POST, "/webhooks", body.clone()).await;
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| !["events", "includeCompanyDomain"].contains(&&**name));

    let replaced = put("/webhooks/1", &body).await;

    let shown = replaced.json();
    assert_eq!((replaced.status, shown.get("privateKey")), (200, None));
    assert_eq!(shown["events"][2], "employee_with_fields.deleted");
    assert_eq!((&shown["includeCompanyDomain"], &shown["name"]), (&json!(false), &json!("sync")));
    body["monitorFields"] = json!([]);
    assert_eq!(put("/webhooks/1", &body).await.status, 400);
}

#[tokio::test]
async fn a_bad_registration_is_refused_with_reasons() {
    let simulator = small().await;
    let register = |more: Value| {
        let simulator = &simulator;
        let mut body = json!({
            "name": "x", "url": "https://r.example/h", "format": "json", "monitorFields": ["status"],
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        async move { send(simulator, Method::POST, "/webhooks", body).await }
    };

    let mixed = json!({"events": ["employee.created", "employee_with_fields.created"]});
    assert_eq!(register(mixed).await.status, 400);
    assert_eq!(register(json!({"url": "http://r.example/h"})).await.status, 400);
    assert_eq!(register(json!({"monitorFields": []})).await.status, 400);
    let answer = register(json!({"monitorFields": ["terminationDate"]})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["errors"][0]["unknownFields"][0]["name"], "terminationDate");
    let twice = json!({"postFields": {"firstName": "x", "lastName": "x"}});
    assert_eq!(register(twice).await.json()["errors"][0]["duplicatePostString"], json!(["x"]));
    let defaults = register(json!({})).await.json();
    assert_eq!(defaults["events"][0], "employee_with_fields.created");
}

#[tokio::test]
async fn another_key_sees_webhooks_of_its_own_only() {
    let simulator = small().await;
    Receiver::start().await.subscribe(&simulator, &["status"]).await;
    let ask = |path: &str| {
        let request = client().get(format!("{}{path}", simulator.base_url()));
        async move { read(request.basic_auth("second", Some("x")).send().await.unwrap()).await }
    };

    assert_eq!(ask("/webhooks").await.json(), json!({"webhooks": []}));
    let other = ask("/webhooks/1").await;
    assert_eq!(other.status, 403);
    assert_eq!(other.json()["errors"]["error"], "You do not have access to webhook ID: 1");
}

#[tokio::test]
async fn a_lost_right_silences_an_update_and_shows_on_the_webhook() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    receiver.subscribe(&simulator, &["city"]).await;
    simulator.change_faults(|faults| {
        faults.hidden_fields.insert("city".to_owned());
    });

    simulator.update(2, [("city", "A")]).unwrap();
    simulator.settle().await.unwrap();

    assert_eq!(receiver.events(), []);
    let shown = get(&simulator, "/webhooks/1").await.json();
    assert_eq!(shown["errors"][0]["monitorFields"][0]["name"], "city");
}

#[tokio::test]
async fn the_log_can_be_over_its_limit_with_a_200() {
    let simulator = small().await;
    Receiver::start().await.subscribe(&simulator, &["city"]).await;
    simulator.change_faults(|faults| faults.log_over_limit = true);

    let answer = get(&simulator, "/webhooks/1/log").await;

    assert_eq!((answer.status, &answer.json()["error"]["code"]), (200, &json!(429)));
}

#[tokio::test]
async fn the_two_field_pages_disagree_about_ids() {
    let simulator = small().await;

    let monitor = get(&simulator, "/webhooks/monitor_fields").await.json();
    let post = get(&simulator, "/webhooks/post-fields").await.json();

    let find = |fields: &Value, name: &str| {
        fields["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).cloned()
    };
    let reporting = json!({"id": "91", "name": "Reporting to", "alias": null});
    assert_eq!(find(&monitor, "Reporting to"), Some(reporting));
    assert_eq!(find(&monitor, "Termination Date"), None);
    assert_eq!(find(&post, "Job Title").unwrap()["id"], 17);
}
