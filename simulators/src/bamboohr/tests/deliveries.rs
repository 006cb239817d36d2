//! What webhooks are told, and how often.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::receiver::{Receiver, is_genuine};
use super::{get, small};
use crate::bamboohr::{Outcome, Spelling};

#[tokio::test]
async fn a_hire_is_created_then_updated_and_all_is_signed() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    let key = receiver.subscribe(&simulator, &["department", "status", "17"]).await;

    let id = simulator.hire([("firstName", "Ada"), ("lastName", "Byron")]).unwrap();
    simulator.update(id, [("jobTitle", "Engineer"), ("city", "Leeds")]).unwrap();
    simulator.terminate(id, simulator.clock().date_naive()).unwrap();
    simulator.update(id, [("city", "York")]).unwrap();
    simulator.delete(id).unwrap();
    simulator.settle().await.unwrap();

    let kinds = ["created", "updated", "updated", "updated", "deleted"];
    assert_eq!(receiver.events(), kinds.map(|kind| pair(kind, id)));
    let changed = |index: usize| receiver.bodies()[index]["data"]["changedFields"].clone();
    assert_eq!(changed(0), json!(null));
    assert_eq!((changed(2), changed(3)), (json!(["jobTitle"]), json!(["status"])));
    assert!(receiver.received().iter().all(|(headers, body)| is_genuine(&key, headers, body)));
}

#[tokio::test]
async fn custom_and_standard_fields_come_apart_unless_joined() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    receiver.subscribe(&simulator, &["city", "customCostCentre"]).await;

    simulator.update(2, [("city", "A"), ("customCostCentre", "B")]).unwrap();
    simulator.change_faults(|faults| faults.join_custom_fields = true);
    simulator.update(2, [("city", "C"), ("customCostCentre", "D")]).unwrap();
    simulator.settle().await.unwrap();

    let changed: Vec<Value> =
        receiver.bodies().iter().map(|body| body["data"]["changedFields"].clone()).collect();
    let joined = json!(["city", "customCostCentre"]);
    assert_eq!(changed, [json!(["city"]), json!(["customCostCentre"]), joined]);
}

#[tokio::test]
async fn field_based_deliveries_carry_all_post_fields_under_their_names() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    let post = json!({"firstName": "First name", "4": "Department"});
    let more = json!({
        "monitorFields": ["firstName", "status"], "postFields": post, "includeCompanyDomain": true,
    });
    receiver.register(&simulator, more).await;

    simulator.update(2, [("firstName", "Ada")]).unwrap();
    simulator.change_faults(|faults| {
        faults.spelling =
            Spelling { value_objects: true, before_2025: true, ..Spelling::default() };
    });
    simulator.update(2, [("firstName", "Eva")]).unwrap();
    simulator.settle().await.unwrap();

    let rows: Vec<Value> =
        receiver.bodies().iter().map(|body| body["employees"][0].clone()).collect();
    assert_eq!((&rows[0]["id"], &rows[0]["action"]), (&json!("2"), &json!("Updated")));
    assert_eq!(rows[0]["changedFields"], json!(["First name"]));
    assert_eq!(rows[0]["fields"]["First name"], "Ada");
    assert!(rows[0]["fields"]["Department"].is_string());
    assert_eq!(rows[1]["fields"]["First name"], json!({"value": "Eva"}));
    assert!(rows[1].get("action").is_none() && rows[1].get("timestamp").is_none());
    assert_eq!(receiver.received()[0].0["company-domain"], "acme");
}

