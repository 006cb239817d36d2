//! A provider the engine has never heard of: registered, and that is all.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall::NodeOptions;
use rollcall_commands::{Arrived, Connect, accept_delivery, connect, disconnect};
use rollcall_domain::connection::{Dynamics365, ProviderSettings, Targets};
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::{Employee, Status, UnitOption};
use rollcall_domain::receipt::{Proof, Verdict};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{Provider as Name, RunKind, Trigger};
use rollcall_projections::runs;
use rollcall_store::Cause;
use rollcall_workers::providers::{
    Changes, Lookup, Named, PageSink, Provider, ProviderError, ReadSummary, Registration, Replay,
    TestReport,
};
use secrecy::SecretString;

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::ours;
use crate::stage::Stage;

on_both_databases!(a_second_provider_needs_nothing_but_its_registration);

/// Names by id: a list that is the provider, its wire format and its recording.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<(u32, String)>>>);

impl Names {
    fn set(&self, id: u32, name: &str) {
        let mut names = self.0.lock().unwrap();
        names.retain(|(known, _)| *known != id);
        names.push((id, name.to_owned()));
    }

    fn remove(&self, id: u32) {
        self.0.lock().unwrap().retain(|(known, _)| *known != id);
    }

    fn sent(&self) -> Vec<u8> {
        serde_json::to_vec(&*self.0.lock().unwrap()).unwrap()
    }
}

fn people(sent: &[u8]) -> Vec<Employee> {
    let names: Vec<(u32, String)> = serde_json::from_slice(sent).unwrap();
    let employee = |(id, name): (u32, String)| Employee {
        source_id: id.to_string(),
        status: Status::Active,
        starts_on: None,
        ends_on: None,
        seen: [(Field::LastName, Some(Value::Text(name)))].into(),
        unreadable: vec![],
    };
    names.into_iter().map(employee).collect()
}

fn complete(employees: u64) -> ReadSummary {
    ReadSummary { employees, complete: true, ..ReadSummary::default() }
}

#[async_trait]
impl Provider for Names {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        Err(ProviderError::Unsupported)
    }
    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        let sent = self.sent();
        let people = people(&sent);
        let summary = complete(people.len() as u64);
        let stopped = |_| ProviderError::Interrupted;
        sink.raw(sent.into()).await.map_err(stopped)?;
        sink.page(people).await.map_err(stopped)?;
        Ok(summary)
    }
    async fn read_one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        let found = people(&self.sent()).into_iter().find(|one| one.source_id == source_id);
        Ok(found.map_or(Lookup::NotFound, |employee| Lookup::Found {
            employee,
            raw: Default::default(),
        }))
    }
    async fn changed_since(&self, _since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        Err(ProviderError::Unsupported)
    }
    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError> {
        Ok(vec![])
    }
    fn fields(&self) -> &'static [Field] {
        &[Field::LastName]
    }
    fn replay(&self) -> Box<dyn Replay> {
        Box::new(Replayed::default())
    }
    fn named_in(&self, _content_type: &str, body: &[u8]) -> Named {
        let id = String::from_utf8_lossy(body).into_owned();
        Named { people: [(id, false)].into(), unreadable: 0 }
    }
}

#[derive(Default)]
struct Replayed(Vec<u8>);

impl Replay for Replayed {
    fn push(&mut self, bytes: &[u8], _: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
    fn finish(
        self: Box<Self>,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<ReadSummary, ProviderError> {
        pages.push(people(&self.0));
        Ok(complete(pages[0].len() as u64))
    }
}

fn registration(names: &Names) -> Registration {
    let names = names.clone();
    let catch_up = RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::CatchUp);
    Registration {
        open: Box::new(move |_, _| Ok(Arc::new(names.clone()) as Arc<dyn Provider>)),
        catch_up: Some(catch_up),
    }
}

async fn connected(stage: &mut Stage) {
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    disconnect(store, &stage.tenant, &stage.connection, &cause).await.unwrap();
    stage.connection = "01NAMES".to_owned();
    let new = Connect {
        id: stage.connection.clone(),
        settings: ProviderSettings::Dynamics365(Dynamics365::of(
            "https://names.operations.dynamics.com",
            "names",
            "rollcall",
        ))
        .into(),
        targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
        credentials: SecretString::from("secret"),
    };
    connect(store, &stage.tenant, new, &cause).await.unwrap();
    stage.node.inbound_policies.forget();
    stage.settle().await;
    // Another company's people are there: somebody says that these are others.
    let first = stage.runs().await.remove(0);
    assert_eq!(first.status, "held");
    let approve = format!("/integration_sync_logs/{}/approve", first.run);
    assert_eq!(Desk::of(stage).await.post(&approve, None).await.status, 202);
    stage.settle().await;
}

async fn deliver(stage: &Stage, id: u32) {
    let arrived = Arrived {
        tenant: stage.tenant.as_str().into(),
        connection: stage.connection.clone(),
        provider: Name::Dynamics365,
        body: id.to_string().into_bytes(),
        content_type: "text/plain".to_owned(),
        timestamp: None,
        timed: false,
        headers: vec![],
        event_type: "name.changed".to_owned(),
        subjects: vec![],
        proof: Proof::SharedSecret,
        verdict: Verdict::Accepted,
        at: Utc::now(),
    };
    accept_delivery(&stage.node.store, arrived).await.unwrap();
    stage.settle().await;
}

async fn a_second_provider_needs_nothing_but_its_registration(place: Place) {
    let names = Names::default();
    (1..=20).for_each(|id| names.set(id, &format!("Name {id}")));
    let providers = vec![(Name::Dynamics365, registration(&names))];
    let options = NodeOptions { providers, ..NodeOptions::default() };
    let mut stage = Stage::connected_on(place, 3, options).await;
    stage.settle().await;
    let bamboohr = ours(stage.node.projections.db(), &stage.tenant, &stage.baseline).await.len();

    connected(&mut stage).await;
    names.set(1, "Delivered");
    deliver(&stage, 1).await;
    names.set(2, "Reconciled");
    names.remove(3);
    let run = stage.sync(RunKind::Reconcile).await;

    let db = stage.node.projections.db();
    let people = rollcall_projections::actors::list(
        db,
        &stage.tenant,
        &stage.baseline,
        &Default::default(),
        None,
        200,
    )
    .await
    .unwrap()
    .rows;
    let theirs = people.iter().filter(|one| one.provider.as_deref() == Some("dynamics365"));
    let active: Vec<_> = theirs.clone().filter(|one| one.active).collect();
    assert_eq!((theirs.count(), active.len()), (20, 19));
    let has = |name: &str| active.iter().any(|one| one.last_name.as_deref() == Some(name));
    assert!(has("Delivered") && has("Reconciled") && has("Name 20"));
    let run = stage.run(&run).await;
    assert_eq!((run.provider.as_str(), run.status.as_str()), ("dynamics365", "succeeded"));
    assert_eq!((run.counts.updated, run.counts.deactivated, run.counts.unchanged), (1, 1, 18));
    let filter = runs::Filter { provider: Some("dynamics365"), ..runs::Filter::default() };
    let kinds = runs::list(db, &stage.tenant, &filter, None, 200).await.unwrap().rows;
    let mut kinds: Vec<&str> = kinds.iter().map(|run| run.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["manual_sync", "reconcile", "webhook"]);
    let others = people.iter().filter(|one| one.provider.as_deref() == Some("bamboohr"));
    assert_eq!(others.filter(|one| one.active).count(), bamboohr);
}
