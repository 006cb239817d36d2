//! given / when / then for every rule and refusal of a run.

use super::*;
use crate::testing::given;

fn queue() -> Command {
    Command::Queue {
        run: "r1".into(),
        connection: "c1".into(),
        provider: Provider::BambooHr,
        kind: RunKind::Webhook,
        event_type: "employee.updated".into(),
        trigger: Trigger::Delivery,
        receipts: vec!["a".into(), "a".into()],
        rerun_of: None,
    }
}
fn queued() -> Event {
    Event::Queued {
        run: "r1".into(),
        connection: "c1".into(),
        provider: Provider::BambooHr,
        kind: RunKind::Webhook,
        event_type: "employee.updated".into(),
        trigger: Trigger::Delivery,
        receipts: vec!["a".into()],
        rerun_of: None,
    }
}
fn live() -> Targets {
    Targets { live_baseline: true, scenarios: vec![], all_future: false }
}
fn join(receipts: &[&str]) -> Command {
    Command::Join { receipts: texts(receipts) }
}
fn start(receipts: &[&str]) -> Command {
    Command::Start { targets: live(), scenarios: texts(&["s0"]), receipts: texts(receipts) }
}
fn started() -> Event {
    Event::Started { targets: live(), scenarios: texts(&["s0"]), receipts: texts(&["a", "z"]) }
}
fn fetch(blob: &str) -> Command {
    Command::RecordFetched { blobs: texts(&[blob]), employees: 2, complete: true, omitted: vec![] }
}
fn fetched() -> Event {
    Event::Fetched { blobs: texts(&["b1"]), employees: 2, complete: true, omitted: vec![] }
}
fn wait() -> Command {
    Command::Wait { until: DateTime::UNIX_EPOCH, code: FailureCode::RateLimited }
}
fn waiting() -> Event {
    Event::Waiting { until: DateTime::UNIX_EPOCH, code: FailureCode::RateLimited }
}
fn apply(batch: u32) -> Command {
    Command::ApplyBatch { batch, counts: updated(1) }
}
fn applied(batch: u32) -> Event {
    Event::Applied { batch, counts: updated(1) }
}
fn updated(updated: u64) -> Counts {
    Counts { updated, ..Counts::default() }
}
fn note() -> Command {
    Command::Note {
        reason: NoteReason::NotStarted,
        scenario: "s0".into(),
        subject: "p1".into(),
        fields: vec![],
        person: None,
    }
}
fn finish() -> Command {
    Command::Finish { counts: updated(2) }
}
fn failure() -> Failure {
    Failure { code: FailureCode::Permission, summary: "Allow the key to read employees.".into() }
}
fn fail() -> Command {
    Command::Fail { failure: failure(), counts: updated(0) }
}
fn skip() -> Command {
    Command::Skip { reason: SkipReason::Paused }
}
fn cancel() -> Command {
    Command::Cancel { reason: "by hand".into() }
}
fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}
fn after(events: &[Event]) -> Known {
    given::<Run>(events.to_vec()).state.known.expect("the run was queued")
}

#[test]
fn a_run_is_queued() {
    given::<Run>([]).when(queue()).then([queued()]);
    assert_eq!(after(&[queued()]).status, Status::Queued);
}

#[test]
fn the_same_run_again_is_no_news_and_another_is_refused() {
    given::<Run>([queued()]).when(queue()).then_nothing();
    given::<Run>([queued(), started()]).when(queue()).then_refused(Refusal::AlreadyQueued);
}

#[test]
fn deliveries_join_while_it_is_queued() {
    let joined = Event::Joined { receipts: texts(&["b"]) };
    given::<Run>([queued()]).when(join(&["a", "b", "b"])).then([joined.clone()]);
    given::<Run>([queued(), joined]).when(join(&["b"])).then_nothing();
    given::<Run>([queued(), started()]).when(join(&["b"])).then_refused(Refusal::AlreadyStarted);
}

#[test]
fn it_starts_once_and_keeps_its_targets() {
    given::<Run>([queued()]).when(start(&["a", "z", "z"])).then([started()]);
    given::<Run>([queued(), started()]).when(start(&["other"])).then_nothing();
    given::<Run>([queued(), started(), waiting()]).when(start(&[])).then_nothing();
    assert_eq!(after(&[queued(), started()]).receipts, texts(&["a", "z"]));
}

