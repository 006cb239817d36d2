//! Reading everybody, once from the provider and as often as needed from the recording.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use rollcall_commands::{CommandError, Loaded, StepsReader};
use rollcall_domain::plan::{Comparison, Employee, Observation, Rules, Step};
use rollcall_domain::run::Run;
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::{AppendError, BlobWriter, StoreError};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::execution::{Course, Execution};
use super::target::Target;
use super::teller::Teller;
use super::{Engine, Halt};
use crate::providers::{PageSink, ProviderError, ReadSummary, Replay, Stopped};

/// People planned at a time.
const PAGE: usize = 1_000;

/// Pieces of the answer and pages of people that may wait for who takes them.
const PIECES: usize = 64;
const PAGES: usize = 4;

/// What a read of everybody brought, beside what it found in each target.
pub(super) struct Everybody {
    /// Where it is recorded.
    pub(super) blob: String,
    /// The recording is what was posted, and not the run's to name or to drop.
    pub(super) is_posted: bool,
    pub(super) summary: ReadSummary,
    /// All who came.
    pub(super) source_ids: Vec<Box<str>>,
}

/// A read of a provider under way: one task reads and parses, one stores what came.
pub(super) struct Reading {
    pages: mpsc::Receiver<Vec<Employee>>,
    /// One task. It ends with this: a run that has halted asks the provider nothing more.
    read: JoinSet<Result<ReadSummary, ProviderError>>,
    /// Ends by itself, behind the last piece.
    stored: JoinHandle<Result<String, StoreError>>,
}

/// Where a run gets everybody from.
pub(super) enum Origin {
    Provider(Reading),
    /// What an earlier attempt recorded, and whether that read was complete.
    Recording {
        blob: String,
        complete: bool,
    },
    /// The body of a request, which is a whole snapshot.
    Posted {
        blob: String,
    },
}

/// Where the reading task puts what it got.
struct Sink {
    raw: mpsc::Sender<Bytes>,
    pages: mpsc::Sender<Vec<Employee>>,
    teller: Teller,
}

#[async_trait]
impl PageSink for Sink {
    fn expects(&mut self, people: Option<u64>) {
        self.teller.expects(people);
    }
    async fn raw(&mut self, bytes: Bytes) -> Result<(), Stopped> {
        self.raw.send(bytes).await.map_err(|_| Stopped)
    }
    async fn page(&mut self, people: Vec<Employee>) -> Result<(), Stopped> {
        self.pages.send(people).await.map_err(|_| Stopped)
    }
}

/// Those whom a target's plan is about.
#[derive(Default)]
pub(super) struct Observations<'a> {
    pub(super) kept: Vec<Observation>,
    /// Where there were too many to keep: they are read again from the recording.
    pub(super) recorded: Option<Recorded<'a>>,
    /// The blob of a plan that was written down, where they are those it was made of.
    pub(super) written: Option<&'a str>,
    /// Of these, whoever is left out: by the actors whom that plan was about.
    pub(super) without: Option<&'a HashSet<String>>,
}

/// Those of a recording who differ from a roster.
#[derive(Clone, Copy)]
pub(super) struct Recorded<'a> {
    pub(super) blob: &'a str,
    pub(super) comparison: &'a Comparison,
    pub(super) rules: &'a Rules,
}

/// A way through observations, from their beginning: those recorded, then those kept.
pub(super) struct Pages<'a> {
    kept: std::slice::Chunks<'a, Observation>,
    /// Those that come after all others.
    last: std::slice::Chunks<'a, Observation>,
    recorded: Option<Playing<'a>>,
    written: Option<&'a str>,
    without: Option<&'a HashSet<String>>,
    reader: Option<StepsReader>,
}

struct Playing<'a> {
    from: Recorded<'a>,
    chunk: u32,
    replay: Option<Box<dyn Replay>>,
    waiting: Vec<Vec<Employee>>,
    /// Of those who came more than once.
    seen: HashSet<String>,
}

impl Observations<'_> {
    pub(super) fn pages(&self) -> Pages<'_> {
        let recorded = self.recorded.map(|from| Playing {
            from,
            chunk: 0,
            replay: None,
            waiting: vec![],
            seen: HashSet::new(),
        });
        let Observations { written, without, .. } = *self;
        let (kept, last) = (self.kept.chunks(PAGE), [].chunks(PAGE));
        Pages { kept, last, recorded, written, without, reader: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.recorded.is_none() && self.written.is_none()
    }
}

