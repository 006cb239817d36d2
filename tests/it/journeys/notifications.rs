//! Who is told what, and when: exactly what is asked for, on a clock that the test moves.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use rollcall_api::tokens::{NewToken, Scope, create};
use rollcall_commands::change_members;
use rollcall_domain::access::Role;
use rollcall_domain::connection::Command;
use rollcall_domain::members;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use rollcall_store::Cause;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::client::send;
use crate::desk::Desk;
use crate::place::{PATIENCE, Place, eventually, on_both_databases};
use crate::provider::Provider;
use crate::stage::Stage;
use crate::visitor::{PASSWORD, Visitor};

on_both_databases!(
    a_failure_is_told_once_a_day_its_end_once_and_flapping_once,
    a_connection_that_nothing_runs_on_is_told_stale_once,
    the_last_day_of_a_key_is_told_three_times,
    who_is_owner_or_admin_at_that_moment_is_told,
    what_is_read_is_read_for_one_person_and_told_at_once,
);

/// Lets somebody in who is new; their id.
async fn member(stage: &Stage, email: &str, role: Role) -> String {
    let new = NewToken {
        tenant: None,
        name: "operator".to_owned(),
        scopes: vec![Scope::Operator],
        expires_at: None,
        created_by: None,
    };
    let (_, token) = create(&stage.node.store, new, Utc::now()).await.unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    let headers = [("authorization", bearer.as_str()), ("rollcall-tenant", &stage.tenant)];
    let new = json!({ "email": email, "name": "Robin Example", "password": PASSWORD });
    let made = send(stage.node.address, Method::POST, "/users", &headers, Some(&new)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let by = members::By::Operator;
    let join = members::Command::Join { user: id.clone(), role, address: None, by };
    change(stage, join).await;
    id
}

async fn change(stage: &Stage, command: members::Command) {
    let (store, cause) = (&stage.node.store, Cause::by("test"));
    change_members(store, &stage.tenant, command, &cause).await.unwrap();
}

fn breaks(stage: &Stage) {
    let refused = Disturbance::always(Wrong::Unauthorized);
    stage.provider.company().change_faults(|faults| faults.answers = vec![refused]);
}

fn heals(stage: &Stage) {
    stage.provider.company().change_faults(|faults| faults.answers.clear());
}

async fn fails(stage: &Stage) -> String {
    breaks(stage);
    stage.sync(RunKind::Reconcile).await
}

async fn goes_well(stage: &Stage) -> String {
    heals(stage);
    stage.sync(RunKind::Reconcile).await
}

fn now(stage: &Stage) -> DateTime<Utc> {
    stage.node.store.clock().now()
}

/// Everything that was told, oldest first.
async fn told(stage: &Stage) -> Vec<Value> {
    let raised = stage.log(0).await.into_iter().filter(|one| &*one.kind == "notification.raised");
    raised
        .map(|one| serde_json::from_slice::<Value>(&one.payload).unwrap()["raised"].take())
        .collect()
}

/// By kind; what is told again is marked so.
async fn kinds(stage: &Stage) -> Vec<String> {
    let kind = |one: &Value| {
        let again = if one["again"] == true { " again" } else { "" };
        format!("{}{again}", one["kind"].as_str().unwrap())
    };
    told(stage).await.iter().map(kind).collect()
}

async fn a_failure_is_told_once_a_day_its_end_once_and_flapping_once(place: Place) {
    let stage = Stage::synced(place, 6).await;
    member(&stage, "olga@acme.example", Role::Owner).await;

    let first = fails(&stage).await;
    let start = now(&stage);
    for hours in [6, 12, 18, 23, 25, 36, 49, 60] {
        stage.clock.reach(start + TimeDelta::hours(hours));
        stage.sync(RunKind::Reconcile).await;
    }
    let expected = ["integration.failed", "integration.failed again", "integration.failed again"];
    assert_eq!(kinds(&stage).await, expected);
    let raised = told(&stage).await;
    assert_eq!(raised[0]["run"], json!(first));
    assert_eq!(raised[0]["code"], "authentication");
    assert!(raised.iter().all(|one| one["since"] == raised[0]["since"]), "{raised:#?}");

    let healed = goes_well(&stage).await;
    let raised = told(&stage).await.pop().unwrap();
    assert_eq!(
        (&raised["kind"], &raised["run"]),
        (&json!("integration.recovered"), &json!(healed))
    );

    // Two of the day so far, and five more: the seventh is one too many.
    for _ in 0..2 {
        fails(&stage).await;
        goes_well(&stage).await;
    }
    let before = kinds(&stage).await.len();
    assert_eq!(before, 8, "{:?}", kinds(&stage).await);
    fails(&stage).await;
    goes_well(&stage).await;
    fails(&stage).await;
    goes_well(&stage).await;
    assert_eq!(
        kinds(&stage).await[before..],
        ["integration.failed", "integration.flapping"],
        "{:?}",
        kinds(&stage).await
    );

    stage.clock.reach(now(&stage) + TimeDelta::hours(25));
    stage.node.tick().await;
    stage.settle_without_waiting().await;
    assert_eq!(kinds(&stage).await.len(), before + 2, "calm is no news");
    fails(&stage).await;
    assert_eq!(kinds(&stage).await[before + 2..], ["integration.failed"]);
    stage.projections_hold().await;
}

async fn a_connection_that_nothing_runs_on_is_told_stale_once(place: Place) {
    let stage = Stage::synced(place, 6).await;
    member(&stage, "olga@acme.example", Role::Owner).await;
    let desk = Desk::of(&stage).await;
    let path = format!("/integrations/{}", stage.connection);
    let start = now(&stage);

    stage.clock.reach(start + TimeDelta::hours(37));
    for _ in 0..3 {
        stage.node.tick().await;
    }
    stage.settle_without_waiting().await;
    stage.node.tick().await;
    stage.settle_without_waiting().await;
    assert_eq!(kinds(&stage).await, ["integration.stale"]);
    assert_eq!(desk.get(&path).await["health"]["stale_since"], Value::Null);

    stage.change(Command::Pause).await;
    stage.settle_without_waiting().await;
    stage.clock.reach(start + TimeDelta::hours(120));
    stage.node.tick().await;
    stage.settle_without_waiting().await;
    assert_eq!(kinds(&stage).await, ["integration.stale"], "who is paused is not stale");
    stage.projections_hold().await;
}

async fn the_last_day_of_a_key_is_told_three_times(place: Place) {
    let stage = Stage::synced(place, 6).await;
    member(&stage, "olga@acme.example", Role::Owner).await;
    let desk = Desk::of(&stage).await;
    let path = format!("/integrations/{}", stage.connection);
    let credentials = format!("{path}/credentials");
    let last = (now(&stage) + TimeDelta::days(33)).date_naive();
    let on = Some(json!({ "expires_on": last }));
    assert_eq!(desk.ask(Method::PUT, &credentials, on).await.status, 204);
    let nothing = desk.ask(Method::PUT, &credentials, Some(json!({}))).await;
    assert_eq!(nothing.status, 422, "{}", nothing.json());
    stage.settle_without_waiting().await;
    assert_eq!(desk.get(&path).await["health"]["credentials_expire_on"], json!(last));

    let start = now(&stage);
    for day in 0..36 {
        stage.clock.reach(start + TimeDelta::days(day));
        for _ in 0..2 {
            stage.node.tick().await;
        }
        stage.settle_without_waiting().await;
    }

    let expiring: Vec<Value> =
        told(&stage).await.into_iter().filter(|one| one["kind"] == "credential.expiring").collect();
    let days: Vec<_> = expiring.iter().map(|one| one["days"].as_u64().unwrap()).collect();
    assert_eq!(days, [30, 7, 1], "{expiring:#?}");
    let replaced = Some(json!({ "api_key": Provider::api_key() }));
    assert_eq!(desk.ask(Method::PUT, &credentials, replaced).await.status, 204);
    stage.settle_without_waiting().await;
    assert_eq!(desk.get(&path).await["health"]["credentials_expire_on"], Value::Null);
}

async fn who_is_owner_or_admin_at_that_moment_is_told(place: Place) {
    let stage = Stage::synced(place, 6).await;
    let olga = member(&stage, "olga@acme.example", Role::Owner).await;
    let vera = member(&stage, "vera@acme.example", Role::Viewer).await;
    let by = members::By::Operator;
    let becomes = |role| members::Command::ChangeRole { user: vera.clone(), role, by };

    fails(&stage).await;
    change(&stage, becomes(Role::Admin)).await;
    goes_well(&stage).await;
    change(&stage, becomes(Role::Editor)).await;
    fails(&stage).await;
    change(&stage, becomes(Role::Owner)).await;
    goes_well(&stage).await;
    change(&stage, members::Command::Leave { user: vera.clone(), by }).await;
    fails(&stage).await;

    let recipients: Vec<Vec<String>> = told(&stage)
        .await
        .into_iter()
        .map(|mut one| serde_json::from_value(one["recipients"].take()).unwrap())
        .collect();
    let mut both = vec![olga.clone(), vera];
    both.sort();
    let one = vec![olga];
    assert_eq!(recipients, [one.clone(), both.clone(), one.clone(), both, one]);
    stage.projections_hold().await;
}

/// How many are unread, as the stream says next.
async fn next_count(stream: &mut reqwest::Response, text: &mut String) -> u64 {
    loop {
        if let Some((said, rest)) = text.split_once("\n\n") {
            let (said, rest) = (said.to_owned(), rest.to_owned());
            *text = rest;
            if let Some(data) = said.lines().find_map(|line| line.strip_prefix("data:")) {
                let data: Value = serde_json::from_str(data).unwrap();
                return data["unread"].as_u64().unwrap();
            }
            continue;
        }
        let chunk = tokio::time::timeout(PATIENCE, stream.chunk()).await;
        let chunk = chunk.expect("the stream says something").unwrap();
        text.push_str(std::str::from_utf8(&chunk.expect("it goes on")).unwrap());
    }
}

async fn signed_in(stage: &Stage, email: &str) -> Visitor {
    let visitor = Visitor::of(&stage.node);
    let answer = visitor.sign_in(email, PASSWORD).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    visitor
}

async fn titles(visitor: &Visitor, filter: &str) -> Vec<(String, bool)> {
    let listed = visitor.get(&format!("/notifications?filter={filter}")).await;
    let rows = listed["data"].as_array().unwrap().iter();
    rows.map(|row| (row["title"].as_str().unwrap().to_owned(), row["unread"] == true)).collect()
}

async fn what_is_read_is_read_for_one_person_and_told_at_once(place: Place) {
    let stage = Stage::synced(place, 6).await;
    for (email, role) in [("olga@acme.example", Role::Owner), ("adam@acme.example", Role::Admin)] {
        member(&stage, email, role).await;
    }
    member(&stage, "vera@acme.example", Role::Viewer).await;
    stage.settle().await;
    let [olga, adam, vera] = ["olga", "adam", "vera"]
        .map(async |name| signed_in(&stage, &format!("{name}@acme.example")).await);
    let (olga, adam, vera) = (olga.await, adam.await, vera.await);
    let mut stream = olga.listen("/notifications/stream").await;
    let mut text = String::new();
    assert_eq!(next_count(&mut stream, &mut text).await, 0);

    fails(&stage).await;
    assert_eq!(next_count(&mut stream, &mut text).await, 1);
    goes_well(&stage).await;
    assert_eq!(next_count(&mut stream, &mut text).await, 2);
    let attention = "BambooHR connection needs attention".to_owned();
    let recovered = "BambooHR has recovered".to_owned();
    let all = [(recovered.clone(), true), (attention.clone(), true)];
    assert_eq!(titles(&olga, "all").await, all);
    assert_eq!(titles(&adam, "unread").await, all);
    assert!(titles(&vera, "all").await.is_empty());

    let listed = olga.get("/notifications").await;
    let id = listed["data"][1]["id"].as_str().unwrap();
    let (read, unread) =
        (format!("/notifications/{id}/read"), format!("/notifications/{id}/unread"));
    for _ in 0..2 {
        assert_eq!(olga.ask(Method::POST, &read, None).await.status, 204);
    }
    assert_eq!(vera.ask(Method::POST, &read, None).await.status, 404);
    assert_eq!(next_count(&mut stream, &mut text).await, 1);
    assert_eq!(titles(&olga, "unread").await, [(recovered.clone(), true)]);
    assert_eq!(titles(&adam, "unread").await.len(), 2);
    assert_eq!(olga.ask(Method::POST, "/notifications/read_all", None).await.status, 204);
    assert_eq!(next_count(&mut stream, &mut text).await, 0);
    assert_eq!(olga.ask(Method::POST, &unread, None).await.status, 204);
    assert_eq!(next_count(&mut stream, &mut text).await, 1);
    assert_eq!(titles(&olga, "unread").await, [(attention, true)]);
    assert_eq!(stage.count("notification.read", 0).await, 1, "reading twice is reading once");

    assert_eq!(olga.ask(Method::DELETE, "/session", None).await.status, 204);
    eventually("the stream ends with the session", async || {
        matches!(stream.chunk().await, Ok(None))
    })
    .await;
    stage.clock.reach(now(&stage) + TimeDelta::days(181));
    let again = signed_in(&stage, "adam@acme.example").await;
    assert!(titles(&again, "all").await.is_empty(), "they are listed for 180 days");
    stage.settle().await;
    stage.projections_hold().await;
}
