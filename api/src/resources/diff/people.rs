//! People who differ.

use rollcall_domain::actor::Actor as Stream;
use rollcall_domain::diff::{Change, Difference, Facts, compare};
use rollcall_domain::field::Fields;
use rollcall_projections::actors::{self, Actor};

use super::meaning::Meaning;
use super::traces::{BegunPerson, Traces};
use super::view::{Entry, FieldDiff, One, Told, word};
use super::wanted::Wanted;
use super::{Phase, Place, Sides};
use crate::edge::Problem;
use crate::resources::names::full_name;

/// People that are read at a time.
const PAGE: u32 = 500;

/// Somebody on both sides, or on one of them.
pub(super) struct Pair {
    here: Option<Actor>,
    there: Option<Actor>,
}

impl Pair {
    fn erased(&self) -> bool {
        [&self.here, &self.there].into_iter().flatten().any(|actor| actor.erased)
    }

    pub(super) fn is_on_both_sides(&self) -> bool {
        self.here.is_some() && self.there.is_some()
    }

    pub(super) fn change(&self, meaning: &Meaning, base: Option<&Facts>) -> Option<Change> {
        let facts = |one: &Option<Actor>| {
            one.as_ref().map(|actor| meaning.facts(actor.active, &actor.fields()))
        };
        compare(facts(&self.here).as_ref(), facts(&self.there).as_ref(), base)
    }
}

/// What was found behind a place.
pub(super) struct Looked {
    pub(super) differing: Vec<Pair>,
    /// How many were looked at.
    pub(super) at: usize,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<Place>,
}

/// Looks at the next people behind a place, until so many differ.
pub(super) async fn look(
    sides: &Sides<'_>,
    meaning: &mut Meaning,
    place: &Place,
    most: usize,
    wanted: Wanted,
) -> Result<Looked, Problem> {
    let (db, tenant) = (sides.db, sides.tenant);
    let (mine, other) = match place.phase {
        Phase::Units | Phase::Here => (sides.here, sides.there),
        Phase::There => (sides.there, sides.here),
    };
    let rows = actors::by_id(db, tenant, mine, Some(&place.after), PAGE).await?;
    let both = [mine, other];
    let mut others = actors::counterparts(db, tenant, &sides.deriver, both, rows.iter()).await?;
    meaning.know_managers(sides, mine, managers(rows.iter())).await?;
    meaning.know_managers(sides, other, managers(others.values())).await?;
    let (read, mut at, mut differing) = (rows.len(), 0, vec![]);
    let mut after = place.after.clone();
    for row in rows {
        if differing.len() >= most {
            let next = Some(Place { phase: place.phase, after });
            return Ok(Looked { differing, at, next });
        }
        (at, after) = (at + 1, row.actor.clone());
        let counterpart = others.remove(&row.actor);
        let pair = match place.phase {
            Phase::Units | Phase::Here => Pair { here: Some(row), there: counterpart },
            // Who is on both sides was looked at before.
            Phase::There if counterpart.is_some() => continue,
            Phase::There => Pair { here: None, there: Some(row) },
        };
        if pair.change(meaning, None).is_some_and(|change| wanted.fits(&change)) {
            differing.push(pair);
        }
    }
    let next = match (read == PAGE as usize, place.phase) {
        (true, phase) => Some(Place { phase, after }),
        (false, Phase::Units | Phase::Here) => Some(Place::beginning(Phase::There)),
        (false, Phase::There) => None,
    };
    Ok(Looked { differing, at, next })
}

fn managers<'a>(rows: impl Iterator<Item = &'a Actor>) -> impl Iterator<Item = &'a str> {
    rows.filter_map(|row| row.manager.as_deref())
}

pub(super) async fn entries(
    sides: &Sides<'_>,
    meaning: &mut Meaning,
    pairs: Vec<Pair>,
) -> Result<Vec<Entry>, Problem> {
    let mut traces = Traces::<Stream>::new();
    let mut bases = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        bases.push(base(sides, pair, &mut traces).await?);
    }
    let begun: Vec<&BegunPerson> = bases.iter().flatten().collect();
    meaning.know_begun(sides, &begun).await?;
    let all = pairs.iter().zip(&bases);
    Ok(all.filter_map(|(pair, base)| entry(meaning, pair, base.as_ref(), &traces)).collect())
}

/// Reads what is told of somebody; what they were when both sides were still one.
async fn base(
    sides: &Sides<'_>,
    pair: &Pair,
    traces: &mut Traces<Stream>,
) -> Result<Option<BegunPerson>, Problem> {
    if pair.erased() {
        return Ok(None);
    }
    for actor in [&pair.here, &pair.there].into_iter().flatten() {
        traces.read(sides, &actor.actor).await?;
    }
    match (&pair.here, &pair.there) {
        (Some(here), Some(there)) => traces.base(sides, &here.actor, &there.actor).await,
        (None, _) | (_, None) => Ok(None),
    }
}

fn entry(
    meaning: &Meaning,
    pair: &Pair,
    base: Option<&BegunPerson>,
    traces: &Traces<Stream>,
) -> Option<Entry> {
    let began = base.and_then(|base| Some((base.active, base.fields.as_ref()?)));
    let facts = began.map(|(active, fields)| meaning.facts(active, fields));
    let change = pair.change(meaning, facts.as_ref())?;
    let erased = pair.erased();
    let fields = if erased { vec![] } else { fields(meaning, pair, &change, began, traces) };
    let one = |actor: &Option<Actor>| {
        let actor = actor.as_ref()?;
        let created = traces.get(&actor.actor).map(|trace| trace.created());
        Some(One { id: actor.actor.clone(), name: full_name(actor), created })
    };
    let (here, there) = (one(&pair.here), one(&pair.there));
    Some(Entry { kind: "person".to_owned(), change: word(&change), erased, here, there, fields })
}

fn fields(
    meaning: &Meaning,
    pair: &Pair,
    change: &Change,
    began: Option<(bool, &Fields)>,
    traces: &Traces<Stream>,
) -> Vec<FieldDiff> {
    let told = |actor: &Option<Actor>, field: &str| {
        let actor = actor.as_ref()?;
        let value = meaning.shown(field, actor.active, &actor.fields());
        Some(Told { value, cause: traces.get(&actor.actor).map(|trace| trace.cause(field)) })
    };
    let both = |field| FieldDiff::new(field, told(&pair.here, field), told(&pair.there, field));
    match change {
        Change::Added | Change::Removed => {
            let actor = pair.here.as_ref().or(pair.there.as_ref());
            let all = actor.map(|actor| meaning.facts(actor.active, &actor.fields()));
            all.into_iter().flat_map(Facts::into_keys).map(both).collect()
        }
        Change::Changed(differences) => {
            let since = |one: &Difference| {
                let base = began.map(|(active, fields)| meaning.shown(one.field, active, fields));
                both(one.field).since(base, one.changed_in)
            };
            differences.iter().map(since).collect()
        }
    }
}
