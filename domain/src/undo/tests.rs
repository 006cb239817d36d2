//! given / when / then for every part that is taken back, kept, or can't be.

use super::*;
use crate::actor::{Cause, MatchedBy, Personal};
use crate::field::{Changes, Fields, Value};
use crate::plan::Action;
use crate::run::NoteReason;
use crate::vocabulary::{Provider, Source};

const RUN: &str = "r1";
const S: &str = "s";

fn source() -> Source {
    Source::new(Provider::BambooHr, "acme")
}

fn by(run: Option<&str>, event: Event) -> Past {
    let principal = if run.is_some() { "engine" } else { "user:ada" };
    Past { event, principal: principal.into(), run: run.map(str::to_owned) }
}

fn run(event: Event) -> Past {
    by(Some(RUN), event)
}

fn hand(event: Event) -> Past {
    by(None, event)
}

fn created() -> Event {
    let fields = Fields::from([
        (Field::FirstName, "Mira".into()),
        (Field::JobTitle, "SRE".into()),
        (Field::Manager, "boss".into()),
    ]);
    Event::created("a".into(), S.into(), "p".into(), Some(source()), Some("7".into()), true, fields)
}

fn change(field: Field, old: &str, new: &str) -> Event {
    let change = Changes::from([(field, (Some(old.into()), Some(new.into())))]);
    Event::fields_changed("a".into(), S.into(), change).unwrap()
}

fn title(old: &str, new: &str) -> Event {
    change(Field::JobTitle, old, new)
}

fn ids() -> (String, String) {
    ("a".into(), S.into())
}

fn deactivated(cause: Cause) -> Event {
    let (actor, scenario) = ids();
    Event::Deactivated { actor, scenario, cause }
}

fn reactivated() -> Event {
    let (actor, scenario) = ids();
    Event::Reactivated { actor, scenario }
}

fn on_hold(run: &str) -> Event {
    let (actor, scenario) = ids();
    Event::PutOnHold { actor, scenario, run: run.into() }
}

fn released() -> Event {
    let (actor, scenario) = ids();
    Event::Released { actor, scenario }
}

fn history(events: impl IntoIterator<Item = Past>) -> History {
    let events: Vec<Past> = [by(Some("r0"), created())].into_iter().chain(events).collect();
    History { version: events.len() as u64, events }
}

fn terms() -> Terms {
    Terms { scenario: S.into(), run: RUN.into(), by: Some("u1".into()), holds: true }
}

fn undone(history: &History) -> Undone {
    undone_on(terms(), history, &[]).unwrap()
}

fn undone_on(terms: Terms, history: &History, managers: &[(&str, &str)]) -> Option<Undone> {
    let managers = managers.iter().map(|(a, m)| ((*a).to_owned(), (*m).to_owned()));
    let mut undo = Undo::new(terms, std::collections::HashMap::from_iter(managers));
    undo.announce(history);
    undo.settle();
    undo.decide(history)
}

fn fates(undone: &Undone) -> Vec<(&'static str, &'static str)> {
    undone.rows.iter().map(|row| (row.part.as_str(), row.fate.as_str())).collect()
}

fn reasons(undone: &Undone) -> Vec<(NoteReason, &[Field])> {
    undone.decision.notes.iter().map(|note| (note.reason, note.fields.as_slice())).collect()
}

#[test]
fn a_field_is_again_what_it_was_and_the_person_is_on_hold() {
    let undone = undone(&history([run(title("SRE", "Lead"))]));

    assert_eq!(undone.decision.events, [title("Lead", "SRE"), on_hold(RUN)]);
    assert_eq!(undone.decision.action, Action::Update);
    assert_eq!(undone.decision.expected, crate::plan::Expected::Exact(2));
    assert_eq!(fates(&undone), [("job_title", "reversed")]);
}

#[test]
fn a_field_that_was_changed_since_is_kept_and_the_others_are_not() {
    let both = history([
        run(title("SRE", "Lead")),
        run(change(Field::FirstName, "Mira", "Mia")),
        hand(title("Lead", "Chief")),
    ]);

    let undone = undone(&both);

    let name = change(Field::FirstName, "Mia", "Mira");
    assert_eq!(undone.decision.events, [name, on_hold(RUN)]);
    assert_eq!(fates(&undone), [("first_name", "reversed"), ("job_title", "kept")]);
    assert_eq!(reasons(&undone), [(NoteReason::ChangedSince, &[Field::JobTitle][..])]);
    let kept = undone.rows[1].fate.why().and_then(Why::by).unwrap();
    assert_eq!((kept.principal.as_str(), &kept.run), ("user:ada", &None));
}

#[test]
fn nobody_is_put_on_hold_for_what_is_kept() {
    let undone = undone(&history([run(title("SRE", "Lead")), by(Some("r2"), title("Lead", "X"))]));

    assert_eq!(undone.decision.events, []);
    assert_eq!(undone.decision.action, Action::Skip);
    let kept = undone.rows[0].fate.why().and_then(Why::by).unwrap();
    assert_eq!(kept.run.as_deref(), Some("r2"));
}

#[test]
fn somebody_the_run_made_is_deactivated_unless_edited_by_hand() {
    let made = |more: Vec<Past>| {
        let events: Vec<Past> = [run(created())].into_iter().chain(more).collect();
        History { version: events.len() as u64, events }
    };

    let alone = undone(&made(vec![by(Some("r2"), title("SRE", "Lead"))]));
    let edited = undone(&made(vec![hand(title("SRE", "Lead"))]));
    let gone = undone(&made(vec![by(Some("r2"), deactivated(Cause::Absent))]));

    assert_eq!(alone.decision.events, [deactivated(Cause::Undone), on_hold(RUN)]);
    assert_eq!(alone.decision.action, Action::Deactivate);
    assert_eq!(edited.decision.events, []);
    assert_eq!(fates(&edited), [("job_title", "kept"), ("person", "kept")]);
    assert_eq!(reasons(&edited), [(NoteReason::ChangedSince, &[Field::JobTitle][..])]);
    assert_eq!((gone.decision.events.len(), fates(&gone)), (0, vec![("person", "kept")]));
}

