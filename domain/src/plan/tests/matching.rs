//! Rule 1: by source id, then by the identity map, then by e-mail address.

use std::collections::HashSet;
use std::sync::Arc;

use super::*;
use crate::actor::MatchedBy;

/// Who was entered by hand, or has other ids.
fn somebody(actor: &str, email: &str) -> RosterRow {
    RosterRow {
        actor: actor.into(),
        subject: format!("p{actor}"),
        claim: None,
        source: None,
        source_id: None,
        synced: false,
        fields: Fields::from([(Field::Email, email.into())]),
        ..known(true)
    }
}
fn with_id(id: &str, email: &str) -> RosterRow {
    let rules = rules();
    let row = somebody(&rules.actor_id(id), email);
    let claim = Some(row.actor.clone());
    RosterRow { claim, source: Some(acme()), source_id: Some(id.into()), synced: true, ..row }
}
fn mira(email: &str) -> Employee {
    let mut mira = employee(Status::Active);
    mira.seen.insert(Field::Email, Some(email.into()));
    mira
}
fn by_email(rows: &[RosterRow]) -> Candidates {
    Candidates { same_email: rows.to_vec(), ..Candidates::default() }
}
fn mapped(rows: &[RosterRow]) -> Candidates {
    Candidates { is_mapped: true, mapped: rows.to_vec(), ..Candidates::default() }
}
/// Plans these together.
fn decisions(people: &[(Employee, Candidates)], unseen: Unseen) -> Vec<Decision> {
    decisions_by(rules(), people, unseen)
}
fn decisions_by(rules: Rules, people: &[(Employee, Candidates)], unseen: Unseen) -> Vec<Decision> {
    let seen: Vec<Observation> =
        people.iter().map(|(one, _)| Observation::Present(Arc::new(one.clone()))).collect();
    let page: Vec<Row> = seen.iter().zip(people.iter().map(|(_, found)| found)).collect();
    let mut planner = Planner::new(rules, unseen, nobody());
    planner.enter(&page);
    planner.announce(&page);
    planner.settle();
    planner.plan(&page).into_iter().map(|step| step.decision).collect()
}
fn alone(employee: Employee, found: Candidates) -> Decision {
    decisions(&[(employee, found)], Unseen::Unknown).remove(0)
}
/// Whose id the read did not show.
fn without(rows: &[&RosterRow]) -> Unseen {
    let claims = rows.iter().filter_map(|row| crate::ids::id_bytes(row.claim.as_ref()?));
    Unseen::Known(claims.collect::<HashSet<_>>())
}

#[test]
fn who_was_entered_by_hand_is_found_by_e_mail_and_gets_the_source_id() {
    let row = somebody("a1", "MIRA@example.test");
    let decision = alone(mira("mira@example.test"), by_email(&[row]));
    assert_eq!((decision.actor.as_str(), decision.subject.as_str()), ("a1", "pa1"));
    assert_eq!(decision.claims, Some(rules().actor_id("67")));
    assert_eq!(decision.expected, Expected::Exact(3));
    assert_eq!(decision.action, Action::Update);
    assert_eq!(short(&decision)[0], "identified by email");
    let (claim, linked) = decision.link("live").unwrap();
    assert_eq!(claim, rules().actor_id("67"));
    assert!(matches!(linked, Event::LinkedTo { to, .. } if to == "a1"));
}

#[test]
fn the_identity_map_goes_before_e_mail_and_the_source_id_before_both() {
    let found = Candidates {
        is_mapped: true,
        mapped: vec![somebody("a1", "other@example.test")],
        same_email: vec![somebody("a2", "mira@example.test")],
        ..Candidates::default()
    };
    let decision = alone(mira("mira@example.test"), found.clone());
    assert_eq!(decision.actor, "a1");
    assert_eq!(short(&decision)[0], "identified by identity_map");
    let own = alone(mira("mira@example.test"), Candidates { own: Some(known(true)), ..found });
    assert_eq!((own.actor, own.claims), (rules().actor_id("67"), None));
}

#[test]
fn an_address_that_several_have_says_nothing() {
    let rows = [somebody("a1", "team@example.test"), somebody("a2", "team@example.test")];
    let decision = alone(mira("team@example.test"), by_email(&rows));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::Ambiguous]);
    assert_eq!(decision.notes[0].with, ["a1", "a2"]);

    let other = Employee { source_id: "68".into(), ..mira("team@example.test") };
    let found = by_email(&rows[..1]);
    let both = [(mira("team@example.test"), found.clone()), (other, found)];
    for decision in decisions(&both, Unseen::Unknown) {
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::Ambiguous]);
        assert_eq!(decision.notes[0].with, ["a1"]);
    }
}

