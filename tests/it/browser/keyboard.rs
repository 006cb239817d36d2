//! The way from the sign-in to a person's history without a mouse.

use rollcall_domain::access::Role;

use super::journeys::unconnected;
use super::office::Office;
use super::window::Browser;
use crate::provider::Provider;
use crate::visitor::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_alone_leads_from_the_sign_in_to_a_persons_history() {
    let stage = unconnected().await;
    let email = Office::of(&stage).await.member(Role::Owner).await;
    let browser = Browser::of_a_stranger(&stage).await;

    browser.visit("/settings/integrations").await;
    for (field, text) in [("E-mail", email.as_str()), ("Password", PASSWORD)] {
        browser.tab_to(field).await;
        browser.types(text).await;
    }
    browser.press("Enter").await;
    browser.sees("No HR system is connected").await;
    browser.enters("Connect BambooHR").await;
    browser.sees("Subdomain").await;
    let origin = stage.provider.simulator.origin();
    browser.tab_to("Subdomain").await;
    browser.types("acme").await;
    browser.tab_to("API key").await;
    browser.types(&Provider::api_key()).await;
    browser.enters("Another address").await;
    browser.tab_to("Address of the API").await;
    browser.types(&origin).await;
    browser.enters("Test connection").await;
    browser.sees("people are visible").await;
    browser.enters("Save connection").await;
    browser.sees("Recent sync logs").await;
    browser.sees("Succeeded").await;
    browser.enters("View run").await;
    browser.sees("Affected identities").await;
    browser.tab_to("Employee id or e-mail").await;
    browser.types("41").await;
    browser.press("Enter").await;
    browser.is_at("/settings/integrations/logs/").await;
    browser.enters("Ada Lovelace").await;
    browser.sees("actor.created").await;
    browser.close().await;
}
