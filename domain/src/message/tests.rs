//! What is told of which events, to whom, and in which shape.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::actor::{self, Actor, Personal};
use crate::decider::{Decider, Written};
use crate::field::Field;
use crate::recorded::Fact;
use crate::unit::{self, Unit};
use crate::{run, scenario};

/// The document's own sample: whoever reads that reads ours.
const SAMPLE: &str = include_str!("golden/document.json");
const GOLDEN: [(Kind, &str); 5] = [
    (Kind::SyncStarted, include_str!("golden/connector_sync_started.json")),
    (Kind::SyncError, include_str!("golden/connector_sync_error.json")),
    (Kind::Synced, include_str!("golden/connector_synced.json")),
    (Kind::EmployeeChanged, include_str!("golden/employee_data_changed.json")),
    (Kind::DataModified, include_str!("golden/connector_data_modified.json")),
];

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_721_641_770_478_384).unwrap()
}

fn endpoint() -> EndpointFace {
    let (webhook_id, url) = ("01JZ0000000000000000000END", "https://example.com/hook");
    EndpointFace { webhook_id: webhook_id.to_owned(), url: url.to_owned() }
}

#[test]
fn each_type_has_the_body_of_its_golden_file() {
    let mut others = String::new();
    for (kind, golden) in GOLDEN {
        let body = sample(kind, at()).body(&endpoint(), Detail::Full);
        if body != serde_json::from_str::<Value>(golden).unwrap() {
            others += &format!("{}.json is\n{body:#}\n", kind.as_str());
        }
    }
    assert!(others.is_empty(), "{others}");
}

#[test]
fn every_member_of_the_documents_sample_is_there_with_the_same_type() {
    let document: Value = serde_json::from_str(SAMPLE).unwrap();
    for kind in Kind::ALL {
        let body = sample(kind, at()).body(&endpoint(), Detail::Full);
        let missing = missing(&document, &body, "");
        assert_eq!(missing, Vec::<String>::new(), "{}", kind.as_str());
    }
}

/// Members of one value that another lacks or has with another type.
fn missing(wanted: &Value, given: &Value, path: &str) -> Vec<String> {
    let kind = |value: &Value| std::mem::discriminant(value);
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => wanted
            .iter()
            .flat_map(|(name, value)| {
                let path = format!("{path}/{name}");
                match given.get(name) {
                    Some(given) => missing(value, given, &path),
                    None => vec![path],
                }
            })
            .collect(),
        (Value::Array(wanted), Value::Array(given)) => {
            let each = given.iter().flat_map(|given| missing(&wanted[0], given, path));
            each.collect()
        }
        (wanted, given) if kind(wanted) == kind(given) => vec![],
        (Value::Null | Value::Bool(_) | Value::Number(_), _)
        | (Value::String(_) | Value::Array(_) | Value::Object(_), _) => vec![path.to_owned()],
    }
}

fn recorded(stream: &str, kind: &str, fact: Fact) -> Recorded {
    Recorded {
        shard: 3,
        position: 7,
        tenant: "t1".into(),
        stream: stream.into(),
        version: 1,
        event_id: "e7".into(),
        kind: kind.into(),
        recorded_at: at(),
        effective_at: None,
        principal: "engine".into(),
        causation: None,
        correlation: None,
        subject: None,
        fact,
    }
}

fn scenario(kind: scenario::Kind) -> ScenarioFace {
    ScenarioFace { scenario: "s1".into(), kind, name: "One".into() }
}

fn told(scenario_kind: scenario::Kind, reached: Option<Reached>) -> Context {
    let scenario = Some(scenario(scenario_kind));
    Context { org_name: "Acme".into(), scenario, reached, ..Context::default() }
}

fn kinds(recorded: &Recorded, context: &Context) -> Vec<Kind> {
    messages(recorded, context).iter().map(|message| message.kind).collect()
}

fn created() -> actor::Event {
    let fields = [(Field::FirstName, "Ada".into()), (Field::JobTitle, "Engineer".into())];
    let (actor, scenario, subject) = ("a1".into(), "s1".into(), "p1".into());
    actor::Event::created(actor, scenario, subject, None, None, true, fields.into())
}

fn person(before: &[actor::Event], event: &actor::Event) -> Reached {
    let before = before.iter().fold(Actor::default(), Actor::evolve);
    let after = Box::new(before.clone().evolve(event).known.unwrap());
    Reached::Person { before: before.known.map(Box::new), after }
}

fn of_person(before: &[actor::Event], event: actor::Event) -> Vec<Message> {
    let context = told(scenario::Kind::LiveBaseline, Some(person(before, &event)));
    messages(&recorded("actor/a1", event.kind(), Fact::Actor(event)), &context)
}

#[test]
fn a_person_who_changes_is_two_messages_with_ids_of_their_own() {
    let both = of_person(&[], created());

    let kinds: Vec<Kind> = both.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::EmployeeChanged, Kind::DataModified]);
    assert_ne!(both[0].id, both[1].id);
    assert_eq!(both[0].order_key, "actor/a1");
    assert!(both.iter().all(|one| !one.id.contains('.')), "an id is signed with full stops around");
    assert_eq!(both, of_person(&[], created()), "the same event gives the same messages");
}