#[test]
fn what_was_fetched_is_recorded_once() {
    given::<Run>([queued(), started()]).when(fetch("b1")).then([fetched()]);
    given::<Run>([queued(), started(), fetched()]).when(fetch("b1")).then_nothing();
    given::<Run>([queued(), started(), fetched()])
        .when(fetch("b2"))
        .then_refused(Refusal::AlreadyFetched);
}

#[test]
fn it_waits_for_the_provider_until_it_goes_on() {
    given::<Run>([queued(), started()]).when(wait()).then([waiting()]);
    given::<Run>([queued(), started(), waiting()]).when(wait()).then_nothing();
    let waits = after(&[queued(), started(), waiting()]);
    assert_eq!((waits.status, waits.waiting.is_some()), (Status::Waiting, true));
    let goes_on = after(&[queued(), started(), waiting(), fetched()]);
    assert_eq!((goes_on.status, goes_on.waiting), (Status::Running, None));
}

#[test]
fn batches_follow_one_another_from_one() {
    given::<Run>([queued(), started()]).when(apply(1)).then([applied(1)]);
    given::<Run>([queued(), started(), applied(1)]).when(apply(2)).then([applied(2)]);
    for (batch, expected) in [(1, 2), (3, 2)] {
        given::<Run>([queued(), started(), applied(1)])
            .when(apply(batch))
            .then_refused(Refusal::BatchOutOfOrder { expected, got: batch });
    }
    let twice = after(&[queued(), started(), applied(1), applied(2)]);
    assert_eq!((twice.batches, twice.counts), (2, updated(2)));
}

#[test]
fn a_person_is_noted() {
    given::<Run>([queued(), started()]).when(note()).then([Event::Noted {
        reason: NoteReason::NotStarted,
        scenario: "s0".into(),
        subject: "p1".into(),
        fields: vec![],
        person: None,
    }]);
}

#[test]
fn it_succeeds_or_is_partial() {
    given::<Run>([queued(), started()])
        .when(finish())
        .then([Event::Succeeded { counts: updated(2) }]);
    let counts = Counts { errors: 1, ..updated(2) };
    given::<Run>([queued(), started()])
        .when(Command::Finish { counts })
        .then([Event::Partial { counts, failure: None }]);
}

#[test]
fn it_fails_even_before_it_starts() {
    let failed = Event::Failed { failure: failure(), counts: updated(0) };
    for events in [vec![queued()], vec![queued(), started()], vec![queued(), started(), waiting()]]
    {
        given::<Run>(events).when(fail()).then([failed.clone()]);
    }
}

#[test]
fn it_is_skipped_before_it_applied_anything() {
    let skipped = Event::Skipped { reason: SkipReason::Paused };
    given::<Run>([queued()]).when(skip()).then([skipped.clone()]);
    given::<Run>([queued(), started()]).when(skip()).then([skipped]);
    given::<Run>([queued(), started(), applied(1)])
        .when(skip())
        .then_refused(Refusal::AlreadyApplied);
}

#[test]
fn it_is_cancelled() {
    let cancelled = Event::Cancelled { reason: "by hand".into() };
    given::<Run>([queued()]).when(cancel()).then([cancelled.clone()]);
    given::<Run>([queued(), started(), applied(1)]).when(cancel()).then([cancelled]);
}

#[test]
fn it_does_nothing_before_it_starts() {
    for command in [fetch("b1"), wait(), apply(1), note(), finish()] {
        given::<Run>([queued()]).when(command).then_refused(Refusal::NotStarted);
    }
}

#[test]
fn nothing_happens_to_a_run_that_is_not_there() {
    for command in [join(&[]), start(&[]), fail(), skip(), cancel(), finish()] {
        given::<Run>([]).when(command).then_refused(Refusal::NotFound);
    }
}

#[test]
fn nothing_happens_after_the_end() {
    let failed = Event::Failed { failure: failure(), counts: updated(0) };
    let ends = [
        (Event::Succeeded { counts: updated(1) }, Status::Succeeded),
        (Event::Partial { counts: updated(1), failure: None }, Status::Partial),
        (failed, Status::Failed),
        (Event::Skipped { reason: SkipReason::Paused }, Status::Skipped),
        (Event::Cancelled { reason: "by hand".into() }, Status::Cancelled),
    ];
    for (end, status) in ends {
        for command in [
            queue(),
            join(&[]),
            start(&[]),
            fetch("b1"),
            wait(),
            apply(1),
            note(),
            finish(),
            fail(),
            skip(),
            cancel(),
        ] {
            given::<Run>([queued(), started(), end.clone()])
                .when(command)
                .then_refused(Refusal::Ended { status });
        }
    }
}

#[test]
fn every_status_reads_back() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
}
