//! Where a page begins and ends, and how the next one is named.

use super::delta;
use super::faults::NextLink;
use super::page::View;
use super::set::Row;
use super::surface::Surface;

/// The rows of a page, and what comes behind them.
pub(super) struct Slice<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// Where the next page begins, counted in rows, if it is to be named.
    pub(super) next: Option<usize>,
    /// There are rows behind it, whether or not they were asked for.
    pub(super) more: bool,
}

impl<'a> View<'a> {
    /// How many rows come at once at most.
    pub(super) fn size(&self) -> usize {
        let own = self.faults.page_size.unwrap_or(self.surface.page_size());
        let wish = self.ask.preference("odata.maxpagesize");
        let wish = wish.and_then(|size| size.parse().ok()).filter(|size| *size > 0);
        wish.map_or(own, |size: usize| size.min(own)).max(1)
    }

    /// `$skip` rows are left out, `$top` are wanted, and so many come at once.
    pub(super) fn finance_slice(&self, rows: Vec<Row<'a>>, size: usize) -> Slice<'a> {
        let token = self.ask.query("$skiptoken").and_then(|token| token.parse().ok());
        let skip = token.unwrap_or(self.query.skip);
        let wanted = self.query.top.unwrap_or(usize::MAX);
        let left = rows.len().saturating_sub(skip).min(wanted);
        let next = (left > size).then_some(skip + size);
        let more = rows.len() > skip + left.min(size);
        Slice { rows: rows.into_iter().skip(skip).take(left.min(size)).collect(), next, more }
    }

    /// The cookie names the last row that was shown: what comes behind it comes next.
    pub(super) fn dataverse_slice(&self, rows: Vec<Row<'a>>, size: usize) -> Slice<'a> {
        let cookie = self.ask.query("$skiptoken").map(delta::Cookie::read);
        let behind = cookie.map_or(0, |cookie| {
            let is_last = |row: &Row<'a>| self.key(*row) == cookie.last;
            rows.iter().position(is_last).map_or(cookie.shown, |last| last + 1)
        });
        let size = self.query.top.map_or(size, |top| top.min(size));
        let more = rows.len() > behind + size;
        let next = (more && self.query.top.is_none()).then_some(behind + size);
        Slice { rows: rows.into_iter().skip(behind).take(size).collect(), next, more }
    }

    /// The address of the next page.
    pub(super) fn next_link(&self, next: usize, shown: &[Row<'a>]) -> Option<String> {
        let origin = self.faults.foreign_next_link.as_deref().unwrap_or(&self.origin);
        let top = self.query.top.map(|top| top.saturating_sub(shown.len()).to_string());
        let query = match (self.surface, self.faults.next_link) {
            (_, NextLink::Itself) => self.ask.query_with(&[]),
            (Surface::Finance, NextLink::Absent) => return None,
            (Surface::Finance, NextLink::Skip) => {
                self.ask.query_with(&[("$top", top), ("$skip", Some(next.to_string()))])
            }
            (Surface::Finance, NextLink::SkipToken) => {
                let token = Some(next.to_string());
                self.ask.query_with(&[("$top", top), ("$skip", None), ("$skiptoken", token)])
            }
            (Surface::Dataverse, _) => {
                let last = shown.last().map(|row| self.key(*row)).unwrap_or_default();
                let cookie = delta::Cookie { shown: next, last }.written();
                self.ask.query_with(&[("$skiptoken", Some(cookie))])
            }
        };
        Some(format!("{}?{query}", self.address(origin)))
    }

    pub(super) fn address(&self, origin: &str) -> String {
        format!("{origin}/{}/{}", self.surface.root(), self.set.name)
    }

    pub(super) fn context(&self) -> String {
        let columns = match self.query.selected {
            true => format!("({})", self.query.select.join(",")),
            false => String::new(),
        };
        let (origin, root) = (&self.origin, self.surface.root());
        format!("{origin}/{root}/$metadata#{}{columns}", self.set.name)
    }

    /// The first part of its key.
    pub(super) fn key(&self, row: Row<'a>) -> String {
        let cell = (self.set.cell)(&self.look, row, self.set.key[0]);
        cell.as_text().unwrap_or_default().to_owned()
    }
}
