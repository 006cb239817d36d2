//! `rollcall simulator dynamics`.

use std::net::SocketAddr;

use rollcall_simulators::dynamics::{Config, Simulator};
use serde_json::json;

use super::{Context, cannot_listen, output, told_to_stop};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Example:
  rollcall simulator dynamics --people 50

Then from another terminal, with what it prints, and a file that holds the secret:
  rollcall --allow-private 127.0.0.0/8 connection connect dynamics365 \\
    --environment-url URL --authority-url URL --surface finance_operations \\
    --tenant-id ID --client-id ID --client-secret-file FILE";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the environment listens (--listen is the server's).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8091")]
    at: SocketAddr,
    /// Where Entra listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8092")]
    entra_at: SocketAddr,
    /// How many made-up people work there.
    #[arg(long, default_value_t = 300)]
    people: usize,
    /// The same seed makes up the same people.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Whoever is hard to read works there too: rehired, with two positions or none, in a circle.
    #[arg(long)]
    cast: bool,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let Args { at, entra_at, people, seed, cast } = args;
    let config = Config {
        people,
        seed,
        fixtures: cast,
        listen: at,
        authority_listen: entra_at,
        ..Config::default()
    };
    let Config { tenant_id, client_id, client_secret, .. } = config.clone();
    let started = Simulator::start(config).await;
    let simulator = started.map_err(|error| cannot_listen(at, &error, "--at and --entra-at"))?;
    let (environment, authority) = (simulator.environment_url(), simulator.authority_url());
    match context.json {
        true => output::json(&json!({
            "simulator_url": environment,
            "environment_url": environment,
            "authority_url": authority,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "client_secret": client_secret,
        }))?,
        false => output::pairs(&[
            ("people", people.to_string()),
            ("environment URL", environment.clone()),
            ("authority URL", authority),
            ("tenant ID", tenant_id),
            ("client ID", client_id),
            ("client secret", client_secret),
            ("control", format!("{environment}/_control/people")),
        ])?,
    }
    told_to_stop().await?;
    simulator.shutdown().await;
    Ok(())
}
