//! Whatever a source says, in whatever order.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::Decider;
use crate::actor::Actor;

mod pushed;
mod written;

/// The log in small: each actor's state and version.
type Roster = BTreeMap<String, (Actor, u64)>;

fn statuses() -> impl Strategy<Value = Status> {
    prop_oneof![
        6 => Just(Status::Active),
        2 => Just(Status::Inactive),
        1 => Just(Status::Pending),
        1 => Just(Status::Deleted),
        1 => Just(Status::Unknown),
    ]
}

fn field(field: Field, values: impl Strategy<Value = Value>) -> impl Strategy<Value = Seen> {
    let said = prop::option::weighted(0.8, prop::option::weighted(0.8, values));
    said.prop_map(move |said| said.map(|now| (field, now)).into_iter().collect())
}

fn employees() -> impl Strategy<Value = Vec<Employee>> {
    let text = |options: &'static [&str]| prop::sample::select(options).prop_map(Value::from);
    let ids = || prop::sample::select(&["0", "1", "2", "3", "4", "5", "6"][..]);
    let departments = prop::collection::vec(prop::sample::select(&["a", "b"][..]), 0..3)
        .prop_map(|keys| Value::List(keys.into_iter().map(str::to_owned).collect()));
    let seen = (
        field(Field::FirstName, text(&["Mira", "Zoë", " Mira", "Zoe\u{308}"])),
        field(Field::JobTitle, text(&["SRE", ""])),
        field(Field::Email, text(&["mira@x.test", "Zoe@x.test", "ZOE@x.test", "max@x.test"])),
        field(Field::Manager, ids().prop_map(Value::from)),
        field(Field::Departments, departments),
        field(Field::TerminationDate, text(&["2026-06-14"])),
        field(Field::PhotoUrl, text(&["https://i.example/1", "https://i.example/1?s=2"])),
    )
        .prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].into_iter().flatten().collect());
    let days = || prop::option::weighted(0.2, (10_u32..20).prop_map(day));
    let unreadable = prop::collection::vec(Just(Field::LastName), 0..2);
    let one = (ids(), statuses(), days(), days(), seen, unreadable).prop_map(
        |(id, status, starts_on, ends_on, seen, unreadable)| Employee {
            source_id: id.to_owned(),
            status,
            starts_on,
            ends_on,
            seen,
            unreadable,
        },
    );
    prop::collection::vec(one, 0..9)
}

/// What people do between two syncs: `(whom, what)`.
fn by_hand() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((0_usize..7, 0_u8..4), 0..4)
}

fn known(roster: &Roster) -> HashMap<String, RosterRow> {
    let rows = roster.iter();
    rows.filter_map(|(id, (actor, at))| Some((id.clone(), RosterRow::from_actor(actor, *at)?)))
        .collect()
}

/// By actor ids: whom a manager's id names was linked to it, or has it.
fn managers(roster: &HashMap<String, RosterRow>) -> HashMap<String, String> {
    let manager = |row: &RosterRow| {
        let named = row.manager()?;
        let linked = roster.values().find(|other| other.claim.as_deref() == Some(named));
        Some(linked.map_or(named, |other| &other.actor).to_owned())
    };
    roster.iter().filter_map(|(id, row)| Some((id.clone(), manager(row)?))).collect()
}

/// The roster as a run compares it.
fn keys(roster: &Roster) -> Vec<RosterKey> {
    let key = |(actor, at): &(Actor, u64)| {
        let row = RosterRow::from_actor(actor, *at)?;
        let plain = row.synced && !row.source_deleted && !row.erased;
        let there = if plain { fingerprint(row.active, &row.fields) } else { NO_FINGERPRINT };
        let flags = Flags::from_bits(u8::from(row.active) + 2 * u8::from(row.synced));
        let claim = crate::ids::id_bytes(row.claim.as_deref()?).expect("derived ids are ULIDs");
        Some(RosterKey { claim, fingerprint: there, flags })
    };
    roster.values().filter_map(key).collect()
}

