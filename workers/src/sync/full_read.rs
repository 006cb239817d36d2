//! A run that reads everybody, once for all its targets: compares while it reads, keeps only who
//! differs, and touches nobody else. Memory holds a page of people and one compact key per person
//! and target, however many there are.

use std::sync::Arc;

use rollcall_commands::Loaded;
use rollcall_domain::plan::{Observation, UnitOption, Unseen};
use rollcall_domain::run::{self, Coverage, Run};
use rollcall_domain::vocabulary::{Counts, RunKind};
use rollcall_projections::actors::{self, ManagerMap};

use super::apply::{Ending, Fetched};
use super::execution::Execution;
use super::guard::Planned;
use super::plan::{RosterManagers, TargetPlan};
use super::reading::{Everybody, Observations, Recorded};
use super::target::{Target, options};
use super::{Engine, Halt};
use crate::providers::ReadSummary;

impl Engine {
    /// Reads everybody and plans every target; writes nothing but the recording.
    pub(super) async fn plan_everyone(
        &self,
        execution: &Execution,
        run: &Loaded<Run>,
    ) -> Result<Planned, Halt> {
        self.roster_is_current(execution).await?;
        let origin = self.read_ahead(execution, run).await?;
        let mut targets = self.targets(execution).await?;
        let mut everybody = self.read(execution, origin, &mut targets).await?;
        // Repeated rows may stand where others are missing.
        let repeated = targets.iter().any(|target| !target.comparison.duplicates.is_empty());
        everybody.summary.complete &= !repeated;
        let left_over = self.still_pending(execution, &everybody.summary).await?;
        let options = options(&*execution.provider).await?;
        let mut plans = Vec::with_capacity(targets.len());
        for target in &mut targets {
            let mut plan = self.plan_target(execution, target, &everybody, &options).await?;
            plan.uncounted += needing_nothing(run, target);
            plans.push(plan);
        }
        let uncounted = Counts {
            fetched: everybody.summary.employees,
            errors: everybody.summary.unreadable,
            ..Counts::default()
        };
        let coverage = Some(coverage(&everybody.summary));
        let ending = Ending { uncounted, coverage, left_over, ..Ending::default() };
        Ok(Planned { plans, ending, everybody: Some(everybody) })
    }

    /// The deliveries this read does not answer: all of them if it was not complete, else those that
    /// say somebody was deleted, which no read of everybody can tell.
    async fn still_pending(
        &self,
        execution: &Execution,
        summary: &ReadSummary,
    ) -> Result<Vec<String>, Halt> {
        if execution.kind == RunKind::Push {
            return Ok(vec![]);
        }
        if !summary.complete {
            return Ok(execution.receipts.clone());
        }
        let mut pending = Vec::new();
        for receipt in &execution.receipts {
            let named = self.named(execution, std::slice::from_ref(receipt)).await?;
            if named.people.values().any(|deleted| *deleted) {
                pending.push(receipt.clone());
            }
        }
        Ok(pending)
    }

    /// What changed nothing is not kept, unless an earlier attempt changed something because of it.
    pub(super) async fn forget_recording(
        &self,
        execution: &Execution,
        run: &Loaded<Run>,
        everybody: Everybody,
    ) -> Result<(), Halt> {
        let Everybody { blob, is_posted: false, .. } = everybody else { return Ok(()) };
        let fetched = run.state.known.as_ref().and_then(|known| known.fetched.as_ref());
        if fetched.is_some_and(|fetched| fetched.blobs.contains(&blob)) {
            return Ok(());
        }
        self.forget(execution, blob).await
    }

    /// Names the recording in the run's history before anything is applied because of it.
    pub(super) async fn keep_recording(
        &self,
        execution: &Execution,
        run: &mut Loaded<Run>,
        everybody: &Everybody,
    ) -> Result<(), Halt> {
        let is_named = run.state.known.as_ref().is_some_and(|known| known.fetched.is_some());
        if everybody.is_posted || is_named {
            return Ok(());
        }
        let blob = &everybody.blob;
        let command = run::Command::RecordFetched {
            blobs: vec![blob.clone()],
            employees: everybody.summary.employees,
            coverage: Some(coverage(&everybody.summary)),
        };
        let subjects = execution.subjects(everybody.source_ids.iter().map(|id| &**id));
        self.store.tag_blob(&execution.tenant, blob, &subjects).await?;
        let fetched = Fetched { command, blobs: vec![], attach: vec![blob.clone()] };
        self.record_fetched(execution, run, fetched).await
    }

    /// Plans one target: everybody who differs, who came twice, and who is missing from a complete
    /// read.
    async fn plan_target(
        &self,
        execution: &Execution,
        target: &mut Target,
        everybody: &Everybody,
        options: &Arc<[UnitOption]>,
    ) -> Result<TargetPlan, Halt> {
        let scenario = target.rules.scenario.clone();
        let mut rules = execution.rules(&scenario);
        // What was left out for everybody is reported once, with the run.
        rules.expected_fields.retain(|field| !everybody.summary.omitted.contains(field));
        let comparison = &mut target.comparison;
        let differ = std::mem::take(&mut comparison.differ);
        let twice = comparison.duplicates.iter().cloned();
        let missing = if everybody.summary.complete { comparison.missing() } else { vec![] };
        let mut kept: Vec<Observation> = vec![];
        if !comparison.overflown {
            kept.extend(differ.into_iter().map(Observation::Present));
        }
        kept.extend(twice.map(|source_id| Observation::Duplicate { source_id }));
        kept.extend(missing.into_iter().map(|claim| Observation::Absent { claim }));
        let unseen = match everybody.summary.complete {
            true => Unseen::Known(comparison.unseen()),
            false => Unseen::Unknown,
        };
        let recorded = comparison.overflown.then_some(Recorded {
            blob: &everybody.blob,
            comparison: &target.comparison,
            rules: &target.rules,
        });
        let observed = Observations { kept, recorded, ..Observations::default() };
        let managers: RosterManagers = if observed.is_empty() {
            Box::new(ManagerMap::default())
        } else {
            let db = self.projections.db();
            Box::new(actors::managers_of(db, &execution.tenant, &scenario).await?)
        };
        self.plan(execution, rules, unseen, managers, &observed, options).await
    }
}

fn coverage(summary: &ReadSummary) -> Coverage {
    Coverage {
        visible: summary.employees,
        total: summary.second_count,
        complete: summary.complete,
        omitted: summary.missing.clone(),
    }
}

/// Who needs nothing in a target, less those whom an earlier attempt brought in line.
fn needing_nothing(run: &Loaded<Run>, target: &Target) -> Counts {
    let known = run.state.known.as_ref();
    let earlier = known.and_then(|known| known.by_target.get(&target.rules.scenario).copied());
    let earlier = earlier.unwrap_or_default();
    let applied = earlier.created + earlier.updated + earlier.reactivated;
    Counts {
        unchanged: target.comparison.unchanged.saturating_sub(applied),
        skipped: target.comparison.skipped,
        ..Counts::default()
    }
}
