//! How mail is set up, and what follows from it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Certificate;
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::directory::Directory;
use super::error::MailSetup;
use super::smtp::{Security, Smtp};
use super::{MailDeadlines, Transport};

/// What an operator says about mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// `smtps://…`, `smtp://…` or `file:///…`.
    pub url: SecretString,
    /// Without it, `no-reply` at the host of the public address.
    pub from: Option<String>,
    /// Where links in mails lead: scheme and host.
    pub public_url: String,
    /// Where a mail server may be spoken to in the clear.
    pub allow_private: Vec<IpNet>,
    /// Certificates (PEM) that are trusted beside the system's.
    pub roots: Option<PathBuf>,
    pub deadlines: MailDeadlines,
}

impl Default for MailDeadlines {
    fn default() -> Self {
        MailDeadlines {
            connect: Duration::from_secs(20),
            reply: Duration::from_secs(30),
            message: Duration::from_secs(60),
            goodbye: Duration::from_secs(2),
        }
    }
}

/// The URL of a directory that takes the place of a mail server.
pub fn directory_url(path: &Path) -> std::io::Result<SecretString> {
    let url = Url::from_directory_path(std::path::absolute(path)?);
    let url = url.map_err(|()| std::io::ErrorKind::InvalidInput)?;
    Ok(SecretString::from(String::from(url)))
}

/// The parts of a mailer, read.
pub(super) struct Ready {
    pub(super) transport: Transport,
    pub(super) from: Mailbox,
    pub(super) base: Url,
    /// For `Message-ID`s and for saying who we are.
    pub(super) domain: String,
}

impl MailSettings {
    pub(super) fn read(&self) -> Result<Ready, MailSetup> {
        let base = public(&self.public_url)?;
        let domain = match base.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => "localhost".to_owned(),
        };
        let from = match &self.from {
            Some(from) => from.parse().map_err(|_| MailSetup::From)?,
            None => format!("Rollcall <no-reply@{domain}>").parse().map_err(|_| MailSetup::From)?,
        };
        let url = Url::parse(self.url.expose_secret()).map_err(|_| MailSetup::Url)?;
        let transport = match url.scheme() {
            "file" => {
                let path = url.to_file_path().map_err(|()| MailSetup::Url)?;
                let directory = Directory::at(path).map_err(|_| MailSetup::Directory)?;
                Transport::Directory(directory)
            }
            "smtps" => Transport::Smtp(self.smtp(&url, Security::Tls, 465, &domain)?),
            "smtp" => {
                let security = match self.is_private(&url) {
                    true => Security::None,
                    false => Security::StartTls,
                };
                Transport::Smtp(self.smtp(&url, security, 587, &domain)?)
            }
            _ => return Err(MailSetup::Url),
        };
        Ok(Ready { transport, from, base, domain })
    }

    fn smtp(
        &self,
        url: &Url,
        security: Security,
        port: u16,
        domain: &str,
    ) -> Result<Smtp, MailSetup> {
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(MailSetup::Url)?;
        let bare = ["", "/"].contains(&url.path()) && url.query().is_none();
        let text =
            |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().map(String::from);
        let (user, password) = (text(url.username()), text(url.password().unwrap_or_default()));
        let (Ok(user), Ok(password), true) = (user, password, bare) else {
            return Err(MailSetup::Url);
        };
        let credentials = match (user.is_empty(), security) {
            (true, _) => None,
            // Some networks are less private than they seem.
            (false, Security::None) if !is_loopback(url) => {
                return Err(MailSetup::PasswordInTheClear);
            }
            (false, Security::None | Security::Tls | Security::StartTls) => {
                Some(Credentials::new(user, password))
            }
        };
        let hello = match domain {
            "localhost" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        Ok(Smtp {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            security,
            credentials,
            hello,
            roots: self.certificates()?,
            deadlines: self.deadlines,
        })
    }

    fn certificates(&self) -> Result<Vec<Certificate>, MailSetup> {
        let Some(path) = &self.roots else { return Ok(vec![]) };
        let pem = std::fs::read(path).map_err(|_| MailSetup::Roots)?;
        let read = Certificate::from_pem(&pem).map_err(|_| MailSetup::Roots)?;
        Ok(vec![read])
    }

    /// Addresses only: what a name leads to may be another thing tomorrow.
    fn is_private(&self, url: &Url) -> bool {
        let host = address(url);
        host.is_some_and(|host| self.allow_private.iter().any(|net| net.contains(&host)))
    }
}

/// The address that stands in a URL.
fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    match host.trim_matches(['[', ']']) {
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        host => host.parse().ok(),
    }
}

fn is_loopback(url: &Url) -> bool {
    address(url).is_some_and(|host| host.is_loopback())
}

fn public(text: &str) -> Result<Url, MailSetup> {
    let url = Url::parse(text).map_err(|_| MailSetup::PublicUrl)?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let known = ["http", "https"].contains(&url.scheme()) && url.username().is_empty();
    match plain && known && url.has_host() {
        true => Ok(url),
        false => Err(MailSetup::PublicUrl),
    }
}
