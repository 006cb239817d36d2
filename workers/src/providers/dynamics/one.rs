//! One person as they are now, without reading everybody: their record, and of each other set what
//! says more of them.

use std::collections::HashSet;

use rollcall_domain::connection::{Surface, Vacancy};

use super::Dynamics;
use super::client::quoted;
use super::cursor::{Cursor, Question};
use super::gaps::About;
use super::person::Person;
use super::reading::Reading;
use super::recording::Head;
use super::row::Row;
use super::sets::{self, Col, Set, Table};
use super::texts::Id;
use crate::providers::calls::{misshapen, read_tree};
use crate::providers::frames::Head as _;
use crate::providers::splitter::{Splitter, Unsplit};
use crate::providers::{Code, Flaw, Lookup, ProviderError, Setting};

/// So many positions are climbed past; no company has more levels.
const LEVELS: usize = 100;

impl Dynamics {
    pub(super) async fn one(&self, source_id: &str) -> Result<Lookup, ProviderError> {
        if source_id.is_empty() || source_id.contains(char::is_control) {
            return Ok(Lookup::NotFound);
        }
        let workers = self.table(Set::Workers);
        let by_number = workers.column(Col::Number).or(workers.column(Col::Key));
        let by_number = by_number.map_or("", |column| column.name);
        let filter = Some(format!("{by_number} eq {}", quoted(source_id)));
        let question = Question { filter, ..Question::default() };
        let page = match Cursor::open(&self.client, workers, question).await {
            Ok(Some((_, page))) => page,
            Ok(None) | Err(ProviderError::Forbidden { .. }) => return Ok(Lookup::NotVisible),
            // There are no workers at all: that says nothing of anybody.
            Err(ProviderError::Rejected { code: Code::NotFound, .. }) => {
                return Err(ProviderError::Misconfigured(Setting::NotTheEnvironment));
            }
            Err(error) => return Err(error),
        };
        let found = records(workers, &page)?;
        let [record] = found.as_slice() else {
            return match found.len() {
                0 => Ok(Lookup::NotFound),
                // Two people of one number: which of them is meant, nobody can say.
                _ => Err(misshapen(workers.what)),
            };
        };
        let row = Row::read(workers, record).ok_or_else(|| misshapen(workers.what))?;
        if row.number() != Some(source_id) {
            return Err(ProviderError::Malformed { what: workers.what, flaw: Flaw::WrongPerson });
        }
        let mut reading = Reading::new(self.rules());
        self.around(&mut reading, &row).await?;
        match reading.book.person(&row) {
            Person::OutOfScope => Ok(Lookup::NotFound),
            Person::Nobody => Err(misshapen(workers.what)),
            Person::Employee(employee) => {
                let bytes = serde_json::to_vec(&employee).map_err(|_| misshapen(workers.what))?;
                let mut raw = Head::Employee { bytes: bytes.len() }.line();
                raw.extend_from_slice(&bytes);
                Ok(Lookup::Found { employee, raw: raw.into() })
            }
        }
    }

    /// What other sets say of them.
    async fn around(&self, reading: &mut Reading, row: &Row<'_>) -> Result<(), ProviderError> {
        let key = row.text(Col::Key).unwrap_or_default();
        let worker = reading.book.texts.id(Some(key));
        if self.tables().any(|table| table.set == Set::Companies) {
            let companies = self.table(Set::Companies);
            self.take_all(reading, companies, Question::default()).await?;
        }
        self.take(reading, Set::Employments, Col::Worker, key).await?;
        self.take(reading, Set::Assignments, Col::Worker, key).await?;
        let places = reading.book.by_worker.get(&worker).cloned().unwrap_or_default();
        for place in places {
            self.take_by_id(reading, Set::Positions, Col::Key, place.position).await?;
        }
        // Whoever is in none is known to be in none, if others are in one.
        if reading.book.by_worker.is_empty() {
            reading.book.came.insert(Set::Positions);
            if !self.has_any(Set::Assignments).await? && self.has_any(Set::Positions).await? {
                reading.book.short.insert(Set::Assignments);
            }
        }
        let place = reading.book.primary(worker).flatten();
        let position = place.map(|place| place.position).unwrap_or_default();
        let of_place = reading.book.positions.get(&position).copied().unwrap_or_default();
        for (set, id) in [
            (Set::Departments, of_place.department),
            (Set::Titles, of_place.title),
            (Set::Jobs, of_place.job),
        ] {
            self.take_by_id(reading, set, Col::Key, id.unwrap_or_default()).await?;
        }
        self.line_above(reading, worker, position).await?;
        let named = row.text(Col::Manager).map(str::to_owned);
        let named = reading.book.texts.id(named.as_deref());
        let above = reading.book.above_in_line(worker, position).flatten();
        self.take_by_id(reading, Set::Numbers, Col::Key, above.unwrap_or(named)).await
    }

