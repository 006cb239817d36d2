//! A run that reads everybody: compares while it reads, keeps only who differs, and touches nobody
//! else. Memory holds a page of people and one compact key per person, however many there are.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use rollcall_commands::Loaded;
use rollcall_domain::field::Field;
use rollcall_domain::ids::Deriver;
use rollcall_domain::plan::{self, Employee, ManagerOverlay, Managers, Rules, plan_units};
use rollcall_domain::run::{self, Failure, Run};
use rollcall_domain::vocabulary::{Counts, FailureCode};
use rollcall_projections::actors::{self, RosterKey};
use rollcall_store::{BlobWriter, StoreError};
use tokio::sync::mpsc;

use super::apply::{Applying, Batch, Item, Scene, Told, count, decide};
use super::scan::Scan;
use super::target::{EXPECTED, options, rules};
use super::{Engine, Halt, Job};
use crate::providers::bamboohr::Player;
use crate::providers::{PageSink, Provider, ReadSummary, Stopped};

/// People planned at a time.
const PAGE: usize = 1_000;

/// Reads into a scan while another task stores what came.
struct Sink<'a, 'b> {
    scan: &'a mut Scan<'b>,
    store: mpsc::Sender<Vec<u8>>,
}

#[async_trait]
impl PageSink for Sink<'_, '_> {
    async fn raw(&mut self, bytes: &[u8]) -> Result<(), Stopped> {
        self.store.send(bytes.to_vec()).await.map_err(|_| Stopped)
    }
    async fn page(&mut self, people: Vec<Employee>) -> Result<(), Stopped> {
        people.into_iter().for_each(|employee| self.scan.take(employee));
        Ok(())
    }
}

/// Where the people who differ come from.
enum Source {
    Kept(Vec<Employee>),
    Recording(String),
}

/// A way through a source, from its beginning.
enum Pages<'a> {
    Kept(std::slice::Chunks<'a, Employee>),
    Recorded { blob: &'a str, chunk: u32, player: Option<Box<Player>>, waiting: Vec<Vec<Employee>> },
}

impl Source {
    fn pages(&self) -> Pages<'_> {
        match self {
            Source::Kept(people) => Pages::Kept(people.chunks(PAGE)),
            Source::Recording(blob) => {
                let player = Some(Box::new(Player::new()));
                Pages::Recorded { blob, chunk: 0, player, waiting: vec![] }
            }
        }
    }
}

