//! A run that reads everybody: compares while it reads, keeps only who differs, and touches nobody
//! else. Memory holds a page of people and one compact key per person, however many there are.

use std::sync::Arc;

use rollcall_commands::Loaded;
use rollcall_domain::field::Field;
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::{self, ManagerOverlay, Managers, Rules, plan_units};
use rollcall_domain::run::{self, Failure, Run};
use rollcall_domain::vocabulary::{Counts, FailureCode};
use rollcall_projections::actors;

use super::apply::{Applying, Batch, Item, Last, Scene, Told, decide};
use super::counting::count;
use super::reading::Source;
use super::scan::Scan;
use super::target::{EXPECTED, options, rules};
use super::{Engine, Halt, Job};
use crate::providers::ReadSummary;

/// People planned at a time.
const PAGE: usize = 1_000;

/// What a read found to be done.
struct Differences {
    source: Source,
    /// Actors that a complete read did not show.
    missing: Vec<String>,
    /// Deliveries it does not answer.
    left_over: Vec<String>,
}

impl Engine {
    pub(super) async fn sync_everyone(&self, job: &Job, run: Loaded<Run>) -> Result<(), Halt> {
        let scenario = job.scenarios.first().ok_or(Halt::Broken("it has no target"))?;
        let provider = self.provider(job).await?;
        let deriver = Deriver::new(&job.connection.derivation_key);
        self.roster_is_current(job).await?;
        let origin = self.read_ahead(job, &provider, &run).await?;
        let db = self.projections.db();
        let roster =
            actors::roster_keys(db, &job.tenant, scenario, job.connection.provider).await?;
        let all_fields = rules(job, scenario, &deriver, &EXPECTED);
        let mut scan = Scan::new(&all_fields, roster);
        let (blob, mut summary) = self.read(job, &provider, origin, &mut scan).await?;
        // Repeated rows may stand where others are missing.
        summary.complete &= scan.duplicates.is_empty();
        let missing = if summary.complete { scan.missing() } else { vec![] };
        if let Some(failure) = brake(&scan, missing.len(), &summary) {
            self.forget_recording(job, blob).await?;
            return self.fail(job, failure).await;
        }
        let left_over = self.still_pending(job, &summary).await?;
        let told_of = told_of(&summary);
        let rules = rules(job, scenario, &deriver, &told_of);
        let options = options(&*provider).await?;
        let units = plan_units(&options, &self.known_units(job, scenario).await?, &rules);
        let first = Batch { units, items: vec![] };
        let counts = counts(&run, &scan, &summary);
        let mut applying = Applying { job, run, counts };
        let nobody = scan.differ.is_empty() && missing.is_empty() && scan.duplicates.is_empty();
        if nobody && !first.changes_anything() {
            let scene = Scene { rules: &rules, managers: &no_managers };
            self.finish(applying, &scene, first, Last { fetched: None, left_over, failure: None })
                .await?;
            return self.forget_recording(job, blob).await;
        }
        self.keep_recording(&mut applying, &scan, &blob, &summary).await?;
        let source = if scan.overflown {
            Source::Recording(blob.clone())
        } else {
            Source::Kept(std::mem::take(&mut scan.differ))
        };
        let plan = Differences { source, missing, left_over };
        self.bring_in_line(applying, &rules, &scan, plan, first).await
    }

    /// The deliveries this read does not answer: all of them if it was not complete, else those that
    /// say somebody was deleted, which no read of everybody can tell.
    async fn still_pending(&self, job: &Job, summary: &ReadSummary) -> Result<Vec<String>, Halt> {
        if !summary.complete {
            return Ok(job.receipts.clone());
        }
        let mut pending = Vec::new();
        for receipt in &job.receipts {
            let named = self.named(job, std::slice::from_ref(receipt)).await?;
            if named.people.values().any(|deleted| *deleted) {
                pending.push(receipt.clone());
            }
        }
        Ok(pending)
    }

    /// Names the recording in the run's history before anything is applied because of it.
    async fn keep_recording(
        &self,
        applying: &mut Applying<'_>,
        scan: &Scan<'_>,
        blob: &str,
        summary: &ReadSummary,
    ) -> Result<(), Halt> {
        let job = applying.job;
        if applying.run.state.known.as_ref().is_some_and(|known| known.fetched.is_some()) {
            return Ok(());
        }
        let command = run::Command::RecordFetched {
            blobs: vec![blob.to_owned()],
            employees: summary.employees,
            complete: summary.complete,
            omitted: summary.missing.clone(),
        };
        let subjects: Vec<String> = scan.subjects().collect();
        self.store.tag_blob(&job.tenant, blob, &subjects).await?;
        self.record_fetched(applying, command, vec![blob.to_owned()]).await
    }

