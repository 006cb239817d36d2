//! given / when / then for the signature key.

use super::*;
use crate::testing::given;

fn made() -> Event {
    Event::Made { vault: "a".into() }
}

#[test]
fn a_key_is_made_once() {
    let make = || Command::Make { vault: "a".into() };
    given::<SigningKey>([]).when(make()).then([made()]);
    given::<SigningKey>([made()]).when(make()).then_nothing();
}

#[test]
fn a_key_is_regenerated_also_where_there_was_none() {
    let again = || Command::Regenerate { vault: "b".into() };
    let regenerated = Event::Regenerated { old: "a".into(), new: "b".into() };
    given::<SigningKey>([made()]).when(again()).then([regenerated]);
    given::<SigningKey>([]).when(again()).then([Event::Made { vault: "b".into() }]);
}
