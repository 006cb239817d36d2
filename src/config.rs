//! Everything an operator can set, by flag or by environment, and what follows from it.

mod mail;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use rollcall_api::edge::Tls;
use rollcall_api::{Rates, Settings};
use rollcall_egress::Policy;
use rollcall_store::{Location, OperatorKey, StoreError};
use rollcall_workers::{Mailer, providers};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::filter::Targets;

use crate::failure::Failure;

pub(crate) use mail::MailConfig;

const DATA_DIR: &str = "rollcall-data";
const SOCKET: &str = "rollcall.sock";
const KEY_FILE: &str = "operator.key";
/// A flag would show up in the list of processes, so the key comes by environment or file only.
const KEY: &str = "ROLLCALL_OPERATOR_KEY";

/// Read once, at the start; the doc comments are the operator's manual.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Installation")]
pub(crate) struct Config {
    /// Where the log lies: `sqlite://DIRECTORY`, or `postgres://…` for any number of nodes.
    ///
    /// Without it, SQLite in the data directory.
    #[arg(
        long,
        env = "ROLLCALL_DATABASE_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL"
    )]
    pub(crate) database_url: Option<SecretString>,

    /// This node's own directory: its socket, its operator key, and SQLite's files.
    ///
    /// Without it, the directory of `sqlite://…`, else `rollcall-data`.
    #[arg(long, env = "ROLLCALL_DATA_DIR", global = true, value_name = "DIRECTORY")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Where the role `api` listens for HTTP. Port 0 takes any free one.
    #[arg(
        long,
        env = "ROLLCALL_LISTEN",
        global = true,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: SocketAddr,

    /// Names this server is known by, such as `rollcall.example`; requests for another are refused.
    ///
    /// Addresses and `localhost` always pass, and deliveries of webhooks under any name.
    #[arg(
        long = "allowed-host",
        env = "ROLLCALL_ALLOWED_HOSTS",
        global = true,
        value_delimiter = ',',
        value_name = "NAMES"
    )]
    pub(crate) allowed_hosts: Vec<String>,

    /// Networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.
    ///
    /// With one, cookies are for TLS only, which it is expected to speak with browsers.
    #[arg(
        long = "trusted-proxy",
        env = "ROLLCALL_TRUSTED_PROXIES",
        global = true,
        value_delimiter = ',',
        value_name = "NETWORKS"
    )]
    pub(crate) trusted_proxies: Vec<IpNet>,

    /// File with the certificate, and those that lead to its root, to serve TLS with (PEM).
    ///
    /// Both files are read again on SIGHUP. Without them, a proxy in front is expected to do it.
    #[arg(
        long,
        env = "ROLLCALL_TLS_CERT",
        global = true,
        value_name = "FILE",
        requires = "tls_key"
    )]
    pub(crate) tls_cert: Option<PathBuf>,

    /// File with the certificate's private key (PEM).
    #[arg(
        long,
        env = "ROLLCALL_TLS_KEY",
        global = true,
        value_name = "FILE",
        requires = "tls_cert"
    )]
    pub(crate) tls_key: Option<PathBuf>,

    /// Reading requests a minute of one token, session or unknown address; 0 is any number.
    #[arg(
        long,
        env = "ROLLCALL_READ_RATE",
        global = true,
        value_name = "NUMBER",
        default_value_t = Rates::default().reads
    )]
    pub(crate) read_rate: u32,

    /// Writing requests a minute, counted the same way; deliveries of webhooks don't count.
    #[arg(
        long,
        env = "ROLLCALL_WRITE_RATE",
        global = true,
        value_name = "NUMBER",
        default_value_t = Rates::default().writes
    )]
    pub(crate) write_rate: u32,

    #[command(flatten)]
    pub(crate) mail: MailConfig,

    /// File with the operator key: 64 hex digits that open everything; back it up apart.
    ///
    /// Without it, `operator.key` in the data directory, made when the database is new. The
    /// environment variable `ROLLCALL_OPERATOR_KEY` holds the key itself and comes first.
    #[arg(long, env = "ROLLCALL_OPERATOR_KEY_FILE", global = true, value_name = "FILE")]
    pub(crate) operator_key_file: Option<PathBuf>,

    /// What this node does. Every installation needs each role somewhere.
    #[arg(
        long,
        env = "ROLLCALL_ROLES",
        global = true,
        value_enum,
        value_delimiter = ',',
        default_value = "api,worker,projector"
    )]
    pub(crate) roles: Vec<Role>,

    /// Private networks outgoing requests may reach, such as `127.0.0.0/8`; `http://` passes too.
    ///
    /// Without it, only public addresses over `https://`.
    #[arg(
        long,
        env = "ROLLCALL_ALLOW_PRIVATE",
        global = true,
        value_delimiter = ',',
        value_name = "NETWORKS"
    )]
    pub(crate) allow_private: Vec<IpNet>,

    /// What is logged to standard error, such as `info` or `warn,rollcall_workers=debug`.
    #[arg(long, env = "ROLLCALL_LOG", global = true, value_name = "FILTER")]
    pub(crate) log: Option<Targets>,

    /// How log lines look: for people or for programs.
    #[arg(long, env = "ROLLCALL_LOG_FORMAT", global = true, value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// One of the things a node can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answers HTTP and takes deliveries in.
    Api,
    /// Runs syncs and whatever else follows from events.
    Worker,
    /// Keeps the read models up to date.
    Projector,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Config {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    pub(crate) fn location(&self) -> Result<Location, Failure> {
        let Some(url) = &self.database_url else {
            return Ok(Location::Sqlite(self.data_dir()));
        };
        let text = url.expose_secret();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Location::Postgres(url.clone()));
        }
        match sqlite_directory(text) {
            Some(directory) => Ok(Location::Sqlite(directory)),
            None => Err(Failure::usage(
                "the database URL must be sqlite://DIRECTORY or postgres://USER@HOST/DATABASE",
            )),
        }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        let of_url = || sqlite_directory(self.database_url.as_ref()?.expose_secret());
        self.data_dir.clone().or_else(of_url).unwrap_or_else(|| PathBuf::from(DATA_DIR))
    }

    /// Where a server of this directory answers its owner.
    pub(crate) fn socket(&self) -> PathBuf {
        self.data_dir().join(SOCKET)
    }

    /// The operator key, and the file it was made in just now, if it was.
    pub(crate) fn operator_key(&self) -> Result<(OperatorKey, Option<PathBuf>), Failure> {
        if let Ok(text) = std::env::var(KEY) {
            return Ok((OperatorKey::from_hex(&text)?, None));
        }
        let (path, own) = match &self.operator_key_file {
            Some(path) => (path.clone(), false),
            None => (self.data_dir().join(KEY_FILE), true),
        };
        let is_new = own && !path.exists();
        if is_new {
            private_directory(&self.data_dir())?;
        }
        let key = OperatorKey::from_file(&path, own)?;
        Ok((key, is_new.then_some(path)))
    }

    /// How much the API takes on, and from whom.
    pub(crate) fn api(&self) -> Settings {
        Settings {
            rates: Rates { reads: self.read_rate, writes: self.write_rate },
            allowed_hosts: Some(self.allowed_hosts.clone()),
            trusted_proxies: self.trusted_proxies.clone(),
            // A proxy that is trusted is what browsers reach, and speaks TLS with them.
            secure_cookies: self.speaks_tls(),
            ..Settings::default()
        }
    }

    /// Browsers see TLS, from here or from a proxy.
    fn speaks_tls(&self) -> bool {
        self.tls_cert.is_some() || !self.trusted_proxies.is_empty()
    }

    /// Where people find it.
    fn public_url(&self) -> String {
        let scheme = if self.speaks_tls() { "https" } else { "http" };
        match (&self.mail.public_url, self.allowed_hosts.first()) {
            (Some(url), _) => url.clone(),
            (None, Some(host)) => format!("{scheme}://{host}"),
            (None, None) => format!("{scheme}://{}", self.listen),
        }
    }

    /// Whoever sends mails; nobody, where no way is set.
    pub(crate) fn mailer(&self) -> Result<Mailer, Failure> {
        self.mail.mailer(self.public_url(), &self.allow_private)
    }

    /// What TLS is served with, where it is.
    pub(crate) fn tls(&self) -> Result<Option<Tls>, Failure> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        let loaded = Tls::load(certificate, key);
        loaded.map(Some).map_err(|error| Failure::Failed(format!("can't serve TLS: {error}")))
    }

    /// Where requests that leave may go.
    pub(crate) fn policy(&self) -> Policy {
        providers::policy(match self.allow_private.is_empty() {
            true => Policy::default(),
            false => Policy::permitting(self.allow_private.iter().copied()),
        })
    }
}

