//! People by hand beside people in sync, over HTTP: what is locked, what a run leaves alone, and how
//! two scenarios differ.

use std::collections::BTreeMap;

use chrono::Utc;
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_commands::{Loaded, UnitOfWork, create_scenario, handle, load};
use rollcall_domain::actor::{self, Actor, MatchedBy};
use rollcall_domain::connection::{self, Targets};
use rollcall_domain::field::Value as Told;
use rollcall_domain::field::{Field, Fields};
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::vocabulary::RunKind;
use rollcall_store::Cause;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::client::{self, Answer};
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    people_by_hand_live_beside_synced_ones_in_every_scenario,
    synced_fields_are_locked_until_a_person_is_out_of_sync_and_brought_in_step_afterwards,
    of_two_edits_at_once_one_closes_no_cycle,
    a_manager_is_found_under_the_claim_they_were_linked_to,
    what_is_archived_or_a_snapshot_is_not_edited,
    a_company_synced_into_two_scenarios_is_the_same_in_both,
    who_was_matched_in_one_scenario_and_made_in_another_is_one_person,
    a_copy_differs_in_what_was_changed_since_and_by_whom,
);

const PLAN: &str = "01PLAN";

fn cause() -> Cause {
    Cause::by("test")
}

/// Somebody with a token who edits one scenario.
struct Editor<'a> {
    stage: &'a Stage,
    token: String,
    scenario: String,
}

