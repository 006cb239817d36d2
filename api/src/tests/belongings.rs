//! A tenant that has something of everything, and whoever belongs to it.

use axum::http::Method;
use rollcall_commands::{
    NewUser, Pushed, Pushing, accept_push, change_members, handle, load, register_user,
};
use rollcall_domain::access::Role;
use rollcall_domain::connection::Connection;
use rollcall_domain::members::{self, By};
use rollcall_domain::notification::{Command, Notification, Raised};
use rollcall_domain::receipt::Verdict;
use rollcall_store::{Cause, NewDelivery};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::Home;
use super::foreign::{Steered, park};
use super::people::SOON;
use crate::client::Client;

/// One of everything there is in a tenant, by where its id stands in paths.
pub(super) struct Ids(pub(super) Vec<(&'static str, String)>);

impl Ids {
    pub(super) async fn of_acme(home: &Home) -> Ids {
        let steered = Steered::new(home).await;
        let scenarios = home.ask(Method::GET, "/scenarios", "acme", None).await.json();
        let scenario = scenarios["data"][0]["id"].as_str().unwrap().to_owned();
        let made = async |path: &str, body: Value| {
            let path = format!("/scenarios/{scenario}/{path}");
            let made = home.ask(Method::POST, &path, "acme", Some(body)).await;
            made.json()["id"].as_str().unwrap().to_owned()
        };
        let actor = made("actors", json!({ "first_name": "Ada", "last_name": "Example" })).await;
        let department = made("departments", json!({ "name": "Research" })).await;
        let token = json!({ "name": "old", "scopes": ["read"] });
        let token = home.ask(Method::POST, "/tokens", "acme", Some(token)).await.json();
        let tenant = home.store.tenant("acme").await.unwrap().unwrap().id;
        let user = member(home, &tenant, Role::Viewer, "member@example.com").await;
        let (session, _) = session(home, &tenant, &user).await;
        let asked = json!({ "email": "guest@example.com", "role": "viewer" });
        let invited = home.ask(Method::POST, "/invitations", "acme", Some(asked)).await.json();
        let (endpoint, delivery) = endpoint(home, &tenant).await;
        let (pushed, key, request) = pushed_to(home, &tenant).await;
        home.projections.settle(SOON).await.unwrap();
        let events = home.ask(Method::GET, "/audit_events", "acme", None).await.json();
        Ids(vec![
            ("{position}", events["data"][0]["position"].as_str().unwrap().to_owned()),
            ("{section}", "schedule".to_owned()),
            ("{fingerprint}", "0011223344".to_owned()),
            ("{user}", user.clone()),
            ("{session}", session),
            ("{invitation}", invited["id"].as_str().unwrap().to_owned()),
            ("{file}", "rollcall.css".to_owned()),
            ("{integration}", steered.connection),
            ("{run}", steered.run),
            ("{receipt}", steered.receipt),
            ("{hash}", steered.hash),
            ("{operation}", steered.operation),
            ("{id}", steered.parked),
            ("{scenario}", scenario),
            ("{actor}", actor),
            ("{department}", department),
            ("{token}", token["id"].as_str().unwrap().to_owned()),
            ("{tenant}", "acme".to_owned()),
            ("{name}", "actors".to_owned()),
            ("{webhook}", "1".to_owned()),
            ("{notification}", told(home, &tenant, &user).await),
            ("{endpoint}", endpoint),
            ("{delivery}", delivery),
            ("{hris_webhook}", pushed),
            ("{key}", key),
            ("{request}", request),
        ])
    }

    pub(super) fn set(&mut self, name: &'static str, id: String) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, id));
    }

    /// A path with these ids in it.
    pub(super) fn fill(&self, path: &str) -> String {
        self.0.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    }
}

/// An endpoint that people are posted to, its key's fingerprint, and a request to it.
async fn pushed_to(home: &Home, tenant: &str) -> (String, String, String) {
    let made = home.ask(Method::POST, "/hris_webhooks", "acme", Some(json!({}))).await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    let known = load::<Connection>(&home.store, tenant, &id).await.unwrap().state.known.unwrap();
    let pushed = Pushed {
        tenant: tenant.into(),
        connection: id.clone(),
        body: br#"{"users":[]}"#.to_vec(),
        content_type: "application/json".to_owned(),
        headers: vec![],
        people: 0,
        subjects: vec![],
        verdict: Verdict::Test,
        configuration: "1".to_owned(),
        idempotency_key: None,
        at: home.store.clock().now(),
    };
    let taken = accept_push(&home.store, pushed, async |_| Ok(false)).await.unwrap();
    let Pushing::New { receipt, .. } = taken else { panic!("it is new") };
    (id, known.secrets[0].fingerprint.clone(), receipt)
}

/// An outbound endpoint, and a message to it.
async fn endpoint(home: &Home, tenant: &str) -> (String, String) {
    let new = json!({
        "name": "Made up",
        "url": "https://hooks.example/",
        "events": ["connector_synced"],
    });
    let made = home.ask(Method::POST, "/webhooks", "acme", Some(new)).await.json();
    let endpoint = made["id"].as_str().unwrap().to_owned();
    let delivery = NewDelivery {
        id: ulid::Ulid::generate().to_string(),
        endpoint: endpoint.clone(),
        message: "msg_1".to_owned(),
        kind: "connector_synced".to_owned(),
        order_key: "connection/1".to_owned(),
        position: 1,
        part: 0,
        run: None,
        subject: None,
    };
    let id = delivery.id.clone();
    let now = home.store.clock().now();
    home.store.add_deliveries(tenant, &[delivery], now).await.unwrap();
    (endpoint, id)
}

/// Somebody who belongs to a tenant; their id.
pub(super) async fn member(home: &Home, tenant: &str, role: Role, email: &str) -> String {
    let id = ulid::Ulid::generate().to_string();
    let hash = SecretString::from("nobody knows the password");
    let new = NewUser { id: id.clone(), email: email.to_owned(), name: "Made Up".to_owned(), hash };
    let cause = Cause::by("cli");
    register_user(&home.store, &new, &cause).await.unwrap();
    let join = members::Command::Join { user: id.clone(), role, address: None, by: By::Operator };
    change_members(&home.store, tenant, join, &cause).await.unwrap();
    home.app.members.forget();
    home.app.users.forget();
    id
}

/// A notification that they were told, as if they had been an owner then; its id.
pub(super) async fn told(home: &Home, tenant: &str, user: &str) -> String {
    let id = ulid::Ulid::generate().to_string();
    let raised: Raised = serde_json::from_value(json!({
        "notification": id, "kind": "integration.failed", "code": "authentication",
        "recipients": [user],
    }))
    .unwrap();
    let raise = || Command::Raise(Box::new(raised.clone()));
    let cause = Cause::by("engine");
    handle::<Notification>(&home.store, tenant, &id, raise, &cause).await.unwrap();
    id
}

/// A session of theirs: its id, and what its cookie holds.
pub(super) async fn session(home: &Home, tenant: &str, user: &str) -> (String, String) {
    let known = crate::sessions::user(&home.app, user).await.unwrap().unwrap();
    let client = Client { address: None, agent: String::new(), device: None };
    let (credential, place) = (known.credential.unwrap(), Some(tenant.to_owned()));
    let (row, secret) =
        crate::sessions::begin(&home.app, user, &credential, place, &client).await.unwrap();
    (row.id, secret.expose_secret().to_owned())
}

/// Makes anew what a route may take away from those that follow.
pub(super) async fn renew(home: &Home, ids: &mut Ids, method: &Method, path: &str) {
    let tenant = home.store.tenant("acme").await.unwrap().unwrap().id;
    if path.contains("/parked/{id}/") {
        ids.set("{id}", park(home, &tenant).await);
    }
    if path.contains("{endpoint}") {
        let (made, delivery) = endpoint(home, &tenant).await;
        ids.set("{endpoint}", made);
        ids.set("{delivery}", delivery);
        home.projections.settle(SOON).await.unwrap();
    }
    if path.contains("{user}") {
        let email = format!("{}@example.com", ulid::Ulid::generate());
        ids.set("{user}", member(home, &tenant, Role::Viewer, &email).await);
    }
    if path.contains("{invitation}") {
        let asked = json!({ "email": "guest@example.com", "role": "viewer" });
        let made = home.ask(Method::POST, "/invitations", "acme", Some(asked)).await.json();
        let link = made["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let by_id = *method == Method::DELETE || path.ends_with("/revoke");
        let id = made["id"].as_str().unwrap().to_owned();
        ids.set("{invitation}", if by_id { id } else { link });
    }
}
