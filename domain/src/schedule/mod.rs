//! When nightly reconciliations are due: of each connection at its hour, once a local date, and of
//! several that were missed only the last.

mod instants;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use instants::slot_at;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::vocabulary::Trigger;

/// What runs of a night are called.
pub const EVENT_TYPE: &str = "nightly_reconciliation";

/// How often a connection is reconciled.
pub const EVERY: TimeDelta = TimeDelta::hours(24);

/// Later than this, a slot was missed and is caught up.
const PUNCTUAL: TimeDelta = TimeDelta::hours(1);
/// A whole date can be missing where a zone crossed the date line, and a gap can end on the next.
const DAYS_LOOKED_AT: u64 = 3;

/// A connection that is reconciled every night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nightly {
    pub tenant: String,
    pub connection: String,
    /// From 0 to 23.
    pub hour: u8,
    /// Where that hour is told; `None` for the server's time zone.
    pub zone: Option<Tz>,
    /// Since when it is active: slots before that were nobody's.
    pub since: DateTime<Utc>,
}

/// A night of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub tenant: String,
    pub connection: String,
    /// The local one: there is one run for it.
    pub date: NaiveDate,
    pub at: DateTime<Utc>,
    pub trigger: Trigger,
}

/// The name of the place that a night's run takes; whoever comes second finds it taken.
pub fn place(connection: &str, date: NaiveDate) -> String {
    format!("nightly/{connection}/{date}")
}

/// What is due. A slot stays due until a later one is: whether it was run is for its place to say.
pub fn due<Z: TimeZone>(now: DateTime<Utc>, all: &[Nightly], server: &Z) -> Vec<Slot> {
    all.iter().filter_map(|nightly| nightly.last_due(now, server)).collect()
}

impl Nightly {
    /// The local date of an instant.
    pub fn date<Z: TimeZone>(&self, at: DateTime<Utc>, server: &Z) -> NaiveDate {
        match self.zone {
            Some(zone) => at.with_timezone(&zone).date_naive(),
            None => at.with_timezone(server).date_naive(),
        }
    }

    /// The first slot after an instant.
    pub fn next<Z: TimeZone>(&self, after: DateTime<Utc>, server: &Z) -> Option<DateTime<Utc>> {
        let first = self.date(after, server).checked_sub_days(Days::new(1))?;
        let dates = first.iter_days().take(2 + DAYS_LOOKED_AT as usize);
        dates.filter_map(|date| self.at(date, server)).find(|at| *at > after)
    }

    fn at<Z: TimeZone>(&self, date: NaiveDate, server: &Z) -> Option<DateTime<Utc>> {
        match self.zone {
            Some(zone) => slot_at(&self.connection, date, self.hour, &zone),
            None => slot_at(&self.connection, date, self.hour, server),
        }
    }

    fn last_due<Z: TimeZone>(&self, now: DateTime<Utc>, server: &Z) -> Option<Slot> {
        let today = self.date(now, server);
        let dates = (0..DAYS_LOOKED_AT).filter_map(|ago| today.checked_sub_days(Days::new(ago)));
        let mut slots = dates.filter_map(|date| Some((date, self.at(date, server)?)));
        let (date, at) = slots.find(|(_, at)| *at <= now)?;
        let trigger = match now - at > PUNCTUAL {
            true => Trigger::CatchUp,
            false => Trigger::Schedule,
        };
        let (tenant, connection) = (self.tenant.clone(), self.connection.clone());
        (at >= self.since).then_some(Slot { tenant, connection, date, at, trigger })
    }
}