impl<'a> Editor<'a> {
    async fn of(stage: &'a Stage, scenario: &str) -> Editor<'a> {
        let new = NewToken {
            tenant: Some(stage.tenant.clone()),
            name: "editor".to_owned(),
            scopes: vec![Scope::Read, Scope::Manage],
            expires_at: None,
            created_by: None,
        };
        let (_, token) = create(&stage.node.store, new, Utc::now()).await.unwrap();
        Editor { stage, token: token.expose_secret().to_owned(), scenario: scenario.to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let path = format!("/scenarios/{}{path}", self.scenario);
        client::ask(self.stage.node.address, &self.token, method, &path, body.as_ref()).await
    }

    async fn make(&self, path: &str, body: Value) -> String {
        let made = self.ask(Method::POST, path, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.json());
        made.json()["id"].as_str().unwrap().to_owned()
    }

    async fn edit(&self, person: &str, body: Value) -> Answer {
        self.ask(Method::PATCH, &format!("/actors/{person}"), Some(body)).await
    }

    async fn read(&self, path: &str) -> Value {
        self.stage.node.projections.settle(crate::place::PATIENCE).await.unwrap();
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer.json()
    }

    async fn found(&self, query: &str) -> Vec<String> {
        let page = self.read(&format!("/actors{query}")).await;
        let rows = page["data"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Field by field where it was changed, by the name of whoever differs.
    async fn diff(&self, with: &str) -> BTreeMap<String, Value> {
        let answer = self.read(&format!("/diff?with={with}&limit=200")).await;
        assert_eq!(answer["next_cursor"], Value::Null);
        let entries = answer["data"].as_array().unwrap().iter();
        let named = |entry: &Value| {
            let side = if entry["here"].is_null() { "there" } else { "here" };
            (entry[side]["name"].as_str().unwrap_or("-").to_owned(), entry.clone())
        };
        entries.map(named).collect()
    }
}

/// The actor of an employee.
async fn actor_of(stage: &Stage, source_id: &str) -> String {
    let db = stage.node.projections.db();
    let all = everybody(db, &stage.tenant, &stage.baseline).await;
    let one = all.into_iter().find(|one| one.source_id.as_deref() == Some(source_id));
    one.unwrap().actor
}

async fn plan(stage: &Stage) {
    create_scenario(&stage.node.store, &stage.tenant, PLAN, "Plan", &cause()).await.unwrap();
    stage.settle().await;
}

async fn people_by_hand_live_beside_synced_ones_in_every_scenario(place: Place) {
    let stage = Stage::synced(place, 12).await;
    plan(&stage).await;
    let boss = actor_of(&stage, "3").await;

    for (scenario, manager) in [(stage.baseline.as_str(), Some(&boss)), (PLAN, None)] {
        let editor = Editor::of(&stage, scenario).await;
        let guild = editor.make("/departments", json!({"name": "Guild of hands"})).await;
        let body = json!({"first_name": "Ada", "departments": [guild], "manager": manager});
        let ada = editor.make("/actors", body).await;
        let edited = editor.edit(&ada, json!({"job_title": "Countess", "active": false})).await;
        assert_eq!(edited.status, 204, "{}", edited.json());
        let row = editor.read(&format!("/actors/{ada}")).await;
        assert_eq!(row["departments"][0]["name"], "Guild of hands");
        assert_eq!((&row["job_title"], &row["active"]), (&json!("Countess"), &json!(false)));
        assert_eq!(row["manager"]["id"].as_str(), manager.map(String::as_str));
        assert_eq!(editor.found("?synced=false&status=inactive&q=ada").await, [ada]);
    }
    let foreign = Editor::of(&stage, PLAN).await;
    let refused = foreign.make("/actors", json!({"first_name": "Ben"})).await;
    let refused = foreign.edit(&refused, json!({"manager": boss})).await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["path"]), (422, &json!("/manager")));

    let before = stage.head().await;
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.count("run.applied", before).await, 0, "no run touches them");
    stage.projections_hold().await;
}

async fn synced_fields_are_locked_until_a_person_is_out_of_sync_and_brought_in_step_afterwards(
    place: Place,
) {
    let stage = Stage::synced(place, 12).await;
    let (editor, company) = (Editor::of(&stage, &stage.baseline).await, stage.provider.company());
    let three = actor_of(&stage, "3").await;
    let first_run = stage.runs().await.pop().unwrap().run;

    let locked = editor.edit(&three, json!({"last_name": "Byhand"})).await;
    assert_eq!((locked.status, &locked.json()["code"]), (409, &json!("synced_field")));
    let detail = locked.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(&stage.connection) && detail.contains(&first_run), "{detail}");
    let unit = editor.read("/departments").await["data"][0]["id"].as_str().unwrap().to_owned();
    let rename = json!({"name": "Renamed"});
    let locked = editor.ask(Method::PATCH, &format!("/departments/{unit}"), Some(rename)).await;
    assert_eq!((locked.status, &locked.json()["code"]), (409, &json!("synced_field")));

    let path = format!("/actors/{three}");
    assert_eq!(editor.ask(Method::POST, &format!("{path}/unsync"), None).await.status, 204);
    assert_eq!(editor.edit(&three, json!({"last_name": "Byhand"})).await.status, 204);
    company.update(3, [("lastName", "Atsource")]).unwrap();
    stage.settle().await;
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(editor.read(&path).await["last_name"], "Byhand", "they are skipped meanwhile");

    assert_eq!(editor.ask(Method::POST, &format!("{path}/resync"), None).await.status, 204);
    stage.sync(RunKind::Reconcile).await;
    assert_eq!(editor.read(&path).await["last_name"], "Atsource");
    assert_eq!(editor.edit(&three, json!({"last_name": "Byhand"})).await.status, 409);
    let db = stage.node.projections.db();
    assert_equal(&ours(db, &stage.tenant, &stage.baseline).await, &theirs(&company));
    stage.projections_hold().await;
}

