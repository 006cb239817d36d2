//! Departments that hold only people whom a source keeps in sync.

use rollcall_domain::actor::{Closed, Lock};

use super::*;
use crate::references::{check_open, leaving};

fn lock() -> Lock {
    Lock {
        connection: CONNECTION.to_owned(),
        run: None,
        source: acme(),
        fields: [Field::Departments].into(),
        closes_departments: true,
    }
}

/// A company with a department of the source and one made by hand.
async fn company() -> Home {
    let home = Home::new().await;
    let created = unit::Event::Created {
        unit: "closed".into(),
        scenario: LIVE.into(),
        kind: Kind::Department,
        name: "Sales".into(),
        source: Some(acme()),
        source_key: Some("path:sales".into()),
        copied_from: None,
        parent: None,
    };
    home.append::<unit::Unit>("closed", Expected::NoStream, vec![created]).await;
    home.unit("open", Kind::Department).await;
    home
}

fn seen(departments: &[&str]) -> Seen {
    Seen::from([(Field::Departments, Some(list(departments)))])
}

async fn known(home: &Home, id: &str) -> KnownActor {
    let loaded: Loaded<Actor> = load(&home.store, ACME, id).await.unwrap();
    loaded.state.known.unwrap()
}

#[tokio::test]
async fn only_whoever_is_in_sync_is_put_into_a_closed_department() {
    let home = company().await;
    home.hire("A").await;
    home.synced("B").await;
    let (by_hand, synced) = (known(&home, "A").await, known(&home, "B").await);
    let check = async |lock: Option<Lock>, person: Option<&KnownActor>, departments: &[&str]| {
        check_open(&home.store, ACME, lock, person, &seen(departments)).await
    };

    let departments = vec![Closed { department: "closed".into(), name: "Sales".into() }];
    let no = No::DepartmentClosed { connection: CONNECTION.into(), departments };
    for person in [Some(&by_hand), None] {
        let refused = refused(check(Some(lock()), person, &["open", "closed"]).await);
        assert_eq!(refused, Refusal::Actor(no.clone()));
        assert!(refused.to_string().contains("Sales") && refused.to_string().contains(CONNECTION));
        check(Some(lock()), person, &["open"]).await.unwrap();
        check(None, person, &["closed"]).await.unwrap();
        let another = Lock { closes_departments: false, ..lock() };
        check(Some(another), person, &["closed"]).await.unwrap();
    }
    check(Some(lock()), Some(&synced), &["closed"]).await.unwrap();
    let out = KnownActor { synced: false, ..synced };
    assert!(check(Some(lock()), Some(&out), &["closed"]).await.is_err());
    let mut stays = out;
    stays.fields.insert(Field::Departments, list(&["closed"]));
    check(Some(lock()), Some(&stays), &["closed", "open"]).await.unwrap();
}

#[tokio::test]
async fn whoever_is_taken_out_of_sync_leaves_the_closed_departments() {
    let home = company().await;
    home.synced("B").await;
    let mut person = known(&home, "B").await;
    let lock = lock();
    let leaves = async |person: &KnownActor, lock: Option<&Lock>| {
        leaving(&home.store, ACME, lock, person).await.unwrap()
    };

    assert_eq!(leaves(&person, Some(&lock)).await, None);
    person.fields.insert(Field::Departments, list(&["closed", "open"]));
    assert_eq!(leaves(&person, Some(&lock)).await, Some(seen(&["open"])));
    assert_eq!(leaves(&person, None).await, None);
    person.fields.insert(Field::Departments, list(&["closed"]));
    let nothing = Seen::from([(Field::Departments, None)]);
    assert_eq!(leaves(&person, Some(&lock)).await, Some(nothing));
}
