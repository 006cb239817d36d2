//! A read that does not show everybody says so, and the company's day is its own.

use chrono::{Timelike, Utc};
use rollcall_domain::connection::{Command, Connection, Settings};
use rollcall_domain::vocabulary::RunKind;

use crate::place::{Place, on_both_databases};
use crate::roster::ours;
use crate::stage::Stage;

on_both_databases!(
    a_read_that_shows_some_is_partial_and_says_how_many,
    a_field_the_key_cant_read_makes_a_run_partial,
    who_leaves_and_who_starts_is_judged_by_the_companys_day,
);

async fn a_read_that_shows_some_is_partial_and_says_how_many(place: Place) {
    let stage = Stage::synced(place, 60).await;
    let company = stage.provider.company();
    let db = stage.node.projections.db();
    let before = ours(db, &stage.tenant, &stage.baseline).await;
    company.change_faults(|faults| faults.shown = Some(20));

    let run = stage.sync(RunKind::Reconcile).await;

    let run = stage.run(&run).await;
    assert_eq!((run.status.as_str(), run.complete), ("partial", Some(false)));
    assert_eq!(run.error_code.as_deref(), Some("incomplete_read"));
    let words = format!("20 of {} visible", company.headcount());
    assert!(run.error_summary.as_ref().is_some_and(|said| said.contains(&words)), "{run:?}");
    assert_eq!(ours(db, &stage.tenant, &stage.baseline).await, before);
    let all = rollcall_projections::connections::one(db, &stage.tenant, &stage.connection).await;
    let connection = all.unwrap().unwrap();
    assert_eq!(
        (connection.visible, connection.total, connection.complete),
        (Some(20), Some(company.headcount() as u64), Some(false))
    );
}

async fn a_field_the_key_cant_read_makes_a_run_partial(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let hidden = ["workEmail".to_owned()];
    stage.provider.company().change_faults(|faults| faults.hidden_fields = hidden.into());

    let run = stage.sync(RunKind::Reconcile).await;

    let run = stage.run(&run).await;
    assert_eq!(run.status, "partial");
    assert!(run.error_summary.as_ref().is_some_and(|said| said.contains("workEmail")), "{run:?}");
}

/// At noon in London it is tomorrow already where the company is.
async fn who_leaves_and_who_starts_is_judged_by_the_companys_day(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let noon = Utc::now().date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc();
    let noon = if Utc::now().hour() < 12 { noon } else { noon + chrono::TimeDelta::days(1) };
    stage.clock.reach(noon);
    let company = stage.provider.company();
    company.set_clock(noon + chrono::TimeDelta::hours(14));
    company.change_faults(|faults| faults.reorder_deliveries = true);
    let hired = company.hire([("firstName", "New"), ("lastName", "Here")]).unwrap().to_string();
    let there = async || {
        let people = ours(stage.node.projections.db(), &stage.tenant, &stage.baseline).await;
        people.contains_key(&hired)
    };

    zone(&stage, "UTC").await;
    let run = stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert_eq!(stage.run(&run).await.status, "succeeded");
    assert!(!there().await);

    zone(&stage, "Pacific/Kiritimati").await;
    stage.ask_for(RunKind::Reconcile).await;
    stage.settle_all_but_held_back().await;
    assert!(there().await);
}

async fn zone(stage: &Stage, name: &str) {
    let loaded =
        rollcall_commands::load::<Connection>(&stage.node.store, &stage.tenant, &stage.connection);
    let known = loaded.await.unwrap().state.known.unwrap();
    let settings = Settings { time_zone: Some(name.to_owned()), ..known.settings };
    stage.change(Command::ChangeSettings { settings }).await;
}
