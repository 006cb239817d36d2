//! The whole way with words that give themselves away.

use chrono::Utc;
use reqwest::Method;
use rollcall::NodeOptions;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Config, Disturbance, Simulator, Wrong};
use serde_json::{Value, json};

use super::listener::{heard, lines, listen_for};
use super::witness::Witness;
use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::provider::{Letter, Provider};
use crate::stage::Stage;

on_both_databases!(nothing_secret_or_personal_gets_where_it_does_not_belong);

const KEY: &str = "c4na7y0key0c4na7y0key0c4na7y0key0c4na7y0";
const WRONG_KEY: &str = "w70ng0c4na7y0key0w70ng0c4na7y0key0w70ng0";
const SECRET: &str = "c4na7y0secret0c4na7y0secret";
const FORGED_SECRET: &str = "f07ged0c4na7y0secret0f07ged";
const SECRETS: [&str; 4] = [KEY, WRONG_KEY, SECRET, FORGED_SECRET];

const NAME: &str = "Zwitscherkanari";
const LATER_NAME: &str = "Trillerkanari";
const EMAIL: &str = "piep.kanari@voliere.example";
const PERSON: [&str; 3] = [NAME, LATER_NAME, EMAIL];
/// That the ear hears at all, and the search finds.
const CONTROL: &str = "c0nt7ol0c4na7y";

/// A node with a tenant and a provider, and nothing between them yet.
async fn apart(place: Place) -> Stage {
    let config = Config { people: 40, api_key: KEY.to_owned(), ..Config::default() };
    let simulator = Simulator::start(config).await.unwrap();
    let provider = Provider { simulator, secret: SECRET.to_owned() };
    let hired = [("firstName", "Piep"), ("lastName", NAME), ("workEmail", EMAIL)];
    provider.company().hire(hired).unwrap();
    Stage::apart(place, provider, NodeOptions::default()).await
}

fn connection(stage: &Stage, key: &str) -> Value {
    let base_url = stage.provider.simulator.origin();
    json!({ "provider": "bamboohr", "account": "acme", "api_key": key, "base_url": base_url })
}

