//! A snapshot of everybody that is posted to a node: taken in, simulated and processed, in a process of
//! its own, so that its peak memory is its alone but for the sender's copy of the body.

use std::time::{Duration, Instant};

use rollcall::Role;
use rollcall_api::tokens::{self, NewToken, Scope};
use rollcall_commands::{
    IgnoredPeople, NewHrisWebhook, NewTenant, create_hris_webhook, create_tenant,
    enable_hris_webhook, new_endpoint,
};
use rollcall_domain::connection::{HrisWebhook, ProviderSettings, Targets};
use rollcall_domain::tenant::Plan;
use rollcall_egress::{Auth, Egress, Policy, Request};
use rollcall_projections::runs::{self, Filter};
use rollcall_store::{Cause, Store};
use rollcall_workers::providers;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::child::{LOOK, PATIENCE};
use crate::database::Place;
use crate::failure::Failure;
use crate::machine::peak_mib;
use crate::node::Running;

const ROLES: [Role; 3] = [Role::Api, Role::Worker, Role::Projector];
/// More than an answer has, in bytes.
const ANSWER: u64 = 1 << 20;

/// A live endpoint, and who may post to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    tenant: String,
    webhook: String,
    path: String,
    key: String,
}

/// Times in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pushed {
    pub(crate) status: String,
    pub(crate) bytes: usize,
    /// From the first byte to the answer.
    pub(crate) answered: f64,
    /// The run, from its start to its end.
    pub(crate) processed: f64,
    /// The same body put before a person; nothing where it was applied for the first time.
    pub(crate) simulated: Option<f64>,
    /// The body alone, parsed into a tree.
    pub(crate) parsed: f64,
    pub(crate) created: u64,
    /// Of whom anything was written, the created included.
    pub(crate) changed: u64,
    pub(crate) peak_mib: f64,
}

impl Endpoint {
    pub(crate) async fn make(store: &Store) -> Result<Endpoint, Failure> {
        let (id, cause) = (|| ulid::Ulid::generate().to_string(), Cause::by("bench"));
        let (tenant, webhook, endpoint) = (id(), id(), new_endpoint());
        let new = NewTenant {
            id: tenant.clone(),
            live_baseline: id(),
            slug: "bench".to_owned(),
            name: "Bench".to_owned(),
            plan: Plan::Enterprise,
        };
        create_tenant(store, new, cause.clone()).await?;
        let new = NewHrisWebhook {
            id: webhook.clone(),
            settings: ProviderSettings::HrisWebhook(HrisWebhook::at(&endpoint)).into(),
            targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
            ignored: IgnoredPeople::default(),
        };
        let key = create_hris_webhook(store, &tenant, new, &cause).await?;
        enable_hris_webhook(store, &tenant, &webhook, &cause).await?;
        let (path, key) =
            (format!("/hriswebhook/sync/{endpoint}/"), key.expose_secret().to_owned());
        Ok(Endpoint { tenant, webhook, path, key })
    }
}

/// Everybody, in another order each turn: a body that was sent just now is not applied twice.
fn snapshot(people: usize, turn: usize) -> Vec<u8> {
    let user = |at: usize| {
        let id = (at + turn) % people;
        // The first one leads all others.
        let manager = match id {
            0 => String::new(),
            id => format!(r#""manager":{{"hris_id":"{}"}},"#, id / 8),
        };
        format!(
            r#"{{"hris_id":"{id}","employee_id":"E{id:06}","first_name":"Ada {id}","last_name":"Osei",
            "email":"p{id}@acme.example","phone_number":"+358 40 {id:07}","job_title":"Engineer {}",
            "departments":["Operations > Plant {} > Team {}"],{manager}
            "hire_date":"2021-03-{:02}","active":true,"profile_image":{{"url":"https://images.example/p/{id}.jpg"}},
            "address":"Kauppatori {id}, Turku","gender":"unspecified","location":"Turku, Finland"}}"#,
            id % 40,
            id % 20,
            id % 400,
            id % 28 + 1,
        )
    };
    let users: Vec<String> = (0..people).map(user).collect();
    format!(r#"{{"users":[{}]}}"#, users.join(",")).into_bytes()
}

pub(crate) async fn push(
    place: &Place,
    endpoint: &Endpoint,
    people: usize,
    turn: usize,
) -> Result<Pushed, Failure> {
    let running = Running::start(place, &ROLES).await?;
    let pushed = on(&running, endpoint, people, turn).await;
    running.stop().await;
    pushed
}

