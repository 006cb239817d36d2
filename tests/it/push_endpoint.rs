//! A push endpoint that keeps what it is sent, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};

pub(crate) struct PushEndpoint {
    pub(crate) url: String,
    shared: Shared,
}

pub(crate) struct Pushed {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Clone, Default)]
struct Shared {
    pushed: Arc<Mutex<Vec<Pushed>>>,
    /// What it answers before it takes what comes.
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
}

impl PushEndpoint {
    pub(crate) async fn start() -> PushEndpoint {
        let shared = Shared::default();
        let path = "/hriswebhook/sync/5f0c2f7d1a8b4c6e9d3e7a1b2c4d6f80/";
        let routes = Router::new().route(path, post(take)).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        PushEndpoint { url, shared }
    }

    pub(crate) fn answer_next(&self, status: u16, body: Value) {
        self.shared.answers.lock().unwrap().push_back((status, body));
    }

    pub(crate) fn pushed(&self) -> Vec<Pushed> {
        std::mem::take(&mut *self.shared.pushed.lock().unwrap())
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    shared.pushed.lock().unwrap().push(Pushed { headers, body });
    let next = shared.answers.lock().unwrap().pop_front();
    let (status, said) = next.unwrap_or_else(|| {
        let status_url = "/api/v1/hris_webhooks/W/requests/R";
        let said =
            json!({ "request_id": "R", "mode": "test", "received": 2, "status_url": status_url });
        (202, said)
    });
    let wait = [("retry-after", "0")];
    (StatusCode::from_u16(status).unwrap(), wait, axum::Json(said))
}
