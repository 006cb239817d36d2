//! What hangs, and whom it does not hold up.

use super::*;
use crate::testing::eventually;

#[tokio::test]
async fn a_kind_that_hangs_does_not_hold_up_another_kind() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Single>("a", "hangs"), errand::<Single>("b", "waits")]).await;
    let tasks = Tasks::default().with(errands::<Single>(&diary)).with(errands::<Other>(&diary));

    let workers = start(&place, tasks);
    eventually("it hangs", async || diary.count("hangs") == 1).await;
    place.add(&[errand::<Other>("c", "passes")]).await;

    eventually("another kind passes", async || diary.count("passes") == 1).await;
    assert_eq!(diary.count("waits"), 0);
    diary.policy.add_permits(1);
    eventually("all is done", async || place.intents().await.is_empty()).await;
    workers.stop().await;
}

#[tokio::test]
async fn a_tenant_that_hangs_does_not_hold_up_another_tenant_of_the_same_kind() {
    let place = Place::new().await;
    let diary = Diary::new();
    let hanging: Vec<_> = (0..10).map(|key| errand::<Pair>(&format!("{key}"), "hangs")).collect();
    place.add(&hanging).await;

    let workers = start(&place, Tasks::default().with(errands::<Pair>(&diary)));
    eventually("it hangs", async || diary.count("hangs") == 1).await;
    for turn in 0..3 {
        place.add(&[errand_of::<Pair>("other", "z", &format!("passes {turn}"))]).await;
    }

    eventually("another tenant passes", async || diary.count("passes 2") == 1).await;
    assert_eq!(diary.count("hangs"), 1);
    diary.policy.add_permits(10);
    eventually("all is done", async || place.intents().await.is_empty()).await;
    workers.stop().await;
}

#[tokio::test]
async fn a_key_that_hangs_does_not_hold_up_another_key() {
    let place = Place::new().await;
    let diary = Diary::new();
    place.add(&[errand::<Pair>("a", "hangs"), errand_of::<Pair>("other", "b", "passes")]).await;

    let workers = start(&place, Tasks::default().with(errands::<Pair>(&diary)));

    eventually("another key passes", async || diary.count("passes") == 1).await;
    diary.policy.add_permits(1);
    eventually("all is done", async || place.intents().await.is_empty()).await;
    workers.stop().await;
}
