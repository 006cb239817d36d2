//! The mail that brings an invitation.

use askama::Template;
use chrono::{DateTime, Utc};
use rollcall_domain::access::Role;

use super::Letter;

/// What somebody is invited to.
pub(crate) struct Offer {
    pub(crate) invitation: String,
    pub(crate) email: String,
    pub(crate) tenant: String,
    pub(crate) role: Role,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) link: String,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct Text<'a>(&'a Offer);

#[derive(Template)]
#[template(path = "mail/invitation.html")]
struct Html<'a>(&'a Offer);

impl Offer {
    fn until(&self) -> String {
        self.expires_at.format("%-d %B %Y, %H:%M UTC").to_string()
    }

    pub(crate) fn letter(&self) -> Letter {
        Letter {
            mail: self.invitation.clone(),
            // What they are called is theirs to say.
            name: None,
            email: self.email.clone(),
            subject: format!("You are invited to {}", self.tenant),
            text: Text(self).to_string(),
            html: Html(self).to_string(),
        }
    }
}
