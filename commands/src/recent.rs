//! Answers that are good for a second, and forgotten where something changes here.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is good: so long a change on another node takes to count here.
const GOOD: Duration = Duration::from_secs(1);
/// It starts over beyond this many.
const MOST: usize = 10_000;

/// What was looked up a moment ago. An answer that was asked for before everything was forgotten is
/// not kept: it may be from before the change.
pub struct Recent<K, V> {
    seen: Mutex<Seen<K, V>>,
}

struct Seen<K, V> {
    known: HashMap<K, (Instant, V)>,
    /// How often it was forgotten.
    forgotten: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Recent { seen: Mutex::new(Seen { known: HashMap::new(), forgotten: 0 }) }
    }
}

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    /// What is known, or what `look` finds.
    pub async fn of<E>(&self, key: K, look: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let (began, forgotten) = (Instant::now(), self.lock().forgotten);
        if let Some((since, known)) = self.lock().known.get(&key)
            && since.elapsed() < GOOD
        {
            return Ok(known.clone());
        }
        let found = look.await?;
        let mut seen = self.lock();
        if seen.forgotten == forgotten {
            seen.keep(key, began, found.clone());
        }
        Ok(found)
    }

    /// Knows what was just written.
    pub fn put(&self, key: K, value: V) {
        self.lock().keep(key, Instant::now(), value);
    }

    /// Forgets what is known, so that a change made here counts at once.
    pub fn forget(&self) {
        let mut seen = self.lock();
        seen.known.clear();
        seen.forgotten += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Seen<K, V>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Seen<K, V> {
    fn keep(&mut self, key: K, since: Instant, value: V) {
        if self.known.len() > MOST {
            self.known.clear();
        }
        self.known.insert(key, (since, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_from_before_a_change_is_not_kept() {
        let recent = Recent::<&str, &str>::default();
        let changed = async {
            recent.forget();
            Ok::<_, ()>("before")
        };
        assert_eq!(recent.of("key", changed).await, Ok("before"));

        assert_eq!(recent.of("key", async { Ok::<_, ()>("after") }).await, Ok("after"));
        assert_eq!(recent.of("key", async { Err(()) }).await, Ok("after"));
        recent.forget();
        assert_eq!(recent.of("key", async { Err(()) }).await, Err(()));
    }
}
