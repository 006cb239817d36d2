//! Which events the outside is told of: one narrow row each, so that a feed and whoever sends what
//! was missed find them without walking the log of others. What a message says is read from the log
//! itself, each time anew.

mod around;
mod feed;
mod missed;
mod reader;
#[cfg(test)]
mod tests;

use rollcall_domain::Recorded;
use rollcall_domain::message::{scenario_of, topic};

use crate::table::{Key, Projection, Reads, row};

pub use feed::{Fed, feed};
pub use missed::{Piece, since};
pub use reader::MessageReader;

row! {
    /// An event that makes messages.
    pub struct Told {
        /// In the tenant's shard.
        [key] at: u64,
        /// `started`, `failed`, `ended`, `person`, `unit`.
        topic: String,
        /// Of a person or unit.
        scenario: Option<String>,
    }
}

pub struct Messages;

impl Projection for Messages {
    const NAME: &'static str = "messages";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["actor", "run", "unit"]);
    type Row = Told;

    fn keys(event: &Recorded) -> Vec<Key> {
        topic(&event.fact).map(|_| Key::position(event.position)).into_iter().collect()
    }

    fn evolve(_key: &Key, _row: Option<Told>, event: &Recorded) -> Option<Told> {
        let topic = topic(&event.fact)?.as_str().to_owned();
        let scenario = scenario_of(&event.fact).map(str::to_owned);
        Some(Told { at: event.position, topic, scenario })
    }
}
