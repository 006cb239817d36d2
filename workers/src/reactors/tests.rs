//! given / when / then for what follows from facts.

use std::sync::Arc;

use chrono::DateTime;
use rollcall_domain::connection::{self, BambooHr, ProviderSettings, Settings, Targets};
use rollcall_domain::receipt::{self, Proof, Received, Verdict};
use rollcall_domain::run::RunSpec;
use rollcall_domain::tenant::{self, Plan};
use rollcall_domain::vocabulary::{Provider, RunKind, Trigger};
use rollcall_domain::{Fact, Recorded, lane, scenario};
use rollcall_store::NewIntent;

use super::future_targets::FUTURE_TARGETS;
use super::run_turns::RUN_TURNS;
use super::runs_for_changes::RUNS_FOR_CHANGES;
use super::runs_for_deliveries::RUNS_FOR_DELIVERIES;
use super::scenario_copies::SCENARIO_COPIES;
use crate::follow::Reactor;
use crate::tasks::{
    AddFutureTarget, Copy, CopyScenario, NewScenario, RECEIPTS, Request, RequestRun, TakeTurn, Turn,
};
use crate::work::Task;

/// A page of acme's facts, each with its stream, from position 1.
fn given(facts: impl IntoIterator<Item = (String, Fact)>) -> Given {
    let page = facts.into_iter().zip(1..);
    Given { page: page.map(|((stream, fact), at)| recorded("acme", stream, at, fact)).collect() }
}

struct Given {
    page: Vec<Recorded>,
}

impl Given {
    fn when(self, reactor: Reactor) -> Vec<NewIntent> {
        (reactor.react)(&self.page)
    }
}

fn recorded(tenant: &str, stream: String, position: u64, fact: Fact) -> Recorded {
    Recorded {
        shard: 7,
        position,
        tenant: tenant.into(),
        stream: stream.into(),
        version: 1,
        event_id: format!("event {position}"),
        kind: "not.looked_at".into(),
        recorded_at: DateTime::UNIX_EPOCH,
        effective_at: None,
        principal: "test".into(),
        causation: None,
        correlation: None,
        subject: None,
        fact,
    }
}

fn acme() -> Arc<str> {
    "acme".into()
}

fn delivery(receipt: &str, connection: &str, verdict: Verdict) -> (String, Fact) {
    let received = Received {
        provider: Provider::BambooHr,
        connection: connection.to_owned(),
        blob: "blob".to_owned(),
        body_sha256: String::new(),
        body_bytes: 0,
        content_type: String::new(),
        timestamp: None,
        headers: vec![],
        event_type: "employee.updated".to_owned(),
        subjects: vec![],
        people: None,
        proof: Proof::Signature,
        verdict,
    };
    (format!("receipt/{receipt}"), Fact::Receipt(receipt::Event::Received(received)))
}

fn accepted(receipt: &str, connection: &str) -> (String, Fact) {
    delivery(receipt, connection, Verdict::Accepted)
}

fn reread(connection: &str, receipts: &[&str]) -> Request {
    let spec = RunSpec {
        receipts: receipts.iter().map(|receipt| (*receipt).to_owned()).collect(),
        ..RunSpec::of_deliveries("employee.updated", Trigger::Delivery)
    };
    Request { connection: Some(connection.to_owned()), spec: Some(spec) }
}

fn catch_up(connection: Option<&str>) -> Request {
    Request { connection: connection.map(str::to_owned), spec: None }
}

fn on_connection(event: connection::Event) -> (String, Fact) {
    ("connection/c1".to_owned(), Fact::Connection(event))
}

fn on_tenant(event: tenant::Event) -> (String, Fact) {
    ("tenant/acme".to_owned(), Fact::Tenant(event))
}

fn plan(old: Plan, new: Plan) -> (String, Fact) {
    on_tenant(tenant::Event::PlanChanged { old, new })
}

fn settings() -> Settings {
    ProviderSettings::BambooHr(BambooHr::of("acme")).into()
}

fn run_request(effect: &str, request: &Request) -> NewIntent {
    RequestRun::intent(effect.to_owned(), &acme(), request)
}

#[test]
fn deliveries_of_one_connection_are_one_request() {
    let asked = given([accepted("r1", "c1"), accepted("r2", "c2"), accepted("r3", "c1")])
        .when(RUNS_FOR_DELIVERIES);

    assert_eq!(
        asked,
        [
            run_request("runs_for_deliveries/7/1", &reread("c1", &["r1", "r3"])),
            run_request("runs_for_deliveries/7/2", &reread("c2", &["r2"])),
        ]
    );
    assert_eq!((&*asked[0].kind, &*asked[0].key), ("request_run", "c1"));
}

#[test]
fn a_connection_of_the_same_name_at_another_tenant_is_another_one() {
    let (stream, fact) = accepted("r2", "c1");
    let mut both = given([accepted("r1", "c1")]);
    both.page.push(recorded("other", stream, 2, fact));

    let asked = both.when(RUNS_FOR_DELIVERIES);

    let tenants: Vec<&str> = asked.iter().map(|intent| &*intent.tenant).collect();
    assert_eq!(tenants, ["acme", "other"]);
}

#[test]
fn a_request_takes_so_many_deliveries_and_the_next_one_the_rest() {
    let deliveries = (0..=RECEIPTS).map(|number| accepted(&format!("r{number}"), "c1"));

    let asked = given(deliveries).when(RUNS_FOR_DELIVERIES);

    let effects: Vec<&str> = asked.iter().map(|intent| intent.effect_id.as_str()).collect();
    let second = format!("runs_for_deliveries/7/{}", RECEIPTS + 1);
    assert_eq!(effects, ["runs_for_deliveries/7/1", &second]);
    let receipts = asked.iter().map(|intent| {
        let request: Request = serde_json::from_slice(&intent.payload).unwrap();
        request.spec.unwrap().receipts.len()
    });
    assert_eq!(receipts.collect::<Vec<_>>(), [RECEIPTS, 1]);
}

