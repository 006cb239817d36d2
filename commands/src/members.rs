//! Who belongs to a tenant.

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use rollcall_domain::access::Role;
use rollcall_domain::members::{By, Command, Event, INVITED_FOR, Members, NewInvitation};
use rollcall_domain::{Refusal, user};
use rollcall_store::{Cause, Store};

use crate::error::CommandError;
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew, handle, load};
use crate::users::{address_of, user_at};

/// An invitation to be sent. The id is a fresh ULID.
#[derive(Debug, Clone)]
pub struct Invite {
    pub id: String,
    pub email: String,
    pub role: Role,
    /// SHA-256 of the secret in the link, hexadecimal.
    pub token_hash: String,
    pub by: By,
}

/// Runs one command on a tenant's members.
pub async fn change_members(
    store: &Store,
    tenant: &str,
    command: Command,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    handle::<Members>(store, tenant, tenant, || command.clone(), cause).await
}

/// Invites somebody; until when they may come.
pub async fn invite(
    store: &Store,
    tenant: &str,
    new: &Invite,
    at: DateTime<Utc>,
    cause: &Cause,
) -> Result<DateTime<Utc>, CommandError> {
    let email = user::email(&new.email).map_err(Refusal::from)?;
    let address = address_of(store, &email).await?;
    let invitation = NewInvitation {
        invitation: new.id.clone(),
        role: new.role,
        user: user_at(store, &address).await?,
        email,
        address,
        token_hash: new.token_hash.clone(),
        expires_at: at + INVITED_FOR,
        by: new.by,
    };
    decided_anew(|| {
        async {
            let mut known: Loaded<Members> = load(store, tenant, tenant).await?;
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let invite = Command::Invite(invitation.clone());
            unit.decide_about(tenant, &mut known, invite, Some(&new.id))?;
            unit.commit(store).await
        }
        .boxed()
    })
    .await?;
    Ok(invitation.expires_at)
}
