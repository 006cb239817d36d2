//! What the demo needs, started in order: company, node, tenant, token, members, connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use rollcall_simulators::sink::Sink;
use rollcall_workers::mail::directory_url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Args;
use super::company::{self, Company};
use super::members::Members;
use super::webhooks::receiver;
use crate::app::{Migrate, Node, Stays};
use crate::client::Client;
use crate::config::{Config, Role, private_directory};
use crate::failure::Failure;
use crate::server::{Server, listen, listen_to_owner};

const PORT: u16 = 8080;
const SLUG: &str = "demo";
/// A running installation with one tenant that is connected to a simulated company.
pub(super) struct Demo {
    pub(super) company: Box<dyn Company>,
    pub(super) node: Node,
    pub(super) base_url: String,
    pub(super) tenant: String,
    pub(super) token: SecretString,
    pub(super) members: Members,
    /// What a program with the token sees.
    pub(super) api: Client,
    /// What the operator sees.
    pub(super) operator: Client,
    pub(super) connection: String,
    /// Where its mails lie; `None` where they go to a mail server that was given.
    pub(super) mail: Option<PathBuf>,
    pub(super) config: Config,
    /// What other systems hear.
    pub(super) sink: Sink,
    server: Server,
    /// Removed at the end; only where no place was given.
    _temporary: Option<TempDir>,
}

impl Demo {
    pub(super) async fn start(
        mut config: Config,
        args: &Args,
        json: bool,
    ) -> Result<Demo, Failure> {
        let temporary = own_directory(&mut config)?;
        private_directory(&config.data_dir())?;
        // The simulator is on this machine, which is closed to the product otherwise.
        config.allow_private.push(IpNet::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST)));
        let company = company::start(args).await?;
        let roles = [Role::Api, Role::Worker, Role::Projector];
        let (tcp, address) = listen_on(args, json).await?;
        let base_url = format!("http://{address}");
        let mail = mail_to_a_directory(&mut config, &base_url)?;
        let node = Node::open(&config, &roles, Migrate::Now, Stays::UntilStopped).await?;
        let socket = config.socket();
        let server = Server::start(&node.api, Some(tcp.into()), listen_to_owner(&socket)?);
        let operator = Client::owner(socket);

        let (tenant, token) = tenant_with_token(&operator).await?;
        let members = Members::join(&operator, &tenant).await?;
        let owner = operator.for_tenant(&tenant)?;
        let sink = receiver(&owner).await?;
        let connection = company.connect(&owner, &base_url).await?;
        Ok(Demo {
            company,
            api: Client::with_token(address, &token)?,
            node,
            base_url,
            tenant,
            token,
            members,
            operator,
            connection,
            mail,
            config,
            sink,
            server,
            _temporary: temporary,
        })
    }

    /// What programs need to drive it, on one line.
    pub(super) fn line(&self) -> Value {
        json!({
            "base_url": self.base_url,
            "tenant": self.tenant,
            "token": self.token.expose_secret(),
            "email": self.members.email,
            "password": self.members.password.expose_secret(),
            "simulator_url": self.company.url(),
            "mail_directory": self.mail,
            "webhook_sink": self.sink.url(),
        })
    }

    pub(super) async fn stop(self) {
        self.company.stop().await;
        self.server.stop().await;
        self.node.stop().await;
    }
}

/// A directory of the demo's own, where nothing says where to keep it. A database that stays needs
/// its operator key the next time: that lies where every command looks for it.
fn own_directory(config: &mut Config) -> Result<Option<TempDir>, Failure> {
    if config.data_dir.is_some() || config.database_url.is_some() {
        return Ok(None);
    }
    let made = tempfile::Builder::new().prefix("rollcall-demo-").tempdir()?;
    config.data_dir = Some(made.path().to_owned());
    Ok(Some(made))
}

/// Mails of a demo go nowhere but into its own directory, unless it is told otherwise.
fn mail_to_a_directory(config: &mut Config, base_url: &str) -> Result<Option<PathBuf>, Failure> {
    config.mail.public_url.get_or_insert_with(|| base_url.to_owned());
    if config.mail.url.is_some() {
        return Ok(None);
    }
    let directory = std::path::absolute(config.data_dir().join("mail"))?;
    config.mail.url = Some(directory_url(&directory)?);
    Ok(Some(directory))
}

/// The port that was asked for; a program or a second demo gets any that is free.
async fn listen_on(
    args: &Args,
    json: bool,
) -> Result<(tokio::net::TcpListener, SocketAddr), Failure> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match args.port {
        Some(port) => listen(at(port)).await,
        None if json || args.once => listen(at(0)).await,
        None => match listen(at(PORT)).await {
            Ok(bound) => Ok(bound),
            Err(_) => listen(at(0)).await,
        },
    }
}

/// A tenant of the demo's own: `demo`, or, where there is one already, `demo-2` and so on.
async fn tenant_with_token(operator: &Client) -> Result<(String, SecretString), Failure> {
    let all = operator.list("/api/v1/tenants", 100_000).await?;
    let taken = |slug: &String| all.iter().any(|one| one["slug"] == **slug);
    let slugs = std::iter::once(SLUG.to_owned()).chain((2..).map(|n| format!("{SLUG}-{n}")));
    let Some(slug) = slugs.into_iter().find(|slug| !taken(slug)) else {
        return Err(Failure::failed("there are too many demos in this database"));
    };
    let new = json!({ "slug": slug, "name": "Acme (demo)", "plan": "business" });
    operator.post("/api/v1/tenants", Some(&new)).await?;
    let new = json!({ "name": "demo", "scopes": ["read", "manage"] });
    let made = operator.for_tenant(&slug)?.post("/api/v1/tokens", Some(&new)).await?.body;
    Ok((slug, SecretString::from(made["token"].as_str().unwrap_or_default())))
}
