//! `rollcall simulator bamboohr`.

use std::net::SocketAddr;

use rollcall_simulators::bamboohr::{Config, Simulator};
use serde_json::json;

use super::{Context, cannot_listen, output, told_to_stop};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Example:
  rollcall simulator bamboohr --people 50

Then from another terminal, with the base URL it prints, and a file that holds the key:
  rollcall --allow-private 127.0.0.0/8 connection connect bamboohr --account acme \\
    --base-url URL --api-key-file FILE";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where it listens (--listen is the server's).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    at: SocketAddr,
    /// How many made-up people work there.
    #[arg(long, default_value_t = 300)]
    people: usize,
    /// The same seed makes up the same people.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The company's subdomain.
    #[arg(long, default_value = "acme")]
    company: String,
    /// The key its API takes; it opens nothing but made-up people.
    #[arg(long, default_value = "0123456789abcdef0123456789abcdef01234567")]
    api_key: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let Args { at, people, seed, company, api_key } = args;
    let config = Config { company, api_key, people, seed, listen: at, ..Config::default() };
    let (company, api_key) = (config.company.clone(), config.api_key.clone());
    let started = Simulator::start(config).await;
    let simulator = started.map_err(|error| cannot_listen(at, &error, "--at"))?;
    let origin = simulator.origin();
    match context.json {
        true => output::json(&json!({
            "simulator_url": origin,
            "base_url": simulator.base_url(),
            "account": company,
            "api_key": api_key,
        }))?,
        false => output::pairs(&[
            ("people", people.to_string()),
            ("base URL", simulator.base_url()),
            ("account", company),
            ("API key", api_key),
            ("control", format!("{origin}/_control/people")),
        ])?,
    }
    told_to_stop().await?;
    simulator.shutdown().await;
    Ok(())
}
