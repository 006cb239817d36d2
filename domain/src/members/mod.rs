//! Who belongs to a tenant, in which role, and who is invited: one stream per tenant, so that the last
//! owner is always known.

mod event;
#[cfg(test)]
mod tests;

pub use event::*;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::access::Role;
use crate::decider::Decider;

/// How long an invitation may be accepted.
pub const INVITED_FOR: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// By user.
    pub roles: BTreeMap<String, Role>,
    /// By id.
    pub invitations: BTreeMap<String, Invitation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub role: Role,
    pub address: String,
    pub token_hash: String,
    pub expires_at: DateTime<Utc>,
    /// `None` once erased.
    pub email: Option<String>,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Open,
    Accepted {
        by: String,
    },
    Revoked,
    /// A later one was sent to the same address.
    Replaced,
}

/// In whose name something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Of the installation.
    Operator,
    Role(Role),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Without an invitation.
    Join {
        user: String,
        role: Role,
        by: By,
    },
    ChangeRole {
        user: String,
        role: Role,
        by: By,
    },
    Leave {
        user: String,
        by: By,
    },
    Invite(NewInvitation),
    /// By a user whose address has this keyed hash.
    Accept {
        invitation: String,
        user: String,
        address: String,
        at: DateTime<Utc>,
    },
    Revoke {
        invitation: String,
        by: By,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    pub invitation: String,
    pub role: Role,
    pub email: String,
    pub address: String,
    pub token_hash: String,
    pub expires_at: DateTime<Utc>,
    /// The user who has the address already.
    pub user: Option<String>,
    pub by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such member")]
    NotMember,
    #[error("they are a member already; change their role instead")]
    AlreadyMember,
    #[error("the tenant needs an owner; make somebody else one first")]
    LastOwner,
    #[error("only owners make, change and remove owners; ask one of them")]
    OwnersOnly,
    #[error("there is no such invitation")]
    NoInvitation,
    #[error("the invitation has expired; ask for another one")]
    Expired,
    #[error("the invitation was accepted already")]
    Used,
    #[error("the invitation was taken back; ask for another one")]
    Revoked,
    #[error("the invitation was replaced by a later one; use the link of that")]
    Replaced,
    #[error("the invitation is for another e-mail address; sign in with that one")]
    AnotherAddress,
}

impl By {
    /// Whether they may give or take this role.
    fn may(self, role: Role) -> Result<(), Refusal> {
        match self {
            By::Operator | By::Role(Role::Owner) => Ok(()),
            By::Role(Role::Admin | Role::Editor | Role::Viewer | Role::Auditor) => match role {
                Role::Owner => Err(Refusal::OwnersOnly),
                Role::Admin | Role::Editor | Role::Viewer | Role::Auditor => Ok(()),
            },
        }
    }
}

impl Members {
    pub fn role(&self, user: &str) -> Result<Role, Refusal> {
        self.roles.get(user).copied().ok_or(Refusal::NotMember)
    }

    fn is_last_owner(&self, user: &str) -> bool {
        let mut owners = self.roles.iter().filter(|(_, role)| **role == Role::Owner);
        owners.next().is_some_and(|(one, _)| one == user) && owners.next().is_none()
    }

    fn change(&self, user: String, new: Role, by: By) -> Result<Vec<Event>, Refusal> {
        let old = self.role(&user)?;
        if old == new {
            return Ok(vec![]);
        }
        by.may(old)?;
        by.may(new)?;
        if self.is_last_owner(&user) {
            return Err(Refusal::LastOwner);
        }
        Ok(vec![Event::RoleChanged { user, old, new }])
    }

    /// The invitation, if it can be accepted at this time.
    pub fn open(&self, invitation: &str, at: DateTime<Utc>) -> Result<&Invitation, Refusal> {
        let known = self.invitations.get(invitation).ok_or(Refusal::NoInvitation)?;
        match &known.state {
            State::Open if at < known.expires_at => Ok(known),
            State::Open => Err(Refusal::Expired),
            State::Accepted { .. } => Err(Refusal::Used),
            State::Revoked => Err(Refusal::Revoked),
            State::Replaced => Err(Refusal::Replaced),
        }
    }

