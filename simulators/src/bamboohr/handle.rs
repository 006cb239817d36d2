//! What a test, the demo or a control call can make the company do.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::acts::{Fields, NewOptions};
use super::company::{Action, Change, Refusal};
use super::deliver::{Delivery, Seal};
use super::faults::Faults;
use super::lists::{Choice, ListKind};
use super::payload;
use super::people::Person;
use super::shared::{Shared, locked};
use super::webhooks::Webhook;

/// The company behind a simulator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// Deliveries were still pending when `settle` lost its patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("deliveries are still pending")]
pub struct Unsettled;

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Handle {
        Handle { shared }
    }

    /// Hires somebody, by field alias (`firstName`, `lastName`, `department`, `supervisorEId`,
    /// `hireDate`, …); hired today unless it says else. Makes list options that do not exist.
    pub fn hire<N: Into<String>, V: Into<String>>(
        &self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<u64, Refusal> {
        let fields = collected(fields);
        self.shared.act(|company| company.hire(&fields, NewOptions::Create))
    }

    /// Changes fields by alias; an empty text clears.
    pub fn update<N: Into<String>, V: Into<String>>(
        &self,
        id: u64,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), Refusal> {
        let fields = collected(fields);
        self.act(|company| company.update(id, &fields, NewOptions::Create))
    }

    /// Their status turns Inactive on that day, or now if it has come.
    pub fn terminate(&self, id: u64, on: NaiveDate) -> Result<(), Refusal> {
        self.act(|company| company.terminate(id, on))
    }

    /// They come back today, with the same id.
    pub fn rehire(&self, id: u64) -> Result<(), Refusal> {
        self.act(|company| company.rehire(id))
    }

    /// Their record is erased.
    pub fn delete(&self, id: u64) -> Result<(), Refusal> {
        self.act(|company| company.delete(id))
    }

    /// Renames an option of a list, given by alias or field id; the option keeps its id.
    pub fn rename_option(&self, list: &str, option: u64, name: &str) -> Result<(), Refusal> {
        self.act(|company| company.rename_option(list, option, name).map(|()| vec![]))
    }

    /// Everybody, by id, as they truly are now.
    pub fn people(&self) -> Vec<Person> {
        self.shared.company().people.values().cloned().collect()
    }

    /// How many there are, terminated ones included.
    pub fn headcount(&self) -> usize {
        self.shared.company().people.len()
    }

    /// One employee as they truly are now.
    pub fn person(&self, id: u64) -> Option<Person> {
        self.shared.company().people.get(&id).cloned()
    }

    /// The options of a list.
    pub fn options(&self, list: ListKind) -> Vec<Choice> {
        self.shared.company().lists.choices(list).values().cloned().collect()
    }

    /// What an option is called now.
    pub fn option_name(&self, list: ListKind, option: u64) -> Option<String> {
        self.shared.company().lists.name(list, Some(option)).map(str::to_owned)
    }

    /// Sends what is held back and waits until every delivery was delivered or given up.
    pub async fn settle(&self) -> Result<(), Unsettled> {
        self.shared.release();
        let patience = self.shared.config.settle_timeout;
        tokio::time::timeout(patience, self.shared.outbox.idle()).await.map_err(|_| Unsettled)
    }

    /// Everything that was sent or is to be sent, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.outbox.all()
    }

    /// Sends the same bytes with the same headers again; the index of the new delivery.
    pub fn resend(&self, delivery: usize) -> Result<usize, Refusal> {
        self.shared.outbox.resend(delivery).ok_or(Refusal::NoSuchDelivery(delivery))
    }

    /// Tells every webhook of an update of somebody, signed with a wrong key.
    pub fn send_forged(&self, id: u64) -> Result<Vec<usize>, Refusal> {
        self.send_sealed(id, Seal::Forged)
    }

    /// Tells every webhook of an update of somebody, correctly signed so long ago.
    pub fn send_stale(&self, id: u64, age: TimeDelta) -> Result<Vec<usize>, Refusal> {
        self.send_sealed(id, Seal::Old(age))
    }

    /// The switches as they are.
    pub fn faults(&self) -> Faults {
        locked(&self.shared.faults).clone()
    }

    /// Sets all switches; the default heals everything.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.set_faults(|switches| *switches = faults);
    }

    /// Changes some switches; the closure must not call this handle.
    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        self.shared.set_faults(change);
    }

    /// How often each page was asked: `GET /employees/{id}` and so on.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.shared.requests()
    }

    /// How often exactly this was asked: `GET /employees/67`.
    pub fn requests_of(&self, method_and_path: &str) -> u64 {
        self.shared.requests_of(method_and_path)
    }

    /// What time it is in the company.
    pub fn clock(&self) -> DateTime<Utc> {
        self.shared.company().clock.now()
    }

    /// Sets the time; first and last days that have come take effect and fire webhooks.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        self.shared.company().clock.set(now);
        drop(self.shared.company());
    }

    /// Moves the time on; first and last days that have come take effect and fire webhooks.
    pub fn advance(&self, by: TimeDelta) {
        self.shared.company().clock.advance(by);
        drop(self.shared.company());
    }

    fn act(
        &self,
        act: impl FnOnce(&mut super::company::Company) -> Result<Vec<Change>, Refusal>,
    ) -> Result<(), Refusal> {
        self.shared.act(|company| Ok(((), act(company)?)))
    }

    /// The update names the first field each webhook monitors.
    fn send_sealed(&self, id: u64, seal: Seal) -> Result<Vec<usize>, Refusal> {
        let company = self.shared.company();
        company.person(id)?;
        let webhooks = locked(&self.shared.webhooks);
        let faults = locked(&self.shared.faults).clone();
        let contents = |webhook: &Webhook| {
            let columns = webhook.monitors().take(1).map(|field| field.column).collect();
            let change = Change { employee: id, action: Action::Updated, columns };
            payload::contents(&company, webhook, &change, &faults)
        };
        let mut sent = Vec::new();
        for webhook in webhooks.all() {
            for content in contents(webhook) {
                sent.push(self.shared.outbox.enqueue(webhook, &content, Some(seal)));
            }
        }
        Ok(sent)
    }
}

fn collected<N: Into<String>, V: Into<String>>(fields: impl IntoIterator<Item = (N, V)>) -> Fields {
    fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}