#[test]
fn who_was_deactivated_is_active_again_and_the_other_way_round() {
    let left = undone(&history([run(deactivated(Cause::Absent))]));
    let came = history([by(Some("r0"), deactivated(Cause::Absent)), run(reactivated())]);
    let came = undone(&came);
    let kept = undone(&history([run(deactivated(Cause::Absent)), hand(reactivated())]));

    assert_eq!(left.decision.events, [reactivated(), on_hold(RUN)]);
    assert_eq!(came.decision.events, [deactivated(Cause::Undone), on_hold(RUN)]);
    assert_eq!((kept.decision.events.len(), fates(&kept)), (0, vec![("active", "kept")]));
}

#[test]
fn being_in_sync_is_taken_back_with_who_took_the_person_out() {
    let (actor, scenario) = ids();
    let out = Event::Unsynced { actor: actor.clone(), scenario: scenario.clone(), by_hand: true };
    let back = Event::Resynced { actor, scenario };

    let resynced = undone(&history([hand(out.clone()), run(back.clone())]));
    let unsynced = undone(&history([run(out.clone())]));

    assert_eq!(resynced.decision.events, [out, on_hold(RUN)]);
    assert_eq!(resynced.decision.action, Action::Unsync);
    assert_eq!(unsynced.decision.events, [back, on_hold(RUN)]);
}

#[test]
fn who_was_deleted_at_the_source_is_active_again_and_never_matched() {
    let undone = undone(&history([run(deactivated(Cause::SourceDeleted))]));

    assert_eq!(undone.decision.events, [reactivated(), on_hold(RUN)]);
    assert_eq!(fates(&undone), [("active", "reversed"), ("source_hris_id", "impossible")]);
    assert_eq!(reasons(&undone), [(NoteReason::StaysDeleted, &[][..])]);
}

#[test]
fn a_source_id_stays_and_the_fields_that_came_with_it_do_not() {
    let (actor, scenario) = ids();
    let linked = Event::Identified {
        actor,
        scenario,
        source: source(),
        claim: "c".into(),
        matched_by: MatchedBy::Email,
        old: Some(source()),
        personal: Some(Personal::Identity { old: Some("7".into()), new: "8".into() }),
    };

    let undone = undone(&history([run(linked), run(title("SRE", "Lead"))]));

    assert_eq!(undone.decision.events, [title("Lead", "SRE"), on_hold(RUN)]);
    assert_eq!(fates(&undone), [("job_title", "reversed"), ("source_hris_id", "impossible")]);
    assert_eq!(reasons(&undone), [(NoteReason::StaysLinked, &[][..])]);
}

#[test]
fn who_was_erased_can_not_be_taken_back() {
    let mut erased = history([run(title("SRE", "Lead"))]);
    if let Event::Created { personal, .. } = &mut erased.events[0].event {
        *personal = None;
    }

    let undone = undone(&erased);

    assert_eq!((undone.decision.events.len(), fates(&undone)), (0, vec![("person", "impossible")]));
    assert_eq!(reasons(&undone), [(NoteReason::Erased, &[][..])]);
}

#[test]
fn a_manager_who_reports_to_the_person_by_now_does_not_come_back() {
    let moved = history([run(change(Field::Manager, "boss", "b"))]);

    let free = undone_on(terms(), &moved, &[("a", "b")]).unwrap();
    let cycle = undone_on(terms(), &moved, &[("a", "b"), ("boss", "a")]).unwrap();

    assert_eq!(free.decision.events.len(), 2);
    assert_eq!((cycle.decision.events.len(), fates(&cycle)), (0, vec![("manager", "kept")]));
    assert_eq!(reasons(&cycle), [(NoteReason::ManagerCycle, &[Field::Manager][..])]);
}

#[test]
fn an_undo_of_an_undo_releases_and_holds_nobody() {
    let again = history([
        by(Some("r0"), title("SRE", "Lead")),
        run(title("Lead", "SRE")),
        run(on_hold("r0")),
    ]);
    let terms = Terms { holds: false, ..terms() };

    let undone = undone_on(terms, &again, &[]).unwrap();

    assert_eq!(undone.decision.events, [title("SRE", "Lead"), released()]);
    assert_eq!(fates(&undone), [("job_title", "reversed"), ("on_hold", "reversed")]);
}

#[test]
fn whom_the_run_did_not_touch_or_the_undo_has_written_is_left_alone() {
    let strange = history([by(Some("r2"), title("SRE", "Lead"))]);
    let mut done = history([run(title("SRE", "Lead"))]);
    done.events.push(by(Some("u1"), title("Lead", "SRE")));
    let preview = Terms { by: None, ..terms() };

    assert_eq!(undone_on(terms(), &strange, &[]), None);
    assert_eq!(undone_on(terms(), &done, &[]), None);
    assert_eq!(fates(&undone_on(preview, &done, &[]).unwrap()), [("job_title", "kept")]);
    assert_eq!(undone_on(Terms { scenario: "t".into(), ..terms() }, &done, &[]), None);
}

#[test]
fn what_a_row_says_is_what_it_was_and_what_it_is() {
    let undone = undone(&history([run(title("SRE", "Lead"))]));

    let row = &undone.rows[0];
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::text).map(str::to_owned);
    assert_eq!((text(&row.now), text(&row.before)), (Some("Lead".into()), Some("SRE".into())));
}
