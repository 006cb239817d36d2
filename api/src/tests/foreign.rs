//! What a person steers, of another tenant: to an admin here it is as if it were not there.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_commands::operations::{self, request_operation};
use rollcall_commands::{KeptPlan, RunRequest, keep_plan};
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::run::{RunSpec, StoredPlan};
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{Counts, RunKind, Trigger};
use rollcall_store::{Cause, Claim, Outcome};
use serde_json::json;

use super::access::compared;
use super::home::SENT;
use super::inbound::A;
use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

/// Ids of everything there is to steer, by where they stand in paths.
pub(super) struct Steered {
    token: String,
    pub(super) connection: String,
    pub(super) run: String,
    pub(super) receipt: String,
    pub(super) hash: String,
    pub(super) operation: String,
    pub(super) parked: String,
}

impl Steered {
    pub(super) async fn new(home: &Home) -> Steered {
        let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
        let token = home.token(Some(&tenant), &[Scope::Read, Scope::Manage]).await;
        let receipt = home.signed("acme", SENT, A).await.json()["receipt"].clone();
        let plan = StoredPlan::of(vec![], None, Counts::default());
        let kept = KeptPlan {
            connection: connection.clone(),
            kind: RunKind::ManualSync,
            event_type: "previewed".to_owned(),
            receipts: vec![],
            plan: plan.clone(),
            frozen: false,
            held: None,
            expires_at: chrono::Utc::now() + chrono::TimeDelta::hours(1),
        };
        keep_plan(&home.store, &tenant, &kept).await.unwrap();
        let hash = plan.hash.clone();
        let spec = RunSpec {
            plan: Some(Box::new(plan)),
            ..RunSpec::new(RunKind::ManualSync, "previewed", Trigger::Person)
        };
        let run = ulid::Ulid::generate().to_string();
        let request = RunRequest { run, connection: connection.clone(), spec, effect: None };
        let cause = Cause::by("cli");
        let run = home.app.runs.request(&home.store, &tenant, &request, &cause).await.unwrap();
        let parked = park(home, &tenant).await;
        let asked = operations::Request::PreviewUndo { run: "x".to_owned() };
        let shared = tenant.as_str().into();
        let operation = request_operation(&home.store, &shared, asked, "cli").await.unwrap();
        home.projections.settle(SOON).await.unwrap();
        let (run, receipt) = (run.unwrap(), receipt.as_str().unwrap().to_owned());
        Steered { token, connection, run, receipt, hash, operation, parked }
    }

    /// A path with the ids of what is there, and the same with ids of nothing.
    fn paths(&self, path: &str) -> (String, String) {
        let mut paths = (path.to_owned(), path.to_owned());
        for (name, id) in [
            ("{integration}", &self.connection),
            ("{run}", &self.run),
            ("{receipt}", &self.receipt),
            ("{hash}", &self.hash),
            ("{operation}", &self.operation),
            ("{parked}", &self.parked),
        ] {
            let nothing = if name == "{parked}" { "999" } else { "x" };
            paths = (paths.0.replace(name, id), paths.1.replace(name, nothing));
        }
        paths
    }
}

/// Work that was given up; its id.
pub(super) async fn park(home: &Home, tenant: &str) -> String {
    let asked = operations::Request::PreviewUndo { run: "x".to_owned() };
    request_operation(&home.store, &tenant.into(), asked, "cli").await.unwrap();
    let claim = Claim {
        kinds: &[operations::PERFORM_OPERATION],
        owner: "test",
        keys: 1,
        per_key: 1,
        lease: SOON,
        now: home.store.clock().now(),
    };
    let claimed = home.store.claim(&claim).await.unwrap().remove(0);
    let outcome = Outcome::Parked { error: "on purpose".to_owned() };
    home.store.settle(&[claimed.id], "test", &outcome).await.unwrap();
    claimed.id.to_string()
}

async fn send(home: &Home, token: &str, method: &Method, path: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("x-request-id", "same")
        .header("content-type", "application/json");
    let body = match (method, path.contains("provider_webhooks")) {
        (&Method::GET, _) => Body::empty(),
        (_, true) => Body::from(json!({ "url": "https://rollcall.example" }).to_string()),
        (_, false) => Body::from("{}"),
    };
    home.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn what_others_steer_is_answered_like_what_is_not_there() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let mine = Steered::new(&home).await;
    let other = home.tenant("other", Plan::Business).await;
    let other = home.token(Some(&other), &[Scope::Read, Scope::Manage]).await;
    let is_hidden = async |method: &Method, path: &str| {
        let (there, nowhere) = mine.paths(path);
        let foreign = send(&home, &other, method, &there).await;
        let unknown = send(&home, &other, method, &nowhere).await;
        assert_eq!(foreign.problem(), (404, "not_found".into()), "{path}");
        let same = compared(&foreign.headers) == compared(&unknown.headers);
        assert!(foreign.body == unknown.body && same, "{path}");
    };

    for path in [
        "/receipts/{receipt}/raw",
        "/receipts/{receipt}/consequences",
        "/integration_sync_logs/{run}/plan",
        "/integrations/{integration}/plans/{hash}",
        "/operations/{operation}",
        "/parked/{parked}",
    ] {
        let shown = send(&home, &mine.token, &Method::GET, &mine.paths(path).0).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.json());
        is_hidden(&Method::GET, path).await;
    }
    // What is there goes on until its run ends, or asks a provider.
    for path in [
        "/integration_sync_logs/{run}/progress",
        "/integrations/{integration}/provider_webhooks",
        "/integrations/{integration}/provider_webhooks/1",
        "/integrations/{integration}/provider_webhooks/1/log",
        "/integrations/{integration}/monitor_fields",
        "/integrations/{integration}/post_fields",
    ] {
        is_hidden(&Method::GET, path).await;
    }
    for act in ["test", "preview", "sync", "reconcile", "plans/{hash}/apply"] {
        is_hidden(&Method::POST, &format!("/integrations/{{integration}}/{act}")).await;
    }
    for act in ["provider_webhooks", "provider_webhooks/backfill"] {
        is_hidden(&Method::POST, &format!("/integrations/{{integration}}/{act}")).await;
    }
    for method in [Method::PUT, Method::DELETE] {
        is_hidden(&method, "/integrations/{integration}/provider_webhooks/1").await;
    }
    for act in ["rerun", "undo", "undo?preview=true", "cancel", "approve", "reject"] {
        is_hidden(&Method::POST, &format!("/integration_sync_logs/{{run}}/{act}")).await;
    }
    for act in ["retry", "skip"] {
        is_hidden(&Method::POST, &format!("/parked/{{parked}}/{act}")).await;
    }
    followers.stop().await;
}
