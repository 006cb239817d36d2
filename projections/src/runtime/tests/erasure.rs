//! Whoever is erased is blank, live and after a rebuild.

use rollcall_domain::plan::NO_FINGERPRINT;
use rollcall_domain::subject;

use super::drain;
use crate::testing::{TENANT, World, hired, id, on_both, renamed, stream_of, subject_of, written};
use crate::{Projections, actors, identities};

on_both! {
    the_erased_are_blank_live_and_rebuilt
    an_erasure_reaches_rows_of_the_same_page
}

fn erased(n: usize) -> rollcall_store::NewEvent {
    written(&subject::Event::Erased { subject: subject_of(n) }, None)
}

async fn blank(projections: &Projections) {
    let db = projections.db();
    let actor = actors::one(db, TENANT, "live", &id(1)).await.unwrap().unwrap();
    assert!(actor.erased);
    assert_eq!((actor.last_name, actor.email, actor.source_id), (None, None, None));
    assert_eq!((&*actor.search, &*actor.sort_name), ("", ""));
    assert_eq!(actor.fingerprint, NO_FINGERPRINT);
    assert_eq!(actor.job_title.as_deref(), Some("Engineer"));
    let other = actors::one(db, TENANT, "live", &id(2)).await.unwrap().unwrap();
    assert_eq!(other.last_name.as_deref(), Some("Last00002"));
    let touched = identities::list(db, TENANT, "r1", None, None, 200).await.unwrap();
    let theirs = touched.rows.iter().find(|row| row.subject == subject_of(1)).unwrap();
    assert_eq!((&theirs.email, &theirs.personal_changes), (&None, &None));
    for name in ["actors", "identities"] {
        let compared = projections.verify(name, &|_| ()).await.unwrap();
        assert!(compared.is_equal(), "{name}: {compared:?}");
        projections.rebuild(name, &|_| ()).await.unwrap();
    }
}

async fn the_erased_are_blank_live_and_rebuilt(world: World) {
    let projections = world.projections().await;
    let mut follower = projections.follower().await;
    world.hire(0, 10).await;
    drain(&mut follower).await.unwrap();
    // Another node, so that nothing is in memory.
    let mut follower = projections.follower().await;
    world.store.erase(TENANT, &subject_of(1)).await.unwrap();
    world.append_one("subject/person-1", erased(1)).await;
    drain(&mut follower).await.unwrap();

    blank(&projections).await;
    blank(&projections).await;
}

async fn an_erasure_reaches_rows_of_the_same_page(world: World) {
    let projections = world.projections().await;
    world.hire(0, 3).await;
    world
        .append(vec![
            (stream_of(1), vec![renamed(1, "Last00001", "Secret")]),
            ("subject/person-1".to_owned(), vec![erased(1)]),
            (stream_of(5), vec![hired(5)]),
        ])
        .await;
    world.store.erase(TENANT, &subject_of(1)).await.unwrap();
    drain(&mut projections.follower().await).await.unwrap();

    blank(&projections).await;
}
