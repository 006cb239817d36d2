//! Deliveries applied from their own values: only as the newest word on somebody. Everything else is
//! re-read, so that an older word never replaces a newer one.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_domain::connection::{BambooHr, Command, ProviderSettings, Settings};
use rollcall_domain::vocabulary::RunKind;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::provider::Letter;
use crate::roster::{everybody, ours};
use crate::stage::Stage;

on_both_databases!(
    the_newest_word_is_applied_without_asking_for_the_person,
    without_the_setting_everybody_is_asked_for,
    an_older_word_that_comes_later_is_read_again,
    what_was_read_since_is_read_again,
    a_delivery_that_waited_for_a_reconcile_is_read_again,
    what_a_plan_was_made_from_since_is_read_again,
    what_is_more_than_a_value_is_read_again,
);

/// What the deliveries of these tests say; the provider itself says something else, so that it shows
/// who was asked.
const SAID: &str = "By-Delivery";

struct Scene {
    stage: Stage,
}

impl Scene {
    /// Some time after the first sync, so that it is no newer than what is told.
    async fn new(place: Place, direct_apply: bool) -> Self {
        let stage = Stage::synced(place, 12).await;
        let Settings { provider, .. } = stage.provider.settings();
        let ProviderSettings::BambooHr(own) = provider else { panic!("it is BambooHR") };
        let provider = ProviderSettings::BambooHr(BambooHr { direct_apply, ..own });
        stage.change(Command::ChangeSettings { settings: provider.into() }).await;
        let scene = Scene { stage };
        scene.minutes_pass(10);
        scene
    }

    fn now(&self) -> DateTime<Utc> {
        self.stage.node.store.clock().now()
    }

    fn minutes_pass(&self, minutes: i64) {
        self.stage.clock.reach(self.now() + TimeDelta::minutes(minutes));
    }

    /// Of a change so many seconds ago, sent just now.
    fn told(&self, id: u64, seconds_ago: i64, fields: Value) -> Letter {
        let at = self.now() - TimeDelta::seconds(seconds_ago);
        let changed: Vec<&String> = fields.as_object().unwrap().keys().collect();
        let body = json!({ "employees": [{
            "action": "Updated",
            "changedFields": changed,
            "fields": fields,
            "id": id.to_string(),
            "timestamp": at.format("%Y-%m-%dT%H:%M:%S+0000").to_string(),
        }] });
        let body = body.to_string();
        Letter::signed(&self.stage.provider.secret, body.as_bytes(), self.now().timestamp())
    }

    async fn deliver(&self, letter: &Letter) {
        self.stage.deliver(letter).await.receipt();
        self.stage.settle_without_waiting().await;
    }

    fn asked_for(&self, id: u64) -> u64 {
        self.stage.provider.company().requests_of(&format!("GET /employees/{id}"))
    }

    async fn last_name(&self, id: u64) -> String {
        let db = self.stage.node.projections.db();
        let all = ours(db, &self.stage.tenant, &self.stage.baseline).await;
        all[&id.to_string()].last_name.clone().unwrap()
    }

    fn their_last_name(&self, id: u64) -> String {
        self.stage.provider.company().person(id).unwrap().last_name
    }

    async fn was_read_again(&self, id: u64, times: u64) {
        assert_eq!(self.asked_for(id), times);
        assert_eq!(self.last_name(id).await, self.their_last_name(id));
    }
}

fn name() -> Value {
    json!({ "lastName": SAID })
}

async fn the_newest_word_is_applied_without_asking_for_the_person(place: Place) {
    let scene = Scene::new(place, true).await;
    let company = scene.stage.provider.company();
    let department = company.options(rollcall_simulators::bamboohr::ListKind::Department).remove(0);

    scene.deliver(&scene.told(3, 0, name())).await;
    // Somebody else, right behind it.
    let moved = json!({ "Last Name": { "value": SAID }, "Department": department.name });
    scene.deliver(&scene.told(4, 0, moved)).await;

    for id in [3, 4] {
        assert_eq!((scene.last_name(id).await.as_str(), scene.asked_for(id)), (SAID, 0));
    }
    let db = scene.stage.node.projections.db();
    let all = ours(db, &scene.stage.tenant, &scene.stage.baseline).await;
    assert_eq!(all["4"].department.as_deref(), Some(&*department.name));
    let first_name = Some(company.person(4).unwrap().first_name);
    assert_eq!(all["4"].first_name, first_name, "what was not said stays");
    let run = scene.stage.runs().await.remove(0);
    assert_eq!((run.status.as_str(), run.noted), ("succeeded", 0));
    assert_eq!((run.counts.fetched, run.counts.updated), (0, 1));
    // A reconcile finds the truth.
    scene.stage.sync(RunKind::Reconcile).await;
    assert_eq!(scene.last_name(3).await, scene.their_last_name(3));
    scene.stage.projections_hold().await;
}

async fn without_the_setting_everybody_is_asked_for(place: Place) {
    let scene = Scene::new(place, false).await;

    scene.deliver(&scene.told(3, 0, name())).await;

    scene.was_read_again(3, 1).await;
}

