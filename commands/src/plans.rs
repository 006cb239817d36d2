//! Plans that are written down: one blob per target, sealed. First what the plan rests on, then what
//! was told of everybody with what follows from it, page by page.

use std::sync::Arc;

use bytes::{Buf, BytesMut};
use chrono::{DateTime, NaiveDate, Utc};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Step, UnitDecision, UnitOption};
use rollcall_domain::run::{Failure, StoredPlan};
use rollcall_domain::vocabulary::{Counts, RunKind};
use rollcall_store::{BlobWriter, Store, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Steps that are written together.
const PAGE: usize = 500;

/// What a plan for one target rests on, beside the roster, so that it can be made again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanHeader {
    pub scenario: String,
    /// The company's day that it was made on.
    pub today: NaiveDate,
    /// Whether an e-mail address led to another source's people.
    #[serde(default)]
    pub reaches_others: bool,
    pub expected_fields: Vec<Field>,
    /// Claims that a complete read did not show; `None` where the read tells nothing by silence.
    pub unseen: Option<Vec<String>>,
    pub options: Vec<UnitOption>,
    pub units: Vec<UnitDecision>,
    /// People of whom there is nothing to write.
    pub uncounted: Counts,
    pub steps: u64,
}

/// Steps on their way into a blob.
pub struct StepsBlob {
    writer: BlobWriter,
    subjects: Vec<String>,
}

impl StepsBlob {
    /// Steps alone; no event names them yet.
    pub async fn begin(
        store: &Store,
        tenant: &Arc<str>,
        expires_at: DateTime<Utc>,
    ) -> Result<StepsBlob, StoreError> {
        let id = ulid::Ulid::generate().to_string();
        let writer = store.write_blob(tenant, &id, expires_at).await?;
        Ok(StepsBlob { writer, subjects: vec![] })
    }

    pub async fn header(&mut self, header: &PlanHeader) -> Result<(), StoreError> {
        self.part(header).await
    }

    pub async fn push(&mut self, steps: Vec<Step>) -> Result<(), StoreError> {
        for page in steps.chunks(PAGE) {
            self.part(&page).await?;
        }
        self.subjects.extend(steps.into_iter().map(|step| step.decision.subject));
        Ok(())
    }

    /// Its id, and how many steps it holds.
    pub async fn finish(self, store: &Store, tenant: &str) -> Result<(String, usize), StoreError> {
        let blob = self.writer.finish().await?;
        // Whoever is erased meanwhile takes it along: it is planned anew without them.
        store.tag_blob(tenant, &blob, &self.subjects).await?;
        Ok((blob, self.subjects.len()))
    }

    async fn part<T: Serialize>(&mut self, part: &T) -> Result<(), StoreError> {
        let part = serde_json::to_vec(part)
            .map_err(|_| StoreError::Damaged("a plan can't be written down"))?;
        self.writer.push(&(part.len() as u32).to_be_bytes()).await?;
        self.writer.push(&part).await
    }
}

/// A way through a blob of steps, from its beginning.
pub struct StepsReader {
    blob: String,
    chunk: u32,
    bytes: BytesMut,
    /// Steps that are still to come.
    left: usize,
}

impl StepsReader {
    /// Through a blob without a header, that holds so many steps.
    pub fn of_steps(blob: String, steps: usize) -> StepsReader {
        StepsReader { blob, chunk: 0, bytes: BytesMut::new(), left: steps }
    }

    /// Through a plan; behind its header.
    pub async fn of_plan(
        store: &Store,
        tenant: &str,
        blob: &str,
    ) -> Result<(PlanHeader, StepsReader), StoreError> {
        let mut reader = StepsReader::of_steps(blob.to_owned(), 0);
        let header: PlanHeader = reader.part(store, tenant).await?;
        reader.left = header.steps as usize;
        Ok((header, reader))
    }

    /// The next steps; `None` at the end. An error if the plan is no longer whole.
    pub async fn next(
        &mut self,
        store: &Store,
        tenant: &str,
    ) -> Result<Option<Vec<Step>>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        let page: Vec<Step> = self.part(store, tenant).await?;
        self.left = self.left.saturating_sub(page.len());
        Ok(Some(page))
    }

    async fn part<T: DeserializeOwned>(
        &mut self,
        store: &Store,
        tenant: &str,
    ) -> Result<T, StoreError> {
        loop {
            if let Some(part) = unpacked(&mut self.bytes)? {
                return Ok(part);
            }
            let more = store.read_blob_chunk(tenant, &self.blob, self.chunk).await?;
            self.bytes.extend_from_slice(&more.ok_or(StoreError::NotFound("the plan's rest"))?);
            self.chunk += 1;
        }
    }
}

/// The first part of these bytes, if it is whole.
fn unpacked<T: DeserializeOwned>(bytes: &mut BytesMut) -> Result<Option<T>, StoreError> {
    let Some(size) = bytes.first_chunk::<4>().map(|size| u32::from_be_bytes(*size) as usize) else {
        return Ok(None);
    };
    if bytes.len() < 4 + size {
        return Ok(None);
    }
    bytes.advance(4);
    let part = serde_json::from_slice(&bytes.split_to(size));
    part.map(Some).map_err(|_| StoreError::Damaged("a plan that was written down can't be read"))
}

/// A plan that was previewed: it can be looked at and applied for an hour.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptPlan {
    pub connection: String,
    pub kind: RunKind,
    pub event_type: String,
    /// What it was made of, where that was posted.
    #[serde(default)]
    pub receipts: Vec<String>,
    pub plan: StoredPlan,
    /// Whether it is for the targets of another run, whatever the connection's are.
    #[serde(default)]
    pub frozen: bool,
    /// Why a run of it would be held.
    pub held: Option<Failure>,
    pub expires_at: DateTime<Utc>,
}

const KEPT_PLAN: &str = "plan";

/// Keeps a previewed plan by its hash.
pub async fn keep_plan(store: &Store, tenant: &str, plan: &KeptPlan) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(plan)
        .map_err(|_| StoreError::Damaged("a plan can't be written down"))?;
    let key = format!("{}/{}", plan.connection, plan.plan.hash);
    store.put_entry(tenant, KEPT_PLAN, &key, &bytes, plan.expires_at).await
}

/// A connection's plan by its hash, as long as it is kept.
pub async fn kept_plan(
    store: &Store,
    tenant: &str,
    connection: &str,
    hash: &str,
) -> Result<Option<KeptPlan>, StoreError> {
    let key = format!("{connection}/{hash}");
    let Some(bytes) = store.entry(tenant, KEPT_PLAN, &key).await? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|_| StoreError::Damaged("a plan can't be read"))
}
