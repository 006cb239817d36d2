//! Who is invited: until when, by whom, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{By, Event, Invitee, Members, Refusal};
use crate::access::{Permission, Role};

/// How long an invitation may be accepted.
pub const INVITED_FOR: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub role: Role,
    pub address: String,
    pub token_hash: String,
    pub expires_at: DateTime<Utc>,
    /// `None` once erased.
    pub email: Option<String>,
    /// The member who made it, where it was one.
    pub maker: Option<String>,
    /// Whether the link goes to the address itself.
    pub mailed: bool,
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
    /// The member who makes it, where it is one.
    pub maker: Option<String>,
    pub mailed: bool,
}

impl Members {
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

    /// The open one for an address: there is one at most.
    pub(super) fn open_for(&self, address: &str) -> Option<(&String, &Invitation)> {
        let open = |one: &Invitation| one.address == address && one.state == State::Open;
        self.invitations.iter().find(|(_, one)| open(one))
    }

    /// Takes back what somebody's role does not let them make any more; without one, everything.
    pub(super) fn without_maker(&self, maker: &str, role: Option<Role>) -> Vec<Event> {
        let may_make = |one: &Invitation| {
            role.is_some_and(|role| {
                let manages = role.permissions().contains(&Permission::MembersManage);
                manages && By::Role(role).may(one.role).is_ok()
            })
        };
        let open = self.invitations.iter().filter(|(_, one)| {
            one.state == State::Open && one.maker.as_deref() == Some(maker) && !may_make(one)
        });
        open.map(|(id, _)| Event::InvitationRevoked { invitation: id.clone() }).collect()
    }

    pub(super) fn invite(&self, new: NewInvitation) -> Result<Vec<Event>, Refusal> {
        new.by.may(new.role)?;
        if new.user.is_some_and(|user| self.roles.contains_key(&user)) {
            return Err(Refusal::AlreadyMember);
        }
        let known = self.open_for(&new.address);
        if let Some((_, replaced)) = known {
            new.by.may(replaced.role)?;
        }
        Ok(vec![Event::Invited {
            replaces: known.map(|(id, _)| id.clone()),
            invitation: new.invitation,
            role: new.role,
            address: new.address,
            token_hash: new.token_hash,
            expires_at: new.expires_at,
            maker: new.maker,
            mailed: new.mailed,
            personal: Some(Invitee { email: new.email }),
        }])
    }

    pub(super) fn accept(
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

    pub(super) fn revoke(&self, invitation: String, by: By) -> Result<Vec<Event>, Refusal> {
        let known = self.invitations.get(&invitation).ok_or(Refusal::NoInvitation)?;
        by.may(known.role)?;
        match known.state {
            State::Open => Ok(vec![Event::InvitationRevoked { invitation }]),
            State::Accepted { .. } => Err(Refusal::Used),
            State::Revoked | State::Replaced => Ok(vec![]),
        }
    }
}