    /// The positions above, up to the first that somebody is in.
    async fn line_above(
        &self,
        reading: &mut Reading,
        worker: Id,
        from: Id,
    ) -> Result<(), ProviderError> {
        let (mut position, mut passed) = (from, HashSet::new());
        while position != 0 && passed.insert(position) {
            self.take_by_id(reading, Set::Hierarchy, Col::Key, position).await?;
            let parent = reading.book.parent(position).unwrap_or_default();
            self.take_by_id(reading, Set::Positions, Col::Key, parent).await?;
            if parent != 0 {
                self.take_by_id(reading, Set::Assignments, Col::Position, parent).await?;
            }
            let found = reading.book.above_in_line(worker, from).flatten();
            if found.is_some() || self.rules.vacancy == Vacancy::LeaveEmpty {
                break;
            }
            if passed.len() == LEVELS {
                reading.book.gaps.add(About::Above, parent);
                break;
            }
            position = parent;
        }
        match self.client.surface {
            Surface::FinanceOperations => self.line_is_there(reading).await,
            Surface::Dataverse => Ok(()),
        }
    }

    /// Nobody above somebody says something only where others have somebody above them.
    async fn line_is_there(&self, reading: &mut Reading) -> Result<(), ProviderError> {
        let there = self.has_any(Set::Hierarchy).await?;
        reading.book.line_is_named = there;
        if there {
            reading.book.came.insert(Set::Hierarchy);
        }
        Ok(())
    }

    /// Whether a set shows any record at all.
    async fn has_any(&self, set: Set) -> Result<bool, ProviderError> {
        let table = self.table(set);
        let filter = self.filter(table);
        let question = Question { filter, most: Some(1), ..Question::default() };
        match Cursor::open(&self.client, table, question).await? {
            Some((_, page)) => Ok(!records(table, &page)?.is_empty()),
            None => Ok(false),
        }
    }

    async fn take_by_id(
        &self,
        reading: &mut Reading,
        set: Set,
        col: Col,
        id: Id,
    ) -> Result<(), ProviderError> {
        let text = reading.book.texts.text(id).map(str::to_owned);
        self.take(reading, set, col, &text.unwrap_or_default()).await
    }

    /// Takes the records of a set in which a column says this; none where it says nothing.
    async fn take(
        &self,
        reading: &mut Reading,
        set: Set,
        col: Col,
        value: &str,
    ) -> Result<(), ProviderError> {
        let Some(table) = sets::table(self.client.surface, set) else { return Ok(()) };
        let Some(column) = table.column(col).map(|column| column.name) else { return Ok(()) };
        if value.is_empty() {
            reading.book.came.insert(set);
            return Ok(());
        }
        let value = match self.client.surface {
            Surface::FinanceOperations => quoted(value),
            Surface::Dataverse => value.to_owned(),
        };
        let named = self.filter(table).map(|filter| format!(" and {filter}"));
        let filter = Some(format!("{column} eq {value}{}", named.unwrap_or_default()));
        self.take_all(reading, table, Question { filter, ..Question::default() }).await
    }
}

/// The records of a page.
fn records(table: &'static Table, page: &[u8]) -> Result<Vec<Vec<u8>>, ProviderError> {
    let mut found = Vec::new();
    let mut splitter = Splitter::of("value");
    let split = splitter.push(page, |record| -> Result<(), Unsplit> {
        found.push(record.to_vec());
        Ok(())
    });
    let envelope = split.and_then(|()| splitter.finish());
    let envelope = envelope.map_err(|unsplit| unsplit.error(table.what))?;
    match read_tree(table.what, &envelope)?["value"].is_array() {
        true => Ok(found),
        // Not even an empty list: nobody is said not to be there.
        false => Err(misshapen(table.what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_says_of_nobody_that_they_are_not_there() {
        let workers = sets::table(Surface::FinanceOperations, Set::Workers).unwrap();
        let found = |page: &str| records(workers, page.as_bytes()).map(|found| found.len());
        assert_eq!(found(r#"{"value":[]}"#).unwrap(), 0);
        assert_eq!(found(r#"{"value":[{},{}]}"#).unwrap(), 2);
        for odd in ["{}", r#"{"value":{}}"#, r#"{"value":null}"#, r#"{"error":{"code":""}}"#, "["] {
            assert!(found(odd).is_err(), "{odd}");
        }
    }
}
