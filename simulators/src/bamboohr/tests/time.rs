//! People who start or leave on a day that is still to come.

use chrono::{Days, TimeDelta};
use serde_json::json;

use super::receiver::Receiver;
use super::{get, report, small};
use crate::bamboohr::Status;

#[tokio::test]
async fn a_future_starter_is_blank_until_the_day_unless_the_future_shows() {
    let simulator = small().await;
    let path = "/employees/20?fields=status,department,supervisorEId";

    let now = get(&simulator, path).await.json();
    let future = get(&simulator, &format!("{path}&onlyCurrent=false")).await.json();
    simulator.advance(TimeDelta::days(31));
    let later = get(&simulator, path).await.json();

    let blank =
        json!({"id": "20", "status": "Inactive", "department": null, "supervisorEId": null});
    assert_eq!(now, blank);
    assert_eq!((&future["status"], later), (&json!("Active"), future.clone()));
}

#[tokio::test]
async fn a_future_leaver_is_active_until_the_day_unless_the_future_shows() {
    let simulator = small().await;
    let fields = ["status", "employmentHistoryStatus"];

    let now = report(&simulator, "&onlyCurrent=true", &fields).await.json();
    let future = report(&simulator, "&onlyCurrent=false", &fields).await.json();

    assert_eq!(now["employees"][18]["status"], "Active");
    let gone = json!({"id": "19", "status": "Inactive", "employmentHistoryStatus": "Terminated"});
    assert_eq!(future["employees"][18], gone);
}

#[tokio::test]
async fn a_dated_change_is_told_on_the_day_it_takes_effect() {
    let simulator = small().await;
    let receiver = Receiver::start().await;
    receiver.subscribe(&simulator, &["status"]).await;
    let last_day = simulator.clock().date_naive() + Days::new(3);

    simulator.terminate(3, last_day).unwrap();
    simulator.settle().await.unwrap();
    let before = receiver.events();
    simulator.advance(TimeDelta::days(3));
    simulator.settle().await.unwrap();

    assert_eq!(before, []);
    assert_eq!(receiver.events(), [("employee.updated".to_owned(), "3".to_owned())]);
    assert_eq!(simulator.person(3).unwrap().status, Status::Inactive);
}

#[tokio::test]
async fn who_comes_back_has_the_same_id_and_no_last_day() {
    let simulator = small().await;
    let today = simulator.clock().date_naive();
    let first_day = simulator.person(3).unwrap().hire_date;

    simulator.terminate(3, today).unwrap();
    simulator.rehire(3).unwrap();

    let back = simulator.person(3).unwrap();
    assert_eq!((back.status, back.termination_date), (Status::Active, None));
    assert_eq!((back.hire_date, back.original_hire_date), (Some(today), first_day));
}
