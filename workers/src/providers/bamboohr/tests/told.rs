//! Field-based deliveries whose values are all that is needed, and those that say too little.

use rollcall_domain::delivery::instant;
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::Status;
use serde_json::{Value as Json, json};

use super::{client, company};
use crate::providers::{Provider, Told};

fn update(id: &str, changed: &[&str], fields: Json) -> Json {
    json!({
        "id": id, "action": "Updated", "timestamp": "2026-01-31T18:42:00+0000",
        "changedFields": changed, "fields": fields,
    })
}

async fn told(rows: &[Json]) -> Option<Vec<Told>> {
    let simulator = company(20).await;
    let body = json!({ "employees": rows }).to_string();
    client(&simulator).told_in("application/json", body.as_bytes()).await.unwrap()
}

#[tokio::test]
async fn only_what_changed_is_taken_by_alias_or_english_name() {
    let fields =
        json!({"First name": {"value": " Mira "}, "jobTitle": "SRE", "Last Name": "Okafor"});
    let told = told(&[update("3", &["First name", "jobTitle", "City"], fields)]).await.unwrap();

    let one = &told[0];
    assert_eq!(Some(one.at), instant("2026-01-31T18:42:00Z"));
    assert_eq!((one.employee.source_id.as_str(), one.employee.status), ("3", Status::Active));
    let expected = [
        (Field::FirstName, Some(Value::from("Mira"))),
        (Field::JobTitle, Some(Value::from("SRE"))),
    ];
    assert_eq!(one.employee.seen, expected.into());
}

#[tokio::test]
async fn a_department_is_known_by_its_option_and_an_unknown_one_is_read_again() {
    let simulator = company(20).await;
    let known = simulator.options(rollcall_simulators::bamboohr::ListKind::Department).remove(0);
    let told = async |name: &str| {
        let row = update("3", &["Department"], json!({ "Department": name }));
        let body = json!({ "employees": [row] }).to_string();
        client(&simulator).told_in("application/json", body.as_bytes()).await.unwrap()
    };

    let moved = told(&known.name).await.unwrap();
    let id = Value::List(vec![known.id.to_string()]);
    assert_eq!(moved[0].employee.seen, [(Field::Departments, Some(id))].into());
    assert_eq!(told("Nobody has heard of it").await, None);
}

#[tokio::test]
async fn whatever_is_not_plain_is_read_again() {
    let plain = || update("3", &["lastName"], json!({"lastName": "Okafor"}));
    assert!(told(&[plain()]).await.is_some());
    let other = |key: &str, value: Json| {
        let mut row = plain();
        row[key] = value;
        row
    };
    for row in [
        update("3", &["Status"], json!({"Status": "Inactive"})),
        update("3", &["lastName"], json!({"lastName": "Okafor", "Status": "Inactive"})),
        update("3", &["Reporting to"], json!({"Reporting to": "Per Lund"})),
        update("3", &["hireDate"], json!({"hireDate": "2026-01-01"})),
        update("3", &["terminationDate"], json!({"terminationDate": "2026-01-01"})),
        update("3", &["Employment Status"], json!({"Employment Status": "Full-Time"})),
        update("3", &["workPhone"], json!({"workPhone": "555-0100"})),
        update("3", &["Nachname"], json!({"Nachname": "Okafor"})),
        update("3", &["lastName"], json!({"firstName": "Mira"})),
        update("3", &["lastName"], json!({"lastName": null})),
        update("3", &["lastName"], json!({"lastName": ["Okafor"]})),
        update("3", &["lastName"], json!({"lastName": "Ok\u{fffd}for"})),
        update("3", &["lastName", "Last Name"], json!({"lastName": "A", "Last Name": "B"})),
        update("3", &[], json!({"lastName": "Okafor"})),
        other("action", json!("Created")),
        other("action", json!("Deleted")),
        other("action", json!(null)),
        other("timestamp", json!(null)),
    ] {
        assert_eq!(told(&[plain(), row.clone()]).await, None, "{row}");
    }
    let simulator = company(3).await;
    let event = br#"{"type":"employee.updated","timestamp":"2026-01-31T18:42:00Z","data":{"employeeId":"3","changedFields":["lastName"]}}"#;
    assert_eq!(client(&simulator).told_in("application/json", event).await.unwrap(), None);
}
