//! One page of a set, one row of it, or how many there are.

use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::acts::HOME;
use super::ask::Ask;
use super::faults::{Faults, Spoil};
use super::key;
use super::query::{Dialect, Query};
use super::set::{Look, Row, Set};
use super::shared::{Shared, locked};
use super::surface::{Surface, header, odata};
use super::{delta, metadata, mutation};
use crate::wire;

/// A count in Dataverse goes no further.
const COUNTED: usize = 5_000;

/// What one request for one set is answered from.
pub(super) struct View<'a> {
    pub(super) surface: Surface,
    pub(super) set: &'static Set,
    pub(super) ask: &'a Ask,
    pub(super) query: &'a Query,
    pub(super) faults: &'a Faults,
    pub(super) look: Look<'a>,
    pub(super) origin: String,
}

pub(super) fn answer(shared: &Shared, ask: &Ask, surface: Surface, rest: &str) -> Response {
    let faults = locked(&shared.faults).seen(ask.calm);
    let (rest, counted) = match rest.strip_suffix("/$count") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    match rest {
        "$metadata" => return metadata::document(surface, &faults),
        "" => return metadata::service(surface, &ask.origin(), &faults),
        _ => {}
    }
    let (segment, predicate) = key::split(rest);
    let set = surface.sets().iter().find(|set| set.name == segment);
    let Some(set) = set.filter(|set| !faults.missing_sets.contains(set.name)) else {
        return surface.no_such_set(segment);
    };
    if faults.forbidden_sets.contains(set.name) {
        return surface.forbidden(set.entity);
    }
    let selected = ask.query("$select").unwrap_or_default();
    if selected.split(',').any(|name| faults.forbidden_columns.contains(name.trim())) {
        return surface.forbidden(set.entity);
    }
    let dialect = Dialect {
        functions: surface == Surface::Dataverse,
        skip: surface == Surface::Finance,
        options: surface.options(),
        unknown: &|column| faults.missing_columns.contains(column),
    };
    let query = match Query::parse(ask, set, &dialect, predicate) {
        Ok(query) => query,
        Err(unfit) => return surface.unfit(&unfit, set),
    };
    let mut company = shared.company();
    let look = Look { company: &company, now: company.clock.now() };
    let origin = ask.origin();
    let view = View { surface, set, ask, query: &query, faults: &faults, look, origin };
    if predicate.is_some() {
        return view.single();
    }
    if counted {
        return view.count();
    }
    if let Some(answer) = delta::answer(&view) {
        return answer;
    }
    let (response, more) = view.page();
    if more && ["Workers", "cdm_workers"].contains(&set.name) {
        let what = locked(&shared.faults).take_mutation();
        if let Some(what) = what {
            mutation::happen(&mut company, what);
        }
    }
    response
}

impl<'a> View<'a> {
    /// Everything that is asked for, and how many there are before some are out of sight.
    fn rows(&self) -> (Vec<Row<'a>>, usize) {
        if self.faults.empty_sets.contains(self.set.name) {
            return (vec![], 0);
        }
        let mut rows = (self.set.rows)(&self.look);
        let cell = |row: Row<'a>, column: &str| (self.set.cell)(&self.look, row, column);
        if self.surface == Surface::Finance && self.faults.company_scoped && !self.cross_company() {
            rows.retain(|row| {
                let company = self.set.company.map(|column| cell(*row, column));
                company.is_some_and(|cell| cell.as_text() == Some(HOME))
            });
        }
        if self.set.name == "Workers" && !self.faults.duplicate_numbers.is_empty() {
            rows = rows.into_iter().flat_map(|row| self.twice(row)).collect();
        }
        let rows = self.query.rows(self.set, &self.look, rows);
        let total = rows.len();
        match (self.faults.shown, ["Workers", "cdm_workers"].contains(&self.set.name)) {
            (Some(shown), true) => (rows.into_iter().take(shown).collect(), total),
            (Some(_), false) | (None, _) => (rows, total),
        }
    }

