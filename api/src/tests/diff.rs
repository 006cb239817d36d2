//! How two scenarios differ, page by page, with what caused each side.

use axum::http::Method;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event};
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::subject::{self, Subject};
use rollcall_domain::tenant::Plan;
use rollcall_domain::unit::{self, Unit};
use rollcall_store::{Cause, Expected};
use serde_json::{Value as Json, json};

use super::Home;
use super::by_hand::Desk;
use super::people::SOON;

/// A scenario that is a copy of the desk's, made by hand: `{id}-2` for everybody and every unit.
pub(super) async fn copied<'a>(desk: &Desk<'a>, copy: &str) -> Desk<'a> {
    let create = || scenario::Command::Create {
        scenario: copy.to_owned(),
        kind: scenario::Kind::Scenario,
        name: copy.to_owned(),
        copied_from: Some(desk.scenario.clone()),
    };
    let (store, cause) = (&desk.home.store, Cause::by("engine"));
    for ready in [false, true] {
        let command = || if ready { scenario::Command::MarkReady } else { create() };
        let made =
            rollcall_commands::handle::<Scenario>(store, &desk.tenant, copy, command, &cause);
        made.await.unwrap();
    }
    desk.home.projections.settle(SOON).await.unwrap();
    let db = desk.home.projections.db();
    let there = |id: &String| format!("{id}-{copy}");
    for row in rollcall_projections::units::all(db, &desk.tenant, &desk.scenario).await.unwrap() {
        let created = unit::Event::Created {
            unit: there(&row.unit),
            scenario: copy.to_owned(),
            kind: unit::Kind::parse(&row.kind).unwrap(),
            name: row.name,
            source: None,
            source_key: None,
            copied_from: Some(row.unit.clone()),
            parent: None,
        };
        let events = written(&[created], None);
        desk.append(Unit::stream(&there(&row.unit)), Expected::NoStream, events).await;
    }
    for row in rollcall_projections::actors::by_id(db, &desk.tenant, &desk.scenario, None, 1_000)
        .await
        .unwrap()
    {
        let mut fields = row.fields();
        for (field, value) in &mut fields {
            use rollcall_domain::field::{Field, Value};
            match (field, &value) {
                (Field::Departments, Value::List(ids)) => {
                    *value = Value::List(ids.iter().map(there).collect());
                }
                (Field::Manager, Value::Text(id)) => *value = Value::Text(there(id)),
                (_, _) => {}
            }
        }
        let (id, subject) = (there(&row.actor), row.subject.clone());
        let mut created =
            Event::created(id.clone(), copy.into(), subject, None, None, row.active, fields);
        if let Event::Created { copied_from, .. } = &mut created {
            *copied_from = Some(row.actor.clone());
        }
        let events = written(&[created], Some(&row.subject));
        desk.append(Actor::stream(&id), Expected::NoStream, events).await;
    }
    Desk { home: desk.home, tenant: desk.tenant.clone(), scenario: copy.to_owned() }
}

async fn diff(here: &Desk<'_>, there: &Desk<'_>) -> Vec<Json> {
    let answer = here.read(&format!("/diff?with={}", there.scenario)).await;
    assert_eq!(answer["next_cursor"], Json::Null);
    answer["data"].as_array().unwrap().clone()
}

/// Who changed how, and which fields where.
type Told = (String, String, Vec<(String, String)>);

