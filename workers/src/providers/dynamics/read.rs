//! Reading everybody: a set after the other, a page at a time (A2.1).

use rollcall_domain::connection::Surface;
use rollcall_domain::plan::UnitOption;
use serde_json::Value;

use super::Dynamics;
use super::book::Rules;
use super::client::quoted;
use super::cursor::{Cursor, Question};
use super::reading::{COUNTED, Reading, count};
use super::recording::{Head, Player};
use super::sets::{self, Col, Set, Table};
use crate::providers::calls::{misshapen, read_tree};
use crate::providers::frames::Tape;
use crate::providers::{Code, Flaw, PageSink, ProviderError, ReadSummary, Refusal, Setting};

/// So much of a page is handed over at once.
const PIECE: usize = 128 * 1024;

impl Dynamics {
    pub(super) async fn everybody(
        &self,
        sink: &mut dyn PageSink,
    ) -> Result<ReadSummary, ProviderError> {
        sink.expects(self.head_count().await?.filter(|count| self.is_told(*count)));
        let mut tape = Tape::new(sink, Player::new());
        tape.head(&Head::Read { rules: self.rules() }).await?;
        for table in self.tables() {
            self.read(&mut tape, table).await?;
        }
        *self.options.lock().await = Some(tape.player.reading()?.options());
        tape.head(&Head::End).await?;
        tape.finish().await
    }

