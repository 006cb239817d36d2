//! given / when / then for every rule and refusal of a user.

use super::*;
use crate::testing::given;

fn register(email: &str, name: &str) -> Command {
    Command::Register { user: "u1".into(), email: email.into(), name: name.into() }
}
fn registered() -> Event {
    let profile = Profile { email: Some("grace@navy.example".into()), name: "Grace".into() };
    Event::Registered { user: "u1".into(), personal: Some(profile) }
}
fn password(credential: &str) -> Event {
    Event::PasswordChanged { user: "u1".into(), credential: credential.into() }
}

#[test]
fn somebody_is_registered_with_a_normalised_address() {
    given::<User>([]).when(register(" Grace@Navy.Example ", " Grace ")).then([registered()]);
}

#[test]
fn somebody_is_registered_once() {
    given::<User>([registered()])
        .when(register("grace@navy.example", "Grace"))
        .then_refused(Refusal::AlreadyExists);
}

#[test]
fn an_address_has_one_at_between_two_words() {
    let long = format!("{}@navy.example", "g".repeat(242));
    for odd in ["", "grace", "@navy.example", "grace@", "a@b@c", "a b@c", "a@b\u{7}", &long] {
        given::<User>([]).when(register(odd, "Grace")).then_refused(Refusal::EmailInvalid);
    }
    assert_eq!(email("jürgen+x@müller.example"), Ok("jürgen+x@müller.example".into()));
}

#[test]
fn a_user_has_a_name() {
    for odd in ["", "  ", "a\nb", &"a".repeat(201)] {
        let no = Refusal::NameInvalid;
        given::<User>([]).when(register("grace@navy.example", odd)).then_refused(no);
        let rename = Command::Rename { user: "u1".into(), name: odd.into() };
        given::<User>([registered()]).when(rename).then_refused(no);
    }
}

#[test]
fn a_user_is_renamed_and_keeps_the_address() {
    let rename = |name: &str| Command::Rename { user: "u1".into(), name: name.into() };
    let profile = Profile { email: None, name: "Admiral".into() };
    let renamed = Event::Renamed { user: "u1".into(), personal: Some(profile) };
    given::<User>([registered()]).when(rename("Admiral")).then([renamed.clone()]);
    given::<User>([registered()]).when(rename("Grace")).then_nothing();
    let known = given::<User>([registered(), renamed]).state.known.unwrap();
    assert_eq!(known.email.as_deref(), Some("grace@navy.example"));
    assert_eq!(known.name.as_deref(), Some("Admiral"));
}

#[test]
fn the_newest_password_counts() {
    let change = Command::ChangePassword { user: "u1".into(), credential: "two".into() };
    given::<User>([registered(), password("one")]).when(change).then([password("two")]);
    let known = given::<User>([registered(), password("one"), password("two")]).state.known;
    assert_eq!(known.unwrap().credential.as_deref(), Some("two"));
}

#[test]
fn who_is_disabled_can_be_enabled_again_and_twice_is_once() {
    let (disable, enable) =
        (Command::Disable { user: "u1".into() }, Command::Enable { user: "u1".into() });
    let (disabled, enabled) =
        (Event::Disabled { user: "u1".into() }, Event::Enabled { user: "u1".into() });
    given::<User>([registered()]).when(disable.clone()).then([disabled.clone()]);
    given::<User>([registered(), disabled.clone()]).when(disable).then_nothing();
    given::<User>([registered(), disabled]).when(enable.clone()).then([enabled]);
    given::<User>([registered()]).when(enable).then_nothing();
}

#[test]
fn a_stranger_is_not_changed() {
    for command in [
        Command::Rename { user: "u1".into(), name: "Grace".into() },
        Command::ChangePassword { user: "u1".into(), credential: "one".into() },
        Command::Disable { user: "u1".into() },
        Command::Enable { user: "u1".into() },
    ] {
        given::<User>([]).when(command).then_refused(Refusal::NotFound);
    }
}
