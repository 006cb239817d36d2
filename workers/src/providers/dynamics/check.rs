//! The test of a connection (A4.3): a token, the workers, then every other set and column, and what
//! does not work without those that may not be read.

use std::collections::BTreeSet;

use rollcall_domain::connection::Surface;
use serde_json::Value;

use super::Dynamics;
use super::cursor::{Cursor, Question};
use super::sets::{Col, Set, Table};
use crate::providers::calls::read_tree;
use crate::providers::{Check, Checked, ProviderError, TestReport};

const NOBODY: &str = "The app sees no workers; give the user it stands for a role that may read \
    human resources, in every legal entity that counts.";
const STATUS: &str = "Without it nobody is known to be active, and no read is complete; give the \
    app's user access to the column.";
const FIELD: &str = "What it tells keeps the values it has, and no read is complete without it; \
    give the app's user access to the column.";
const ENTITY: &str = "These fields keep the values they have, and no read is complete without it: ";
const GRANT: &str = ". Give the app's user access to it, or make it visible.";
const SCOPE: &str = "Without it nobody can be told to be in the legal entities of the settings, so \
    nothing is read; give the app's user access to it.";
const ADVICE: &str = "Limit who can be seen in Dynamics itself: give the app's user access only to \
    the legal entities and roles that Rollcall needs.";

impl Dynamics {
    /// An error means that nothing works; whatever is merely not granted is in the report.
    pub(super) async fn check(&self) -> Result<TestReport, ProviderError> {
        // A token that is still good says nothing of a secret that was taken away.
        self.client.tokens.forget().await;
        let people = match self.head_count().await? {
            Some(people) if self.is_told(people) => people,
            Some(_) | None => self.counted().await?,
        };
        let mut checks = vec![check(Checked::Permission, "token", true, "")];
        let tables: Vec<&'static Table> = self.tables().collect();
        let workers = |table: &&&'static Table| table.set == Set::Workers;
        let others = tables.iter().filter(|table| table.set != Set::Workers);
        for table in tables.iter().filter(workers).chain(others) {
            self.check_set(table, people, &mut checks).await?;
        }
        if self.client.surface == Surface::FinanceOperations {
            self.check_legal_entities(&mut checks).await?;
        }
        let advice = vec![ADVICE.to_owned()];
        Ok(TestReport { people, second_count: None, checks, advice })
    }

    async fn check_set(
        &self,
        table: &'static Table,
        people: u64,
        checks: &mut Vec<Check>,
    ) -> Result<(), ProviderError> {
        let filter = self.filter(table);
        let question = Question { filter, most: Some(1), ..Question::default() };
        let opened = Cursor::open(&self.client, table, question).await;
        let (readable, without, page) = match opened {
            Ok(Some((cursor, page))) => (true, cursor.without, Some(page)),
            Ok(None) => (false, BTreeSet::new(), None),
            // One set that answers nonsense must not hide what the others say.
            Err(ProviderError::Malformed { .. } | ProviderError::Rejected { .. })
                if table.set != Set::Workers =>
            {
                (false, BTreeSet::new(), None)
            }
            Err(error) => return Err(error),
        };
        match table.set {
            Set::Workers => {
                let readable = readable && people > 0;
                checks.push(check(Checked::Entity, table.path, readable, NOBODY));
            }
            Set::Departments
            | Set::Jobs
            | Set::Titles
            | Set::Companies
            | Set::Numbers
            | Set::Positions
            | Set::Hierarchy
            | Set::Assignments
            | Set::Employments => {
                let remedy = self.remedy(table);
                checks.push(check(Checked::Entity, table.path, readable, &remedy));
            }
        }
        let columns = table.columns.iter().filter(|column| {
            let tells = column.field.is_some() || column.col == Col::Status;
            readable && tells
        });
        for column in columns {
            let name = format!("{}.{}", table.path, column.name);
            let remedy = if column.col == Col::Status { STATUS } else { FIELD };
            let came = !without.contains(column.name);
            checks.push(check(Checked::Field, &name, came, remedy));
        }
        match page {
            Some(page) if table.set == Set::Hierarchy => {
                let page = read_tree(table.what, &page)?;
                self.check_hierarchy(&page, checks).await
            }
            Some(_) | None => Ok(()),
        }
    }

    fn remedy(&self, table: &Table) -> String {
        let scoped = !self.rules.legal_entities.is_empty();
        match table.set {
            Set::Employments | Set::Companies if scoped => SCOPE.to_owned(),
            Set::Departments
            | Set::Jobs
            | Set::Titles
            | Set::Companies
            | Set::Numbers
            | Set::Positions
            | Set::Hierarchy
            | Set::Assignments
            | Set::Employments
            | Set::Workers => {
                let fields: Vec<&str> = table.fields.iter().map(|field| field.as_str()).collect();
                format!("{ENTITY}{}{GRANT}", fields.join(", "))
            }
        }
    }

    /// A hierarchy that nobody is in has another name, most likely.
    async fn check_hierarchy(
        &self,
        page: &Value,
        checks: &mut Vec<Check>,
    ) -> Result<(), ProviderError> {
        let name = format!("PositionHierarchies/{}", self.rules.hierarchy);
        let is_there = page["value"].as_array().is_some_and(|rows| !rows.is_empty());
        let mut remedy =
            "No position is in a hierarchy of this name, so nobody's manager is known; \
                          choose another one in the settings."
                .to_owned();
        if !is_there {
            let others = self.names("PositionHierarchyTypes", "Name").await?;
            if !others.is_empty() {
                remedy.push_str(&format!(" There are: {}.", others.join(", ")));
            }
        }
        checks.push(check(Checked::Entity, &name, is_there, &remedy));
        Ok(())
    }

    async fn check_legal_entities(&self, checks: &mut Vec<Check>) -> Result<(), ProviderError> {
        if self.rules.legal_entities.is_empty() {
            return Ok(());
        }
        let known = self.names("LegalEntities", "LegalEntityId").await?;
        for id in &self.rules.legal_entities {
            // Where they may not be listed, employments say it all.
            let found = known.is_empty() || known.iter().any(|one| one.eq_ignore_ascii_case(id));
            let remedy = format!(
                "There is no legal entity of this id that the app can see; there are: {}.",
                known.join(", ")
            );
            checks.push(check(Checked::Entity, &format!("LegalEntities/{id}"), found, &remedy));
        }
        Ok(())
    }

    /// The names in a small set; none where it may not be read.
    async fn names(&self, path: &str, column: &str) -> Result<Vec<String>, ProviderError> {
        const WHAT: &str = "a list of names";
        let options = [("$select", column.to_owned()), ("cross-company", "true".to_owned())];
        let url = self.client.url(path, &options);
        let page = match self.client.page(WHAT, &url).await {
            Ok(page) => read_tree(WHAT, &page).unwrap_or_default(),
            Err(
                ProviderError::Forbidden { .. }
                | ProviderError::Rejected { .. }
                | ProviderError::Malformed { .. },
            ) => Value::Null,
            Err(error) => return Err(error),
        };
        let rows = page["value"].as_array().map(Vec::as_slice).unwrap_or_default();
        let plain = |name: &&str| name.len() <= 60 && !name.contains(char::is_control);
        let names = rows.iter().filter_map(|row| row[column].as_str()).filter(plain);
        Ok(names.take(50).map(str::to_owned).collect())
    }
}

fn check(what: Checked, name: &str, readable: bool, remedy: &str) -> Check {
    let remedy = if readable { "" } else { remedy };
    Check { what, name: name.to_owned(), readable, remedy: remedy.to_owned() }
}
