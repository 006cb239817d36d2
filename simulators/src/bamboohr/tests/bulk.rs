//! The pages that hold many people.

use serde_json::json;

use super::{get, report, small};
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
async fn the_directory_has_only_who_is_active() {
    let simulator = small().await;

    let body = get(&simulator, "/employees/directory").await.json();

    let active = simulator.people().iter().filter(|person| person.status == Status::Active).count();
    assert_eq!(body["employees"].as_array().unwrap().len(), active);
    assert!(body["employees"][0].get("supervisorEId").is_none());
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
