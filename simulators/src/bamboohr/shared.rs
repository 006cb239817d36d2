//! What the pages, the control calls and the deliveries of one simulator share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;

use super::Config;
use super::ask::Ask;
use super::company::{Change, Company, Refusal};
use super::deliver::Outbox;
use super::faults::Faults;
use super::fields::View;
use super::payload;
use super::sight::Sight;
use super::webhooks::Webhooks;
pub(super) use crate::shared::locked;
use crate::shared::{Counts, Stop};

/// Locks are taken in this order: company, webhooks, faults, the rest.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: Config,
    company: Mutex<Company>,
    pub(super) webhooks: Mutex<Webhooks>,
    pub(super) faults: Mutex<Faults>,
    pub(super) outbox: Outbox,
    /// Reports that are still true.
    pub(super) rendered: Mutex<Vec<(Rendered, Bytes)>>,
    counts: Mutex<Counts>,
    stop: Stop,
}

/// What a rendered report depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rendered {
    pub(super) body: Bytes,
    pub(super) view: View,
    pub(super) sight: Sight,
    pub(super) version: u64,
}

impl Shared {
    pub(super) fn new(config: Config, company: Company, outbox: Outbox) -> Shared {
        Shared {
            config,
            company: Mutex::new(company),
            webhooks: Mutex::default(),
            faults: Mutex::default(),
            outbox,
            rendered: Mutex::default(),
            counts: Mutex::default(),
            stop: Stop::default(),
        }
    }

    /// The company, with everything in effect that the clock has reached.
    pub(super) fn company(&self) -> MutexGuard<'_, Company> {
        let mut company = locked(&self.company);
        let changes = company.catch_up();
        self.announce(&company, &changes);
        company
    }

    /// Does something to the company and tells the webhooks.
    pub(super) fn act<T>(
        &self,
        act: impl FnOnce(&mut Company) -> Result<(T, Vec<Change>), Refusal>,
    ) -> Result<T, Refusal> {
        let mut company = self.company();
        let (done, changes) = act(&mut company)?;
        self.announce(&company, &changes);
        Ok(done)
    }

    fn announce(&self, company: &Company, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let webhooks = locked(&self.webhooks);
        let faults = locked(&self.faults).clone();
        for change in changes {
            for webhook in webhooks.all() {
                for content in payload::contents(company, webhook, change, &faults) {
                    self.outbox.post(webhook, content, &faults);
                }
            }
        }
    }

    /// Sets the switches, and lets go what was held back by one that is off now.
    pub(super) fn set_faults(&self, change: impl FnOnce(&mut Faults)) {
        let webhooks = locked(&self.webhooks);
        let mut faults = locked(&self.faults);
        change(&mut faults);
        if !faults.reorder_deliveries && !faults.bundle_employees {
            self.outbox.release(&webhooks, &faults);
        }
    }

    /// Sends what is held back, in the disorder that was asked for.
    pub(super) fn release(&self) {
        let webhooks = locked(&self.webhooks);
        let faults = locked(&self.faults).clone();
        self.outbox.release(&webhooks, &faults);
    }

    /// The company, and what a request may see of it.
    pub(super) fn look(&self) -> (MutexGuard<'_, Company>, Sight) {
        let company = self.company();
        let sight = Sight::new(&locked(&self.faults), &company);
        (company, sight)
    }

    pub(super) fn sight(&self) -> Sight {
        self.look().1
    }

    /// Which of the configured keys this is.
    pub(super) fn key(&self, text: &str) -> Option<usize> {
        let keys = [Some(&self.config.api_key), self.config.second_api_key.as_ref()];
        keys.into_iter().position(|key| key.is_some_and(|key| key == text))
    }

    pub(super) fn count(&self, ask: &Ask) {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let named = |part| if is_number(part) { "{id}" } else { part };
        let page = ask.segments().into_iter().map(named).collect::<Vec<_>>().join("/");
        locked(&self.counts).count(ask.method.as_str(), &page, &ask.path);
    }

    pub(super) fn requests(&self) -> BTreeMap<String, u64> {
        locked(&self.counts).by_page()
    }

    pub(super) fn requests_of(&self, method_and_path: &str) -> u64 {
        locked(&self.counts).of(method_and_path)
    }

    pub(super) fn stop(&self) {
        self.stop.stop();
    }

    /// Comes back when the simulator is told to stop.
    pub(super) async fn stopped(&self) {
        self.stop.stopped().await;
    }
}
