//! given / when / then for the identity map.

use super::*;
use crate::testing::given;
use crate::vocabulary::Provider;

fn acme() -> Source {
    Source::new(Provider::BambooHr, "acme")
}
fn mira() -> Who {
    Who::Person(Person { actor: "a1".into(), subject: "p1".into() })
}
fn map(who: Who) -> Command {
    Command::Map { subject: "d67".into(), source: acme(), source_id: "67".into(), who }
}
fn mapped(who: Who) -> Event {
    let (person, email) = match who {
        Who::Person(person) => (Some(person), None),
        Who::Email(email) => (None, Some(email)),
        Who::New => (None, None),
    };
    let personal = Some(Mapping { source_id: "67".into(), email });
    Event::Mapped { subject: "d67".into(), source: acme(), person, personal }
}

#[test]
fn a_source_id_is_a_person_or_whoever_has_an_address() {
    let address = Who::Email("mira@example.test".into());
    given::<Identity>([]).when(map(mira())).then([mapped(mira())]);
    given::<Identity>([]).when(map(address.clone())).then([mapped(address)]);
}

#[test]
fn a_source_id_may_be_somebody_new() {
    given::<Identity>([]).when(map(Who::New)).then([mapped(Who::New)]);
    given::<Identity>([mapped(Who::New)]).when(map(Who::New)).then_nothing();
    given::<Identity>([mapped(Who::New)]).when(map(mira())).then([mapped(mira())]);
    given::<Identity>([mapped(mira())]).when(map(Who::New)).then([mapped(Who::New)]);
    let unmap = Command::Unmap { subject: "d67".into() };
    let unmapped = Event::Unmapped { subject: "d67".into() };
    given::<Identity>([mapped(Who::New)]).when(unmap).then([unmapped]);
}

#[test]
fn what_was_sealed_and_can_t_be_read_is_not_somebody_new() {
    let sealed =
        Event::Mapped { subject: "d67".into(), source: acme(), person: None, personal: None };
    assert_eq!(Identity::default().evolve(&sealed).known, None);
}

#[test]
fn the_later_word_counts_and_the_same_one_is_no_news() {
    let address = Who::Email("mira@example.test".into());
    given::<Identity>([mapped(mira())]).when(map(mira())).then_nothing();
    given::<Identity>([mapped(mira())]).when(map(address.clone())).then([mapped(address)]);
}

#[test]
fn what_was_said_can_be_taken_back_once() {
    let (unmap, unmapped) =
        (|| Command::Unmap { subject: "d67".into() }, Event::Unmapped { subject: "d67".into() });
    given::<Identity>([]).when(unmap()).then_nothing();
    given::<Identity>([mapped(mira())]).when(unmap()).then([unmapped.clone()]);
    given::<Identity>([mapped(mira()), unmapped]).when(unmap()).then_nothing();
}

#[test]
fn addresses_are_compared_without_case_and_blanks() {
    assert_eq!(email_key(" Mira@Example.TEST\u{a0}"), Some("mira@example.test".into()));
    assert_eq!(email_key(" "), None);
}
