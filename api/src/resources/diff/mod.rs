//! `/scenarios/{id}/diff?with=`: how two versions of the organisation differ, and who or what did it.
//!
//! *Here* is the scenario in the path, *there* the one it is compared with: what is only here was
//! added. What differs is found in the read models; causes, and what both sides came from, are read
//! from the streams of what differs and of nothing else.

pub(crate) mod counts;
pub(crate) mod meaning;
pub(crate) mod people;
pub(crate) mod traces;
pub(crate) mod units;
pub(crate) mod view;
mod wanted;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use rollcall_commands::CommandError;
use rollcall_domain::ids::Deriver;
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::{Decider, Refusal, Written};
use rollcall_projections::Db;

use self::meaning::Meaning;
use self::view::Entry;
use self::wanted::Wanted;
use super::scenarios::exists;
use crate::answer::{List, Token, caught_up};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::openapi::{self, Operation, Tag};
use crate::params::Params;
use crate::problems::internal;

const BEHIND: [&str; 3] = ["actors", "units", "scenarios"];

/// People that one request looks at; a page may be shorter than asked for, and say where to go on.
const MOST_LOOKED_AT: usize = 10_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/scenarios/{scenario}/diff", get(diff))
        .route("/scenarios/{scenario}/diff/counts", get(counts::counts))
}

pub(super) fn operations() -> Vec<Operation> {
    let about = "How two scenarios differ, with what caused each difference.";
    let with = openapi::required("with", "The scenario to compare with, by id.");
    let path = "/scenarios/{scenario}/diff";
    let of = openapi::word("of", "Only these.", &wanted::OF);
    let change = openapi::word("change", "Only what differs in this way.", &wanted::CHANGES);
    let one = openapi::get(Tag::Scenarios, path, "diff_scenarios", about);
    let (path, about) = ("/scenarios/{scenario}/diff/counts", "How many differ, and in which way.");
    let all = openapi::get(Tag::Scenarios, path, "count_differences", about);
    vec![
        one.query([with.clone(), of, change])
            .list::<Entry>()
            .min_position()
            .refuses([Code::Conflict]),
        all.query([with])
            .json::<counts::Counts>(200, "The numbers.")
            .min_position()
            .refuses([Code::Conflict]),
    ]
}

/// Between whom it is.
struct Sides<'a> {
    app: &'a App,
    tenant: &'a str,
    db: &'a Db,
    here: &'a str,
    there: &'a str,
    /// Whom a source id names on either side.
    deriver: Deriver,
}

/// How far a list is: units first, then whoever is here, then who is only there, each by id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    phase: Phase,
    /// The last id that was looked at; empty at the beginning.
    after: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Units,
    Here,
    There,
}

impl Phase {
    const ALL: [Phase; 3] = [Phase::Units, Phase::Here, Phase::There];

    fn as_str(self) -> &'static str {
        match self {
            Phase::Units => "u",
            Phase::Here => "h",
            Phase::There => "t",
        }
    }
}

impl Place {
    fn beginning(phase: Phase) -> Place {
        Place { phase, after: String::new() }
    }

    fn read(cursor: Option<&str>) -> Result<Place, Problem> {
        let Some(cursor) = cursor else { return Ok(Place::beginning(Phase::Units)) };
        let read =
            cursor.split_once('.').filter(|(_, id)| id.len() <= 64).and_then(|(word, id)| {
                let phase = Phase::ALL.into_iter().find(|phase| phase.as_str() == word)?;
                Some(Place { phase, after: id.to_owned() })
            });
        read.ok_or_else(|| {
            Problem::new(Code::InvalidRequest)
                .violation("cursor", "It is none that a list returned as next_cursor.")
        })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}.{}", self.phase.as_str(), self.after)
    }
}

pub(crate) async fn diff(
    State(app): State<App>,
    reader: Reader,
    PathIds(scenario): PathIds<String>,
    mut params: Params,
) -> Result<Json<List<Entry>>, Problem> {
    let asked = Asked::read(scenario, &mut params);
    let (piece, wanted) = (params.piece(), Wanted::read(&mut params));
    params.done()?;
    let (asked, place) = (asked?, Place::read(piece.after())?);
    let sides = asked.sides(&app, &reader).await?;
    let found = page(&sides, place, piece.limit as usize, wanted).await?;
    Ok(Json(List { next_cursor: piece.next(found.next_cursor), ..found }))
}

