//! Who is in which department, division or location: one narrow row each, for joins and counts.

use rollcall_domain::actor::Event;
use rollcall_domain::field::{Changes, Field, Value};
use rollcall_domain::{Fact, Recorded};

use crate::table::{Key, Projection, Reads, row};

row! {
    pub struct Member {
        [key] scenario: String,
        [key] unit: String,
        [key] actor: String,
    }
}

pub struct Members;

const FIELDS: [Field; 3] = [Field::Departments, Field::Division, Field::Location];

impl Projection for Members {
    const NAME: &'static str = "members";
    const VERSION: u16 = 1;
    const READS: Reads = Reads::Only(&["actor"]);
    type Row = Member;

    fn keys(event: &Recorded) -> Vec<Key> {
        let Fact::Actor(happened) = &event.fact else { return vec![] };
        let mut units: Vec<&str> = vec![];
        for field in FIELDS {
            match happened {
                Event::Created { fields, .. } => units.extend(units_in(fields.get(&field))),
                Event::FieldsChanged { changes, .. } => {
                    let (was, is) = change(changes, field);
                    units.extend(units_in(was));
                    units.extend(units_in(is));
                }
                Event::Deactivated { .. }
                | Event::Reactivated { .. }
                | Event::Unsynced { .. }
                | Event::Resynced { .. }
                | Event::PutOnHold { .. }
                | Event::Released { .. }
                | Event::Identified { .. }
                | Event::LinkedTo { .. } => {}
            }
        }
        units.sort_unstable();
        units.dedup();
        let (scenario, actor) = (happened.scenario(), happened.actor());
        units.into_iter().map(|unit| Key::of([scenario, unit, actor])).collect()
    }

    fn evolve(key: &Key, row: Option<Member>, event: &Recorded) -> Option<Member> {
        let Fact::Actor(happened) = &event.fact else { return row };
        let unit = key.text(1);
        let has = |value: Option<&Value>| units_in(value).any(|one| one == unit);
        let is_in = match happened {
            Event::Created { fields, .. } => FIELDS.iter().any(|field| has(fields.get(field))),
            Event::FieldsChanged { changes, .. } => {
                FIELDS.iter().any(|field| has(change(changes, *field).1))
            }
            Event::Deactivated { .. }
            | Event::Reactivated { .. }
            | Event::Unsynced { .. }
            | Event::Resynced { .. }
            | Event::PutOnHold { .. }
            | Event::Released { .. }
            | Event::Identified { .. }
            | Event::LinkedTo { .. } => return row,
        };
        is_in.then(|| Member {
            scenario: key.text(0).to_owned(),
            unit: unit.to_owned(),
            actor: key.text(2).to_owned(),
        })
    }
}

fn change(changes: &Changes, field: Field) -> (Option<&Value>, Option<&Value>) {
    changes.get(&field).map_or((None, None), |(was, is)| (was.as_ref(), is.as_ref()))
}

/// The units a value names: a list, or one.
fn units_in(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = value.and_then(Value::text);
    value.map_or(&[][..], Value::list).iter().map(String::as_str).chain(one)
}
