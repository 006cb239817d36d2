//! given / when / then for what somebody is told.

use chrono::{DateTime, TimeDelta, Utc};

use super::wording::lasting;
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

fn at(hours: i64) -> Option<DateTime<Utc>> {
    Some(DateTime::UNIX_EPOCH + TimeDelta::hours(hours))
}

#[test]
fn a_failure_says_who_needs_attention_what_to_do_and_since_when() {
    let failed = Raised { since: at(30), ..raised() };
    assert_eq!(failed.title(), "BambooHR connection needs attention");
    assert_eq!(
        failed.text(),
        "The provider refused the credentials. Create a new key at the provider and save it on the \
         connection. Failing since 2 Jan 1970, 06:00 UTC."
    );
    assert_eq!(failed.link().path, "/settings/integrations/logs/r1");
    let hr = Raised { provider: Some(Provider::Dynamics365), ..raised() };
    assert_eq!(hr.title(), "Dynamics 365 HR connection needs attention");
    let webhook = Raised { provider: Some(Provider::HrisWebhook), ..raised() };
    assert_eq!(webhook.title(), "HRIS Webhook connection needs attention");
}

#[test]
fn what_a_run_says_of_itself_is_said_instead() {
    let summary = Some("BambooHR refused the API key; enter a new one".to_owned());
    let failed = Raised { summary, ..raised() };
    assert_eq!(failed.text(), "BambooHR refused the API key; enter a new one.");
}

#[test]
fn a_recovery_says_how_long_it_took() {
    let (since, until) = (at(0), at(53));
    let well = Raised { kind: Kind::IntegrationRecovered, since, until, ..raised() };
    assert_eq!(well.title(), "BambooHR has recovered");
    assert!(well.text().starts_with("It was failing for 2 days and 5 hours, from 1 Jan 1970"));
    assert!(!well.kind.is_mailed());
}

#[test]
fn how_long_something_lasted_is_said_in_its_two_largest_units() {
    for (minutes, words) in [
        (0, "less than a minute"),
        (1, "1 minute"),
        (312, "5 hours and 12 minutes"),
        (1440, "1 day"),
        (1441, "1 day"),
        (3600, "2 days and 12 hours"),
    ] {
        assert_eq!(lasting(TimeDelta::minutes(minutes)), words);
    }
}

#[test]
fn every_kind_has_a_title_a_text_and_a_place_to_go() {
    for kind in Kind::ALL {
        let one = Raised { kind, since: at(0), until: at(9), days: Some(7), ..raised() };
        assert!(!one.title().is_empty() && !one.text().is_empty(), "{kind:?}");
        assert!(one.link().path.starts_with('/'));
        assert!(Category::ALL.contains(&kind.category()));
    }
}