impl<'a> Pages<'a> {
    /// The same way, and then these.
    pub(super) fn and(self, last: &'a [Observation]) -> Self {
        Pages { last: last.chunks(PAGE), ..self }
    }
}

impl Playing<'_> {
    /// Those of a page who differ, each the first time they come.
    fn observed(&mut self, page: Vec<Employee>) -> Vec<Observation> {
        let Recorded { comparison, rules, .. } = self.from;
        let mut first = |one: &Employee| {
            !comparison.came_twice(&one.source_id) || self.seen.insert(one.source_id.clone())
        };
        page.into_iter()
            .filter(|one| first(one) && comparison.differs(one, rules))
            .map(|one| Observation::Present(Arc::new(one)))
            .collect()
    }
}

impl Engine {
    /// Begins to read the provider, unless an earlier attempt recorded what it said.
    pub(super) async fn read_ahead(
        &self,
        execution: &Execution,
        run: &Loaded<Run>,
    ) -> Result<Origin, Halt> {
        if execution.kind == RunKind::Push {
            return self.posted(&execution.tenant, &execution.receipts).await;
        }
        let Some(fetched) = run.state.known.as_ref().and_then(|known| known.fetched.as_ref())
        else {
            return Ok(Origin::Provider(self.begin_reading(execution).await?));
        };
        let blob = fetched.blobs.first().cloned().ok_or(Halt::Broken("it has no recording"))?;
        let complete = fetched.coverage.as_ref().is_some_and(|coverage| coverage.complete);
        Ok(Origin::Recording { blob, complete })
    }

    /// Reads everybody, and compares them with every target's roster as they come.
    pub(super) async fn read(
        &self,
        execution: &Execution,
        origin: Origin,
        targets: &mut [Target],
    ) -> Result<Everybody, Halt> {
        let mut source_ids = Vec::new();
        let (blob, complete) = match origin {
            Origin::Provider(reading) => {
                return self.read_provider(execution, reading, targets).await;
            }
            Origin::Posted { blob } => {
                let summary = self.replayed(execution, &blob, targets, &mut source_ids).await?;
                return Ok(Everybody { blob, is_posted: true, summary, source_ids });
            }
            Origin::Recording { blob, complete } => (blob, complete),
        };
        let replayed = self.replayed(execution, &blob, targets, &mut source_ids).await;
        match replayed {
            Ok(summary) => {
                let summary = ReadSummary { complete, ..summary };
                Ok(Everybody { blob, is_posted: false, summary, source_ids })
            }
            // Somebody in it was erased, or it expired: ask again.
            Err(Halt::Command(CommandError::Append(AppendError::Store(StoreError::NotFound(
                _,
            ))))) => {
                targets.iter_mut().for_each(|target| target.comparison.begin_again());
                let reading = self.begin_reading(execution).await?;
                self.read_provider(execution, reading, targets).await
            }
            Err(halt) => Err(halt),
        }
    }

    /// Begins to read everybody from the provider, recording what comes.
    async fn begin_reading(&self, execution: &Execution) -> Result<Reading, Halt> {
        let id = ulid::Ulid::generate().to_string();
        let expires_at = self.clock.now() + TimeDelta::days(30);
        let mut writer = self.store.write_blob(&execution.tenant, &id, expires_at).await?;
        let (raw, mut pieces) = mpsc::channel::<Bytes>(PIECES);
        let stored = tokio::spawn(async move {
            while let Some(piece) = pieces.recv().await {
                writer.push(&piece).await?;
            }
            BlobWriter::finish(writer).await
        });
        let (sender, pages) = mpsc::channel(PAGES);
        let mut sink = Sink { raw, pages: sender, teller: execution.teller.clone() };
        let mut read = JoinSet::new();
        let provider = Arc::clone(&execution.provider);
        read.spawn(async move { provider.read_all(&mut sink).await });
        Ok(Reading { pages, read, stored })
    }

