//! Work that takes a processor for a while, or much memory: few at a time, and a short queue.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::edge::{Code, Problem};

/// One more that would have to wait is sent away.
const WAITING: usize = 64;
const LONGEST_WAIT: Duration = Duration::from_secs(5);

pub(crate) struct Places {
    free: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Places {
    /// As many as there are processors, from two to `most`.
    pub(crate) fn of_processors(most: usize) -> Places {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Places::new(processors.clamp(2, most), WAITING)
    }

    pub(crate) fn new(free: usize, waiting: usize) -> Places {
        Places { free: Arc::new(Semaphore::new(free)), waiting: Semaphore::new(waiting) }
    }

    /// A place until it is dropped; `overloaded` where too many wait, or too long.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let Ok(_waits) = self.waiting.try_acquire() else { return Err(Code::Overloaded.into()) };
        let place = tokio::time::timeout(LONGEST_WAIT, self.free.clone().acquire_owned());
        let Ok(Ok(place)) = place.await else { return Err(Code::Overloaded.into()) };
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_the_queue_full_is_sent_away_and_who_waits_gets_the_next_place() {
        let places = Places::new(1, 1);
        let first = places.take().await.unwrap();
        let mut second = std::pin::pin!(places.take());
        tokio::select! {
            biased;
            _ = &mut second => panic!("there was no place"),
            third = places.take() => assert_eq!(third.unwrap_err().code, Code::Overloaded),
        }

        drop(first);

        assert!(second.await.is_ok());
    }
}
