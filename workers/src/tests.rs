//! What a feature takes: a kind of work and a reactor of a few lines, through both loops.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rollcall_domain::tenant::{self, Plan};
use rollcall_domain::{Fact, Recorded};
use rollcall_store::NewIntent;
use tokio::sync::Notify;

use crate::follow::{Reactor, Reactors, Start, effect_id};
use crate::testing::{Place, eventually};
use crate::work::{Claim, Done, Policy, Task, Tasks, WorkError, Workers, exponential};

/// Greets a tenant: the whole kind of work.
struct Greet {
    greeted: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Task for Greet {
    const KIND: &'static str = "greet";
    const POLICY: Policy = Policy {
        at_once: 2,
        merge: 1,
        tries: 3,
        lease: Duration::from_secs(30),
        backoff: exponential,
    };
    type Payload = String;

    fn key(tenant: &str, _name: &String) -> String {
        tenant.to_owned()
    }

    async fn perform(&self, work: &[Claim<String>]) -> Result<Done, WorkError> {
        self.greeted.lock().unwrap().extend(work.iter().map(|claim| claim.payload.clone()));
        Ok(Done::Yes)
    }
}

/// The whole reactor.
const GREETINGS: Reactor = Reactor {
    name: "greetings",
    version: 1,
    reads: &["tenant.created"],
    start: Start::Beginning,
    react: greet,
};

fn greet(page: &[Recorded]) -> Vec<NewIntent> {
    let greet = |recorded: &Recorded| {
        let Fact::Tenant(tenant::Event::Created { name, .. }) = &recorded.fact else { return None };
        Some(Greet::intent(effect_id("greetings", recorded), &recorded.tenant, name))
    };
    page.iter().filter_map(greet).collect()
}

#[tokio::test]
async fn a_reactor_and_a_kind_of_work_are_a_few_lines_each() {
    let place = Place::new().await;
    let greeted = Arc::new(Mutex::new(Vec::new()));
    place.tenant("acme", Plan::Business).await;

    let added = Arc::new(Notify::new());
    let reactors = Reactors::start(&place.store, &[GREETINGS], "me", added.clone());
    let tasks = Tasks::default().with(Greet { greeted: greeted.clone() });
    let workers = Workers::start(&place.store, tasks, "me", added, place.clock());
    place.tenant("other", Plan::Business).await;

    eventually("both are greeted", async || greeted.lock().unwrap().len() == 2).await;
    workers.stop().await;
    reactors.stop().await;
    assert_eq!(*greeted.lock().unwrap(), ["acme", "other"]);
    assert_eq!(place.intents().await, []);
}
