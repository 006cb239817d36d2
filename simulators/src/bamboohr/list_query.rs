//! What `GET /employees` is asked for: filters, order and place, refused where they make no sense.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::company::Company;
use super::fields::{Column, Field, View};
use super::people::Person;
use super::sight::Sight;

/// Those that may be searched in, by any part of their text.
const SEARCHED: [(&str, Column); 3] = [
    ("firstName", Column::FirstName),
    ("lastName", Column::LastName),
    ("jobTitleName", Column::JobTitle),
];

/// What may be sorted by besides `employeeId`.
const SORTED: [(&str, Column); 5] = [
    ("firstName", Column::FirstName),
    ("lastName", Column::LastName),
    ("preferredName", Column::PreferredName),
    ("jobTitleName", Column::JobTitle),
    ("status", Column::Status),
];

/// A request, understood.
#[derive(Debug, Default)]
pub(super) struct ListQuery {
    filters: Vec<Filter>,
    ids: Option<BTreeSet<u64>>,
    order: Vec<Rule>,
    pub(super) limit: usize,
    pub(super) place: Option<Cursor>,
}

#[derive(Debug)]
struct Filter {
    name: &'static str,
    column: Column,
    /// In lower case.
    wanted: String,
}

#[derive(Debug)]
struct Rule {
    /// Without one it is the employee id.
    field: Option<(&'static str, Column)>,
    descending: bool,
}

/// The employee a page ends before or begins after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Cursor {
    After(u64),
    Before(u64),
}

/// Why there is no page; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Senseless {
    Request(String),
    Page,
}

/// One part of what people are sorted by: nobody's text comes first, or last in descending order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Up(Option<String>),
    Down(Reverse<Option<String>>),
}

impl ListQuery {
    pub(super) fn parse(ask: &Ask) -> Result<ListQuery, Senseless> {
        let mut query = ListQuery { limit: 50, ..ListQuery::default() };
        for (key, value) in &ask.query {
            match key.as_str() {
                "sort" => query.order = order(value)?,
                "page[limit]" => query.limit = limit(value)?,
                "page[after]" | "page[before]" if query.place.is_some() => {
                    return Err(Senseless::Page);
                }
                "page[after]" => query.place = Some(place(value, Cursor::After)?),
                "page[before]" => query.place = Some(place(value, Cursor::Before)?),
                "filter[ids]" | "filter[ids][]" => {
                    let ids = value.split(',').map(|id| id.trim().parse());
                    let ids = ids.collect::<Result<Vec<u64>, _>>();
                    let ids = ids.map_err(|_| senseless("filter[ids] holds whole numbers"))?;
                    query.ids.get_or_insert_default().extend(ids);
                }
                key if key.starts_with("filter") => query.filters.push(filter(key, value)?),
                _ => {}
            }
        }
        Ok(query)
    }

    /// Everybody who matches and is counted, in order; nobody where a field in it is hidden.
    pub(super) fn found<'a>(
        &self,
        company: &'a Company,
        sight: &Sight,
        view: View,
    ) -> Vec<&'a Person> {
        let sorted = self.order.iter().filter_map(|rule| rule.field);
        let filtered = self.filters.iter().map(|filter| (filter.name, filter.column));
        if sorted.chain(filtered).any(|(name, column)| !visible(sight, name, column)) {
            return vec![];
        }
        let matches = |person: &&Person| {
            sight.counted(person.id)
                && self.ids.as_ref().is_none_or(|ids| ids.contains(&person.id))
                && self.filters.iter().all(|filter| filter.fits(company, person, view))
        };
        let mut found: Vec<&Person> = company.people.values().filter(matches).collect();
        if !self.order.is_empty() {
            found.sort_by_cached_key(|person| {
                self.order.iter().map(|rule| rule.key(company, person, view)).collect::<Vec<_>>()
            });
        }
        found
    }
}

impl Filter {
    fn fits(&self, company: &Company, person: &Person, view: View) -> bool {
        let text = company.cell(person, self.column, view).to_text().to_lowercase();
        match self.column == Column::Status {
            true => text == self.wanted,
            false => text.contains(&self.wanted),
        }
    }
}

impl Rule {
    fn key(&self, company: &Company, person: &Person, view: View) -> SortKey {
        let text = match self.field {
            None => Some(format!("{:020}", person.id)),
            Some((_, column)) => {
                let cell = company.cell(person, column, view);
                (!cell.is_empty()).then(|| cell.to_text().to_lowercase())
            }
        };
        if self.descending { SortKey::Down(Reverse(text)) } else { SortKey::Up(text) }
    }
}

impl Cursor {
    pub(super) fn sealed(self) -> String {
        let text = serde_json::to_vec(&self).expect("a cursor is a word and a number");
        URL_SAFE_NO_PAD.encode(text)
    }

    fn opened(text: &str) -> Option<Cursor> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    pub(super) fn id(self) -> u64 {
        match self {
            Cursor::After(id) | Cursor::Before(id) => id,
        }
    }
}

/// A cursor good for that direction only.
fn place(text: &str, direction: fn(u64) -> Cursor) -> Result<Cursor, Senseless> {
    let cursor = Cursor::opened(text).filter(|cursor| *cursor == direction(cursor.id()));
    cursor.ok_or(Senseless::Page)
}

fn limit(text: &str) -> Result<usize, Senseless> {
    let limit = text.parse().ok().filter(|limit| (1..=100).contains(limit));
    limit.ok_or_else(|| senseless("page[limit] is 1 to 100"))
}

fn order(text: &str) -> Result<Vec<Rule>, Senseless> {
    let rule = |text: &str| {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        if name == "employeeId" {
            return Ok(Rule { field: None, descending });
        }
        let field = SORTED.into_iter().find(|(known, _)| *known == name);
        let field = Some(field.ok_or_else(|| senseless(&format!("{name} is not sorted by")))?);
        Ok(Rule { field, descending })
    };
    text.split(',').map(|text| rule(text.trim())).collect()
}

fn filter(key: &str, value: &str) -> Result<Filter, Senseless> {
    let wanted = value.to_lowercase();
    if key == "filter[status]" {
        return match value {
            "active" | "inactive" => Ok(Filter { name: "status", column: Column::Status, wanted }),
            _ => Err(senseless("filter[status] is active or inactive")),
        };
    }
    let field = SEARCHED.into_iter().find(|(name, _)| key == format!("filter[{name}]"));
    let (name, column) = field.ok_or_else(|| senseless(&format!("there is no {key}")))?;
    Ok(Filter { name, column, wanted })
}

fn senseless(reason: &str) -> Senseless {
    Senseless::Request(reason.to_owned())
}

/// A field can be hidden under its name here or under its classic alias.
pub(super) fn visible(sight: &Sight, name: &str, column: Column) -> bool {
    let classic = (column != Column::Empty).then(|| Field::of(column).alias);
    sight.field(name) && classic.is_none_or(|alias| sight.field(alias))
}
