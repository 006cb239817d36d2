//! Reading everybody, once from the provider and as often as needed from the recording.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use rollcall_commands::Loaded;
use rollcall_domain::plan::Employee;
use rollcall_domain::run::Run;
use rollcall_store::{AppendError, BlobWriter, StoreError};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::scan::Scan;
use super::{Engine, Halt, Job};
use crate::providers::bamboohr::Player;
use crate::providers::{PageSink, Provider, ProviderError, ReadSummary, Stopped};

/// People planned at a time.
const PAGE: usize = 1_000;

/// Pieces of the answer and pages of people that may wait for who takes them.
const PIECES: usize = 64;
const PAGES: usize = 4;

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
}

/// Where the reading task puts what it got.
struct Sink {
    raw: mpsc::Sender<Bytes>,
    pages: mpsc::Sender<Vec<Employee>>,
}

#[async_trait]
impl PageSink for Sink {
    async fn raw(&mut self, bytes: Bytes) -> Result<(), Stopped> {
        self.raw.send(bytes).await.map_err(|_| Stopped)
    }
    async fn page(&mut self, people: Vec<Employee>) -> Result<(), Stopped> {
        self.pages.send(people).await.map_err(|_| Stopped)
    }
}

/// Where the people who differ come from.
pub(super) enum Source {
    Kept(Vec<Employee>),
    Recording(String),
}

/// A way through a source, from its beginning.
pub(super) enum Pages<'a> {
    Kept(std::slice::Chunks<'a, Employee>),
    Recorded {
        blob: &'a str,
        chunk: u32,
        player: Option<Box<Player>>,
        waiting: Vec<Vec<Employee>>,
        seen: HashSet<String>,
    },
}

impl Source {
    pub(super) fn pages(&self) -> Pages<'_> {
        match self {
            Source::Kept(people) => Pages::Kept(people.chunks(PAGE)),
            Source::Recording(blob) => {
                let player = Some(Box::new(Player::new()));
                let seen = HashSet::new();
                Pages::Recorded { blob, chunk: 0, player, waiting: vec![], seen }
            }
        }
    }
}

impl Engine {
    /// Begins to read the provider, unless an earlier attempt recorded what it said.
    pub(super) async fn read_ahead(
        &self,
        job: &Job,
        provider: &Arc<dyn Provider>,
        run: &Loaded<Run>,
    ) -> Result<Origin, Halt> {
        let Some(fetched) = run.state.known.as_ref().and_then(|known| known.fetched.as_ref())
        else {
            return Ok(Origin::Provider(self.begin_reading(job, provider.clone()).await?));
        };
        let blob = fetched.blobs.first().cloned().ok_or(Halt::Broken("it has no recording"))?;
        Ok(Origin::Recording { blob, complete: fetched.complete })
    }

    /// Reads everybody.
    pub(super) async fn read(
        &self,
        job: &Job,
        provider: &Arc<dyn Provider>,
        origin: Origin,
        scan: &mut Scan<'_>,
    ) -> Result<(String, ReadSummary), Halt> {
        let (blob, complete) = match origin {
            Origin::Provider(reading) => return self.read_provider(job, reading, scan).await,
            Origin::Recording { blob, complete } => (blob, complete),
        };
        match self.read_recording(job, &blob, scan).await {
            Ok(summary) => Ok((blob, ReadSummary { complete, ..summary })),
            // Somebody in it was erased, or it expired: ask again.
            Err(Halt::Append(AppendError::Store(StoreError::NotFound(_)))) => {
                scan.begin_again();
                let reading = self.begin_reading(job, provider.clone()).await?;
                self.read_provider(job, reading, scan).await
            }
            Err(halt) => Err(halt),
        }
    }

    /// Begins to read everybody from the provider, recording what comes.
    async fn begin_reading(&self, job: &Job, provider: Arc<dyn Provider>) -> Result<Reading, Halt> {
        let id = ulid::Ulid::generate().to_string();
        let expires_at = (self.now)() + TimeDelta::days(30);
        let mut writer = self.store.write_blob(&job.tenant, &id, expires_at).await?;
        let (raw, mut pieces) = mpsc::channel::<Bytes>(PIECES);
        let stored = tokio::spawn(async move {
            while let Some(piece) = pieces.recv().await {
                writer.push(&piece).await?;
            }
            BlobWriter::finish(writer).await
        });
        let (sender, pages) = mpsc::channel(PAGES);
        let mut sink = Sink { raw, pages: sender };
        let mut read = JoinSet::new();
        read.spawn(async move { provider.read_all(&mut sink).await });
        Ok(Reading { pages, read, stored })
    }

    async fn read_provider(
        &self,
        job: &Job,
        reading: Reading,
        scan: &mut Scan<'_>,
    ) -> Result<(String, ReadSummary), Halt> {
        let Reading { mut pages, mut read, stored } = reading;
        while let Some(page) = pages.recv().await {
            page.into_iter().for_each(|employee| scan.take(employee));
        }
        let summary = read.join_next().await.and_then(Result::ok);
        let summary = summary.ok_or(Halt::Broken("reading it failed; see the log"))?;
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
    pub(super) async fn read_recording(
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

    /// The next of those who differ.
    pub(super) async fn next_page(
        &self,
        job: &Job,
        scan: &Scan<'_>,
        pages: &mut Pages<'_>,
    ) -> Result<Option<Vec<Employee>>, Halt> {
        match pages {
            Pages::Kept(rest) => Ok(rest.next().map(<[Employee]>::to_vec)),
            Pages::Recorded { blob, chunk, player, waiting, seen } => {
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
                let fresh =
                    |one: &Employee| scan.differs(one) && seen.insert(one.source_id.clone());
                Ok(Some(page.into_iter().filter(fresh).collect()))
            }
        }
    }

    /// What a run that changed nothing read is not kept.
    pub(super) async fn forget_recording(&self, job: &Job, blob: String) -> Result<(), Halt> {
        match self.store.drop_blobs(&job.tenant, &[blob]).await {
            Ok(()) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into()),
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
