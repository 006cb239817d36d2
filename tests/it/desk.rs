//! Somebody at the API of a stage, with a token of the tenant's.

use std::net::SocketAddr;

use chrono::Utc;
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_commands::{NewTenant, create_tenant};
use rollcall_domain::tenant::Plan;
use rollcall_store::Cause;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::client::{self, Answer};
use crate::place::eventually;
use crate::stage::Stage;

pub(crate) struct Desk {
    address: SocketAddr,
    token: String,
}

impl Desk {
    /// An admin of the stage's tenant.
    pub(crate) async fn of(stage: &Stage) -> Desk {
        Desk::with(stage, vec![Scope::Read, Scope::Manage]).await
    }

    /// Somebody who may do this.
    pub(crate) async fn with(stage: &Stage, scopes: Vec<Scope>) -> Desk {
        Desk::for_tenant(stage, &stage.tenant, scopes).await
    }

    /// An admin of another tenant.
    pub(crate) async fn elsewhere(stage: &Stage) -> Desk {
        let new = NewTenant {
            id: ulid::Ulid::generate().to_string(),
            live_baseline: ulid::Ulid::generate().to_string(),
            slug: "elsewhere".to_owned(),
            name: "Elsewhere".to_owned(),
            plan: Plan::Business,
        };
        let row = create_tenant(&stage.node.store, new, Cause::by("test")).await.unwrap();
        Desk::for_tenant(stage, &row.id, vec![Scope::Read, Scope::Manage]).await
    }

    async fn for_tenant(stage: &Stage, tenant: &str, scopes: Vec<Scope>) -> Desk {
        let new = NewToken {
            tenant: Some(tenant.to_owned()),
            name: "desk".to_owned(),
            scopes,
            expires_at: None,
            created_by: None,
        };
        let (_, token) = create(&stage.node.store, new, Utc::now()).await.unwrap();
        Desk { address: stage.node.address, token: token.expose_secret().to_owned() }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Asks for an operation and does not wait for it.
    pub(crate) async fn begin(&self, path: &str, body: &Value) -> reqwest::Response {
        client::begin(self.address, &self.token, path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    /// What is no JSON, with its head.
    pub(crate) async fn raw(&self, path: &str) -> reqwest::Response {
        self.raw_with(path, &[]).await
    }

    pub(crate) async fn raw_with(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        client::raw(self.address, &self.token, path, headers).await
    }

    /// A page of ours: where it stands in the end, and its text.
    pub(crate) async fn page(&self, path: &str) -> (String, String) {
        self.browse(path, None).await
    }

    /// What a form leads to.
    pub(crate) async fn submit(&self, path: &str, form: &str) -> (String, String) {
        self.browse(path, Some(form)).await
    }

    async fn browse(&self, path: &str, form: Option<&str>) -> (String, String) {
        let response = client::browse(self.address, &self.token, path, form).await;
        let place = response.url().path().to_owned();
        (place, response.text().await.unwrap())
    }

    /// A page that shows that something is under way, as it is when that is done.
    pub(crate) async fn until_done(&self, place: String, page: String) -> (String, String) {
        let mut now = (place, page);
        eventually("what a page waits for is done", async || {
            let done = !now.1.contains("data-refresh");
            if !done {
                now = self.page(&now.0).await;
            }
            done
        })
        .await;
        now
    }

    /// What is no JSON, to its end.
    pub(crate) async fn get_bytes(&self, path: &str) -> Vec<u8> {
        let response = self.raw(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn post(&self, path: &str, body: Option<Value>) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// Asks for a run; its id.
    pub(crate) async fn run(&self, path: &str) -> String {
        let asked = self.post(path, None).await;
        assert_eq!(asked.status, 202, "{path}: {}", asked.json());
        asked.json()["run"].as_str().unwrap().to_owned()
    }

    /// Whom a run is about, and what it did to them; 200 at most.
    pub(crate) async fn identities(&self, run: &str) -> Vec<Value> {
        let path = format!("/integration_sync_logs/{run}/identities?limit=200");
        self.get(&path).await["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        client::ask(self.address, &self.token, method, path, body.as_ref()).await
    }
}
