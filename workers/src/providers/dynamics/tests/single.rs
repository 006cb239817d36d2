//! One person alone is as in a read of everybody.

use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_domain::field::Field;
use rollcall_simulators::dynamics::Config;

use super::{BOTH, cast, client, client_of, read_all, settings};
use crate::providers::dynamics::Player;
use crate::providers::{Lookup, Provider, Replay};

#[tokio::test]
async fn everybody_alone_is_as_among_all() {
    let simulator = cast().await;
    for surface in BOTH {
        let (_, kept) = read_all(&client(&simulator, surface)).await.unwrap();
        let one_by_one = client(&simulator, surface);
        for person in kept.people() {
            let found = one_by_one.read_one(&person.source_id).await.unwrap();
            let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
            assert_eq!(&employee, person, "{surface:?}");
        }
    }
}

#[tokio::test]
async fn whoever_was_read_alone_is_read_again_from_the_recordings() {
    let simulator = cast().await;
    let client = client(&simulator, Surface::FinanceOperations);
    let (mut player, mut pages, mut people) = (Box::new(Player::new()), vec![], vec![]);
    for id in ["000011", "000041"] {
        let Lookup::Found { employee, raw } = client.read_one(id).await.unwrap() else {
            panic!("{id}")
        };
        player.push(&raw, &mut pages).unwrap();
        people.push(employee);
    }
    let summary = player.finish(&mut pages).unwrap();
    assert_eq!((summary.employees, summary.complete), (2, false));
    assert_eq!(pages, [people]);
}

#[tokio::test]
async fn nobody_is_found_by_what_is_no_number() {
    let simulator = cast().await;
    for surface in BOTH {
        let client = client(&simulator, surface);
        for id in ["", "999999", "0' or 1 eq 1 or '1' eq '", "11"] {
            assert_eq!(client.read_one(id).await.unwrap(), Lookup::NotFound, "{id}");
        }
    }
}

#[tokio::test]
async fn a_person_alone_keeps_what_may_not_be_read() {
    let simulator = cast().await;
    for (set, fields) in [
        ("Departments", vec![Field::Departments]),
        ("PositionHierarchies", vec![Field::Manager]),
        ("PositionsV2", vec![Field::JobTitle, Field::Departments, Field::Manager]),
    ] {
        simulator.change_faults(|faults| {
            faults.forbidden_sets = [set.to_owned()].into();
        });
        let client = client(&simulator, Surface::FinanceOperations);
        let found = client.read_one("000042").await.unwrap();
        let Lookup::Found { employee, .. } = found else { panic!("{found:?}") };
        assert!(!fields.iter().any(|field| employee.seen.contains_key(field)), "{set}");
    }
    simulator.change_faults(|faults| faults.forbidden_sets = ["Workers".to_owned()].into());
    let client = client(&simulator, Surface::FinanceOperations);
    assert_eq!(client.read_one("000042").await.unwrap(), Lookup::NotVisible);
}

#[tokio::test]
async fn whoever_is_out_of_scope_is_not_found() {
    let simulator = cast().await;
    for surface in BOTH {
        let legal_entities = vec!["DEMF".to_owned()];
        let scoped = Dynamics365 { legal_entities, ..settings(&simulator, surface) };
        let client = client_of(&scoped, &Config::default().client_secret);
        assert_eq!(client.read_one("000011").await.unwrap(), Lookup::NotFound);
        let found = client.read_one("000049").await.unwrap();
        assert!(matches!(found, Lookup::Found { .. }), "{found:?}");
    }
}
