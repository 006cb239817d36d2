//! `/people`: everybody, however many they are.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use rollcall_domain::access::Permission;
use rollcall_projections::actors::{self as people, Totals};
use rollcall_projections::units;

use super::fields::provider;
use super::{address, elsewhere, filters, page, query};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::params::Params;
use crate::resources::actors::{self, View};
use crate::web::shell::Shell;

/// Departments that can be chosen in the filter; the page of departments leads to all.
const DEPARTMENTS: u32 = 200;
/// People among whom a typed manager can be chosen.
const MATCHES: usize = 8;

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    shell: Shell,
    asked: Asked,
    people: Vec<View>,
    totals: Totals,
    departments: Vec<(String, String)>,
    chips: Vec<Chip>,
    /// Whom a typed manager may mean.
    matches: Option<Vec<View>>,
    newer: Option<String>,
    older: Option<String>,
}

/// A filter that is on, and the address without it.
struct Chip {
    words: String,
    off: String,
}

/// What the address says, in the order in which it says it.
struct Asked {
    pairs: Vec<(String, String)>,
    scenario: Option<String>,
}

const FILTERS: [&str; 5] = ["q", "department", "manager", "status", "synced"];
const ORDERS: [&str; 4] = ["name", "-name", "-changed", "changed"];

impl Asked {
    fn read(raw: &str, shell: &Shell) -> Asked {
        let known = |name: &str| {
            FILTERS.contains(&name) || ["sort", "cursor", "back", "boss"].contains(&name)
        };
        let pairs = form_urlencoded::parse(raw.as_bytes())
            .filter(|(name, value)| known(name) && !value.trim().is_empty())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        Asked { pairs: pairs.collect(), scenario: shell.chosen().map(str::to_owned) }
    }
    fn get(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }
    fn order(&self) -> &str {
        let order = self.get("sort");
        ORDERS.into_iter().find(|one| *one == order).unwrap_or("name")
    }
    fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| !self.get(name).is_empty())
    }
    /// The address with this instead, at the start of the list; empty turns it off.
    fn with(&self, name: &str, value: &str) -> String {
        let kept = self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let gone = [name, "cursor", "back", "boss"];
        let kept = kept.filter(|(key, _)| !gone.contains(key));
        let now = Some((name, value)).filter(|(_, value)| !value.is_empty());
        let scenario = self.scenario.as_deref().map(|id| ("scenario", id));
        address("/people", &kept.chain(now).chain(scenario).collect::<Vec<_>>())
    }
    /// What the API is asked.
    fn params(&self) -> Params {
        let mut pairs: Vec<(&str, &str)> = vec![];
        for name in ["q", "department", "manager", "status"] {
            pairs.extend(Some((name, self.get(name))).filter(|(_, value)| !value.is_empty()));
        }
        match self.get("synced") {
            "hold" => pairs.push(("on_hold", "true")),
            "" => {}
            other => pairs.push(("synced", other)),
        }
        match (self.get("back"), self.get("cursor")) {
            ("", "") => pairs.push(("sort", self.order())),
            ("", cursor) => pairs.extend([("sort", self.order()), ("cursor", cursor)]),
            (back, _) => pairs.extend([("sort", reversed(self.order())), ("cursor", back)]),
        }
        Params::read(&query(&pairs))
    }
}

fn reversed(order: &str) -> &'static str {
    match order {
        "name" => "-name",
        "-name" => "name",
        "changed" => "-changed",
        _ => "changed",
    }
}

