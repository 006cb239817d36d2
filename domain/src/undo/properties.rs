//! Whatever runs and people do before and after the run that is taken back.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::Decider;
use crate::actor::{Actor, Cause, Command, KnownActor};
use crate::field::{Fields, Seen, Value};
use crate::vocabulary::{Provider, Source};

const S: &str = "s";
const PEOPLE: usize = 5;

/// What happens to one person.
#[derive(Debug, Clone)]
enum Act {
    Create,
    Tell(Field, Option<u8>),
    Manager(Option<usize>),
    Deactivate(Cause),
    Reactivate,
    Unsync(bool),
    Resync,
    Release,
}

type Acts = Vec<(usize, Act)>;

fn acts(most: usize) -> impl Strategy<Value = Acts> {
    let field = prop::sample::select(&[Field::JobTitle, Field::FirstName, Field::Phone][..]);
    let cause = prop::sample::select(&[Cause::Absent, Cause::SourceDeleted, Cause::ByHand][..]);
    let act = prop_oneof![
        2 => Just(Act::Create),
        6 => (field, prop::option::of(0_u8..3)).prop_map(|(field, n)| Act::Tell(field, n)),
        4 => prop::option::of(0..PEOPLE).prop_map(Act::Manager),
        2 => cause.prop_map(Act::Deactivate),
        2 => Just(Act::Reactivate),
        1 => any::<bool>().prop_map(Act::Unsync),
        1 => Just(Act::Resync),
        1 => Just(Act::Release),
    ];
    prop::collection::vec((0..PEOPLE, act), 0..most)
}

/// Everybody's stream.
#[derive(Debug, Clone)]
struct Company(Vec<History>);

impl Company {
    fn new() -> Self {
        Company(vec![History::default(); PEOPLE])
    }

    fn actor(&self, at: usize) -> Actor {
        self.0[at].events.iter().fold(Actor::default(), |actor, past| actor.evolve(&past.event))
    }

    fn roster(&self) -> BTreeMap<usize, KnownActor> {
        (0..PEOPLE).filter_map(|at| Some((at, self.actor(at).known?))).collect()
    }

    fn managers(&self) -> HashMap<String, String> {
        let people = self.roster().into_values();
        people.filter_map(|one| Some((one.actor.clone(), one.manager()?.to_owned()))).collect()
    }

    fn write(&mut self, at: usize, events: Vec<Event>, run: Option<&str>) {
        for event in events {
            let (principal, run) = ("somebody".to_owned(), run.map(str::to_owned));
            self.0[at].events.push(Past { event, principal, run });
            self.0[at].version += 1;
        }
    }

    fn happen(&mut self, acts: &Acts, run: Option<&str>) {
        for (at, act) in acts {
            let Some(command) = self.command(*at, act) else { continue };
            if let Ok(events) = self.actor(*at).decide(command) {
                self.write(*at, events, run);
            }
        }
    }

    /// `None` for a manager who reports to the person.
    fn command(&self, at: usize, act: &Act) -> Option<Command> {
        let tell = |field, value: Option<String>| {
            let value = value.as_deref().map(Into::into);
            Command::ChangeFields { seen: Seen::from([(field, value)]) }
        };
        Some(match act {
            Act::Create => Command::Create {
                actor: id(at),
                scenario: S.into(),
                subject: format!("p{at}"),
                source: Some(Source::new(Provider::BambooHr, "acme")),
                source_id: Some(at.to_string()),
                active: true,
                fields: Fields::new(),
            },
            Act::Tell(field, value) => tell(*field, value.map(|n| format!("v{n}"))),
            Act::Manager(None) => tell(Field::Manager, None),
            Act::Manager(Some(to)) if self.managers().closes_cycle(&id(at), &id(*to)) => {
                return None;
            }
            Act::Manager(Some(to)) => tell(Field::Manager, Some(id(*to))),
            Act::Deactivate(cause) => Command::Deactivate { cause: *cause },
            Act::Reactivate => Command::Reactivate,
            Act::Unsync(by_hand) => Command::Unsync { by_hand: *by_hand },
            Act::Resync => Command::Resync,
            Act::Release => Command::Release,
        })
    }