/// Between which scenarios, and how far the read models have to be for it.
struct Asked {
    scenario: String,
    with: String,
    min: Option<Token>,
}

impl Asked {
    fn read(scenario: String, params: &mut Params) -> Result<Asked, Problem> {
        let (with, min) = (params.text("with"), params.min_position());
        let with = with.ok_or_else(|| {
            Problem::new(Code::InvalidRequest)
                .violation("with", "It must be the id of the scenario to compare with.")
        })?;
        Ok(Asked { scenario, with, min })
    }

    /// Both are there, and whole.
    async fn sides<'a>(&'a self, app: &'a App, reader: &'a Reader) -> Result<Sides<'a>, Problem> {
        caught_up(app, reader, self.min, &BEHIND).await?;
        for side in [&self.scenario, &self.with] {
            exists(reader, side).await?;
            all_there(app, reader.id(), side).await?;
        }
        let (tenant, here, there) = (reader.id(), &*self.scenario, &*self.with);
        let deriver = Deriver::new(&app.store.derivation_key(tenant).await?);
        Ok(Sides { app, tenant, db: reader.db(), here, there, deriver })
    }
}

/// Refuses a scenario that is still being copied. Of one that is not, the copy can be read.
async fn all_there(app: &App, tenant: &str, id: &str) -> Result<(), Problem> {
    let stored = app.store.read_stream(tenant, &Scenario::stream(id), 0).await?;
    let mut scenario = Scenario::default();
    for one in &stored {
        let event = scenario::Event::read(&one.payload, one.personal.as_deref());
        scenario = scenario.evolve(&event.map_err(|error| internal(&error))?);
    }
    let refused = |refusal: Refusal| Problem::from(CommandError::from(refusal));
    scenario.comparable().map_err(|refusal| refused(refusal.into()))?;
    let until = stored.last().map_or(0, |last| last.position);
    let longest = app.settings.longest_wait;
    Ok(app.projections.wait(tenant, until, &BEHIND, longest).await?)
}

/// What differs behind a place, until there is enough of it or enough was looked at.
async fn page(
    sides: &Sides<'_>,
    place: Place,
    limit: usize,
    wanted: Wanted,
) -> Result<List<Entry>, Problem> {
    let mut meaning = Meaning::of_units(sides).await?;
    let (mut data, mut looked_at) = (Vec::with_capacity(limit), 0);
    let mut next = Some(place);
    while let Some(place) = next.take_if(|_| data.len() < limit && looked_at < MOST_LOOKED_AT) {
        let most = limit - data.len();
        let found = match place.phase {
            Phase::Units if wanted.units() => {
                let (found, more) = units::differing(&meaning, &place.after, most, wanted);
                looked_at += found.len();
                let people = || wanted.people().then(|| Place::beginning(Phase::Here));
                next = more.or_else(people);
                units::entries(sides, found).await?
            }
            Phase::Units => {
                next = Some(Place::beginning(Phase::Here));
                continue;
            }
            Phase::Here | Phase::There => {
                let looked = people::look(sides, &mut meaning, &place, most, wanted).await?;
                // Reading somebody's events costs more than looking at them.
                let traced = if wanted.conflicts() { 10 * looked.differing.len() } else { 0 };
                looked_at += looked.at + traced;
                next = looked.next;
                people::entries(sides, &mut meaning, looked.differing).await?
            }
        };
        data.extend(found.into_iter().filter(|entry| wanted.keeps(entry)));
    }
    Ok(List { data, next_cursor: next.map(|place| place.to_string()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_says_how_far_a_list_is() {
        let place = Place { phase: Phase::There, after: "01J".into() };
        assert_eq!(Place::read(Some(&place.to_string())).unwrap(), place);
        assert_eq!(Place::read(None).unwrap(), Place::beginning(Phase::Units));
        for odd in ["", "x", "x.01J", &format!("h.{}", "0".repeat(65))] {
            assert!(Place::read(Some(odd)).is_err(), "{odd}");
        }
    }
}
