//! Which kinds of work there are.

use async_trait::async_trait;
use rollcall_store::Claimed;

use super::task::{Claim, Done, Policy, Task, WorkError};

/// The kinds of work that a node does.
#[derive(Default)]
pub struct Tasks {
    kinds: Vec<Kind>,
}

impl Tasks {
    /// The same and one more.
    #[must_use]
    pub(crate) fn with<T: Task>(mut self, task: T) -> Self {
        let taken = self.kinds.iter().any(|kind| kind.name == T::KIND);
        assert!(!taken, "two kinds of work are called {}", T::KIND);
        self.kinds.push(Kind { name: T::KIND, policy: T::POLICY, handler: Box::new(task) });
        self
    }

    pub(super) fn into_kinds(self) -> impl Iterator<Item = Kind> {
        self.kinds.into_iter()
    }
}

/// One kind, whatever its payload is.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) policy: Policy,
    pub(super) handler: Box<dyn Handler>,
}

/// A task that reads its payloads itself.
#[async_trait]
pub(super) trait Handler: Send + Sync {
    async fn handle(&self, claimed: &[Claimed]) -> Result<Done, WorkError>;
}

#[async_trait]
impl<T: Task> Handler for T {
    async fn handle(&self, claimed: &[Claimed]) -> Result<Done, WorkError> {
        let work: Vec<Claim<T::Payload>> = claimed.iter().map(read).collect::<Result<_, _>>()?;
        self.perform(&work).await
    }
}

/// A payload that can't be read may be one of a newer version, which will have its turn at it.
fn read<P: serde::de::DeserializeOwned>(claimed: &Claimed) -> Result<Claim<P>, WorkError> {
    let payload = serde_json::from_slice(&claimed.payload)
        .map_err(|_| WorkError("the intent can't be read".to_owned()))?;
    Ok(Claim {
        effect_id: claimed.effect_id.clone(),
        tenant: claimed.tenant.clone(),
        payload,
        attempts: claimed.attempts,
    })
}
