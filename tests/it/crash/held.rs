//! A server that dies around a plan that waits for a person: while it holds it, and while it applies
//! what somebody approved.

use rollcall_commands::{RunRequest, Runs};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{RunKind, Trigger};
use rollcall_store::{Cause, Store};

use super::scene::Scene;
use super::server::Server;
use crate::place::{Place, on_both_databases};
use crate::roster::theirs;

on_both_databases!(
    before_a_plan_is_held_and_before_it_is_applied,
    after_a_plan_is_held_and_in_the_middle_of_it,
    after_the_approval_and_before_the_end,
);

const PEOPLE: usize = 60;
/// Each is a batch of its own.
const TARGETS: usize = 2;
const STAY: usize = 8;

async fn before_a_plan_is_held_and_before_it_is_applied(place: Place) {
    is_held_once_and_applied_once(place, "hold.before_held:1", "apply.before_batch:1").await;
}

async fn after_a_plan_is_held_and_in_the_middle_of_it(place: Place) {
    is_held_once_and_applied_once(place, "work.before_settle:1", "apply.after_batch:1").await;
}

async fn after_the_approval_and_before_the_end(place: Place) {
    is_held_once_and_applied_once(place, "log.after_commit:2", "apply.before_finish:1").await;
}

async fn is_held_once_and_applied_once(place: Place, holding: &str, applying: &str) {
    let scene = Scene::with_targets(place, PEOPLE, TARGETS).await;
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.settle().await;
    server.stop().await;
    let company = scene.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    let today = company.clock().date_naive();
    let leavers: Vec<u64> =
        theirs(&company).keys().skip(STAY).map(|id| id.parse().unwrap()).collect();
    for id in &leavers {
        company.terminate(*id, today).unwrap();
    }
    let (tenant, runs, test) = (scene.tenant(), Runs::default(), Cause::by("test"));
    let request = RunRequest {
        run: ulid::Ulid::generate().to_string(),
        connection: scene.connection().to_owned(),
        spec: RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::Person),
        effect: None,
    };
    let run = scene.alone(async |store| runs.request(store, tenant, &request, &test).await).await;
    let run = run.unwrap().unwrap();

    dies_and_goes_on(&scene, holding).await;
    let left = scene.alone(async |store| happened(store, tenant).await).await;
    assert_eq!(left, ["run.held"]);
    let approved =
        scene.alone(async |store| runs.approve(store, tenant, &run, None, None, &test).await).await;
    approved.unwrap();
    dies_and_goes_on(&scene, applying).await;

    let left = scene.alone(async |store| happened(store, tenant).await).await;
    let (decided, done) = left.split_at(2);
    assert_eq!(decided, ["run.held", "run.approved"]);
    assert_eq!(done, vec!["actor.deactivated"; TARGETS * leavers.len()]);
    company.set_faults(Default::default());
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.settle().await;
    server.stop().await;
    scene.holds().await;
}

/// A server dies at the point; the next one does what is left.
async fn dies_and_goes_on(scene: &Scene, failpoint: &str) {
    Server::start(&scene.place, scene.port, Some(failpoint)).await.dies().await;
    let server = Server::start(&scene.place, scene.port, None).await;
    scene.work_ends().await;
    server.stop().await;
}

/// What became of the plan and of those who leave, in order.
async fn happened(store: &Store, tenant: &str) -> Vec<String> {
    let shard = store.shard_of(tenant).await.unwrap();
    let log = store.read_shard(shard, 0, 1_000_000).await.unwrap();
    let kinds = ["run.held", "run.approved", "actor.deactivated"];
    let of_the_plan = log.iter().filter(|event| kinds.contains(&&*event.kind));
    of_the_plan.map(|event| event.kind.to_string()).collect()
}
