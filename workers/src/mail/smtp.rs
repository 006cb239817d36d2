//! The way to a mail server (RFC 5321): one connection for each mail, and a deadline for each step.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{Error, client::Certificate};
use rollcall_domain::mail::Trouble;

use super::MailDeadlines;
use super::error::MailError;

/// Those that need nothing but a user and a password; which is better does not matter under TLS.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

pub(super) struct Smtp {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    /// What we call ourselves.
    pub(super) hello: ClientId,
    /// Trusted beside those that the system trusts.
    pub(super) roots: Vec<Certificate>,
    pub(super) deadlines: MailDeadlines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// From the first byte on.
    Tls,
    /// Before anything is said; without it, nothing is.
    StartTls,
    /// Inside an operator's own network.
    None,
}

/// What we were at: what a refusal means depends on it.
#[derive(Debug, Clone, Copy)]
enum Step {
    Connect,
    StartTls,
    Authenticate,
    Sender,
    Recipient,
    Message,
}

impl Smtp {
    /// Returns once the server has taken it over. After an error that is none of its replies it may
    /// have all the same: the next attempt carries the same `Message-ID`.
    pub(super) async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mut connection = self.connect().await?;
        let taken = self.hand_over(&mut connection, message).await;
        // Whether it hears us out changes nothing any more.
        let _ = tokio::time::timeout(self.deadlines.goodbye, connection.abort()).await;
        taken
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let Smtp { security, deadlines, hello, .. } = self;
        let tls = match security {
            Security::Tls => Some(self.tls()?),
            Security::StartTls | Security::None => None,
        };
        let server = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(server, None, hello, tls, None);
        let mut connection = within(deadlines.connect, Step::Connect, connecting).await?;
        if *security == Security::StartTls {
            let starting = connection.starttls(self.tls()?, hello);
            within(deadlines.connect, Step::StartTls, starting).await?;
        }
        if let Some(credentials) = &self.credentials {
            let asking = connection.auth(&MECHANISMS, credentials);
            within(deadlines.reply, Step::Authenticate, asking).await?;
        }
        Ok(connection)
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        message: &Message,
    ) -> Result<(), MailError> {
        let (envelope, deadlines) = (message.envelope(), &self.deadlines);
        let mut parameters = vec![];
        let all = envelope.to().iter().chain(envelope.from());
        if all.into_iter().any(|one| !AsRef::<str>::as_ref(one).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Trouble::AddressUnusable.into());
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let sender = Mail::new(envelope.from().cloned(), parameters);
        within(deadlines.reply, Step::Sender, connection.command(sender)).await?;
        for recipient in envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), vec![]);
            within(deadlines.reply, Step::Recipient, connection.command(recipient)).await?;
        }
        within(deadlines.reply, Step::Message, connection.command(Data)).await?;
        let text = message.formatted();
        within(deadlines.message, Step::Message, connection.message(&text)).await?;
        Ok(())
    }

    fn tls(&self) -> Result<TlsParameters, MailError> {
        let known = TlsParameters::builder(self.host.clone());
        let trusting =
            self.roots.iter().cloned().fold(known, |tls, root| tls.add_root_certificate(root));
        trusting.build_rustls().map_err(|_| Trouble::Insecure.into())
    }
}

async fn within<T>(
    deadline: Duration,
    step: Step,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, MailError> {
    match tokio::time::timeout(deadline, work).await {
        Ok(done) => done.map_err(|error| trouble(step, &error)),
        Err(_) => Err(Trouble::TimedOut.into()),
    }
}

fn trouble(step: Step, error: &Error) -> MailError {
    let reply = error.status().map(u16::from);
    let trouble = match reply {
        Some(400..500) => Trouble::PutOff,
        // RFC 4954: it asks for credentials, better ones, or under TLS.
        Some(530 | 534 | 535 | 538) => Trouble::Unauthorized,
        Some(_) => match step {
            // It has no service for us, for now: nothing was said about the mail.
            Step::Connect => Trouble::PutOff,
            Step::StartTls => Trouble::Insecure,
            Step::Authenticate => Trouble::Unauthorized,
            Step::Sender => Trouble::SenderRefused,
            Step::Recipient => Trouble::RecipientRefused,
            Step::Message => Trouble::MessageRefused,
        },
        None => without_reply(step, error),
    };
    MailError { trouble, reply }
}

fn without_reply(step: Step, error: &Error) -> Trouble {
    if error.is_tls() || is_untrusted(error) {
        return Trouble::Insecure;
    }
    match step {
        // It does not offer what we ask for.
        Step::StartTls if error.is_client() => Trouble::Insecure,
        Step::Authenticate if error.is_client() => Trouble::Unauthorized,
        Step::Connect
        | Step::StartTls
        | Step::Authenticate
        | Step::Sender
        | Step::Recipient
        | Step::Message => Trouble::Unreachable,
    }
}

/// Whether a handshake failed: rustls tells it as data that can't be right.
fn is_untrusted(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::InvalidData;
        }
        source = cause.source();
    }
    false
}
