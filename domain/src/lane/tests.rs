//! given / when / then for every rule and refusal of a lane.

use super::*;
use crate::testing::given;
use crate::vocabulary::{RunKind, Trigger};

fn spec(kind: RunKind, trigger: Trigger, receipts: Vec<String>) -> RunSpec {
    RunSpec { receipts, ..RunSpec::new(kind, "any", trigger) }
}
fn trigger(run: &str, kind: RunKind, receipts: &[&str]) -> Command {
    Command::Trigger { run: run.into(), spec: spec(kind, Trigger::Delivery, texts(receipts)) }
}
fn rerun(run: &str, kind: RunKind, receipts: &[&str]) -> Command {
    Command::Trigger { run: run.into(), spec: spec(kind, Trigger::Rerun, texts(receipts)) }
}
fn queued(run: &str, kind: RunKind, receipts: &[&str]) -> Event {
    Event::RunQueued { run: run.into(), spec: spec(kind, Trigger::Delivery, texts(receipts)) }
}
fn joined(run: &str, receipts: &[&str]) -> Event {
    Event::RunJoined { run: run.into(), receipts: texts(receipts) }
}
fn started(run: &str, receipts: &[&str]) -> Event {
    Event::RunStarted { run: run.into(), receipts: texts(receipts) }
}
fn end(run: &str, left_over: &[&str]) -> Command {
    Command::End { run: run.into(), left_over: texts(left_over), unread: vec![] }
}
fn ended(run: &str, left_over: &[&str]) -> Event {
    let left_over = texts(left_over);
    Event::RunEnded { run: run.into(), left_over, unread: vec![], given_up: vec![] }
}
fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}
fn many(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("d{n}")).collect()
}
fn failed(receipts: &[&str]) -> Vec<Event> {
    let run = queued("r0", RunKind::Webhook, receipts);
    vec![run, started("r0", receipts), ended("r0", receipts)]
}

use RunKind::{ManualSync, Push, Reconcile, Undo, Webhook};

#[test]
fn a_trigger_queues_a_run() {
    given::<Lane>([]).when(trigger("r1", Webhook, &["a", "a", "b"])).then([queued(
        "r1",
        Webhook,
        &["a", "b"],
    )]);
}

#[test]
fn a_waiting_run_of_the_kind_takes_deliveries_along() {
    given::<Lane>([queued("r1", Webhook, &["a"])])
        .when(trigger("r2", Webhook, &["b"]))
        .then([joined("r1", &["b"])]);
}

#[test]
fn a_waiting_full_read_serves_whoever_asks_next() {
    for kind in [ManualSync, Reconcile] {
        given::<Lane>([queued("r1", kind, &[])])
            .when(trigger("r2", kind, &[]))
            .then([joined("r1", &[])]);
    }
}

#[test]
fn a_run_of_another_kind_is_not_joined() {
    given::<Lane>([queued("r1", Webhook, &["a"])])
        .when(trigger("r2", Reconcile, &[]))
        .then([queued("r2", Reconcile, &[])]);
}

#[test]
fn a_running_run_is_not_joined() {
    given::<Lane>([queued("r1", Webhook, &["a"]), started("r1", &["a"])])
        .when(trigger("r2", Webhook, &["b"]))
        .then([queued("r2", Webhook, &["b"])]);
}

#[test]
fn snapshots_and_undos_each_have_their_run() {
    for kind in [Push, Undo] {
        given::<Lane>([queued("r1", kind, &["a"])])
            .when(trigger("r2", kind, &["b"]))
            .then([queued("r2", kind, &["b"])]);
    }
}

#[test]
fn a_rerun_neither_joins_nor_is_joined() {
    let rerun_queued =
        Event::RunQueued { run: "r2".into(), spec: spec(ManualSync, Trigger::Rerun, vec![]) };
    given::<Lane>([queued("r1", ManualSync, &[])])
        .when(rerun("r2", ManualSync, &[]))
        .then([rerun_queued.clone()]);
    given::<Lane>([rerun_queued]).when(trigger("r3", ManualSync, &[])).then([queued(
        "r3",
        ManualSync,
        &[],
    )]);
}

#[test]
fn the_same_trigger_again_is_no_news() {
    let again = trigger("r1", Webhook, &["a"]);
    given::<Lane>([queued("r1", Webhook, &["a"])]).when(again.clone()).then_nothing();
    given::<Lane>([queued("r1", Webhook, &["a"]), started("r1", &["a"])])
        .when(again)
        .then_nothing();
}

#[test]
fn a_run_on_the_lane_does_not_lend_its_id() {
    given::<Lane>([queued("r1", Webhook, &["a"])])
        .when(trigger("r1", Webhook, &["b"]))
        .then_refused(Refusal::IdTaken { run: "r1".into() });
}

