//! Random histories: what the provider and people do, in any order, over a server that is killed again
//! and again. In the end every target is what the provider says, every other scenario is what people
//! left it as, and there is nothing left to do.

mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chrono::Utc;
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_projections::actors::Actor;
use rollcall_projections::{Options, Projections};
use rollcall_simulators::bamboohr::{Person, Status};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::scene::{Scene, nothing_happened_twice, nothing_is_left};
use super::server::Server;
use crate::client::{self, Answer};
use crate::place::{PATIENCE, Place};
use crate::roster::{Card, assert_equal, everybody, ours, theirs};

const PEOPLE: usize = 40;
const STEPS: usize = 45;

struct History {
    scene: Scene,
    server: Option<Server>,
    token: String,
    integration: String,
    random: StdRng,
    /// What scenarios hold that no change applies to, as people left them.
    untouched: BTreeMap<String, Value>,
    /// People entered by hand, with their scenario.
    entered: Vec<(String, String)>,
    /// Source ids of people who were taken out of sync somewhere.
    out_of_sync: BTreeSet<String>,
    leavers: usize,
    names: usize,
}

async fn every_target_is_right_in_the_end(place: Place, seed: u64) {
    let mut history = History::begin(place, seed).await;
    for _ in 0..STEPS {
        history.step().await;
    }
    history.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_every_target_is_right_in_the_end_on_sqlite() {
    every_target_is_right_in_the_end(Place::sqlite(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_else_happens_every_target_is_right_in_the_end_on_sqlite() {
    every_target_is_right_in_the_end(Place::sqlite(), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_every_target_is_right_in_the_end_on_postgres() {
    every_target_is_right_in_the_end(Place::postgres(), 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_else_happens_every_target_is_right_in_the_end_on_postgres() {
    every_target_is_right_in_the_end(Place::postgres(), 4).await;
}

/// Whoever was entered by hand before the source knew them is the same person.
fn nobody_is_there_twice(people: &[Actor]) {
    let mut addresses = BTreeSet::new();
    for address in people.iter().filter_map(|one| one.email_key.as_ref()) {
        assert!(addresses.insert(address), "two people have the address {address}");
    }
}

impl History {
    async fn begin(place: Place, seed: u64) -> History {
        let scene = Scene::prepare(place, PEOPLE).await;
        let store = scene.place.reopen().await;
        let new = NewToken {
            tenant: Some(scene.tenant().to_owned()),
            name: "history".to_owned(),
            scopes: vec![Scope::Read, Scope::Manage],
            expires_at: None,
            created_by: None,
        };
        let (_, token) = create(&store, new, Utc::now()).await.unwrap();
        drop(store);
        scene.place.let_go().await;
        let server = Some(Server::start(&scene.place, scene.port, None).await);
        let token = token.expose_secret().to_owned();
        let mut history = History {
            scene,
            server,
            token,
            integration: String::new(),
            random: StdRng::seed_from_u64(seed),
            untouched: BTreeMap::new(),
            entered: vec![],
            out_of_sync: BTreeSet::new(),
            leavers: 0,
            names: 0,
        };
        history.settle().await;
        let all = history.get("/integrations").await;
        history.integration = all["data"][0]["id"].as_str().unwrap().to_owned();
        history
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let address = SocketAddr::from(([127, 0, 0, 1], self.scene.port));
        client::ask(address, &self.token, method, path, body.as_ref()).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    async fn post(&self, path: &str, body: Option<Value>) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// Everything that follows is done, and can be read.
    async fn settle(&self) {
        self.scene.settle().await;
        self.is_read().await;
    }

    /// Resuming what is not paused says where the log ends.
    async fn is_read(&self) {
        if self.integration.is_empty() {
            return;
        }
        let resumed = self.post(&format!("/integrations/{}/resume", self.integration), None).await;
        let position = resumed.position.unwrap();
        let read = self.get(&format!("/scenarios?min_position={position}")).await;
        let first = read["data"][0]["id"].as_str().unwrap();
        self.get(&format!("/scenarios/{first}/actors?min_position={position}&limit=1")).await;
    }

    /// Those in this state, snapshots among them.
    async fn scenarios(&self, status: &str) -> Vec<(String, String)> {
        self.is_read().await;
        let all = self.get("/scenarios").await;
        let all = all["data"].as_array().unwrap().iter();
        let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        all.filter(|one| one["status"] == status)
            .map(|one| (text(one, "id"), text(one, "kind")))
            .collect()
    }

    async fn targets(&self) -> BTreeSet<String> {
        let one = self.get(&format!("/integrations/{}", self.integration)).await;
        let chosen = one["targets"]["scenarios"].as_array().unwrap().iter();
        let active = self.scenarios("active").await;
        let is_active = |id: &String| active.iter().any(|(one, _)| one == id);
        let chosen = chosen.map(|id| id.as_str().unwrap().to_owned()).filter(is_active);
        chosen.chain([self.scene.baseline().to_owned()]).collect()
    }

    /// Everything a scenario shows.
    async fn face(&self, scenario: &str) -> Value {
        let people = self.get(&format!("/scenarios/{scenario}/actors?limit=200")).await;
        assert_eq!(people["next_cursor"], Value::Null);
        let units = self.get(&format!("/scenarios/{scenario}/departments?limit=200")).await;
        json!({ "people": people["data"], "units": units["data"] })
    }

    /// Remembers what no change applies to from now on; what was remembered before is still so.
    async fn remember(&mut self) {
        self.settle().await;
        let targets = self.targets().await;
        let mut all = self.scenarios("active").await;
        all.extend(self.scenarios("archived").await);
        let others = all.into_iter().map(|(id, _)| id).filter(|id| !targets.contains(id));
        let mut untouched = BTreeMap::new();
        for id in others {
            let now = self.face(&id).await;
            if let Some(before) = self.untouched.get(&id) {
                assert_eq!(*before, now, "scenario {id} was changed and is no target");
            }
            untouched.insert(id, now);
        }
        self.untouched = untouched;
    }

    fn people(&self) -> Vec<Person> {
        let people = self.scene.company().people();
        people.into_iter().filter(|one| one.status == Status::Active).collect()
    }

    async fn reconcile(&mut self) {
        let path = format!("/integrations/{}/reconcile", self.integration);
        let asked = self.post(&path, None).await;
        assert!(asked.status < 300, "{}", asked.json());
    }

    async fn ends_well(mut self) {
        self.settle().await;
        for _ in 0..2 {
            self.reconcile().await;
            self.settle().await;
        }
        let last = self.get("/integration_sync_logs?kind=reconcile&limit=1").await;
        let last = last["data"][0].clone();
        assert_eq!(last["status"], "succeeded", "{last}");
        self.remember().await;
        let targets = self.targets().await;
        self.server.take().unwrap().stop().await;

        let store = self.scene.place.reopen().await;
        let projections = Projections::open(&store, Options::default()).await.unwrap();
        let followers = projections.start();
        projections.settle(PATIENCE).await.unwrap();
        let shard = store.shard_of(self.scene.tenant()).await.unwrap();
        let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
        nothing_happened_twice(&log);
        let stream = format!("run/{}", last["id"].as_str().unwrap());
        let applied =
            log.iter().filter(|one| *one.stream == *stream && &*one.kind == "run.applied");
        assert_eq!(applied.count(), 0, "the second reconcile found something");
        for target in &targets {
            nobody_is_there_twice(&everybody(projections.db(), self.scene.tenant(), target).await);
            let ours = ours(projections.db(), self.scene.tenant(), target).await;
            assert_equal(&self.compared(ours), &self.compared(theirs(&self.scene.company())));
        }
        for status in projections.list().await.unwrap() {
            let found = projections.verify(status.name, &|_| ()).await.unwrap();
            let wrong = (found.missing, found.extra, found.different);
            assert_eq!(wrong, (0, 0, 0), "{}: {:?}", status.name, found.keys);
        }
        followers.stop().await;
        nothing_is_left(&store).await;
    }

    /// Without those whom the rules leave alone; a manager who has left is not everywhere.
    fn compared(&self, mut cards: BTreeMap<String, Card>) -> BTreeMap<String, Card> {
        let present: BTreeSet<String> =
            self.people().iter().map(|one| one.id.to_string()).collect();
        cards.retain(|id, _| !self.out_of_sync.contains(id));
        for card in cards.values_mut() {
            card.manager = card.manager.take().filter(|id| present.contains(id));
        }
        cards
    }
}