fn sqlite_directory(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Makes a directory that only its owner may enter; one that is there stays as it is.
pub(crate) fn private_directory(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| {
        StoreError::Setup(format!("can't make the directory {}: {error}", path.display())).into()
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
    }

    fn config(words: &[&str]) -> Config {
        Line::parse_from(["rollcall"].iter().chain(words)).config
    }

    #[test]
    fn sqlite_is_a_directory_and_everything_lies_there() {
        let config = config(&["--database-url", "sqlite://some/where"]);
        assert_eq!(config.data_dir(), PathBuf::from("some/where"));
        assert!(matches!(
            config.location().unwrap(),
            Location::Sqlite(path) if path == Path::new("some/where")
        ));
    }

    #[test]
    fn the_data_directory_is_this_nodes_own() {
        let config = config(&["--database-url", "postgres://host/db", "--data-dir", "here"]);
        assert_eq!(config.socket(), PathBuf::from("here/rollcall.sock"));
        assert!(matches!(config.location().unwrap(), Location::Postgres(_)));
    }

    #[test]
    fn a_log_filter_names_levels_and_targets() {
        let filter = config(&["--log", "warn,rollcall_workers=debug"]).log.unwrap();
        assert!(filter.would_enable("rollcall_workers::work", &tracing::Level::DEBUG));
        assert!(!filter.would_enable("rollcall_api", &tracing::Level::INFO));
        assert!(Line::try_parse_from(["rollcall", "--log", "rollcall=loud"]).is_err());
    }

    #[test]
    fn another_database_is_a_usage_error() {
        for url in ["mysql://host/db", "sqlite://", "some/where"] {
            let refused = config(&["--database-url", url]).location();
            assert!(matches!(refused, Err(Failure::Usage(_))), "{url}");
        }
    }
}
