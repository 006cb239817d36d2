//! A source that shows one half of its people, and the other when it is told to go on.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::{Employee, Status, UnitOption};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_workers::providers::{
    Changes, Lookup, Named, PageSink, Provider, ProviderError, ReadSummary, Registration, Replay,
    TestReport,
};
use tokio::sync::Semaphore;

/// On each side of the gate.
pub(super) const HALF: u64 = 3;

#[derive(Clone)]
pub(super) struct Gated(pub(super) Arc<Semaphore>);

pub(super) fn registration(gated: &Gated) -> Registration {
    let gated = gated.clone();
    let catch_up = RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::CatchUp);
    Registration {
        open: Box::new(move |_, _| Ok(Arc::new(gated.clone()) as Arc<dyn Provider>)),
        catch_up: Some(catch_up),
    }
}

fn half(number: u64) -> Vec<Employee> {
    let employee = |id: u64| Employee {
        source_id: id.to_string(),
        status: Status::Active,
        starts_on: None,
        ends_on: None,
        seen: [(Field::LastName, Some(Value::Text(format!("Half {number}"))))].into(),
        unreadable: vec![],
    };
    (number * HALF..(number + 1) * HALF).map(employee).collect()
}

fn summary() -> ReadSummary {
    ReadSummary { employees: 2 * HALF, complete: true, ..ReadSummary::default() }
}

#[async_trait]
impl Provider for Gated {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        Err(ProviderError::Unsupported)
    }
    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        let stopped = |_| ProviderError::Interrupted;
        sink.expects(Some(2 * HALF));
        sink.raw("both".into()).await.map_err(stopped)?;
        sink.page(half(0)).await.map_err(stopped)?;
        let _open = self.0.acquire().await.map_err(|_| ProviderError::Interrupted)?;
        sink.page(half(1)).await.map_err(stopped)?;
        Ok(summary())
    }
    async fn read_one(&self, _source_id: &str) -> Result<Lookup, ProviderError> {
        Ok(Lookup::NotFound)
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
        Box::new(Replayed)
    }
    fn named_in(&self, _content_type: &str, _body: &[u8]) -> Named {
        Named::default()
    }
}

struct Replayed;

impl Replay for Replayed {
    fn push(&mut self, _: &[u8], _: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        Ok(())
    }
    fn finish(
        self: Box<Self>,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<ReadSummary, ProviderError> {
        pages.extend([half(0), half(1)]);
        Ok(summary())
    }
}