#[test]
fn a_known_delivery_is_not_queued_twice_under_another_run() {
    let waiting = vec![queued("r1", Webhook, &["a"])];
    let running = vec![queued("r1", Webhook, &["a"]), started("r1", &["a"])];
    for events in [waiting, running, failed(&["a"])] {
        given::<Lane>(events).when(trigger("r2", Webhook, &["a"])).then_nothing();
    }
}

#[test]
fn only_what_is_new_is_taken_along() {
    given::<Lane>([queued("r1", Webhook, &["a"])])
        .when(trigger("r2", Webhook, &["a", "b"]))
        .then([joined("r1", &["b"])]);
}

#[test]
fn a_full_run_is_not_joined() {
    let full = Event::RunQueued {
        run: "r1".into(),
        spec: spec(Webhook, Trigger::Delivery, many(0..RECEIPTS_PER_RUN)),
    };
    given::<Lane>([full]).when(trigger("r2", Webhook, &["b"])).then([queued(
        "r2",
        Webhook,
        &["b"],
    )]);
}

#[test]
fn too_many_deliveries_at_once_are_refused() {
    let command = Command::Trigger {
        run: "r1".into(),
        spec: spec(Webhook, Trigger::Delivery, many(0..RECEIPTS_PER_RUN + 1)),
    };
    given::<Lane>([]).when(command).then_refused(Refusal::TooManyReceipts { count: 1001 });
}

#[test]
fn the_first_in_the_queue_starts_with_all_that_joined() {
    given::<Lane>([
        queued("r1", Webhook, &["a"]),
        queued("r2", Reconcile, &[]),
        joined("r1", &["b"]),
    ])
    .when(Command::Start)
    .then([started("r1", &["a", "b"])]);
}

#[test]
fn a_busy_lane_starts_nothing() {
    given::<Lane>([
        queued("r1", Webhook, &["a"]),
        started("r1", &["a"]),
        queued("r2", Reconcile, &[]),
    ])
    .when(Command::Start)
    .then_refused(Refusal::Busy { run: "r1".into() });
}

#[test]
fn an_empty_queue_starts_nothing() {
    given::<Lane>([]).when(Command::Start).then_refused(Refusal::NothingWaiting);
}

#[test]
fn what_a_failed_run_left_over_rides_on_the_next_that_reads_people() {
    for kind in [Webhook, ManualSync, Reconcile] {
        let events = [failed(&["a", "b"]), vec![queued("r1", kind, &["c"])]].concat();
        given::<Lane>(events).when(Command::Start).then([started("r1", &["c", "a", "b"])]);
    }
}

#[test]
fn a_snapshot_takes_nothing_left_over_along() {
    let events = [failed(&["a"]), vec![queued("r1", Push, &["c"])]].concat();
    given::<Lane>(events).when(Command::Start).then([started("r1", &["c"])]);
}

#[test]
fn a_run_takes_no_more_along_than_it_has_room_for() {
    let run = Event::RunQueued {
        run: "r1".into(),
        spec: spec(Webhook, Trigger::Delivery, many(0..RECEIPTS_PER_RUN - 1)),
    };
    let receipts = [many(0..RECEIPTS_PER_RUN - 1), texts(&["a"])].concat();
    given::<Lane>([failed(&["a", "b"]), vec![run]].concat())
        .when(Command::Start)
        .then([Event::RunStarted { run: "r1".into(), receipts }]);
}

#[test]
fn a_rerun_takes_its_deliveries_out_of_what_is_left_over() {
    let rerun_queued =
        Event::RunQueued { run: "r1".into(), spec: spec(Webhook, Trigger::Rerun, texts(&["a"])) };
    given::<Lane>(failed(&["a", "b"]))
        .when(rerun("r1", Webhook, &["a"]))
        .then([rerun_queued.clone()]);
    let state = given::<Lane>([failed(&["a", "b"]), vec![rerun_queued]].concat()).state;
    assert_eq!(state.left_over(), ["b".into()]);
}

#[test]
fn a_run_ends_and_the_lane_is_free() {
    let running = [queued("r1", Webhook, &["a"]), started("r1", &["a"])];
    given::<Lane>(running.clone()).when(end("r1", &["a"])).then([ended("r1", &["a"])]);
    let state = given::<Lane>([&running[..], &[ended("r1", &[])]].concat()).state;
    assert_eq!(state, Lane::default());
}

#[test]
fn a_waiting_run_can_be_given_up() {
    given::<Lane>([queued("r1", Webhook, &["a"])]).when(end("r1", &[])).then([ended("r1", &[])]);
}

