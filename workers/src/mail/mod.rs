//! E-mail: what goes out of the house, and the ways there are. What becomes of each attempt is noted by
//! the task that makes it (`tasks/send_mail.rs`).

mod directory;
mod error;
mod invitation;
mod letter;
pub(crate) mod notice;
mod settings;
mod smtp;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use rollcall_domain::mail::Trouble;
use url::Url;

pub use error::MailSetup;
pub use settings::{MailSettings, directory_url};

pub(crate) use error::MailError;
pub(crate) use invitation::Offer;
pub(crate) use letter::Letter;

use directory::Directory;
use settings::Ready;
use smtp::Smtp;

/// Whoever hands mails over. Cheap to clone; without settings it sends nothing.
#[derive(Clone, Default)]
pub struct Mailer(Option<Arc<Ready>>);

/// How long each step with a mail server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailDeadlines {
    /// Resolving its name, connecting, TLS, and its greeting.
    pub connect: Duration,
    /// One reply.
    pub reply: Duration,
    /// The message itself, until it is taken over.
    pub message: Duration,
    /// Parting.
    pub goodbye: Duration,
}

enum Transport {
    Smtp(Smtp),
    Directory(Directory),
}

impl Mailer {
    pub fn new(settings: &MailSettings) -> Result<Mailer, MailSetup> {
        Ok(Mailer(Some(Arc::new(settings.read()?))))
    }

    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Where a path of ours is found from outside.
    pub(crate) fn link(&self, path: &str) -> Option<String> {
        let base: &Url = &self.0.as_ref()?.base;
        base.join(path).ok().map(String::from)
    }

    /// Returns once somebody else has taken it over.
    pub(crate) async fn send(&self, letter: &Letter, at: DateTime<Utc>) -> Result<(), MailError> {
        let Some(ready) = &self.0 else { return Err(Trouble::NotConfigured.into()) };
        let from: &Mailbox = &ready.from;
        let message = letter.message(from, &ready.domain, at)?;
        match &ready.transport {
            Transport::Smtp(smtp) => smtp.send(&message).await,
            Transport::Directory(directory) => {
                Ok(directory.write(&letter.mail, message.formatted()).await?)
            }
        }
    }
}
