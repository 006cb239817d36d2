//! Deliveries: repeated, stale, forged, and what they leave behind.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use rollcall_projections::receipts;

use crate::place::{Place, on_both_databases};
use crate::provider::Letter;
use crate::roster::{assert_equal, ours, theirs};
use crate::stage::Stage;

on_both_databases!(
    a_delivery_that_comes_100_times_at_once_is_received_once,
    a_to_b_to_a_to_b_is_four_changes,
    a_stale_delivery_is_acknowledged_and_read_again,
    a_forged_delivery_is_refused_and_changes_nothing,
    a_delivery_nobody_can_read_is_kept_and_told,
    the_same_words_an_hour_later_are_news,
);

async fn in_step(stage: &Stage) {
    let db = stage.node.projections.db();
    let ours = ours(db, &stage.tenant, &stage.baseline).await;
    assert_equal(&ours, &theirs(&stage.provider.company()));
}

async fn receipt(stage: &Stage, id: &str) -> receipts::Receipt {
    let db = stage.node.projections.db();
    receipts::one(db, &stage.tenant, id).await.unwrap().unwrap().receipt
}

async fn a_delivery_that_comes_100_times_at_once_is_received_once(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.update(3, [("firstName", "Once")]).unwrap();
    let letter = stage.provider.update_of(3, Utc::now().timestamp());
    let before = stage.head().await;

    let answers = join_all((0..100).map(|_| stage.deliver(&letter))).await;
    // Only now the provider's own delivery of the same change.
    stage.settle_all_but_held_back().await;

    let receipts: std::collections::BTreeSet<String> =
        answers.iter().map(crate::client::Answer::receipt).collect();
    assert_eq!(receipts.len(), 1);
    let receipt = receipts.into_iter().next().unwrap();
    for kind in ["receipt.received", "run.queued", "run.started", "run.succeeded"] {
        assert_eq!(stage.count(kind, before).await, 1, "{kind}");
    }
    assert_eq!(stage.count("actor.fields_changed", before).await, 1);
    let duplicates =
        stage.node.store.duplicates(&stage.tenant, std::slice::from_ref(&receipt)).await.unwrap();
    assert_eq!(duplicates, [(receipt, 99)]);
    stage.settle().await;
    in_step(&stage).await;
}

async fn a_to_b_to_a_to_b_is_four_changes(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    company.update(3, [("firstName", "Start")]).unwrap();
    stage.settle().await;
    let before = stage.head().await;

    for name in ["A", "B", "A", "B"] {
        // Deliveries tell their time in seconds.
        company.advance(TimeDelta::seconds(1));
        company.update(3, [("firstName", name)]).unwrap();
        stage.settle().await;
        in_step(&stage).await;
    }

    assert_eq!(stage.count("receipt.received", before).await, 4);
    assert_eq!(stage.count("actor.fields_changed", before).await, 4);
}

async fn a_stale_delivery_is_acknowledged_and_read_again(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let company = stage.provider.company();
    company.change_faults(|faults| faults.reorder_deliveries = true);
    company.update(3, [("firstName", "Fresh")]).unwrap();

    let letter = stage.provider.update_of(3, (Utc::now() - TimeDelta::minutes(150)).timestamp());
    let answer = stage.deliver(&letter).await;
    stage.settle_all_but_held_back().await;

    assert_eq!(receipt(&stage, &answer.receipt()).await.verdict, "stale");
    in_step(&stage).await;
}

async fn a_forged_delivery_is_refused_and_changes_nothing(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let before = stage.head().await;
    let letter = stage.provider.update_of(3, Utc::now().timestamp());
    let without = |name: &str| {
        let mut letter = letter.clone();
        letter.headers.retain(|(header, _)| header != name);
        letter
    };
    let mut twice = letter.clone();
    twice.headers.push(twice.headers[1].clone());
    let mut changed = letter.clone();
    changed.body.push(b' ');
    let forgeries = [
        Letter::signed("another key", &letter.body, Utc::now().timestamp()),
        without("x-bamboohr-signature"),
        without("x-bamboohr-timestamp"),
        twice,
        changed,
    ];

    for forged in &forgeries {
        assert_eq!(stage.deliver(forged).await.status, 401);
    }

    assert_eq!(stage.head().await, before);
    crate::place::eventually("they are written down", async || {
        let refused = stage.node.store.refused(&stage.tenant, 10).await.unwrap();
        refused.len() == forgeries.len()
    })
    .await;
}

async fn a_delivery_nobody_can_read_is_kept_and_told(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let body = b"{\"employees\": \"not a list\"";

    let letter = Letter::signed(&stage.provider.secret, body, Utc::now().timestamp());
    let answer = stage.deliver(&letter).await;
    stage.settle_without_waiting().await;

    let kept = receipt(&stage, &answer.receipt()).await;
    assert_eq!(kept.verdict, "malformed");
    let blob = stage.node.store.read_blob(&stage.tenant, &kept.blob).await.unwrap();
    assert_eq!(blob, body);
    let run = stage.runs().await.remove(0);
    assert_eq!(
        (run.status.as_str(), run.error_code.as_deref()),
        ("failed", Some("malformed_delivery"))
    );
    in_step(&stage).await;
}

async fn the_same_words_an_hour_later_are_news(place: Place) {
    let stage = Stage::synced(place, 12).await;
    let now = Utc::now().timestamp();
    let letters = [now - 2, now - 1, now].map(|at| stage.provider.update_of(3, at));

    let mut receipts = Vec::new();
    for letter in letters.iter().chain(&letters) {
        receipts.push(stage.deliver(letter).await.receipt());
    }
    stage.settle().await;

    assert_eq!(receipts[..3], receipts[3..]);
    receipts.sort();
    receipts.dedup();
    assert_eq!(receipts.len(), 3);
    in_step(&stage).await;
}
