//! What the pages and the control calls of one simulator share.

use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use super::Config;
use super::bearer::Tokens;
use super::company::Company;
use super::faults::Faults;
pub(super) use crate::shared::locked;
use crate::shared::{Counts, Stop};

/// Locks are taken in this order: company, faults, the rest.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: Config,
    environment: String,
    company: Mutex<Company>,
    pub(super) faults: Mutex<Faults>,
    pub(super) tokens: Mutex<Tokens>,
    pub(super) counts: Mutex<Counts>,
    /// How many requests for data there were.
    pub(super) asked: Mutex<u64>,
    pub(super) stop: Stop,
}

impl Shared {
    pub(super) fn new(config: Config, environment: String, company: Company) -> Shared {
        Shared {
            config,
            environment,
            company: Mutex::new(company),
            faults: Mutex::default(),
            tokens: Mutex::default(),
            counts: Mutex::default(),
            asked: Mutex::default(),
            stop: Stop::default(),
        }
    }

    pub(super) fn company(&self) -> MutexGuard<'_, Company> {
        locked(&self.company)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.company().clock.now()
    }

    /// The origin of the environment.
    pub(super) fn environment(&self) -> &str {
        &self.environment
    }

    /// Whether a resource is this environment, by whatever name of this machine.
    pub(super) fn is_environment(&self, resource: &str) -> bool {
        let resource = resource.trim_end_matches('/').replace("://localhost", "://127.0.0.1");
        resource == self.environment
    }
}
