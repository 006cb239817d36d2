//! Erasing a person, also while somebody on this node writes about them.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::blob::tag;
use crate::store::Store;
use crate::types::{Append, AppendError, Appended, StoreError};

/// Everybody whose personal data an append brings along.
fn people_of(append: &Append) -> Vec<String> {
    let events = append.streams.iter().flat_map(|stream| &stream.events);
    let personal = events.filter(|event| event.personal.is_some());
    let mut people: Vec<String> = personal.filter_map(|event| event.subject.clone()).collect();
    people.extend(append.blobs.iter().flat_map(|blob| blob.subjects.iter().cloned()));
    people.sort_unstable();
    people.dedup();
    people
}

/// An append under way, and what an erasure beside it leaves to do: that is done even if nobody
/// waits for it any more.
pub(crate) struct Pending {
    after: After,
    answer: Option<oneshot::Receiver<Result<Appended, AppendError>>>,
}

#[derive(Clone)]
struct After {
    store: Store,
    tenant: Arc<str>,
    people: Arc<[String]>,
    before: Option<u64>,
}

impl Pending {
    pub(crate) fn new(store: &Store, append: &Append) -> Self {
        let (store, tenant) = (store.clone(), append.tenant.clone());
        let before = store.erasures().mark();
        let after = After { store, tenant, people: people_of(append).into(), before };
        Pending { after, answer: None }
    }

    pub(crate) async fn answer(
        mut self,
        answer: oneshot::Receiver<Result<Appended, AppendError>>,
    ) -> Result<Appended, AppendError> {
        let gone = || StoreError::unavailable("the writer has stopped");
        let answer = self.answer.insert(answer).await;
        self.answer = None;
        let appended = answer.unwrap_or_else(|_| Err(gone().into()));
        if may_be_written(&appended) && self.after.is_owed() {
            let after = self.after.clone();
            let done = tokio::spawn(async move { after.erase_again().await });
            done.await.map_err(|_| gone())??;
        }
        appended
    }

    /// The mark from before anything was sealed.
    pub(crate) fn mark(&self) -> Option<u64> {
        self.after.before
    }
}

/// After `Store` it is unknown.
fn may_be_written(answer: &Result<Appended, AppendError>) -> bool {
    matches!(answer, Ok(_) | Err(AppendError::Store(_)))
}

impl Drop for Pending {
    fn drop(&mut self) {
        let (after, answer) = (self.after.clone(), self.answer.take());
        let (Some(answer), Ok(runtime)) = (answer, Handle::try_current()) else { return };
        if after.people.is_empty() {
            return;
        }
        runtime.spawn(async move {
            if answer.await.map_or(true, |answer| may_be_written(&answer))
                && after.is_owed()
                && let Err(error) = after.erase_again().await
            {
                tracing::error!(%error, "what was written about an erased person is still there");
            }
        });
    }
}

impl After {
    fn is_owed(&self) -> bool {
        !self.people.is_empty() && !self.store.erasures().none_since(self.before)
    }

    /// Takes back what was written about people who were erased meanwhile: its keys go too.
    async fn erase_again(&self) -> Result<(), StoreError> {
        for subject in self.store.db().erased(&self.tenant, &self.people).await? {
            self.store.destroy(&self.tenant, &subject).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Destroys everything that opens a subject's personal data: event keys, and the keys of blobs
    /// that name them. Nothing personal can be written about them afterwards. All entries of the tenant
    /// go along: anybody may be in them, and they live for a day at most.
    pub async fn erase(&self, tenant: &str, subject: &str) -> Result<(), StoreError> {
        self.erasures().begins();
        let (store, tenant, subject) = (self.clone(), tenant.to_owned(), subject.to_owned());
        // In a task of its own: it ends, and is counted, even if nobody waits for it any more.
        let done = tokio::spawn(async move {
            let done = store.destroy(&tenant, &subject).await;
            store.erasures().ends();
            done
        });
        self.noted(done.await.map_err(StoreError::unavailable)?)
    }

    /// Which of these subjects were erased.
    pub async fn erased(
        &self,
        tenant: &str,
        subjects: &[String],
    ) -> Result<Vec<String>, StoreError> {
        self.noted(self.db().erased(tenant, subjects).await)
    }

    async fn destroy(&self, tenant: &str, subject: &str) -> Result<(), StoreError> {
        let tag_key = self.keys().derived(self.db(), tenant, "blob tags").await?;
        let at = self.clock().now();
        let erased = self.db().erase(tenant, subject, tag(&tag_key, subject), at).await;
        self.keys().forget(tenant);
        erased?;
        self.db().drop_entries(tenant).await
    }
}
