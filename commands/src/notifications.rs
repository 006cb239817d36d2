//! Telling owners and admins something, and what they have read of it.

use futures_util::FutureExt;
use rollcall_domain::access::Role;
use rollcall_domain::inbox::{self, Inbox};
use rollcall_domain::members::Members;
use rollcall_domain::notification::{Command, Mark, Notification, Raised};
use rollcall_store::{Cause, Position, Store};

use crate::error::CommandError;
use crate::unit_of_work::{Loaded, UnitOfWork, decided_anew, handle, load, load_at};

/// Tells the owners and admins that the tenant had at a position of the log: nobody who came later,
/// and whoever has left since. Telling twice is telling once.
pub async fn raise_notification(
    store: &Store,
    tenant: &str,
    raised: Raised,
    position: Position,
    cause: &Cause,
) -> Result<(), CommandError> {
    let members: Loaded<Members> = load_at(store, tenant, tenant, position).await?;
    let told = members.state.roles.iter().filter(|(_, role)| is_told(**role));
    let recipients: Vec<String> = told.map(|(user, _)| user.clone()).collect();
    let raised = Box::new(Raised { recipients, ..raised });
    let id = raised.notification.clone();
    let command = || Command::Raise(raised.clone());
    handle::<Notification>(store, tenant, &id, command, cause).await.map(drop)
}

fn is_told(role: Role) -> bool {
    match role {
        Role::Owner | Role::Admin => true,
        Role::Editor | Role::Viewer | Role::Auditor => false,
    }
}

/// One of its recipients has read it, or wants it back as unread.
pub async fn mark_notification(
    store: &Store,
    tenant: &str,
    user: &str,
    notification: &str,
    mark: Mark,
    cause: &Cause,
) -> Result<(), CommandError> {
    decided_anew(|| {
        async {
            let mut known: Loaded<Notification> = load(store, tenant, notification).await?;
            let inbox: Loaded<Inbox> = load(store, tenant, user).await?;
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let sweeps = inbox.state.sweeps;
            let command = Command::Mark { user: user.to_owned(), mark, sweeps };
            unit.decide(notification, &mut known, command)?;
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(())
        }
        .boxed()
    })
    .await
}

/// A user has read all that was raised up to a position of the log.
pub async fn read_all_notifications(
    store: &Store,
    tenant: &str,
    user: &str,
    up_to: Position,
    cause: &Cause,
) -> Result<(), CommandError> {
    let command = || inbox::Command::ReadAll { user: user.to_owned(), up_to };
    handle::<Inbox>(store, tenant, user, command, cause).await.map(drop)
}
