//! How a command reaches its installation: through the server that runs on the data directory, or,
//! where none does, through the same API served in this process for as long as the command takes.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use rollcall_store::Location;
use serde_json::Value;
use tempfile::TempDir;

use super::Context;
use crate::app::{Migrate, Node, Stays};
use crate::client::Client;
use crate::config::Role;
use crate::failure::Failure;
use crate::server::{Server, listen_to_owner};

/// How long the read models may take to catch up before a command reads them.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a command asks of its installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// That there is one; it is made where there is none.
    NewOrExisting,
    /// Read models that are up to date.
    ReadModels,
    /// And somebody who does what follows, such as a sync.
    Workers,
}

/// An installation that can be asked, by whichever way.
pub(super) struct Installation {
    client: Client,
    /// Only where no server runs.
    opened: Option<OpenedDirectory>,
}

/// The data directory or database, opened by this process.
struct OpenedDirectory {
    node: Node,
    server: Server,
    /// Where this process listens to itself.
    _socket: TempDir,
}

impl Installation {
    async fn open(context: &Context, needs: Needs) -> Result<Installation, Failure> {
        let socket = context.config.socket();
        if UnixStream::connect(&socket).is_ok() {
            return Ok(Installation { client: Client::owner(socket), opened: None });
        }
        if needs != Needs::NewOrExisting {
            is_there(context)?;
        }
        let roles: &[Role] = match needs {
            Needs::NewOrExisting | Needs::ReadModels => &[Role::Projector],
            Needs::Workers => &[Role::Projector, Role::Worker],
        };
        let (migrate, stays) = (Migrate::OnlyEmbedded, Stays::ForACommand);
        let node = Node::open(&context.config, roles, migrate, stays).await?;
        let directory = tempfile::Builder::new().prefix("rollcall-").tempdir()?;
        let socket = directory.path().join("socket");
        let server = Server::start(&node.api, None, listen_to_owner(&socket)?);
        node.projections.settle(PATIENCE).await?;
        let opened = Some(OpenedDirectory { node, server, _socket: directory });
        Ok(Installation { client: Client::owner(socket), opened })
    }

    /// The operator's client.
    pub(super) fn operator(&self) -> &Client {
        &self.client
    }

    /// The operator's client for one tenant: the one that was named, or the only one.
    pub(super) async fn tenant(&self, context: &Context) -> Result<Client, Failure> {
        if let Some(named) = context.named_tenant() {
            return self.named(&named).await;
        }
        let all = self.tenants().await?;
        let slugs: Vec<&str> = all.iter().filter_map(|one| one["slug"].as_str()).collect();
        match slugs.as_slice() {
            [] => Err(Failure::usage(
                "there is no tenant yet; make one: rollcall tenant create SLUG --name NAME",
            )),
            [only] => self.client.for_tenant(only),
            [first, ..] => Err(Failure::Usage(format!(
                "there are several tenants; say which: --tenant {first} (or {})",
                slugs[1..].join(", ")
            ))),
        }
    }

    /// Asks for the tenant at once: afterwards, what is not found is something else.
    pub(super) async fn named(&self, tenant: &str) -> Result<Client, Failure> {
        let client = self.client.for_tenant(tenant)?;
        match client.get("/api/v1/me").await {
            Ok(_) => Ok(client),
            Err(Failure::Coded { code, .. }) if code == "not_found" => Err(Failure::coded(
                code,
                format!("there is no tenant {tenant}; see: rollcall tenant list"),
            )),
            Err(failure) => Err(failure),
        }
    }

    /// Some tenants; waits a moment for one that was made just now.
    async fn tenants(&self) -> Result<Vec<Value>, Failure> {
        let mut all = vec![];
        for _ in 0..5 {
            all = self.client.list("/api/v1/tenants", 11).await?;
            if !all.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(all)
    }

    /// Closes in order; what was started here finishes first.
    async fn close(self) {
        if let Some(opened) = self.opened {
            opened.server.stop().await;
            opened.node.stop().await;
        }
    }
}

/// A command that only looks must not leave an empty installation behind in the wrong place.
fn is_there(context: &Context) -> Result<(), Failure> {
    match context.config.location()? {
        Location::Sqlite(directory) if !directory.join("log.db").exists() => {
            Err(Failure::Usage(format!(
                "there is no data in {}; say where it is (--data-dir, --database-url), or begin: \
                 rollcall tenant create SLUG",
                directory.display()
            )))
        }
        Location::Sqlite(_) | Location::Postgres(_) => Ok(()),
    }
}

/// Opens the installation, does something with it, and closes it however that went.
pub(super) async fn with_installation<T>(
    context: &Context,
    needs: Needs,
    act: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let installation = Installation::open(context, needs).await?;
    let done = act(&installation).await;
    installation.close().await;
    done
}
