//! The steps of a plan, in memory or, past a limit, in a blob of their own.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_commands::{StepsBlob, StepsReader};
use rollcall_domain::plan::Step;
use rollcall_store::Store;

use super::Halt;

/// Steps that are written together.
const PAGE: usize = 500;
/// No event names it, so that what is left of a crash is swept after an hour, whatever stands here.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// The steps of a plan, in its order.
pub(super) enum Steps {
    Kept(Vec<Step>),
    Spilled { blob: String, count: usize },
}

/// Takes steps one by one.
pub(super) struct StepsWriter {
    limit: usize,
    kept: Vec<Step>,
    spilled: Option<StepsBlob>,
}

impl StepsWriter {
    /// Keeps `limit` in memory, at least one page.
    pub(super) fn new(limit: usize) -> Self {
        StepsWriter { limit, kept: vec![], spilled: None }
    }

    pub(super) async fn push(
        &mut self,
        store: &Store,
        tenant: &Arc<str>,
        now: DateTime<Utc>,
        step: Step,
    ) -> Result<(), Halt> {
        self.kept.push(step);
        if self.spilled.is_none() && self.kept.len() > self.limit {
            self.spilled = Some(StepsBlob::begin(store, tenant, now + KEPT_FOR).await?);
        }
        if let Some(spilled) = &mut self.spilled
            && self.kept.len() >= PAGE
        {
            spilled.push(std::mem::take(&mut self.kept)).await?;
        }
        Ok(())
    }

    pub(super) async fn finish(self, store: &Store, tenant: &str) -> Result<Steps, Halt> {
        let Some(mut spilled) = self.spilled else { return Ok(Steps::Kept(self.kept)) };
        spilled.push(self.kept).await?;
        let (blob, count) = spilled.finish(store, tenant).await?;
        Ok(Steps::Spilled { blob, count })
    }
}

/// A way through the steps, from their beginning.
pub(super) enum StepPages {
    Kept(Vec<Step>),
    Spilled(StepsReader),
}

impl Steps {
    pub(super) fn into_pages(self) -> StepPages {
        match self {
            Steps::Kept(steps) => StepPages::Kept(steps),
            Steps::Spilled { blob, count } => {
                StepPages::Spilled(StepsReader::of_steps(blob, count))
            }
        }
    }

    /// The same way, without taking them.
    pub(super) fn pages(&self) -> StepPages {
        match self {
            Steps::Kept(steps) => StepPages::Kept(steps.clone()),
            Steps::Spilled { blob, count } => {
                StepPages::Spilled(StepsReader::of_steps(blob.clone(), *count))
            }
        }
    }

    /// The blob that they lie in, if they were too many for memory.
    pub(super) fn spilled(&self) -> Option<String> {
        match self {
            Steps::Kept(_) => None,
            Steps::Spilled { blob, .. } => Some(blob.clone()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Steps::Kept(steps) => steps.len(),
            Steps::Spilled { count, .. } => *count,
        }
    }
}

impl StepPages {
    /// The next steps; `None` at the end. An error if the plan is no longer whole.
    pub(super) async fn next(
        &mut self,
        store: &Store,
        tenant: &str,
    ) -> Result<Option<Vec<Step>>, Halt> {
        match self {
            StepPages::Kept(steps) if steps.is_empty() => Ok(None),
            StepPages::Kept(steps) => Ok(Some(std::mem::take(steps))),
            StepPages::Spilled(reader) => Ok(reader.next(store, tenant).await?),
        }
    }
}