#[test]
fn what_somebody_changed_by_hand_has_no_connector() {
    let body = of_person(&[], created())[0].body(&endpoint(), Detail::Full);

    assert_eq!(body["connector"], Value::Null);
    assert_eq!(body["data"]["run"], Value::Null);
    assert_eq!(
        body["data"]["scenario"],
        json!({"id": "s1", "name": "One", "kind": "live_baseline"})
    );
    assert_eq!(body["data"]["change"], "created");
    assert_eq!(body["data"]["record"]["first_name"], "Ada");
    let fields = json!(["first_name", "job_title", "active"]);
    assert_eq!(body["data"]["changed_fields"], fields, "what is empty is no news");
    assert_eq!(body["log"], json!({"position": "3-7", "checkpoint": null}));
}

#[test]
fn a_change_says_what_was_and_what_is() {
    let changes = [(Field::FirstName, (Some("Ada".into()), Some("Ida".into())))].into();
    let (actor, on) = ("a1".to_owned(), "s1".to_owned());
    let renamed = actor::Event::fields_changed(actor, on, changes).unwrap();

    let body = of_person(&[created()], renamed)[0].body(&endpoint(), Detail::Full);

    let change = json!([{"field": "first_name", "old": "Ada", "new": "Ida"}]);
    assert_eq!(body["data"]["changes"], change);
    assert_eq!(body["data"]["record"]["first_name"], "Ida");
    assert_eq!(body["data"]["record"]["job_title"], "Engineer");
}

#[test]
fn a_person_who_leaves_is_no_longer_active() {
    let (actor, scenario, cause) = ("a1".into(), "s1".into(), actor::Cause::ByHand);
    let left = actor::Event::Deactivated { actor, scenario, cause };

    let body = of_person(&[created()], left)[0].body(&endpoint(), Detail::Full);

    let change = json!([{"field": "active", "old": true, "new": false}]);
    assert_eq!(body["data"]["changes"], change);
    assert_eq!(body["data"]["change"], "deactivated");
}

#[test]
fn a_thin_message_names_fields_and_tells_no_value() {
    let body = of_person(&[], created())[0].body(&endpoint(), Detail::Thin);

    assert_eq!(body["data"]["id"], "a1");
    let fields = body["data"]["changed_fields"].as_array().unwrap();
    assert!(fields.contains(&json!("first_name")), "{fields:?}");
    assert!(!body.to_string().contains("Ada"), "{body}");
    assert_eq!(body["data"].get("record"), None);
}

#[test]
fn of_an_erased_person_the_personal_parts_are_null() {
    let forgotten = created().with_personal(None::<Personal>);

    let body = of_person(&[], forgotten)[0].body(&endpoint(), Detail::Full);

    assert_eq!(body["data"]["record"]["first_name"], Value::Null);
    assert_eq!(body["data"]["record"]["job_title"], "Engineer");
    assert_eq!(body["data"]["record"]["erased"], true);
}

fn unit_created(kind: unit::Kind) -> unit::Event {
    unit::Event::Created {
        unit: "u1".into(),
        scenario: "s1".into(),
        kind,
        name: "Sales".into(),
        source: None,
        source_key: None,
        copied_from: None,
        parent: None,
    }
}

fn of_unit(kind: unit::Kind) -> Vec<Message> {
    let created = unit_created(kind);
    let (unit, scenario) = ("u1".into(), "s1".into());
    let renamed = unit::Event::Renamed { unit, scenario, old: "Sales".into(), new: "Deals".into() };
    let before = Unit::default().evolve(&created);
    let after = Box::new(before.clone().evolve(&renamed).known.unwrap());
    let reached = Reached::Unit { before: before.known.map(Box::new), after };
    let context = told(scenario::Kind::LiveBaseline, Some(reached));
    messages(&recorded("unit/u1", "unit.renamed", Fact::Unit(renamed)), &context)
}

#[test]
fn departments_and_divisions_are_data_and_locations_are_not() {
    for kind in [unit::Kind::Department, unit::Kind::Division] {
        let body = of_unit(kind)[0].body(&endpoint(), Detail::Full);
        assert_eq!(body["webhook"]["event"], "connector_data_modified");
        assert_eq!(body["data"]["model"], kind.as_str());
        let change = json!([{"field": "name", "old": "Sales", "new": "Deals"}]);
        assert_eq!(body["data"]["changes"], change);
    }
    assert_eq!(of_unit(unit::Kind::Location), []);
}

#[test]
fn the_stream_of_a_claim_and_other_events_tell_nothing() {
    let (actor, on, to) = ("a2".into(), "s1".into(), "a1".into());
    let claim = Fact::Actor(actor::Event::LinkedTo { actor, scenario: on, to });
    let batch = run::Event::Applied { batch: 1, scenario: "s1".into(), counts: Default::default() };
    let context = told(scenario::Kind::LiveBaseline, None);
    for fact in [claim, Fact::Run(batch)] {
        assert_eq!(topic(&fact), None);
        assert_eq!(kinds(&recorded("x/1", "x.y", fact), &context), []);
    }
}

