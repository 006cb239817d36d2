//! Hears every line that the product's own crates log, at every level, of all tests of this process;
//! keeps those that hold one of the words.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

static WORDS: Mutex<Vec<&str>> = Mutex::new(Vec::new());
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LINES: AtomicU64 = AtomicU64::new(0);

/// The provider is no part of the product, and knows its people.
static LISTENING: LazyLock<()> = LazyLock::new(|| {
    let ours = Targets::new()
        .with_target("rollcall", Level::TRACE)
        .with_target("rollcall_simulators", tracing_subscriber::filter::LevelFilter::OFF);
    let layer = fmt::layer().with_ansi(false).with_writer(|| Ear);
    tracing_subscriber::registry().with(layer.with_filter(ours)).init();
});

struct Ear;

impl io::Write for Ear {
    /// The layer writes a line at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Ordering::Relaxed);
        let text = String::from_utf8_lossy(line);
        let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
        if words.iter().any(|word| text.contains(word)) {
            HEARD.lock().unwrap_or_else(PoisonError::into_inner).push(text.into_owned());
        }
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens for these from now on.
pub(super) fn listen_for(words: &[&'static str]) {
    LazyLock::force(&LISTENING);
    WORDS.lock().unwrap().extend(words);
}

/// How many lines were heard, of whatever.
pub(super) fn lines() -> u64 {
    LINES.load(Ordering::Relaxed)
}

/// The lines that hold this word.
pub(super) fn heard(word: &str) -> Vec<String> {
    let heard = HEARD.lock().unwrap();
    heard.iter().filter(|line| line.contains(word)).cloned().collect()
}
