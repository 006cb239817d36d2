//! Webhooks at the provider, managed from here, and what they could not deliver.

use reqwest::Method;
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::{assert_equal, everybody, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_webhook_is_registered_once_and_its_key_is_kept,
    a_webhook_is_changed_looked_at_and_deleted,
    a_webhook_whose_key_is_lost_is_told_or_taken_back,
    what_the_provider_refuses_is_told_with_its_reason,
    what_could_not_be_delivered_is_found_and_made_good,
    a_reconcile_looks_for_what_could_not_be_delivered,
);

struct Admin {
    stage: Stage,
    desk: Desk,
}

impl Admin {
    async fn new(place: Place) -> Self {
        let stage = Stage::synced(place, 12).await;
        Admin { desk: Desk::of(&stage).await, stage }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let path = format!("/integrations/{}{path}", self.stage.connection);
        self.desk.ask(method, &path, body).await
    }

    /// The result of an operation that is done.
    async fn done(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.ask(method, path, body).await;
        let operation = answer.json();
        assert_eq!((answer.status, &operation["status"]), (200, &json!("done")), "{operation}");
        operation["result"].clone()
    }

    /// The code of one that failed, and why.
    async fn failed(&self, method: Method, path: &str, body: Option<Value>) -> (String, String) {
        let answer = self.ask(method, path, body).await;
        let operation = answer.json();
        assert_eq!((answer.status, &operation["status"]), (200, &json!("failed")), "{operation}");
        let said = |name: &str| operation["failure"][name].as_str().unwrap().to_owned();
        (said("code"), said("summary"))
    }

    fn origin(&self) -> Value {
        json!({ "url": format!("http://{}", self.stage.node.address) })
    }

    async fn secrets(&self) -> usize {
        let shown = self.ask(Method::GET, "", None).await.json();
        shown["webhook_secrets"].as_array().unwrap().len()
    }

    fn registrations(&self) -> u64 {
        self.stage.provider.company().requests_of("POST /webhooks")
    }

    async fn in_step(&self) {
        let db = self.stage.node.projections.db();
        let ours = ours(db, &self.stage.tenant, &self.stage.baseline).await;
        assert_equal(&ours, &theirs(&self.stage.provider.company()));
    }

    /// Runs that were asked for because something was missed.
    async fn backfills(&self) -> Vec<(String, String)> {
        let runs = self.stage.runs().await;
        let ours = runs.into_iter().filter(|run| run.event_type == "backfill");
        ours.map(|run| (run.run, run.status)).collect()
    }
}

const WEBHOOKS: &str = "/provider_webhooks";

async fn a_webhook_is_registered_once_and_its_key_is_kept(place: Place) {
    let admin = Admin::new(place).await;
    let before = admin.registrations();

    let made = admin.done(Method::POST, WEBHOOKS, Some(admin.origin())).await;
    let again = admin.done(Method::POST, WEBHOOKS, Some(admin.origin())).await;

    assert_eq!((&made["created"], &again["created"]), (&json!(true), &json!(false)));
    assert_eq!(made["webhook"]["id"], again["webhook"]["id"]);
    assert_eq!(made["webhook"]["secret"], again["webhook"]["secret"]);
    let url = made["webhook"]["url"].as_str().unwrap();
    assert!(url.ends_with("/api/v1/integrations/bamboohr/webhook/acme"), "{url}");
    assert_eq!(made["webhook"]["events"].as_array().unwrap().len(), 3);
    assert_eq!(made["webhook"]["monitor_fields"].as_array().unwrap().len(), 10);
    assert_eq!((admin.registrations() - before, admin.secrets().await), (1, 2));
    // The third key would have no place.
    let mut third = admin.origin();
    third["name"] = json!("Third");
    let (code, why) = admin.failed(Method::POST, WEBHOOKS, Some(third)).await;
    assert!(code == "conflict" && why.contains("two webhook secrets"), "{code}: {why}");
    assert_eq!(admin.registrations() - before, 1);

    // Its deliveries are proven by the key that nobody was shown.
    admin.stage.provider.company().update(3, [("lastName", "Lovelace")]).unwrap();
    admin.stage.settle().await;
    let log = format!("{WEBHOOKS}/{}/log", made["webhook"]["id"].as_str().unwrap());
    let log = admin.done(Method::GET, &log, None).await;
    assert_eq!(log["deliveries"][0]["status"], 202, "{log}");
    admin.in_step().await;
    let listed = admin.done(Method::GET, WEBHOOKS, None).await;
    let kept = |at: usize| listed["webhooks"][at]["secret"].clone();
    assert_eq!((kept(0), kept(1)), (Value::Null, made["webhook"]["secret"].clone()));
    for said in [made, again, listed] {
        let said = said.to_string();
        let keys = said.split('"').filter(|word| word.len() == 32);
        assert_eq!(keys.filter(|word| word.bytes().all(|b| b.is_ascii_hexdigit())).count(), 0);
    }
    admin.stage.projections_hold().await;
}