fn told(entries: &[Json]) -> Vec<Told> {
    let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
    let one = |entry: &Json| {
        let fields = entry["fields"].as_array().unwrap().iter();
        let fields = fields.map(|one| (text(&one["field"]), text(&one["changed_in"]))).collect();
        let side = if entry["here"].is_null() { "there" } else { "here" };
        (text(&entry["change"]), text(&entry[side]["name"]), fields)
    };
    entries.iter().map(one).collect()
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[tokio::test]
async fn a_copy_differs_in_what_was_changed_since_and_says_where() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let engines = live.make("/departments", json!({"name": "Engines"})).await;
    let sales = live.make("/departments", json!({"name": "Sales"})).await;
    let boss = live.make("/actors", json!({"first_name": "Boss"})).await;
    let ada =
        json!({"first_name": "Ada", "job_title": "SRE", "departments": [engines], "manager": boss});
    let ada = live.make("/actors", ada).await;
    let plan = copied(&live, "plan").await;
    assert!(diff(&plan, &live).await.is_empty(), "a fresh copy is the same");
    assert!(diff(&live, &live).await.is_empty());

    live.edit(&format!("/actors/{ada}"), json!({"job_title": "CTO"})).await;
    let in_plan =
        json!({"job_title": "CFO", "departments": [format!("{sales}-plan")], "manager": null});
    let edited = plan.edit(&format!("/actors/{ada}-plan"), in_plan).await;
    assert_eq!(edited.status, 204, "{}", edited.json());
    live.edit(&format!("/actors/{boss}"), json!({"phone": "1"})).await;
    plan.make("/actors", json!({"first_name": "New"})).await;
    live.make("/actors", json!({"first_name": "Later"})).await;
    plan.edit(&format!("/departments/{sales}-plan"), json!({"name": "Revenue"})).await;

    let entries = diff(&plan, &live).await;

    let shown = told(&entries);
    let changed = |name: &str| shown.iter().find(|one| one.1 == name).unwrap().clone();
    assert_eq!(changed("Revenue").2, pairs(&[("name", "here")]));
    let ada_fields = pairs(&[("departments", "here"), ("job_title", "both"), ("manager", "here")]);
    assert_eq!(changed("Ada"), ("changed".into(), "Ada".into(), ada_fields));
    assert_eq!(changed("Boss").2, pairs(&[("phone", "there")]));
    assert_eq!((changed("New").0, changed("Later").0), ("added".into(), "removed".into()));
    assert_eq!(shown.len(), 5, "{shown:?}");

    let entry = entries.iter().find(|one| one["here"]["name"] == "Ada").unwrap();
    both_sides_are_told(entry, &boss, [&engines, &sales]);

    let back = told(&diff(&live, &plan).await);
    let ada_fields =
        pairs(&[("departments", "there"), ("job_title", "both"), ("manager", "there")]);
    assert!(back.contains(&("changed".into(), "Ada".into(), ada_fields)), "{back:?}");
    followers.stop().await;
}

/// What differs of Ada, with names, causes and what both sides began with.
fn both_sides_are_told(entry: &Json, boss: &str, [engines, sales]: [&str; 2]) {
    assert_eq!(entry["kind"], "person");
    let field = |name: &str| {
        let all = entry["fields"].as_array().unwrap();
        all.iter().find(|one| one["field"] == name).unwrap().clone()
    };
    let title = field("job_title");
    assert_eq!(
        [&title["here"]["value"], &title["base"], &title["conflict"]],
        [&json!("CFO"), &json!("SRE"), &json!(true)]
    );
    let cause = &title["there"]["cause"];
    assert_eq!(
        [&cause["type"], &cause["principal"], &cause["run"]],
        [&json!("actor.fields_changed"), &json!("cli"), &Json::Null]
    );
    let department = field("departments");
    let named = |id: &str, name: &str| json!([{"id": id, "name": name}]);
    assert_eq!(department["here"]["value"], named(&format!("{sales}-plan"), "Revenue"));
    assert_eq!(department["there"]["value"], named(engines, "Engines"));
    assert_eq!(department["base"], named(&format!("{engines}-plan"), "Engines"));
    let there = &department["there"]["cause"];
    assert_eq!((&there["type"], &there["run"]), (&json!("actor.created"), &Json::Null));
    let manager = field("manager");
    assert_eq!(manager["here"]["value"], Json::Null);
    assert_eq!(manager["there"]["value"], json!({"id": boss, "name": "Boss"}));
    assert_eq!(manager["base"], json!({"id": format!("{boss}-plan"), "name": "Boss"}));
}