    fn cross_company(&self) -> bool {
        self.ask.query("cross-company").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A row, and the one of whoever has the same number.
    fn twice(&self, row: Row<'a>) -> Vec<Row<'a>> {
        match row {
            Row::Worker(worker) => {
                let number = super::personnel_number(worker.id);
                match self.faults.duplicate_numbers.contains(&number) {
                    true => vec![row, Row::Namesake(worker)],
                    false => vec![row],
                }
            }
            Row::Namesake(_)
            | Row::Employment(..)
            | Row::Position(_)
            | Row::Assignment(..)
            | Row::Link(..)
            | Row::Department(_)
            | Row::Job(_)
            | Row::Title(_)
            | Row::LegalEntity(_)
            | Row::Hierarchy(_) => vec![row],
        }
    }

    /// The one row of that key.
    fn single(&self) -> Response {
        match self.rows().0.first() {
            None => self.surface.no_such_row(self.set),
            Some(row) => {
                let mut body = self.row(*row);
                if !self.ask.wants_no_metadata() {
                    let context = json!(format!("{}/$entity", self.context()));
                    body.insert("@odata.context".to_owned(), context);
                }
                odata(StatusCode::OK, &Value::Object(body))
            }
        }
    }

    fn count(&self) -> Response {
        let total = self.rows().1;
        let total = match self.surface {
            Surface::Finance => total,
            Surface::Dataverse => total.min(COUNTED),
        };
        wire::bytes(StatusCode::OK, "text/plain", total.to_string())
    }

    /// The page, and whether there is another behind it.
    fn page(&self) -> (Response, bool) {
        let (rows, total) = self.rows();
        let size = self.size();
        let slice = match self.surface {
            Surface::Finance => self.finance_slice(rows, size),
            Surface::Dataverse => self.dataverse_slice(rows, size),
        };
        let more = slice.more;
        let mut body = Map::new();
        if !self.ask.wants_no_metadata() {
            body.insert("@odata.context".to_owned(), json!(self.context()));
        }
        if self.query.count {
            self.counted(total, &mut body);
        }
        let next = slice.next.and_then(|next| self.next_link(next, &slice.rows));
        let values = slice.rows.iter().map(|row| Value::Object(self.row(*row))).collect();
        body.insert("value".to_owned(), Value::Array(values));
        if let Some(next) = next {
            body.insert("@odata.nextLink".to_owned(), json!(next));
        }
        if slice.next.is_none() {
            delta::link(self, &mut body);
        }
        let mut response = odata(StatusCode::OK, &Value::Object(body));
        if let Some(size) = self.ask.preference("odata.maxpagesize") {
            let applied = HeaderName::from_static("preference-applied");
            header(&mut response, applied, &format!("odata.maxpagesize={size}"));
        }
        if self.surface == Surface::Dataverse {
            let left = HeaderName::from_static("x-ms-ratelimit-burst-remaining-xrm-requests");
            header(&mut response, left, "5999");
        }
        (response, more)
    }

    fn counted(&self, total: usize, body: &mut Map<String, Value>) {
        match self.surface {
            Surface::Finance => {
                body.insert("@odata.count".to_owned(), json!(total));
            }
            Surface::Dataverse => {
                let limited = total > COUNTED;
                body.insert("@odata.count".to_owned(), json!(total.min(COUNTED)));
                let annotation = "@Microsoft.Dynamics.CRM.totalrecordcount";
                body.insert(annotation.to_owned(), json!(total.min(COUNTED)));
                body.insert(format!("{annotation}limitexceeded"), json!(limited));
            }
        }
    }

    /// A row with its tag; of a table, its id comes along unasked.
    pub(super) fn row(&self, row: Row<'a>) -> Map<String, Value> {
        let mut shown = Map::new();
        if !self.ask.wants_no_metadata() {
            let (number, version) = (self.set.tag)(row);
            let tag = match self.surface {
                Surface::Finance => {
                    let pair = format!("'{version},{};0,0'", 5_637_144_576 + number);
                    format!("W/\"{}\"", STANDARD.encode(pair))
                }
                Surface::Dataverse => format!("W/\"{version}\""),
            };
            shown.insert("@odata.etag".to_owned(), json!(tag));
        }
        let mut columns = self.query.select.clone();
        if self.surface == Surface::Dataverse && !columns.contains(&self.set.key[0]) {
            columns.push(self.set.key[0]);
        }
        for column in columns {
            let cell = (self.set.cell)(&self.look, row, column);
            let empty = self.faults.empty_columns.contains(column);
            let cell = if empty { cell.emptied() } else { cell };
            let spoiled = self.spoiled(row, column);
            let value = match spoiled.map(Spoil::mark) {
                None => cell.json(),
                Some(Ok(mark)) => json!(format!("{}{mark}", cell.as_text().unwrap_or_default())),
                Some(Err(odd)) => odd.clone(),
            };
            shown.insert(column.to_owned(), value);
        }
        shown
    }
    fn spoiled(&self, row: Row<'a>, column: &str) -> Option<&Spoil> {
        let mut spoiled = self.faults.spoiled.iter();
        let found = spoiled.find(|one| {
            one.set == self.set.name && one.column == column && one.key == self.key(row)
        });
        found.map(|one| &one.how)
    }
}