impl Engine {
    pub(super) async fn sync_everyone(&self, job: &Job, run: Loaded<Run>) -> Result<(), Halt> {
        let scenario = job.scenarios.first().ok_or(Halt::Broken("it has no target"))?;
        let provider = self.provider(job).await?;
        let deriver = Deriver::new(&job.connection.derivation_key);
        self.roster_is_current(job).await?;
        let db = self.projections.db();
        let roster =
            actors::roster_keys(db, &job.tenant, scenario, job.connection.provider).await?;
        let all_fields = rules(job, scenario, &deriver, &EXPECTED);
        let mut scan = Scan::new(&all_fields, roster);
        let (blob, summary) = self.read(job, &*provider, &run, &mut scan).await?;
        let missing = if summary.complete { scan.missing() } else { vec![] };
        if let Some(failure) = brake(missing.len(), &scan.roster) {
            self.forget_recording(job, blob).await?;
            return self.fail(job, failure).await;
        }
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
            self.finish(applying, &scene, first, None).await?;
            return self.forget_recording(job, blob).await;
        }
        self.keep_recording(&mut applying, &scan, &blob, &summary).await?;
        let source = if scan.overflown {
            Source::Recording(blob.clone())
        } else {
            Source::Kept(std::mem::take(&mut scan.differ))
        };
        self.bring_in_line(applying, &rules, &scan, source, missing, first).await?;
        Ok(self.store.backend().unpin(&job.tenant, &[blob]).await?)
    }

    /// Reads everybody: from the provider, or from what an earlier attempt recorded.
    async fn read(
        &self,
        job: &Job,
        provider: &dyn Provider,
        run: &Loaded<Run>,
        scan: &mut Scan<'_>,
    ) -> Result<(String, ReadSummary), Halt> {
        let Some(fetched) = run.state.known.as_ref().and_then(|known| known.fetched.as_ref())
        else {
            return self.read_provider(job, provider, scan).await;
        };
        let blob = fetched.blobs.first().cloned().ok_or(Halt::Broken("it has no recording"))?;
        let summary = self.read_recording(job, &blob, scan).await?;
        Ok((blob, ReadSummary { complete: fetched.complete, ..summary }))
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

    /// Reads everybody from the provider, recording what comes.
    async fn read_provider(
        &self,
        job: &Job,
        provider: &dyn Provider,
        scan: &mut Scan<'_>,
    ) -> Result<(String, ReadSummary), Halt> {
        let id = ulid::Ulid::generate().to_string();
        let expires_at = (self.now)() + TimeDelta::days(30);
        let mut writer = self.store.write_blob(&job.tenant, &id, expires_at).await?;
        let (store, mut pieces) = mpsc::channel::<Vec<u8>>(64);
        let stored = tokio::spawn(async move {
            while let Some(piece) = pieces.recv().await {
                writer.push(&piece).await?;
            }
            BlobWriter::finish(writer).await
        });
        let mut sink = Sink { scan, store };
        let summary = provider.read_all(&mut sink).await;
        drop(sink);
        let stored = stored.await.map_err(|_| Halt::Broken("its recording failed"))?;
        match (summary, stored) {
            (Ok(summary), Ok(blob)) => Ok((blob, summary)),
            (_, Err(error)) => Err(error.into()),
            (Err(error), Ok(blob)) => {
                self.forget_recording(job, blob).await?;
                Err(error.into())
            }
        }
    }

    /// Reads everybody from what an earlier attempt recorded.
    async fn read_recording(
        &self,
        job: &Job,
        blob: &str,
        scan: &mut Scan<'_>,
    ) -> Result<ReadSummary, Halt> {
        let mut player = Player::new();
        let mut pages = Vec::new();
        for chunk in 0.. {
            let Some(bytes) = self.store.read_blob_chunk(&job.tenant, blob, chunk).await? else {
                break;
            };
            player.push(&bytes, &mut pages)?;
            pages.drain(..).flatten().for_each(|employee| scan.take(employee));
        }
        let summary = player.finish(&mut pages)?;
        pages.drain(..).flatten().for_each(|employee| scan.take(employee));
        Ok(summary)
    }

    /// Plans and applies everybody who differs, then everybody who is missing, and ends the run.
    async fn bring_in_line(
        &self,
        mut applying: Applying<'_>,
        rules: &Rules<'_>,
        scan: &Scan<'_>,
        source: Source,
        missing: Vec<String>,
        mut batch: Batch,
    ) -> Result<(), Halt> {
        let job = applying.job;
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
        self.finish(applying, &scene, batch, None).await
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

    /// The next of those who differ.
    async fn next_page(
        &self,
        job: &Job,
        scan: &Scan<'_>,
        pages: &mut Pages<'_>,
    ) -> Result<Option<Vec<Employee>>, Halt> {
        match pages {
            Pages::Kept(rest) => Ok(rest.next().map(<[Employee]>::to_vec)),
            Pages::Recorded { blob, chunk, player, waiting } => {
                while waiting.is_empty() {
                    let Some(playing) = player.as_mut() else { return Ok(None) };
                    match self.store.read_blob_chunk(&job.tenant, blob, *chunk).await? {
                        Some(bytes) => playing.push(&bytes, waiting)?,
                        None => {
                            let playing = player.take().ok_or(Halt::Broken("it was read"))?;
                            playing.finish(waiting)?;
                        }
                    }
                    *chunk += 1;
                }
                let page = waiting.remove(0);
                Ok(Some(page.into_iter().filter(|one| scan.differs(one)).collect()))
            }
        }
    }

    /// What a run that changed nothing read is not kept.
    async fn forget_recording(&self, job: &Job, blob: String) -> Result<(), Halt> {
        match self.store.backend().drop_blobs(&job.tenant, &[blob]).await {
            Ok(()) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Told {
    fn source_id(&self) -> Option<&str> {
        match self {
            Told::Employee(employee) => Some(&employee.source_id),
            Told::Absent => None,
            Told::Duplicate { source_id }
            | Told::NotFound { source_id, .. }
            | Told::NotVisible { source_id } => Some(source_id),
        }
    }
}

/// A read that lacks so many people is more likely wrong than right: nothing of it is applied.
fn brake(missing: usize, roster: &[RosterKey]) -> Option<Failure> {
    let active = roster.iter().filter(|key| key.flags.active() && key.flags.synced()).count();
    plan::brakes(missing, active).then(|| Failure {
        code: FailureCode::Brake,
        summary: format!(
            "the source no longer shows {missing} of {active} active people, so nothing was \
             applied; check what the API key's user may see, then sync again"
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
