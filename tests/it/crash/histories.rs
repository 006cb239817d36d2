//! Random histories: what the provider and people do, in any order, over a server that is killed again
//! and again. In the end every target is what the provider says, every other scenario is what people
//! left it as, and there is nothing left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chrono::{TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_projections::actors::Actor;
use rollcall_projections::{Options, Projections};
use rollcall_simulators::bamboohr::{Handle, Person, Status};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::scene::{Scene, nothing_happened_twice, nothing_is_left};
use super::server::Server;
use crate::client::{self, Answer};
use crate::place::{PATIENCE, Place};
use crate::roster::{Card, assert_equal, everybody, ours, theirs};

const PEOPLE: usize = 40;
const STEPS: usize = 45;
/// So that no run takes them for too many, even in a scenario that lags behind.
const LEAVERS: usize = 3;
const SCENARIOS: usize = 5;

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
    for seed in [1, 2] {
        every_target_is_right_in_the_end(Place::sqlite(), seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_every_target_is_right_in_the_end_on_postgres() {
    for seed in [3, 4] {
        every_target_is_right_in_the_end(Place::postgres(), seed).await;
    }
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
        eprintln!("a history of seed {seed}");
        let scene = Scene::prepare(place, PEOPLE).await;
        let store = scene.place.reopen().await;
        let new = NewToken {
            tenant: Some(scene.tenant().to_owned()),
            name: "history".to_owned(),
            scopes: vec![Scope::Read, Scope::Manage],
            expires_at: None,
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

    async fn step(&mut self) {
        let what = self.random.random_range(0..24);
        eprintln!("  {what}");
        match what {
            0..=3 => self.somebody_changes(),
            4 | 5 => drop(self.hire(None)),
            6 => self.somebody_leaves(),
            7 => self.somebody_gets_another_manager(),
            8 => self.a_department_is_renamed(),
            9..=11 => self.a_scenario_is_made().await,
            12 => self.a_scenario_is_archived().await,
            13 | 14 => self.targets_are_chosen().await,
            15 | 16 => self.somebody_is_entered().await,
            17 => self.somebody_is_edited().await,
            18 => self.somebody_is_taken_out_of_sync().await,
            19 => self.reconcile().await,
            20..=22 => self.the_server_is_killed().await,
            _ => self.settle().await,
        }
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

    async fn the_server_is_killed(&mut self) {
        if let Some(server) = self.server.take() {
            server.dies_at_once().await;
        }
        self.server = Some(Server::start(&self.scene.place, self.scene.port, None).await);
    }

    fn people(&self) -> Vec<Person> {
        let people = self.scene.company().people();
        people.into_iter().filter(|one| one.status == Status::Active).collect()
    }

    fn somebody(&mut self) -> Person {
        let people = self.people();
        people.choose(&mut self.random).unwrap().clone()
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("Name {}", self.names)
    }

    /// Deliveries tell their time in seconds.
    fn company(&self) -> Handle {
        let company = self.scene.company();
        company.advance(TimeDelta::seconds(1));
        company
    }

    fn somebody_changes(&mut self) {
        let (one, name) = (self.somebody(), self.name());
        let field = *["firstName", "lastName", "jobTitle"].choose(&mut self.random).unwrap();
        self.company().update(one.id, [(field, name)]).unwrap();
    }

    fn hire(&mut self, email: Option<&str>) -> u64 {
        let name = self.name();
        let email = email.map_or_else(|| format!("{}@hired.test", self.names), str::to_owned);
        let new = [("firstName", &*name), ("lastName", "Hired"), ("workEmail", &*email)];
        self.company().hire(new).unwrap()
    }

    fn somebody_leaves(&mut self) {
        if self.leavers < LEAVERS {
            self.leavers += 1;
            let (one, company) = (self.somebody(), self.company());
            company.terminate(one.id, company.clock().date_naive()).unwrap();
        }
    }

    /// One who is not below them.
    fn somebody_gets_another_manager(&mut self) {
        let (one, people) = (self.somebody(), self.people());
        let above = |id: u64| people.iter().find(|other| other.id == id)?.supervisor;
        let is_below = |other: &&Person| {
            std::iter::successors(Some(other.id), |id| above(*id)).take(100).any(|id| id == one.id)
        };
        let free: Vec<&Person> = people.iter().filter(|other| !is_below(other)).collect();
        if let Some(manager) = free.choose(&mut self.random) {
            let manager = manager.id.to_string();
            self.company().update(one.id, [("supervisorEId", manager)]).unwrap();
        }
    }

    fn a_department_is_renamed(&mut self) {
        let (one, name) = (self.somebody(), self.name());
        if let Some(department) = one.department {
            self.company().rename_option("department", department, &name).unwrap();
        }
    }

    async fn a_scenario_is_made(&mut self) {
        if self.scenarios("active").await.len() > SCENARIOS {
            return;
        }
        let (name, all) = (self.name(), self.scenarios("active").await);
        let original = all.choose(&mut self.random).unwrap().0.clone();
        let made = match self.random.random_range(0..4) {
            0 => self.post("/scenarios", Some(json!({ "name": name }))).await,
            1 => {
                let path = format!("/scenarios/{original}/snapshot");
                self.post(&path, Some(json!({ "name": name }))).await
            }
            _ => {
                let new = json!({ "name": name, "copied_from": original });
                self.post("/scenarios", Some(new)).await
            }
        };
        assert!(made.status < 300, "{}", made.json());
        if self.random.random_bool(0.5) {
            self.the_server_is_killed().await;
        }
        self.remember().await;
    }

    async fn a_scenario_is_archived(&mut self) {
        let all = self.scenarios("active").await;
        let all: Vec<_> = all.into_iter().filter(|(_, kind)| kind != "live_baseline").collect();
        if let Some((id, _)) = all.choose(&mut self.random) {
            let archived = self.post(&format!("/scenarios/{id}/archive"), None).await;
            assert_eq!(archived.status, 204, "{}", archived.json());
            self.remember().await;
        }
    }

    async fn targets_are_chosen(&mut self) {
        let all = self.scenarios("active").await;
        let drafts = all.into_iter().filter(|(_, kind)| kind == "scenario").map(|(id, _)| id);
        let random = &mut self.random;
        let chosen: Vec<String> = drafts.filter(|_| random.random_bool(0.5)).collect();
        let all_future = self.random.random_bool(0.3);
        // What is a target from now on is not remembered as untouched.
        self.remember().await;
        self.untouched.retain(|id, _| !chosen.contains(id));
        let targets = json!({ "targets": { "scenarios": chosen, "all_future": all_future } });
        let path = format!("/integrations/{}", self.integration);
        let changed = self.ask(Method::PATCH, &path, Some(targets)).await;
        assert_eq!(changed.status, 204, "{}", changed.json());
        self.remember().await;
    }

    async fn writable(&mut self) -> String {
        let all = self.scenarios("active").await;
        let all: Vec<_> = all.into_iter().filter(|(_, kind)| kind != "snapshot").collect();
        all.choose(&mut self.random).unwrap().0.clone()
    }

    /// Half of them are known to the source later.
    async fn somebody_is_entered(&mut self) {
        let (scenario, name) = (self.writable().await, self.name());
        let email = format!("{}@entered.test", self.names);
        let new = json!({ "first_name": name, "email": email });
        let made = self.post(&format!("/scenarios/{scenario}/actors"), Some(new)).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let actor = made.json()["id"].as_str().unwrap().to_owned();
        self.untouched.remove(&scenario);
        self.entered.push((scenario, actor));
        self.remember().await;
        if self.random.random_bool(0.5) {
            self.hire(Some(&email.to_uppercase()));
        }
    }

    async fn somebody_is_edited(&mut self) {
        let Some((scenario, actor)) = self.entered.choose(&mut self.random).cloned() else {
            return;
        };
        let title = json!({ "job_title": self.name() });
        let path = format!("/scenarios/{scenario}/actors/{actor}");
        let edited = self.ask(Method::PATCH, &path, Some(title)).await;
        // They may be in sync by now, or their scenario archived.
        assert!([204, 409].contains(&edited.status), "{}", edited.json());
        if edited.status == 204 {
            self.untouched.remove(&scenario);
        }
        self.remember().await;
    }

    async fn somebody_is_taken_out_of_sync(&mut self) {
        let scenario = self.writable().await;
        let path = format!("/scenarios/{scenario}/actors");
        let people = self.get(&format!("{path}?synced=true&status=active&limit=200")).await;
        let people = people["data"].as_array().unwrap();
        let Some(one) = people.choose(&mut self.random) else { return };
        let id = one["id"].as_str().unwrap();
        assert_eq!(self.post(&format!("{path}/{id}/unsync"), None).await.status, 204);
        self.out_of_sync.insert(one["source_hris_id"].as_str().unwrap().to_owned());
        self.untouched.remove(&scenario);
        self.remember().await;
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
