//! A webhook receiver that answers what it is told to and remembers what it got.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Simulator, send};
use crate::bamboohr::signature;

#[derive(Clone, Default)]
pub(super) struct Receiver {
    inbox: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    pub(super) url: String,
}

impl Receiver {
    /// Answers 202 unless told else.
    pub(super) async fn start() -> Receiver {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receiver = Receiver { url, ..Receiver::default() };
        let app = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    pub(super) fn answer_next(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    pub(super) fn received(&self) -> Vec<(HeaderMap, String)> {
        self.inbox.lock().unwrap().clone()
    }

    pub(super) fn bodies(&self) -> Vec<Value> {
        let json = |(_, body): (HeaderMap, String)| serde_json::from_str(&body).unwrap();
        self.received().into_iter().map(json).collect()
    }

    /// What happened to whom, in the order of arrival.
    pub(super) fn events(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let event = |body: Value| (text(&body["type"]), text(&body["data"]["employeeId"]));
        self.bodies().into_iter().map(event).collect()
    }

    /// Registers for the event-based family; the private key.
    pub(super) async fn subscribe(&self, simulator: &Simulator, monitor: &[&str]) -> String {
        let events = ["employee.created", "employee.updated", "employee.deleted"];
        self.register(simulator, json!({"events": events, "monitorFields": monitor})).await
    }

    /// Registers with these properties beside name, URL and format; the private key.
    pub(super) async fn register(&self, simulator: &Simulator, more: Value) -> String {
        let mut body = json!({"name": "test", "url": self.url, "format": "json"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = send(simulator, Method::POST, "/webhooks", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["privateKey"].as_str().unwrap().to_owned()
    }
}

/// Whether the two headers fit the body.
pub(super) fn is_genuine(key: &str, headers: &HeaderMap, body: &str) -> bool {
    let text = |name: &str| headers[name].to_str().unwrap();
    signature(key, body.as_bytes(), text("x-bamboohr-timestamp")) == text("x-bamboohr-signature")
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = String::from_utf8(body.to_vec()).unwrap();
    receiver.inbox.lock().unwrap().push((headers, body));
    let status = receiver.answers.lock().unwrap().pop_front().unwrap_or(202);
    StatusCode::from_u16(status).unwrap()
}
