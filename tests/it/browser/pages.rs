//! Every page there is: readable for everybody, on every screen. How each looks is kept in
//! `target/screenshots`.

use rollcall_api::Page;
use rollcall_domain::access::Role;

use super::window::{Browser, Look};
use super::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_in_light_and_dark_and_on_a_phone() {
    let world = World::new().await;
    let mut findings = vec![];

    let stranger = Browser::of_a_stranger(&world.stage).await;
    walk(&world, &stranger, |page| page.is_open, &mut findings).await;
    stranger.close().await;
    let owner = Browser::signed_in_as(&world.stage, Role::Owner).await;
    world.tells_everything().await;
    walk(&world, &owner, |page| !page.is_open && !page.is_operators, &mut findings).await;
    owner.runs_the_installation().await;
    walk(&world, &owner, |page| page.is_operators, &mut findings).await;
    owner.close().await;

    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// Goes through some of the pages.
async fn walk(
    world: &World,
    browser: &Browser,
    which: fn(&Page) -> bool,
    findings: &mut Vec<String>,
) {
    for page in rollcall_api::pages().iter().filter(|page| which(page)) {
        for (number, address) in world.addresses(page.path).await.iter().enumerate() {
            for look in Look::ALL {
                browser.looks(look).await;
                browser.visit(address).await;
                let found = looked_at(browser, &name(page.path, number, look), look).await;
                let place = format!("{} ({})", page.path, look.name());
                findings.extend(found.iter().map(|one| format!("{place}: {one}")));
            }
        }
    }
}

/// What is not as it should be on the page that is open.
pub(super) async fn looked_at(browser: &Browser, name: &str, look: Look) -> Vec<String> {
    let mut found = browser.complaints().await;
    if browser.script("return document.contentType").await != "text/html" {
        return found;
    }
    browser.shot(name).await;
    found.extend(browser.violations().await);
    let overhang = browser.overhang().await;
    if look == Look::Phone && overhang > 0 {
        found.push(format!("it is {overhang} px wider than the window"));
    }
    found
}

/// What a screenshot is called.
fn name(path: &str, number: usize, look: Look) -> String {
    let words: Vec<_> = path.split(['/', '{', '}']).filter(|word| !word.is_empty()).collect();
    let number = if number == 0 { String::new() } else { format!("-{}", number + 1) };
    format!(
        "{}{number}-{}",
        if words.is_empty() { "start".into() } else { words.join("-") },
        look.name()
    )
}
