//! The pages that hold many people.

use reqwest::Method;
use serde_json::json;

use super::{client, get, read, report, request, small};
use crate::bamboohr::{Config, Person, Simulator, Status};

#[tokio::test]
async fn a_report_has_everybody_and_only_known_fields() {
    let simulator = small().await;

    let answer = report(&simulator, "", &["status", "nope", "departmentId", "supervisorEId"]).await;

    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/json");
    let ids: Vec<&str> = body["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["status", "supervisorEId"]);
    assert_eq!(body["employees"].as_array().unwrap().len(), 20);
    assert_eq!(body["employees"][0], json!({"id": "1", "status": "Active", "supervisorEId": null}));
    // The last one has not started yet.
    let rows = body["employees"].as_array().unwrap().iter().take(19);
    for (row, person) in rows.zip(simulator.people()) {
        assert_eq!(row["status"], json!(person.status));
        assert_eq!(row["supervisorEId"], json!(person.supervisor.map(|id| id.to_string())));
    }
}

#[tokio::test]
async fn a_report_is_rendered_anew_once_something_changed() {
    let simulator = small().await;
    let before = report(&simulator, "", &["lastName"]).await.text;

    simulator.update(4, [("lastName", "Zzyzx")]).unwrap();

    let after = report(&simulator, "", &["lastName"]).await.text;
    assert!(!before.contains("Zzyzx") && after.contains("Zzyzx"));
}

#[tokio::test]
async fn a_report_insists_on_its_content_type_and_format() {
    let simulator = small().await;
    let post = |path: &str, kind: &str, accept: &str| {
        let mut request = request(&simulator, Method::POST, path).build().unwrap();
        request.headers_mut().insert("accept", accept.parse().unwrap());
        request.headers_mut().insert("content-type", kind.parse().unwrap());
        *request.body_mut() = Some(r#"{"fields":["firstName"]}"#.into());
        async move { read(client().execute(request).await.unwrap()).await }
    };

    let charset =
        post("/reports/custom?format=json", "application/json; charset=UTF-8", "*/*").await;
    let anything = post("/reports/custom", "application/json", "*/*").await;
    let exact = post("/reports/custom", "application/json", "application/json").await;

    let message = charset.header("x-bamboohr-error-message");
    assert_eq!((charset.status, message), (400, "Malformed XML"));
    assert_eq!((anything.status, exact.status), (404, 200));
}

#[tokio::test]
async fn more_than_400_fields_are_too_many() {
    let simulator = small().await;

    assert_eq!(report(&simulator, "", &["firstName"; 401]).await.status, 400);
    assert_eq!(report(&simulator, "", &["firstName"; 400]).await.status, 200);
}

#[tokio::test]
async fn the_directory_has_only_who_is_active() {
    let simulator = small().await;

    let body = get(&simulator, "/employees/directory").await.json();

    let active = simulator.people().iter().filter(|person| person.status == Status::Active).count();
    assert_eq!(body["employees"].as_array().unwrap().len(), active);
    assert!(body["employees"][0].get("supervisorEId").is_none());
}

#[tokio::test]
async fn the_list_goes_page_by_page_and_breaks_with_its_boundary() {
    let simulator = small().await;
    let page = |cursor: String| {
        let path = format!("/employees?page[limit]=8&fields=departmentId{cursor}");
        let simulator = &simulator;
        async move { get(simulator, &path).await }
    };

    let first = page(String::new()).await.json();
    let cursor = first["meta"]["page"]["nextCursor"].as_str().unwrap().to_owned();
    let second = page(format!("&page[after]={cursor}")).await.json();
    simulator.delete(8).unwrap();
    let broken = page(format!("&page[after]={cursor}")).await;

    assert_eq!(
        (&first["meta"]["total"], &second["data"][0]["employeeId"]),
        (&json!(20), &json!("9"))
    );
    assert!(first["data"][0]["departmentId"].is_string());
    assert_eq!((broken.status, &broken.json()["error"]["code"]), (400, &json!("BadPage")));
}

#[tokio::test]
async fn changed_employees_come_as_a_map_with_the_latest_time() {
    let simulator = small().await;
    let since = simulator.clock().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let hired = simulator.hire([("firstName", "Ada"), ("lastName", "Byron")]).unwrap().to_string();
    simulator.update(5, [("city", "Leeds")]).unwrap();
    simulator.delete(20).unwrap();

    let body = get(&simulator, &format!("/employees/changed?since={since}")).await.json();

    let action = |id: &str| body["employees"][id]["action"].as_str().unwrap().to_owned();
    assert_eq!([action(&hired), action("5"), action("20")], ["Inserted", "Updated", "Deleted"]);
    assert_eq!(body["employees"].as_object().unwrap().len(), 3);
    assert_eq!(get(&simulator, "/employees/changed").await.status, 400);
    assert_eq!(get(&simulator, "/employees/20").await.status, 404);
}

#[tokio::test]
async fn a_dataset_comes_in_numbered_pages() {
    let simulator = small().await;
    let url = format!("{}/api/v2/datasets/employee/data", simulator.origin());
    let body =
        json!({"fields": ["lastName"], "orderBy": "lastName asc", "page": 2, "pageSize": 15});

    let request = client().post(url).basic_auth(Config::default().api_key, Some("x"));
    let body = read(request.body(body.to_string()).send().await.unwrap()).await.json();

    let meta = json!({"page": 2, "pageSize": 15, "totalPages": 2, "totalItems": 20});
    assert_eq!((&body["meta"], body["data"].as_array().unwrap().len()), (&meta, 5));
}

#[tokio::test]
async fn a_hundred_thousand_people_are_one_company() {
    let config = Config { people: 100_000, ..Config::default() };
    let simulator = Simulator::start(config).await.unwrap();

    let fields = ["firstName", "workEmail", "department", "supervisorEId", "status", "hireDate"];
    let body = report(&simulator, "", &fields).await.json();

    let rows = body["employees"].as_array().unwrap();
    let emails: std::collections::BTreeSet<&str> =
        rows.iter().map(|row| row["workEmail"].as_str().unwrap()).collect();
    assert_eq!((rows.len(), emails.len()), (100_000, 100_000));
}

#[tokio::test]
async fn made_up_people_are_a_tree_under_managers_who_work_there() {
    let config = Config { people: 2000, ..Config::default() };
    let simulator = Simulator::start(config).await.unwrap();

    let people = simulator.people();

    assert_eq!(people[0].supervisor, None);
    for person in &people[1..] {
        let manager = person.supervisor.and_then(|id| simulator.person(id)).unwrap();
        assert!(manager.id < person.id && manager.status == Status::Active);
    }
    let gone = people.iter().filter(|person| person.termination_date < person.hire_date);
    assert!(gone.clone().all(|person| person.termination_date.is_none()));
    let some = |test: fn(&Person) -> bool| people.iter().any(test);
    assert!(some(|person| person.status == Status::Inactive && person.termination_date.is_some()));
    assert!(some(|person| person.work_phone.is_none() && person.mobile_phone.is_none()));
    assert!(some(|person| person.employee_number.is_none()));
}

#[tokio::test]
async fn the_same_seed_makes_up_the_same_people() {
    let config = |seed| Config { people: 50, seed, ..Config::default() };

    let people = async |seed| Simulator::start(config(seed)).await.unwrap().people();

    assert_eq!(people(7).await, people(7).await);
    assert_ne!(people(7).await, people(8).await);
}
