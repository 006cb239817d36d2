//! What a reactor declares: its name, what it reads, where it starts, what follows.

use rollcall_domain::Recorded;
use rollcall_store::NewIntent;

/// Says what should be done because of what happened. It does nothing itself: what it says is stored
/// together with its place in the log, so nothing is lost and nothing is asked twice.
#[derive(Debug, Clone, Copy)]
pub struct Reactor {
    /// What it brings about. Its checkpoints are kept under it, one per shard.
    pub(crate) name: &'static str,
    /// A new version has checkpoints of its own.
    pub(crate) version: u16,
    /// First words of the event types it reads, such as `receipt.`; others are not even decoded.
    /// None of them may have a personal part: nothing is unsealed for reactors.
    pub(crate) reads: &'static [&'static str],
    pub(crate) start: Start,
    /// What follows from the events of a page, oldest first. Pure: where pages begin is not promised.
    pub(crate) react: fn(&[Recorded]) -> Vec<NewIntent>,
}

/// Where a reactor starts that has no checkpoint yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the log's beginning: for one that came with the log itself.
    Beginning,
    /// Where the log ends when it first runs: for one that came later, or a new version.
    Now,
}

/// The effect id of what a reactor makes of an event. One that makes several of one event has to tell
/// them apart behind it.
pub(crate) fn effect_id(reactor: &str, because: &Recorded) -> String {
    format!("{reactor}/{}/{}", because.shard, because.position)
}

/// The id of what an event is about: what follows the kind in its stream's name.
pub(crate) fn id_of(recorded: &Recorded) -> &str {
    recorded.stream.split_once('/').map_or("", |(_, id)| id)
}
