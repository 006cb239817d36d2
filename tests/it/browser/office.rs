//! Who may sign in to a stage: members that an operator makes, one for each role.

use chrono::Utc;
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_domain::access::Role;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::client::{Answer, send};
use crate::place::PATIENCE;
use crate::stage::Stage;
use crate::visitor::PASSWORD;

/// Whoever runs the installation.
pub(super) struct Office<'a> {
    stage: &'a Stage,
    bearer: String,
}

impl Office<'_> {
    pub(super) async fn of(stage: &Stage) -> Office<'_> {
        let new = NewToken {
            tenant: None,
            name: "office".to_owned(),
            scopes: vec![Scope::Operator],
            expires_at: None,
            created_by: None,
        };
        let (_, token) = create(&stage.node.store, new, Utc::now()).await.unwrap();
        Office { stage, bearer: format!("Bearer {}", token.expose_secret()) }
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        let headers =
            [("authorization", self.bearer.as_str()), ("rollcall-tenant", &self.stage.tenant)];
        let answer = send(self.stage.node.address, method, path, &headers, Some(&body)).await;
        assert!(answer.status < 300, "{path}: {}", answer.json());
        answer
    }

    /// Somebody in this role; their address, with the usual password. An owner also runs the
    /// installation, as in the demo.
    pub(super) async fn member(&self, role: Role) -> String {
        let name = role.as_str();
        let email = format!("{name}-{}@acme.example", ulid::Ulid::generate());
        let new = json!({ "email": email, "name": format!("Robin {name}"), "password": PASSWORD });
        let made = self.ask(Method::POST, "/users", new).await.json();
        if role == Role::Owner {
            let user = format!("/users/{}", made["id"].as_str().unwrap());
            self.ask(Method::PATCH, &user, json!({ "operates": true })).await;
        }
        self.ask(Method::POST, "/members", json!({ "email": email, "role": name })).await;
        self.stage.node.projections.settle(PATIENCE).await.unwrap();
        email
    }
}
