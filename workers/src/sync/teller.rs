//! Tells how far a run is, at most once a second and beside the run: it is never slower for it, and a
//! short one tells nothing.

use std::sync::Arc;
use std::time::Duration;

use rollcall_commands::progress::{Phase, Progress, tell_progress};
use rollcall_store::Store;
use tokio::sync::watch;
use tokio::time::timeout;

const EVERY: Duration = Duration::from_secs(1);

/// What a run is told of through. All clones tell of one run; nothing more is told after the last.
#[derive(Clone, Default)]
pub(super) struct Teller(watch::Sender<Progress>);

impl Teller {
    pub(super) fn of(store: &Store, tenant: &Arc<str>, run: &str) -> Teller {
        let (store, tenant, run) = (store.clone(), tenant.clone(), run.to_owned());
        let (teller, mut now) = watch::channel(Progress::default());
        tokio::spawn(async move {
            let mut told = None;
            // In time only if nobody is left to tell anything.
            while timeout(EVERY, now.wait_for(|_| false)).await.is_err() {
                let progress = *now.borrow();
                if told == Some(progress) {
                    continue;
                }
                match tell_progress(&store, &tenant, &run, &progress).await {
                    Ok(()) => told = Some(progress),
                    Err(error) => tracing::debug!(run, %error, "how far a run is was not told"),
                }
            }
        });
        Teller(teller)
    }

    /// There are so many people, as far as the provider says.
    pub(super) fn expects(&self, people: Option<u64>) {
        self.0.send_modify(|now| now.of = people);
    }

    pub(super) fn has_read(&self, people: usize) {
        self.0.send_modify(|now| now.read = people as u64);
    }

    pub(super) fn plans(&self) {
        self.0.send_modify(|now| now.phase = Phase::Planning);
    }

    pub(super) fn applies(&self, planned: u64) {
        self.0.send_modify(|now| (now.phase, now.planned) = (Phase::Applying, planned));
    }

    pub(super) fn has_applied(&self, people: usize) {
        self.0.send_modify(|now| now.applied += people as u64);
    }
}
