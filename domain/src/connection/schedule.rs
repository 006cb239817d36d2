//! When a connection's nightly reconciliation runs.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Settings;

/// An hour of the day, and where that day is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// From 0 to 23.
    pub hour: u8,
    /// By its IANA name; the company's where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl Default for Schedule {
    /// Two in the morning.
    fn default() -> Self {
        Schedule { hour: 2, zone: None }
    }
}

impl Schedule {
    pub(super) fn is_usual(&self) -> bool {
        *self == Schedule::default()
    }
}

impl Settings {
    /// Where the hour of the schedule is told; `None` for the server's time zone.
    pub fn schedule_zone(&self) -> Option<Tz> {
        let own = self.schedule.zone.as_deref().and_then(|name| name.parse().ok());
        own.or_else(|| self.zone())
    }
}