#[test]
fn two_source_ids_that_are_mapped_to_one_person_get_nobody() {
    let found = mapped(&[somebody("a1", "mira@example.test")]);
    let other = Employee { source_id: "68".into(), ..employee(Status::Active) };
    for decision in
        decisions(&[(employee(Status::Active), found.clone()), (other, found)], Unseen::Unknown)
    {
        assert_plan(&decision, Action::Skip, &[], &[NoteReason::Ambiguous]);
    }
}

#[test]
fn who_has_another_source_id_is_taken_only_if_that_one_is_gone() {
    let other = with_id("11", "mira@example.test");
    let conflict = alone(mira("mira@example.test"), by_email(std::slice::from_ref(&other)));
    assert_plan(&conflict, Action::Skip, &[], &[NoteReason::Conflict]);
    assert_eq!(conflict.notes[0].with, std::slice::from_ref(&other.actor));
    let said = alone(mira("mira@example.test"), mapped(std::slice::from_ref(&other)));
    assert_plan(&said, Action::Skip, &[], &[NoteReason::Conflict]);

    let deleted = RosterRow { source_deleted: true, active: false, ..other.clone() };
    let decision = alone(mira("mira@example.test"), by_email(&[deleted]));
    assert_eq!(decision.action, Action::Reactivate);
    assert_eq!(short(&decision)[..2], ["identified by email", "reactivated"]);

    let people = [(mira("mira@example.test"), by_email(std::slice::from_ref(&other)))];
    let taken = decisions(&people, without(&[&other])).remove(0);
    assert_eq!(taken.actor, other.actor);
    let shown = decisions(&people, without(&[])).remove(0);
    assert_plan(&shown, Action::Skip, &[], &[NoteReason::Conflict]);
}

#[test]
fn who_gets_another_source_id_is_not_absent() {
    let other = with_id("11", "mira@example.test");
    let present = Observation::Present(Arc::new(mira("mira@example.test")));
    let absent = Observation::Absent { claim: other.actor.clone() };
    let (found, own) = (by_email(std::slice::from_ref(&other)), Candidates::from(other.clone()));
    let page: Vec<Row> = vec![(&present, &found), (&absent, &own)];
    let mut planner = Planner::new(rules(), without(&[&other]), nobody());
    planner.enter(&page);
    planner.announce(&page);
    planner.settle();
    let steps = planner.plan(&page);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].decision.actor, other.actor);
}

#[test]
fn people_of_another_account_are_reached_only_where_somebody_said_who_they_are_or_sees_it_first() {
    let elsewhere = Source::new(Provider::BambooHr, "elsewhere");
    let row = RosterRow { source: Some(elsewhere), ..with_id("11", "mira@example.test") };
    let decision = alone(mira("mira@example.test"), mapped(std::slice::from_ref(&row)));
    assert_eq!((&decision.actor, decision.claims.is_some()), (&row.actor, true));
    let people = [(mira("mira@example.test"), by_email(std::slice::from_ref(&row)))];
    let decision = decisions(&people, without(&[])).remove(0);
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::Conflict]);

    let mut reaching = rules();
    reaching.reaches_others = true;
    let decision = decisions_by(reaching, &people, Unseen::Unknown).remove(0);
    assert_eq!((&decision.actor, decision.takes_over()), (&row.actor, true));
    let mut outline = Outline::default();
    outline.add(&decision);
    assert_eq!((outline.replaced, outline.taken_over), (1, 1));
}

#[test]
fn a_former_employee_takes_nobody_by_their_address() {
    let mut former = mira("mira@example.test");
    former.status = Status::Inactive;
    let decision = alone(former.clone(), by_email(&[somebody("a1", "mira@example.test")]));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::InactiveUnknown]);
    let decision = alone(former, mapped(&[somebody("a1", "mira@example.test")]));
    let events = ["identified by identity_map", "deactivated SourceInactive"];
    assert_plan(&decision, Action::Deactivate, &events, &[]);
}

