//! given / when / then for every rule and refusal of outbound endpoints.

mod addresses;
mod health;
mod schedule;

use super::*;
use crate::message::{Detail, Kind, Scenarios, Selection};
use crate::testing::given;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}
fn settings() -> Settings {
    let kinds = [Kind::EmployeeChanged].into();
    Settings {
        name: "Employee data".into(),
        url: "https://hooks.example/rollcall".into(),
        selection: Selection { kinds, scenarios: Scenarios::LiveBaseline },
        detail: Detail::Full,
        rate_limit: None,
        concurrency: USUAL_CONCURRENCY,
    }
}
fn secret(vault: &str, hours: i64) -> SecretRef {
    SecretRef { vault: vault.into(), made_at: at(hours) }
}
fn create(settings: Settings) -> Command {
    Command::Create { settings, secret: secret("s1", 0), headers: None, http: false }
}
fn created() -> Event {
    Event::Created { settings: settings(), secret: secret("s1", 0), headers: None }
}
fn rotated(vault: &str, hours: i64) -> Event {
    Event::SecretRotated { new: secret(vault, hours), old_until: at(hours + 24) }
}
fn change(settings: Settings) -> Command {
    Command::Change { settings, http: false }
}
fn disabled(reason: Reason) -> Event {
    Event::Disabled { reason, at: at(1), since: None }
}
fn headers(vault: &str) -> Option<HeadersRef> {
    Some(HeadersRef { names: vec!["x-team".into()], vault: vault.into() })
}

#[test]
fn an_endpoint_is_created_once() {
    given::<WebhookEndpoint>([]).when(create(settings())).then([created()]);
    given::<WebhookEndpoint>([created()])
        .when(create(settings()))
        .then_refused(Refusal::AlreadyExists);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let these = |ids: usize| Scenarios::These((0..ids).map(|id| id.to_string()).collect());
    let of = |scenarios| Selection { scenarios, ..settings().selection };
    let none = Selection { kinds: [].into(), ..settings().selection };
    let scheme = Refusal::UrlInvalid(UrlFault::Scheme);
    for (wrong, refusal) in [
        (Settings { name: " ".into(), ..settings() }, Refusal::NameInvalid),
        (Settings { name: "a\nb".into(), ..settings() }, Refusal::NameInvalid),
        (Settings { name: "a".repeat(101), ..settings() }, Refusal::NameInvalid),
        (Settings { url: "http://hooks.example/".into(), ..settings() }, scheme),
        (Settings { selection: none, ..settings() }, Refusal::NoTypes),
        (Settings { selection: of(these(0)), ..settings() }, Refusal::ScenariosInvalid),
        (Settings { selection: of(these(51)), ..settings() }, Refusal::ScenariosInvalid),
        (Settings { rate_limit: Some(0), ..settings() }, Refusal::RateInvalid),
        (Settings { rate_limit: Some(1_001), ..settings() }, Refusal::RateInvalid),
        (Settings { concurrency: 0, ..settings() }, Refusal::ConcurrencyInvalid),
        (Settings { concurrency: 33, ..settings() }, Refusal::ConcurrencyInvalid),
    ] {
        given::<WebhookEndpoint>([]).when(create(wrong.clone())).then_refused(refusal);
        given::<WebhookEndpoint>([created()]).when(change(wrong)).then_refused(refusal);
    }
}

#[test]
fn a_change_tells_old_and_new_and_the_same_is_no_news() {
    let new = Settings { name: "Payroll".into(), rate_limit: Some(5), ..settings() };
    let changed = Event::Changed { old: settings(), new: new.clone() };
    given::<WebhookEndpoint>([created()]).when(change(new)).then([changed]);
    given::<WebhookEndpoint>([created()]).when(change(settings())).then_nothing();
}

#[test]
fn headers_are_replaced_as_a_whole() {
    let replace = |headers| Command::ReplaceHeaders { headers };
    let first = Event::HeadersReplaced { old: None, new: headers("h1") };
    let second = Event::HeadersReplaced { old: headers("h1"), new: None };
    given::<WebhookEndpoint>([created()]).when(replace(headers("h1"))).then([first.clone()]);
    given::<WebhookEndpoint>([created(), first.clone()]).when(replace(None)).then([second]);
    given::<WebhookEndpoint>([created()]).when(replace(None)).then_nothing();
}

