//! A mail as people read it, and as it goes on its way (RFC 5322, RFC 2047).

use chrono::{DateTime, Utc};
use lettre::address::Address;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use rollcall_domain::mail::Trouble;

/// Rendered anew for each attempt; stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Names the mail: its `Message-ID` is made of it, and so the same at each attempt.
    pub(crate) mail: String,
    pub(crate) name: Option<String>,
    pub(crate) email: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// RFC 3834: programs that answer by themselves leave it alone.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Letter {
    /// The message. `domain` stands in its `Message-ID`.
    pub(crate) fn message(
        &self,
        from: &Mailbox,
        domain: &str,
        at: DateTime<Utc>,
    ) -> Result<Message, Trouble> {
        let name = self.name.as_deref().map(one_line).filter(|name| !name.is_empty());
        let to = Mailbox::new(name, address(&self.email)?);
        let parts = MultiPart::alternative()
            .boundary(format!("rollcall-{}", self.mail))
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        Message::builder()
            .message_id(Some(format!("<{}@{domain}>", self.mail)))
            .date(at.into())
            .from(from.clone())
            .to(to)
            .subject(one_line(&self.subject))
            .header(AutoSubmitted)
            .multipart(parts)
            .map_err(|_| Trouble::AddressUnusable)
    }
}

/// An address with its domain as the domain name system writes it: that needs nothing of the server.
pub(super) fn address(email: &str) -> Result<Address, Trouble> {
    let (local, domain) = email.rsplit_once('@').ok_or(Trouble::AddressUnusable)?;
    let domain = match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => ascii,
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) | Err(_) => domain.to_owned(),
    };
    Address::new(local, domain).map_err(|_| Trouble::AddressUnusable)
}

/// A header is one line, whatever somebody is called.
fn one_line(text: &str) -> String {
    let separated = text.split(|c: char| c.is_control() || c.is_whitespace());
    separated.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
