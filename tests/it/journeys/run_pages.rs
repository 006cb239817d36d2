//! What people do with runs from their pages, without script: decide on a plan in part, take a run back,
//! look before a sync and have exactly that done.

use chrono::TimeDelta;
use rollcall_domain::vocabulary::RunKind;

use crate::desk::Desk;
use crate::place::{Place, on_both_databases};
use crate::roster::theirs;
use crate::stage::Stage;

on_both_databases!(
    a_held_plan_is_approved_in_part_from_its_page,
    a_run_is_taken_back_after_a_look_at_what_that_does,
    what_a_preview_shows_is_applied_and_what_moved_is_named,
);

const LOGS: &str = "/settings/integrations/logs";
const PREVIEW: &str = "/settings/integrations/hris/preview";

/// The values of an attribute that follow this.
fn after<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    page.split(start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

async fn a_held_plan_is_approved_in_part_from_its_page(place: Place) {
    let stage = Stage::synced(place, 30).await;
    let desk = Desk::of(&stage).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.advance(TimeDelta::seconds(1));
    company.hire([("firstName", "New"), ("lastName", "Comer")]).unwrap();
    let (today, active) = (company.clock().date_naive(), theirs(&company));
    for id in active.keys().take(15) {
        company.terminate(id.parse().unwrap(), today).unwrap();
    }
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;

    let (_, page) = desk.page(&format!("{LOGS}/{run}")).await;
    assert!(page.contains("Held") && page.contains("Look at all 15"), "{page}");
    let hash = after(&page, "name=\"hash\" value=\"")[0];
    let chosen = after(&page, "name=\"identity\" value=\"");
    assert_eq!(chosen.len(), 11, "ten who leave, and one who is new");
    let (_, alone) = desk.page(&format!("{LOGS}/{run}?action=deactivate")).await;
    assert_eq!(after(&alone, "name=\"identity\" value=\"").len(), 15);
    let form = format!("hash={hash}&chosen=1&identity={}&identity={}", chosen[0], chosen[10]);
    let (place, page) = desk.submit(&format!("{LOGS}/{run}/approve"), &form).await;
    assert_eq!(place, format!("{LOGS}/{run}"), "{page}");
    stage.settle_all_but_held_back().await;

    let done = stage.run(&run).await;
    assert_eq!((done.counts.deactivated, done.counts.created), (1, 1));
    let (_, page) = desk.page(&format!("{LOGS}/{run}")).await;
    assert!(page.contains("Decided by") && page.contains("Comer"), "{page}");
}

async fn a_run_is_taken_back_after_a_look_at_what_that_does(place: Place) {
    let stage = Stage::synced(place, 10).await;
    let desk = Desk::of(&stage).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.advance(TimeDelta::seconds(1));
    company.update(3, [("lastName", "Changed")]).unwrap();
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;

    let (place, page) = desk.submit(&format!("{LOGS}/{run}/undo/preview"), "run=x").await;
    let (place, page) = desk.until_done(place, page).await;
    assert!(place.starts_with(&format!("{LOGS}/{run}/undo/")), "{place}");
    assert!(page.contains("Goes back to what it was") && page.contains("Changed"), "{page}");
    let (place, page) = desk.submit(&format!("{LOGS}/{run}/undo"), "run=x").await;
    stage.settle_all_but_held_back().await;

    let undo = place.strip_prefix(&format!("{LOGS}/")).expect(&page).to_owned();
    let undo = stage.run(&undo).await;
    assert_eq!((undo.status.as_str(), undo.undoes.as_deref()), ("succeeded", Some(&*run)));
    let (_, page) = desk.page(&format!("{LOGS}/{run}")).await;
    assert!(page.contains("Taken back by") && page.contains(&undo.run), "{page}");
}

async fn what_a_preview_shows_is_applied_and_what_moved_is_named(place: Place) {
    let stage = Stage::synced(place, 10).await;
    let desk = Desk::of(&stage).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.advance(TimeDelta::seconds(1));
    company.update(3, [("lastName", "Changed")]).unwrap();

    let (place, page) = desk.submit(PREVIEW, "").await;
    let (shown, page) = desk.until_done(place, page).await;
    assert!(page.contains("Apply exactly this") && page.contains("Changed"), "{page}");
    let (_, before) = desk.page(&format!("{shown}?view=before")).await;
    assert!(before.contains("As they are now") && !before.contains("Changed"), "{before}");
    let form = format!(
        "integration={}&hash={}",
        after(&page, "name=\"integration\" value=\"")[0],
        after(&page, "name=\"hash\" value=\"")[0]
    );
    let (place, page) = desk.submit(&format!("{shown}/apply"), &form).await;
    stage.settle_all_but_held_back().await;
    let run = place.strip_prefix(&format!("{LOGS}/")).expect(&page);
    assert_eq!(stage.run(run).await.counts.updated, 1);

    let (place, page) = desk.submit(&format!("{shown}/apply"), &form).await;
    assert_eq!(place, format!("{shown}/apply"), "it is shown again");
    assert!(page.contains("changed since the plan was made"), "{page}");
}