#[test]
fn only_what_the_plan_does_not_include_or_is_tried_out_calls_for_no_run() {
    for verdict in Verdict::ALL {
        let asked = given([delivery("r1", "c1", verdict)]).when(RUNS_FOR_DELIVERIES);
        let skipped = matches!(verdict, Verdict::SkippedEntitlement | Verdict::Test);
        assert_eq!(asked.is_empty(), skipped, "{}", verdict.as_str());
    }
}

#[test]
fn saving_a_connection_asks_for_the_initial_sync() {
    let connected = connection::Event::Connected {
        connection: "c1".to_owned(),
        settings: settings(),
        targets: Targets::default(),
        credentials: "vault entry".to_owned(),
    };

    let asked = given([on_connection(connected)]).when(RUNS_FOR_CHANGES);

    let initial = Request {
        connection: Some("c1".to_owned()),
        spec: Some(RunSpec::new(RunKind::ManualSync, "initial_sync", Trigger::Person)),
    };
    assert_eq!(asked, [run_request("runs_for_changes/7/1", &initial)]);
}

#[test]
fn resuming_a_connection_asks_for_a_catch_up() {
    let asked = given([
        on_connection(connection::Event::Paused),
        on_connection(connection::Event::Resumed),
    ])
    .when(RUNS_FOR_CHANGES);

    assert_eq!(asked, [run_request("runs_for_changes/7/2", &catch_up(Some("c1")))]);
}

#[test]
fn a_target_that_is_added_asks_for_a_catch_up_and_one_less_for_nothing() {
    let both = Targets { live_baseline: true, scenarios: vec!["s1".to_owned()], all_future: false };
    let one = Targets { scenarios: vec![], ..both.clone() };
    let changed = |old: &Targets, new: &Targets| {
        on_connection(connection::Event::TargetsChanged { old: old.clone(), new: new.clone() })
    };

    let asked = given([changed(&both, &one), changed(&one, &both)]).when(RUNS_FOR_CHANGES);

    assert_eq!(asked, [run_request("runs_for_changes/7/2", &catch_up(Some("c1")))]);
}

fn on_scenario(event: scenario::Event) -> (String, Fact) {
    ("scenario/s1".to_owned(), Fact::Scenario(event))
}

#[test]
fn a_scenario_that_is_made_as_a_copy_is_filled_from_where_it_was_made() {
    let made = |copied_from: Option<&str>| {
        on_scenario(scenario::Event::Created {
            scenario: "s1".to_owned(),
            kind: scenario::Kind::Scenario,
            name: "Plan".to_owned(),
            copied_from: copied_from.map(str::to_owned),
        })
    };

    let asked = given([made(None), made(Some("live"))]).when(SCENARIO_COPIES);

    let copy = Copy { scenario: "s1".to_owned(), position: 2 };
    let effect = "scenario_copies/7/2".to_owned();
    assert_eq!(asked, [CopyScenario::intent(effect, &acme(), &copy)]);
    assert_eq!((&*asked[0].kind, &*asked[0].key), ("copy_scenario", "s1"));
}

#[test]
fn a_scenario_that_is_ready_may_become_a_target() {
    let ready = on_scenario(scenario::Event::Ready { scenario: "s1".to_owned() });

    let asked = given([ready]).when(FUTURE_TARGETS);

    let new = NewScenario { scenario: "s1".to_owned() };
    let effect = "future_targets/7/1".to_owned();
    assert_eq!(asked, [AddFutureTarget::intent(effect, &acme(), &new)]);
}

#[test]
fn other_changes_of_a_connection_ask_for_nothing() {
    let asked = given([
        on_connection(connection::Event::SettingsChanged { old: settings(), new: settings() }),
        on_connection(connection::Event::Paused),
        on_connection(connection::Event::Disconnected),
    ])
    .when(RUNS_FOR_CHANGES);

    assert_eq!(asked, []);
}

#[test]
fn a_plan_that_gains_live_sync_asks_for_a_catch_up_of_the_active_connection() {
    let asked = given([plan(Plan::Team, Plan::Business)]).when(RUNS_FOR_CHANGES);

    assert_eq!(asked, [run_request("runs_for_changes/7/1", &catch_up(None))]);
    assert_eq!(asked[0].key, "acme");
}

#[test]
fn a_plan_that_had_live_sync_or_loses_it_asks_for_nothing() {
    let asked = given([
        on_tenant(tenant::Event::Created {
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        }),
        plan(Plan::Business, Plan::Enterprise),
        plan(Plan::Enterprise, Plan::Team),
        plan(Plan::Team, Plan::Free),
    ])
    .when(RUNS_FOR_CHANGES);

    assert_eq!(asked, []);
}

#[test]
fn a_run_that_is_queued_gets_a_turn_on_its_lane() {
    let queued = lane::Event::RunQueued {
        run: "run 1".to_owned(),
        spec: RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::Person),
    };
    let joined = lane::Event::RunJoined { run: "run 1".to_owned(), receipts: vec![] };
    let on_lane = |event| ("lane/c1".to_owned(), Fact::Lane(event));

    let asked = given([on_lane(queued), on_lane(joined)]).when(RUN_TURNS);

    let turn = Turn { connection: "c1".to_owned(), run: "run 1".to_owned() };
    assert_eq!(asked, [TakeTurn::intent("run_turns/7/1".to_owned(), &acme(), &turn)]);
    assert_eq!((&*asked[0].kind, &*asked[0].key), ("take_turn", "c1"));
}
