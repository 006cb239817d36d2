//! What can be chosen in the form of a person, and what ids in it are called.

use std::collections::BTreeSet;

use rollcall_domain::field::Field;
use rollcall_projections::units;

use super::query;
use super::typed::Typed;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::params::Params;
use crate::resources::actors::{self, View};
use crate::resources::names::Names;

/// Units of a kind that are offered at once; others are named.
pub(super) const OFFERED: u32 = 200;

pub(super) struct Choices {
    pub(super) departments: Vec<Choice>,
    pub(super) divisions: Vec<Choice>,
    pub(super) locations: Vec<Choice>,
    /// Whether there may be more departments than are offered.
    pub(super) more_departments: bool,
    /// Whom a typed name may mean; `None` where none was typed.
    pub(super) found: Option<Vec<View>>,
    pub(super) names: Names,
}

pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

impl Choices {
    /// For what was typed; `also` are further ids that have to be named.
    pub(super) async fn of(
        app: &App,
        reader: &Reader,
        scenario: &str,
        typed: &[&Typed],
        manager: Option<&str>,
    ) -> Result<Choices, Problem> {
        let text = |typed: &&Typed, field| typed.text(field).map(str::to_owned);
        let texts = |field| typed.iter().filter_map(move |one| text(one, field));
        let departments = typed.iter().flat_map(|one| one.departments().unwrap_or_default());
        let units: BTreeSet<String> = texts(Field::Division)
            .chain(texts(Field::Location))
            .chain(departments.cloned())
            .filter(|id| !id.is_empty())
            .collect();
        let people: BTreeSet<String> = texts(Field::Manager).filter(|id| !id.is_empty()).collect();
        let names = Names::behind(reader, scenario, (units, people)).await?;
        let first = typed.first();
        let chosen = |field| first.and_then(|one| one.text(field)).into_iter().collect::<Vec<_>>();
        let mine = first.and_then(|one| one.departments()).unwrap_or_default();
        let mine: Vec<&str> = mine.iter().map(String::as_str).collect();
        let offered = async |kind: &str| {
            let db = reader.db();
            units::names(db, reader.id(), scenario, kind, OFFERED).await
        };
        let found = match manager {
            None => None,
            Some(q) => {
                let params = Params::read(&query(&[("q", q), ("limit", "10")]));
                Some(actors::find(app, reader, scenario, params).await?.people)
            }
        };
        let all = offered("department").await?;
        Ok(Choices {
            more_departments: all.len() >= OFFERED as usize,
            departments: choices(all, &mine, &names),
            divisions: choices(offered("division").await?, &chosen(Field::Division), &names),
            locations: choices(offered("location").await?, &chosen(Field::Location), &names),
            found,
            names,
        })
    }
}

/// What is chosen comes first, in its order, whether it is offered or not.
fn choices(all: Vec<(String, String)>, chosen: &[&str], names: &Names) -> Vec<Choice> {
    let chosen = || chosen.iter().filter(|id| !id.is_empty());
    let mine = chosen().map(|id| Choice {
        id: (*id).to_owned(),
        name: names.unit((*id).to_owned()).words().unwrap_or(id).to_owned(),
        chosen: true,
    });
    let others = all.into_iter().filter(|(id, _)| !chosen().any(|one| one == id));
    mine.chain(others.map(|(id, name)| Choice { id, name, chosen: false })).collect()
}
