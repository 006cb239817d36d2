//! Why a mail was not sent. It never says to whom, nor what a mail server wrote: both may name people.

use rollcall_domain::catalogue::Explained;
use rollcall_domain::mail::Trouble;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MailError {
    pub(crate) trouble: Trouble,
    /// The code of the mail server's reply, where it was one.
    pub(crate) reply: Option<u16>,
}

impl From<Trouble> for MailError {
    fn from(trouble: Trouble) -> Self {
        MailError { trouble, reply: None }
    }
}

impl std::fmt::Display for MailError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (meaning, remedy) = (self.trouble.meaning(), self.trouble.remedy());
        match self.reply {
            Some(code) => write!(f, "{meaning} ({code}) {remedy}"),
            None => write!(f, "{meaning} {remedy}"),
        }
    }
}

/// Why mails can't be sent as they are set; it never repeats the address, which holds a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailSetup {
    #[error(
        "the mail URL must be smtps://USER:PASSWORD@HOST:PORT, smtp://… or file:///DIRECTORY; \
         write what is special in user and password as %XX"
    )]
    Url,
    #[error("--mail-from must be an e-mail address, such as `Rollcall <rollcall@example.com>`")]
    From,
    #[error("--public-url must be http://HOST or https://HOST, with nothing behind it")]
    PublicUrl,
    #[error("--mail-ca must be a file with certificates (PEM) that can be read")]
    Roots,
    #[error("a password is not sent to the mail server in the clear; use smtps:// or a host name")]
    PasswordInTheClear,
    #[error("the directory for mails can't be made; choose another one in the mail URL")]
    Directory,
}
