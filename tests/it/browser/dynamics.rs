//! Connecting Dynamics 365 HR by hand: what may not be read is named with its remedy before anything
//! is saved, and what is read is found on the page of a person.

use rollcall_domain::access::Role;
use rollcall_simulators::dynamics::{Config, Simulator};

use super::journeys::unconnected;
use super::pages::looked_at;
use super::window::{Browser, Look};

const HOME: &str = "/settings/integrations/hris";

async fn company() -> Simulator {
    let company = Simulator::start(Config { people: 30, ..Config::default() }).await.unwrap();
    company.change_faults(|faults| faults.forbidden_sets = ["EmploymentsV2".to_owned()].into());
    company
}

/// Fills in the form and tests what it says; one set of records may not be read.
async fn tested(company: &Simulator, browser: &Browser) {
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
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_connects_mends_what_may_not_be_read_and_finds_a_person() {
    let company = company().await;
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    tested(&company, &browser).await;
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

/// What is wrong with the page that is open, on every screen.
async fn look(browser: &Browser, name: &str, findings: &mut Vec<String>) {
    for look in Look::ALL {
        browser.looks(look).await;
        let found = looked_at(browser, &format!("dynamics-{name}-{}", look.name()), look).await;
        // The browser complains of every form that is refused.
        let found = found.iter().filter(|one| !one.contains("422 (Unprocessable Entity)"));
        findings.extend(found.map(|one| format!("{name} ({}): {one}", look.name())));
    }
    browser.looks(Look::Light).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_pages_are_accessible_in_light_and_dark_and_on_a_phone() {
    let company = company().await;
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    let mut findings = vec![];

    browser.visit("/settings/integrations").await;
    look(&browser, "overview", &mut findings).await;
    tested(&company, &browser).await;
    look(&browser, "tested", &mut findings).await;
    browser.fill("Client ID", "not an id").await;
    browser.click("Save connection").await;
    browser.sees("application id of the app registration").await;
    look(&browser, "refused", &mut findings).await;
    tested(&company, &browser).await;
    browser.click("Save connection").await;
    browser.sees("Recent sync logs").await;
    browser.sees("Partial").await;
    look(&browser, "connected", &mut findings).await;
    for place in ["settings/scope", "credentials"] {
        browser.visit(&format!("{HOME}/{place}")).await;
        look(&browser, place.rsplit('/').next().unwrap(), &mut findings).await;
    }
    browser.visit(&format!("{HOME}/disconnect")).await;
    browser.click("Disconnect").await;
    browser.sees("is disconnected").await;
    browser.visit(&format!("{HOME}?provider=dynamics365")).await;
    browser.sees("People came from Dynamics 365 HR before").await;
    look(&browser, "again", &mut findings).await;

    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    browser.close().await;
}
