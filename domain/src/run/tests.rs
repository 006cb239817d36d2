//! given / when / then for every rule and refusal of a run.

use super::*;
use crate::testing::given;
use crate::vocabulary::{FailureCode, Trigger};

mod held;

fn queue() -> Command {
    Command::Queue {
        run: "r1".into(),
        connection: "c1".into(),
        provider: Provider::BambooHr,
        spec: RunSpec {
            receipts: texts(&["a", "a"]),
            ..RunSpec::of_deliveries("employee.updated", Trigger::Delivery)
        },
    }
}
fn queued() -> Event {
    Event::Queued {
        run: "r1".into(),
        connection: "c1".into(),
        provider: Provider::BambooHr,
        spec: RunSpec {
            receipts: texts(&["a"]),
            ..RunSpec::of_deliveries("employee.updated", Trigger::Delivery)
        },
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
    Command::RecordFetched { blobs: texts(&[blob]), employees: 2, coverage: Some(all(2)) }
}
fn fetched() -> Event {
    Event::Fetched { blobs: texts(&["b1"]), employees: 2, coverage: Some(all(2)) }
}
fn wait() -> Command {
    Command::Wait { until: DateTime::UNIX_EPOCH, failure: throttled() }
}
fn waiting() -> Event {
    Event::Waiting { until: DateTime::UNIX_EPOCH, failure: throttled() }
}
fn apply(batch: u32) -> Command {
    Command::ApplyBatch { batch, scenario: "s0".into(), counts: updated(1) }
}
fn applied(batch: u32) -> Event {
    Event::Applied { batch, scenario: "s0".into(), counts: updated(1) }
}
fn updated(updated: u64) -> Counts {
    Counts { updated, ..Counts::default() }
}
fn note() -> Command {
    Command::Note {
        reason: NoteReason::NotStarted,
        scenario: "s0".into(),
        subject: "p1".into(),
        actor: None,
        fields: vec![],
        with: vec![],
        matched_by: None,
        person: None,
    }
}
fn finish() -> Command {
    Command::Finish { uncounted: updated(2), targets: vec![], coverage: None, unread: None }
}
fn failure() -> Failure {
    Failure { code: FailureCode::Permission, summary: "Allow the key to read employees.".into() }
}
fn fail() -> Command {
    Command::Fail { failure: failure() }
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
fn throttled() -> Failure {
    Failure { code: FailureCode::RateLimited, summary: "The provider asks us to wait.".into() }
}
fn all(visible: u64) -> Coverage {
    Coverage { visible, total: Some(visible), complete: true, omitted: vec![] }
}
fn partial(code: FailureCode, counts: Counts) -> Event {
    let summary = "some people can't be read".to_owned();
    Event::Partial { counts, failure: Failure { code, summary }, targets: vec![], coverage: None }
}
fn after(events: &[Event]) -> KnownRun {
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
    assert_eq!(after(&[queued(), started()]).spec.receipts, texts(&["a", "z"]));
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
        actor: None,
        fields: vec![],
        with: vec![],
        matched_by: None,
        person: None,
    }]);
}

/// How a run of one applied batch ends, which changed one person.
fn ends(uncounted: Counts, coverage: Option<Coverage>, unread: Option<Failure>) -> Event {
    let run = given::<Run>([queued(), started(), applied(1)]).state;
    run.decide(Command::Finish { uncounted, targets: vec![], coverage, unread }).unwrap().remove(0)
}

#[test]
fn it_succeeds_with_what_its_batches_did_and_what_none_carried() {
    let uncounted = Counts { fetched: 5, unchanged: 4, ..Counts::default() };
    let counts = Counts { updated: 1, ..uncounted };
    let end = ends(uncounted, Some(all(5)), None);
    assert_eq!(end, Event::Succeeded { counts, targets: vec![], coverage: Some(all(5)) });
}

#[test]
fn it_is_partial_and_says_why() {
    let why = |end: Event| {
        let Event::Partial { failure, .. } = end else { panic!("it ended as {end:?}") };
        (failure.code, failure.summary)
    };
    let errors = |errors| Counts { errors, ..Counts::default() };
    let (code, summary) = why(ends(errors(1), None, None));
    assert_eq!(code, FailureCode::PeopleInError);
    assert!(summary.starts_with("one person"));
    let (code, summary) =
        why(ends(errors(0), Some(Coverage { total: Some(200), complete: false, ..all(20) }), None));
    assert_eq!(code, FailureCode::IncompleteRead);
    assert!(summary.contains("20 of 200 visible"), "{summary}");
    let omitted = vec!["supervisorEId".to_owned()];
    let (_, summary) =
        why(ends(errors(0), Some(Coverage { omitted, complete: false, ..all(20) }), None));
    assert!(summary.contains("without supervisorEId"), "{summary}");
    let (_, summary) = why(ends(errors(0), None, Some(failure())));
    assert_eq!(summary, failure().summary);
}

#[test]
fn it_fails_even_before_it_starts() {
    let failed = Event::Failed { failure: failure(), counts: updated(0), targets: vec![] };
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
    let failed = Event::Failed { failure: failure(), counts: updated(0), targets: vec![] };
    let ends = [
        (
            Event::Succeeded { counts: updated(1), targets: vec![], coverage: None },
            Status::Succeeded,
        ),
        (partial(FailureCode::PeopleInError, updated(1)), Status::Partial),
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
