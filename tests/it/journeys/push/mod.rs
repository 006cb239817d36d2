//! The push contract: an HR system posts everybody, somebody looks at what that would do, and only then
//! it is done.

mod answers;
mod contract;
mod departments;
mod modes;
mod places;
mod simulations;
mod states;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, post};
use crate::place::{Place, eventually};
use crate::visitor::House;

/// The document's own example, as it stands there.
pub(crate) const EXAMPLE: &str = include_str!("../../../../domain/src/push/example.json");

/// An installation without a provider, and an endpoint.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) baseline: String,
}

/// Somebody as they are posted.
pub(crate) fn user(id: &str, first: &str) -> Value {
    json!({
        "hris_id": id,
        "first_name": first,
        "last_name": "Osei",
        "email": format!("{}@acme.example", first.to_lowercase()),
        "active": true,
    })
}

/// The same with more of them.
pub(crate) fn with(mut user: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        user[name] = value.clone();
    }
    user
}

pub(crate) fn snapshot(users: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({ "users": users })).unwrap()
}

impl Scene {
    /// In test mode, with these settings.
    pub(crate) async fn with(place: Place, settings: Value) -> Scene {
        Scene::at(House::new(place).await, settings).await
    }

    pub(crate) async fn at(house: House, settings: Value) -> Scene {
        house.settle().await;
        let found = house.operate(Method::GET, "/scenarios", "acme", None).await.json();
        let baseline = found["data"][0]["id"].as_str().unwrap().to_owned();
        let made = house.operate(Method::POST, "/hris_webhooks", "acme", Some(settings)).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
        let (id, path, key) = (text("id"), text("path"), text("api_key"));
        house.settle().await;
        Scene { house, id, path, key, baseline }
    }

    /// In the normal way, and live.
    pub(crate) async fn live(place: Place) -> Scene {
        Scene::live_with(place, json!({})).await
    }

    pub(crate) async fn live_with(place: Place, settings: Value) -> Scene {
        let scene = Scene::with(place, settings).await;
        scene.act("enable").await;
        scene
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.house.operate(method, path, "acme", body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    /// Enables or disables it, pauses or resumes it.
    pub(crate) async fn act(&self, what: &str) {
        let place =
            if ["enable", "disable"].contains(&what) { "hris_webhooks" } else { "integrations" };
        let path = format!("/{place}/{}/{what}", self.id);
        let answer = self.ask(Method::POST, &path, None).await;
        assert_eq!(answer.status, 204, "{what}: {}", String::from_utf8_lossy(&answer.body));
        self.settle().await;
    }

    pub(crate) async fn change(&self, settings: Value) {
        let path = format!("/hris_webhooks/{}", self.id);
        let answer = self.ask(Method::PATCH, &path, Some(settings)).await;
        assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
        self.settle().await;
    }

    pub(crate) async fn state(&self) -> String {
        let view = self.get(&format!("/hris_webhooks/{}", self.id)).await;
        view["status"].as_str().unwrap().to_owned()
    }

    /// Posts a body as the HR system does.
    pub(crate) async fn send(&self, body: &[u8], more: &[(&str, &str)]) -> Answer {
        let mut headers = vec![
            ("x-hris-authentication".to_owned(), self.key.clone()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        for (name, value) in more {
            headers.retain(|(known, _)| known != name);
            headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        post(self.house.node.address, &self.path, &headers, body).await.unwrap()
    }

    /// Posts these people, which is taken; the request's id.
    pub(crate) async fn push(&self, users: &[Value]) -> String {
        let answer = self.send(&snapshot(users), &[]).await;
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
        self.settle().await;
        answer.json()["request_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn request(&self, request: &str) -> Value {
        self.get(&format!("/hris_webhooks/{}/requests/{request}", self.id)).await
    }

    /// What a request would do.
    pub(crate) async fn simulate(&self, request: &str) -> Value {
        let path = format!("/hris_webhooks/{}/requests/{request}/simulate", self.id);
        let answer = self.ask(Method::POST, &path, None).await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (200, &json!("done")),
            "{}",
            answer.json()
        );
        answer.json()["result"].clone()
    }

    /// Person by person.
    pub(crate) async fn steps(&self, simulation: &Value) -> Vec<Value> {
        let hash = simulation["hash"].as_str().unwrap();
        let path = format!("/integrations/{}/plans/{hash}?limit=200", self.id);
        self.get(&path).await["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn apply(&self, request: &str, simulation: &Value) -> Answer {
        let path = format!("/hris_webhooks/{}/requests/{request}/apply", self.id);
        let body = json!({ "hash": simulation["hash"] });
        let answer = self.ask(Method::POST, &path, Some(body)).await;
        self.settle().await;
        answer
    }

    /// Everybody in the live baseline, by source id.
    pub(crate) async fn people(&self) -> Vec<Value> {
        let path = format!("/scenarios/{}/actors?status=all&limit=200", self.baseline);
        self.get(&path).await["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn person(&self, first: &str) -> Value {
        let all = self.people().await;
        let found = all.iter().find(|one| one["first_name"] == first);
        found.unwrap_or_else(|| panic!("{first} is not there: {all:?}")).clone()
    }

    /// What the last run of a request came to.
    pub(crate) async fn counts(&self, request: &str) -> Value {
        self.request(request).await["counts"].clone()
    }

    pub(crate) async fn departments(&self) -> Vec<Value> {
        let path = format!("/scenarios/{}/departments?limit=200", self.baseline);
        self.get(&path).await["data"].as_array().unwrap().clone()
    }

    /// How many events there are.
    pub(crate) async fn events(&self) -> i64 {
        let events = self.house.place.table("events");
        self.house.place.count(&format!("select count(*) from {events}")).await
    }

    /// Everything that follows is done, and can be read.
    pub(crate) async fn settle(&self) {
        eventually("nothing is left to do", async || !self.house.place.is_busy().await).await;
        self.house.settle().await;
    }
}