    fn accept(
        &self,
        invitation: String,
        user: String,
        address: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<Event>, Refusal> {
        let known = self.invitations.get(&invitation).ok_or(Refusal::NoInvitation)?;
        if known.state == (State::Accepted { by: user.clone() }) {
            return Ok(vec![]);
        }
        let known = self.open(&invitation, at)?;
        if known.address != address {
            return Err(Refusal::AnotherAddress);
        }
        let joined = Event::Joined { user: user.clone(), role: known.role };
        let joined = (!self.roles.contains_key(&user)).then_some(joined);
        let accepted = Event::InvitationAccepted { invitation, user };
        Ok(joined.into_iter().chain([accepted]).collect())
    }
}

impl Decider for Members {
    const KIND: &'static str = "members";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let event = match command {
            Command::Join { user, role, by } => {
                match self.roles.get(&user) {
                    Some(known) if *known == role => return Ok(vec![]),
                    Some(_) => return Err(Refusal::AlreadyMember),
                    None => by.may(role)?,
                }
                Event::Joined { user, role }
            }
            Command::ChangeRole { user, role, by } => return self.change(user, role, by),
            Command::Leave { user, by } => {
                by.may(self.role(&user)?)?;
                if self.is_last_owner(&user) {
                    return Err(Refusal::LastOwner);
                }
                Event::Left { user }
            }
            Command::Invite(new) => {
                new.by.may(new.role)?;
                if new.user.is_some_and(|user| self.roles.contains_key(&user)) {
                    return Err(Refusal::AlreadyMember);
                }
                let open =
                    |one: &Invitation| one.address == new.address && one.state == State::Open;
                let known = self.invitations.iter().find(|(_, one)| open(one));
                if let Some((_, replaced)) = known {
                    new.by.may(replaced.role)?;
                }
                Event::Invited {
                    replaces: known.map(|(id, _)| id.clone()),
                    invitation: new.invitation,
                    role: new.role,
                    address: new.address,
                    token_hash: new.token_hash,
                    expires_at: new.expires_at,
                    personal: Some(Invitee { email: new.email }),
                }
            }
            Command::Accept { invitation, user, address, at } => {
                return self.accept(invitation, user, &address, at);
            }
            Command::Revoke { invitation, by } => {
                let known = self.invitations.get(&invitation).ok_or(Refusal::NoInvitation)?;
                by.may(known.role)?;
                match known.state {
                    State::Open => {}
                    State::Accepted { .. } => return Err(Refusal::Used),
                    State::Revoked | State::Replaced => return Ok(vec![]),
                }
                Event::InvitationRevoked { invitation }
            }
        };
        Ok(vec![event])
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Joined { user, role } | Event::RoleChanged { user, new: role, .. } => {
                self.roles.insert(user.clone(), *role);
            }
            Event::Left { user } => {
                self.roles.remove(user);
            }
            Event::Invited {
                invitation,
                role,
                address,
                token_hash,
                expires_at,
                replaces,
                personal,
            } => {
                let replaced = replaces.as_ref().and_then(|one| self.invitations.get_mut(one));
                if let Some(replaced) = replaced {
                    replaced.state = State::Replaced;
                }
                let new = Invitation {
                    role: *role,
                    address: address.clone(),
                    token_hash: token_hash.clone(),
                    expires_at: *expires_at,
                    email: personal.as_ref().map(|invitee| invitee.email.clone()),
                    state: State::Open,
                };
                self.invitations.insert(invitation.clone(), new);
            }
            Event::InvitationAccepted { invitation, user } => {
                if let Some(known) = self.invitations.get_mut(invitation) {
                    known.state = State::Accepted { by: user.clone() };
                }
            }
            Event::InvitationRevoked { invitation } => {
                if let Some(known) = self.invitations.get_mut(invitation) {
                    known.state = State::Revoked;
                }
            }
        }
        self
    }
}
