//! People whom a source was matched with in one scenario and made in another are one in a diff.

use axum::http::Method;
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::actor::{Actor, Event, MatchedBy, Personal};
use rollcall_domain::field::Field;
use rollcall_domain::ids::Deriver;
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::tenant::Plan;
use rollcall_domain::vocabulary::{Provider, Source};
use rollcall_store::{Cause, Expected};
use serde_json::{Value as Json, json};

use super::Home;
use super::by_hand::Desk;
use super::people::SOON;

fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

/// A scenario that is empty; one that is copied stays in preparation.
async fn scenario<'a>(desk: &Desk<'a>, id: &str, copied_from: Option<&str>) -> Desk<'a> {
    let create = scenario::Command::Create {
        scenario: id.to_owned(),
        kind: scenario::Kind::Scenario,
        name: id.to_owned(),
        copied_from: copied_from.map(str::to_owned),
    };
    let (store, cause) = (&desk.home.store, Cause::by("engine"));
    let create = || create.clone();
    let made = rollcall_commands::handle::<Scenario>(store, &desk.tenant, id, create, &cause);
    made.await.unwrap();
    desk.home.projections.settle(SOON).await.unwrap();
    Desk { home: desk.home, tenant: desk.tenant.clone(), scenario: id.to_owned() }
}

async fn deriver(desk: &Desk<'_>) -> Deriver {
    Deriver::new(&desk.home.store.derivation_key(&desk.tenant).await.unwrap())
}

/// Whom a run makes of an employee where it finds nobody.
async fn synced(desk: &Desk<'_>, source_id: &str, name: &str, manager: Option<&str>) -> String {
    let deriver = deriver(desk).await;
    let id = deriver.actor(&desk.scenario, &acme(), source_id);
    let subject = deriver.subject(&acme(), source_id);
    let manager = manager.map(|manager| (Field::Manager, manager.into()));
    let fields = [(Field::FirstName, name.into())].into_iter().chain(manager).collect();
    let (scenario, source) = (desk.scenario.clone(), Some(acme()));
    let source_id = Some(source_id.to_owned());
    let event =
        Event::created(id.clone(), scenario, subject.clone(), source, source_id, true, fields);
    let events = written(&[event], Some(&subject));
    desk.append(Actor::stream(&id), Expected::NoStream, events).await;
    id
}

/// Somebody made by hand, in whom a run finds an employee; their id and their claim.
async fn matched(desk: &Desk<'_>, source_id: &str, body: Json) -> [String; 2] {
    let actor = desk.make("/actors", body).await;
    let claim = deriver(desk).await.actor(&desk.scenario, &acme(), source_id);
    let (scenario, to) = (desk.scenario.clone(), actor.clone());
    let linked = Event::LinkedTo { actor: claim.clone(), scenario: scenario.clone(), to };
    desk.append(Actor::stream(&claim), Expected::NoStream, written(&[linked], None)).await;
    let identified = Event::Identified {
        actor: actor.clone(),
        scenario,
        source: acme(),
        claim: claim.clone(),
        matched_by: MatchedBy::Email,
        old: None,
        personal: Some(Personal::Identity { old: None, new: source_id.to_owned() }),
    };
    let subject = subject(desk, &actor).await;
    let identified = written(&[identified], Some(&subject));
    desk.append(Actor::stream(&actor), Expected::Exact(1), identified).await;
    [actor, claim]
}

async fn subject(desk: &Desk<'_>, actor: &str) -> String {
    let stored = desk.home.store.read_stream(&desk.tenant, &Actor::stream(actor), 0).await.unwrap();
    stored[0].subject.as_deref().unwrap().to_owned()
}

