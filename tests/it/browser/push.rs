//! An HR system that posts everybody: set up, tested, looked at, and only then enabled.

use rollcall_domain::access::Role;
use serde_json::json;

use super::journeys::unconnected;
use super::window::Browser;
use crate::client::{Answer, post};
use crate::desk::Desk;
use crate::journeys::push::EXAMPLE;
use crate::stage::Stage;

const HOME: &str = "/settings/integrations/hris-webhook";

/// The document's example, posted to an address as an HR system does.
async fn posts(stage: &Stage, path: &str, key: &str) -> Answer {
    let headers = [("x-hris-authentication", key), ("content-type", "application/json")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    post(stage.node.address, path, &headers, EXAMPLE.as_bytes()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_looks_at_what_a_request_would_do_before_it_is_done() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;

    browser.visit("/settings/integrations").await;
    browser.click("HRIS Webhook").await;
    browser.click("Save Settings").await;
    browser.sees("Your API key, shown once").await;
    let shown = async |id: &str| {
        let script = format!("return document.getElementById('{id}').innerText");
        browser.script(&script).await.as_str().unwrap().to_owned()
    };
    let (key, endpoint) = (shown("apikey").await, shown("endpoint").await);
    let path = endpoint.strip_prefix(&format!("http://{}", stage.node.address)).unwrap();
    browser.click("I have stored it").await;
    browser.sees("Nothing was posted yet").await;
    browser.misses(&key).await;

    assert_eq!(posts(&stage, path, &key).await.json()["mode"], "test");
    browser.sees("Not applied: test mode").await;
    browser.click("Simulate").await;
    browser.sees("john.doe@7geese.com").await;
    browser.script("document.querySelectorAll('details').forEach(one => one.open = true)").await;
    browser.sees("Customer Success > Support > Mobile Support").await;
    browser.click("enable the webhook").await;
    browser.tick("Enable webhook").await;
    browser.click("Save Settings").await;
    browser.sees("The webhook is live").await;

    assert_eq!(posts(&stage, path, &key).await.json()["mode"], "live");
    browser.sees("1 created").await;
    browser.click("View run").await;
    browser.is_at("/settings/integrations/logs/").await;
    browser.click("John Doe").await;
    browser.is_at("/people/").await;
    browser.sees("VP Engineering").await;
    browser.visit("/people").await;
    assert_eq!(
        browser.script("return document.querySelector('.chain')?.ariaLabel").await,
        "Synced from HRIS Webhook"
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_see_connections_finds_no_such_page() {
    let stage = unconnected().await;
    for role in [Role::Viewer, Role::Editor] {
        let browser = Browser::signed_in_as(&stage, role).await;
        browser.misses("HRIS Webhook").await;
        browser.visit(HOME).await;
        browser.misses("Save Settings").await;
        browser.misses("HRIS Webhook").await;
        browser.close().await;
    }
    let auditor = Browser::signed_in_as(&stage, Role::Auditor).await;
    auditor.visit(HOME).await;
    auditor.sees("An owner or admin of the tenant can make an endpoint").await;
    auditor.close().await;
}

/// An endpoint with a request, and a look at what that would do: for a walk through all pages.
pub(super) struct Posted {
    id: String,
    fingerprint: String,
    request: String,
    simulation: String,
}

impl Posted {
    pub(super) async fn to(stage: &Stage, desk: &Desk) -> Posted {
        let made = desk.post("/hris_webhooks", Some(json!({}))).await.json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let id = text("id");
        let sent = posts(stage, &text("path"), &text("api_key")).await;
        let request = sent.json()["request_id"].as_str().unwrap().to_owned();
        stage.settle_all_but_held_back().await;
        let asked = format!("/hris_webhooks/{id}/requests/{request}/simulate");
        let simulation = desk.post(&asked, None).await.json();
        assert_eq!(simulation["status"], "done", "{simulation}");
        let simulation = simulation["id"].as_str().unwrap().to_owned();
        let known = desk.get(&format!("/hris_webhooks/{id}")).await;
        let fingerprint = known["keys"][0]["fingerprint"].as_str().unwrap().to_owned();
        Posted { id, fingerprint, request, simulation }
    }

    /// The address that a path of the endpoint's pages stands for.
    pub(super) fn address(&self, below: &str) -> String {
        let parts = [
            ("{fingerprint}", &self.fingerprint),
            ("{request}", &self.request),
            ("{operation}", &self.simulation),
        ];
        let filled = |path: String, (part, value): (&str, &String)| path.replace(part, value);
        let below = parts.into_iter().fold(below.to_owned(), filled);
        format!("{HOME}/{}{below}", self.id)
    }
}
