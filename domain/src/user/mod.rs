//! Somebody who signs in. Users belong to the system tenant; where they may go is said by the members
//! of each tenant. An e-mail address is one user's: their slot is taken in the same append.

mod event;
pub mod password;
#[cfg(test)]
mod tests;

pub use event::*;

use crate::decider::Decider;
use crate::field::normalised;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// `None` before they were registered.
    pub known: Option<KnownUser>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUser {
    /// `None` once erased.
    pub email: Option<String>,
    pub name: Option<String>,
    /// The vault entry with the hash of their password; `None` while they have none.
    pub credential: Option<String>,
    pub disabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Register { user: String, email: String, name: String },
    Rename { user: String, name: String },
    ChangePassword { user: String, credential: String },
    Disable { user: String },
    Enable { user: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such user")]
    NotFound,
    #[error("the user exists already")]
    AlreadyExists,
    #[error("somebody with this e-mail address is registered already; let them sign in")]
    EmailTaken,
    #[error("it must be an e-mail address of at most {EMAIL_LENGTH} characters, with one @")]
    EmailInvalid,
    #[error("the name must have from 1 to {NAME_LENGTH} characters")]
    NameInvalid,
}

/// RFC 5321: a path has 256 octets, two of which are brackets.
pub const EMAIL_LENGTH: usize = 254;
pub const NAME_LENGTH: usize = 200;

/// An e-mail address as such addresses are compared: without blanks around it, in lower case.
pub fn email(text: &str) -> Result<String, Refusal> {
    let email = normalised(text).to_lowercase();
    let (local, domain) = email.split_once('@').ok_or(Refusal::EmailInvalid)?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    let fits = !local.is_empty() && !domain.is_empty() && email.len() <= EMAIL_LENGTH;
    match fits && !local.contains(odd) && !domain.contains(odd) {
        true => Ok(email),
        false => Err(Refusal::EmailInvalid),
    }
}

/// The slot of an address, by its keyed hash.
pub fn slot(address: &str) -> String {
    format!("email/{address}")
}

fn named(name: &str) -> Result<String, Refusal> {
    let name = normalised(name);
    let fits = (1..=NAME_LENGTH).contains(&name.chars().count());
    match fits && !name.contains(char::is_control) {
        true => Ok(name.to_string()),
        false => Err(Refusal::NameInvalid),
    }
}

impl Decider for User {
    const KIND: &'static str = "user";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let event = match (&self.known, command) {
            (None, Command::Register { user, email: given, name }) => {
                let profile = Profile { email: Some(email(&given)?), name: named(&name)? };
                Event::Registered { user, personal: Some(profile) }
            }
            (Some(_), Command::Register { .. }) => return Err(Refusal::AlreadyExists),
            (
                None,
                Command::Rename { .. }
                | Command::ChangePassword { .. }
                | Command::Disable { .. }
                | Command::Enable { .. },
            ) => return Err(Refusal::NotFound),
            (Some(known), Command::Rename { user, name }) => {
                let name = named(&name)?;
                if known.name.as_ref() == Some(&name) {
                    return Ok(vec![]);
                }
                Event::Renamed { user, personal: Some(Profile { email: None, name }) }
            }
            (Some(_), Command::ChangePassword { user, credential }) => {
                Event::PasswordChanged { user, credential }
            }
            (Some(known), Command::Disable { .. }) if known.disabled => return Ok(vec![]),
            (Some(_), Command::Disable { user }) => Event::Disabled { user },
            (Some(known), Command::Enable { .. }) if !known.disabled => return Ok(vec![]),
            (Some(_), Command::Enable { user }) => Event::Enabled { user },
        };
        Ok(vec![event])
    }

    fn evolve(self, event: &Event) -> Self {
        let known = match (self.known, event) {
            (_, Event::Registered { personal, .. }) => Some(KnownUser {
                email: personal.as_ref().and_then(|profile| profile.email.clone()),
                name: personal.as_ref().map(|profile| profile.name.clone()),
                credential: None,
                disabled: false,
            }),
            (Some(known), Event::Renamed { personal, .. }) => {
                let name = personal.as_ref().map(|profile| profile.name.clone());
                Some(KnownUser { name, ..known })
            }
            (Some(known), Event::PasswordChanged { credential, .. }) => {
                Some(KnownUser { credential: Some(credential.clone()), ..known })
            }
            (Some(known), Event::Disabled { .. }) => Some(KnownUser { disabled: true, ..known }),
            (Some(known), Event::Enabled { .. }) => Some(KnownUser { disabled: false, ..known }),
            (
                None,
                Event::Renamed { .. }
                | Event::PasswordChanged { .. }
                | Event::Disabled { .. }
                | Event::Enabled { .. },
            ) => None,
        };
        User { known }
    }
}
