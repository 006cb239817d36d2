//! Departments, divisions and locations that differ.

use std::collections::HashMap;

use rollcall_domain::diff::{Change, Difference, Facts, NAME, RETIRED, compare, facts_of_unit};
use rollcall_domain::unit::Unit as Stream;
use rollcall_projections::units::Unit;
use serde_json::{Value as Json, json};

use super::meaning::Meaning;
use super::traces::{BegunUnit, Traces};
use super::view::{Entry, FieldDiff, One, Told, word};
use super::wanted::Wanted;
use super::{Phase, Place, Sides};
use crate::edge::Problem;

/// A unit on both sides, or on one of them.
pub(super) struct Pair {
    here: Option<Unit>,
    there: Option<Unit>,
}

impl Pair {
    /// By which pairs are ordered.
    fn id(&self) -> &str {
        self.here.as_ref().or(self.there.as_ref()).map_or("", |unit| &unit.unit)
    }

    pub(super) fn is_on_both_sides(&self) -> bool {
        self.here.is_some() && self.there.is_some()
    }

    pub(super) fn change(&self, base: Option<&Facts>) -> Option<Change> {
        let (here, there) = (self.here.as_ref().map(facts), self.there.as_ref().map(facts));
        compare(here.as_ref(), there.as_ref(), base)
    }
}

fn facts(unit: &Unit) -> Facts {
    facts_of_unit(&unit.name, unit.retired)
}

/// The next pairs that differ behind an id, and where to go on if there are more.
pub(super) fn differing(
    meaning: &Meaning,
    after: &str,
    limit: usize,
    wanted: Wanted,
) -> (Vec<Pair>, Option<Place>) {
    let theirs: HashMap<&str, &Unit> =
        meaning.there.iter().map(|unit| (unit.unit.as_str(), unit)).collect();
    let here = meaning.here.iter().map(|unit| {
        let there = meaning.counterpart(&unit.unit).and_then(|id| theirs.get(id).copied());
        Pair { here: Some(unit.clone()), there: there.cloned() }
    });
    let alone = meaning.there.iter().filter(|unit| meaning.counterpart(&unit.unit).is_none());
    let alone = alone.map(|unit| Pair { here: None, there: Some(unit.clone()) });
    let mut all: Vec<Pair> = here
        .chain(alone)
        .filter(|pair| pair.id() > after)
        .filter(|pair| pair.change(None).is_some_and(|change| wanted.fits(&change)))
        .collect();
    all.sort_by(|one, other| one.id().cmp(other.id()));
    let more = all.len() > limit;
    all.truncate(limit);
    let place = |pair: &Pair| Place { phase: Phase::Units, after: pair.id().to_owned() };
    let next = all.last().filter(|_| more).map(place);
    (all, next)
}

pub(super) async fn entries(sides: &Sides<'_>, pairs: Vec<Pair>) -> Result<Vec<Entry>, Problem> {
    let mut traces = Traces::<Stream>::new();
    let mut entries = Vec::with_capacity(pairs.len());
    for pair in pairs {
        for unit in [&pair.here, &pair.there].into_iter().flatten() {
            traces.read(sides, &unit.unit).await?;
        }
        let base = match (&pair.here, &pair.there) {
            (Some(here), Some(there)) => traces.base(sides, &here.unit, &there.unit).await?,
            (None, _) | (_, None) => None,
        };
        entries.extend(entry(&pair, base, &traces));
    }
    Ok(entries)
}

fn entry(pair: &Pair, base: Option<BegunUnit>, traces: &Traces<Stream>) -> Option<Entry> {
    let began = base.map(|base| facts_of_unit(&base.name, base.retired));
    let change = pair.change(began.as_ref())?;
    let told = |unit: &Option<Unit>, field: &str| {
        let unit = unit.as_ref()?;
        let value = match field {
            RETIRED => json!(unit.retired),
            _ => json!(unit.name),
        };
        Some(Told { value, cause: traces.get(&unit.unit).map(|trace| trace.cause(field)) })
    };
    let both = |field| FieldDiff::new(field, told(&pair.here, field), told(&pair.there, field));
    let fields = match &change {
        Change::Added | Change::Removed => [NAME, RETIRED].map(both).into(),
        Change::Changed(differences) => {
            let since = |one: &Difference| {
                let base = began.as_ref().and_then(|began| began.get(one.field));
                let base = base.map(|value| match one.field {
                    RETIRED => Json::Bool(value.text() == Some("true")),
                    _ => json!(value),
                });
                both(one.field).since(base, one.changed_in)
            };
            differences.iter().map(since).collect()
        }
    };
    let one = |unit: &Option<Unit>| {
        let unit = unit.as_ref()?;
        let created = traces.get(&unit.unit).map(|trace| trace.created());
        Some(One { id: unit.unit.clone(), name: Some(unit.name.clone()), created })
    };
    let kind = pair.here.as_ref().or(pair.there.as_ref())?.kind.clone();
    let (here, there) = (one(&pair.here), one(&pair.there));
    Some(Entry { kind, change: word(&change), erased: false, here, there, fields })
}
