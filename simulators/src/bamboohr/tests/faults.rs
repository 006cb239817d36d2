//! The switches.

use reqwest::Method;
use serde_json::json;

use super::{control, get, report, request, small};
use crate::bamboohr::{Disturbance, Faults, RetryAfter, Wrong};

#[tokio::test]
async fn throttling_lasts_as_many_requests_as_it_was_told_to() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.throttle(2, 7));

    let first = get(&simulator, "/employees/1").await;
    let second = get(&simulator, "/meta/fields").await;
    let third = get(&simulator, "/employees/1").await;

    assert_eq!((first.status, first.header("retry-after")), (429, "7"));
    assert_eq!((second.status, third.status), (429, 200));
}

#[tokio::test]
async fn a_disturbance_can_be_about_one_path_only() {
    let simulator = small().await;
    let wrong = Wrong::Throttle { status: 503, retry_after: RetryAfter::HttpDate(60) };
    let answers = vec![Disturbance::always(wrong).on("/meta"), Disturbance::always(Wrong::Html)];
    simulator.set_faults(Faults { answers, ..Faults::default() });

    let throttled = get(&simulator, "/meta/lists").await;
    let page = get(&simulator, "/employees/1").await;

    assert_eq!(throttled.status, 503);
    assert!(throttled.header("retry-after").ends_with(" GMT"));
    assert_eq!((page.status, page.text.starts_with("<!DOCTYPE html>")), (200, true));
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_and_a_hanging_one_never_comes() {
    let simulator = small().await;
    simulator.change_faults(|faults| {
        faults.answers.push(Disturbance::always(Wrong::Truncate).times(1));
        faults.answers.push(Disturbance::always(Wrong::Hang).times(1));
    });

    let truncated = request(&simulator, Method::GET, "/meta/lists").send().await.unwrap();
    let broken = truncated.text().await;
    let patience = std::time::Duration::from_millis(50);
    let hanging = request(&simulator, Method::GET, "/meta/lists").timeout(patience).send().await;

    assert!(broken.is_err());
    assert!(hanging.unwrap_err().is_timeout());
    simulator.shutdown().await;
}

#[tokio::test]
async fn a_hidden_field_is_left_out_but_the_list_says_so() {
    let simulator = small().await;
    simulator.change_faults(|faults| {
        faults.hidden_fields.insert("department".to_owned());
    });

    let one = get(&simulator, "/employees/2?fields=department,jobTitle").await.json();
    let all = report(&simulator, "", &["department", "jobTitle"]).await.json();
    let list = get(&simulator, "/employees?fields=departmentName").await.json();

    assert!(one.get("department").is_none() && one.get("jobTitle").is_some());
    assert_eq!(all["fields"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["departmentName"], json!(null));
    assert_eq!(list["data"][0]["_restrictedFields"], json!(["departmentName"]));
}

#[tokio::test]
async fn a_hidden_employee_is_a_403_alone_and_absent_from_the_report() {
    let simulator = small().await;
    simulator.change_faults(|faults| {
        faults.hidden_employees.insert(2);
    });

    assert_eq!(get(&simulator, "/employees/2").await.status, 403);
    let report = report(&simulator, "", &["firstName"]).await.json();
    assert_eq!(report["employees"].as_array().unwrap().len(), 19);
}

#[tokio::test]
async fn an_empty_report_is_a_good_answer_with_nobody_in_it() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.empty_report = true);

    let answer = report(&simulator, "", &["firstName"]).await;

    assert_eq!((answer.status, &answer.json()["employees"]), (200, &json!([])));
    assert_eq!(get(&simulator, "/employees/directory").await.status, 404);
}

#[tokio::test]
async fn every_switch_and_every_act_is_within_reach_of_other_programs() {
    let simulator = small().await;
    let throttle = json!({"throttle": {"status": 429, "retryAfter": "absent"}});
    let faults = json!({"answers": [{"answer": throttle, "times": 1}]});
    let ada = json!({"firstName": "Ada", "lastName": "Byron", "department": "Engines"});

    let set = control(&simulator, Method::PUT, "faults", faults).await;
    let throttled = get(&simulator, "/employees/1").await;
    let hired = control(&simulator, Method::POST, "people", ada).await.json();
    let id = hired["id"].as_u64().unwrap();
    let path = format!("people/{id}");
    let moved = control(&simulator, Method::PATCH, &path, json!({"supervisorEId": 3})).await;
    let seen = control(&simulator, Method::GET, &path, json!({})).await.json();
    let left = control(
        &simulator,
        Method::POST,
        &format!("{path}/terminate"),
        json!({"date": "2026-01-01"}),
    )
    .await;
    let settled = control(&simulator, Method::POST, "settle", json!({})).await;
    let gone = control(&simulator, Method::DELETE, &path, json!({})).await;
    let unknown = control(&simulator, Method::POST, "nonsense", json!({})).await;

    assert_eq!((set.status, throttled.status, throttled.header("retry-after")), (200, 429, ""));
    assert_eq!(
        (moved.status, &seen["supervisor"], &seen["lastName"]),
        (200, &json!(3), &json!("Byron"))
    );
    assert_eq!((left.status, settled.status, gone.status, unknown.status), (200, 200, 200, 404));
    assert_eq!(simulator.person(id), None);
}
