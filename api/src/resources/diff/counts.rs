//! `…/diff/counts`: how many people and units differ, and how.

use axum::Json;
use axum::extract::State;
use rollcall_domain::diff::Change;
use serde::Serialize;
use utoipa::ToSchema;

use super::meaning::Meaning;
use super::view::Entry;
use super::wanted::{Wanted, is_changed, is_moved};
use super::{Asked, Phase, Place, Sides, people, units};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::extractors::PathIds;
use crate::params::Params;

/// People that are looked at, and changed ones whose streams are read; behind that, more may differ.
const MOST_PEOPLE: usize = 20_000;
const MOST_TRACED: usize = 1_000;

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = DiffCounts)]
pub(crate) struct Counts {
    pub(crate) people: Tally,
    pub(crate) units: Tally,
    /// Whether everything was counted: of very much, only the beginning is.
    pub(crate) complete: bool,
}

/// Whoever changed can be counted as moved, as changed and in conflict at once.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DiffTally)]
pub(crate) struct Tally {
    pub(crate) differing: u64,
    pub(crate) added: u64,
    pub(crate) removed: u64,
    /// Of another department, division, location or manager.
    pub(crate) moved: u64,
    /// Something else reads differently.
    pub(crate) changed: u64,
    pub(crate) conflict: u64,
}

impl Tally {
    fn count(&mut self, change: &Change) {
        self.differing += 1;
        match change {
            Change::Added => self.added += 1,
            Change::Removed => self.removed += 1,
            Change::Changed(fields) => {
                self.moved += u64::from(is_moved(fields));
                self.changed += u64::from(is_changed(fields));
            }
        }
    }

    fn count_conflicts(&mut self, entries: &[Entry]) {
        let found = entries.iter().filter(|entry| entry.in_conflict()).count();
        self.conflict += found as u64;
    }
}

pub(crate) async fn counts(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<Counts>, Problem> {
    let asked = Asked::read(scenario, &mut params);
    params.done()?;
    let asked = asked?;
    let sides = asked.sides(&app, &reader).await?;
    let mut meaning = Meaning::of_units(&sides).await?;
    let mut counts = Counts { units: of_units(&sides, &meaning).await?, ..Counts::default() };
    counts.complete = of_people(&sides, &mut meaning, &mut counts.people).await?;
    Ok(Json(counts))
}

async fn of_units(sides: &Sides<'_>, meaning: &Meaning) -> Result<Tally, Problem> {
    let mut tally = Tally::default();
    let (all, _) = units::differing(meaning, "", usize::MAX, Wanted::default());
    all.iter().filter_map(|pair| pair.change(None)).for_each(|change| tally.count(&change));
    let changed = all.into_iter().filter(units::Pair::is_on_both_sides).take(MOST_TRACED).collect();
    tally.count_conflicts(&units::entries(sides, changed).await?);
    Ok(tally)
}

/// Whether that was everybody.
async fn of_people(
    sides: &Sides<'_>,
    meaning: &mut Meaning,
    tally: &mut Tally,
) -> Result<bool, Problem> {
    let (mut looked_at, mut traced) = (0, 0);
    let mut next = Some(Place::beginning(Phase::Here));
    while let Some(place) = next.take_if(|_| looked_at < MOST_PEOPLE && traced < MOST_TRACED) {
        let looked = people::look(sides, meaning, &place, usize::MAX, Wanted::default()).await?;
        looked_at += looked.at;
        next = looked.next;
        let changes = looked.differing.iter().filter_map(|pair| pair.change(meaning, None));
        changes.for_each(|change| tally.count(&change));
        let both = looked.differing.into_iter().filter(people::Pair::is_on_both_sides);
        let changed: Vec<_> = both.collect();
        traced += changed.len();
        tally.count_conflicts(&people::entries(sides, meaning, changed).await?);
    }
    Ok(next.is_none())
}