async fn a_webhook_is_changed_looked_at_and_deleted(place: Place) {
    let admin = Admin::new(place).await;
    let made = admin.done(Method::POST, WEBHOOKS, Some(admin.origin())).await;
    let path = format!("{WEBHOOKS}/{}", made["webhook"]["id"].as_str().unwrap());
    let mut other = admin.origin();
    other["name"] = json!("Values");
    other["events"] = json!(["employee_with_fields.updated"]);
    other["monitor_fields"] = json!(["lastName", "91"]);

    let changed = admin.done(Method::PUT, &path, Some(other)).await["webhook"].take();
    let shown = admin.done(Method::GET, &path, None).await["webhook"].take();

    assert_eq!(changed, shown);
    assert_eq!((&shown["name"], &shown["secret"]), (&json!("Values"), &made["webhook"]["secret"]));
    assert_eq!(shown["post_fields"], json!({ "lastName": "lastName" }));
    admin.stage.provider.company().update(3, [("lastName", "Lovelace")]).unwrap();
    admin.stage.settle().await;
    let log = admin.done(Method::GET, &format!("{path}/log"), None).await;
    let sent = &log["deliveries"][0];
    assert_eq!((&sent["status"], &sent["employees"]), (&json!(202), &json!(["3"])));
    let offered = admin.done(Method::GET, "/monitor_fields", None).await;
    let usual = offered["fields"].as_array().unwrap().iter().filter(|one| one["usual"] == true);
    assert_eq!(usual.count(), 10);
    let carried = admin.done(Method::GET, "/post_fields", None).await;
    assert!(carried["fields"].as_array().unwrap().iter().any(|one| one["alias"] == "workPhone"));

    let deleted = admin.done(Method::DELETE, &path, None).await;
    let again = admin.done(Method::DELETE, &path, None).await;
    assert_eq!((&deleted["was_there"], &again["was_there"]), (&json!(true), &json!(false)));
    assert_eq!(deleted["secret"], made["webhook"]["secret"]);
    for (method, body) in [(Method::GET, None), (Method::PUT, Some(admin.origin()))] {
        let (code, why) = admin.failed(method, &path, body).await;
        assert!(code == "not_found" && why.contains("no such webhook"), "{code}: {why}");
    }
}

async fn a_webhook_whose_key_is_lost_is_told_or_taken_back(place: Place) {
    let admin = Admin::new(place).await;
    let company = admin.stage.provider.company();
    // As a crash leaves it, between registering it and keeping its key.
    let mut same = admin.origin();
    same["name"] = json!("rollcall");
    let (_, why) = admin.failed(Method::POST, WEBHOOKS, Some(same)).await;
    assert!(why.contains("its key is not known here") && why.contains("delete"), "{why}");
    assert_eq!(admin.registrations(), 1);

    // The list is read well, then the answer with the key breaks off.
    company.change_faults(|faults| {
        for answer in [Wrong::ByteOrderMark, Wrong::Truncate] {
            faults.answers.push(Disturbance::always(answer).on("/webhooks").times(1));
        }
    });
    let mut wanted = admin.origin();
    wanted["monitor_fields"] = json!(["lastName"]);
    let (code, _) = admin.failed(Method::POST, WEBHOOKS, Some(wanted.clone())).await;
    assert_eq!((code.as_str(), admin.registrations()), ("unavailable", 2));
    let listed = admin.done(Method::GET, WEBHOOKS, None).await;
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 1, "{listed}");
    let made = admin.done(Method::POST, WEBHOOKS, Some(wanted)).await;
    assert_eq!((&made["created"], admin.secrets().await), (&json!(true), 2));
}