#[test]
fn an_id_whose_person_has_another_one_now_is_a_conflict() {
    let now = RosterRow { claim: Some(rules().actor_id("99")), ..with_id("67", "") };
    let found = Candidates { former: Some(now.clone()), ..Candidates::default() };
    let decision = alone(employee(Status::Active), found.clone());
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::Conflict]);
    assert_eq!(decision.notes[0].with, [now.actor]);
    let decision = alone(employee(Status::Inactive), found);
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::InactiveUnknown]);
}

#[test]
fn whoever_a_person_took_out_of_sync_or_erased_is_not_linked() {
    let out = RosterRow { out_of_sync_by_hand: true, ..somebody("a1", "mira@example.test") };
    let decision = alone(mira("mira@example.test"), by_email(&[out]));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::OutOfSync]);
    let erased = RosterRow { erased: true, ..somebody("a1", "") };
    let decision = alone(mira("mira@example.test"), mapped(&[erased]));
    assert_plan(&decision, Action::Skip, &[], &[NoteReason::Erased]);
    assert_eq!(decision.claims, None);
}

#[test]
fn a_cycle_that_arises_only_through_a_link_is_refused() {
    // Per (12), known under an id of his own, reports to Mira, who is to report to him.
    let rules = rules();
    let mut per = somebody("a12", "per@example.test");
    per.fields.insert(Field::Manager, Value::Text(rules.actor_id("67")));
    let mut linked = mira("per@example.test");
    linked.source_id = "12".into();
    linked.seen.insert(Field::Manager, Some("67".into()));
    let mut report = employee(Status::Active);
    report.seen.insert(Field::Manager, Some("12".into()));
    let known = RosterRow { fields: Fields::new(), ..known(true) };
    let seen = [linked, report].map(|one| Observation::Present(Arc::new(one)));
    let found = [by_email(&[per.clone()]), Candidates::from(known)];
    let page: Vec<Row> = seen.iter().zip(&found).collect();
    let base = HashMap::from([("a12".to_owned(), rules.actor_id("67"))]);
    let mut planner = Planner::new(rules, Unseen::Unknown, base);
    planner.enter(&page);
    planner.announce(&page);
    planner.settle();
    let steps = planner.plan(&page);
    assert_eq!(reasons(&steps[1].decision), [NoteReason::ManagerCycle]);
    let is_linked = steps[0]
        .decision
        .events
        .iter()
        .any(|event| matches!(event, Event::Identified { matched_by: MatchedBy::Email, .. }));
    assert!(is_linked);

    let mut own = mira("per@example.test");
    own.source_id = "12".into();
    own.seen.insert(Field::Manager, Some("12".into()));
    let decision = alone(own, by_email(&[per]));
    assert_eq!(reasons(&decision), [NoteReason::OwnManager]);
}

#[test]
fn who_is_mapped_to_nobody_here_is_somebody_new_whatever_their_address_says() {
    let found = Candidates {
        is_mapped: true,
        same_email: vec![with_id("11", "team@example.test")],
        ..Candidates::default()
    };
    let decision = alone(mira("team@example.test"), found);
    assert_eq!((decision.action, decision.claims), (Action::Create, None));
}

#[test]
fn who_is_said_to_be_new_leaves_the_person_of_their_address_to_others() {
    let row = somebody("a1", "team@example.test");
    let new = Candidates { is_mapped: true, ..by_email(std::slice::from_ref(&row)) };
    let other = Employee { source_id: "68".into(), ..mira("team@example.test") };
    let people = [(mira("team@example.test"), new), (other, by_email(&[row]))];
    let decisions = decisions(&people, Unseen::Unknown);
    assert_eq!((decisions[0].action, &decisions[0].claims), (Action::Create, &None));
    assert_eq!(decisions[1].actor, "a1");
}

#[test]
fn only_an_address_that_is_taken_over_leaves_its_old_one_to_others() {
    let old = with_id("11", "mira@example.test");
    let again = mira("mira@example.test");
    for (status, taken) in [(Status::Inactive, false), (Status::Active, true)] {
        let mut blank = Employee { source_id: "11".into(), ..mira("") };
        blank.status = status;
        let people = [
            (blank, Candidates::from(old.clone())),
            (again.clone(), by_email(std::slice::from_ref(&old))),
        ];
        let decision = decisions(&people, without(&[])).remove(1);
        let action = if taken { Action::Create } else { Action::Skip };
        assert_eq!(decision.action, action, "{status:?}");
    }
}