/// Tested before it is saved, with a wrong key and a right one; refused in every way; connected.
async fn is_connected(stage: &mut Stage, witness: &Witness) {
    for key in [WRONG_KEY, KEY] {
        let tested = witness.post("/integrations/test", Some(connection(stage, key))).await;
        assert_eq!(tested.status, 200, "{}", tested.json());
        assert_eq!(tested.json()["status"], if key == KEY { "done" } else { "failed" });
    }
    let valid = connection(stage, KEY);
    let with = |name: &str, value: Value| {
        let mut body = valid.clone();
        body[name] = value;
        body
    };
    for wrong in [
        with("api_key", json!([KEY])),
        with("api_key_2", json!(WRONG_KEY)),
        with("base_url", json!(format!("https://{KEY}:x@acme.example"))),
        with("account", json!("not.a.label")),
        with("time_zone", json!("Nowhere")),
        with("provider", json!("hris_webhook")),
    ] {
        let refused = witness.post("/integrations", Some(wrong)).await;
        assert_eq!(refused.status, 422, "{}", refused.json());
    }
    let made = witness.post("/integrations", Some(valid)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    stage.connection = made.json()["id"].as_str().unwrap().to_owned();
    let secrets = format!("/integrations/{}/webhook_secrets", stage.connection);
    let short = witness.post(&secrets, Some(json!({ "secret": &SECRET[..8] }))).await;
    let twice = witness.post("/integrations", Some(connection(stage, KEY))).await;
    assert_eq!((short.status, twice.status), (422, 409));
    let added = witness.post(&secrets, Some(json!({ "secret": SECRET }))).await;
    assert_eq!(added.status, 201, "{}", added.json());
    stage.settle().await;
    let tested = witness.post(&format!("/integrations/{}/test", stage.connection), None).await;
    assert_eq!(tested.json()["status"], "done", "{}", tested.json());
}

/// The provider refuses the key, then answers nonsense, then shows nobody; a person rejects that.
async fn goes_wrong(stage: &Stage, witness: &Witness) {
    let company = stage.provider.company();
    let credentials = format!("/integrations/{}/credentials", stage.connection);
    for (key, status) in [(WRONG_KEY, "failed"), (KEY, "succeeded")] {
        let saved = witness.ask(Method::PUT, &credentials, Some(json!({ "api_key": key }))).await;
        assert!(saved.status < 300, "{}", saved.json());
        let run = stage.sync(RunKind::Reconcile).await;
        assert_eq!(stage.run(&run).await.status, status);
    }
    for wrong in [Wrong::Html, Wrong::Truncate, Wrong::Forbidden] {
        let on = Disturbance::always(wrong).on("/reports");
        company.change_faults(|faults| faults.answers = vec![on]);
        let run = stage.sync(RunKind::Reconcile).await;
        assert_eq!(stage.run(&run).await.status, "failed");
    }
    company.set_faults(Default::default());
    company.change_faults(|faults| faults.empty_report = true);
    let run = stage.sync(RunKind::Reconcile).await;
    assert_eq!(stage.run(&run).await.status, "held");
    let log = format!("/integration_sync_logs/{run}");
    let strangers = json!({ "identities": [NAME] });
    let refused = witness.post(&format!("{log}/approve"), Some(strangers)).await;
    assert_eq!(refused.status, 422, "{}", refused.json());
    let rejected = witness.post(&format!("{log}/reject"), None).await;
    assert_eq!(rejected.status, 204, "{}", rejected.json());
    company.set_faults(Default::default());
}

fn fields(name: &str, id: u64) -> String {
    let row = json!({ "id": id.to_string(), "action": "Updated", "changedFields": ["lastName"],
        "timestamp": "2026-01-01T00:00:00+0000",
        "fields": { "lastName": name, "workEmail": EMAIL } });
    json!({ "employees": [row] }).to_string()
}

/// Deliveries of both families, forged in every way, and damaged.
async fn is_told(stage: &Stage, witness: &Witness, id: u64) {
    stage.provider.company().update(id, [("lastName", LATER_NAME)]).unwrap();
    let now = Utc::now().timestamp();
    let values = fields(LATER_NAME, id);
    let shared = |secret: &str| {
        let headers = [("content-type", "application/json"), ("x-orgonaut-webhook-secret", secret)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Letter { headers: headers.to_vec(), body: values.clone().into_bytes() }
    };
    let damaged = &values.as_bytes()[..values.len() - 3];
    let letters = [
        (202, stage.provider.update_of(id, now)),
        (202, Letter::signed(SECRET, values.as_bytes(), now)),
        (202, Letter::signed(SECRET, values.as_bytes(), now - 9_000)),
        (202, Letter::signed(SECRET, damaged, now)),
        (202, shared(SECRET)),
        (401, Letter::signed(FORGED_SECRET, values.as_bytes(), now)),
        (401, shared(FORGED_SECRET)),
    ];
    for (status, letter) in &letters {
        let answer = stage.deliver(letter).await;
        witness.keep("a delivery".to_owned(), &answer);
        assert_eq!(answer.status, *status, "{}", answer.json());
    }
    stage.settle_without_waiting().await;
}

/// What a person asks for by hand, and is refused.
async fn is_asked(stage: &Stage, witness: &Witness) {
    let integration = format!("/integrations/{}", stage.connection);
    let shown = witness.post(&format!("{integration}/preview"), None).await;
    assert_eq!(shown.json()["status"], "done", "{}", shown.json());
    let actors = format!("/scenarios/{}/actors", stage.baseline);
    let found = witness.get(&format!("{actors}?q={LATER_NAME}")).await;
    let actor = found["data"][0]["id"].as_str().unwrap().to_owned();
    let mine = json!({ "last_name": NAME });
    let synced = witness.ask(Method::PATCH, &format!("{actors}/{actor}"), Some(mine)).await;
    assert_eq!(synced.status, 409, "{}", synced.json());
    for (path, body) in [
        (actors.as_str(), json!({ "last_name": [NAME], "email": EMAIL })),
        (actors.as_str(), json!({ "e_mail": EMAIL, "last_name": NAME })),
        (actors.as_str(), json!({ "last_name": NAME, "manager": NAME })),
    ] {
        let refused = witness.post(path, Some(body)).await;
        assert_eq!(refused.status, 422, "{}", refused.json());
    }
    for path in [
        format!("/integration_sync_logs?kind={NAME}"),
        format!("/integration_sync_logs/{NAME}"),
        format!("/receipts/{EMAIL}/raw"),
        format!("/audit_events?since={EMAIL}"),
    ] {
        assert!(witness.ask(Method::GET, &path, None).await.status >= 400, "{path}");
    }
}

/// Everything that shows no people.
async fn is_read(stage: &Stage, witness: &Witness) -> Vec<String> {
    let mut pages: Vec<String> = ["/me", "/errors", "/projections", "/parked", "/tokens"]
        .into_iter()
        .chain(["/integrations", "/integration_sync_logs", "/receipts", "/receipts/refused"])
        .map(str::to_owned)
        .collect();
    pages.push("/audit_events?limit=200".to_owned());
    pages.push(format!("/integrations/{}", stage.connection));
    for run in stage.runs().await {
        pages.push(format!("/integration_sync_logs/{}", run.run));
    }
    let receipts = witness.get("/receipts").await;
    for receipt in receipts["data"].as_array().unwrap() {
        let id = receipt["id"].as_str().unwrap();
        pages.extend([format!("/receipts/{id}"), format!("/receipts/{id}/consequences")]);
    }
    for page in &pages {
        witness.get(page).await;
    }
    pages
}

async fn nothing_secret_or_personal_gets_where_it_does_not_belong(place: Place) {
    listen_for(&[CONTROL]);
    listen_for(&SECRETS);
    listen_for(&PERSON);
    tracing::trace!(target: "rollcall_workers", CONTROL, "a line of ours");
    let mut stage = apart(place).await;
    let witness = Witness::of(Desk::of(&stage).await);

    is_connected(&mut stage, &witness).await;
    let company = stage.provider.company();
    let id = company.people().iter().map(|one| one.id).max().unwrap();
    is_told(&stage, &witness, id).await;
    goes_wrong(&stage, &witness).await;
    is_asked(&stage, &witness).await;
    let pages = is_read(&stage, &witness).await;

    assert!(!heard(CONTROL).is_empty() && lines() > 0, "nothing was heard at all");
    let people = witness.get(&format!("/scenarios/{}/actors?limit=200", stage.baseline)).await;
    assert!(people.to_string().contains(LATER_NAME), "nothing personal went this way at all");
    assert!(stage.place.holds(&stage.connection).await, "the search itself finds nothing");
    let seen = witness.seen();
    for secret in SECRETS {
        assert_eq!(heard(secret), Vec::<String>::new());
        assert!(!stage.place.holds(secret).await, "{secret} lies in the clear");
        for answer in &seen {
            assert!(!answer.body.contains(secret), "{}: {}", answer.of, answer.body);
        }
    }
    for word in PERSON {
        assert_eq!(heard(word), Vec::<String>::new());
        assert!(!stage.place.holds_outside_of_views(word).await, "{word} lies in the clear");
        let page = |of: &str| {
            of.strip_prefix("GET ").is_some_and(|of| pages.iter().any(|page| page == of))
        };
        for answer in seen.iter().filter(|one| one.status >= 400 || page(&one.of)) {
            assert!(!answer.body.contains(word), "{}: {}", answer.of, answer.body);
        }
    }
}
