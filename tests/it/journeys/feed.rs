//! The feed of messages: everything that a sync and people did, from the beginning, each once and in
//! order, as a list and as a stream.

use std::collections::BTreeSet;

use reqwest::Method;
use rollcall_api::tokens::Scope;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{PATIENCE, Place, on_both_databases};
use crate::stage::Stage;

on_both_databases!(
    a_feed_tells_what_a_sync_did_from_the_beginning,
    what_somebody_changes_by_hand_names_no_connector,
    a_run_that_fails_is_told_with_the_reason,
    a_stream_goes_on_where_it_broke_off_and_ends_with_its_token,
    a_feed_is_its_tenants_and_takes_its_own_cursors_only,
);

const PEOPLE: usize = 12;

/// All of a list, in pieces.
async fn all(desk: &Desk, query: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = desk.get(&format!("/events?{query}{cursor}")).await;
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn kind(message: &Value) -> &str {
    message["webhook"]["event"].as_str().unwrap()
}

fn of_kind<'a>(messages: &'a [Value], wanted: &str) -> Vec<&'a Value> {
    messages.iter().filter(|message| kind(message) == wanted).collect()
}

async fn a_feed_tells_what_a_sync_did_from_the_beginning(place: Place) {
    let stage = Stage::synced(place, PEOPLE).await;
    let desk = Desk::with(&stage, vec![Scope::Read]).await;

    let whole = all(&desk, "limit=200").await;

    assert_eq!(of_kind(&whole, "connector_sync_started").len(), 1);
    assert_eq!(of_kind(&whole, "connector_synced").len(), 1);
    let people = of_kind(&whole, "employee_data_changed");
    let log = stage.log(0).await;
    let changes = log
        .iter()
        .filter(|event| event.kind.starts_with("actor.") && &*event.kind != "actor.linked_to");
    let changes = changes.count();
    let created = stage.count("actor.created", 0).await;
    assert!(created > 0);
    assert_eq!(people.len(), changes, "each event of a person is told");
    assert!(of_kind(&whole, "connector_data_modified").len() > changes, "departments, too");
    let ids: BTreeSet<&str> = whole.iter().map(|one| one["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), whole.len(), "each once");
    let position = |one: &Value| {
        let text = one["log"]["position"].as_str().unwrap();
        text.split_once('-').unwrap().1.parse::<u64>().unwrap()
    };
    assert!(whole.is_sorted_by_key(position), "in the order of the log");
    let first = people[0];
    assert_eq!(first["connector"]["id"], stage.connection);
    assert_eq!(first["connector"]["org_name"], "Acme");
    assert_eq!(first["data"]["scenario"]["id"], stage.baseline);
    assert_eq!(first["data"]["initial_sync"], true);
    let record = &first["data"]["record"];
    let shown = desk
        .get(&format!("/scenarios/{}/actors/{}", stage.baseline, record["id"].as_str().unwrap()))
        .await;
    for field in ["first_name", "last_name", "email", "job_title", "hire_date", "active"] {
        assert_eq!(record[field], shown[field], "{field}");
    }

    for limit in [1, 7] {
        assert_eq!(all(&desk, &format!("limit={limit}")).await, whole);
    }
    let thin = all(&desk, "detail=thin&limit=200").await;
    assert_eq!(thin.len(), whole.len());
    let name = record["first_name"].as_str().unwrap();
    assert!(!Value::from(thin).to_string().contains(&format!("\"{name}\"")), "{name}");
    let only = all(&desk, "type=connector_synced&limit=200").await;
    assert_eq!((only.len(), kind(&only[0])), (1, "connector_synced"));
    assert_eq!(only[0]["data"]["counts"]["created"], created);
    stage.projections_hold().await;
}

async fn what_somebody_changes_by_hand_names_no_connector(place: Place) {
    let stage = Stage::synced(place, 3).await;
    let desk = Desk::of(&stage).await;
    let before = all(&desk, "limit=200").await;
    let people = format!("/scenarios/{}/actors", stage.baseline);
    let new = json!({ "first_name": "Grace", "last_name": "Example" });
    let made = desk.post(&people, Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let person = made.json()["id"].as_str().unwrap().to_owned();
    let title = Some(json!({ "job_title": "Admiral" }));
    let edited = desk.ask(Method::PATCH, &format!("{people}/{person}"), title).await;
    assert_eq!(edited.status, 204, "{}", edited.json());

    let (at, last) = (edited.position.unwrap(), before.last().unwrap()["cursor"].as_str().unwrap());
    let page = desk.get(&format!("/events?limit=200&cursor={last}&min_position={at}")).await;

    let told = page["data"].as_array().unwrap();
    let kinds: Vec<&str> = told.iter().map(kind).collect();
    let both = ["employee_data_changed", "connector_data_modified"];
    assert_eq!(kinds, [both, both].concat());
    for message in told {
        assert_eq!(message["connector"], Value::Null);
        assert_eq!(message["data"]["id"], person);
        assert_eq!(message["webhook"]["webhook_id"], "feed");
    }
    let change = json!([{ "field": "job_title", "old": null, "new": "Admiral" }]);
    assert_eq!(told[2]["data"]["changes"], change);
    assert_eq!(told[2]["data"]["record"]["first_name"], "Grace");
}

async fn a_run_that_fails_is_told_with_the_reason(place: Place) {
    let stage = Stage::synced(place, 3).await;
    let desk = Desk::of(&stage).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.answers.push(Disturbance::always(Wrong::Unauthorized)));

    let run = stage.sync(RunKind::Reconcile).await;

    let told = all(&desk, "type=connector_sync_error").await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["data"]["id"], &told[0]["data"]["run"]), (&json!(run), &json!(run)));
    assert_eq!(told[0]["data"]["error"]["code"], "authentication");
    assert_eq!(told[0]["connector"]["connector_status"], "ERROR");
}