#[tokio::test]
async fn bundled_employees_share_a_delivery() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    receiver.register(&simulator, json!({"monitorFields": ["city"]})).await;
    simulator.change_faults(|faults| faults.bundle_employees = true);

    simulator.update(2, [("city", "A")]).unwrap();
    simulator.update(3, [("city", "B")]).unwrap();
    simulator.settle().await.unwrap();

    assert_eq!(receiver.bodies().len(), 1);
    assert_eq!(receiver.bodies()[0]["employees"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn forms_have_brackets_and_are_signed_over_their_raw_text() {
    let simulator = small().await;
    let (events, fields) = (Receiver::start().await, Receiver::start().await);
    let mut more = json!({"format": "form-encoded", "monitorFields": ["city"]});
    more["postFields"] = json!({"city": "Town"});
    fields.register(&simulator, more.clone()).await;
    more["events"] = json!(["employee.updated"]);
    let key = events.register(&simulator, more).await;

    simulator.update(2, [("city", "New York")]).unwrap();
    simulator.settle().await.unwrap();

    let (headers, body) = events.received().remove(0);
    assert_eq!(
        body,
        "type=employee.updated&data%5BcompanyId%5D=4711&data%5BemployeeId%5D=2\
         &data%5BchangedFields%5D%5B0%5D=city"
    );
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(is_genuine(&key, &headers, &body));
    let form =
        "employees%5B2%5D%5BchangedFields%5D%5B0%5D=Town&employees%5B2%5D%5BTown%5D=New+York";
    assert_eq!(fields.received()[0].1, form);
}

#[tokio::test]
async fn failures_are_tried_again_but_a_4xx_is_final() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    receiver.subscribe(&simulator, &["city"]).await;

    receiver.answer_next(&[500, 302, 200]);
    simulator.update(2, [("city", "A")]).unwrap();
    simulator.settle().await.unwrap();
    receiver.answer_next(&[410]);
    simulator.update(3, [("city", "B")]).unwrap();
    simulator.settle().await.unwrap();
    receiver.answer_next(&[503; 6]);
    simulator.update(4, [("city", "C")]).unwrap();
    simulator.settle().await.unwrap();

    let log = simulator.deliveries();
    let ends: Vec<_> = log.iter().map(|sent| (sent.tries, sent.status, sent.outcome)).collect();
    let expected = [
        (3, Some(200), Outcome::Delivered),
        (1, Some(410), Outcome::GivenUp),
        (6, Some(503), Outcome::GivenUp),
    ];
    assert_eq!(ends, expected);
    let rows = get(&simulator, "/webhooks/1/log").await.json();
    assert_eq!((&rows[0]["statusCode"], &rows[2]["employeeIds"]), (&json!("503"), &json!(["2"])));
    assert!(get(&simulator, "/webhooks/1").await.json()["lastSent"].is_string());
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_a_failure_too() {
    let simulator = small().await;
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", deaf.local_addr().unwrap());
    let more = json!({"url": url, "monitorFields": ["city"]});
    Receiver::default().register(&simulator, more).await;

    simulator.update(2, [("city", "A")]).unwrap();
    simulator.settle().await.unwrap();

    let sent = simulator.deliveries().remove(0);
    assert_eq!((sent.tries, sent.status, sent.outcome), (6, None, Outcome::GivenUp));
}

#[tokio::test]
async fn deliveries_can_be_doubled_and_turned_around() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    receiver.subscribe(&simulator, &["city"]).await;

    simulator.change_faults(|faults| faults.duplicate_deliveries = true);
    simulator.update(2, [("city", "A")]).unwrap();
    simulator.settle().await.unwrap();
    simulator.change_faults(|faults| {
        faults.duplicate_deliveries = false;
        faults.reorder_deliveries = true;
    });
    simulator.update(3, [("city", "B")]).unwrap();
    simulator.update(4, [("city", "C")]).unwrap();
    simulator.settle().await.unwrap();

    assert_eq!(receiver.events(), [2, 2, 4, 3].map(|id| pair("updated", id)));
    assert_eq!(receiver.received()[0].1, receiver.received()[1].1);
    let timestamps: Vec<_> = receiver
        .received()
        .iter()
        .map(|(headers, _)| headers["x-bamboohr-signature"].clone())
        .collect();
    assert_eq!(timestamps[0], timestamps[1]);
}

#[tokio::test]
async fn forged_and_stale_deliveries_can_be_had() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    let key = receiver.subscribe(&simulator, &["city"]).await;

    simulator.send_forged(2).unwrap();
    simulator.send_stale(3, TimeDelta::hours(2)).unwrap();
    simulator.settle().await.unwrap();
    simulator.resend(1).unwrap();
    simulator.settle().await.unwrap();

    let received = receiver.received();
    let genuine: Vec<bool> =
        received.iter().map(|(headers, body)| is_genuine(&key, headers, body)).collect();
    assert_eq!(genuine, [false, true, true]);
    let sent: i64 = received[1].0["x-bamboohr-timestamp"].to_str().unwrap().parse().unwrap();
    assert!(chrono::Utc::now().timestamp() - sent >= 7200);
    assert_eq!(received[1].0["x-bamboohr-signature"], received[2].0["x-bamboohr-signature"]);
}

fn pair(kind: &str, id: u64) -> (String, String) {
    (format!("employee.{kind}"), id.to_string())
}
