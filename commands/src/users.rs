//! Users: registered in the system tenant, one per e-mail address. The hash of a password goes to the
//! vault first, then the event that names it.

use futures_util::FutureExt;
use rollcall_domain::ids::Deriver;
use rollcall_domain::slot::{self, Slot};
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::user::{self, Command, Event, KnownUser, User};
use rollcall_domain::{Decider, Refusal, Written};
use rollcall_store::{Cause, Store, StoreError};
use secrecy::SecretString;

use crate::error::{CommandError, LoadError};
use crate::unit_of_work::{Handled, Loaded, UnitOfWork, decided_anew, handle, load};

#[derive(Debug, Clone)]
pub struct NewUser {
    /// A fresh ULID.
    pub id: String,
    pub email: String,
    pub name: String,
    /// Of the password, in PHC format.
    pub hash: SecretString,
}

/// The tenant of all users, made at first need.
pub(crate) async fn system(store: &Store) -> Result<(), StoreError> {
    match store.tenant(SYSTEM).await? {
        Some(_) => Ok(()),
        None => store.register_tenant(SYSTEM, SYSTEM).await.map(drop),
    }
}

/// The keyed hash of an e-mail address, as such addresses are compared.
pub async fn address_of(store: &Store, email: &str) -> Result<String, StoreError> {
    Ok(Deriver::new(&store.derivation_key(SYSTEM).await?).address(email))
}

/// The user who has an address, by its keyed hash.
pub async fn user_at(store: &Store, address: &str) -> Result<Option<String>, LoadError> {
    system(store).await?;
    let slot: Loaded<Slot> = load(store, SYSTEM, &user::slot(address)).await?;
    Ok(slot.state.holder().map(str::to_owned))
}

/// Registers somebody with their password.
pub async fn register_user(
    store: &Store,
    new: &NewUser,
    cause: &Cause,
) -> Result<(), CommandError> {
    system(store).await?;
    let email = user::email(&new.email).map_err(Refusal::from)?;
    let place = user::slot(&address_of(store, &email).await?);
    let credential = put_hash(store, &new.id, &new.hash).await?;
    let id = new.id.as_str();
    let registered = decided_anew(|| {
        async {
            let (user, email, name) = (id.to_owned(), new.email.clone(), new.name.clone());
            let mut unit = UnitOfWork::new(SYSTEM, cause.clone());
            let mut known = Loaded::<User>::default();
            let register = Command::Register { user: user.clone(), email, name };
            unit.decide_about(id, &mut known, register, Some(id))?;
            let change = Command::ChangePassword { user, credential: credential.clone() };
            unit.decide_about(id, &mut known, change, Some(id))?;
            let mut slot: Loaded<Slot> = load(store, SYSTEM, &place).await?;
            match unit.decide(&place, &mut slot, slot::Command::Take { holder: id.to_owned() }) {
                Err(CommandError::Refused(Refusal::Slot(slot::Refusal::Taken { .. }))) => {
                    return Err(Refusal::from(user::Refusal::EmailTaken).into());
                }
                decided => decided?,
            };
            unit.commit(store).await.map(drop)
        }
        .boxed()
    })
    .await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &registered {
        store.vault_destroy(SYSTEM, &credential).await?;
    }
    registered
}

pub async fn rename_user(
    store: &Store,
    id: &str,
    name: &str,
    cause: &Cause,
) -> Result<(), CommandError> {
    decided_anew(|| {
        async {
            let mut known: Loaded<User> = load(store, SYSTEM, id).await?;
            let mut unit = UnitOfWork::new(SYSTEM, cause.clone());
            let rename = Command::Rename { user: id.to_owned(), name: name.to_owned() };
            unit.decide_about(id, &mut known, rename, Some(id))?;
            if !unit.is_empty() {
                unit.commit(store).await?;
            }
            Ok(())
        }
        .boxed()
    })
    .await
}

/// Gives somebody another password; the name of its vault entry. Sessions under an earlier one are over
/// with the event, whatever happens to their rows.
pub async fn change_password(
    store: &Store,
    id: &str,
    hash: &SecretString,
    cause: &Cause,
) -> Result<String, CommandError> {
    system(store).await?;
    let credential = put_hash(store, id, hash).await?;
    let (user, new) = (id.to_owned(), credential.clone());
    let change = || Command::ChangePassword { user: user.clone(), credential: new.clone() };
    let changed = handle::<User>(store, SYSTEM, id, change, cause).await;
    if let Err(CommandError::Refused(_) | CommandError::Busy) = &changed {
        store.vault_destroy(SYSTEM, &credential).await?;
    }
    changed?;
    destroy_earlier(store, id, &credential).await?;
    Ok(credential)
}

/// The hash of somebody's password.
pub async fn password_of(
    store: &Store,
    user: &KnownUser,
) -> Result<Option<SecretString>, StoreError> {
    match &user.credential {
        Some(credential) => store.vault_get(SYSTEM, credential).await,
        None => Ok(None),
    }
}

/// Keeps another hash of the same password, such as one with other parameters.
pub async fn keep_password(
    store: &Store,
    credential: &str,
    hash: &SecretString,
) -> Result<(), StoreError> {
    store.vault_put(SYSTEM, credential, hash).await
}

pub async fn disable_user(
    store: &Store,
    id: &str,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    system(store).await?;
    handle::<User>(store, SYSTEM, id, || Command::Disable { user: id.to_owned() }, cause).await
}

pub async fn enable_user(
    store: &Store,
    id: &str,
    cause: &Cause,
) -> Result<Handled<Event>, CommandError> {
    system(store).await?;
    handle::<User>(store, SYSTEM, id, || Command::Enable { user: id.to_owned() }, cause).await
}

async fn put_hash(store: &Store, user: &str, hash: &SecretString) -> Result<String, StoreError> {
    let name = format!("user/{user}/password/{}", ulid::Ulid::generate());
    store.vault_put(SYSTEM, &name, hash).await?;
    Ok(name)
}

/// Destroys the hashes of all passwords before this one, also those that a crash has kept.
async fn destroy_earlier(store: &Store, id: &str, current: &str) -> Result<(), LoadError> {
    for stored in store.read_stream(SYSTEM, &User::stream(id), 0).await? {
        match Event::read(&stored.payload, None)? {
            Event::PasswordChanged { credential, .. } if credential == current => break,
            Event::PasswordChanged { credential, .. } => {
                store.vault_destroy(SYSTEM, &credential).await?;
            }
            Event::Registered { .. }
            | Event::Renamed { .. }
            | Event::Disabled { .. }
            | Event::Enabled { .. } => {}
        }
    }
    Ok(())
}
