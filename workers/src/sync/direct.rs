//! Deliveries that carry values, applied from these without asking the provider for the people: only
//! where they are certainly the newest word on everybody the run is about. Wherever that is in
//! doubt, people are re-read, which is always right.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rollcall_commands::{Loaded, load};
use rollcall_domain::delivery::{Observed, sent_at};
use rollcall_domain::field::Field;
use rollcall_domain::ids::Deriver;
use rollcall_domain::lane::{self, Lane};
use rollcall_domain::plan::{Employee, RosterRow, Rules};
use rollcall_domain::receipt::Verdict;
use rollcall_domain::run::Run;
use rollcall_domain::vocabulary::RunKind;
use rollcall_domain::{Decider, Written};
use rollcall_store::StoreError;

use super::execution::Execution;
use super::{Engine, Halt};

/// Events of the lane that are looked back on.
const LOOK_BACK: u64 = 200;
/// Runs that are looked into. Where more ended so shortly ago, people are re-read.
const RUNS: usize = 50;

/// What deliveries say of people, by source id.
type Told = BTreeMap<String, (Employee, Observed)>;

/// A run that may have read people, and when it ended.
struct EndedRun {
    at: DateTime<Utc>,
    /// Whom it read; `None` where it may be anybody.
    subjects: Option<Vec<String>>,
}

impl Engine {
    /// Everybody the run's deliveries name, as these tell of them; `None` where anybody has to be
    /// re-read.
    pub(super) async fn told(&self, execution: &Execution) -> Result<Option<Vec<Employee>>, Halt> {
        let allowed = execution.connection.settings.applies_directly();
        if !allowed || execution.changed_since.is_some() {
            return Ok(None);
        }
        let Some(told) = self.all_told(execution).await? else { return Ok(None) };
        let Some(oldest) = told.values().map(|(_, observed)| observed.not_before()).min() else {
            return Ok(None);
        };
        let Some(ended) = self.ended_since(execution, oldest).await? else { return Ok(None) };
        let deriver = Deriver::new(&execution.connection.derivation_key);
        let source = execution.connection.settings.source();
        let is_newest = |(id, (_, observed)): (&String, &(Employee, Observed))| {
            let subject = deriver.subject(&source, id);
            let read = |run: &&EndedRun| {
                run.subjects.as_ref().is_none_or(|subjects| subjects.contains(&subject))
            };
            observed.is_newest(ended.iter().filter(read).map(|run| run.at).max())
        };
        if !told.iter().all(is_newest) || !self.all_work_here(execution, &told).await? {
            return Ok(None);
        }
        Ok(Some(told.into_values().map(|(employee, _)| employee).collect()))
    }

    /// What all deliveries of the run tell; `None` if one of them does not, or is old, or if two
    /// speak of the same person.
    async fn all_told(&self, execution: &Execution) -> Result<Option<Told>, Halt> {
        let mut told = Told::new();
        for id in &execution.receipts {
            let arrived = self.arrived(&execution.tenant, id).await?;
            let fresh = arrived.filter(|(received, _)| received.verdict == Verdict::Accepted);
            let Some((received, at)) = fresh else { return Ok(None) };
            let Some(sent) = received.timestamp.as_deref().and_then(sent_at) else {
                return Ok(None);
            };
            let body = match self.store.read_blob(&execution.tenant, &received.blob).await {
                Ok(body) => body,
                Err(StoreError::NotFound(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let Some(people) = execution.provider.told_in(&received.content_type, &body).await?
            else {
                return Ok(None);
            };
            for one in people {
                let observed = Observed { at: one.at, sent, received: at };
                let id = one.employee.source_id.clone();
                if told.insert(id, (one.employee, observed)).is_some() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(told))
    }

    /// The connection's runs that ended since then, by its lane; `None` where that is too many to
    /// tell. A run that has the lane now is this one.
    async fn ended_since(
        &self,
        execution: &Execution,
        since: DateTime<Utc>,
    ) -> Result<Option<Vec<EndedRun>>, Halt> {
        let (tenant, connection) = (&execution.tenant, &execution.connection.id);
        let lane = self.runs.lane(&self.store, tenant, connection).await?;
        let after = lane.version.saturating_sub(LOOK_BACK);
        let events = self.store.read_stream(tenant, &Lane::stream(connection), after).await?;
        if after > 0 && events.first().is_none_or(|first| first.recorded_at >= since) {
            return Ok(None);
        }
        let mut runs = Vec::new();
        for stored in events.iter().filter(|stored| stored.recorded_at >= since) {
            let event = lane::Event::read(&stored.payload, None);
            if let lane::Event::RunEnded { run, .. } =
                event.map_err(rollcall_commands::LoadError::from)?
            {
                runs.push((run, stored.recorded_at));
            }
        }
        if runs.len() > RUNS {
            return Ok(None);
        }
        let mut ended = Vec::with_capacity(runs.len());
        for (run, at) in runs {
            ended.push(EndedRun { at, subjects: self.read_by(execution, &run).await? });
        }
        Ok(Some(ended))
    }

    /// Whom a run re-read because deliveries named them; `None` where it may be anybody.
    async fn read_by(&self, execution: &Execution, run: &str) -> Result<Option<Vec<String>>, Halt> {
        let loaded: Loaded<Run> = load(&self.store, &execution.tenant, run).await?;
        let spec = loaded.state.known.map(|known| known.spec);
        let of_deliveries = |kind| match kind {
            RunKind::Webhook => true,
            RunKind::ManualSync | RunKind::Reconcile | RunKind::Push | RunKind::Undo => false,
        };
        let Some(spec) = spec.filter(|spec| of_deliveries(spec.kind)) else { return Ok(None) };
        if spec.changed_since.is_some() || spec.plan.is_some() {
            return Ok(None);
        }
        let mut subjects = Vec::new();
        for id in &spec.receipts {
            match self.receipt(&execution.tenant, id).await? {
                Some(received) => subjects.extend(received.subjects),
                None => return Ok(None),
            }
        }
        Ok(Some(subjects))
    }

    /// Whether everybody is known, active and ours in every target. What else a source may mean by
    /// a change is for a whole record to say.
    async fn all_work_here(&self, execution: &Execution, told: &Told) -> Result<bool, Halt> {
        self.roster_is_current(execution).await?;
        for scenario in &execution.scenarios {
            let rules = execution.rules(scenario);
            let claims: Vec<String> = told.keys().map(|id| rules.actor_id(id)).collect();
            let rows = self.rows(execution, scenario, &claims).await?;
            let works_here = |claim: &String| {
                let mut theirs = rows.iter().filter(|row| row.claim.as_ref() == Some(claim));
                theirs.any(|row| is_plainly_ours(row, &rules))
            };
            if !claims.iter().all(works_here) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_plainly_ours(row: &RosterRow, rules: &Rules) -> bool {
    row.active
        && row.synced
        && row.source.as_ref() == Some(&rules.source)
        && !(row.on_hold || row.out_of_sync_by_hand || row.source_deleted || row.erased)
}

/// Whether somebody's unit is among what is told: then the units have to be known.
pub(super) fn names_units(told: &[Employee]) -> bool {
    let units = [Field::Departments, Field::Division, Field::Location];
    told.iter().any(|one| units.iter().any(|field| one.seen.contains_key(field)))
}
