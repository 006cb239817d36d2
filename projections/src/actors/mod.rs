//! People, one row per actor: what lists and pages show, and the roster a sync run plans with.

mod browse;
mod fold;
mod lines;
mod list;
mod pairs;
mod past;
mod roster;
mod standings;
#[cfg(test)]
mod tests;

pub use browse::{Filter, Order, list, sorted};
pub use fold::{Actor, Actors};
pub use lines::{Card, Line, cards, lines};
pub use list::{Totals, by_ids, count, headcounts, named, one, waiting};
pub use pairs::counterparts;
pub use past::{by_id, called};
pub use roster::{
    ManagerMap, is_anybody_in, managers_of, outsiders, roster_keys, roster_rows,
    roster_rows_by_email, roster_rows_by_subject,
};
pub use standings::standings;
