//! Somebody has another system told: made, tried, failing, sent again.

use rollcall_domain::access::Role;
use rollcall_simulators::sink::{Behaviour, Sink};
use serde_json::json;

use super::journeys::unconnected;
use super::window::Browser;
use crate::desk::Desk;
use crate::place::{PATIENCE, eventually};
use crate::visitor::PASSWORD;

const HERE: &str = "/settings/webhooks";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_makes_a_webhook_tries_it_sees_it_fail_and_sends_again() {
    let (stage, sink) = (unconnected().await, Sink::start().await.unwrap());
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    let desk = Desk::of(&stage).await;

    browser.visit(HERE).await;
    browser.sees("No webhook yet").await;
    browser.click("New webhook").await;
    browser.fill("Destination URL", &sink.url()).await;
    browser.fill("Webhook Name", "Employee data").await;
    browser.tick("Employee model change").await;
    browser.click("Test URL").await;
    browser.sees("This one is good").await;
    browser.sees("webhook-signature: v1,").await;
    assert_eq!(sink.count(), 1);
    browser.click("Create webhook").await;
    browser.sees("whsec_").await;
    browser.click("I have stored it").await;
    browser.sees("Active").await;

    sink.behave(Behaviour::Status(500));
    let actors = format!("/scenarios/{}/actors", stage.baseline);
    desk.post(&actors, Some(json!({ "first_name": "Ada" }))).await;
    eventually("a try failed", async || {
        let found = desk.get("/webhooks/deliveries").await;
        found["data"].as_array().unwrap().iter().any(|one| one["attempts"] == 1)
    })
    .await;
    browser.visit(HERE).await;
    browser.sees("it answered 500").await;
    browser.click("Employee data").await;
    browser.sees("Nothing has arrived since").await;

    sink.behave(Behaviour::Text("thank you".to_owned()));
    let one = desk.get("/webhooks/deliveries").await["data"][0].clone();
    let [webhook, id] = ["webhook", "id"].map(|name| one[name].as_str().unwrap().to_owned());
    let place = format!("{HERE}/{webhook}/deliveries/{id}");
    browser.visit(&place).await;
    browser.click("Resend").await;
    browser.sees("It is on its way again").await;
    assert!(sink.has_received(3, PATIENCE).await);
    eventually("it is delivered", async || {
        desk.get("/webhooks/deliveries").await["data"][0]["status"] == "delivered"
    })
    .await;
    browser.visit(&place).await;
    browser.sees("thank you").await;

    browser.visit(HERE).await;
    browser.fill("Your password", PASSWORD).await;
    browser.click("Show the key").await;
    browser.sees("The key of this organisation").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_counted_before_it_is_sent() {
    let (stage, sink) = (unconnected().await, Sink::start().await.unwrap());
    let browser = Browser::signed_in_as(&stage, Role::Admin).await;
    let desk = Desk::of(&stage).await;
    let actors = format!("/scenarios/{}/actors", stage.baseline);
    desk.post(&actors, Some(json!({ "first_name": "Ada" }))).await;
    desk.post(&actors, Some(json!({ "first_name": "Ben" }))).await;
    let new = json!({ "name": "Late", "url": sink.url(), "events": ["employee_data_changed"] });
    let made = desk.post("/webhooks", Some(new)).await.json();
    let place = format!("{HERE}/{}", made["id"].as_str().unwrap());

    browser.visit(&place).await;
    browser.click("Resend…").await;
    browser.sees("Send 2 missed").await;
    assert_eq!(sink.count(), 0);
    browser.click("Send 2 missed").await;
    browser.sees("What was missed is on its way").await;
    assert!(sink.has_received(2, PATIENCE).await);

    browser.click("Disable").await;
    browser.click("Disable").await;
    browser.sees("The webhook is disabled").await;
    browser.click("Recover").await;
    browser.click("Recover").await;
    browser.sees("The webhook is enabled").await;
    browser.click("Remove").await;
    browser.click("Remove").await;
    browser.sees("The webhook was removed").await;
    browser.close().await;
}