async fn of_two_edits_at_once_one_closes_no_cycle(place: Place) {
    let stage = Stage::synced(place, 12).await;
    plan(&stage).await;
    let editor = Editor::of(&stage, PLAN).await;

    for round in 0..5 {
        let person = async |name: &str| {
            editor.make("/actors", json!({"first_name": format!("{name}{round}")})).await
        };
        let (a, b, c) = (person("A").await, person("B").await, person("C").await);
        assert_eq!(editor.edit(&b, json!({"manager": c})).await.status, 204);
        let (one, other) = tokio::join!(
            editor.edit(&a, json!({"manager": b})),
            editor.edit(&c, json!({"manager": a})),
        );
        let mut answers = [one.status, other.status];
        answers.sort_unstable();
        assert_eq!(answers, [204, 409], "{} {}", one.json(), other.json());
        assert_eq!(editor.edit(&a, json!({"manager": a})).await.status, 409);
    }
}

async fn a_manager_is_found_under_the_claim_they_were_linked_to(place: Place) {
    let stage = Stage::synced(place, 12).await;
    plan(&stage).await;
    let editor = Editor::of(&stage, PLAN).await;
    let boss = editor.make("/actors", json!({"first_name": "Grace"})).await;
    let (store, source) = (&stage.node.store, stage.provider.settings().source());
    let fields = Fields::from([
        (Field::FirstName, Told::from("Ada")),
        (Field::Manager, Told::from("01CLAIM")),
    ]);
    let mut unit = UnitOfWork::new(&*stage.tenant, cause());
    let ada = actor::Command::Create {
        actor: "01ADA".into(),
        scenario: PLAN.into(),
        subject: "01ADAP".into(),
        source: Some(source.clone()),
        source_id: Some("901".into()),
        active: true,
        fields,
    };
    let nobody = || Loaded::<Actor>::default();
    unit.decide_about("01ADA", &mut nobody(), ada, Some("01ADAP")).unwrap();
    let (claim, to) = ("01CLAIM".to_owned(), boss.clone());
    let link = actor::Command::LinkTo { actor: claim.clone(), scenario: PLAN.into(), to };
    let mut known: Loaded<Actor> = load(store, &stage.tenant, &boss).await.unwrap();
    let subject = known.state.known.as_ref().unwrap().subject.clone();
    let (source_id, matched_by) = ("902".to_owned(), MatchedBy::Email);
    let identify = actor::Command::Identify { source, source_id, claim: claim.clone(), matched_by };
    unit.decide(&claim, &mut nobody(), link).unwrap();
    unit.decide_about(&boss, &mut known, identify, Some(&subject)).unwrap();
    unit.commit(store).await.unwrap();
    let ben = editor.make("/actors", json!({"first_name": "Ben", "manager": boss})).await;

    assert_eq!(editor.found(&format!("?manager={boss}")).await, ["01ADA".to_owned(), ben]);
    let ada = editor.read("/actors/01ADA").await;
    assert_eq!(ada["manager"], json!({"id": boss, "name": "Grace"}));
    let above = editor.edit(&boss, json!({"manager": "01ADA"})).await;
    assert_eq!(above.status, 409, "{}", above.json());
    stage.projections_hold().await;
}

async fn what_is_archived_or_a_snapshot_is_not_edited(place: Place) {
    let stage = Stage::synced(place, 12).await;
    plan(&stage).await;
    let store = &stage.node.store;
    let snapshot = scenario::Command::Create {
        scenario: "01SNAP".into(),
        kind: scenario::Kind::Snapshot,
        name: "Then".into(),
        copied_from: Some(PLAN.into()),
    };
    for command in [snapshot, scenario::Command::MarkReady] {
        let command = || command.clone();
        handle::<Scenario>(store, &stage.tenant, "01SNAP", command, &cause()).await.unwrap();
    }
    let editor = Editor::of(&stage, PLAN).await;
    let ada = editor.make("/actors", json!({"first_name": "Ada"})).await;
    let archive = || scenario::Command::Archive;
    handle::<Scenario>(store, &stage.tenant, PLAN, archive, &cause()).await.unwrap();
    let before = stage.head().await;

    for (scenario, why) in [(PLAN, "archived"), ("01SNAP", "snapshot")] {
        let editor = Editor::of(&stage, scenario).await;
        for (method, path, body) in [
            (Method::POST, "/actors".to_owned(), json!({"first_name": "Ben"})),
            (Method::PATCH, format!("/actors/{ada}"), json!({"first_name": "Ben"})),
            (Method::POST, format!("/actors/{ada}/unsync"), json!({})),
            (Method::POST, "/departments".to_owned(), json!({"name": "New"})),
        ] {
            let refused = editor.ask(method, &path, Some(body)).await;
            assert_eq!(refused.status, 409, "{path}: {}", refused.json());
            let detail = refused.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(why), "{path}: {detail}");
        }
    }
    assert_eq!(stage.head().await, before);
}