async fn what_the_provider_refuses_is_told_with_its_reason(place: Place) {
    let admin = Admin::new(place).await;
    let company = admin.stage.provider.company();
    let with = |name: &str, value: Value| {
        let mut body = admin.origin();
        body[name] = value;
        Some(body)
    };
    for (name, value) in
        [("frequency", json!({"every": 0})), ("limit", json!({})), ("url", json!("nowhere"))]
    {
        let answer = admin.ask(Method::POST, WEBHOOKS, with(name, value)).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.json());
    }
    let elsewhere = with("url", json!("https://10.1.2.3/hook"));
    let (_, why) = admin.failed(Method::POST, WEBHOOKS, elsewhere).await;
    assert!(why.contains("reachable from the internet"), "{why}");
    company.change_faults(|faults| _ = faults.hidden_fields.insert("workEmail".to_owned()));
    let hidden = with("monitor_fields", json!(["workEmail"]));
    let (code, why) = admin.failed(Method::POST, WEBHOOKS, hidden).await;
    assert!(code == "permission" && why.contains("workEmail"), "{code}: {why}");
    let other = format!("/integrations/{}{WEBHOOKS}", ulid::Ulid::generate());
    assert_eq!(admin.desk.ask(Method::GET, &other, None).await.status, 404);

    for (wrong, expected) in [
        (Wrong::Unauthorized, "authentication"),
        (Wrong::Forbidden, "permission"),
        (Wrong::Status(500), "unavailable"),
        (Wrong::Html, "malformed_answer"),
        (Wrong::Hang, "unavailable"),
    ] {
        company.set_faults(Default::default());
        company.change_faults(|faults| faults.answers = vec![Disturbance::always(wrong.clone())]);
        let (code, _) = admin.failed(Method::POST, WEBHOOKS, Some(admin.origin())).await;
        assert_eq!(code, expected, "{wrong:?}");
    }
    assert_eq!(admin.secrets().await, 1);
}

async fn what_could_not_be_delivered_is_found_and_made_good(place: Place) {
    let admin = Admin::new(place).await;
    let company = admin.stage.provider.company();
    let path = format!("{WEBHOOKS}/backfill");
    company.update(2, [("lastName", "Arrived")]).unwrap();
    admin.stage.settle().await;
    let nothing = admin.done(Method::POST, &path, None).await;
    assert_eq!((&nothing["deliveries"], &nothing["missed"]), (&json!(1), &json!(0)));
    company.change_faults(|faults| faults.wrong_signature = true);
    company.update(3, [("lastName", "Lost")]).unwrap();
    company.delete(5).unwrap();
    company.settle().await.unwrap();
    company.change_faults(|faults| faults.wrong_signature = false);

    let found = admin.done(Method::POST, &path, None).await;
    admin.stage.settle().await;
    let again = admin.done(Method::POST, &path, None).await;
    admin.stage.settle().await;

    assert!(found["missed"].as_u64() >= Some(2), "{found}");
    let run = found["run"].as_str().unwrap().to_owned();
    assert_eq!(again["run"], found["run"]);
    assert_eq!(admin.backfills().await, [(run, "succeeded".to_owned())]);
    admin.in_step().await;
    let db = admin.stage.node.projections.db();
    let all = everybody(db, &admin.stage.tenant, &admin.stage.baseline).await;
    let deleted = all.iter().find(|actor| actor.source_id.as_deref() == Some("5")).unwrap();
    assert!(!deleted.active && deleted.source_deleted);

    let forbidden = Disturbance::always(Wrong::Forbidden).on("/webhooks/1/log");
    company.change_faults(|faults| faults.answers = vec![forbidden]);
    let unreadable = admin.done(Method::POST, &path, None).await;
    assert_eq!((&unreadable["unreadable"], &unreadable["run"]), (&json!(["1"]), &Value::Null));
    company.set_faults(Default::default());
    company.change_faults(|faults| faults.log_over_limit = true);
    let (code, _) = admin.failed(Method::POST, &path, None).await;
    assert_eq!(code, "rate_limited");
}

async fn a_reconcile_looks_for_what_could_not_be_delivered(place: Place) {
    let admin = Admin::new(place).await;
    let company = admin.stage.provider.company();
    company.change_faults(|faults| faults.wrong_signature = true);
    company.delete(5).unwrap();
    company.settle().await.unwrap();
    company.change_faults(|faults| faults.wrong_signature = false);

    admin.stage.sync(RunKind::Reconcile).await;
    admin.stage.sync(RunKind::Reconcile).await;

    let runs = admin.backfills().await;
    assert_eq!((runs.len(), runs[0].1.as_str()), (1, "succeeded"));
    let db = admin.stage.node.projections.db();
    let all = everybody(db, &admin.stage.tenant, &admin.stage.baseline).await;
    assert!(all.iter().any(|actor| actor.source_deleted));
}
