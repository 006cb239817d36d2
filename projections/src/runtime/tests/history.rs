//! Past states of a projection that keeps them.

use rollcall_domain::unit;

use super::drain;
use crate::testing::{TENANT, World, founded, on_both, written};
use crate::units;

on_both! {
    every_state_is_kept_from_and_to
}

fn named(old: &str, new: &str) -> rollcall_store::NewEvent {
    let (unit, scenario) = ("u-a".to_owned(), "live".to_owned());
    let (old, new) = (old.to_owned(), new.to_owned());
    written(&unit::Event::Renamed { unit, scenario, old, new }, None)
}

async fn every_state_is_kept_from_and_to(world: World) {
    let projections = world.only::<units::Units>().await;
    let mut follower = projections.follower().await;
    // Two states in one page, one in the next, one by another node.
    let first = world.append_one("unit/u-a", founded("a")).await.last;
    let second = world.append_one("unit/u-a", named("a", "b")).await.last;
    drain(&mut follower).await.unwrap();
    let third = world.append_one("unit/u-a", named("b", "c")).await.last;
    drain(&mut follower).await.unwrap();
    let mut follower = projections.follower().await;
    let fourth = world.append_one("unit/u-a", named("c", "d")).await.last;
    drain(&mut follower).await.unwrap();

    for _ in 0..2 {
        for (position, name) in [(first, "a"), (second, "b"), (third, "c"), (fourth, "d")] {
            let then = units::as_of(projections.db(), TENANT, "live", position).await.unwrap();
            let names: Vec<&str> = then.iter().map(|unit| unit.name.as_str()).collect();
            assert_eq!(names, [name], "at {position}");
        }
        let none = units::as_of(projections.db(), TENANT, "live", first - 1).await.unwrap();
        assert!(none.is_empty());
        assert!(projections.verify("units", &|_| ()).await.unwrap().is_equal());
        projections.rebuild("units", &|_| ()).await.unwrap();
    }
}