/// Ids of people, units and managers are others there, and mean the same.
async fn a_company_synced_into_two_scenarios_is_the_same_in_both(place: Place) {
    let stage = Stage::synced(place, 30).await;
    plan(&stage).await;
    let scenarios = vec![PLAN.to_owned()];
    let targets = Targets { live_baseline: true, scenarios, all_future: false };
    stage.change(connection::Command::ChangeTargets { targets }).await;
    stage.sync(RunKind::Reconcile).await;
    let editor = Editor::of(&stage, PLAN).await;

    // Who had left before the scenario became a target is nobody there.
    let entries = editor.diff(&stage.baseline).await;
    let gone = |entry: &Value| {
        let fields = entry["fields"].as_array().unwrap();
        let active = fields.iter().find(|field| field["field"] == "active").unwrap();
        entry["change"] == "removed" && active["there"]["value"] == false
    };
    assert!(entries.values().all(gone), "{entries:?}");

    let path = format!("/actors/{}", editor.found("?limit=1").await[0]);
    editor.ask(Method::POST, &format!("{path}/unsync"), None).await;
    let edited = editor.ask(Method::PATCH, &path, Some(json!({"job_title": "Other"}))).await;
    assert_eq!(edited.status, 204);
    let differing = editor.diff(&stage.baseline).await;
    let changed: Vec<&Value> =
        differing.values().filter(|one| one["change"] == "changed").collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    let field = &changed[0]["fields"][0];
    assert_eq!((&field["field"], &field["changed_in"]), (&json!("job_title"), &Value::Null));
    assert_eq!(field["there"]["cause"]["principal"], "engine");
    assert!(field["there"]["cause"]["run"].is_string());
    let by = field["here"]["cause"]["principal"].as_str().unwrap().to_owned();
    assert!(by.starts_with("token:") && field["here"]["cause"]["run"].is_null(), "{field}");
}

/// Some of them were entered by hand and found by e-mail in one, managers among them.
async fn who_was_matched_in_one_scenario_and_made_in_another_is_one_person(place: Place) {
    let stage = Stage::synced(place, 30).await;
    plan(&stage).await;
    create_scenario(&stage.node.store, &stage.tenant, "01NEXT", "Next", &cause()).await.unwrap();
    stage.settle().await;
    let (editor, company) = (Editor::of(&stage, PLAN).await, stage.provider.company());
    let report = company.people().into_iter().find(|one| one.supervisor.is_some()).unwrap();
    let boss = report.supervisor.unwrap();
    for id in [boss, report.id] {
        let email = company.person(id).unwrap().work_email.unwrap();
        editor.make("/actors", json!({"first_name": "Hand", "email": email})).await;
    }
    let scenarios = vec![PLAN.to_owned(), "01NEXT".to_owned()];
    let targets = Targets { live_baseline: true, scenarios, all_future: false };
    stage.change(connection::Command::ChangeTargets { targets }).await;
    stage.sync(RunKind::Reconcile).await;
    let people = everybody(stage.node.projections.db(), &stage.tenant, PLAN).await;
    let linked: Vec<_> = people.iter().filter(|one| one.claim.is_some()).collect();
    assert_eq!(linked.len(), 2);
    let led = |one: &rollcall_projections::actors::Actor| {
        people.iter().any(|other| other.manager.is_some() && other.manager == one.claim)
    };
    assert!(linked.iter().any(|one| led(one)), "one of them leads somebody");

    let next = Editor::of(&stage, "01NEXT").await;
    for (here, there) in [(&editor, &next), (&next, &editor)] {
        assert_eq!(here.diff(&there.scenario).await, BTreeMap::new());
        let page = here.read(&format!("/diff?with={}&limit=1", there.scenario)).await;
        assert_eq!((&page["data"], &page["next_cursor"]), (&json!([]), &Value::Null));
    }
    company.update(boss, [("lastName", "Changed")]).unwrap();
    stage.settle().await;
    assert_eq!(next.diff(PLAN).await, BTreeMap::new());
    assert!(next.diff(&stage.baseline).await.values().all(|one| one["change"] == "removed"));
    stage.projections_hold().await;
}

