//! Somebody at the API who keeps every answer.

use std::sync::Mutex;

use reqwest::Method;
use serde_json::Value;

use crate::client::Answer;
use crate::desk::Desk;

pub(super) struct Witness {
    desk: Desk,
    seen: Mutex<Vec<Seen>>,
}

/// One answer.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) of: String,
    pub(super) status: u16,
    pub(super) body: String,
}

impl Witness {
    pub(super) fn of(desk: Desk) -> Witness {
        Witness { desk, seen: Mutex::default() }
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let answer = self.desk.ask(method.clone(), path, body).await;
        self.keep(format!("{method} {path}"), &answer);
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    pub(super) async fn post(&self, path: &str, body: Option<Value>) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// What somebody else was answered.
    pub(super) fn keep(&self, of: String, answer: &Answer) {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        self.seen.lock().unwrap().push(Seen { of, status: answer.status, body });
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}
