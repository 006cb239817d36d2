//! The command line: one file per group of commands.

pub(crate) mod connections;
mod credentials;
mod demo;
mod door;
mod events;
mod migrate;
pub(crate) mod output;
pub(crate) mod projections;
mod runs;
mod scenarios;
mod secrets;
mod serve;
mod simulator;
mod tenants;
mod tokens;
pub(crate) mod waiting;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::failure::Failure;

/// Keeps the people in an organisation-design tool in step with the company's HR system.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) config: Config,

    /// Answer as JSON, for programs.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run this node: API, workers and read models, as its roles say.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Tenants: one customer organisation each.
    Tenant(tenants::Args),
    /// API tokens: shown once, kept as a hash.
    Token(tokens::Args),
    /// Scenarios: the versions of a tenant's organisation.
    Scenario(scenarios::Args),
    /// A tenant's link to its HR system.
    Connection(connections::Args),
    /// What the sync engine did.
    Runs(runs::Args),
    /// The log of everything that happened.
    Events(events::Args),
    /// The read models.
    Projections(projections::Args),
    /// Simulated HR systems, for trying things out.
    Simulator(simulator::Args),
    /// See it work: a simulated company, its first sync and live changes.
    Demo(demo::Args),
}

const TENANT: &str = "ROLLCALL_TENANT";

/// Which tenant a command is about.
#[derive(Debug, Clone, Args)]
struct Who {
    /// Slug or id; may be left out while there is only one. [env: ROLLCALL_TENANT=]
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
}

impl Who {
    /// The flag wins. The environment is read here and not by clap, for which a variable would
    /// contradict `--operator` as much as a flag does.
    fn named(&self) -> Option<String> {
        let set = || std::env::var(TENANT).ok().filter(|tenant| !tenant.is_empty());
        self.tenant.clone().or_else(set)
    }
}

/// What every command gets.
struct Context {
    config: Config,
    json: bool,
}

impl Cli {
    /// Whether it stays and does things by itself, so that its log is of interest.
    pub(crate) fn is_server(&self) -> bool {
        matches!(self.command, Command::Serve)
    }
}

/// Does what was asked.
pub(crate) async fn run(asked: Cli) -> Result<ExitCode, Failure> {
    let context = Context { config: asked.config, json: asked.json };
    match asked.command {
        Command::Serve => serve::run(&context).await,
        Command::Migrate => migrate::run(&context).await,
        Command::Tenant(args) => tenants::run(&context, args).await,
        Command::Token(args) => tokens::run(&context, args).await,
        Command::Scenario(args) => scenarios::run(&context, args).await,
        Command::Connection(args) => connections::run(&context, args).await,
        Command::Runs(args) => runs::run(&context, args).await,
        Command::Events(args) => events::run(&context, args).await,
        Command::Projections(args) => projections::run(&context, args).await,
        Command::Simulator(args) => simulator::run(&context, args).await,
        Command::Demo(args) => return demo::run(context.config, context.json, args).await,
    }
    .map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }
}