/// Who it may be, as the engine finds them.
fn candidates(seen: &Observation, known: &HashMap<String, RosterRow>, rules: &Rules) -> Candidates {
    if let Observation::Outsider { actor } = seen {
        return Candidates { own: known.get(actor).cloned(), ..Candidates::default() };
    }
    let claim = seen.claim(rules);
    let own = known.values().find(|row| row.claim.as_ref() == Some(&claim)).cloned();
    let former = known.get(&claim).filter(|row| row.claim.as_ref() != Some(&claim)).cloned();
    let address = |fields: &Fields| fields.get(&Field::Email)?.text().map(str::to_lowercase);
    let wanted = seen.employee().filter(|_| own.is_none() && former.is_none());
    let wanted = wanted.and_then(|one| one.seen.get(&Field::Email)?.as_ref()?.text());
    let wanted = wanted.map(str::to_lowercase);
    let namesakes = known.values().filter(|row| wanted.is_some() && address(&row.fields) == wanted);
    let mut same_email: Vec<RosterRow> = namesakes.cloned().collect();
    same_email.sort_by(|a, b| a.actor.cmp(&b.actor));
    Candidates { own, former, same_email, ..Candidates::default() }
}

/// Who reports to whom, and who was linked.
struct Managing {
    managers: HashMap<String, String>,
    linked: HashMap<String, String>,
}

impl Managing {
    fn of(roster: &HashMap<String, RosterRow>) -> Self {
        let linked = roster.values().filter(|row| row.claim.as_ref() != Some(&row.actor));
        let linked =
            linked.filter_map(|row| Some((row.claim.clone()?, row.actor.clone()))).collect();
        Managing { managers: managers(roster), linked }
    }
}

