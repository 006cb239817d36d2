//! Who belongs to a tenant.

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use rollcall_domain::access::Role;
use rollcall_domain::members::{By, Command, Event, INVITED_FOR, Members, NewInvitation};
use rollcall_domain::{Refusal, user};
use rollcall_store::{Cause, Store, StoreError};
use secrecy::SecretString;

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
    /// The member who makes it, where it is one.
    pub maker: Option<String>,
    /// What is mailed to the address, behind the installation's own; `None` where it is handed over.
    pub link: Option<SecretString>,
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
        maker: new.maker.clone(),
        mailed: new.link.is_some(),
    };
    if let Some(link) = &new.link {
        store.vault_put(tenant, &vault_name(&new.id), link).await?;
    }
    let invited = decided_anew(|| {
        async {
            let mut known: Loaded<Members> = load(store, tenant, tenant).await?;
            let mut unit = UnitOfWork::new(tenant, cause.clone());
            let invite = Command::Invite(invitation.clone());
            unit.decide_about(tenant, &mut known, invite, Some(&new.id))?;
            unit.commit(store).await
        }
        .boxed()
    })
    .await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &invited {
        forget_invitation_link(store, tenant, &new.id).await?;
    }
    invited.map(|_| invitation.expires_at)
}

/// The link that is still to be mailed.
pub async fn invitation_link(
    store: &Store,
    tenant: &str,
    invitation: &str,
) -> Result<Option<SecretString>, StoreError> {
    store.vault_get(tenant, &vault_name(invitation)).await
}

/// Once it was mailed, or is good for nothing any more.
pub async fn forget_invitation_link(
    store: &Store,
    tenant: &str,
    invitation: &str,
) -> Result<(), StoreError> {
    store.vault_destroy(tenant, &vault_name(invitation)).await
}

fn vault_name(invitation: &str) -> String {
    format!("invitation/{invitation}/link")
}
