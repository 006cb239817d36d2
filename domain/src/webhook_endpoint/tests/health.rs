//! Warnings, giving up, coming back.

use super::*;

fn failing(percent: u8, hours: i64) -> Event {
    Event::Failing { since: at(10), percent, at: at(hours) }
}
fn note(hours: i64) -> Command {
    Command::NoteFailure { since: at(10), at: at(hours) }
}
fn given_up() -> Event {
    Event::Disabled { reason: Reason::Failing, at: at(130), since: Some(at(10)) }
}
fn success(hours: i64) -> Command {
    Command::NoteSuccess { at: at(hours) }
}

#[test]
fn it_is_warned_at_half_of_five_days_and_later_each_time_once() {
    let mut happened = vec![created()];
    for (before, percent, hours) in [(69, 50, 70), (93, 70, 94), (117, 90, 118)] {
        given::<WebhookEndpoint>(happened.clone()).when(note(before)).then_nothing();
        let told = failing(percent, hours);
        given::<WebhookEndpoint>(happened.clone()).when(note(hours)).then([told.clone()]);
        happened.push(told);
        given::<WebhookEndpoint>(happened.clone()).when(note(hours)).then_nothing();
    }
    given::<WebhookEndpoint>(happened).when(note(130)).then([given_up()]);
}

#[test]
fn after_five_days_of_failure_it_is_disabled_whatever_was_told_before() {
    given::<WebhookEndpoint>([created()]).when(note(130)).then([given_up()]);
    given::<WebhookEndpoint>([created(), given_up()]).when(note(131)).then_nothing();
}

#[test]
fn a_success_is_told_where_there_was_a_warning() {
    let recovered = Event::Recovered { since: at(10), at: at(80) };
    let warned = [created(), failing(50, 70)];
    given::<WebhookEndpoint>(warned.clone()).when(success(80)).then([recovered.clone()]);
    given::<WebhookEndpoint>([created()]).when(success(80)).then_nothing();
    let over = warned.into_iter().chain([recovered]);
    given::<WebhookEndpoint>(over).when(success(81)).then_nothing();
}

#[test]
fn who_says_that_it_is_gone_is_not_asked_again() {
    let gone = Event::Disabled { reason: Reason::Gone, at: at(3), since: None };
    let note = Command::NoteGone { at: at(3) };
    given::<WebhookEndpoint>([created()]).when(note.clone()).then([gone.clone()]);
    given::<WebhookEndpoint>([created(), gone]).when(note).then_nothing();
}

#[test]
fn failures_from_before_it_was_enabled_again_do_not_count() {
    let again = [created(), given_up(), Event::Enabled { at: at(140) }];
    given::<WebhookEndpoint>(again.clone()).when(note(150)).then_nothing();
    let told = Event::Failing { since: at(140), percent: 50, at: at(200) };
    given::<WebhookEndpoint>(again.clone()).when(note(200)).then([told]);
    let recovered = Event::Recovered { since: at(10), at: at(141) };
    given::<WebhookEndpoint>(again).when(success(141)).then([recovered]);
}

#[test]
fn what_was_under_way_when_it_was_disabled_says_nothing() {
    let off = [created(), disabled(Reason::Person)];
    given::<WebhookEndpoint>(off.clone()).when(note(200)).then_nothing();
    given::<WebhookEndpoint>(off).when(success(200)).then_nothing();
}