async fn an_older_word_that_comes_later_is_read_again(place: Place) {
    let scene = Scene::new(place, true).await;
    let (older, newer) = (scene.told(3, 20, name()), scene.told(3, 10, json!({"lastName": "New"})));
    scene.deliver(&newer).await;
    assert_eq!((scene.last_name(3).await.as_str(), scene.asked_for(3)), ("New", 0));

    // The same bytes are nothing new.
    scene.deliver(&newer).await;
    assert_eq!((scene.last_name(3).await.as_str(), scene.asked_for(3)), ("New", 0));
    scene.deliver(&older).await;
    scene.was_read_again(3, 1).await;

    // The same words, sent once more and signed anew.
    scene.minutes_pass(1);
    let timestamp = scene.now().timestamp();
    let again = Letter::signed(&scene.stage.provider.secret, &newer.body, timestamp);
    scene.deliver(&again).await;
    scene.was_read_again(3, 2).await;
}

async fn what_was_read_since_is_read_again(place: Place) {
    let scene = Scene::new(place, true).await;
    let late = [scene.told(3, 0, name()), scene.told(4, 0, name())];
    scene.minutes_pass(1);
    scene.stage.sync(RunKind::Reconcile).await;

    scene.deliver(&late[0]).await;
    scene.was_read_again(3, 1).await;
    // So late that nobody vouches for its time.
    scene.minutes_pass(30);
    scene.deliver(&late[1]).await;
    scene.was_read_again(4, 1).await;
    // What happens from then on is newer.
    scene.deliver(&scene.told(3, 0, name())).await;
    assert_eq!((scene.last_name(3).await.as_str(), scene.asked_for(3)), (SAID, 1));
}

async fn a_delivery_that_waited_for_a_reconcile_is_read_again(place: Place) {
    let scene = Scene::new(place, true).await;
    scene.stage.provider.company().change_faults(|faults| faults.throttle(1, 60));
    let reconcile = scene.stage.ask_for(RunKind::Reconcile).await;
    crate::place::eventually("the reconcile waits", async || {
        let (db, tenant) = (scene.stage.node.projections.db(), &scene.stage.tenant);
        let run = rollcall_projections::runs::one(db, tenant, &reconcile).await.unwrap();
        run.is_some_and(|run| run.waiting_until.is_some())
    })
    .await;

    let waited = scene.told(3, 0, name());
    scene.stage.deliver(&waited).await.receipt();
    scene.minutes_pass(2);
    scene.stage.settle().await;

    assert_eq!(scene.stage.run(&reconcile).await.status, "succeeded");
    scene.was_read_again(3, 1).await;
}

/// The plan was made after the delivery was, and applied by a run that read nobody.
async fn what_a_plan_was_made_from_since_is_read_again(place: Place) {
    let scene = Scene::new(place, true).await;
    let (company, desk) = (scene.stage.provider.company(), Desk::of(&scene.stage).await);
    let late = scene.told(3, 0, name());
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.update(3, [("lastName", "Newer")]).unwrap();
    scene.minutes_pass(1);
    let connection = &scene.stage.connection;
    let asked = json!({ "identities": ["3"] });
    let preview = desk.post(&format!("/integrations/{connection}/preview"), Some(asked)).await;
    let hash = preview.json()["result"]["hash"].as_str().unwrap().to_owned();
    let apply = format!("/integrations/{connection}/plans/{hash}/apply");
    assert_eq!(desk.post(&apply, None).await.status, 202);
    scene.stage.settle_all_but_held_back().await;
    assert_eq!(scene.last_name(3).await, "Newer");
    let asked = scene.asked_for(3);

    scene.stage.deliver(&late).await.receipt();
    scene.stage.settle_all_but_held_back().await;

    scene.was_read_again(3, asked + 1).await;
}

async fn what_is_more_than_a_value_is_read_again(place: Place) {
    let scene = Scene::new(place, true).await;
    let company = scene.stage.provider.company();
    let gone = company.people().iter().find(|one| one.id > 5).unwrap().id;
    company.terminate(gone, company.clock().date_naive()).unwrap();
    scene.stage.settle_without_waiting().await;
    let asked = scene.asked_for(gone);
    scene.minutes_pass(10);

    scene.deliver(&scene.told(3, 0, json!({ "lastName": SAID, "Status": "Inactive" }))).await;
    scene.was_read_again(3, 1).await;
    scene.deliver(&scene.told(4, 0, json!({ "lastName": SAID, "Reporting to": "Per Lund" }))).await;
    scene.was_read_again(4, 1).await;
    // Somebody who does not work there, and somebody nobody knows.
    scene.deliver(&scene.told(gone, 0, name())).await;
    assert_eq!(scene.asked_for(gone), asked + 1);
    scene.deliver(&scene.told(4_711, 0, name())).await;
    assert_eq!(scene.asked_for(4_711), 1);
    let (db, stage) = (scene.stage.node.projections.db(), &scene.stage);
    let all = everybody(db, &stage.tenant, &stage.baseline).await;
    assert!(all.iter().all(|actor| actor.last_name.as_deref() != Some(SAID)));
}
