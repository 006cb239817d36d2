//! Random histories of what people steer: a preview is what is done, an undo restores what was before,
//! and by no path too many leave unseen.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rollcall_domain::field::Fields;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::Handle;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_preview_is_what_is_done_and_an_undo_restores_what_was,
    by_no_path_too_many_leave_unseen,
);

const ROUNDS: u64 = 4;
/// Of so many people, more than twelve who leave within a day are too many.
const PEOPLE: usize = 40;
const MOST: usize = 12;

type Faces = BTreeMap<String, (bool, bool, Fields)>;
/// By source id: what is done to somebody, and what each field becomes.
type Deeds = BTreeMap<String, (String, BTreeMap<String, Value>)>;

/// Another history on each database.
fn random(place: &Place) -> StdRng {
    StdRng::seed_from_u64(if place.is_postgres() { 11 } else { 7 })
}

async fn faces(stage: &Stage) -> Faces {
    let people = everybody(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    let face = |one: &rollcall_projections::actors::Actor| (one.active, one.synced, one.fields());
    people.iter().map(|one| (one.source_id.clone().unwrap(), face(one))).collect()
}

fn active(company: &Handle) -> Vec<u64> {
    theirs(company).keys().map(|id| id.parse().unwrap()).collect()
}

/// Hires, changes and managers at random, and one who leaves; nobody tells us.
fn much_happens(random: &mut StdRng, company: &Handle, round: u64) {
    for number in 0..random.random_range(0..3) {
        let name = format!("Hire {round} {number}");
        company.hire([("firstName", name.as_str()), ("lastName", "Late")]).unwrap();
    }
    let people = active(company);
    for number in 0..random.random_range(1..6) {
        let whom = *people.choose(random).unwrap();
        let field = *["firstName", "lastName", "jobTitle"].choose(random).unwrap();
        company.update(whom, [(field, format!("{field} {round} {number}"))]).unwrap();
    }
    let leaver = *people.choose(random).unwrap();
    company.terminate(leaver, company.clock().date_naive()).unwrap();
}

/// Of rows of a plan or of a run, those that change somebody.
fn deeds(rows: &Value) -> Deeds {
    let word = |action: &str| match action {
        "create" | "created" => Some("create"),
        "update" | "updated" => Some("update"),
        "deactivate" | "deactivated" => Some("deactivate"),
        "reactivate" | "reactivated" => Some("reactivate"),
        _ => None,
    };
    let mut deeds = Deeds::new();
    for row in rows["data"].as_array().unwrap() {
        let Some(word) = word(row["action"].as_str().unwrap()) else { continue };
        let fields = row["fields"].as_array().unwrap().iter();
        let fields =
            fields.map(|one| (one["field"].as_str().unwrap().to_owned(), one["new"].clone()));
        let id = row["source_hris_id"].as_str().unwrap().to_owned();
        assert!(deeds.insert(id, (word.to_owned(), fields.collect())).is_none(), "{rows}");
    }
    deeds
}

async fn previewed_and_applied(stage: &Stage, desk: &Desk) -> (String, Deeds) {
    let path = format!("/integrations/{}", stage.connection);
    let before = stage.head().await;
    let answer = desk.post(&format!("{path}/preview"), None).await.json();
    assert_eq!(stage.head().await, before, "a preview writes no event");
    let plan = format!("{path}/plans/{}", answer["result"]["hash"].as_str().unwrap());
    let shown = deeds(&desk.get(&format!("{plan}?limit=200")).await);
    let run = desk.run(&format!("{plan}/apply")).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&run).await.status, "succeeded");
    let path = format!("/integration_sync_logs/{run}/identities?limit=200");
    assert_eq!(deeds(&desk.get(&path).await), shown);
    (run, shown)
}

async fn taken_back(stage: &Stage, desk: &Desk, run: &str) -> String {
    let undo = desk.run(&format!("/integration_sync_logs/{run}/undo")).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&undo).await.status, "succeeded");
    undo
}

async fn a_preview_is_what_is_done_and_an_undo_restores_what_was(place: Place) {
    let mut random = random(&place);
    let stage = Stage::synced(place, PEOPLE).await;
    let (desk, company) = (Desk::of(&stage).await, stage.provider.company());
    company.change_faults(|faults| faults.reorder_deliveries = true);
    for round in 0..ROUNDS {
        let before = faces(&stage).await;
        much_happens(&mut random, &company, round);
        let (run, deeds) = previewed_and_applied(&stage, &desk).await;
        let done = faces(&stage).await;

        let undo = taken_back(&stage, &desk, &run).await;

        let mut restored = faces(&stage).await;
        for (created, _) in deeds.iter().filter(|(_, (action, _))| action == "create") {
            assert!(!restored.remove(created).unwrap().0, "{created} is active after the undo");
        }
        assert_eq!(restored, before, "round {round}");
        // And nothing does it again by itself: whoever was touched is on hold.
        let next = stage.ask_for(RunKind::Reconcile).await;
        stage.settle_all_but_held_back().await;
        let next = stage.run(&next).await;
        assert_eq!((next.counts.created, next.counts.updated, next.counts.deactivated), (0, 0, 0));
        taken_back(&stage, &desk, &undo).await;
        assert_eq!(faces(&stage).await, done, "round {round}");
    }
    company.set_faults(Default::default());
    stage.sync(RunKind::Reconcile).await;
    let ours = ours(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
    assert_equal(&ours, &theirs(&company));
    stage.projections_hold().await;
}

/// How the leavers come to be known: one after the other, some at a time, or all of them.
async fn they_leave(stage: &Stage, random: &mut StdRng, mut leavers: Vec<u64>) -> BTreeSet<String> {
    let company = stage.provider.company();
    let mut runs = BTreeSet::new();
    while !leavers.is_empty() {
        let some = leavers.split_off(leavers.len() - random.random_range(1..=leavers.len()));
        let told = random.random_bool(0.5);
        company.change_faults(|faults| faults.reorder_deliveries = !told);
        for id in some {
            company.terminate(id, company.clock().date_naive()).unwrap();
        }
        if told {
            stage.settle().await;
        } else {
            stage.ask_for(RunKind::Reconcile).await;
            stage.settle_all_but_held_back().await;
        }
        runs.extend(stage.runs().await.into_iter().map(|run| run.run));
    }
    runs
}

async fn by_no_path_too_many_leave_unseen(place: Place) {
    let mut random = random(&place);
    let stage = Stage::synced(place, PEOPLE).await;
    let desk = Desk::of(&stage).await;
    let before = stage.head().await;
    let mut people = active(&stage.provider.company());
    people.shuffle(&mut random);
    let leavers = people.split_off(people.len() / 2);
    assert!(leavers.len() > MOST);

    let runs = they_leave(&stage, &mut random, leavers).await;

    let gone = stage.count("actor.deactivated", before).await;
    assert!(gone <= MOST, "{gone} left unseen");
    let held = {
        let mut held = vec![];
        for run in &runs {
            held.push(stage.run(run).await.status == "held");
        }
        held.into_iter().filter(|held| *held).count()
    };
    assert!(held > 0, "nothing waits for a person");
    // Nobody at all is too many as well, however many are left.
    stage.provider.company().change_faults(|faults| faults.empty_report = true);
    let empty = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&empty).await.status, "held");
    assert_eq!(stage.count("actor.deactivated", before).await, gone);
    let reject = format!("/integration_sync_logs/{empty}/reject");
    assert_eq!(desk.post(&reject, Some(json!({}))).await.status, 204);
    assert_eq!(stage.count("actor.deactivated", before).await, gone);
}
