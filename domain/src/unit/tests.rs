//! given / when / then for a department, division or location.

use super::*;
use crate::testing::given;
use crate::vocabulary::Provider;

fn create(name: &str) -> Command {
    Command::Create {
        unit: "u1".into(),
        scenario: "live".into(),
        kind: Kind::Department,
        name: name.into(),
        source: Some(Source::new(Provider::BambooHr, "acme")),
        source_key: Some("18301".into()),
        parent: None,
    }
}
fn platform() -> Event {
    Event::Created {
        unit: "u1".into(),
        scenario: "live".into(),
        kind: Kind::Department,
        name: "Platform".into(),
        source: Some(Source::new(Provider::BambooHr, "acme")),
        source_key: Some("18301".into()),
        copied_from: None,
        parent: None,
    }
}
fn rename(name: &str) -> Command {
    Command::Rename { name: name.into(), lock: None }
}

#[test]
fn a_unit_is_created_once() {
    given::<Unit>([]).when(create(" Platform ")).then([platform()]);
    given::<Unit>([platform()]).when(create("Platform")).then_refused(Refusal::AlreadyExists);
}

#[test]
fn a_unit_has_a_name() {
    given::<Unit>([]).when(create(" ")).then_refused(Refusal::NameEmpty);
    given::<Unit>([platform()]).when(rename("")).then_refused(Refusal::NameEmpty);
}

#[test]
fn a_unit_is_renamed() {
    given::<Unit>([platform()]).when(rename("Engines")).then([Event::Renamed {
        unit: "u1".into(),
        scenario: "live".into(),
        old: "Platform".into(),
        new: "Engines".into(),
    }]);
}

#[test]
fn the_same_name_is_no_news() {
    given::<Unit>([platform()]).when(rename("Platform")).then_nothing();
}

#[test]
fn what_is_not_there_has_no_name_to_change() {
    given::<Unit>([]).when(rename("Engines")).then_refused(Refusal::NotFound);
}
