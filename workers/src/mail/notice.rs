//! The mail that tells what a notification tells.

use askama::Template;
use rollcall_domain::notification::Raised;

use super::Letter;

/// A notification to one of its recipients.
pub(crate) struct Notice<'a> {
    pub(crate) raised: &'a Raised,
    pub(crate) tenant: &'a str,
    /// Where a path of ours is found from outside.
    pub(crate) link: &'a dyn Fn(&str) -> String,
}

/// What both parts say.
struct Said<'a> {
    title: String,
    text: String,
    tenant: &'a str,
    label: &'static str,
    link: String,
    /// Where mails are switched off.
    settings: String,
}

#[derive(Template)]
#[template(path = "mail/notice.txt")]
struct Text<'a>(&'a Said<'a>);

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct Html<'a>(&'a Said<'a>);

impl Notice<'_> {
    pub(crate) fn letter(&self, mail: String, name: Option<String>, email: String) -> Letter {
        let (title, text, link) = (self.raised.title(), self.raised.text(), self.raised.link());
        let said = Said {
            title: title.clone(),
            text,
            tenant: self.tenant,
            label: link.label,
            link: (self.link)(&link.path),
            settings: (self.link)("/account#mail"),
        };
        let (text, html) = (Text(&said).to_string(), Html(&said).to_string());
        Letter { mail, name, email, subject: title, text, html }
    }
}
