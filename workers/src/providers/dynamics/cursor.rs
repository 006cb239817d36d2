//! The pages of a set, one after the other: by the links the environment gives, and by counting on
//! where it gives none.

use std::collections::{BTreeSet, HashSet};

use bytes::Bytes;
use rollcall_domain::connection::Surface;

use super::client::{Client, FINANCE_ROWS};
use super::reading::PageEnd;
use super::sets::{Col, Set, Table};
use crate::providers::{Code, Flaw, ProviderError};

/// No set has more pages that hold nothing.
const BLANK_PAGES: u32 = 100;

/// What is asked of a set.
#[derive(Clone, Default)]
pub(super) struct Question {
    pub(super) filter: Option<String>,
    /// These columns alone, besides those that tell records apart.
    pub(super) only: Option<&'static [Col]>,
    /// So many records alone.
    pub(super) most: Option<u64>,
}

pub(super) struct Cursor<'a> {
    client: &'a Client,
    table: &'static Table,
    question: Question,
    /// The name of the set, which may be the older one.
    path: &'static str,
    /// Columns that may not be asked for.
    pub(super) without: BTreeSet<String>,
    /// Where the page is that comes next.
    url: Option<String>,
    visited: HashSet<String>,
    blank: u32,
}

impl<'a> Cursor<'a> {
    /// Asks for the first page; `None` where the set may not be read or is not there.
    pub(super) async fn open(
        client: &'a Client,
        table: &'static Table,
        question: Question,
    ) -> Result<Option<(Cursor<'a>, Bytes)>, ProviderError> {
        let mut cursor = Cursor {
            client,
            table,
            question,
            path: table.path,
            without: BTreeSet::new(),
            url: None,
            visited: HashSet::new(),
            blank: 0,
        };
        let absent = loop {
            let url = cursor.at(0);
            let error = match client.page(table.what, &url).await {
                Ok(body) => {
                    cursor.url = Some(url);
                    return Ok(Some((cursor, body)));
                }
                Err(error) => error,
            };
            match (lack(&error), table.older) {
                (Some(Lack::Set), Some(older)) if cursor.path != older => cursor.path = older,
                (Some(Lack::Column | Lack::Right), _) if cursor.without.is_empty() => {
                    cursor.without = cursor.refused_columns().await?;
                    if cursor.without.is_empty() || cursor.lacks_what_is_needed() {
                        break error;
                    }
                }
                (Some(Lack::Set | Lack::Column | Lack::Right), _) => break error,
                (None, _) => return Err(error),
            }
        };
        match table.set {
            Set::Workers => Err(absent),
            Set::Departments
            | Set::Jobs
            | Set::Titles
            | Set::Companies
            | Set::Numbers
            | Set::Positions
            | Set::Hierarchy
            | Set::Assignments
            | Set::Employments => Ok(None),
        }
    }

    /// The page after one that ended so.
    pub(super) async fn next(&mut self, end: &PageEnd) -> Result<Option<Bytes>, ProviderError> {
        let what = self.table.what;
        let here = self.url.take().unwrap_or_default();
        let more = end.count.is_some_and(|count| end.rows_so_far < count);
        let url = match (&end.next, self.client.surface) {
            (Some(link), _) => self.client.next(what, &here, link)?,
            // A full page without a link may have others behind it.
            (None, Surface::FinanceOperations)
                if end.rows > 0 && (end.rows >= FINANCE_ROWS || more) =>
            {
                self.at(end.rows_so_far)
            }
            (None, Surface::FinanceOperations | Surface::Dataverse) => return Ok(None),
        };
        self.blank = if end.rows == 0 { self.blank + 1 } else { 0 };
        if !self.visited.insert(url.clone()) || self.blank > BLANK_PAGES {
            return Err(ProviderError::Malformed { what, flaw: Flaw::EndlessPages });
        }
        let body = self.client.page(what, &url).await?;
        self.url = Some(url);
        Ok(Some(body))
    }

    fn at(&self, skip: u64) -> String {
        let columns = self.table.columns.iter().filter(|column| {
            let only = self.question.only.is_none_or(|only| only.contains(&column.col));
            let asked = only || self.table.key.contains(&column.col);
            asked && !self.without.contains(column.name)
        });
        let select: Vec<&str> = columns.map(|column| column.name).collect();
        let mut options = vec![("$select", select.join(","))];
        if let Some(filter) = &self.question.filter {
            options.push(("$filter", filter.clone()));
        }
        let order: Vec<&str> = self.table.order().collect();
        match (self.client.surface, self.question.most) {
            (Surface::FinanceOperations, most) => {
                options.push(("$orderby", order.join(",")));
                options.push(("$top", most.unwrap_or(FINANCE_ROWS).to_string()));
                options.push(("$skip", skip.to_string()));
                options.push(("cross-company", "true".to_owned()));
            }
            (Surface::Dataverse, Some(most)) => options.push(("$top", most.to_string())),
            (Surface::Dataverse, None) => options.push(("$orderby", order.join(","))),
        }
        options.push(("$count", "true".to_owned()));
        self.client.url(self.path, &options)
    }

    /// Which columns are refused: each is asked for by itself, the one first that no record can be
    /// without.
    async fn refused_columns(&self) -> Result<BTreeSet<String>, ProviderError> {
        let mut refused = BTreeSet::new();
        for column in self.table.columns {
            let mut options = vec![("$select", column.name.to_owned()), ("$top", "1".to_owned())];
            if self.client.surface == Surface::FinanceOperations {
                options.push(("cross-company", "true".to_owned()));
            }
            let url = self.client.url(self.path, &options);
            match self.client.page(self.table.what, &url).await {
                Ok(_) => {}
                Err(error) if matches!(lack(&error), Some(Lack::Column | Lack::Right)) => {
                    refused.insert(column.name.to_owned());
                    if self.table.key.contains(&column.col) {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    /// Whether records can't be understood without what is refused.
    fn lacks_what_is_needed(&self) -> bool {
        let needed = [Col::Key, Col::Number, Col::Worker, Col::Position, Col::From, Col::To];
        let mut columns = self.table.columns.iter();
        columns.any(|column| {
            self.without.contains(column.name)
                && (needed.contains(&column.col) || self.table.key.contains(&column.col))
        })
    }
}

/// What is not there for us.
enum Lack {
    Set,
    Column,
    Right,
}

fn lack(error: &ProviderError) -> Option<Lack> {
    match error {
        ProviderError::Rejected { code: Code::NotFound, .. } => Some(Lack::Set),
        ProviderError::Rejected { code: Code::BadRequest, .. } => Some(Lack::Column),
        ProviderError::Forbidden { .. } => Some(Lack::Right),
        ProviderError::RateLimited { .. }
        | ProviderError::Unauthorized { .. }
        | ProviderError::Rejected { .. }
        | ProviderError::Misconfigured(_)
        | ProviderError::Unavailable(_)
        | ProviderError::Malformed { .. }
        | ProviderError::Unsupported
        | ProviderError::Interrupted => None,
    }
}