/// Who differs how, in pages of one.
async fn diff(here: &Desk<'_>, there: &Desk<'_>) -> Vec<Json> {
    let (mut entries, mut cursor) = (vec![], String::new());
    for _ in 0..20 {
        let page = here.read(&format!("/diff?with={}&limit=1{cursor}", there.scenario)).await;
        entries.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let whole = here.read(&format!("/diff?with={}", there.scenario)).await;
    assert_eq!(whole["data"], json!(entries));
    entries
}

#[tokio::test]
async fn who_was_matched_in_one_scenario_and_made_in_the_other_is_one_person() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let here = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let there = scenario(&here, "there", None).await;
    let [boss, claim] = matched(&here, "15", json!({"first_name": "Boss"})).await;
    synced(&here, "16", "Ada", Some(&claim)).await;
    matched(&here, "17", json!({"first_name": "Ben", "manager": boss})).await;
    let other_boss = synced(&there, "15", "Boss", None).await;
    for (source_id, name) in [("16", "Ada"), ("17", "Ben")] {
        synced(&there, source_id, name, Some(&other_boss)).await;
    }
    assert_eq!(diff(&here, &there).await, [] as [Json; 0]);
    assert_eq!(diff(&there, &here).await, [] as [Json; 0]);

    let path = format!("/actors/{boss}");
    assert_eq!(here.ask(Method::POST, &format!("{path}/unsync"), None).await.status, 204);
    assert_eq!(here.edit(&path, json!({"job_title": "CTO"})).await.status, 204);
    for (one, other, ids) in
        [(&here, &there, [&boss, &other_boss]), (&there, &here, [&other_boss, &boss])]
    {
        let entries = diff(one, other).await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        let entry = &entries[0];
        assert_eq!([&entry["here"]["id"], &entry["there"]["id"]], ids);
        assert_eq!(entry["fields"].as_array().unwrap().len(), 1);
        assert_eq!(entry["fields"][0]["field"], "job_title");
        assert_eq!(entry["fields"][0]["changed_in"], Json::Null);
    }
    followers.stop().await;
}

/// A person there is who they are, whatever source id somebody else has there.
#[tokio::test]
async fn the_same_subject_goes_before_the_same_source_id() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let here = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let there = scenario(&here, "there", None).await;
    let [boss, claim] = matched(&here, "15", json!({"first_name": "Boss"})).await;
    synced(&here, "16", "Ada", Some(&claim)).await;
    let subject = subject(&here, &boss).await;
    let fields = [(Field::FirstName, "Boss".into())].into();
    let (id, place) = ("0-copy".to_owned(), "there".to_owned());
    let copy = Event::created(id, place, subject.clone(), None, None, true, fields);
    let copy = written(&[copy], Some(&subject));
    there.append(Actor::stream("0-copy"), Expected::NoStream, copy).await;
    let other = synced(&there, "15", "Boss", None).await;
    synced(&there, "16", "Ada", Some(&other)).await;

    let told = |entries: &[Json]| -> Vec<(String, String, String)> {
        let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
        let one = |entry: &Json| {
            let side = if entry["here"].is_null() { "there" } else { "here" };
            (text(&entry["change"]), text(&entry[side]["name"]), text(&entry["fields"][0]["field"]))
        };
        let mut told: Vec<_> = entries.iter().map(one).collect();
        told.sort();
        told
    };
    let text = |texts: [&str; 3]| -> (String, String, String) { texts.map(str::to_owned).into() };
    let ada = text(["changed", "Ada", "manager"]);
    let entries = diff(&here, &there).await;
    assert_eq!(told(&entries), [ada.clone(), text(["removed", "Boss", "active"])]);
    assert_eq!(entries.last().unwrap()["there"]["id"], *other);
    let entries = diff(&there, &here).await;
    assert_eq!(told(&entries), [text(["added", "Boss", "active"]), ada]);
    followers.stop().await;
}

#[tokio::test]
async fn what_is_still_being_copied_is_not_compared() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let live = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    live.make("/actors", json!({"first_name": "Ada"})).await;
    let copy = scenario(&live, "copy", Some(&live.scenario)).await;

    for (here, there) in [(&live, &copy), (&copy, &live)] {
        let path = format!("/diff?with={}", there.scenario);
        let refused = here.ask(Method::GET, &path, None).await;
        assert_eq!(refused.problem(), (409, "conflict".into()));
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("still being copied"), "{detail}");
    }
    for command in [scenario::Command::MarkReady, scenario::Command::Archive] {
        let (store, cause) = (&home.store, Cause::by("engine"));
        let command = || command.clone();
        let done =
            rollcall_commands::handle::<Scenario>(store, &live.tenant, "copy", command, &cause);
        done.await.unwrap();
        assert_eq!(diff(&copy, &live).await.len(), 1);
    }
    followers.stop().await;
}
