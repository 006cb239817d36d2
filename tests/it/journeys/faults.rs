//! A provider in every mood: what the run says, that nobody is harmed, and that it heals.

use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Faults, RetryAfter, Wrong};

use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_fault_that_stays_fails_the_run_with_its_reason_and_heals,
    a_fault_that_passes_is_waited_for,
    a_webhook_that_could_not_be_followed_rides_on_the_next_run,
    a_waiting_run_says_until_when,
    who_cannot_be_read_keeps_nobody_waiting_and_is_not_forgotten,
    what_is_asked_in_vain_for_a_while_is_not_asked_again,
    units_nobody_tells_of_stay_as_they_are,
);

fn throttled(status: u16, retry_after: RetryAfter) -> Wrong {
    Wrong::Throttle { status, retry_after }
}

/// Every wrong answer, and what a run that meets nothing else has to say.
fn moods() -> Vec<(Wrong, &'static [&'static str])> {
    let limited: &[&str] = &["rate_limited", "unavailable"];
    vec![
        (Wrong::Unauthorized, &["authentication"]),
        (Wrong::Forbidden, &["permission"]),
        (Wrong::NotFound, &["environment"]),
        (throttled(429, RetryAfter::Seconds(1)), limited),
        (throttled(429, RetryAfter::HttpDate(1)), limited),
        (throttled(429, RetryAfter::Absent), limited),
        (throttled(503, RetryAfter::Seconds(1)), limited),
        (throttled(503, RetryAfter::Absent), limited),
        (Wrong::Status(500), &["unavailable"]),
        (Wrong::Html, &["malformed_answer", "environment"]),
        (Wrong::Truncate, &["unavailable", "malformed_answer"]),
        (Wrong::Hang, &["unavailable"]),
    ]
}

fn only(answer: Wrong, times: Option<u32>) -> Faults {
    Faults { answers: vec![Disturbance { answer, path: None, times }], ..Faults::default() }
}

async fn in_step(stage: &Stage) {
    let db = stage.node.projections.db();
    let ours = ours(db, &stage.tenant, &stage.baseline).await;
    assert_equal(&ours, &theirs(&stage.provider.company()));
}

async fn a_fault_that_stays_fails_the_run_with_its_reason_and_heals(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    for (wrong, codes) in moods() {
        let before = stage.head().await;
        company.set_faults(only(wrong.clone(), None));

        let run = stage.sync(RunKind::Reconcile).await;

        let run = stage.run(&run).await;
        assert_eq!(run.status, "failed", "{wrong:?}");
        let code = run.error_code.unwrap_or_default();
        assert!(codes.contains(&code.as_str()), "{wrong:?}: {code}");
        let log = stage.log(before).await;
        assert!(log.iter().all(|event| !event.kind.starts_with("actor.")), "{wrong:?}");
        company.set_faults(Faults::default());
        let healed = stage.sync(RunKind::Reconcile).await;
        assert_eq!(stage.run(&healed).await.status, "succeeded", "{wrong:?}");
        in_step(&stage).await;
    }
}

async fn a_fault_that_passes_is_waited_for(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    let passing = [
        throttled(429, RetryAfter::Seconds(1)),
        throttled(503, RetryAfter::HttpDate(1)),
        throttled(429, RetryAfter::Absent),
        Wrong::Status(502),
        Wrong::Truncate,
    ];
    // Another person each time: two changes of one within a second can be the same delivery.
    for (person, wrong) in (3..).zip(passing) {
        company.set_faults(only(wrong.clone(), Some(2)));
        company.update(person, [("firstName", "Changed")]).unwrap();

        stage.settle_without_waiting().await;

        in_step(&stage).await;
        let run = stage.runs().await.remove(0);
        assert_eq!(run.status, "succeeded", "{wrong:?}: {run:?}");
    }
}

async fn a_webhook_that_could_not_be_followed_rides_on_the_next_run(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    company.set_faults(only(Wrong::Unauthorized, None));
    company.update(3, [("firstName", "Missed")]).unwrap();
    stage.settle_without_waiting().await;
    assert_eq!(stage.runs().await[0].status, "failed");

    company.set_faults(Faults::default());
    company.update(4, [("firstName", "Next")]).unwrap();
    stage.settle_without_waiting().await;

    in_step(&stage).await;
    assert_eq!(stage.runs().await[0].receipts.len(), 2);
}

async fn who_cannot_be_read_keeps_nobody_waiting_and_is_not_forgotten(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    let broken = Disturbance::always(Wrong::Status(500)).on("/employees/3");
    company.set_faults(Faults { answers: vec![broken], ..Faults::default() });
    for id in [3, 4] {
        company.update(id, [("firstName", "Changed")]).unwrap();
    }
    stage.settle_without_waiting().await;

    let db = stage.node.projections.db();
    let now = ours(db, &stage.tenant, &stage.baseline).await;
    let name = |id: &str| now[id].first_name.clone().unwrap_or_default();
    assert_ne!(name("3"), "Changed");
    assert_eq!(name("4"), "Changed");

    company.set_faults(Faults::default());
    company.update(5, [("firstName", "Next")]).unwrap();
    stage.settle_without_waiting().await;
    in_step(&stage).await;
}

/// What was answered counts, however few answers the provider gives at a time.
async fn what_is_asked_in_vain_for_a_while_is_not_asked_again(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    let limit = throttled(429, RetryAfter::Seconds(60));
    let late = Disturbance::always(limit).on("/employees/9");
    company.set_faults(Faults { answers: vec![late], ..Faults::default() });
    for id in [3, 4, 9] {
        company.update(id, [("firstName", "Changed")]).unwrap();
    }
    crate::place::eventually("those who were answered for are in step", async || {
        let db = stage.node.projections.db();
        let now = ours(db, &stage.tenant, &stage.baseline).await;
        ["3", "4"].iter().all(|id| now[*id].first_name.as_deref() == Some("Changed"))
    })
    .await;

    company.set_faults(Faults::default());
    stage.settle_without_waiting().await;
    in_step(&stage).await;
}

async fn units_nobody_tells_of_stay_as_they_are(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    let silent = Disturbance::always(Wrong::Forbidden).on("/meta/lists");
    company.set_faults(Faults { answers: vec![silent], ..Faults::default() });
    company.update(3, [("firstName", "Changed")]).unwrap();
    stage.settle_without_waiting().await;
    let before = stage.head().await;

    let run = stage.sync(RunKind::Reconcile).await;

    let run = stage.run(&run).await;
    assert_eq!(run.status, "succeeded");
    assert_eq!(stage.count("actor.fields_changed", before).await, 0);
    in_step(&stage).await;
}

async fn a_waiting_run_says_until_when(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    company.set_faults(only(throttled(429, RetryAfter::Seconds(1_000)), None));
    let before = chrono::Utc::now();

    let run = stage.ask_for(RunKind::Reconcile).await;
    crate::place::eventually("the run waits", async || {
        let runs = stage.runs().await;
        runs.iter().any(|one| one.run == run && one.status == "waiting")
    })
    .await;

    let until = stage.run(&run).await.waiting_until.unwrap();
    let wait = (until - before).num_seconds();
    assert!((1_000..1_300).contains(&wait), "{wait} s");
    let asked = company.requests();
    company.set_faults(Faults::default());
    assert_eq!(company.requests(), asked, "it asked again before its time");
    stage.settle_without_waiting().await;
    assert_eq!(stage.run(&run).await.status, "succeeded");
}
