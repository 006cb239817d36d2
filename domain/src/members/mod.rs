//! Who belongs to a tenant, in which role, and who is invited: one stream per tenant, so that the last
//! owner is always known.

mod event;
mod invitation;
mod mailed;
#[cfg(test)]
mod tests;

pub use event::*;
pub use invitation::{INVITED_FOR, Invitation, NewInvitation, State};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::access::Role;
use crate::decider::Decider;
use crate::notification::Category;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// By user.
    pub roles: BTreeMap<String, Role>,
    /// By id.
    pub invitations: BTreeMap<String, Invitation>,
    /// What members don't want by mail, by user.
    pub unwanted: BTreeMap<String, BTreeSet<Category>>,
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
    /// Without an invitation; one that is open for their address, by its keyed hash, is over with it.
    Join {
        user: String,
        role: Role,
        address: Option<String>,
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
    /// By the member themselves.
    ChangeMail {
        user: String,
        off: BTreeSet<Category>,
    },
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
    #[error("somebody has to hear of failures; make somebody else an owner first")]
    LastOwnerIsTold,
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
        let revoked = self.without_maker(&user, Some(new));
        Ok([Event::RoleChanged { user, old, new }].into_iter().chain(revoked).collect())
    }

    fn leave(&self, user: String, by: By) -> Result<Vec<Event>, Refusal> {
        by.may(self.role(&user)?)?;
        if self.is_last_owner(&user) {
            return Err(Refusal::LastOwner);
        }
        let revoked = self.without_maker(&user, None);
        Ok([Event::Left { user }].into_iter().chain(revoked).collect())
    }

    fn join(
        &self,
        user: String,
        role: Role,
        address: Option<&str>,
        by: By,
    ) -> Result<Vec<Event>, Refusal> {
        let is_new = match self.roles.get(&user) {
            Some(known) if *known == role => false,
            Some(_) => return Err(Refusal::AlreadyMember),
            None => {
                by.may(role)?;
                true
            }
        };
        let joined = is_new.then(|| Event::Joined { user: user.clone(), role });
        let open = address.and_then(|address| self.open_for(address));
        let accepted = open.map(|(invitation, _)| Event::InvitationAccepted {
            invitation: invitation.clone(),
            user: user.clone(),
        });
        Ok(joined.into_iter().chain(accepted).collect())
    }
}

impl Decider for Members {
    const KIND: &'static str = "members";
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Join { user, role, address, by } => {
                self.join(user, role, address.as_deref(), by)
            }
            Command::ChangeRole { user, role, by } => self.change(user, role, by),
            Command::Leave { user, by } => self.leave(user, by),
            Command::Invite(new) => self.invite(new),
            Command::Accept { invitation, user, address, at } => {
                self.accept(invitation, user, &address, at)
            }
            Command::Revoke { invitation, by } => self.revoke(invitation, by),
            Command::ChangeMail { user, off } => self.change_mail(user, off),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Joined { user, role } | Event::RoleChanged { user, new: role, .. } => {
                self.roles.insert(user.clone(), *role);
            }
            Event::Left { user } => {
                self.roles.remove(user);
                self.unwanted.remove(user);
            }
            Event::Invited {
                invitation,
                role,
                address,
                token_hash,
                expires_at,
                replaces,
                maker,
                mailed,
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
                    maker: maker.clone(),
                    mailed: *mailed,
                    state: State::Open,
                };
                self.invitations.insert(invitation.clone(), new);
            }
            Event::InvitationAccepted { invitation, user } => {
                if let Some(known) = self.invitations.get_mut(invitation) {
                    known.state = State::Accepted { by: user.clone() };
                }
            }
            Event::MailChanged { user, off } => {
                self.unwanted.insert(user.clone(), off.clone());
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