#[test]
fn what_is_not_taken_along_stays_left_over() {
    let receipts: Vec<Event> = [
        failed(&["a", "b"]),
        vec![queued("r1", Reconcile, &[]), started("r1", &["a"]), ended("r1", &[])],
    ]
    .concat();
    assert_eq!(given::<Lane>(receipts).state.left_over(), ["b".into()]);
}

#[test]
fn a_full_read_that_fails_leaves_over_what_it_took_along() {
    let events = [
        failed(&["a", "b"]),
        vec![queued("r1", Reconcile, &[]), started("r1", &["a", "b"]), ended("r1", &["a", "b"])],
    ]
    .concat();
    assert_eq!(given::<Lane>(events).state.left_over(), ["a".into(), "b".into()]);
}

#[test]
fn what_is_not_on_the_lane_cannot_end() {
    given::<Lane>([queued("r1", Webhook, &["a"])])
        .when(end("r2", &[]))
        .then_refused(Refusal::NotOnLane { run: "r2".into() });
}

/// Queued, started and ended with the one delivery it could not read.
fn unread(run: &str, receipt: &str) -> Vec<Event> {
    let ended = Event::RunEnded {
        run: run.into(),
        left_over: texts(&[receipt]),
        unread: texts(&[receipt]),
        given_up: vec![],
    };
    vec![queued(run, Webhook, &[]), started(run, &[receipt]), ended]
}

fn given_up(tries: u32) -> Vec<Event> {
    let mut events: Vec<Event> = (1..TRIES).flat_map(|n| unread(&format!("r{n}"), "a")).collect();
    if tries == TRIES {
        let (run, given_up) = ("last".to_owned(), texts(&["a"]));
        events.extend([queued("last", Webhook, &[]), started("last", &["a"])]);
        events.push(Event::RunEnded { run, left_over: vec![], unread: vec![], given_up });
    }
    events
}

#[test]
fn whom_nobody_can_read_is_given_up_after_some_runs() {
    let mut events = given_up(TRIES - 1);
    events.extend([queued("last", Webhook, &["b"]), started("last", &["b", "a"])]);
    let (run, left_over) = ("last".to_owned(), texts(&["a", "b"]));
    given::<Lane>(events)
        .when(Command::End { run, left_over: left_over.clone(), unread: left_over })
        .then([Event::RunEnded {
            run: "last".into(),
            left_over: texts(&["b"]),
            unread: texts(&["b"]),
            given_up: texts(&["a"]),
        }]);
}

#[test]
fn what_was_given_up_is_taken_along_by_no_run() {
    let mut events = given_up(TRIES);
    events.push(queued("next", Webhook, &["b"]));
    let lane = given::<Lane>(events.clone()).state;
    assert_eq!(lane.given_up(), [GivenUp { receipt: "a".into(), run: "last".into() }]);
    given::<Lane>(events).when(Command::Start).then([started("next", &["b"])]);
    given::<Lane>(given_up(TRIES)).when(trigger("again", Webhook, &["a"])).then_nothing();
}

#[test]
fn a_person_has_it_tried_again_as_if_for_the_first_time() {
    let spec = spec(Webhook, Trigger::Person, texts(&["a"]));
    let retried = Event::RunQueued { run: "again".into(), spec: spec.clone() };
    given::<Lane>(given_up(TRIES))
        .when(Command::Trigger { run: "again".into(), spec })
        .then([retried.clone()]);
    let mut events = given_up(TRIES);
    events.extend([retried, started("again", &["a"])]);
    let lane = given::<Lane>(events).state;
    assert!(lane.given_up().is_empty() && lane.would_give_up(&texts(&["a"])).is_empty());
}

#[test]
fn a_person_skips_it_once() {
    let skip = || Command::SkipDelivery { receipt: "a".into() };
    let skipped = Event::DeliveriesSkipped { receipts: texts(&["a"]) };
    given::<Lane>(given_up(TRIES)).when(skip()).then([skipped.clone()]);
    let mut events = given_up(TRIES);
    events.push(skipped);
    given::<Lane>(events).when(skip()).then_refused(Refusal::NotGivenUp { receipt: "a".into() });
}

#[test]
fn what_only_failed_with_its_run_is_never_given_up() {
    let mut events = given_up(TRIES - 1);
    events.extend([queued("last", Webhook, &[]), started("last", &["a"])]);
    given::<Lane>(events.clone()).when(end("last", &["a"])).then([ended("last", &["a"])]);
    // A run that was given up while it waited counts no more than that.
    events.push(queued("waits", Reconcile, &[]));
    events.push(ended("waits", &[]));
    let lane = given::<Lane>(events).state;
    assert_eq!(lane.would_give_up(&texts(&["a"])), ["a"]);
}