impl Managers for Managing {
    fn manager_of(&self, actor: &str) -> Option<String> {
        self.managers.get(actor).map(|manager| self.person(manager))
    }
    fn person(&self, id: &str) -> String {
        self.linked.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// A whole sync, as the engine does it.
fn sync(roster: &Roster, employees: &[Employee], rules: Rules) -> Vec<Decision> {
    let (observed, unseen) = compared(roster, employees, &rules);
    planned(roster, &observed, unseen, rules).into_iter().map(|step| step.decision).collect()
}

/// Everybody compared: those who differ, then everybody absent.
fn compared(roster: &Roster, employees: &[Employee], rules: &Rules) -> (Vec<Observation>, Unseen) {
    let mut comparison = Comparison::new(keys(roster), usize::MAX);
    employees.iter().for_each(|one| comparison.take(&Arc::new(one.clone()), rules));
    let present = comparison.differ.iter().map(|one| Observation::Present(Arc::clone(one)));
    let twice = comparison.duplicates.iter().cloned();
    let twice = twice.map(|source_id| Observation::Duplicate { source_id });
    let absent = comparison.missing().into_iter().map(|claim| Observation::Absent { claim });
    let outsiders = outsiders(roster, rules).into_iter();
    let outsiders = outsiders.map(|actor| Observation::Outsider { actor });
    let observed = present.chain(twice).chain(absent).chain(outsiders).collect();
    (observed, Unseen::Known(comparison.unseen()))
}

/// Who is in a closed department without being in sync.
fn outsiders(roster: &Roster, rules: &Rules) -> Vec<String> {
    let rows = roster.values().filter_map(|(actor, at)| RosterRow::from_actor(actor, *at));
    let is_outside = |row: &RosterRow| {
        let in_sync = row.synced && row.source.as_ref() == Some(&rules.source);
        !in_sync && !rules.leaving(&row.fields).is_empty()
    };
    rows.filter(is_outside).map(|row| row.actor).collect()
}

/// What was observed, announced and planned in pages of two.
fn planned(roster: &Roster, all: &[Observation], unseen: Unseen, rules: Rules) -> Vec<Step> {
    let known = known(roster);
    let found: Vec<Candidates> = all.iter().map(|seen| candidates(seen, &known, &rules)).collect();
    let rows: Vec<Row> = all.iter().zip(&found).collect();
    let mut planner = Planner::new(rules, unseen, Managing::of(&known));
    rows.chunks(2).for_each(|page| planner.enter(page));
    rows.chunks(2).for_each(|page| planner.announce(page));
    planner.settle();
    rows.chunks(2).flat_map(|page| planner.plan(page)).collect()
}

fn hash(decisions: &[Decision]) -> String {
    let mut outline = Outline::default();
    decisions.iter().for_each(|decision| outline.add(decision));
    outline.hash()
}

/// Appends as the store would: only at the expected version, only what the decider allows.
fn apply(roster: &mut Roster, decisions: &[Decision]) {
    for decision in decisions.iter().filter(|decision| !decision.events.is_empty()) {
        let (actor, version) = roster.remove(&decision.actor).unwrap_or_default();
        let expected = match decision.expected {
            Expected::NoStream => 0,
            Expected::Exact(version) => version,
        };
        assert_eq!(version, expected);
        let count = decision.events.len() as u64;
        let actor = decision.events.iter().fold(actor, |actor, event| {
            assert_eq!(actor.decide(command(&actor, event)), Ok(vec![event.clone()]));
            actor.evolve(event)
        });
        roster.insert(decision.actor.clone(), (actor, version + count));
        if let Some((claim, linked)) = decision.link("live") {
            assert!(!roster.contains_key(claim), "a claim is free");
            roster.insert(claim.to_owned(), (Actor::default().evolve(&linked), 1));
        }
    }
}

/// The command that the decider answers with this very event.
fn command(state: &Actor, event: &Event) -> actor::Command {
    let after = |event: &Event| state.clone().evolve(event).known.expect("somebody is there");
    match event {
        Event::Created { .. } => {
            let created = after(event);
            actor::Command::Create {
                actor: created.actor,
                scenario: created.scenario,
                subject: created.subject,
                source: created.source,
                source_id: created.source_id,
                active: created.active,
                fields: created.fields,
            }
        }
        Event::FieldsChanged { .. } => {
            let now = after(event).fields;
            let seen = Field::ALL.into_iter().map(|f| (f, now.get(&f).cloned())).collect();
            let deleted = state.known.as_ref().is_some_and(|known| known.source_deleted);
            match deleted {
                // Leaves closed departments as they would by hand.
                true => actor::Command::Edit { seen, active: None, lock: None },
                false => actor::Command::ChangeFields { seen },
            }
        }
        Event::Deactivated { cause, .. } => actor::Command::Deactivate { cause: *cause },
        Event::Reactivated { .. } => actor::Command::Reactivate,
        Event::Unsynced { by_hand, .. } => actor::Command::Unsync { by_hand: *by_hand },
        Event::Resynced { .. } => actor::Command::Resync,
        Event::PutOnHold { run, .. } => actor::Command::PutOnHold { run: run.clone() },
        Event::Released { .. } => actor::Command::Release,
        Event::Identified { source, claim, matched_by, .. } => actor::Command::Identify {
            source: source.clone(),
            source_id: after(event).source_id.unwrap_or_default(),
            claim: claim.clone(),
            matched_by: *matched_by,
        },
        Event::LinkedTo { actor, scenario, to } => actor::Command::LinkTo {
            actor: actor.clone(),
            scenario: scenario.clone(),
            to: to.clone(),
        },
    }
}

/// Somebody is entered by hand, under a colleague.
fn enter(roster: &mut Roster, number: usize) {
    let id = format!("0000000000000000000000000{number}");
    let address = ["mira@x.test", "zoe@x.test", "nobody@x.test"][number % 3];
    let above = roster.keys().next().map(|first| (Field::Manager, Value::Text(first.clone())));
    let place = Value::List(vec![rules().unit_id(crate::unit::Kind::Department, "a")]);
    let fields = [(Field::Email, address.into()), (Field::Departments, place)];
    let fields = fields.into_iter().chain(above).collect();
    let (scenario, subject) = ("live".to_owned(), format!("p{number}"));
    let created = Event::created(id.clone(), scenario, subject, None, None, true, fields);
    roster.entry(id).or_insert_with(|| (Actor::default().evolve(&created), 1));
}

fn meddle(roster: &mut Roster, by_hand: &[(usize, u8)]) {
    for (whom, what) in by_hand {
        if *what == 3 {
            enter(roster, *whom);
            continue;
        }
        let Some((actor, version)) = roster.values_mut().nth(*whom) else { continue };
        let command = match what {
            0 => actor::Command::Unsync { by_hand: true },
            1 => actor::Command::Unsync { by_hand: false },
            _ => actor::Command::Deactivate { cause: Cause::ByHand },
        };
        for event in actor.decide(command).unwrap_or_default() {
            *actor = std::mem::take(actor).evolve(&event);
            *version += 1;
        }
    }
}

fn goes_round(managers: &HashMap<String, String>) -> bool {
    managers.keys().any(|start| {
        let above = std::iter::successors(managers.get(start), |at| managers.get(*at));
        above.take(managers.len() + 1).any(|at| at == start)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_plan_once_applied_leaves_nothing_to_do(
        before in employees(), now in employees(), by_hand in by_hand(), unsync in any::<bool>(),
    ) {
            let absence = if unsync { Absence::Unsync } else { Absence::Deactivate };
        let rules = || {
            let mut rules = rules();
            rules.absence = absence;
            rules
        };
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        meddle(&mut roster, &by_hand);
        let second = sync(&roster, &now, rules());
        apply(&mut roster, &second);
        prop_assert!(!goes_round(&managers(&known(&roster))));

        for decision in sync(&roster, &now, rules()) {
            prop_assert!(decision.events.is_empty(), "{:?}", decision);
            let idle = matches!(decision.action, Action::Unchanged | Action::Skip);
            prop_assert!(idle, "{:?}", decision);
        }
    }

    #[test]
    fn nobody_ever_ends_up_above_themselves(
        reads in prop::collection::vec(prop::collection::vec(0_usize..9, 9), 1..4),
    ) {
        let mut roster = Roster::new();
        for read in &reads {
            let manager = |at: &usize| Some(Value::Text(at.to_string()));
            let employees: Vec<Employee> = read
                .iter()
                .enumerate()
                .map(|(id, at)| Employee {
                    source_id: id.to_string(),
                    seen: Seen::from([(Field::Manager, manager(at))]),
                    ..employee(Status::Active)
                })
                .collect();
            let decisions = sync(&roster, &employees, rules());
            apply(&mut roster, &decisions);
            prop_assert!(!goes_round(&managers(&known(&roster))));
            let again = sync(&roster, &employees, rules());
            prop_assert!(again.iter().all(|decision| decision.events.is_empty()));
        }
    }

    #[test]
    fn the_order_of_people_makes_no_difference(
        before in employees(), now in employees(), shuffled in any::<u64>(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        // Of somebody sent twice the first counts, so only they have a say in the order.
        let mut now = now;
        let mut seen = std::collections::HashSet::new();
        now.retain(|one| seen.insert(one.source_id.clone()));
        let mut other = now.clone();
        other.reverse();
        other.sort_by_key(|e| (u64::from(e.source_id.as_bytes()[0])).wrapping_mul(shuffled | 1));
        let (one, two) = (sync(&roster, &now, rules()), sync(&roster, &other, rules()));
        prop_assert_eq!(hash(&one), hash(&two));
    }

    #[test]
    fn whose_fingerprint_is_as_expected_needs_nothing(
        before in employees(), now in employees(),
    ) {
        let mut roster = Roster::new();
        let first = sync(&roster, &before, rules());
        apply(&mut roster, &first);
        let rules = rules();
        let known = known(&roster);
        for employee in before.iter().chain(&now) {
            let claim = rules.actor_id(&employee.source_id);
            let own = known.values().find(|row| row.claim.as_ref() == Some(&claim));
            let Some(row) = own else { continue };
            if !row.synced || row.source_deleted {
                continue;
            }
            let there = fingerprint(row.active, &row.fields);
            let same = expected_fingerprint(employee, &rules) == Some(there);
            let decision = plan_person(employee, Some(row), &managers(&known), &rules);
            if same {
                let quiet = decision.action == Action::Unchanged && decision.notes.is_empty();
                prop_assert!(quiet, "{:?}", decision);
            }
        }
    }
}
