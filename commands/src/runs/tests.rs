//! Runs on a real lane, in a store of their own.

use rollcall_domain::connection::{BambooHr, HrisWebhook, ProviderSettings};
use rollcall_domain::run::{Failure, StoredPlan};
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{Counts, FailureCode, RunKind, Trigger};
use rollcall_store::{Location, OperatorKey, Options};
use secrecy::SecretString;

use super::*;
use crate::{
    Connect, NewTenant, connect, create_tenant, disable_hris_webhook, disconnect,
    enable_hris_webhook,
};

const ACME: &str = "01ACME";
const CONNECTION: &str = "01CONNECTION";

struct Home {
    _directory: tempfile::TempDir,
    store: Store,
    runs: Runs,
}

fn cause() -> Cause {
    Cause::by("test")
}

impl Home {
    /// With one connection and no run.
    async fn new() -> Self {
        Home::with(ProviderSettings::BambooHr(BambooHr::of("acme"))).await
    }

    async fn with(provider: ProviderSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Options {
            location: Location::Sqlite(directory.path().to_owned()),
            operator_key: OperatorKey::generate(),
            migrate: true,
            clock: rollcall_store::Clock::system(),
        });
        let store = store.await.unwrap();
        let acme = NewTenant {
            id: ACME.to_owned(),
            live_baseline: "01LIVE".to_owned(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&store, acme, cause()).await.unwrap();
        let connection = Connect {
            id: CONNECTION.to_owned(),
            settings: provider.into(),
            targets: Targets { live_baseline: true, ..Targets::default() },
            credentials: SecretString::from("key"),
        };
        connect(&store, ACME, connection, &cause()).await.unwrap();
        Home { _directory: directory, store, runs: Runs::default() }
    }

    async fn started(&self, run: &str) -> Loaded<Run> {
        let spec = RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::Person);
        self.started_with(run, spec).await
    }

    async fn started_with(&self, run: &str, spec: RunSpec) -> Loaded<Run> {
        let (run, connection) = (run.to_owned(), CONNECTION.to_owned());
        let request = RunRequest { run, connection, spec, effect: None };
        self.runs.request(&self.store, ACME, &request, &cause()).await.unwrap();
        let (targets, scenarios) = (Targets::default(), vec!["01LIVE".to_owned()]);
        let started =
            self.runs.start(&self.store, ACME, CONNECTION, &targets, &scenarios, &cause()).await;
        started.unwrap().1
    }

    async fn write(&self, run: &mut Loaded<Run>, write: &RunWrite) -> Result<(), CommandError> {
        self.runs.write(&self.store, ACME, run, write, &cause()).await
    }
}

fn finish() -> RunWrite {
    let uncounted = Counts::default();
    let command = run::Command::Finish { uncounted, targets: vec![], coverage: None, unread: None };
    let end = Some(RunEnd { command, left_over: vec![], unread: vec![] });
    RunWrite { batch: Some(plan::Batch::default()), end, ..RunWrite::default() }
}

fn hold() -> RunWrite {
    let failure = Failure { code: FailureCode::Brake, summary: "too many".to_owned() };
    let plan = StoredPlan::of(vec![], None, Counts::default());
    let end =
        RunEnd { command: run::Command::Hold { plan, failure }, left_over: vec![], unread: vec![] };
    RunWrite { end: Some(end), ..RunWrite::default() }
}

#[tokio::test]
async fn a_run_is_known_afterwards_as_the_log_has_it() {
    let home = Home::new().await;
    let mut run = home.started("01RUN").await;

    home.write(&mut run, &finish()).await.unwrap();

    let read: Loaded<Run> = load(&home.store, ACME, "01RUN").await.unwrap();
    assert_eq!((read.state, read.version), (run.state, run.version));
    let lane = home.runs.lane(&home.store, ACME, CONNECTION).await.unwrap().state;
    assert!(lane.running().is_none() && lane.waiting().is_empty());
}

#[tokio::test]
async fn whoever_lost_a_run_writes_nothing_more() {
    let home = Home::new().await;
    let run = home.started("01RUN").await;
    let (mut first, mut second) = (run.clone(), run);

    home.write(&mut first, &finish()).await.unwrap();
    let late = home.write(&mut second, &finish()).await;

    let Err(CommandError::Moved(moved)) = late else { panic!("{late:?}") };
    assert!(moved.iter().any(|one| one.stream == "run/01RUN"));
}

#[tokio::test]
async fn a_run_writes_nothing_once_its_connection_is_gone_but_its_end() {
    let home = Home::new().await;
    let mut run = home.started("01RUN").await;
    disconnect(&home.store, ACME, CONNECTION, &cause()).await.unwrap();

    for what in [finish(), hold()] {
        let late = home.write(&mut run, &what).await;
        let disconnected = Refusal::from(connection::Refusal::Disconnected);
        assert!(matches!(late, Err(CommandError::Refused(refusal)) if refusal == disconnected));
    }
    let end = RunWrite { batch: None, ..finish() };
    home.write(&mut run, &end).await.unwrap();
}

#[tokio::test]
async fn a_push_writes_nothing_once_its_endpoint_is_not_live_any_more() {
    let home = Home::with(ProviderSettings::HrisWebhook(HrisWebhook::at("0f"))).await;
    enable_hris_webhook(&home.store, ACME, CONNECTION, &cause()).await.unwrap();
    let mut run = home.started_with("01RUN", RunSpec::of_push("a", Trigger::Delivery)).await;
    disable_hris_webhook(&home.store, ACME, CONNECTION, &cause()).await.unwrap();

    for what in [finish(), hold()] {
        let late = home.write(&mut run, &what).await;
        let not_live = Refusal::from(connection::Refusal::NotLive);
        assert!(matches!(late, Err(CommandError::Refused(refusal)) if refusal == not_live));
    }
    let end = RunWrite { batch: None, ..finish() };
    home.write(&mut run, &end).await.unwrap();
}

#[tokio::test]
async fn whoever_cancels_what_was_approved_leaves_its_deliveries_to_the_next_run() {
    let home = Home::new().await;
    let receipts = vec!["a".to_owned(), "b".to_owned()];
    let spec = RunSpec::of_deliveries("employee.updated", Trigger::Delivery);
    let mut run = home.started_with("01RUN", RunSpec { receipts, ..spec }).await;
    home.write(&mut run, &hold()).await.unwrap();
    home.runs.approve(&home.store, ACME, "01RUN", None, None, &cause()).await.unwrap();

    home.runs.cancel(&home.store, ACME, "01RUN", &cause()).await.unwrap();

    let lane = home.runs.lane(&home.store, ACME, CONNECTION).await.unwrap().state;
    let left: Vec<&str> = lane.left_over().iter().map(|receipt| &**receipt).collect();
    assert_eq!(left, ["a", "b"]);
}
