//! Saying which person a source id is: every entry with its own answer.

use axum::http::Method;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::tenant::Plan;
use serde_json::{Value as Json, json};

use super::Home;
use super::by_hand::Desk;

/// What became of each entry.
async fn import(home: &Home, connection: &str, entries: Json) -> Vec<(String, Json)> {
    let path = format!("/integrations/{connection}/identities");
    let body = json!({ "identities": entries });
    let answer = home.ask(Method::POST, &path, "acme", Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let data = answer.json()["data"].as_array().unwrap().clone();
    let outcome = |one: Json| (one["result"].as_str().unwrap().to_owned(), one["detail"].clone());
    data.into_iter().map(outcome).collect()
}

fn results(outcomes: &[(String, Json)]) -> Vec<&str> {
    outcomes.iter().map(|(result, _)| result.as_str()).collect()
}

async fn desk(home: &Home) -> (Desk<'_>, String) {
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    (Desk::of(home, tenant).await, connection)
}

#[tokio::test]
async fn a_source_id_is_an_actor_an_address_or_nobody_any_more() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let (desk, connection) = desk(&home).await;
    let ada = desk.make("/actors", json!({ "first_name": "Ada" })).await;
    let entries = json!([
        { "source_id": "1", "actor": ada },
        { "source_id": "2", "email": " Ben@Example.TEST " },
        { "source_id": "3" },
    ]);

    let first = import(&home, &connection, entries.clone()).await;
    assert_eq!(results(&first), ["mapped", "mapped", "unchanged"]);
    let again = import(&home, &connection, entries).await;
    assert_eq!(results(&again), ["unchanged", "unchanged", "unchanged"]);
    let back = import(&home, &connection, json!([{ "source_id": "1", "email": "" }])).await;
    assert_eq!(results(&back), ["unmapped"]);
}

#[tokio::test]
async fn a_source_id_may_be_somebody_new() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let (desk, connection) = desk(&home).await;
    let ada = desk.make("/actors", json!({ "first_name": "Ada" })).await;
    let new = json!([{ "source_id": "1", "new": true }, { "source_id": "2", "new": true }]);

    assert_eq!(results(&import(&home, &connection, new.clone()).await), ["mapped", "mapped"]);
    assert_eq!(results(&import(&home, &connection, new).await), ["unchanged", "unchanged"]);
    let several = json!([
        { "source_id": "1", "new": true, "actor": ada },
        { "source_id": "2", "new": true, "email": "ada@example.test" },
        { "source_id": "3", "new": false, "actor": ada },
    ]);
    let outcomes = import(&home, &connection, several).await;
    assert_eq!(results(&outcomes), ["error", "error", "mapped"]);
    // Who is somebody new after all leaves the person to others.
    let moved = json!([
        { "source_id": "3", "new": true },
        { "source_id": "1", "actor": ada },
        { "source_id": "2", "new": false },
    ]);
    let outcomes = import(&home, &connection, moved).await;
    assert_eq!(results(&outcomes), ["mapped", "mapped", "unmapped"]);
}

#[tokio::test]
async fn a_wrong_entry_says_why_and_the_others_are_taken() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let (desk, connection) = desk(&home).await;
    let ada = desk.make("/actors", json!({ "first_name": "Ada" })).await;
    let entries = json!([
        { "source_id": "1", "actor": "01NOBODY" },
        { "source_id": " ", "actor": ada },
        { "source_id": "2", "email": "no address" },
        { "source_id": "3", "actor": ada, "email": "ada@example.test" },
        { "source_id": "4", "actor": ada },
        { "source_id": "4", "email": "ada@example.test" },
        { "source_id": "5", "actor": ada },
        { "source_id": "6", "email": "team@example.test" },
        { "source_id": "7", "email": "TEAM@example.test" },
    ]);

    let outcomes = import(&home, &connection, entries).await;

    let expected =
        ["error", "error", "error", "error", "mapped", "error", "error", "mapped", "error"];
    assert_eq!(results(&outcomes), expected);
    assert!(outcomes.iter().all(|(result, why)| (result == "error") == why.is_string()));
    assert!(outcomes[6].1.as_str().unwrap().contains("Source id 4"), "{:?}", outcomes[6]);
}

#[tokio::test]
async fn a_person_is_one_source_id_however_many_imports_there_are() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let (desk, connection) = desk(&home).await;
    let ada = desk.make("/actors", json!({ "first_name": "Ada" })).await;
    import(&home, &connection, json!([{ "source_id": "1", "actor": ada }])).await;

    let other = import(&home, &connection, json!([{ "source_id": "2", "actor": ada }])).await;
    assert_eq!(results(&other), ["error"]);
    // The one that stays is not taken over by one that comes before it.
    let both = json!([{ "source_id": "2", "actor": ada }, { "source_id": "1", "actor": ada }]);
    assert_eq!(results(&import(&home, &connection, both).await), ["error", "unchanged"]);
    let moved = json!([{ "source_id": "1" }, { "source_id": "2", "actor": ada }]);
    assert_eq!(results(&import(&home, &connection, moved).await), ["unmapped", "mapped"]);
}

#[tokio::test]
async fn an_import_is_an_admins_and_has_a_size() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let (_, connection) = desk(&home).await;
    let path = format!("/integrations/{connection}/identities");
    for entries in [json!([]), json!(vec![json!({ "source_id": "1" }); 201])] {
        let body = Some(json!({ "identities": entries }));
        assert_eq!(home.ask(Method::POST, &path, "acme", body).await.problem().0, 422);
    }
    home.tenant("other", Plan::Business).await;
    let body = Some(json!({ "identities": [{ "source_id": "1" }] }));
    assert_eq!(home.ask(Method::POST, &path, "other", body).await.problem().0, 404);
}
