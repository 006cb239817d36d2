//! What rows about people show instead of ids: the names of people, departments and scenarios.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use rollcall_domain::access::Permission;
use rollcall_domain::field::Value;
use rollcall_projections::actors::{self, Actor};
use rollcall_projections::{scenarios, units};

use super::words::provider;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::resources::plan_units::NewUnit;
use crate::web::filters::sentence;

/// The fields whose values are ids.
const UNITS: [&str; 3] = ["departments", "division", "location"];
const MANAGER: &str = "manager";
const SOURCE: &str = "source_hris";

/// What an id in a row may refer to, before it is looked up.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    people: BTreeMap<&'a str, BTreeSet<String>>,
    units: BTreeMap<&'a str, BTreeSet<String>>,
}

impl<'a> Wanted<'a> {
    pub(super) fn person(&mut self, scenario: &'a str, actor: Option<&str>) {
        self.people.entry(scenario).or_default().extend(actor.map(str::to_owned));
    }

    pub(super) fn value(&mut self, scenario: &'a str, field: &str, value: Option<&Value>) {
        let Some(value) = value else { return };
        let ids = match value {
            Value::Text(text) => vec![text.clone()],
            Value::List(items) => items.clone(),
        };
        if UNITS.contains(&field) {
            self.units.entry(scenario).or_default().extend(ids);
        } else if field == MANAGER {
            self.people.entry(scenario).or_default().extend(ids);
        }
    }
}

pub(super) struct Labels {
    scenarios: HashMap<String, String>,
    units: HashMap<String, String>,
    people: HashMap<(String, String), Arc<Actor>>,
    /// Whether who looks may go on to a person's page.
    links: bool,
    /// Whoever an id names that nobody has.
    somebody: &'static str,
}

/// Somebody a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) more: Option<String>,
    pub(super) link: Option<String>,
}

/// A field with what it was and what it is, or becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diff {
    pub(super) field: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

impl Labels {
    pub(super) async fn of(reader: &Reader, wanted: Wanted<'_>) -> Result<Labels, Problem> {
        let (db, tenant) = (reader.db(), reader.id());
        let mut labels = Labels {
            scenarios: scenario_names(reader).await?,
            units: HashMap::new(),
            people: HashMap::new(),
            links: reader.caller.may(Permission::PeopleRead),
            somebody: "somebody who is not here yet",
        };
        for (scenario, ids) in wanted.people {
            let ids = Vec::from_iter(ids);
            let found = actors::named(db, tenant, scenario, &ids).await?;
            let keyed = found.into_iter().map(|(id, row)| ((scenario.to_owned(), id), row));
            labels.people.extend(keyed);
        }
        for (scenario, ids) in wanted.units {
            for some in Vec::from_iter(ids).chunks(1_000) {
                let found = units::paths(db, tenant, scenario, some).await?;
                let joined = |(unit, path): (String, Vec<String>)| (unit, path.join(units::BELOW));
                labels.units.extend(found.into_iter().map(joined));
            }
        }
        Ok(labels)
    }

    /// Those that a plan makes are known by it alone, and so is who gets another id by it.
    pub(super) fn with_made(mut self, made: &[NewUnit]) -> Labels {
        self.somebody = "somebody who comes with this plan, or later";
        let joined = |unit: &NewUnit| (unit.id.clone(), unit.path.join(units::BELOW));
        self.units.extend(made.iter().map(joined));
        self
    }

    pub(super) fn scenario<'a>(&'a self, id: &'a str) -> &'a str {
        self.scenarios.get(id).map_or(id, String::as_str)
    }

    /// By name where there is one, else by whatever else tells them apart.
    pub(super) fn who(&self, scenario: &str, actor: Option<&str>, told: [Option<&str>; 3]) -> Who {
        let place = actor.map(|actor| (scenario.to_owned(), actor.to_owned()));
        let there = place.and_then(|place| self.people.get(&place));
        let name = there.map(|row| row.display_name()).filter(|name| !name.is_empty());
        let [named, email, source_id] = told;
        let id = source_id.map(|id| format!("Employee {id}"));
        let name = name
            .or_else(|| named.map(str::to_owned))
            .or_else(|| email.map(str::to_owned))
            .or(id)
            .unwrap_or_else(|| "Somebody without a name".to_owned());
        let more = email.filter(|email| *email != name).map(str::to_owned);
        let link = there.filter(|_| self.links);
        let link = link.map(|row| format!("/people/{}?scenario={scenario}", row.actor));
        Who { name, more, link }
    }

    pub(super) fn diff(
        &self,
        scenario: &str,
        field: &str,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Diff {
        let shown = |value: Option<&Value>| value.map(|value| self.value(scenario, field, value));
        Diff { field: named(field), old: shown(old), new: shown(new) }
    }

    fn value(&self, scenario: &str, field: &str, value: &Value) -> String {
        let one = |text: &String| {
            if UNITS.contains(&field) {
                return self.units.get(text).unwrap_or(text).clone();
            }
            if field == SOURCE {
                return provider(text).to_owned();
            }
            if field == MANAGER {
                let found = self.people.get(&(scenario.to_owned(), text.clone()));
                let name = found.map(|row| row.display_name()).filter(|name| !name.is_empty());
                return name.unwrap_or_else(|| self.somebody.to_owned());
            }
            plain(text)
        };
        match value {
            Value::Text(text) => one(text),
            Value::List(items) => items.iter().map(one).collect::<Vec<_>>().join(", "),
        }
    }
}

/// What all scenarios are called, also those that are archived.
pub(super) async fn scenario_names(reader: &Reader) -> Result<HashMap<String, String>, Problem> {
    let all = scenarios::list(reader.db(), reader.id()).await?;
    Ok(all.into_iter().map(|one| (one.scenario, one.name)).collect())
}

/// Dates and flags as people write them.
fn plain(text: &str) -> String {
    match (text, text.parse::<NaiveDate>()) {
        ("true", _) => "yes".to_owned(),
        ("false", _) => "no".to_owned(),
        (_, Ok(date)) if text.len() == 10 => date.format("%-d %b %Y").to_string(),
        (other, _) => other.to_owned(),
    }
}

/// A field as a label.
fn named(field: &str) -> String {
    match field {
        "email" => "E-mail".to_owned(),
        "source_hris" => "Source".to_owned(),
        "source_hris_id" => "Source id".to_owned(),
        "photo_url" => "Photo".to_owned(),
        "synced" => "In sync".to_owned(),
        "person" => "Active".to_owned(),
        other => sentence(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_people_write_them() {
        let told = ["true", "false", "2026-01-03", "Engineer", "1"].map(plain);
        assert_eq!(told, ["yes", "no", "3 Jan 2026", "Engineer", "1"]);
    }
}
