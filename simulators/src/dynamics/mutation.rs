//! What happens to the books while somebody turns the pages.

use super::books::Link;
use super::company::{Company, LINE};
use super::faults::Mutation;

/// Lets it happen; a company without anybody who could go stays as it is.
pub(super) fn happen(company: &mut Company, what: Mutation) {
    match what {
        Mutation::RowGone => {
            if let Some(id) = expendable(company) {
                // They are in the books: they were just found there.
                let _ = company.delete(id);
            }
        }
        Mutation::RowInserted => {
            let before = company.workers.keys().next().map_or(0, |first| first.saturating_sub(1));
            let fields = [("firstName", "Late"), ("lastName", "Comer"), ("department", "Platform")];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            if before > 0 {
                // Their name is there, which is all a hire needs.
                let _ = company.hire_as(before, &fields);
            }
        }
    }
}

/// The first by number whom nobody reports to, so that nobody else changes with them.
fn expendable(company: &Company) -> Option<u64> {
    let line = |link: &&Link| link.hierarchy == LINE;
    let above = company.positions.values().flat_map(|one| one.above.iter().filter(line));
    let parents: std::collections::BTreeSet<u64> = above.map(|link| link.parent).collect();
    let mut workers = company.workers.values();
    workers.find(|one| one.positions.is_disjoint(&parents)).map(|one| one.id)
}
