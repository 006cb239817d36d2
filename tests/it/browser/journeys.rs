//! What people come for, page by page.

use rollcall::NodeOptions;
use rollcall_domain::access::Role;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};

use super::window::Browser;
use crate::desk::Desk;
use crate::place::Place;
use crate::provider::Provider;
use crate::stage::Stage;

const HRIS: &str = "/settings/integrations/hris";

/// A company with Ada Lovelace in it, which nothing is connected to.
pub(super) async fn unconnected() -> Stage {
    let provider = Provider::start(40).await;
    let ada = [("firstName", "Ada"), ("lastName", "Lovelace"), ("jobTitle", "Engineer")];
    provider.company().hire(ada).unwrap();
    Stage::apart(Place::sqlite(), provider, NodeOptions::default()).await
}

/// The same, connected by hand.
async fn connected(stage: &Stage, browser: &Browser) {
    browser.visit("/settings/integrations").await;
    browser.click("Connect BambooHR").await;
    browser.fill("Subdomain", "acme").await;
    browser.fill("API key", &Provider::api_key()).await;
    browser.click("Another address").await;
    browser.fill("Address of the API", &stage.provider.simulator.origin()).await;
    browser.click("Test connection").await;
    browser.sees("people are visible").await;
    browser.click("Save connection").await;
    browser.sees("Recent sync logs").await;
    browser.sees("Succeeded").await;
}

/// The provider refuses the key from now on, and the next sync finds out.
async fn refused(stage: &Stage, browser: &Browser) {
    let always = Disturbance::always(Wrong::Unauthorized);
    stage.provider.company().change_faults(|faults| faults.answers.push(always));
    browser.click("Sync now").await;
    browser.sees("BambooHR does not sync").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_connects_watches_the_first_sync_and_finds_a_person() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;

    connected(&stage, &browser).await;
    browser.click("View run").await;
    browser.is_at("/settings/integrations/logs/").await;
    browser.fill("Employee id or e-mail", "41").await;
    browser.click("Filter").await;
    browser.click("Ada Lovelace").await;

    browser.is_at("/people/").await;
    browser.sees("Engineer").await;
    browser.sees("actor.created").await;
    browser.click("Initial sync").await;
    browser.sees("Affected identities").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_sees_what_is_wrong_and_what_to_do_and_that_it_is_well_again() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    connected(&stage, &browser).await;

    refused(&stage, &browser).await;
    browser.sees("Create a new key at the provider").await;
    browser.click("View run").await;
    browser.sees("authentication").await;

    stage.provider.company().change_faults(|faults| faults.answers.clear());
    browser.visit(HRIS).await;
    browser.click("Sync now").await;
    browser.misses("BambooHR does not sync").await;
    browser.sees("Active").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_told_at_once_follows_the_link_mends_it_and_is_told_that_it_is_well() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    connected(&stage, &browser).await;
    refused(&stage, &browser).await;

    browser.visit("/people").await;
    browser.click("Notifications, 1 unread").await;
    browser.is_at("/notifications").await;
    browser.sees("BambooHR connection needs attention").await;
    browser.sees("Failing since").await;
    browser.click("View run").await;
    browser.is_at("/settings/integrations/logs/").await;
    browser.sees("authentication").await;

    stage.provider.company().change_faults(|faults| faults.answers.clear());
    browser.visit(HRIS).await;
    browser.sees("Failing since").await;
    browser.click("Sync now").await;
    browser.misses("BambooHR does not sync").await;
    // Nobody loads the page anew: the button in the banner is live.
    browser.click("Notifications, 2 unread").await;
    browser.sees("BambooHR has recovered").await;
    browser.sees("It was failing for").await;
    browser.click("Mark read BambooHR has recovered").await;
    browser.click("Notifications, 1 unread").await;
    browser.click("Unread").await;
    browser.misses("BambooHR has recovered").await;
    browser.click("Mark all as read").await;
    browser.sees("Nothing is unread").await;
    browser.click("Profile menu").await;
    browser.click("Notifications").await;
    browser.click("Mark unread BambooHR connection").await;
    browser.sees("BambooHR connection needs attention").await;
    browser.click("Notifications, 1 unread").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_approves_a_part_of_a_plan_and_takes_it_back() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    connected(&stage, &browser).await;
    let company = stage.provider.company();
    let today = company.clock().date_naive();
    for person in company.people().iter().rev().take(30) {
        let _ = company.terminate(person.id, today);
    }

    browser.click("Re-run reconciliation").await;
    browser.click("Look at the plan").await;
    browser.sees("Nothing of it has been applied").await;
    browser.click("Look at all").await;
    browser.tick("Ada Lovelace").await;
    browser.click("Approve 1 chosen").await;
    browser.misses("Nothing of it has been applied").await;
    browser.sees("Succeeded").await;

    browser.click("Undo this run").await;
    browser.sees("What taking it back would do").await;
    browser.sees("Ada Lovelace").await;
    browser.click("Undo this run").await;
    browser.is_at("/settings/integrations/logs/").await;
    browser.sees("Succeeded").await;
    browser.visit("/people?q=Lovelace").await;
    browser.click("Ada Lovelace").await;
    browser.sees("On hold").await;
    browser.click("Release").await;
    browser.misses("On hold").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_the_source_keeps_says_so_and_the_others_are_edited() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    connected(&stage, &browser).await;

    browser.visit("/people?q=Lovelace").await;
    browser.click("Ada Lovelace").await;
    browser.click("Edit").await;
    browser.sees("Set by BambooHR").await;
    let locked = "return document.querySelector('#first_name').readOnly";
    assert_eq!(browser.script(locked).await, true);
    browser.click("Cancel").await;
    browser.click("Take out of sync").await;
    browser.sees("Put back in sync").await;
    browser.click("Edit").await;
    browser.fill("First name", "Augusta").await;
    browser.click("Save").await;
    browser.sees("Augusta Lovelace").await;
    browser.close().await;
}

/// The only journey with two windows: others that held one each could wait for one another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_in_another_window_while_they_are_built_anew() {
    let stage = unconnected().await;
    let browser = Browser::signed_in_as(&stage, Role::Owner).await;
    connected(&stage, &browser).await;
    let (desk, list) = (Desk::of(&stage).await, format!("/scenarios/{}/actors", stage.baseline));
    let people = desk.get(&list).await;
    let reader = Browser::signed_in_as(&stage, Role::Viewer).await;

    browser.runs_the_installation().await;
    browser.visit("/engine/actors").await;
    browser.click("Rebuild").await;
    let during = desk.get(&list).await;
    reader.visit("/people?q=Lovelace").await;
    reader.sees("Ada Lovelace").await;
    browser.sees("The new build is shown").await;
    reader.visit("/people?q=Lovelace").await;
    reader.sees("Ada Lovelace").await;

    assert_eq!((during, desk.get(&list).await), (people.clone(), people));
    reader.close().await;
    browser.close().await;
}
