//! A full read as it comes: page by page and set by set, the workers at the end.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hasher};

use rollcall_domain::connection::Surface;
use rollcall_domain::field::{Field, normalised};
use rollcall_domain::plan::{Employee, Status, UnitOption, name_key};
use rollcall_domain::unit::Kind;
use serde_json::Value;

use super::book::{Book, Rules};
use super::gaps::About;
use super::person::Person;
use super::recording::also;
use super::row::Row;
use super::sets::{self, Col, Set, Table};
use crate::providers::calls::{misshapen, read_tree};
use crate::providers::frames::garbled;
use crate::providers::splitter::{Splitter, Unsplit};
use crate::providers::{ProviderError, ReadSummary};

/// Dataverse counts no further than this.
pub(super) const COUNTED: u64 = 5_000;

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageEnd {
    pub(super) rows: u64,
    /// Of the whole set so far.
    pub(super) rows_so_far: u64,
    /// How many the whole set has, where it says so.
    pub(super) count: Option<u64>,
    pub(super) next: Option<String>,
}

pub(super) struct Reading {
    pub(super) book: Book,
    set: Option<OfSet>,
    /// The sets that say less of themselves than they have, could not be read in every record, or
    /// not at all.
    flawed: bool,
    /// Locations by their keys, as workers name them.
    offices: HashMap<String, String>,
    /// All of them are known: every worker came, and said where.
    all_offices: bool,
    /// A worker does not say where.
    placeless: bool,
    outside: u64,
    statuses: bool,
    summary: ReadSummary,
}

/// The set that is being read.
struct OfSet {
    table: &'static Table,
    page: Option<Splitter>,
    page_number: u32,
    /// The records that came, each with its page and what it said.
    seen: HashMap<u64, (u32, u64)>,
    /// Repeated within a page: those are there twice.
    twice: u64,
    /// Records that can't be read in every part.
    unreadable: u64,
    /// Those of them that can't be told apart from others.
    nameless: u64,
    end: PageEnd,
}

impl Reading {
    pub(super) fn new(rules: Rules) -> Reading {
        Reading {
            book: Book::new(rules),
            set: None,
            flawed: false,
            offices: HashMap::new(),
            all_offices: false,
            placeless: false,
            outside: 0,
            statuses: false,
            summary: ReadSummary::default(),
        }
    }

    pub(super) fn begin_page(&mut self, set: Set) -> Result<(), ProviderError> {
        let table = sets::table(self.book.rules.surface, set).ok_or_else(garbled)?;
        let of_set = match self.set.take() {
            Some(of_set) if of_set.table.set == set => of_set,
            // A set has to be done before the next one begins.
            Some(_) => return Err(garbled()),
            None => OfSet {
                table,
                page: None,
                page_number: 0,
                seen: HashMap::new(),
                twice: 0,
                unreadable: 0,
                nameless: 0,
                end: PageEnd::default(),
            },
        };
        let end = PageEnd { rows: 0, next: None, ..of_set.end };
        let page_number = of_set.page_number + 1;
        self.set = Some(OfSet { page: Some(Splitter::of("value")), page_number, end, ..of_set });
        Ok(())
    }

