//! Snapshots that are pushed: whoever is not in them stays active and leaves the closed departments.

use super::*;
use crate::unit::Kind;

fn pushed() -> Rules {
    let mut rules = rules();
    rules.absence = Absence::Unsync;
    rules.lists = Lists::Named;
    rules.closes_departments = true;
    let closed = ["a", "b"].map(|key| rules.unit_id(Kind::Department, key));
    rules.with_closed(closed.into())
}

/// A snapshot, which says of nobody that their record was deleted.
fn snapshots() -> impl Strategy<Value = Vec<Employee>> {
    let without = |mut one: Employee| {
        if one.status == Status::Deleted {
            one.status = Status::Ignored;
        }
        one
    };
    employees().prop_map(move |all| all.into_iter().map(without).collect())
}

/// Whoever a run does not touch may be in a closed department still.
fn is_left_alone(roster: &Roster, actor: &str) -> bool {
    let known = roster.get(actor).and_then(|(actor, _)| actor.known.as_ref());
    known.is_some_and(|known| known.erased || known.on_hold.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_equal_snapshot_changes_nothing_and_nobody_is_outside(
        before in snapshots(), now in snapshots(), by_hand in by_hand(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, pushed());
        apply(&mut roster, &first);
        meddle(&mut roster, &by_hand);
        let second = sync(&roster, &now, pushed());
        apply(&mut roster, &second);

        for actor in outsiders(&roster, &pushed()) {
            prop_assert!(is_left_alone(&roster, &actor));
        }
        for decision in sync(&roster, &now, pushed()) {
            prop_assert!(decision.events.is_empty(), "{:?}", decision);
        }
    }

    #[test]
    fn absence_deactivates_nobody(
        before in snapshots(), now in snapshots(), by_hand in by_hand(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, pushed());
        apply(&mut roster, &first);
        meddle(&mut roster, &by_hand);
        for decision in sync(&roster, &now, pushed()) {
            let deactivated = short(&decision).iter().any(|one| one.starts_with("deactivated"));
            let sent = now.iter().any(|one| Some(&one.source_id) == decision.source_id.as_ref());
            prop_assert!(!deactivated || sent, "{:?}", decision);
        }
    }

    #[test]
    fn the_order_of_a_snapshot_makes_no_difference(
        before in snapshots(), now in snapshots(), by_hand in by_hand(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, pushed());
        apply(&mut roster, &first);
        meddle(&mut roster, &by_hand);
        let mut now = now;
        let mut seen = std::collections::HashSet::new();
        now.retain(|one| seen.insert(one.source_id.clone()));
        let mut other = now.clone();
        other.reverse();
        let (one, two) = (sync(&roster, &now, pushed()), sync(&roster, &other, pushed()));
        prop_assert_eq!(hash(&one), hash(&two));
    }
}
