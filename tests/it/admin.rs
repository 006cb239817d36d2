//! Somebody with a token who steers a tenant over HTTP.

use chrono::Utc;
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::client::{self, Answer};
use crate::place::PATIENCE;
use crate::stage::Stage;

pub(crate) struct Admin(String);

impl Admin {
    pub(crate) async fn of(stage: &Stage) -> Admin {
        let new = NewToken {
            tenant: Some(stage.tenant.clone()),
            name: "admin".to_owned(),
            scopes: vec![Scope::Read, Scope::Manage],
            expires_at: None,
        };
        let (_, token) = create(&stage.node.store, new, Utc::now()).await.unwrap();
        Admin(token.expose_secret().to_owned())
    }

    pub(crate) async fn ask(
        &self,
        stage: &Stage,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        client::ask(stage.node.address, &self.0, method, path, body).await
    }

    pub(crate) async fn post(&self, stage: &Stage, path: &str) -> Answer {
        self.ask(stage, Method::POST, path, None).await
    }

    /// Asks for a run; its id.
    pub(crate) async fn run(&self, stage: &Stage, path: &str) -> String {
        let asked = self.post(stage, path).await;
        assert_eq!(asked.status, 202, "{path}: {}", asked.json());
        asked.json()["run"].as_str().unwrap().to_owned()
    }

    /// Everything that was written before can be read.
    pub(crate) async fn read(&self, stage: &Stage, path: &str) -> Value {
        stage.node.projections.settle(PATIENCE).await.unwrap();
        let answer = self.ask(stage, Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    /// Whom a run is about, by what it did to them.
    pub(crate) async fn identities(&self, stage: &Stage, run: &str) -> Vec<Value> {
        let path = format!("/integration_sync_logs/{run}/identities?limit=200");
        self.read(stage, &path).await["data"].as_array().unwrap().clone()
    }
}
