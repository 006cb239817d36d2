//! given / when / then for a subject.

use super::*;
use crate::testing::given;

fn erase() -> Command {
    Command::Erase { subject: "p1".into() }
}

#[test]
fn a_subject_is_erased() {
    given::<Subject>([]).when(erase()).then([Event::Erased { subject: "p1".into() }]);
}

#[test]
fn erased_twice_is_erased_once() {
    given::<Subject>([Event::Erased { subject: "p1".into() }]).when(erase()).then_nothing();
}