/// Messages of a stream: its body is read until so many have come, or until it ends.
async fn read(response: &mut reqwest::Response, wanted: usize) -> Vec<(String, Value)> {
    let (mut text, mut found) = (String::new(), vec![]);
    while found.len() < wanted {
        let next = tokio::time::timeout(PATIENCE, response.chunk()).await;
        let Some(bytes) = next.expect("the stream says nothing").unwrap_or(None) else {
            return found;
        };
        text.push_str(std::str::from_utf8(&bytes).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let part = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(id), Some(data)) = (part("id: "), part("data: ")) {
                found.push((id.to_owned(), serde_json::from_str(data).unwrap()));
            }
            text = rest.to_owned();
        }
    }
    found
}

async fn a_stream_goes_on_where_it_broke_off_and_ends_with_its_token(place: Place) {
    let stage = Stage::synced(place, 5).await;
    let desk = Desk::of(&stage).await;
    let whole = all(&desk, "limit=200").await;
    let stream = ("accept", "text/event-stream");

    let mut first = desk.raw_with("/events", &[stream]).await;
    assert_eq!(first.headers()["content-type"], "text/event-stream");
    let mut told = read(&mut first, 3).await;
    told.truncate(3);
    drop(first);
    let last = told[2].0.clone();
    let mut second = desk.raw_with("/events", &[stream, ("last-event-id", &last)]).await;
    told.extend(read(&mut second, whole.len() - 3).await);

    let bodies: Vec<Value> = told.iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies, whole);
    assert!(told.iter().all(|(id, body)| body["cursor"] == **id));
    let people = format!("/scenarios/{}/actors", stage.baseline);
    let new = json!({ "first_name": "Grace", "last_name": "Example" });
    assert_eq!(desk.post(&people, Some(new)).await.status, 201);
    let live = read(&mut second, 2).await;
    assert_eq!(live[0].1["data"]["record"]["first_name"], "Grace");

    let tokens = desk.get("/tokens").await;
    let own = tokens["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.ask(Method::DELETE, &format!("/tokens/{own}"), None).await.status, 204);
    assert_eq!(read(&mut second, 1).await, [], "it ends");
}

async fn a_feed_is_its_tenants_and_takes_its_own_cursors_only(place: Place) {
    let stage = Stage::synced(place, 3).await;
    let (desk, other) = (Desk::of(&stage).await, Desk::elsewhere(&stage).await);
    let page = desk.get("/events?limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();

    assert_eq!(all(&other, "limit=200").await, Vec::<Value>::new());
    let scenario = format!("scenario={}&limit=200", stage.baseline);
    assert_eq!(all(&other, &scenario).await, Vec::<Value>::new());
    assert_eq!(all(&desk, &scenario).await.len(), all(&desk, "limit=200").await.len());
    let refused = other.ask(Method::GET, &format!("/events?cursor={cursor}"), None).await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["path"]), (422, &json!("cursor")));
    let headers = [("accept", "text/event-stream"), ("last-event-id", cursor)];
    assert_eq!(other.raw_with("/events", &headers).await.status(), 422);
    assert_eq!(desk.raw_with("/events", &[("accept", "text/html")]).await.status(), 406);
    let unknown = desk.ask(Method::GET, "/events?type=employee.created", None).await;
    assert_eq!((unknown.status, &unknown.json()["errors"][0]["path"]), (422, &json!("type")));
    let assistant = Desk::with(&stage, vec![Scope::Assistant]).await;
    assert_eq!(assistant.ask(Method::GET, "/events", None).await.status, 404);
}