    /// Plans and applies everybody who differs, then everybody who is missing, and ends the run.
    async fn bring_in_line(
        &self,
        mut applying: Applying<'_>,
        rules: &Rules<'_>,
        scan: &Scan<'_>,
        plan: Differences,
        mut batch: Batch,
    ) -> Result<(), Halt> {
        let job = applying.job;
        let Differences { source, missing, left_over } = plan;
        let base = Arc::new(
            actors::managers_of(self.projections.db(), &job.tenant, rules.scenario).await?,
        );
        let mut managers = ManagerOverlay::new(move |actor: &str| base.manager_of(actor));
        let mut pages = source.pages();
        while let Some(page) = self.next_page(job, scan, &mut pages).await? {
            let ids: Vec<String> = page.iter().map(|e| rules.actor_id(&e.source_id)).collect();
            let known = self.rows(job, rules.scenario, &ids).await?;
            for (employee, id) in page.iter().zip(&ids) {
                managers.announce(employee, known.get(id), rules);
            }
        }
        managers.settle();
        let managers = managers;
        let scene = Scene { rules, managers: &managers };
        let mut pages = source.pages();
        while let Some(page) = self.next_page(job, scan, &mut pages).await? {
            let told: Vec<Told> = page.into_iter().map(Told::Employee).collect();
            self.plan_page(&mut applying, &scene, &mut batch, told).await?;
        }
        let duplicates =
            scan.duplicates.iter().map(|id| Told::Duplicate { source_id: id.clone() }).collect();
        self.plan_page(&mut applying, &scene, &mut batch, duplicates).await?;
        for page in missing.chunks(PAGE) {
            let known = self.rows(job, rules.scenario, page).await?;
            for actor in page {
                self.room(&mut applying, &scene, &mut batch).await?;
                let decision = decide(&Told::Absent, known.get(actor), &managers, rules);
                batch.items.extend(decision.map(|decision| Item { told: Told::Absent, decision }));
            }
        }
        self.finish(applying, &scene, batch, Last { fetched: None, left_over, failure: None }).await
    }

    async fn plan_page(
        &self,
        applying: &mut Applying<'_>,
        scene: &Scene<'_>,
        batch: &mut Batch,
        told: Vec<Told>,
    ) -> Result<(), Halt> {
        let id = |told: &Told| told.source_id().map(|id| scene.rules.actor_id(id));
        let ids: Vec<String> = told.iter().filter_map(id).collect();
        let known = self.rows(applying.job, scene.rules.scenario, &ids).await?;
        for (told, id) in told.into_iter().zip(ids) {
            self.room(applying, scene, batch).await?;
            let Some(decision) = decide(&told, known.get(&id), scene.managers, scene.rules) else {
                continue;
            };
            if decision.events.is_empty() && decision.notes.is_empty() {
                count(&mut applying.counts, &decision);
            } else {
                batch.items.push(Item { told, decision });
            }
        }
        Ok(())
    }

    /// Applies a full batch.
    async fn room(
        &self,
        applying: &mut Applying<'_>,
        scene: &Scene<'_>,
        batch: &mut Batch,
    ) -> Result<(), Halt> {
        if batch.is_full() {
            self.apply(applying, scene, std::mem::take(batch)).await?;
        }
        Ok(())
    }
}

impl Told {
    fn source_id(&self) -> Option<&str> {
        match self {
            Told::Employee(employee) => Some(&employee.source_id),
            Told::Absent => None,
            Told::Duplicate { source_id }
            | Told::Unreadable { source_id }
            | Told::NotFound { source_id, .. }
            | Told::NotVisible { source_id } => Some(source_id),
        }
    }
}

/// A read that lacks so many people is more likely wrong than right: nothing of it is applied.
fn brake(scan: &Scan<'_>, missing: usize, summary: &ReadSummary) -> Option<Failure> {
    let active = scan.active();
    let leaving = missing + scan.leaving;
    let empty = summary.employees == 0 && active > 0;
    (empty || plan::brakes(leaving, active)).then(|| Failure {
        code: FailureCode::Brake,
        summary: format!(
            "{leaving} of {active} active people would be deactivated (the source shows \
             {} in all), so nothing was applied; check what the API key's user may see, then \
             sync again",
            summary.employees
        ),
    })
}

/// What is counted before anything is applied: what an earlier attempt did, and who needs nothing.
fn counts(run: &Loaded<Run>, scan: &Scan<'_>, summary: &ReadSummary) -> Counts {
    let earlier = run.state.known.as_ref().map(|known| known.counts).unwrap_or_default();
    let applied = earlier.created + earlier.updated + earlier.reactivated;
    Counts {
        fetched: summary.employees,
        unchanged: scan.unchanged.saturating_sub(applied),
        skipped: earlier.skipped + scan.skipped,
        errors: earlier.errors + summary.unreadable,
        ..earlier
    }
}

/// For a batch without people.
fn no_managers(_actor: &str) -> Option<String> {
    None
}

/// The fields every record of this read should have: what was left out for everybody is reported
/// once, with the run.
fn told_of(summary: &ReadSummary) -> Vec<Field> {
    EXPECTED.iter().filter(|field| !summary.omitted.contains(field)).copied().collect()
}