impl List {
    /// `ascending`, `descending` or nothing, for the column that sorts by this.
    fn direction(&self, by: &str) -> Option<&'static str> {
        match self.asked.order().strip_prefix('-') {
            Some(order) if order == by => Some("descending"),
            None if self.asked.order() == by => Some("ascending"),
            _ => None,
        }
    }
    fn by_change(&self) -> bool {
        self.asked.order() == "-changed"
    }
    /// The column's link: the other way round where it sorts already.
    fn sorted(&self, by: &str) -> String {
        let now = self.asked.order();
        let next = if now.ends_with(by) {
            reversed(now)
        } else if by == "name" {
            "name"
        } else {
            "-changed"
        };
        self.asked.with("sort", if next == "name" { "" } else { next })
    }
    fn is(&self, name: &str, value: &str) -> bool {
        self.asked.get(name) == value
    }
    /// Whether the department asked for is none of those to choose from.
    fn is_elsewhere(&self) -> bool {
        !self.departments.iter().any(|(id, _)| self.is("department", id))
    }
    fn at(&self, actor: &str) -> String {
        self.shell.to(&format!("/people/{actor}"))
    }
    fn person(&self, person: &View) -> String {
        self.at(&person.id)
    }
    fn source(&self, person: &View) -> String {
        person.source_hris.as_deref().map(provider).unwrap_or_default().to_owned()
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    reader: Reader,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let scenario = shell.scenario()?.scenario.clone();
    let asked = Asked::read(raw.as_deref().unwrap_or_default(), &shell);
    let matches = match asked.get("boss") {
        "" => None,
        typed => {
            let params = Params::read(&query(&[("q", typed), ("limit", "9")]));
            let mut found = actors::find(&app, &reader, &scenario, params).await?.people;
            if let [one] = found.as_slice() {
                return Ok(elsewhere(&asked.with("manager", &one.id)));
            }
            found.truncate(MATCHES);
            Some(found)
        }
    };
    let found = actors::find(&app, &reader, &scenario, asked.params()).await?;
    let (db, tenant) = (reader.db(), reader.id());
    let totals = people::count(db, tenant, &scenario).await?;
    let departments = units::names(db, tenant, &scenario, "department", DEPARTMENTS).await?;
    let chips = chips(&reader, &scenario, &asked, &departments).await?;
    let mut people = found.people;
    let went_back = !asked.get("back").is_empty();
    let (before, behind) = match (went_back, asked.get("cursor")) {
        (true, _) => {
            people.reverse();
            (found.next, found.back)
        }
        (false, "") => (None, found.next),
        (false, _) => (found.back, found.next),
    };
    let newer = before.map(|cursor| asked.with("back", &cursor));
    let older = behind.map(|cursor| asked.with("cursor", &cursor));
    page(&List { shell, asked, people, totals, departments, chips, matches, newer, older })
}

/// The filters that are on, in words.
async fn chips(
    reader: &Reader,
    scenario: &str,
    asked: &Asked,
    departments: &[(String, String)],
) -> Result<Vec<Chip>, Problem> {
    let mut chips = vec![];
    let (db, tenant) = (reader.db(), reader.id());
    for name in FILTERS {
        let value = asked.get(name);
        let words = match (name, value) {
            (_, "") => continue,
            ("q", text) => format!("“{text}”"),
            ("department", id) => match departments.iter().find(|(unit, _)| unit == id) {
                Some((_, name)) => format!("In {name}"),
                None => match units::one(db, tenant, scenario, id).await? {
                    Some(row) => format!("In {}", row.path.join(units::BELOW)),
                    None => "In a department that is not there".to_owned(),
                },
            },
            ("manager", id) => {
                let found = people::named(db, tenant, scenario, &[id.to_owned()]).await?;
                let name = found.get(id).map(|row| row.display_name());
                format!("Reports to {}", name.as_deref().unwrap_or("somebody who is not there"))
            }
            ("status", "active") => "Active".to_owned(),
            ("status", "inactive") => "Inactive".to_owned(),
            ("synced", "true") => "In sync".to_owned(),
            ("synced", "false") => "Not in sync".to_owned(),
            ("synced", "hold") => "On hold".to_owned(),
            (_, other) => other.to_owned(),
        };
        chips.push(Chip { words, off: asked.with(name, "") });
    }
    Ok(chips)
}
