//! What happens in a history: what the provider tells, what people do, and the server's deaths.

use chrono::TimeDelta;
use rand::RngExt;
use rand::seq::IndexedRandom;
use reqwest::Method;
use rollcall_simulators::bamboohr::{Handle, Person};
use serde_json::json;

use super::History;
use crate::crash::server::Server;

/// So that no run takes them for too many, even in a scenario that lags behind.
const LEAVERS: usize = 3;
const SCENARIOS: usize = 5;

impl History {
    pub(super) async fn step(&mut self) {
        let what = self.random.random_range(0..24);
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

    async fn the_server_is_killed(&mut self) {
        if let Some(server) = self.server.take() {
            server.dies_at_once().await;
        }
        self.server = Some(Server::start(&self.scene.place, self.scene.port, None).await);
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
}
