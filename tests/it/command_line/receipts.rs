//! Deliveries: listed, shown with what they led to, and written out as they arrived.

use chrono::Utc;
use serde_json::{Value, json};

use super::run;
use crate::place::Place;
use crate::provider::Letter;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_shown_with_what_it_led_to_and_as_it_arrived() {
    let stage = Stage::synced(Place::sqlite(), 6).await;
    stage.provider.company().change_faults(|faults| faults.reorder_deliveries = true);
    stage.provider.company().update(3, [("firstName", "Told")]).unwrap();
    let letter = stage.provider.update_of(3, Utc::now().timestamp());
    let receipt = stage.deliver(&letter).await.receipt();
    let forged = Letter::signed("another key", &letter.body, Utc::now().timestamp());
    assert_eq!(stage.deliver(&forged).await.status, 401);
    stage.settle_all_but_held_back().await;
    let Stage { node, place, .. } = stage;
    node.stop().await;
    place.let_go().await;
    let directory = place.directory();
    let here = tempfile::tempdir().unwrap();
    let receipts = async |words: &[&str]| {
        let given = ["--data-dir", directory.to_str().unwrap(), "receipts"];
        let said = run(here.path(), &[&given[..], words].concat()).await;
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };

    let listed: Value = serde_json::from_str(&receipts(&["list", "--json"]).await).unwrap();
    assert_eq!((&listed[0]["id"], &listed[1]), (&json!(receipt), &Value::Null));
    let shown = receipts(&["show", &receipt]).await;
    assert!(shown.contains("accepted") && shown.contains("actor.fields_changed"), "{shown}");
    assert_eq!(receipts(&["raw", &receipt]).await.as_bytes(), letter.body);
    let refused = receipts(&["list", "--refused"]).await;
    assert!(refused.contains("signature_wrong"), "{refused}");
}
