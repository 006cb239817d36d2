//! given / when / then for every rule and refusal of an actor.

use super::*;
use crate::field::{Changes, Field, Value};
use crate::testing::given;

fn fields() -> Fields {
    Fields::from([(Field::FirstName, "Mira".into()), (Field::JobTitle, "SRE".into())])
}
fn acme() -> Source {
    Source::new(crate::vocabulary::Provider::BambooHr, "acme")
}
fn create(source: Option<Source>) -> Command {
    Command::Create {
        actor: "a1".into(),
        scenario: "live".into(),
        subject: "p1".into(),
        source_id: source.as_ref().map(|_| "67".to_owned()),
        source,
        active: true,
        fields: fields(),
    }
}
fn created(source: Option<Source>) -> Event {
    Event::Created {
        actor: "a1".into(),
        scenario: "live".into(),
        subject: "p1".into(),
        active: true,
        fields: Fields::from([(Field::JobTitle, "SRE".into())]),
        copied_from: None,
        personal: Some(Personal::Profile {
            source_id: source.as_ref().map(|_| "67".to_owned()),
            fields: Fields::from([(Field::FirstName, "Mira".into())]),
        }),
        source,
    }
}
fn mira() -> Event {
    created(Some(acme()))
}
fn deactivated(cause: Cause) -> Event {
    Event::Deactivated { actor: "a1".into(), scenario: "live".into(), cause }
}
fn reactivated() -> Event {
    Event::Reactivated { actor: "a1".into(), scenario: "live".into() }
}
fn unsynced(by_hand: bool) -> Event {
    Event::Unsynced { actor: "a1".into(), scenario: "live".into(), by_hand }
}
fn resynced() -> Event {
    Event::Resynced { actor: "a1".into(), scenario: "live".into() }
}
fn see(field: Field, value: Option<&str>) -> Command {
    Command::ChangeFields { seen: Seen::from([(field, value.map(Value::from))]) }
}
fn change(field: Field, old: Option<&str>, new: Option<&str>) -> Changes {
    Changes::from([(field, (old.map(Value::from), new.map(Value::from)))])
}
fn state(events: &[Event]) -> KnownActor {
    given::<Actor>(events.to_vec()).state.known.expect("the person was created")
}

#[test]
fn a_person_is_created_with_the_personal_part_apart() {
    given::<Actor>([]).when(create(Some(acme()))).then([mira()]);
    let known = state(&[mira()]);
    assert_eq!((known.fields, known.source_id.as_deref()), (fields(), Some("67")));
}

#[test]
fn a_person_is_created_once() {
    given::<Actor>([mira()]).when(create(Some(acme()))).then_refused(Refusal::AlreadyExists);
}

#[test]
fn a_field_changes_with_old_and_new() {
    given::<Actor>([mira()]).when(see(Field::JobTitle, Some("Lead"))).then([
        Event::FieldsChanged {
            actor: "a1".into(),
            scenario: "live".into(),
            changes: change(Field::JobTitle, Some("SRE"), Some("Lead")),
            personal: None,
        },
    ]);
}

#[test]
fn a_personal_field_changes_in_the_sealed_part() {
    let changed = Event::FieldsChanged {
        actor: "a1".into(),
        scenario: "live".into(),
        changes: Changes::new(),
        personal: Some(Personal::Changes(change(Field::FirstName, Some("Mira"), None))),
    };
    given::<Actor>([mira()]).when(see(Field::FirstName, None)).then([changed.clone()]);
    assert!(!state(&[mira(), changed]).fields.contains_key(&Field::FirstName));
}

#[test]
fn what_reads_the_same_is_no_news() {
    given::<Actor>([mira()]).when(see(Field::JobTitle, Some("SRE"))).then_nothing();
    given::<Actor>([mira()]).when(see(Field::Email, None)).then_nothing();
}

#[test]
fn a_person_is_deactivated_and_reactivated_once() {
    let leave = Command::Deactivate { cause: Cause::SourceInactive };
    let left = deactivated(Cause::SourceInactive);
    given::<Actor>([mira()]).when(leave.clone()).then([left.clone()]);
    given::<Actor>([mira(), left.clone()]).when(leave).then_nothing();
    given::<Actor>([mira(), left]).when(Command::Reactivate).then([reactivated()]);
    given::<Actor>([mira()]).when(Command::Reactivate).then_nothing();
}

#[test]
fn a_deletion_is_news_of_somebody_inactive_too() {
    let delete = Command::Deactivate { cause: Cause::SourceDeleted };
    let deleted = deactivated(Cause::SourceDeleted);
    let left = deactivated(Cause::SourceInactive);
    given::<Actor>([mira(), left.clone()]).when(delete.clone()).then([deleted.clone()]);
    given::<Actor>([mira(), left, deleted]).when(delete).then_nothing();
}

#[test]
fn a_deleted_id_never_matches_again() {
    for command in [Command::Reactivate, Command::Resync, see(Field::JobTitle, None)] {
        given::<Actor>([mira(), deactivated(Cause::SourceDeleted)])
            .when(command)
            .then_refused(Refusal::SourceDeleted);
    }
}

#[test]
fn a_person_is_taken_out_of_sync_and_put_back() {
    let unsync = |by_hand| Command::Unsync { by_hand };
    given::<Actor>([mira()]).when(unsync(false)).then([unsynced(false)]);
    given::<Actor>([mira(), unsynced(false)]).when(unsync(false)).then_nothing();
    given::<Actor>([mira(), unsynced(false)]).when(unsync(true)).then([unsynced(true)]);
    given::<Actor>([mira(), unsynced(true)]).when(unsync(true)).then_nothing();
    given::<Actor>([mira(), unsynced(true)]).when(unsync(false)).then_nothing();
    given::<Actor>([mira(), unsynced(true)]).when(Command::Resync).then([resynced()]);
    given::<Actor>([mira()]).when(Command::Resync).then_nothing();
    assert!(state(&[mira(), unsynced(true)]).out_of_sync_by_hand);
    assert!(!state(&[mira(), unsynced(true), resynced()]).out_of_sync_by_hand);
}

#[test]
fn whoever_was_entered_by_hand_has_nothing_to_sync_with() {
    for command in [Command::Unsync { by_hand: true }, Command::Resync] {
        given::<Actor>([created(None)]).when(command).then_refused(Refusal::EnteredByHand);
    }
}

#[test]
fn whoever_was_erased_does_not_come_back() {
    let erased = crate::Written::with_personal(mira(), None);
    for command in [Command::Reactivate, Command::Resync, see(Field::JobTitle, None)] {
        given::<Actor>([erased.clone()]).when(command).then_refused(Refusal::Erased);
    }
    given::<Actor>([erased])
        .when(Command::Deactivate { cause: Cause::Absent })
        .then([deactivated(Cause::Absent)]);
}

#[test]
fn nothing_happens_to_somebody_who_is_not_there() {
    for command in [
        see(Field::JobTitle, None),
        Command::Deactivate { cause: Cause::Absent },
        Command::Reactivate,
        Command::Unsync { by_hand: false },
        Command::Resync,
    ] {
        given::<Actor>([]).when(command).then_refused(Refusal::NotFound);
    }
}
