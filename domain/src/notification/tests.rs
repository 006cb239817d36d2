//! given / when / then for what somebody is told.

use super::*;
use crate::testing::given;
use crate::vocabulary::{FailureCode, Provider};

fn raised() -> Raised {
    Raised {
        notification: "n1".to_owned(),
        kind: Kind::IntegrationFailed,
        connection: Some("c1".to_owned()),
        provider: Some(Provider::BambooHr),
        run: Some("r1".to_owned()),
        endpoint: None,
        code: Some(FailureCode::Authentication),
        summary: None,
        again: false,
        since: None,
        until: None,
        on: None,
        days: None,
        recipients: vec!["olga".to_owned(), "adam".to_owned()],
    }
}
fn told() -> Event {
    Event::Raised(Box::new(raised()))
}
fn mark(user: &str, mark: Mark, sweeps: u64) -> Command {
    Command::Mark { user: user.to_owned(), mark, sweeps }
}
fn read(user: &str, sweeps: u64) -> Event {
    Event::Read { user: user.to_owned(), sweeps }
}
fn unread(user: &str, sweeps: u64) -> Event {
    Event::Unread { user: user.to_owned(), sweeps }
}

#[test]
fn telling_twice_is_telling_once() {
    let raise = Command::Raise(Box::new(raised()));
    given::<Notification>([]).when(raise.clone()).then([told()]);
    given::<Notification>([told()]).when(raise).then_nothing();
}

#[test]
fn what_has_no_recipient_is_not_told() {
    let nobody = Raised { recipients: vec![], ..raised() };
    given::<Notification>([]).when(Command::Raise(Box::new(nobody))).then_nothing();
}

#[test]
fn each_recipient_reads_for_themselves() {
    given::<Notification>([told()]).when(mark("olga", Mark::Read, 0)).then([read("olga", 0)]);
    given::<Notification>([told(), read("olga", 0)])
        .when(mark("adam", Mark::Read, 0))
        .then([read("adam", 0)]);
}

#[test]
fn marking_as_it_is_marked_is_nothing_new() {
    given::<Notification>([told(), read("olga", 0)])
        .when(mark("olga", Mark::Read, 0))
        .then_nothing();
    given::<Notification>([told(), read("olga", 0)])
        .when(mark("olga", Mark::Unread, 0))
        .then([unread("olga", 0)]);
}

#[test]
fn a_mark_from_before_all_were_marked_as_read_is_made_again() {
    given::<Notification>([told(), unread("olga", 0)])
        .when(mark("olga", Mark::Unread, 1))
        .then([unread("olga", 1)]);
}

#[test]
fn who_was_not_told_finds_nothing() {
    given::<Notification>([told()])
        .when(mark("vera", Mark::Read, 0))
        .then_refused(Refusal::NotFound);
    given::<Notification>([]).when(mark("olga", Mark::Read, 0)).then_refused(Refusal::NotFound);
}

#[test]
fn every_kind_is_written_as_it_is_called() {
    for kind in Kind::ALL {
        let written = serde_json::to_string(&kind).unwrap();
        assert_eq!(written, format!("\"{}\"", kind.as_str()));
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
}
