//! The loop of work, with kinds that do what a test's intents say.

mod hanging;
mod merging;
mod trying;

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rollcall_store::NewIntent;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};

use super::{Claim, Done, Policy, Task, Tasks, WorkError, Workers};
use crate::testing::Place;

/// How kinds differ.
trait Style: Send + Sync + 'static {
    const KIND: &'static str;
    const POLICY: Policy;
}

const ONE_MINUTE: fn(u32) -> Duration = |_| Duration::from_secs(60);
const PLAIN: Policy =
    Policy { at_once: 1, merge: 1, tries: 3, lease: Duration::from_secs(30), backoff: ONE_MINUTE };

/// One at a time.
struct Single;
impl Style for Single {
    const KIND: &'static str = "single";
    const POLICY: Policy = PLAIN;
}

/// The same by another name.
struct Other;
impl Style for Other {
    const KIND: &'static str = "other";
    const POLICY: Policy = PLAIN;
}

/// Two at a time.
struct Pair;
impl Style for Pair {
    const KIND: &'static str = "pair";
    const POLICY: Policy = Policy { at_once: 2, ..PLAIN };
}

/// Ten of a key together.
struct Merged;
impl Style for Merged {
    const KIND: &'static str = "merged";
    const POLICY: Policy = Policy { merge: 10, ..PLAIN };
}

/// A lease that is over soon.
struct Brief;
impl Style for Brief {
    const KIND: &'static str = "brief";
    const POLICY: Policy = Policy { lease: Duration::from_millis(1_500), ..PLAIN };
}

/// What was done, and what keeps those back that hang.
struct Diary {
    calls: Mutex<Vec<Vec<String>>>,
    policy: Semaphore,
}

impl Diary {
    fn new() -> Arc<Self> {
        Arc::new(Diary { calls: Mutex::default(), policy: Semaphore::new(0) })
    }

    /// What was handed over together, in order.
    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }

    fn count(&self, what: &str) -> usize {
        self.calls().concat().iter().filter(|done| *done == what).count()
    }
}

#[derive(Serialize, Deserialize)]
struct Errand {
    key: String,
    what: String,
}

/// Does errands: `hangs`, `fails` and `panics` do so, `hopeless` is given up, everything else is done.
struct Errands<S> {
    diary: Arc<Diary>,
    style: PhantomData<S>,
}

#[async_trait]
impl<S: Style> Task for Errands<S> {
    const KIND: &'static str = S::KIND;
    const POLICY: Policy = S::POLICY;
    type Payload = Errand;

    fn key(_tenant: &str, errand: &Errand) -> String {
        errand.key.clone()
    }

    async fn perform(&self, work: &[Claim<Errand>]) -> Result<Done, WorkError> {
        let whats = work.iter().map(|claim| claim.payload.what.clone());
        self.diary.calls.lock().unwrap().push(whats.collect());
        for claim in work {
            match claim.payload.what.as_str() {
                "hangs" => self.diary.policy.acquire().await.unwrap().forget(),
                "fails" => return Err(WorkError("it does not work".to_owned())),
                "hopeless" => return Ok(Done::Park("it never will".to_owned())),
                "panics" => panic!("as told"),
                _ => {}
            }
        }
        Ok(Done::Yes)
    }
}

fn errands<S: Style>(diary: &Arc<Diary>) -> Errands<S> {
    Errands { diary: diary.clone(), style: PhantomData }
}

/// An intent of acme whose effect id is its key and what to do.
fn errand<S: Style>(key: &str, what: &str) -> NewIntent {
    errand_of::<S>("acme", key, what)
}

fn errand_of<S: Style>(tenant: &str, key: &str, what: &str) -> NewIntent {
    let errand = Errand { key: key.to_owned(), what: what.to_owned() };
    Errands::<S>::intent(format!("{key}/{what}"), &tenant.into(), &errand)
}

fn start(place: &Place, tasks: Tasks) -> Workers {
    start_as("me", place, tasks)
}

fn start_as(owner: &str, place: &Place, tasks: Tasks) -> Workers {
    Workers::start(&place.store, tasks, owner, Arc::new(Notify::new()), place.clock())
}
