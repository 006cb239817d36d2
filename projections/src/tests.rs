//! Given events, then rows: runs, their receipts and people, connections, scenarios, tenants.

use rollcall_domain::connection::{self, BambooHr, ProviderSettings, SecretRef, Settings, Targets};
use rollcall_domain::run::{
    Coverage, Event, Failure, NoteReason, NotedPerson, RunSpec, SkipReason,
};
use rollcall_domain::vocabulary::{Counts, FailureCode, Provider, Trigger};
use rollcall_domain::{Fact, Recorded, lane, receipt, scenario, tenant};

use crate::connections::Connections;
use crate::identities::Identities;
use crate::receipts::Receipts;
use crate::run_receipts::RunReceipts;
use crate::runs::Runs;
use crate::scenarios::Scenarios;
use crate::tenants::Tenants;
use crate::testing::{change, created, recorded, rows_after, stream_of, subject_of};

fn run(position: u64, event: Event) -> Recorded {
    recorded(position, "run/r1", "run.happened", Fact::Run(event))
}

fn queued() -> Event {
    Event::Queued {
        run: "r1".into(),
        connection: "c1".into(),
        provider: Provider::BambooHr,
        spec: RunSpec {
            receipts: vec!["k1".into()],
            ..RunSpec::of_deliveries("employee.updated", Trigger::Delivery)
        },
    }
}

fn started() -> Event {
    let targets = Targets { live_baseline: true, ..Targets::default() };
    let receipts = vec!["k1".into(), "k2".into()];
    Event::Started { targets, scenarios: vec!["live".into()], receipts }
}

fn all() -> Coverage {
    Coverage { visible: 7, total: Some(9), complete: true, omitted: vec![] }
}

fn some(created: u64) -> Counts {
    Counts { created, ..Counts::default() }
}

#[test]
fn a_run_goes_from_queued_to_succeeded() {
    let events = [
        run(1, queued()),
        run(2, Event::Joined { receipts: vec!["k2".into()] }),
        run(3, started()),
        run(4, Event::Fetched { blobs: vec![], employees: 7, coverage: Some(all()) }),
        run(5, Event::Applied { batch: 1, scenario: "live".into(), counts: some(2) }),
        run(6, Event::Applied { batch: 2, scenario: "live".into(), counts: some(3) }),
        run(7, Event::Succeeded { counts: some(5), targets: vec![], coverage: None }),
    ];
    let under_way = rows_after::<Runs>(&events[..6]).remove(0);
    assert_eq!((&*under_way.status, under_way.counts.created), ("running", 5));

    let row = rows_after::<Runs>(&events).remove(0);

    assert_eq!((&*row.status, row.counts.created, row.batches), ("succeeded", 5, 2));
    assert_eq!(row.receipts.0, ["k1", "k2"]);
    assert_eq!((row.employees, row.total, row.complete), (Some(7), Some(9), Some(true)));
    assert_eq!(row.duration().unwrap().num_microseconds(), Some(4));
    let pairs = rows_after::<RunReceipts>(&events);
    assert_eq!(pairs.iter().map(|pair| &*pair.receipt).collect::<Vec<_>>(), ["k1", "k2"]);
}

#[test]
fn a_run_says_until_when_it_waits_and_why_it_failed_or_did_nothing() {
    let until = chrono::DateTime::from_timestamp_micros(99).unwrap();
    let summary = "the provider asks us to wait".to_owned();
    let failure = Failure { code: FailureCode::RateLimited, summary };
    let waiting = Event::Waiting { until, failure };
    let failure = Failure { code: FailureCode::Permission, summary: "Ask for access.".into() };
    let given = |last: Event| {
        let events = [run(1, queued()), run(2, started()), run(3, waiting.clone()), run(4, last)];
        rows_after::<Runs>(&events).remove(0)
    };
    let still = rows_after::<Runs>(&[run(1, queued()), run(2, waiting.clone())]).remove(0);
    assert_eq!((&*still.status, still.waiting_until), ("waiting", Some(until)));
    assert_eq!(still.waiting_code.as_deref(), Some("rate_limited"));
    assert_eq!(still.waiting_summary.as_deref(), Some("the provider asks us to wait"));

    let failed = given(Event::Failed { failure, counts: some(1), targets: vec![] });
    assert_eq!((&*failed.status, failed.waiting_until), ("failed", None));
    assert_eq!(failed.error_code.as_deref(), Some("permission"));
    assert_eq!(failed.error_summary.as_deref(), Some("Ask for access."));

    let skipped = given(Event::Skipped { reason: SkipReason::Paused });
    assert_eq!((&*skipped.status, skipped.reason.as_deref()), ("skipped", Some("paused")));
    assert_eq!((skipped.error_code, skipped.waiting_code), (None, None));
}

#[test]
fn a_partial_run_says_what_is_missing() {
    let failure = Failure { code: FailureCode::IncompleteRead, summary: "7 of 9.".into() };
    let coverage = Some(Coverage { complete: false, ..all() });
    let last = run(3, Event::Partial { counts: some(4), failure, targets: vec![], coverage });

    let row = rows_after::<Runs>(&[run(1, queued()), run(2, started()), last]).remove(0);

    assert_eq!(row.error_code.as_deref(), Some("incomplete_read"));
    assert_eq!(row.error_summary.as_deref(), Some("7 of 9."));
    assert_eq!((row.employees, row.total, row.complete), (Some(7), Some(9), Some(false)));
}

