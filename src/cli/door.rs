//! How a command reaches its installation: through the server that runs on the data directory, or,
//! where none does, through the same API served in this process for as long as the command takes.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use rollcall_store::Location;
use serde_json::Value;
use tempfile::TempDir;

use super::{Context, Who};
use crate::app::{Migrate, Node};
use crate::client::Client;
use crate::config::Role;
use crate::failure::Failure;
use crate::server::{Server, listen_to_owner};

/// How long the read models may take to catch up before a command reads them.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who does what was asked for, where no server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// An installation, which is made where there is none.
    Beginning,
    /// Read models that are up to date.
    Reading,
    /// And somebody who does what follows, such as a sync.
    Working,
}

pub(super) struct Door {
    client: Client,
    here: Option<Here>,
}

/// The installation, opened by this process.
struct Here {
    node: Node,
    server: Server,
    _directory: TempDir,
}

impl Door {
    pub(super) async fn open(context: &Context, needs: Needs) -> Result<Door, Failure> {
        let socket = context.config.socket();
        if UnixStream::connect(&socket).is_ok() {
            return Ok(Door { client: Client::owner(socket), here: None });
        }
        if needs != Needs::Beginning {
            is_there(context)?;
        }
        let roles: &[Role] = match needs {
            Needs::Beginning | Needs::Reading => &[Role::Projector],
            Needs::Working => &[Role::Projector, Role::Worker],
        };
        let node = Node::open(&context.config, roles, Migrate::OnlyEmbedded).await?;
        let directory = tempfile::Builder::new().prefix("rollcall-").tempdir()?;
        let socket = directory.path().join("socket");
        let server = Server::start(&node.api, None, listen_to_owner(&socket)?);
        node.projections.settle(PATIENCE).await?;
        let here = Some(Here { node, server, _directory: directory });
        Ok(Door { client: Client::owner(socket), here })
    }

    /// The operator's client.
    pub(super) fn operator(&self) -> &Client {
        &self.client
    }

    /// The operator's client for one tenant: the one that was named, or the only one.
    pub(super) async fn tenant(&self, who: &Who) -> Result<Client, Failure> {
        if let Some(named) = who.named() {
            return self.client.for_tenant(&named);
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
    pub(super) async fn close(self) {
        if let Some(here) = self.here {
            here.server.stop().await;
            here.node.stop().await;
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

/// Opens the door, does something, and closes it however that went.
pub(super) async fn through<T>(
    context: &Context,
    needs: Needs,
    act: impl AsyncFnOnce(&Door) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let door = Door::open(context, needs).await?;
    let done = act(&door).await;
    door.close().await;
    done
}

/// A text of an answer; empty where there is none.
pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