#[tokio::test]
async fn two_copies_of_one_origin_are_compared_with_what_they_began_with() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let ada = live.make("/actors", json!({"first_name": "Ada", "job_title": "SRE"})).await;
    let early = copied(&live, "early").await;
    live.edit(&format!("/actors/{ada}"), json!({"phone": "1"})).await;
    let late = copied(&live, "late").await;
    early.edit(&format!("/actors/{ada}-early"), json!({"job_title": "CTO"})).await;

    let entries = diff(&early, &late).await;

    let fields = pairs(&[("job_title", "here"), ("phone", "there")]);
    assert_eq!(told(&entries), [("changed".into(), "Ada".into(), fields)]);
    assert_eq!(entries[0]["fields"][0]["base"], "SRE");
    assert_eq!(entries[0]["fields"][1]["base"], Json::Null);
    followers.stop().await;
}

#[tokio::test]
async fn who_was_erased_is_told_to_be_erased_and_nothing_else() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let ada = live.make("/actors", json!({"first_name": "Ada", "job_title": "SRE"})).await;
    let plan = copied(&live, "plan").await;
    live.edit(&format!("/actors/{ada}"), json!({"job_title": "CTO"})).await;
    let stored = home.store.read_stream(&live.tenant, &Actor::stream(&ada), 0).await.unwrap();
    let subject = stored[0].subject.as_deref().unwrap().to_owned();
    home.store.erase(&live.tenant, &subject).await.unwrap();
    let erased = written(&[subject::Event::Erased { subject: subject.clone() }], None);
    live.append(Subject::stream(&subject), Expected::NoStream, erased).await;

    let entries = diff(&plan, &live).await;

    assert_eq!(entries.len(), 1);
    let expected = json!({
        "kind": "person", "change": "changed", "erased": true,
        "here": {"id": format!("{ada}-plan"), "name": null, "created": null},
        "there": {"id": ada, "name": null, "created": null},
        "fields": [],
    });
    assert_eq!(entries[0], expected);
    followers.stop().await;
}

#[tokio::test]
async fn a_diff_comes_page_by_page() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let plan = copied(&live, "plan").await;
    for n in 0..3 {
        live.make("/departments", json!({"name": format!("D{n}")})).await;
        live.make("/actors", json!({"first_name": format!("Live {n}")})).await;
        plan.make("/actors", json!({"first_name": format!("Plan {n}")})).await;
    }

    for limit in [1, 2, 4, 9, 200] {
        let (mut names, mut cursor) = (vec![], String::new());
        for _ in 0..20 {
            let path = format!("/diff?with={}&limit={limit}{cursor}", live.scenario);
            let page = plan.read(&path).await;
            let rows = page["data"].as_array().unwrap();
            assert!(rows.len() <= limit, "{limit}");
            names.extend(told(rows).into_iter().map(|one| format!("{} {}", one.0, one.1)));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let expected = [
            "removed D0",
            "removed D1",
            "removed D2",
            "added Plan 0",
            "added Plan 1",
            "added Plan 2",
            "removed Live 0",
            "removed Live 1",
            "removed Live 2",
        ];
        // Ids that were made in one millisecond are in no order.
        for kind in [0..3, 3..6, 6..9] {
            names[kind].sort();
        }
        assert_eq!(names, expected, "{limit}");
    }
    followers.stop().await;
}

#[tokio::test]
async fn a_diff_is_with_a_scenario_of_the_same_tenant() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let other = home.tenant("other", Plan::Business).await;
    home.projections.settle(SOON).await.unwrap();
    let scenarios = home.ask(Method::GET, "/scenarios", "other", None).await.json();
    let foreign = scenarios["data"][0]["id"].as_str().unwrap().to_owned();
    assert!(!other.is_empty());

    for (query, status) in [
        (format!("?with={foreign}"), 404),
        ("?with=x".to_owned(), 404),
        ("".to_owned(), 422),
        (format!("?with={}&cursor=x", live.scenario), 422),
        (format!("?with={}&limit=0", live.scenario), 422),
    ] {
        let refused = live.ask(Method::GET, &format!("/diff{query}"), None).await;
        assert_eq!(refused.problem().0, status, "{query}");
    }
    followers.stop().await;
}
