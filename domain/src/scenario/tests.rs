//! given / when / then for every rule and refusal of a scenario.

use super::*;
use crate::testing::given;

fn create(kind: Kind, copied_from: Option<&str>) -> Command {
    Command::Create {
        scenario: "s1".into(),
        kind,
        name: " Merger ".into(),
        copied_from: copied_from.map(str::to_owned),
    }
}
fn created(kind: Kind, copied_from: Option<&str>) -> Event {
    Event::Created {
        scenario: "s1".into(),
        kind,
        name: "Merger".into(),
        copied_from: copied_from.map(str::to_owned),
    }
}
fn ready() -> Event {
    Event::Ready { scenario: "s1".into() }
}
fn archived() -> Event {
    Event::Archived { scenario: "s1".into() }
}
fn rename(name: &str) -> Command {
    Command::Rename { name: name.into() }
}

#[test]
fn what_is_copied_from_nothing_is_ready_at_once() {
    for kind in [Kind::LiveBaseline, Kind::Scenario] {
        given::<Scenario>([]).when(create(kind, None)).then([created(kind, None), ready()]);
    }
}

#[test]
fn a_copy_is_ready_when_it_is_filled() {
    let copy = created(Kind::Scenario, Some("live"));
    given::<Scenario>([]).when(create(Kind::Scenario, Some("live"))).then([copy.clone()]);
    let preparing = given::<Scenario>([copy]);
    assert!(preparing.state.writable().is_err());
    preparing.when(Command::MarkReady).then([ready()]);
}

#[test]
fn a_scenario_is_ready_once() {
    given::<Scenario>([created(Kind::Scenario, None), ready()])
        .when(Command::MarkReady)
        .then_nothing();
}

#[test]
fn a_live_baseline_is_no_copy() {
    given::<Scenario>([])
        .when(create(Kind::LiveBaseline, Some("other")))
        .then_refused(Refusal::LiveBaseline);
}

#[test]
fn a_snapshot_is_taken_of_something() {
    given::<Scenario>([])
        .when(create(Kind::Snapshot, None))
        .then_refused(Refusal::SnapshotOfNothing);
}

#[test]
fn a_scenario_has_a_name() {
    let nameless = Command::Create {
        scenario: "s1".into(),
        kind: Kind::Scenario,
        name: " ".into(),
        copied_from: None,
    };
    given::<Scenario>([]).when(nameless).then_refused(Refusal::NameEmpty);
    given::<Scenario>([created(Kind::Scenario, None), ready()])
        .when(rename(""))
        .then_refused(Refusal::NameEmpty);
}

#[test]
fn a_name_is_a_line_that_can_be_read() {
    let long = "a".repeat(201);
    for name in ["two\nlines", "\u{202e}nalp", "nul\0", &long] {
        given::<Scenario>([created(Kind::Scenario, None), ready()])
            .when(rename(name))
            .then_refused(Refusal::NameInvalid);
    }
}

#[test]
fn a_scenario_is_created_once() {
    given::<Scenario>([created(Kind::Scenario, None)])
        .when(create(Kind::Scenario, None))
        .then_refused(Refusal::AlreadyExists);
}

#[test]
fn a_scenario_is_renamed() {
    given::<Scenario>([created(Kind::Scenario, None), ready()]).when(rename("Split")).then([
        Event::Renamed { scenario: "s1".into(), old: "Merger".into(), new: "Split".into() },
    ]);
}

#[test]
fn the_same_name_is_no_news() {
    given::<Scenario>([created(Kind::Scenario, None), ready()])
        .when(rename("Merger"))
        .then_nothing();
}

#[test]
fn the_live_baseline_keeps_its_name_and_stays() {
    for command in [rename("Other"), Command::Archive] {
        given::<Scenario>([created(Kind::LiveBaseline, None), ready()])
            .when(command)
            .then_refused(Refusal::LiveBaseline);
    }
}

#[test]
fn a_scenario_is_archived_once() {
    let known = [created(Kind::Scenario, None), ready()];
    given::<Scenario>(known.clone()).when(Command::Archive).then([archived()]);
    given::<Scenario>([&known[..], &[archived()]].concat()).when(Command::Archive).then_nothing();
}

#[test]
fn what_is_archived_stays_as_it_is() {
    for command in [rename("Split"), Command::MarkReady] {
        given::<Scenario>([created(Kind::Scenario, Some("live")), archived()])
            .when(command)
            .then_refused(Refusal::Archived);
    }
}

#[test]
fn nothing_can_be_done_to_a_scenario_that_is_not_there() {
    for command in [rename("Split"), Command::MarkReady, Command::Archive] {
        given::<Scenario>([]).when(command).then_refused(Refusal::NotFound);
    }
}

#[test]
fn changes_apply_to_what_is_active_and_no_snapshot() {
    let state = |events: Vec<Event>| given::<Scenario>(events).state;
    assert!(state(vec![created(Kind::LiveBaseline, None), ready()]).writable().is_ok());
    assert!(state(vec![created(Kind::Scenario, None), ready()]).writable().is_ok());
    assert!(state(vec![created(Kind::Scenario, None), ready(), archived()]).writable().is_err());
    assert!(state(vec![created(Kind::Snapshot, Some("live")), ready()]).writable().is_err());
    assert!(state(vec![]).writable().is_err());
}

#[test]
fn what_is_complete_is_compared_whatever_became_of_it() {
    let compared =
        |events: Vec<Event>| given::<Scenario>(events).state.comparable().map(|known| known.status);
    let copy = || created(Kind::Snapshot, Some("live"));
    assert_eq!(compared(vec![copy()]), Err(Refusal::Preparing));
    assert_eq!(compared(vec![copy(), ready()]), Ok(Status::Active));
    assert_eq!(compared(vec![copy(), ready(), archived()]), Ok(Status::Archived));
    assert_eq!(compared(vec![]), Err(Refusal::NotFound));
}
