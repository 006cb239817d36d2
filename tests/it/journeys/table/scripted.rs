//! A source that says what a test wants, record by record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use rollcall_commands::{Arrived, accept_delivery};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Status, UnitOption};
use rollcall_domain::receipt::{Proof, Verdict};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{Provider as Name, RunKind, Trigger};
use rollcall_workers::providers::{
    Changes, Lookup, Named, PageSink, Provider, ProviderError, ReadSummary, Registration, Replay,
    TestReport,
};

use crate::stage::Stage;

/// What a record's status and dates come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Active,
    Inactive,
    Pending,
    StartsLater,
    EndsLater,
    Deleted,
    Unknown,
}

#[derive(Clone, Default)]
pub(super) struct Script(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    employees: BTreeMap<String, Employee>,
    hidden: BTreeSet<String>,
    incomplete: bool,
}

impl Script {
    pub(super) fn says(&self, id: &str, says: Says, title: &str) {
        let later = Some(Utc::now().date_naive() + TimeDelta::days(30));
        let (status, starts_on, ends_on) = match says {
            Says::Active => (Status::Active, None, None),
            Says::Inactive => (Status::Inactive, None, None),
            Says::Pending => (Status::Pending, None, None),
            Says::StartsLater => (Status::Active, later, None),
            Says::EndsLater => (Status::Inactive, None, later),
            Says::Deleted => (Status::Deleted, None, None),
            Says::Unknown => (Status::Unknown, None, None),
        };
        let seen = [(Field::JobTitle, Some(title.into()))].into();
        let source_id = id.to_owned();
        let employee = Employee { source_id, status, starts_on, ends_on, seen, unreadable: vec![] };
        self.0.lock().unwrap().employees.insert(id.to_owned(), employee);
    }

    /// They are nowhere any more.
    pub(super) fn forgets(&self, id: &str) {
        self.0.lock().unwrap().employees.remove(id);
    }

    /// They are asked for in vain; reads of everybody show them.
    pub(super) fn hides(&self, id: &str) {
        self.0.lock().unwrap().hidden.insert(id.to_owned());
    }

    pub(super) fn is_complete(&self, complete: bool) {
        self.0.lock().unwrap().incomplete = !complete;
    }

    fn everybody(&self) -> (Vec<Employee>, ReadSummary) {
        let records = self.0.lock().unwrap();
        let all: Vec<Employee> = records.employees.values().cloned().collect();
        (all.clone(), summary(all.len(), !records.incomplete))
    }
}

fn summary(employees: usize, complete: bool) -> ReadSummary {
    ReadSummary { employees: employees as u64, complete, ..ReadSummary::default() }
}

pub(super) fn registration(script: &Script) -> Registration {
    let script = script.clone();
    let catch_up = RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::CatchUp);
    Registration {
        open: Box::new(move |_, _| Ok(Arc::new(script.clone()) as Arc<dyn Provider>)),
        catch_up: Some(catch_up),
    }
}

/// A delivery that names somebody.
pub(super) async fn deliver(stage: &Stage, id: &str) {
    let arrived = Arrived {
        tenant: stage.tenant.as_str().into(),
        connection: stage.connection.clone(),
        provider: Name::Dynamics365,
        body: id.as_bytes().to_vec(),
        content_type: "text/plain".to_owned(),
        timestamp: None,
        timed: false,
        headers: vec![],
        event_type: "record.changed".to_owned(),
        subjects: vec![],
        proof: Proof::SharedSecret,
        verdict: Verdict::Accepted,
        at: Utc::now(),
    };
    accept_delivery(&stage.node.store, arrived).await.unwrap();
    stage.settle().await;
}

#[async_trait]
impl Provider for Script {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        Err(ProviderError::Unsupported)
    }
    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        let (people, summary) = self.everybody();
        let stopped = |_| ProviderError::Interrupted;
        sink.raw(serde_json::to_vec(&people).unwrap().into()).await.map_err(stopped)?;
        sink.page(people).await.map_err(stopped)?;
        Ok(summary)
    }
    async fn read_one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        let records = self.0.lock().unwrap();
        if records.hidden.contains(source_id) {
            return Ok(Lookup::NotVisible);
        }
        Ok(match records.employees.get(source_id).cloned() {
            Some(employee) => Lookup::Found { employee, raw: Default::default() },
            None => Lookup::NotFound,
        })
    }
    async fn changed_since(&self, _since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        Err(ProviderError::Unsupported)
    }
    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError> {
        Ok(vec![])
    }
    fn fields(&self) -> &'static [Field] {
        &[Field::JobTitle]
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
        let people: Vec<Employee> = serde_json::from_slice(&self.0).unwrap();
        let summary = summary(people.len(), true);
        pages.push(people);
        Ok(summary)
    }
}
