//! What every simulated company needs to let things happen: names, and dice that fall the same way
//! for the same seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::failure::Failure;

pub(super) const FIRST: [&str; 12] = [
    "Ines", "Tomasz", "Yuki", "Amara", "Lars", "Priya", "Mateo", "Noor", "Sofia", "Kofi", "Elif",
    "Hugo",
];
pub(super) const LAST: [&str; 12] = [
    "Marin",
    "Kowalski",
    "Tanaka",
    "Okafor",
    "Lindqvist",
    "Rao",
    "Vargas",
    "Haddad",
    "Rossi",
    "Mensah",
    "Demir",
    "Laurent",
];

pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(StdRng::seed_from_u64(seed))
    }

    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.0.random_range(0..all.len())]
    }

    /// One of these people, if there are any.
    pub(super) fn pick<T: Clone>(&mut self, people: &[T]) -> Result<T, Failure> {
        match people.is_empty() {
            true => Err(Failure::failed("nobody is left in the simulated company")),
            false => Ok(self.one_of(people).clone()),
        }
    }
}

/// The acts of a script, mixed: in their order over and over, until each is used up.
pub(super) fn mixed<A: Copy>(script: &[(A, u32)]) -> Vec<A> {
    let mut left = script.to_vec();
    let mut acts = Vec::new();
    while left.iter().any(|(_, times)| *times > 0) {
        for (act, times) in left.iter_mut().filter(|(_, times)| *times > 0) {
            *times -= 1;
            acts.push(*act);
        }
    }
    acts
}
