//! What members are mailed. Failures always reach somebody: the last owner can't switch them off, and
//! who becomes the last one gets them again, whatever they chose before.

use std::collections::BTreeSet;

use super::{Event, Members, Refusal};
use crate::access::Role;
use crate::mail::Needless;
use crate::notification::Category;

impl Members {
    pub(super) fn change_mail(
        &self,
        user: String,
        off: BTreeSet<Category>,
    ) -> Result<Vec<Event>, Refusal> {
        self.role(&user)?;
        if off.contains(&Category::Failures) && self.is_last_owner(&user) {
            return Err(Refusal::LastOwnerIsTold);
        }
        let same = match self.unwanted.get(&user) {
            Some(known) => *known == off,
            None => off.is_empty(),
        };
        Ok(if same { vec![] } else { vec![Event::MailChanged { user, off }] })
    }

    /// Whether a member has to be mailed this, whatever they want.
    pub fn must_be_mailed(&self, user: &str, category: Category) -> bool {
        category == Category::Failures && self.is_last_owner(user)
    }

    /// Whether a member wants to be mailed this, or has to be.
    pub fn is_mailed(&self, user: &str, category: Category) -> bool {
        let off = self.unwanted.get(user).is_some_and(|off| off.contains(&category));
        !off || self.must_be_mailed(user, category)
    }

    /// Why somebody who was to be told by mail is not; `None` where they are.
    pub fn needs_no_mail(&self, user: &str, category: Category) -> Option<Needless> {
        match self.roles.get(user) {
            Some(Role::Owner | Role::Admin) => {}
            Some(Role::Editor | Role::Viewer | Role::Auditor) | None => {
                return Some(Needless::NoRecipient);
            }
        }
        (!self.is_mailed(user, category)).then_some(Needless::OptedOut)
    }
}
