//! Where streams end, as far as this node remembers.
//!
//! It may lag behind another node, never be ahead: what it allows, the constraint on stream and
//! version proves when the batch is written; what it refuses is looked up first.

use std::collections::{HashMap, HashSet};

use crate::backend::{Head, StreamHash};

/// Streams of one generation (about 60 bytes each); the one before it is kept as well.
const GENERATION: usize = 32_768;

#[derive(Default)]
pub(super) struct Heads {
    era: u64,
    young: HashMap<StreamHash, Head>,
    old: HashMap<StreamHash, Head>,
    /// Those that other nodes write to as well: not worth remembering for now.
    shared: HashSet<StreamHash>,
}

impl Heads {
    /// Forgets everything when the era is another one than before.
    pub(super) fn enter(&mut self, era: u64) {
        if self.era != era {
            *self = Heads { era, ..Heads::default() };
        }
    }

    pub(super) fn get(&self, stream: &StreamHash) -> Option<Head> {
        self.young.get(stream).or_else(|| self.old.get(stream)).copied()
    }

    pub(super) fn put(&mut self, stream: StreamHash, head: Head) {
        if self.shared.contains(&stream) {
            return;
        }
        self.young.insert(stream, head);
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.shared.clear();
        }
    }

    /// Takes in what the database says. Where that is not what was remembered, another node writes.
    pub(super) fn correct(&mut self, stream: StreamHash, head: Option<Head>) {
        let before = self.get(&stream);
        if before.is_some() && before != head {
            self.young.remove(&stream);
            self.old.remove(&stream);
            self.shared.insert(stream);
        } else if let Some(head) = head {
            self.put(stream, head);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(number: usize) -> StreamHash {
        (number as u128).to_be_bytes()
    }

    fn head(version: u64) -> Head {
        Head { first: 1, version }
    }

    #[test]
    fn what_was_put_lately_is_remembered_and_little_else() {
        let mut heads = Heads::default();

        (0..5 * GENERATION).for_each(|number| heads.put(stream(number), head(1)));
        heads.put(stream(0), head(7));

        assert_eq!(heads.get(&stream(0)), Some(head(7)));
        assert_eq!(heads.get(&stream(5 * GENERATION - 1)), Some(head(1)));
        assert_eq!(heads.get(&stream(1)), None);
        assert!(heads.young.len() + heads.old.len() <= 2 * GENERATION);
    }

    #[test]
    fn a_stream_that_others_write_to_is_asked_for_each_time() {
        let mut heads = Heads::default();
        heads.put(stream(1), head(3));

        heads.correct(stream(1), Some(head(4)));
        heads.put(stream(1), head(5));

        assert_eq!(heads.get(&stream(1)), None);
    }

    #[test]
    fn nothing_is_remembered_of_another_server() {
        let mut heads = Heads::default();
        heads.put(stream(1), head(3));

        heads.enter(1);

        assert_eq!(heads.get(&stream(1)), None);
    }
}