#[test]
fn identities_say_what_a_run_did_to_whom() {
    let actor = |position, event| {
        let mut event = recorded(position, &stream_of(1), "actor.happened", Fact::Actor(event));
        event.subject = Some(subject_of(1).into());
        event
    };
    let field = rollcall_domain::field::Field::Email;
    let noted = Event::Noted {
        reason: NoteReason::FieldsOmitted,
        scenario: "live".into(),
        subject: subject_of(1),
        with: vec![],
        matched_by: None,
        actor: None,
        fields: vec!["phone".into()],
        person: Some(NotedPerson { source_id: "1".into(), email: None }),
    };
    let rows = rows_after::<Identities>(&[
        actor(1, change(1, field, "a@x", "b@x")),
        actor(2, change(1, field, "b@x", "c@x")),
        run(3, noted),
    ]);

    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((&*row.action, row.matched_by.as_deref()), ("updated", Some("source_id")));
    let (was, is) = &row.personal_changes.as_ref().unwrap()[&field];
    assert_eq!(
        (was.as_ref().unwrap().text(), is.as_ref().unwrap().text()),
        (Some("a@x"), Some("c@x"))
    );
    assert_eq!((&*row.reasons[0].reason, &*row.reasons[0].fields[0]), ("fields_omitted", "phone"));
    assert_eq!(row.source_id.as_deref(), Some("1"));

    let created = rows_after::<Identities>(&[actor(1, created(1))]).remove(0);
    assert_eq!((&*created.action, created.email.as_deref()), ("created", Some("p1@example.com")));
    let mut by_hand = actor(1, change(1, field, "a@x", "b@x"));
    by_hand.correlation = None;
    assert!(rows_after::<Identities>(&[by_hand]).is_empty(), "no run, no identity");
}

#[test]
fn a_receipt_knows_its_runs_and_whether_it_was_left_over() {
    let received = receipt::Received {
        provider: Provider::BambooHr,
        connection: "c1".into(),
        blob: "b1".into(),
        body_sha256: "00".into(),
        body_bytes: 2,
        content_type: "application/json".into(),
        timestamp: None,
        headers: vec![("x-a".into(), "b".into())],
        event_type: "employee.updated".into(),
        subjects: vec![subject_of(1)],
        people: None,
        proof: receipt::Proof::Signature,
        verdict: receipt::Verdict::Accepted,
    };
    let lane = |position, event| recorded(position, "lane/c1", "lane.happened", Fact::Lane(event));
    let receipts = vec!["k1".to_owned()];
    let arrived = receipt::Event::Received(received);
    let mut events = vec![
        recorded(1, "receipt/k1", "receipt.received", Fact::Receipt(arrived)),
        run(2, queued()),
        lane(3, lane::Event::RunStarted { run: "r1".into(), receipts: receipts.clone() }),
    ];
    let row = rows_after::<Receipts>(&events).remove(0);
    assert_eq!((row.runs.0, row.taken_by.as_deref()), (vec!["r1".to_owned()], Some("r1")));
    assert!(!row.left_over);

    let (unread, given_up) = (vec![], vec![]);
    let ended = lane::Event::RunEnded { run: "r1".into(), left_over: receipts, unread, given_up };
    events.push(lane(4, ended));
    assert!(rows_after::<Receipts>(&events).remove(0).left_over);
}

#[test]
fn a_connection_follows_its_settings_and_forgets_its_secrets_when_disconnected() {
    let at = |position, event| {
        recorded(position, "connection/c1", "connection.happened", Fact::Connection(event))
    };
    let settings = |subdomain: &str| -> Settings {
        ProviderSettings::BambooHr(BambooHr::of(subdomain)).into()
    };
    let secret = SecretRef { vault: "v1".into(), fingerprint: "f1".into(), webhook: None };
    let mut events = vec![
        at(
            1,
            connection::Event::Connected {
                connection: "c1".into(),
                settings: settings("old"),
                targets: Targets::default(),
                credentials: "v0".into(),
            },
        ),
        at(2, connection::Event::WebhookSecretAdded(secret)),
        at(3, connection::Event::SettingsChanged { old: settings("old"), new: settings("new") }),
        at(4, connection::Event::Paused),
    ];
    let row = rows_after::<Connections>(&events).remove(0);
    assert_eq!((&*row.status, &row.settings.0, row.secrets.len()), ("paused", &settings("new"), 1));

    events.push(at(5, connection::Event::Disconnected));
    let row = rows_after::<Connections>(&events).remove(0);
    assert_eq!((&*row.status, row.credentials, row.secrets.len()), ("disconnected", None, 0));
}

#[test]
fn a_scenario_is_active_once_it_is_ready() {
    let at = |position, event| {
        recorded(position, "scenario/s1", "scenario.happened", Fact::Scenario(event))
    };
    let scenario = || "s1".to_owned();
    let events = [
        at(
            1,
            scenario::Event::Created {
                scenario: scenario(),
                kind: scenario::Kind::Scenario,
                name: "Plan B".into(),
                copied_from: Some("live".into()),
            },
        ),
        at(2, scenario::Event::Ready { scenario: scenario() }),
        at(3, scenario::Event::Archived { scenario: scenario() }),
    ];
    let state = |count: usize| rows_after::<Scenarios>(&events[..count]).remove(0).state;
    assert_eq!([state(1), state(2), state(3)], ["preparing", "active", "archived"]);
}

#[test]
fn a_tenant_has_the_plan_it_changed_to() {
    let at =
        |position, event| recorded(position, "tenant/t1", "tenant.happened", Fact::Tenant(event));
    let (free, business) = (tenant::Plan::Free, tenant::Plan::Business);
    let rows = rows_after::<Tenants>(&[
        at(1, tenant::Event::Created { slug: "acme".into(), name: "Acme".into(), plan: free }),
        at(2, tenant::Event::PlanChanged { old: free, new: business }),
    ]);
    assert_eq!((rows.len(), &*rows[0].plan), (1, "business"));
}