#[test]
fn a_run_is_told_of_whatever_scenarios_it_is_about() {
    let started = sample(Kind::SyncStarted, at());
    let mut wanted = Selection {
        kinds: [Kind::SyncStarted].into(),
        scenarios: Scenarios::These(["s9".to_owned()].into()),
    };
    assert!(wanted.wants(&started));
    assert!(started.order_key.starts_with("connection/"));

    wanted.kinds = [Kind::Synced].into();

    assert!(!wanted.wants(&started));
}

#[test]
fn a_change_is_told_where_its_scenario_is_wanted() {
    let of = |kind| {
        let context = told(kind, Some(person(&[], &created())));
        let fact = Fact::Actor(created());
        messages(&recorded("actor/a1", "actor.created", fact), &context).remove(0)
    };
    let (live, draft) = (of(scenario::Kind::LiveBaseline), of(scenario::Kind::Scenario));
    let kinds: BTreeSet<Kind> = Kind::ALL.into();
    let wants = |scenarios| Selection { kinds: kinds.clone(), scenarios };

    let default = wants(Scenarios::default());
    assert!(default.wants(&live) && !default.wants(&draft));
    let named = wants(Scenarios::These(["s1".to_owned()].into()));
    assert!(named.wants(&draft));
    let other = wants(Scenarios::These(["s2".to_owned()].into()));
    assert!(!other.wants(&live) && !other.wants(&draft));
}

#[test]
fn a_paused_connection_says_so_whatever_its_run_does() {
    for paused in [false, true] {
        for (kind, status) in [
            (Kind::SyncStarted, "SYNCING"),
            (Kind::SyncError, "ERROR"),
            (Kind::Synced, "COMPLETE"),
            (Kind::EmployeeChanged, "SYNCING"),
        ] {
            let mut told = (*sample(kind, at()).told).clone();
            told.context.connector.as_mut().unwrap().paused = paused;
            let message = messages(&told.recorded, &told.context).remove(0);
            let body = message.body(&endpoint(), Detail::Full);
            let shown = if paused { "PAUSED" } else { status };
            assert_eq!(body["connector"]["connector_status"], shown);
        }
    }
}

/// What may be known around an event: nothing, or the run, the connection, and a person or a unit.
fn contexts() -> Vec<Context> {
    let of_samples = Kind::ALL.map(|kind| sample(kind, at()).told.context.clone());
    let made = unit_created(unit::Kind::Division);
    let after = Box::new(Unit::default().evolve(&made).known.unwrap());
    let of_unit = told(scenario::Kind::Snapshot, Some(Reached::Unit { before: None, after }));
    of_samples.into_iter().chain([Context::default(), of_unit]).collect()
}

/// Whatever was ever recorded renders, whatever is known around it, and with its personal part gone.
#[test]
fn every_event_there_is_renders_whatever_is_known_around_it() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut rendered = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let kind = name.split(".v").next().unwrap();
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let personal = golden.get("personal").filter(|part| !part.is_null());
        let personal = personal.map(|part| part.to_string().into_bytes());
        for personal in [personal.as_deref(), None] {
            let payload = golden["payload"].to_string();
            let fact = Fact::read(kind, payload.as_bytes(), personal).unwrap();
            let recorded = recorded("any/1", kind, fact);
            for message in contexts().iter().flat_map(|context| messages(&recorded, context)) {
                assert!(topic(&recorded.fact).is_some(), "{kind} is told and in no index");
                let in_one = scenario_of(&recorded.fact).is_some();
                assert_ne!(message.kind.is_of_sync(), in_one, "{kind}");
                for detail in Detail::ALL {
                    let body = message.body(&endpoint(), detail);
                    assert_eq!(body["event_id"], *message.id);
                    assert_eq!(
                        missing(&json!({"webhook": {}, "data": {"id": ""}}), &body, ""),
                        [""; 0]
                    );
                    rendered += 1;
                }
            }
        }
    }
    assert!(rendered > 100, "{rendered}");
}

#[test]
fn each_type_is_called_as_the_document_calls_it() {
    let called = Kind::ALL.map(|kind| (kind.label(), kind.name(), kind.as_str()));
    let document = [
        ("Sync start", "Connector Sync Started", "connector_sync_started"),
        ("Sync error", "Connector Sync Error", "connector_sync_error"),
        ("Sync completed", "Connector Synced", "connector_synced"),
        ("Employee model change", "Employee Data Changed", "employee_data_changed"),
        ("Data model change", "Connector Data Modified", "connector_data_modified"),
    ];
    assert_eq!(called, document);
}

#[test]
fn the_words_of_types_and_topics_are_told_apart() {
    let words: BTreeSet<&str> = Kind::ALL.map(Kind::as_str).into();
    assert_eq!(words.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}
