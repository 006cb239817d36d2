//! Who gets a place, and who does not.

use super::*;
use crate::testing::given;

fn taken(holder: &str) -> Event {
    Event::Taken { holder: holder.to_owned() }
}
fn take(holder: &str) -> Command {
    Command::Take { holder: holder.to_owned() }
}

#[test]
fn a_free_place_is_taken_once() {
    given::<Slot>([]).when(take("a")).then([taken("a")]);
    given::<Slot>([taken("a")]).when(take("a")).then([]);
}

#[test]
fn a_second_one_is_refused() {
    given::<Slot>([taken("a")])
        .when(take("b"))
        .then_refused(Refusal::Taken { holder: "a".to_owned() });
}

#[test]
fn only_its_holder_frees_it() {
    let freed = Event::Freed { holder: "a".to_owned() };
    given::<Slot>([taken("a")]).when(Command::Free { holder: "b".to_owned() }).then([]);
    given::<Slot>([taken("a")])
        .when(Command::Free { holder: "a".to_owned() })
        .then([freed.clone()]);
    given::<Slot>([taken("a"), freed]).when(take("b")).then([taken("b")]);
}