#[test]
fn a_replaced_secret_signs_along_for_a_while() {
    let rotate =
        |hours: i64| Command::RotateSecret { new: secret("s2", 1), old_until: at(1 + hours) };
    given::<WebhookEndpoint>([created()]).when(rotate(24)).then([rotated("s2", 1)]);
    given::<WebhookEndpoint>([created()]).when(rotate(169)).then_refused(Refusal::OverlapInvalid);

    let known = given::<WebhookEndpoint>([created(), rotated("s2", 1)]).state.known.unwrap();
    assert_eq!(known.secrets_at(at(24)).collect::<Vec<_>>(), ["s2", "s1"]);
    assert_eq!(known.secrets_at(at(25)).collect::<Vec<_>>(), ["s2"]);
}

#[test]
fn a_second_rotation_ends_the_secret_before_the_last() {
    let events = [created(), rotated("s2", 1), rotated("s3", 2)];
    let known = given::<WebhookEndpoint>(events).state.known.unwrap();
    assert_eq!(known.secrets_at(at(3)).collect::<Vec<_>>(), ["s3", "s2"]);
}

#[test]
fn an_endpoint_is_disabled_and_enabled_and_twice_is_once() {
    let (enable, disable) = (Command::Enable { at: at(2) }, Command::Disable { at: at(1) });
    let off = || [created(), disabled(Reason::Person)];
    given::<WebhookEndpoint>([created()]).when(disable.clone()).then([disabled(Reason::Person)]);
    given::<WebhookEndpoint>(off()).when(disable).then_nothing();
    given::<WebhookEndpoint>(off()).when(enable.clone()).then([Event::Enabled { at: at(2) }]);
    given::<WebhookEndpoint>([created()]).when(enable).then_nothing();
}

#[test]
fn a_removed_endpoint_is_not_there() {
    given::<WebhookEndpoint>([created()]).when(Command::Remove).then([Event::Removed]);
    for command in [
        change(settings()),
        Command::ReplaceHeaders { headers: None },
        Command::RotateSecret { new: secret("s2", 1), old_until: at(2) },
        Command::Enable { at: at(2) },
        Command::Disable { at: at(2) },
        Command::NoteGone { at: at(2) },
        Command::NoteFailure { since: at(0), at: at(200) },
        Command::NoteSuccess { at: at(2) },
        Command::Remove,
    ] {
        let removed = [created(), Event::Removed];
        given::<WebhookEndpoint>(removed).when(command.clone()).then_refused(Refusal::NotFound);
        given::<WebhookEndpoint>([]).when(command).then_refused(Refusal::NotFound);
    }
}

#[test]
fn headers_that_cannot_be_sent_are_refused() {
    let one = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let many = (0..21).map(|n| (format!("x-{n}"), "a".to_owned())).collect();
    for (given, fault) in [
        (one("", "a"), HeaderFault::Name),
        (one("x team", "a"), HeaderFault::Name),
        (one("x:team", "a"), HeaderFault::Name),
        (one("Host", "a"), HeaderFault::Reserved),
        (one("webhook-id", "a"), HeaderFault::Reserved),
        (one("X-Bindbee-Webhook-Signature", "a"), HeaderFault::Reserved),
        (one("Content-Length", "1"), HeaderFault::Reserved),
        (one("x-team", ""), HeaderFault::Value),
        (one("x-team", "a\r\nb: c"), HeaderFault::Value),
        (one("x-team", "ä"), HeaderFault::Value),
        ([one("x-team", "a"), one("X-Team", "b")].concat(), HeaderFault::Twice),
        (many, HeaderFault::TooMany),
    ] {
        assert_eq!(super::headers(&given), Err(Refusal::HeadersInvalid(fault)), "{given:?}");
    }
    let fine = super::headers(&one(" Authorization ", "Bearer not-a-real-token"));
    assert_eq!(fine, Ok(one("authorization", "Bearer not-a-real-token")));
}