    /// Takes the next bytes of a page; adds the people that are complete with them.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        people: &mut Vec<Employee>,
    ) -> Result<(), ProviderError> {
        let mut of_set = self.set.take().ok_or_else(garbled)?;
        let mut page = of_set.page.take().ok_or_else(garbled)?;
        let pushed = page.push(piece, |record| -> Result<(), Unsplit> {
            self.record(&mut of_set, record, people);
            Ok(())
        });
        pushed.map_err(|unsplit| unsplit.error(of_set.table.what))?;
        of_set.page = Some(page);
        self.set = Some(of_set);
        Ok(())
    }

    fn record(&mut self, of_set: &mut OfSet, record: &[u8], people: &mut Vec<Employee>) {
        of_set.end.rows += 1;
        of_set.end.rows_so_far += 1;
        let Some(row) = Row::read(of_set.table, record) else {
            self.book.lost(of_set.table.set);
            return of_set.is_nobody();
        };
        let identity = row.identity(of_set.table);
        if of_set.table.set != Set::Workers {
            of_set.is_first(identity, 0);
            of_set.unreadable += u64::from(!self.book.take(of_set.table.set, &row));
            return;
        }
        self.placeless |= !row.says(Col::Office);
        if let Some(office) = row.text(Col::Office) {
            let key = name_key(office);
            self.offices.entry(key).or_insert_with(|| normalised(office).into_owned());
        }
        match self.book.person(&row) {
            Person::Nobody => of_set.is_nobody(),
            Person::OutOfScope => {
                if of_set.is_first(identity, 0) {
                    self.outside += 1;
                }
            }
            Person::Employee(employee) => {
                if of_set.is_first(identity, content(&employee)) {
                    self.summary.employees += 1;
                    self.summary.damaged += u64::from(!employee.unreadable.is_empty());
                    self.statuses |= employee.status != Status::Unknown;
                    people.push(employee);
                }
            }
        }
    }

    /// The page is whole: what it says besides its records.
    pub(super) fn end_page(&mut self) -> Result<(), ProviderError> {
        let of_set = self.set.as_mut().ok_or_else(garbled)?;
        let what = of_set.table.what;
        let page = of_set.page.take().ok_or_else(garbled)?;
        let envelope = page.finish().map_err(|unsplit| unsplit.error(what))?;
        let envelope = read_tree(what, &envelope)?;
        if !envelope["value"].is_array() {
            return Err(misshapen(what));
        }
        let next = envelope["@odata.nextLink"].as_str().filter(|next| !next.is_empty());
        of_set.end.next = next.map(str::to_owned);
        of_set.end.count = of_set.end.count.or_else(|| count(&envelope["@odata.count"]));
        Ok(())
    }

    pub(super) fn page_end(&self) -> PageEnd {
        self.set.as_ref().map(|of_set| of_set.end.clone()).unwrap_or_default()
    }

    /// No page of the set follows: is it whole (product.md §8.0)?
    pub(super) fn done(
        &mut self,
        set: Set,
        without: &BTreeSet<String>,
    ) -> Result<(), ProviderError> {
        let of_set = self.set.take().filter(|of_set| of_set.table.set == set);
        let of_set = of_set.filter(|of_set| of_set.page.is_none()).ok_or_else(garbled)?;
        self.book.came.insert(set);
        let distinct = of_set.seen.len() as u64 + of_set.twice;
        let counted = match (self.book.rules.surface, of_set.end.count) {
            (Surface::Dataverse, Some(COUNTED)) => distinct >= COUNTED,
            (Surface::FinanceOperations | Surface::Dataverse, Some(count)) => {
                distinct + of_set.nameless >= count
            }
            (Surface::FinanceOperations | Surface::Dataverse, None) => false,
        };
        if set == Set::Workers {
            self.all_offices = counted && of_set.unreadable == 0 && !self.placeless;
            self.summary.unreadable += of_set.unreadable;
            let inside = |count: u64| count.saturating_sub(self.outside);
            let count = of_set.end.count.filter(|count| {
                self.book.rules.surface == Surface::FinanceOperations || *count < COUNTED
            });
            self.summary.second_count = count.map(inside);
        }
        self.flawed |= !counted || of_set.unreadable > 0;
        if !counted && set != Set::Workers {
            self.is_short(of_set.table);
        }
        for name in without {
            let column = of_set.table.columns.iter().find(|column| column.name == name);
            if let Some(field) = column.and_then(|column| column.field) {
                self.flawed = true;
                also(&mut self.summary.omitted, [field]);
                self.summary.missing.push(format!("{}/{name}", of_set.table.path));
            }
        }
        Ok(())
    }

    /// The same of a set that was asked for in full: what it hides is known by what others say.
    pub(super) fn done_in_full(
        &mut self,
        set: Set,
        without: &BTreeSet<String>,
    ) -> Result<(), ProviderError> {
        self.done(set, without)?;
        let hidden = set == Set::Assignments && self.book.hides_who_is_where();
        if let Some(table) = sets::table(self.book.rules.surface, set).filter(|_| hidden) {
            self.is_short(table);
        }
        Ok(())
    }

    /// A set that may not be read, or says less of itself than it has, must not clear what it would say
    /// of people.
    fn is_short(&mut self, table: &'static Table) {
        self.book.short.insert(table.set);
        self.flawed = true;
        also(&mut self.summary.omitted, table.fields.iter().copied());
        self.summary.missing.push(table.path.to_owned());
    }

    pub(super) fn missing(&mut self, set: Set) -> Result<(), ProviderError> {
        let table = sets::table(self.book.rules.surface, set).ok_or_else(garbled)?;
        self.set = None;
        self.is_short(table);
        Ok(())
    }

    /// The departments, and the locations that workers name.
    pub(super) fn options(&self) -> Vec<UnitOption> {
        // What is not listed counts as gone, so half a list is none.
        let mut options = match self.lists_departments() {
            true => self.book.options.clone(),
            false => Vec::new(),
        };
        let offices = self.offices.iter().filter(|_| self.all_offices);
        options.extend(offices.map(|(key, name)| UnitOption {
            parent: None,
            kind: Kind::Location,
            source_key: key.clone(),
            name: name.clone(),
        }));
        options.sort();
        options
    }

    fn lists_departments(&self) -> bool {
        self.book.has(Set::Departments) && !self.book.gaps.near(About::Departments, 0)
    }

    /// The read is over. Nobody at all is never everybody.
    pub(super) fn end(mut self) -> Result<ReadSummary, ProviderError> {
        if self.set.is_some() || !self.book.has(Set::Workers) {
            return Err(garbled());
        }
        if self.book.knows_positions() && !self.book.knows_the_line() {
            let hierarchy = &self.book.rules.hierarchy;
            if self.book.has(Set::Hierarchy) {
                self.summary.missing.push(format!("PositionHierarchies/{hierarchy}"));
                self.flawed = true;
            }
            also(&mut self.summary.omitted, [Field::Manager]);
        }
        if self.summary.employees > 0 && !self.statuses {
            self.summary.missing.insert(0, "WorkerStatus".to_owned());
            self.flawed = true;
        }
        let option_ids = self.lists_departments();
        let summary = &mut self.summary;
        summary.option_ids = option_ids;
        summary.complete = !self.flawed && summary.employees > 0 && summary.damaged == 0;
        Ok(self.summary)
    }
}

impl OfSet {
    fn is_nobody(&mut self) {
        self.unreadable += 1;
        self.nameless += 1;
    }

    /// Whether a record comes for the first time, or says something else than before. One that comes
    /// again on a later page was moved there by what came before it.
    fn is_first(&mut self, identity: u64, content: u64) -> bool {
        match self.seen.insert(identity, (self.page_number, content)) {
            None => true,
            Some((page, before)) => {
                self.twice += u64::from(page == self.page_number);
                before != content
            }
        }
    }
}

fn content(employee: &Employee) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(&serde_json::to_vec(employee).unwrap_or_default());
    hasher.finish()
}

pub(super) fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
