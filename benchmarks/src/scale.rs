//! How much of everything is measured, and what is said meanwhile.

use std::io::{self, Write};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How often each work is measured.
    pub(crate) rounds: u32,
    pub(crate) quick: bool,
}

impl Scale {
    /// The full size, or the small one.
    pub(crate) fn of(self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

/// Says on standard error what is going on; the table goes to standard output.
pub(crate) fn progress(text: &str) {
    // Nobody reading it is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}