async fn a_copy_differs_in_what_was_changed_since_and_by_whom(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let live = Editor::of(&stage, &stage.baseline).await;
    let ada = live.make("/actors", json!({"first_name": "Ada", "job_title": "Countess"})).await;
    let copy = json!({"name": "Merger", "copied_from": stage.baseline});
    let address = stage.node.address;
    let made = client::ask(address, &live.token, Method::POST, "/scenarios", Some(&copy)).await;
    let copy = made.json()["id"].as_str().unwrap().to_owned();
    stage.settle().await;
    let plan = Editor::of(&stage, &copy).await;
    assert!(plan.diff(&stage.baseline).await.is_empty(), "a fresh copy is the same");
    assert!(live.diff(&copy).await.is_empty());
    let there = actor_of(&stage, "3").await;
    let row = live.read(&format!("/actors/{there}")).await;
    let email = row["email"].as_str().unwrap().to_owned();
    let here = plan.found(&format!("?q={email}")).await.remove(0);

    // Nothing keeps them in sync here, so they are there to be planned with.
    let by_hand = json!({"last_name": "Plan", "phone": "+1 555 0100", "manager": null});
    assert_eq!(plan.edit(&here, by_hand).await.status, 204);
    live.edit(&ada, json!({"job_title": "Chief"})).await;
    let company = stage.provider.company();
    company.update(3, [("lastName", "Live"), ("employeeNumber", "4711")]).unwrap();
    stage.settle().await;

    let differing = plan.diff(&stage.baseline).await;
    assert_eq!(differing.len(), 2, "{differing:?}");
    assert_eq!(differing["Ada"]["fields"][0]["changed_in"], "there");
    let entry = differing.values().find(|one| one["here"]["id"] == *here).unwrap();
    assert_eq!(entry["there"]["id"], *there);
    let fields = entry["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|one| one["field"] == name).unwrap();
    let side = |name: &str| (field(name)["changed_in"].clone(), field(name)["conflict"].clone());
    assert_eq!(side("last_name"), (json!("both"), json!(true)));
    assert_eq!(side("phone"), (json!("here"), json!(false)));
    assert_eq!(side("employee_number"), (json!("there"), json!(false)));
    let run = stage.runs().await.remove(0).run;
    assert_eq!(field("last_name")["there"]["cause"]["run"].as_str(), Some(run.as_str()));
    assert_eq!(field("last_name")["base"], row["last_name"]);
    stage.projections_hold().await;

    let targets = Targets { live_baseline: true, scenarios: vec![copy], all_future: false };
    stage.change(connection::Command::ChangeTargets { targets }).await;
    stage.settle_without_waiting().await;
    let locked = plan.edit(&here, json!({"last_name": "Plan"})).await;
    assert_eq!(locked.status, 409, "changes apply here from now on");
    let row = plan.read(&format!("/actors/{here}")).await;
    assert_eq!((&row["last_name"], &row["employee_number"]), (&json!("Live"), &json!("4711")));
}
