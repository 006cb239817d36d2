//! The people of a plan: in memory, or sealed in a blob of the store where there are too many.

use std::sync::Arc;

use bytes::{Buf, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::plan::Step;
use rollcall_store::{BlobWriter, Store, StoreError};

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
    spilled: Option<(String, BlobWriter)>,
    subjects: Vec<String>,
}

impl StepsWriter {
    /// Keeps `limit` in memory, at least one page.
    pub(super) fn new(limit: usize) -> Self {
        StepsWriter { limit, kept: vec![], spilled: None, subjects: vec![] }
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
            let id = ulid::Ulid::generate().to_string();
            let writer = store.write_blob(tenant, &id, now + KEPT_FOR).await?;
            self.spilled = Some((id, writer));
        }
        if self.spilled.is_some() && self.kept.len() >= PAGE { self.spill().await } else { Ok(()) }
    }

    async fn spill(&mut self) -> Result<(), Halt> {
        let Some((_, writer)) = &mut self.spilled else { return Ok(()) };
        for page in self.kept.chunks(PAGE) {
            let page = serde_json::to_vec(page)
                .map_err(|_| StoreError::Damaged("a plan can't be written down"))?;
            writer.push(&(page.len() as u32).to_be_bytes()).await?;
            writer.push(&page).await?;
        }
        self.subjects.extend(self.kept.drain(..).map(|step| step.decision.subject));
        Ok(())
    }

    pub(super) async fn finish(mut self, store: &Store, tenant: &str) -> Result<Steps, Halt> {
        self.spill().await?;
        let Some((blob, writer)) = self.spilled else { return Ok(Steps::Kept(self.kept)) };
        writer.finish().await?;
        // Whoever is erased meanwhile takes it along: it is planned anew without them.
        store.tag_blob(tenant, &blob, &self.subjects).await?;
        Ok(Steps::Spilled { blob, count: self.subjects.len() })
    }
}

/// How far a spilled plan was read.
struct Spilled {
    blob: String,
    chunk: u32,
    bytes: BytesMut,
    /// Steps that are still to come.
    left: usize,
}

/// A way through the steps, from their beginning.
pub(super) struct StepPages {
    waiting: Vec<Step>,
    spilled: Option<Spilled>,
}

impl Steps {
    pub(super) fn into_pages(self) -> StepPages {
        let (waiting, spilled) = match self {
            Steps::Kept(steps) => (steps, None),
            Steps::Spilled { blob, count } => {
                let spilled = Spilled { blob, chunk: 0, bytes: BytesMut::new(), left: count };
                (vec![], Some(spilled))
            }
        };
        StepPages { waiting, spilled }
    }
}

impl StepPages {
    /// The next steps; `None` at the end. An error if the plan is no longer whole.
    pub(super) async fn next(
        &mut self,
        store: &Store,
        tenant: &str,
    ) -> Result<Option<Vec<Step>>, Halt> {
        if !self.waiting.is_empty() {
            return Ok(Some(std::mem::take(&mut self.waiting)));
        }
        let Some(from) = &mut self.spilled else { return Ok(None) };
        while from.left > 0 {
            if let Some(page) = unpacked(&mut from.bytes)? {
                from.left = from.left.saturating_sub(page.len());
                return Ok(Some(page));
            }
            let more = store.read_blob_chunk(tenant, &from.blob, from.chunk).await?;
            from.bytes.extend_from_slice(&more.ok_or(StoreError::NotFound("the plan's rest"))?);
            from.chunk += 1;
        }
        Ok(None)
    }
}

/// The first page of these bytes, if it is whole.
fn unpacked(bytes: &mut BytesMut) -> Result<Option<Vec<Step>>, Halt> {
    let Some(size) = bytes.first_chunk::<4>().map(|size| u32::from_be_bytes(*size) as usize) else {
        return Ok(None);
    };
    if bytes.len() < 4 + size {
        return Ok(None);
    }
    bytes.advance(4);
    let page = serde_json::from_slice(&bytes.split_to(size));
    Ok(Some(page.map_err(|_| StoreError::Damaged("a plan that was written down can't be read"))?))
}
