//! Crash tests: `ROLLCALL_FAILPOINT=name:n` makes the n-th passing of a named point kill this
//! process. Only a build with the `failpoints` feature has such points; the product has none.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, getpid, kill_process};

use crate::failure::Failure;

const VARIABLE: &str = "ROLLCALL_FAILPOINT";

/// Sets the point the environment names, if it names one.
pub(crate) fn arm() -> Result<(), Failure> {
    let Ok(asked) = std::env::var(VARIABLE) else { return Ok(()) };
    if !fail::has_failpoints() {
        tracing::warn!("{VARIABLE} does nothing: this build has no failpoints");
        return Ok(());
    }
    let (name, nth) = match asked.rsplit_once(':') {
        Some((name, nth)) => (name, nth.parse().ok().filter(|nth| *nth > 0)),
        None => (asked.as_str(), Some(1)),
    };
    let Some(nth) = nth else {
        return Err(Failure::Usage(format!("{VARIABLE} must be `name` or `name:n`, n from 1")));
    };
    let passed = AtomicU64::new(0);
    let pass = move || {
        if passed.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            die();
        }
    };
    fail::cfg_callback(name, pass).map_err(Failure::Failed)
}

/// As a power cut would: no destructor, no flush.
fn die() {
    // An error would mean that we may not signal ourselves; then waiting is as good.
    let _ = kill_process(getpid(), Signal::KILL);
    loop {
        std::thread::park();
    }
}
