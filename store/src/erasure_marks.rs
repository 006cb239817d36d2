//! Whether somebody was erased while something else went on.

use std::sync::atomic::{AtomicU64, Ordering};

/// Erasures of this node, so that an append can tell whether one went on beside it.
#[derive(Default)]
pub(crate) struct ErasureMarks {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl ErasureMarks {
    pub(crate) fn begins(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn ends(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    /// Equal marks mean that there was none in between; `None` while one is under way.
    pub(crate) fn mark(&self) -> Option<u64> {
        let ended = self.ended.load(Ordering::SeqCst);
        let begun = self.begun.load(Ordering::SeqCst);
        (begun == ended).then_some(begun)
    }

    /// Whether there was no erasure since then, and is none now.
    pub(crate) fn none_since(&self, mark: Option<u64>) -> bool {
        mark.is_some() && self.mark() == mark
    }
}
