//! Connecting Dynamics 365 HR by hand: what may not be read is named with its remedy before anything
//! is saved, and what is read is found on the page of a person.

use rollcall_domain::access::Role;
use rollcall_simulators::dynamics::{Config, Simulator};

use super::journeys::unconnected;
use super::window::Browser;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_connects_mends_what_may_not_be_read_and_finds_a_person() {
    let company = Simulator::start(Config { people: 30, ..Config::default() }).await.unwrap();
    company.change_faults(|faults| faults.forbidden_sets = ["EmploymentsV2".to_owned()].into());
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    let config = Config::default();

    browser.visit("/settings/integrations").await;
    browser.click("Connect Dynamics 365 HR").await;
    browser.fill("Environment URL", &company.environment_url()).await;
    browser.fill("Tenant ID", &config.tenant_id).await;
    browser.fill("Client ID", &config.client_id).await;
    browser.fill("Client secret", &config.client_secret).await;
    browser.click("Scope and reporting lines").await;
    browser.fill("Read from", "Finance and Operations").await;
    browser.fill("Where tokens are issued", &company.authority_url()).await;
    browser.click("Test connection").await;
    browser.sees("It works, with one gap").await;
    browser.sees("EmploymentsV2").await;
    browser.sees("Give the app's user access to it").await;

    company.change_faults(|faults| faults.forbidden_sets.clear());
    browser.click("Test connection").await;
    browser.sees("Everything that is needed can be read").await;
    browser.click("Save connection").await;
    browser.sees("Recent sync logs").await;
    browser.sees("Succeeded").await;
    browser.misses("Webhook from").await;

    let grace = company.hire([("firstName", "Grace"), ("lastName", "Hopper")]).unwrap();
    let grace = company.person(grace).unwrap().personnel_number;
    browser.click("Re-run reconciliation").await;
    browser.sees("1 created").await;
    browser.click("View run").await;
    browser.is_at("/settings/integrations/logs/").await;
    browser.fill("Employee id or e-mail", &grace).await;
    browser.click("Filter").await;
    browser.click("Grace Hopper").await;
    browser.is_at("/people/").await;
    browser.sees("actor.created").await;
    browser.click("Edit").await;
    browser.sees("Set by Dynamics 365 HR").await;
    browser.close().await;
}
