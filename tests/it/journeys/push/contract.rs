//! The document's way: send in test mode, simulate, enable, send again.

use serde_json::{Value, json};

use super::{EXAMPLE, Scene};
use crate::place::{Place, on_both_databases};

on_both_databases!(the_example_is_simulated_and_after_enabling_the_same_body_is_applied,);

async fn the_example_is_simulated_and_after_enabling_the_same_body_is_applied(place: Place) {
    let scene = Scene::with(place, json!({})).await;

    let sent = scene.send(EXAMPLE.as_bytes(), &[]).await;
    assert_eq!(sent.status, 202, "{}", String::from_utf8_lossy(&sent.body));
    let told = sent.json();
    assert_eq!((&told["mode"], &told["received"]), (&json!("test"), &json!(1)));
    scene.settle().await;
    let request = told["request_id"].as_str().unwrap();
    let view = scene.request(request).await;
    assert_eq!((&view["verdict"], &view["people"]), (&json!("test"), &json!(1)));
    assert!(scene.people().await.is_empty(), "nothing is applied in test mode");

    let log = scene.events().await;
    let simulation = scene.simulate(request).await;
    assert_eq!(scene.events().await, log, "no event is written");
    assert_eq!(simulation["targets"][0]["counts"]["created"], 1, "{simulation}");
    let steps = scene.steps(&simulation).await;
    let john: Vec<&Value> =
        steps.iter().filter(|step| step["source_hris_id"] == "1FdzdQf35CffSd53").collect();
    assert_eq!(john.len(), 1, "{steps:?}");
    assert_eq!(john[0]["action"], "create");

    scene.act("enable").await;
    let again = scene.send(EXAMPLE.as_bytes(), &[]).await;
    assert_eq!((again.status, &again.json()["mode"]), (202, &json!("live")));
    scene.settle().await;

    let john = scene.person("John").await;
    assert_eq!(john["email"], "john.doe@7geese.com");
    assert_eq!(john["departments"].as_array().unwrap().len(), 3, "{john}");
    assert_eq!(john["synced"], true);
    let names: Vec<Value> =
        scene.departments().await.iter().map(|one| one["path"].clone()).collect();
    for path in ["Engineering > Mobile Team", "Customer Success > Support > Mobile Support"] {
        assert!(names.contains(&json!(path)), "{names:?}");
    }
}
