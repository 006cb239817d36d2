//! Erasing a person, also while somebody on this node writes about them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};

use crate::blob::tag;
use crate::store::Store;
use crate::types::{Append, StoreError};

/// Erasures of this node, so that an append can tell whether one went on beside it.
#[derive(Default)]
pub(crate) struct Erasures {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Erasures {
    /// Equal marks mean that there was none in between; `None` while one is under way.
    pub(crate) fn mark(&self) -> Option<u64> {
        let ended = self.ended.load(Ordering::SeqCst);
        let begun = self.begun.load(Ordering::SeqCst);
        (begun == ended).then_some(begun)
    }
}

/// Everybody whose personal data an append brings along.
pub(crate) fn people_of(append: &Append) -> Vec<String> {
    let events = append.streams.iter().flat_map(|stream| &stream.events);
    let personal = events.filter(|event| event.personal.is_some());
    let mut people: Vec<String> = personal.filter_map(|event| event.subject.clone()).collect();
    people.extend(append.blobs.iter().flat_map(|blob| blob.subjects.iter().cloned()));
    people.sort_unstable();
    people.dedup();
    people
}

impl Store {
    /// Destroys everything that opens a subject's personal data: event keys, and the keys of blobs
    /// that name them. Nothing personal can be written about them afterwards.
    pub async fn erase(
        &self,
        tenant: &str,
        subject: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let erasures = self.erasures();
        erasures.begun.fetch_add(1, Ordering::SeqCst);
        let (store, erasures) = (self.clone(), Arc::clone(erasures));
        let (tenant, subject) = (tenant.to_owned(), subject.to_owned());
        // In a task of its own: it ends, and is counted, even if nobody waits for it any more.
        let done = tokio::spawn(async move {
            let done = store.destroy(&tenant, &subject, at).await;
            erasures.ended.fetch_add(1, Ordering::SeqCst);
            done
        });
        done.await.map_err(StoreError::unavailable)?
    }

    /// Takes back what was written about people who were erased meanwhile: its keys go too.
    pub(crate) async fn erase_again(
        &self,
        tenant: &str,
        people: &[String],
    ) -> Result<(), StoreError> {
        for subject in self.db().erased(tenant, people).await? {
            self.destroy(tenant, &subject, Utc::now()).await?;
        }
        Ok(())
    }

    async fn destroy(
        &self,
        tenant: &str,
        subject: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tag_key = self.keys().derived(self.db(), tenant, "blob tags").await?;
        self.db().erase(tenant, subject, tag(&tag_key, subject), at).await?;
        self.keys().forget(tenant);
        Ok(())
    }
}
