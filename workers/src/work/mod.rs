//! The loop behind all work: claim intents, have them done, record what became of them. It knows
//! kinds of work only by what they declare.

mod hold;
mod places;
mod registry;
mod task;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use rollcall_store::{Clock, Store};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub use registry::Tasks;
pub(crate) use task::{Claim, Done, Policy, Task, WorkError, exponential};

use worker::Worker;

/// The running workers of this node, one loop per kind of work. Dropping it stops them too, without
/// waiting for anything.
pub struct Workers {
    stop: watch::Sender<()>,
    loops: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts working. `added` is told when intents were added on this node; others' are found by
    /// looking.
    pub fn start(
        store: &Store,
        tasks: Tasks,
        owner: &str,
        added: Arc<Notify>,
        clock: Clock,
    ) -> Self {
        let (stop, stopped) = watch::channel(());
        let start = |kind| {
            let worker = Worker {
                store: store.clone(),
                kind,
                owner: owner.to_owned(),
                added: added.clone(),
                clock: clock.clone(),
            };
            tokio::spawn(Arc::new(worker).run(stopped.clone()))
        };
        let loops = tasks.into_kinds().map(start).collect();
        Workers { stop, loops }
    }

    /// Claims nothing more and waits a while for what is under way.
    pub async fn stop(self) {
        drop(self.stop);
        for one in self.loops {
            let _ = one.await;
        }
    }
}
