//! The test of a connection: what our key can read, and what cannot work without the rest.

use chrono::TimeDelta;
use rollcall_domain::field::Field;
use rollcall_domain::unit::Kind;

use super::BambooHr;
use super::client::Ask;
use super::fields::{self, ASKED};
use super::lists::{Lists, id_text};
use super::read::{next, own_record, report_of};
use super::report::{Ended, Report};
use crate::providers::{Check, Checked, ProviderError, ProviderWebhooks, TestReport};

impl BambooHr {
    /// An error means that nothing works; whatever is merely not granted is in the report.
    pub(super) async fn check(&self) -> Result<TestReport, ProviderError> {
        let mut checks = Vec::new();
        let own = self.own_id().await?;
        let lists = self.lists().await?;
        checks.extend(units(&lists));

        // Fields are told by a report about one person, people by one with a single field.
        let sample = self.counted(&report_of(fields::aliases(), own.as_deref())).await?;
        let came = |alias: &str| sample.fields.iter().any(|field| field == alias);
        checks.extend(ASKED.iter().map(|(alias, field)| field_check(alias, *field, came(alias))));
        let people = match own {
            None => sample.employees,
            Some(_) => self.counted(&report_of(["status"].into_iter(), None)).await?.employees,
        };
        checks.push(check(Checked::Entity, "people", people > 0, NOBODY));

        let changes = self.changes(self.client.calls.clock.now() - TimeDelta::minutes(1)).await;
        granted(changes, &mut checks, Checked::Permission, "employees/changed", CHANGES)?;
        let webhooks = ProviderWebhooks::list(self).await;
        granted(webhooks, &mut checks, Checked::Permission, "webhooks", WEBHOOKS)?;
        let second_count = self.second_count().await;
        let enough = second_count.is_none_or(|count| people >= count);
        checks.push(check(Checked::Entity, "everybody", enough, HIDDEN));
        Ok(TestReport { people, second_count, checks, advice: vec![] })
    }

    async fn own_id(&self) -> Result<Option<String>, ProviderError> {
        match self.client.tree(&own_record()).await {
            Ok(own) => Ok(id_text(&own["id"]).filter(|id| id != "0")),
            Err(ProviderError::Forbidden { .. } | ProviderError::Rejected { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A report that is read to its end and thrown away.
    async fn counted(&self, ask: &Ask) -> Result<Ended, ProviderError> {
        let (mut report, mut pages) = (Report::new(), Vec::new());
        let mut answer = self.client.open(ask).await?;
        while let Some(piece) = next(&mut answer).await? {
            report.push(&piece, &Lists::default(), &mut pages)?;
            pages.clear();
        }
        report.finish(&mut pages)
    }
}

const CHANGES: &str = "Missed webhooks cannot be found between nightly reads; \
    give the API key's user access to employee changes.";
const WEBHOOKS: &str = "Rollcall cannot register webhooks itself; \
    create one by hand, or use an administrator's key.";
const LISTS: &str = "Units are known by name only, so that a renaming makes a second one; \
    give the API key's user access to list options.";
const NOBODY: &str = "The API key's user sees no employees; use an administrator's key.";
const HIDDEN: &str = "Some employees are hidden from the API key's user, so nobody will be \
    deactivated for being absent; use an administrator's key.";
const STATUS: &str = "Without it nobody is known to be active, and no read is complete; \
    give the API key's user access to the field.";
const FIELD: &str = "It keeps the values it has, and no read is complete without it; \
    give the API key's user access to the field.";

fn check(what: Checked, name: &str, readable: bool, remedy: &str) -> Check {
    let remedy = if readable { "" } else { remedy };
    Check { what, name: name.to_owned(), readable, remedy: remedy.to_owned() }
}

fn field_check(alias: &str, field: Option<Field>, came: bool) -> Check {
    let remedy = match field {
        Some(_) => FIELD,
        None => STATUS,
    };
    check(Checked::Field, alias, came, remedy)
}

fn units(lists: &Lists) -> impl Iterator<Item = Check> {
    Kind::ALL
        .into_iter()
        .map(|kind| check(Checked::Entity, kind.as_str(), lists.came.contains(&kind), LISTS))
}

/// Notes whether something is granted. Errors that are about everything stay errors.
fn granted<T>(
    answer: Result<T, ProviderError>,
    checks: &mut Vec<Check>,
    what: Checked,
    name: &str,
    remedy: &str,
) -> Result<Option<T>, ProviderError> {
    let answer = match answer {
        Ok(answer) => Some(answer),
        // One part that answers nonsense must not hide what the others say.
        Err(
            ProviderError::Forbidden { .. }
            | ProviderError::Rejected { .. }
            | ProviderError::Malformed { .. },
        ) => None,
        Err(
            error @ (ProviderError::RateLimited { .. }
            | ProviderError::Unauthorized { .. }
            | ProviderError::Misconfigured(_)
            | ProviderError::Unavailable(_)
            | ProviderError::Unsupported
            | ProviderError::Interrupted),
        ) => return Err(error),
    };
    checks.push(check(what, name, answer.is_some(), remedy));
    Ok(answer)
}
