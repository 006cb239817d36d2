//! Who changed since some time.

use chrono::{TimeDelta, Utc};

use super::{client, company};
use crate::providers::{ChangeKind, Provider};

#[tokio::test]
async fn hires_updates_and_deletions_are_told_apart() {
    let simulator = company(10).await;
    let before = Utc::now() - TimeDelta::seconds(2);
    let hired = simulator.hire([("firstName", "Mira"), ("lastName", "Okafor")]).unwrap();
    simulator.update(3, [("workPhone", "555-0100")]).unwrap();
    simulator.delete(10).unwrap();

    let changes = client(&simulator).changed_since(before).await.unwrap();

    let kind = |id: u64| {
        let person = changes.people.iter().find(|person| person.source_id == id.to_string());
        person.map(|person| person.kind)
    };
    assert_eq!(kind(hired), Some(ChangeKind::Inserted));
    assert_eq!(kind(3), Some(ChangeKind::Updated));
    assert_eq!(kind(10), Some(ChangeKind::Deleted));
    assert_eq!(kind(4), None);
    assert!(changes.latest >= before);
    assert!(changes.people.iter().all(|person| person.at.is_some_and(|at| at <= changes.latest)));
}

#[tokio::test]
async fn nothing_new_is_no_error() {
    let simulator = company(10).await;
    let now = Utc::now() + TimeDelta::hours(1);

    let changes = client(&simulator).changed_since(now).await.unwrap();

    assert_eq!(changes.people, []);
}
