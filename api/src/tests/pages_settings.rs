//! The pages on which a connection is set: targets, schedule, secrets, key, and webhooks at the provider.

use axum::http::Method;
use serde_json::json;

use super::SECRET;
use super::pages_connection::{Browser, HOME, SOON, hides, shows, text};
use crate::tokens::Scope;

#[tokio::test]
async fn settings_are_saved_field_by_field_and_a_stale_form_shows_both_values() {
    let browser = Browser::connected(Scope::Manage).await;
    let path = format!("{HOME}/settings/schedule");
    shows(&browser.page(&path).await, &[r#"name="was:/schedule/hour" value="2""#]);
    let hour = |typed| [("/schedule/hour", typed), ("was:/schedule/hour", "2")];

    assert_eq!(browser.done(&path, &hour("3")).await, HOME);
    shows(&browser.page(HOME).await, &["Every night at 03:00"]);

    let stale = browser.post(&path, &hour("5")).await;
    assert_eq!(stale.status, 409);
    shows(&text(&stale), &["Somebody else changed", "It is <b>3</b> now", "you entered <b>5</b>"]);
    let mine = [("/schedule/hour", "5"), ("was:/schedule/hour", "3")];
    assert_eq!(browser.done(&path, &mine).await, HOME);
    shows(&browser.page(HOME).await, &["Every night at 05:00"]);

    let zone = [("/schedule/zone", "<i>Nowhere"), ("was:/schedule/zone", "")];
    let refused = browser.post(&path, &zone).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["is no time zone", r#"value="&#60;i&#62;Nowhere""#]);
    for section in ["limits", "deliveries", "targets"] {
        shows(&browser.page(&format!("{HOME}/settings/{section}")).await, &["Save Settings"]);
    }
    let elsewhere = format!("{HOME}/settings/nothing");
    assert_eq!(browser.ask(Method::GET, &elsewhere, String::new()).await.status, 404);
}

#[tokio::test]
async fn targets_are_chosen_by_their_names_whatever_those_are() {
    let browser = Browser::connected(Scope::Manage).await;
    let body = Some(json!({"name": "<script>Plan</script>"}));
    let made = browser.home.ask(Method::POST, "/scenarios", "acme", body).await.json();
    browser.home.projections.settle(SOON).await.unwrap();
    let scenario = format!("/targets/scenarios/{}", made["id"].as_str().unwrap());
    let path = format!("{HOME}/settings/targets");
    shows(&browser.page(&path).await, &["&#60;script&#62;Plan", &scenario]);

    let was = format!("was:{scenario}");
    assert_eq!(browser.done(&path, &[(&scenario, "on"), (&was, "")]).await, HOME);

    let page = browser.page(HOME).await;
    shows(&page, &["&#60;script&#62;Plan", "Live Baseline"]);
    hides(&page, &["<script>Plan"]);
    let gone = [("/targets/scenarios/01JZ", "on"), ("was:/targets/scenarios/01JZ", "")];
    let refused = browser.post(&path, &gone).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["there is no such scenario"]);
}

#[tokio::test]
async fn a_webhook_secret_is_taken_and_never_shown() {
    let browser = Browser::connected(Scope::Manage).await;
    let path = format!("{HOME}/secrets");
    let refused = browser.post(&path, &[("secret", "too-short")]).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["from 16 to 512 characters"]);
    hides(&text(&refused), &["too-short"]);

    assert_eq!(browser.done(&path, &[("secret", "another-secret-of-theirs")]).await, HOME);

    let page = browser.page(HOME).await;
    hides(&page, &[SECRET, "another-secret"]);
    let shown = page.split("/secrets/").nth(1).unwrap().split('/').next().unwrap();
    let remove = format!("{HOME}/secrets/{shown}/remove");
    shows(&browser.page(&remove).await, &["Remove the webhook secret", shown]);
    assert_eq!(browser.done(&remove, &[]).await, HOME);
    hides(&browser.page(HOME).await, &[shown]);
    // Pressed twice, it is done once.
    assert_eq!(browser.done(&remove, &[]).await, HOME);
    let unknown = browser.post(&format!("{HOME}/secrets/0011223344556677/remove"), &[]).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_key_is_replaced_and_sent_to_another_address_only_with_it() {
    let browser = Browser::connected(Scope::Manage).await;
    let path = format!("{HOME}/credentials");
    shows(&browser.page(&path).await, &["New API key"]);

    let empty = browser.post(&path, &[("api_key", " "), ("base_url", "")]).await;
    assert_eq!(empty.status, 422);
    shows(&text(&empty), &["It is empty."]);
    let wrong = browser.post(&path, &[("api_key", "k-1-2-3"), ("base_url", "ftp://x")]).await;
    shows(&text(&wrong), &["must be an http or https address", r#"value="ftp://x""#]);
    hides(&text(&wrong), &["k-1-2-3"]);

    let proxy = [("api_key", "k-1-2-3"), ("base_url", "https://proxy.example/v1")];
    assert_eq!(browser.done(&path, &proxy).await, HOME);
    shows(&browser.page(&path).await, &["https://proxy.example/v1"]);
}

#[tokio::test]
async fn webhooks_at_the_provider_are_registered_and_looked_at() {
    let browser = Browser::connected(Scope::Manage).await;
    let webhooks = format!("{HOME}/webhooks");
    let one = json!({
        "id": "7", "name": "<b>Rollcall", "url": "https://rollcall.example/x", "secret": null,
        "last_sent_at": "2026-01-31T18:42:00Z", "errors": null
    });
    let asked = browser.ask(Method::GET, &webhooks, String::new()).await;
    assert_eq!(asked.status, 303);
    let page = browser.told(asked.header("location"), json!({ "webhooks": [one] })).await;
    shows(&page, &["&#60;b&#62;Rollcall", "Not known here", "webhooks/7/log", "webhooks/7/delete"]);

    let new = format!("{webhooks}/new");
    shows(&browser.page(&new).await, &[r#"value="https://rollcall.example""#]);
    let refused = browser.post(&new, &[("url", "rollcall"), ("name", "Mine")]).await;
    assert_eq!(refused.status, 422);
    shows(&text(&refused), &["must be an https address", r#"value="Mine""#]);
    let fields = [("url", "https://rollcall.example"), ("name", "Mine"), ("format", "json")];
    let place = browser.done(&new, &fields).await;
    let page = browser.told(&place, json!({ "webhook": one, "created": true })).await;
    shows(&page, &["The webhook is registered"]);

    let log = browser.ask(Method::GET, &format!("{webhooks}/7/log"), String::new()).await;
    let rows = [
        json!({"last_attempted_at": "2026-01-31T18:42:00Z", "status": 503, "employees": ["67"]}),
        json!({"last_attempted_at": null, "status": 202, "employees": []}),
    ];
    let page = browser.told(log.header("location"), json!({ "deliveries": rows })).await;
    shows(&page, &["Answered 503", "Arrived", "67"]);

    let delete = format!("{webhooks}/7/delete");
    shows(&browser.page(&delete).await, &["Delete webhook 7"]);
    let place = browser.done(&delete, &[]).await;
    let gone = json!({"deleted": "7", "was_there": true, "secret": "0123456789abcdef"});
    shows(&browser.told(&place, gone).await, &["Webhook 7 is deleted", "Remove the key"]);

    let place = browser.done(&format!("{webhooks}/backfill"), &[]).await;
    let missed = json!({"deliveries": 9, "missed": 2, "run": "01JZ"});
    shows(&browser.told(&place, missed).await, &["2 deliveries did not arrive", "logs/01JZ"]);
}
