//! What became of mails.

use rollcall_domain::mail::{About, Event, Mail, Outcome, Record};
use rollcall_store::{Cause, Store};

use crate::error::CommandError;
use crate::unit_of_work::{Handled, handle};

/// Notes an attempt; of one that is over already, nothing.
pub async fn record_mail(
    store: &Store,
    tenant: &str,
    about: &About,
    outcome: Outcome,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    let record = || Record { about: about.clone(), outcome };
    handle::<Mail>(store, tenant, &about.mail(), record, cause).await
}
