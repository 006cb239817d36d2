//! Outbound webhooks: from a change to the receiver, whatever the receiver does with it.

mod api;
mod certificates;
mod delivery;
mod faults;
mod health;
mod places;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use rollcall_egress::Policy;
use rollcall_simulators::sink::{Received, Sink};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::node::impatient;
use crate::place::{PATIENCE, Place, eventually};
use crate::visitor::House;

/// An installation without a provider, and a receiver.
struct Scene {
    house: House,
    sink: Sink,
    baseline: String,
}

impl Scene {
    async fn new(place: Place) -> Scene {
        // Long enough for a receiver that shares a busy machine, short enough to wait for one that hangs.
        let first_byte_timeout = Duration::from_secs(4);
        let house =
            House::with_deadlines(place, Policy { first_byte_timeout, ..impatient() }).await;
        house.settle().await;
        let found = house.operate(Method::GET, "/scenarios", "acme", None).await.json();
        let baseline = found["data"][0]["id"].as_str().unwrap().to_owned();
        Scene { house, sink: Sink::start().await.unwrap(), baseline }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.house.operate(method, path, "acme", body).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.ask(Method::POST, path, (!body.is_null()).then_some(body)).await;
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.json());
        answer.json()
    }

    /// An endpoint that hears of every change of a person; its id and its secret.
    async fn endpoint(&self) -> (String, String) {
        self.endpoint_at(&self.sink.url(), json!({})).await
    }

    async fn endpoint_at(&self, url: &str, more: Value) -> (String, String) {
        let mut new =
            json!({ "name": "Employee data", "url": url, "events": ["employee_data_changed"] });
        for (name, value) in more.as_object().unwrap() {
            new[name] = value.clone();
        }
        let made = self.post("/webhooks", new).await;
        self.house.settle().await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// Somebody new in the live baseline; their id.
    async fn hire(&self, name: &str) -> String {
        let path = format!("/scenarios/{}/actors", self.baseline);
        let made = self.post(&path, json!({ "first_name": name })).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn title(&self, person: &str, title: &str) {
        let path = format!("/scenarios/{}/actors/{person}", self.baseline);
        let answer = self.ask(Method::PATCH, &path, Some(json!({ "job_title": title }))).await;
        assert_eq!(answer.status, 204, "{}", answer.json());
    }

    async fn received(&self, count: usize) -> Vec<Received> {
        let there = self.sink.has_received(count, PATIENCE).await;
        assert!(there, "{} of {count} were received", self.sink.count());
        self.sink.received()
    }

    /// The deliveries of an endpoint, oldest first.
    async fn deliveries(&self, webhook: &str) -> Vec<Value> {
        let found = self.get(&format!("/webhooks/{webhook}/deliveries?limit=200")).await;
        found["data"].as_array().unwrap().iter().rev().cloned().collect()
    }

    async fn attempts(&self, webhook: &str, delivery: &Value) -> Vec<Value> {
        let id = delivery["id"].as_str().unwrap();
        let full = self.get(&format!("/webhooks/{webhook}/deliveries/{id}")).await;
        full["all_attempts"].as_array().unwrap().clone()
    }

    /// Waits until all deliveries of an endpoint are in this state.
    async fn all_are(&self, webhook: &str, state: &str, count: usize) -> Vec<Value> {
        eventually(&format!("{count} deliveries are {state}"), async || {
            let all = self.deliveries(webhook).await;
            all.len() == count && all.iter().all(|one| one["status"] == state)
        })
        .await;
        self.deliveries(webhook).await
    }

    async fn status(&self, webhook: &str) -> Value {
        self.house.settle().await;
        self.get(&format!("/webhooks/{webhook}")).await
    }

    /// Time passes for everybody.
    fn later(&self, by: TimeDelta) {
        self.house.clock.reach(self.house.node.store.clock().now() + by);
    }
}

/// What each person's messages say of their title, in the order they were accepted.
fn titles(received: &[Received]) -> BTreeMap<String, Vec<String>> {
    let mut titles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in received.iter().filter(|one| one.accepted) {
        let body = one.json();
        let title = body["data"]["record"]["job_title"].as_str().unwrap_or_default().to_owned();
        titles.entry(body["data"]["id"].as_str().unwrap().to_owned()).or_default().push(title);
    }
    titles
}
