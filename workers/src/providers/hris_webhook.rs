//! The push contract as a provider: people are sent to us, so a stored body is all there is to read.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rollcall_commands::IgnoredPeople;
use rollcall_domain::connection;
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Absence, Employee, Ignored as People, Lists, Rules, UnitOption};
use rollcall_domain::push::{Ignored, Malformed, Reader, Summary, Taking, Warnings};
use secrecy::SecretString;

use super::{
    Changes, Flaw, Lookup, Named, PageSink, Provider, ProviderError, ReadSummary, Replay,
    TestReport,
};

/// One endpoint, for one run.
pub(super) struct HrisWebhook {
    taking: Taking,
    absence: Absence,
    /// The departments of the body that was read last.
    units: Arc<Mutex<Vec<UnitOption>>>,
}

impl HrisWebhook {
    /// `ignored` is what lies in the vault in the place of credentials.
    pub(super) fn new(own: &connection::HrisWebhook, ignored: &SecretString) -> Option<Self> {
        let people: People = IgnoredPeople::read(ignored)?.people.iter().collect();
        let ignored = Ignored::new(people, &own.ignored_departments);
        Some(HrisWebhook {
            taking: Taking { fields: own.fields.clone(), ignored },
            absence: own.sync_type.absence(),
            units: Arc::default(),
        })
    }
}

#[async_trait]
impl Provider for HrisWebhook {
    async fn test(&self) -> Result<TestReport, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn read_all(&self, _sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn read_one(&self, _source_id: &str) -> Result<Lookup, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn changed_since(&self, _since: DateTime<Utc>) -> Result<Changes, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError> {
        Ok(self.units.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Most may be left out of any person, and keep their values then.
    fn fields(&self) -> &'static [Field] {
        &[]
    }

    fn replay(&self) -> Box<dyn Replay> {
        Box::new(Player { reader: Reader::new(self.taking.clone()), units: self.units.clone() })
    }

    fn named_in(&self, _content_type: &str, _body: &[u8]) -> Named {
        Named::default()
    }

    fn set_rules(&self, rules: &mut Rules) {
        rules.absence = self.absence;
        rules.lists = Lists::Named;
        rules.ignored = self.taking.ignored.people.clone();
    }
}

struct Player {
    reader: Reader,
    units: Arc<Mutex<Vec<UnitOption>>>,
}

impl Replay for Player {
    fn push(&mut self, bytes: &[u8], pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError> {
        Ok(self.reader.push(bytes, pages)?)
    }

    fn finish(
        self: Box<Self>,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<ReadSummary, ProviderError> {
        let Summary { users, damaged, options, warnings } = self.reader.finish(pages)?;
        *self.units.lock().unwrap_or_else(PoisonError::into_inner) = options;
        let warning = (warnings.address_ids > 0).then(|| about_ids(&warnings));
        Ok(ReadSummary {
            employees: users,
            complete: true,
            damaged,
            option_ids: true,
            warnings: warning.into_iter().collect(),
            ..ReadSummary::default()
        })
    }
}

fn about_ids(warnings: &Warnings) -> String {
    let count = warnings.address_ids;
    let ids = if count == 1 {
        "id looks like an e-mail address"
    } else {
        "ids look like e-mail addresses"
    };
    format!(
        "{count} {ids} ({}): where such an address changes, a new person is made; send a stable id",
        warnings.examples.join(", ")
    )
}

impl From<Malformed> for ProviderError {
    fn from(Malformed: Malformed) -> Self {
        ProviderError::Malformed { what: "the request", flaw: Flaw::NotJson }
    }
}