    async fn read_provider(
        &self,
        execution: &Execution,
        reading: Reading,
        targets: &mut [Target],
    ) -> Result<Everybody, Halt> {
        let Reading { mut pages, mut read, stored } = reading;
        let mut source_ids = Vec::new();
        while let Some(page) = pages.recv().await {
            compare(page, targets, &mut source_ids);
            execution.teller.has_read(source_ids.len());
        }
        let summary = read.join_next().await.and_then(Result::ok);
        let summary = summary.ok_or(Halt::Broken("reading it failed; see the log"))?;
        let stored = stored.await.map_err(|_| Halt::Broken("its recording failed"))?;
        match (summary, stored) {
            (Ok(summary), Ok(blob)) => {
                Ok(Everybody { blob, is_posted: false, summary, source_ids })
            }
            (_, Err(error)) => Err(error.into()),
            (Err(error), Ok(blob)) => {
                self.forget(execution, blob).await?;
                Err(error.into())
            }
        }
    }

    /// Reads everybody from what an earlier attempt recorded.
    async fn replayed(
        &self,
        execution: &Execution,
        blob: &str,
        targets: &mut [Target],
        source_ids: &mut Vec<Box<str>>,
    ) -> Result<ReadSummary, Halt> {
        let mut replay = execution.provider.replay();
        let mut pages = Vec::new();
        for chunk in 0.. {
            let next = self.store.read_blob_chunk(&execution.tenant, blob, chunk).await?;
            let Some(bytes) = next else { break };
            replay.push(&bytes, &mut pages)?;
            pages.drain(..).for_each(|page| compare(page, targets, source_ids));
            execution.teller.has_read(source_ids.len());
        }
        let summary = replay.finish(&mut pages)?;
        pages.drain(..).for_each(|page| compare(page, targets, source_ids));
        Ok(summary)
    }

    /// The next page of observations; `None` at the end.
    pub(super) async fn next_page(
        &self,
        execution: &Execution,
        pages: &mut Pages<'_>,
    ) -> Result<Option<Vec<Observation>>, Halt> {
        if let Some(blob) = pages.written.take() {
            let plan = StepsReader::of_plan(&self.store, &execution.tenant, blob).await?;
            pages.reader = Some(plan.1);
        }
        if let Some(reader) = &mut pages.reader {
            let page = reader.next(&self.store, &execution.tenant).await?;
            let wanted =
                |step: &Step| pages.without.is_none_or(|some| !some.contains(&step.decision.actor));
            let observed =
                |page: Vec<Step>| page.into_iter().filter(wanted).map(|step| step.observation);
            return Ok(page.map(|page| observed(page).collect()));
        }
        while let Some(playing) = &mut pages.recorded {
            if !playing.waiting.is_empty() {
                let page = playing.waiting.remove(0);
                return Ok(Some(playing.observed(page)));
            }
            let (blob, chunk) = (playing.from.blob, playing.chunk);
            let mut replay = match playing.replay.take() {
                Some(replay) => replay,
                None => execution.provider.replay(),
            };
            playing.chunk += 1;
            match self.store.read_blob_chunk(&execution.tenant, blob, chunk).await? {
                Some(bytes) => {
                    replay.push(&bytes, &mut playing.waiting)?;
                    playing.replay = Some(replay);
                }
                None => {
                    let mut rest = Vec::new();
                    replay.finish(&mut rest)?;
                    let rest = rest.into_iter().flatten().collect();
                    let page = playing.observed(rest);
                    pages.recorded = None;
                    return Ok(Some(page));
                }
            }
        }
        Ok(pages.kept.next().or_else(|| pages.last.next()).map(<[Observation]>::to_vec))
    }

    /// Drops a blob that no event names: what a run that changed nothing read, or a plan.
    pub(super) async fn forget(&self, course: &Course, blob: String) -> Result<(), Halt> {
        match self.store.drop_blobs(&course.tenant, &[blob]).await {
            Ok(()) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn compare(page: Vec<Employee>, targets: &mut [Target], source_ids: &mut Vec<Box<str>>) {
    for employee in page {
        source_ids.push(employee.source_id.as_str().into());
        let employee = Arc::new(employee);
        for target in &mut *targets {
            target.comparison.take(&employee, &target.rules);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_that_halts_asks_the_provider_nothing_more() {
        let (asking, stopped) = tokio::sync::oneshot::channel::<()>();
        let mut read = JoinSet::new();
        read.spawn(async move {
            let answered = std::future::pending().await;
            drop(asking);
            answered
        });
        let stored = tokio::spawn(async { Ok(String::new()) });
        let reading = Reading { pages: mpsc::channel(1).1, read, stored };

        drop(reading);

        assert!(stopped.await.is_err());
    }
}