    /// The sets that are needed with these settings.
    pub(super) fn tables(&self) -> impl Iterator<Item = &'static Table> + use<> {
        let scoped = !self.rules.legal_entities.is_empty();
        let all = sets::tables(self.client.surface).iter();
        all.filter(move |table| table.set != Set::Companies || scoped)
    }

    /// As they are at this moment.
    pub(super) fn rules(&self) -> Rules {
        Rules { now: self.client.calls.clock.now(), ..self.rules.clone() }
    }

    async fn read(
        &self,
        tape: &mut Tape<'_, Player>,
        table: &'static Table,
    ) -> Result<(), ProviderError> {
        let question = Question { filter: self.filter(table), ..Question::default() };
        let opened = Cursor::open(&self.client, table, question).await?;
        let Some((mut cursor, body)) = opened else {
            self.can_do_without(table)?;
            return tape.head(&Head::Missing { set: table.set }).await;
        };
        let mut page = Some(body);
        while let Some(body) = page {
            tape.head(&Head::Page { set: table.set, bytes: body.len() }).await?;
            for start in (0..body.len()).step_by(PIECE) {
                tape.write(body.slice(start..body.len().min(start + PIECE))).await?;
            }
            let end = tape.player.reading()?.page_end();
            page = cursor.next(&end).await?;
        }
        let without = std::mem::take(&mut cursor.without);
        tape.head(&Head::Done { set: table.set, without }).await
    }

    /// Of the hierarchies of positions only one is the line.
    pub(super) fn filter(&self, table: &Table) -> Option<String> {
        let name = table.column(Col::Name).filter(|_| table.set == Set::Hierarchy)?.name;
        Some(format!("{name} eq {}", quoted(&self.rules.hierarchy)))
    }

    /// Without employments everybody would be in every legal entity.
    fn can_do_without(&self, table: &Table) -> Result<(), ProviderError> {
        let tells = match table.set {
            Set::Employments | Set::Companies => true,
            Set::Departments
            | Set::Jobs
            | Set::Titles
            | Set::Numbers
            | Set::Positions
            | Set::Hierarchy
            | Set::Assignments
            | Set::Workers => false,
        };
        match tells && !self.rules.legal_entities.is_empty() {
            true => Err(ProviderError::Misconfigured(Setting::LegalEntities(table.what))),
            false => Ok(()),
        }
    }

    /// How many workers there are. It is the first thing that is asked, and says what is wrong if
    /// nothing works.
    pub(super) async fn head_count(&self) -> Result<Option<u64>, ProviderError> {
        let workers = self.table(Set::Workers);
        let error = match self.sample(workers).await {
            Ok(page) => return Ok(count(&page["@odata.count"])),
            Err(error) => error,
        };
        match error {
            // Who may read anything else is known there.
            ProviderError::Forbidden { .. } => {
                match self.sample(self.table(Set::Departments)).await {
                    Err(ProviderError::Forbidden { .. } | ProviderError::Rejected { .. }) => {
                        Err(ProviderError::Unauthorized { reason: Refusal::NotInEnvironment })
                    }
                    // Whatever else went wrong says nothing of rights.
                    Ok(_) | Err(_) => Err(error),
                }
            }
            ProviderError::Rejected { code: Code::NotFound, .. }
            | ProviderError::Malformed { flaw: Flaw::WebPage, .. } => {
                Err(ProviderError::Misconfigured(Setting::NotTheEnvironment))
            }
            ProviderError::RateLimited { .. }
            | ProviderError::Unauthorized { .. }
            | ProviderError::Rejected { .. }
            | ProviderError::Misconfigured(_)
            | ProviderError::Unavailable(_)
            | ProviderError::Malformed { .. }
            | ProviderError::Unsupported
            | ProviderError::Interrupted => Err(error),
        }
    }

    /// Whether a count is not just as far as the environment counts.
    pub(super) fn is_told(&self, count: u64) -> bool {
        match self.client.surface {
            Surface::FinanceOperations => true,
            Surface::Dataverse => count < COUNTED,
        }
    }

    /// How many workers there are, where the environment does not count as far.
    pub(super) async fn counted(&self) -> Result<u64, ProviderError> {
        let (workers, keys) =
            (self.table(Set::Workers), Question { only: Some(&[]), ..Question::default() });
        let mut reading = Reading::new(self.rules());
        let Some((mut cursor, body)) = Cursor::open(&self.client, workers, keys).await? else {
            return Ok(0);
        };
        let (mut people, mut page) = (0, Some(body));
        while let Some(body) = page {
            reading.begin_page(Set::Workers)?;
            reading.push(&body, &mut Vec::new())?;
            reading.end_page()?;
            let end = reading.page_end();
            people = end.rows_so_far;
            page = cursor.next(&end).await?;
        }
        Ok(people)
    }

    /// A single record of a set, by its key alone.
    async fn sample(&self, table: &'static Table) -> Result<Value, ProviderError> {
        let key = table.column(table.key[0]).map_or("", |column| column.name);
        let mut options = vec![
            ("$select", key.to_owned()),
            ("$top", "1".to_owned()),
            ("$count", "true".to_owned()),
        ];
        if self.client.surface == Surface::FinanceOperations {
            options.push(("cross-company", "true".to_owned()));
        }
        let url = self.client.url(table.path, &options);
        let page = read_tree(table.what, &self.client.page(table.what, &url).await?)?;
        match page["value"].is_array() {
            true => Ok(page),
            false => Err(misshapen(table.what)),
        }
    }

    pub(super) fn table(&self, set: Set) -> &'static Table {
        sets::table(self.client.surface, set).expect("both surfaces have it")
    }

    /// Departments and locations: as a read has brought them, else asked for by themselves.
    pub(super) async fn units(&self) -> Result<Vec<UnitOption>, ProviderError> {
        let mut kept = self.options.lock().await;
        if let Some(options) = &*kept {
            return Ok(options.clone());
        }
        let mut reading = Reading::new(self.rules());
        let departments = Question::default();
        self.take_all(&mut reading, self.table(Set::Departments), departments).await?;
        if self.table(Set::Workers).column(Col::Office).is_some() {
            let offices = Question { only: Some(&[Col::Office]), ..Question::default() };
            self.take_all(&mut reading, self.table(Set::Workers), offices).await?;
        }
        Ok(kept.insert(reading.options()).clone())
    }

    /// Takes a set without recording it.
    pub(super) async fn take_all(
        &self,
        reading: &mut Reading,
        table: &'static Table,
        question: Question,
    ) -> Result<(), ProviderError> {
        let opened = Cursor::open(&self.client, table, question).await?;
        let Some((mut cursor, body)) = opened else {
            self.can_do_without(table)?;
            return reading.missing(table.set);
        };
        let mut page = Some(body);
        while let Some(body) = page {
            reading.begin_page(table.set)?;
            reading.push(&body, &mut Vec::new())?;
            reading.end_page()?;
            page = cursor.next(&reading.page_end()).await?;
        }
        reading.done(table.set, &cursor.without)
    }
}
