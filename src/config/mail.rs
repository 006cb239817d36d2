//! What an operator can set about e-mail.

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;
use rollcall_workers::Mailer;
use rollcall_workers::mail::{MailDeadlines, MailSettings};
use secrecy::SecretString;

use crate::failure::Failure;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct MailConfig {
    /// Where people find this installation, such as `https://rollcall.example`; links in mails begin so.
    ///
    /// Without it, the first name of `--allowed-host`, else the address it listens on.
    #[arg(long, env = "ROLLCALL_PUBLIC_URL", global = true, value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// The way mails go: `smtps://USER:PASSWORD@HOST`, `smtp://…`, or `file:///DIRECTORY`.
    ///
    /// `smtp://` speaks STARTTLS, and no TLS to addresses that `--allow-private` names. Without it no
    /// mail is sent, and links of invitations are handed over by whoever invites. Every node with the
    /// role `api` or `worker` needs it.
    #[arg(
        id = "mail_url",
        long = "mail-url",
        env = "ROLLCALL_MAIL_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL"
    )]
    pub(crate) url: Option<SecretString>,

    /// Whom mails are from, such as `Rollcall <rollcall@example.com>`.
    ///
    /// Without it, `no-reply` at the host of the public address.
    #[arg(
        id = "mail_from",
        long = "mail-from",
        env = "ROLLCALL_MAIL_FROM",
        global = true,
        value_name = "ADDRESS"
    )]
    pub(crate) from: Option<String>,

    /// File with a certificate (PEM) that is trusted of mail servers beside those the system trusts.
    #[arg(
        id = "mail_ca",
        long = "mail-ca",
        env = "ROLLCALL_MAIL_CA",
        global = true,
        value_name = "FILE"
    )]
    pub(crate) ca: Option<PathBuf>,
}

impl MailConfig {
    pub(super) fn mailer(&self, public_url: String, private: &[IpNet]) -> Result<Mailer, Failure> {
        let Some(url) = &self.url else { return Ok(Mailer::default()) };
        let settings = MailSettings {
            url: url.clone(),
            from: self.from.clone(),
            public_url,
            allow_private: private.to_vec(),
            roots: self.ca.clone(),
            deadlines: MailDeadlines::default(),
        };
        Mailer::new(&settings).map_err(|error| Failure::Usage(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::config::Config;
    use crate::failure::Failure;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
    }

    fn config(words: &[&str]) -> Config {
        Line::parse_from(["rollcall"].iter().chain(words)).config
    }

    #[test]
    fn links_lead_where_people_find_the_installation() {
        assert_eq!(config(&[]).public_url(), "http://127.0.0.1:8080");
        let named = ["--allowed-host", "rollcall.example,other.example"];
        assert_eq!(config(&named).public_url(), "http://rollcall.example");
        let behind = [&named[..], &["--trusted-proxy", "10.0.0.0/8"]].concat();
        assert_eq!(config(&behind).public_url(), "https://rollcall.example");
        let said = [&behind[..], &["--public-url", "https://people.example"]].concat();
        assert_eq!(config(&said).public_url(), "https://people.example");
    }

    #[test]
    fn a_way_for_mails_that_leads_nowhere_is_a_usage_error_without_its_password() {
        assert!(!config(&[]).mailer().unwrap().is_set());
        assert!(
            config(&["--mail-url", "smtps://a:secret@mail.example"]).mailer().unwrap().is_set()
        );
        for url in ["smtp://", "imap://a:secret@mail.example", "secret", "smtps://a:secret@h/x"] {
            let Err(Failure::Usage(said)) = config(&["--mail-url", url]).mailer() else {
                panic!("{url} is taken")
            };
            assert!(!said.contains("secret") && said.contains("smtps://"), "{said}");
        }
        let private = ["--allow-private", "10.0.0.0/8", "--mail-url", "smtp://a:secret@10.0.0.1"];
        assert!(matches!(config(&private).mailer(), Err(Failure::Usage(_))));
    }
}
