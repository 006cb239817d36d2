//! A server that is killed while snapshots are posted to it: what was answered is applied, the latest
//! wins, and nobody is made twice however often a sender comes again.

use std::net::SocketAddr;
use std::time::Instant;

use rollcall_commands::{
    IgnoredPeople, NewHrisWebhook, NewTenant, create_hris_webhook, create_tenant,
    enable_hris_webhook, load, new_endpoint,
};
use rollcall_domain::actor::{Actor, KnownActor};
use rollcall_domain::connection::{HrisWebhook, ProviderSettings, Targets};
use rollcall_domain::field::{Field, Value};
use rollcall_domain::tenant::Plan;
use rollcall_store::{Cause, Store};
use secrecy::ExposeSecret;
use serde_json::json;

use super::scene::free_port;
use super::server::Server;
use crate::client::post;
use crate::place::{PATIENCE, Place, within};

/// More than one batch of a run, and more than one chunk of a body.
const PEOPLE: usize = 3_000;

struct Scene {
    place: Place,
    port: u16,
    tenant: String,
    path: String,
    key: String,
}

async fn survives(place: Place, failpoint: &str) {
    let scene = Scene::prepare(place).await;
    let doomed = Server::start(&scene.place, scene.port, Some(failpoint)).await;
    // Whoever is missing from the second one has left.
    let sender = scene.sends(vec![snapshot("First", PEOPLE), snapshot("Second", PEOPLE - 1)]);
    doomed.dies().await;
    scene.place.let_leases_run_out().await;

    let server = Server::start(&scene.place, scene.port, None).await;
    sender.await.unwrap();
    within(4 * PATIENCE, "nothing is left to do", async || !scene.place.is_busy().await).await;
    server.stop().await;

    let store = scene.place.reopen().await;
    let people = scene.people(&store).await;
    // Of two that wait only the second is applied: then nobody is there who is missing from it.
    let left = people.iter().filter(|one| !one.synced).count();
    assert!(left <= 1, "{left} are not synced");
    assert_eq!(people.len(), PEOPLE - 1 + left, "each is there once");
    let titled = |one: &&KnownActor| one.fields[&Field::JobTitle] == Value::from("Second");
    assert_eq!(people.iter().filter(titled).count(), PEOPLE - 1, "the latest was applied");
    assert!(people.iter().all(|one| one.active), "nobody is deactivated in the normal way");
    drop(store);
    scene.place.let_go().await;
}

fn snapshot(title: &str, people: usize) -> Vec<u8> {
    let user = |id: usize| {
        json!({
            "hris_id": id.to_string(),
            "first_name": "Ada",
            "last_name": format!("Osei {id}"),
            "email": format!("p{id}@acme.example"),
            "job_title": title,
            "departments": ["Operations > Turku plant"],
            "active": true,
        })
    };
    serde_json::to_vec(&json!({ "users": (0..people).map(user).collect::<Vec<_>>() })).unwrap()
}

impl Scene {
    /// A live endpoint, and no server yet.
    async fn prepare(place: Place) -> Scene {
        let (id, test) = (|| ulid::Ulid::generate().to_string(), Cause::by("test"));
        let (tenant, connection, endpoint) = (id(), id(), new_endpoint());
        let store = place.open().await;
        let new = NewTenant {
            id: tenant.clone(),
            live_baseline: id(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            plan: Plan::Business,
        };
        create_tenant(&store, new, test.clone()).await.unwrap();
        let new = NewHrisWebhook {
            id: connection.clone(),
            settings: ProviderSettings::HrisWebhook(HrisWebhook::at(&endpoint)).into(),
            targets: Targets { live_baseline: true, scenarios: vec![], all_future: false },
            ignored: IgnoredPeople::default(),
        };
        let key = create_hris_webhook(&store, &tenant, new, &test).await.unwrap();
        enable_hris_webhook(&store, &tenant, &connection, &test).await.unwrap();
        drop(store);
        place.let_go().await;
        let (path, key) =
            (format!("/hriswebhook/sync/{endpoint}/"), key.expose_secret().to_owned());
        Scene { place, port: free_port(), tenant, path, key }
    }

    /// One after the other, each again and again until somebody takes it.
    fn sends(&self, bodies: Vec<Vec<u8>>) -> tokio::task::JoinHandle<()> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let path = self.path.clone();
        let headers = [("x-hris-authentication", &*self.key), ("content-type", "application/json")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        tokio::spawn(async move {
            for body in bodies {
                let deadline = Instant::now() + 4 * PATIENCE;
                loop {
                    assert!(Instant::now() < deadline, "nobody takes it");
                    match post(address, &path, &headers, &body).await {
                        Ok(answer) if [200, 202].contains(&answer.status) => break,
                        Ok(answer) => assert_eq!(answer.status, 503),
                        Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                    }
                }
            }
        })
    }

    /// Everybody there is, by their streams.
    async fn people(&self, store: &Store) -> Vec<KnownActor> {
        let shard = store.shard_of(&self.tenant).await.unwrap();
        let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
        let made = log.iter().filter(|event| &*event.kind == "actor.created");
        let mut people = vec![];
        for event in made {
            let id = event.stream.strip_prefix("actor/").unwrap();
            people.extend(load::<Actor>(store, &self.tenant, id).await.unwrap().state.known);
        }
        people
    }
}

// A macro, because each point has to be a test with a name of its own.
macro_rules! points {
    ($($name:ident: $point:literal),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::survives(crate::place::Place::sqlite(), $point).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::survives(crate::place::Place::postgres(), $point).await;
            })+
        }
    };
}

points!(
    before_a_snapshot_is_stored: "push.before_append:2",
    after_a_snapshot_is_stored_before_it_is_answered: "push.after_append:2",
    after_a_reactor_commits: "reactor.after_commit:1",
    before_work_is_settled: "work.before_settle:1",
    before_a_batch_is_applied: "apply.before_batch:1",
    after_a_batch_is_applied: "apply.after_batch:2",
);
