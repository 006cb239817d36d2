//! What becomes of a run whose plan waits for a person.

use super::*;
use crate::run::{PlannedTarget, StoredPlan};

fn plan(hash: &str) -> StoredPlan {
    let counts = Counts { deactivated: 30, ..Counts::default() };
    let (scenario, blob) = ("s0".to_owned(), format!("blob of {hash}"));
    let target = PlannedTarget { scenario, blob, hash: hash.into(), counts };
    let (targets, uncounted) = (vec![target], Counts::default());
    StoredPlan { hash: hash.into(), targets, coverage: Some(all(2)), uncounted }
}
fn too_many() -> Failure {
    Failure { code: FailureCode::Brake, summary: "too many leave".into() }
}
fn hold(hash: &str) -> Command {
    Command::Hold { plan: plan(hash), failure: too_many() }
}
fn held(hash: &str) -> Event {
    Event::Held { plan: plan(hash), failure: too_many() }
}
fn approve(hash: Option<&str>) -> Command {
    Command::Approve { hash: hash.map(str::to_owned), subjects: None }
}
fn approved(hash: &str) -> Event {
    Event::Approved { hash: hash.into(), subjects: None }
}
fn reject(hash: Option<&str>) -> Command {
    Command::Reject { hash: hash.map(str::to_owned) }
}
fn rejected(hash: &str) -> Event {
    Event::Rejected { hash: hash.into() }
}

#[test]
fn only_a_run_that_started_is_held() {
    given::<Run>([queued(), started()]).when(hold("p1")).then([held("p1")]);
    given::<Run>([queued()]).when(hold("p1")).then_refused(Refusal::NotStarted);
}

#[test]
fn a_held_plan_is_approved_or_rejected_once() {
    let waits = [queued(), started(), held("p1")];
    given::<Run>(waits.clone()).when(approve(None)).then([approved("p1")]);
    given::<Run>(waits.clone()).when(approve(Some("p1"))).then([approved("p1")]);
    given::<Run>(waits.clone()).when(reject(Some("p1"))).then([rejected("p1")]);
    let twice = [queued(), started(), held("p1"), approved("p1")];
    for command in [approve(None), reject(None)] {
        given::<Run>(twice.clone())
            .when(command)
            .then_refused(Refusal::NotHeld { status: Status::Queued });
    }
    let over = [queued(), started(), held("p1"), rejected("p1")];
    given::<Run>(over)
        .when(approve(None))
        .then_refused(Refusal::Ended { status: Status::Rejected });
}

#[test]
fn what_was_looked_at_is_what_is_approved() {
    let anew = [queued(), started(), held("p1"), approved("p1"), held("p2")];
    given::<Run>(anew.clone()).when(approve(Some("p1"))).then_refused(Refusal::AnotherPlan);
    given::<Run>(anew.clone()).when(reject(Some("p1"))).then_refused(Refusal::AnotherPlan);
    given::<Run>(anew).when(approve(Some("p2"))).then([approved("p2")]);
}

#[test]
fn an_approved_run_goes_on_with_its_own_targets() {
    let approved = [queued(), started(), held("p1"), approved("p1")];
    given::<Run>(approved).when(start(&["other"])).then([started()]);
    given::<Run>([queued(), started()]).when(start(&["other"])).then_nothing();
}

#[test]
fn a_newer_read_takes_its_place_until_it_has_started_again() {
    let superseded = Event::Skipped { reason: SkipReason::Superseded };
    let waits = vec![queued(), started(), held("p1")];
    given::<Run>(waits.clone()).when(Command::Supersede).then([superseded.clone()]);
    let returned = [waits.clone(), vec![approved("p1")]].concat();
    given::<Run>(returned.clone()).when(Command::Supersede).then([superseded]);
    let runs = [returned, vec![started()]].concat();
    given::<Run>(runs)
        .when(Command::Supersede)
        .then_refused(Refusal::NotHeld { status: Status::Running });
    given::<Run>([queued()])
        .when(Command::Supersede)
        .then_refused(Refusal::NotHeld { status: Status::Queued });
}

#[test]
fn nobody_decides_for_seven_days_and_it_is_over() {
    let events = given::<Run>([queued(), started(), held("p1")]).state;
    let expired = events.decide(Command::Expire).unwrap();
    assert!(matches!(&expired[..], [Event::Cancelled { reason }] if reason.contains("seven days")));
}
