//! `rollcall serve`: runs this node until it is told to stop.

use rollcall_api::edge::Listener;
use serde_json::json;

use super::{Context, output};
use crate::app::{Migrate, Node, Stays};
use crate::config::{Role, private_directory};
use crate::environment_secrets;
use crate::failure::Failure;
use crate::server::{Server, listen, listen_to_owner, renewed_when_told, told_to_stop};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = &context.config;
    private_directory(&config.data_dir())?;
    let (migrate, stays) = (Migrate::OnlyEmbedded, Stays::UntilStopped);
    let node = Node::open(config, &config.roles, migrate, stays).await?;
    let tcp = match config.has(Role::Api) {
        true => Some(listen(config.listen).await?),
        false => None,
    };
    let (tcp, address) = tcp.unzip();
    let tls = config.tls()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    if let Some(tls) = &tls {
        renewed_when_told(tls.clone())?;
    }
    let tcp = tcp.map(|tcp| match tls {
        Some(tls) => Listener::Tls(tcp, tls),
        None => tcp.into(),
    });
    environment_secrets::import(&node.api.store).await;
    let server = Server::start(&node.api, tcp, listen_to_owner(&config.socket())?);
    let base_url = address.map(|address| format!("{scheme}://{address}"));
    tracing::info!(?base_url, roles = ?config.roles, "serving");
    match (&base_url, context.json) {
        (_, true) => output::json(&json!({ "base_url": base_url }))?,
        (Some(base_url), false) => output::line(&format!("serving {base_url}"))?,
        (None, false) => output::line("serving")?,
    }
    told_to_stop().await?;
    server.stop().await;
    node.stop().await;
    Ok(())
}
