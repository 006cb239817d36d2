//! What every simulator of an HR system keeps beside its company.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Nothing here leaves its state half-changed, so a panic elsewhere is no reason to stop.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often a path was asked, by method and path.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    by_page: BTreeMap<String, u64>,
    by_path: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts one request, under its path and under the page that path is one of.
    pub(crate) fn count(&mut self, method: &str, page: &str, path: &str) {
        *self.by_page.entry(format!("{method} /{page}")).or_default() += 1;
        *self.by_path.entry(format!("{method} /{path}")).or_default() += 1;
    }

    pub(crate) fn by_page(&self) -> BTreeMap<String, u64> {
        self.by_page.clone()
    }

    pub(crate) fn of(&self, method_and_path: &str) -> u64 {
        self.by_path.get(method_and_path).copied().unwrap_or(0)
    }
}

/// Tells everybody that the simulator is to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Stop {
        Stop(watch::Sender::new(false))
    }
}

impl Stop {
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Comes back when the simulator is told to stop.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.0.subscribe();
        // An error means that the sender is gone, which is as good as stopped.
        let _ = stopping.wait_for(|stop| *stop).await;
    }
}