    /// Takes a run back and says what became of whom.
    fn undo(&mut self, run: &str, by: &str, holds: bool) -> BTreeMap<usize, Vec<Row>> {
        let (run, by) = (run.to_owned(), Some(by.to_owned()));
        let terms = Terms { scenario: S.into(), run, by: by.clone(), holds };
        let mut undo = Undo::new(terms, self.managers());
        self.0.iter().for_each(|history| undo.announce(history));
        undo.settle();
        let mut rows = BTreeMap::new();
        for at in 0..PEOPLE {
            let Some(undone) = undo.decide(&self.0[at]) else { continue };
            self.write(at, undone.decision.events, by.as_deref());
            assert_eq!(undo.decide(&self.0[at]).map(|again| again.decision.events.len()), {
                let written = self.0[at].is_touched_by(by.as_deref().unwrap());
                (!written).then_some(0)
            });
            rows.insert(at, undone.rows);
        }
        rows
    }
}

fn id(at: usize) -> String {
    format!("a{at}")
}

/// The parts of a person that an undo is about.
fn parts(one: &KnownActor) -> BTreeMap<Part, Option<Value>> {
    let flag = |flag: bool| Some(Value::Text(flag.to_string()));
    let synced = format!("{} {}", one.synced, one.out_of_sync_by_hand);
    let fields = Field::ALL.map(|field| (Part::Field(field), one.fields.get(&field).cloned()));
    let rest = [(Part::Active, flag(one.active)), (Part::Synced, Some(Value::Text(synced)))];
    fields.into_iter().chain(rest).collect()
}

type Roster = BTreeMap<usize, KnownActor>;

/// Each part is as it was before the run if that touched it, and as it is now if it did not, if it is
/// no longer as the run left it, or if a row says that it is kept.
fn is_taken_back(
    [before, after, now, then]: [&Roster; 4],
    rows: &BTreeMap<usize, Vec<Row>>,
) -> Result<(), TestCaseError> {
    for (at, now) in now {
        let none = vec![];
        let rows = rows.get(at).unwrap_or(&none);
        let (is, then) = (parts(now), parts(&then[at]));
        for (part, became) in after.get(at).map(parts).into_iter().flatten() {
            let stays = is[&part] == became || then[&part] == is[&part];
            prop_assert!(stays, "{:?} of {} was changed since: {:?}", part, at, rows);
        }
        let kept = |part: Part| {
            let row = rows.iter().find(|row| row.part == part);
            row.is_some_and(|row| row.fate != Fate::Reversed)
        };
        let Some(was) = before.get(at) else {
            let made = after.contains_key(at);
            let mut expected = is.clone();
            if made && !kept(Part::Person) && now.active {
                expected.insert(Part::Active, Some(Value::from("false")));
            }
            prop_assert_eq!(&then, &expected, "made by the run: {}", at);
            continue;
        };
        let (was, became) = (parts(was), parts(&after[at]));
        for (part, value) in &then {
            let touched = was[part] != became[part];
            let expected = if touched && !kept(*part) { &was[part] } else { &is[part] };
            prop_assert_eq!(value, expected, "{:?} of {}: {:?}", part, at, rows);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn an_undo_restores_what_was_before_the_run_and_its_undo_what_was_after(
        first in acts(12), of_run in acts(12), later in acts(5), by_hand in acts(5), since in acts(4),
    ) {
        let mut company = Company::new();
        company.happen(&first, Some("r0"));
        let before = company.roster();
        company.happen(&of_run, Some("r1"));
        let after = company.roster();
        company.happen(&later, Some("r2"));
        company.happen(&by_hand, None);
        let now = company.roster();

        let rows = company.undo("r1", "u1", true);
        let undone = company.roster();
        is_taken_back([&before, &after, &now, &undone], &rows)?;
        prop_assert!(nobody_is_above_themselves(&company));
        for (at, one) in &undone {
            let reverses = |rows: &Vec<Row>| rows.iter().any(|row| row.fate == Fate::Reversed);
            if rows.get(at).is_some_and(reverses) {
                prop_assert_eq!(one.on_hold.as_deref(), Some("r1"));
            }
        }

        let mut untouched = company.clone();
        untouched.undo("u1", "u2", false);
        let again = untouched.roster();
        for (at, one) in &now {
            prop_assert_eq!(parts(&again[at]), parts(one));
            prop_assert_eq!(&again[at].on_hold, &one.on_hold);
        }

        company.happen(&since, None);
        let edited = company.roster();
        let rows = company.undo("u1", "u2", false);
        is_taken_back([&now, &undone, &edited, &company.roster()], &rows)?;
        prop_assert!(nobody_is_above_themselves(&company));
    }
}

fn nobody_is_above_themselves(company: &Company) -> bool {
    let managers = company.managers();
    company.roster().values().all(|one| {
        let mut at = one.manager().map(str::to_owned);
        (0..=PEOPLE).any(|_| match at.take() {
            None => true,
            Some(here) => {
                at = managers.get(&here).cloned();
                false
            }
        })
    })
}