async fn on(
    running: &Running,
    endpoint: &Endpoint,
    people: usize,
    turn: usize,
) -> Result<Pushed, Failure> {
    running.node.projections.settle(PATIENCE).await?;
    let body = snapshot(people, turn);
    let before = ended(running, endpoint).await?.len();
    let began = Instant::now();
    let key = [("x-hris-authentication", SecretString::from(endpoint.key.clone()))];
    let answer = send(running, &endpoint.path, &key, body.clone()).await?;
    let answered = began.elapsed().as_secs_f64();
    let request = answer["request_id"].as_str().unwrap_or_default().to_owned();
    let run = loop {
        let mut all = ended(running, endpoint).await?;
        if all.len() > before {
            break all.remove(0);
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::new("a push was not processed"));
        }
        tokio::time::sleep(LOOK).await;
    };
    let peak_mib = peak_mib()?;
    let simulated = match turn {
        0 => None,
        _ => Some(simulate(running, endpoint, &request).await?),
    };
    let began = Instant::now();
    let tree: Json = serde_json::from_slice(&body)?;
    let parsed = began.elapsed().as_secs_f64();
    drop(tree);
    let counts = &run.counts;
    Ok(Pushed {
        bytes: body.len(),
        answered,
        processed: run.duration().map_or(0.0, |took| took.as_seconds_f64()),
        simulated,
        parsed,
        created: counts.created,
        changed: counts.created + counts.updated + counts.unsynced + counts.reactivated,
        status: run.status,
        peak_mib,
    })
}

/// The runs that are over, newest first.
async fn ended(running: &Running, endpoint: &Endpoint) -> Result<Vec<runs::Run>, Failure> {
    let (db, all) = (running.node.projections.db(), Filter::default());
    let mut found = runs::list(db, &endpoint.tenant, &all, None, 100).await?.rows;
    found.retain(|run| run.finished_at.is_some());
    Ok(found)
}

async fn simulate(running: &Running, endpoint: &Endpoint, request: &str) -> Result<f64, Failure> {
    let new = NewToken {
        tenant: Some(endpoint.tenant.clone()),
        name: "bench".to_owned(),
        scopes: vec![Scope::Manage],
        expires_at: None,
        created_by: None,
    };
    let (_, token) = tokens::create(&running.node.api.store, new, chrono::Utc::now()).await?;
    let path = format!("/api/v1/hris_webhooks/{}/requests/{request}/simulate", endpoint.webhook);
    let began = Instant::now();
    let call = Request::post(format!("http://{}{path}", running.address));
    let mut answer = asked(call.auth(Auth::Bearer(token.clone()))).await?;
    while answer["status"] == "running" && began.elapsed() < PATIENCE {
        let id = answer["id"].as_str().unwrap_or_default();
        let call = Request::get(format!("http://{}/api/v1/operations/{id}", running.address));
        answer = asked(call.auth(Auth::Bearer(token.clone()))).await?;
        tokio::time::sleep(LOOK).await;
    }
    match answer["status"] == "done" {
        true => Ok(began.elapsed().as_secs_f64()),
        false => Err(Failure::new(format!("a simulation ended {}", answer["status"]))),
    }
}

async fn send(
    running: &Running,
    path: &str,
    headers: &[(&str, SecretString)],
    body: Vec<u8>,
) -> Result<Json, Failure> {
    let call = Request::post(format!("http://{}{path}", running.address));
    let call = headers.iter().fold(call, |call, (name, value)| call.secret_header(name, value));
    asked(call.body("application/json", body).total_timeout(Duration::from_secs(300))).await
}

async fn asked(call: Request) -> Result<Json, Failure> {
    let loopback = Policy::permitting(["127.0.0.0/8".parse()?]);
    let response = Egress::new(providers::policy(loopback))?.send(call).await?;
    let (status, said) = (response.status(), response.bytes(ANSWER).await?);
    match status.is_success() {
        true => Ok(serde_json::from_slice(&said)?),
        false => Err(Failure::new(format!("{status}: {}", String::from_utf8_lossy(&said)))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, ROLES, on};
    use crate::database::Database;
    use crate::node::Running;

    #[tokio::test]
    async fn a_snapshot_is_applied_once_and_changes_nothing_the_second_time() {
        let directory = tempfile::tempdir().unwrap();
        let place = Database::Sqlite(directory.path().to_owned()).fresh().await.unwrap();
        let running = Running::start(&place, &ROLES).await.unwrap();
        let endpoint = Endpoint::make(&running.node.api.store).await.unwrap();

        let first = on(&running, &endpoint, 40, 0).await.unwrap();
        let again = on(&running, &endpoint, 40, 1).await.unwrap();

        assert_eq!((&*first.status, first.created, first.changed), ("succeeded", 40, 40));
        assert_eq!((&*again.status, again.changed), ("succeeded", 0));
        assert!(first.simulated.is_none() && again.simulated.is_some_and(|took| took > 0.0));
        running.stop().await;
        place.remove().await.unwrap();
    }
}
