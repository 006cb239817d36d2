//! The command line: one file per group of commands.

mod arguments;
mod asked_runs;
pub(crate) mod connection_connect;
mod connection_credentials;
mod connection_settings;
mod connection_test;
pub(crate) mod connections;
mod copying;
mod demo;
mod departments;
mod diff;
mod events;
mod identities;
mod instant;
mod limit;
mod members;
mod migrate;
mod nightly;
pub(crate) mod operations;
pub(crate) mod output;
mod parked;
mod people;
mod plans;
pub(crate) mod projections;
mod provider_webhooks;
mod push;
mod receipts;
mod run_words;
mod runs;
mod scenarios;
mod secret_file;
mod serve;
mod server_or_directory;
mod simulator;
mod targets;
mod tenants;
mod tokens;
mod undo;
mod users;
pub(crate) mod waiting;
mod webhook_secrets;
mod which_scenario;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::failure::Failure;

/// Keeps the people in an organisation-design tool in step with the company's HR system.
#[derive(Debug, Parser)]
#[command(
    name = "rollcall",
    version,
    arg_required_else_help = true,
    after_help = "Where the data lies (--data-dir, --database-url) and the other settings of an \
                  installation stand in: rollcall --help\n\
                  Examples stand in the help of each command: rollcall runs list --help"
)]
pub(crate) struct Cli {
    /// Answer as JSON, for programs; errors too.
    #[arg(long, global = true, display_order = GLOBAL)]
    pub(crate) json: bool,

    /// The tenant's slug or id; may be left out while there is only one. [env: ROLLCALL_TENANT=]
    #[arg(long, global = true, display_order = GLOBAL, value_name = "TENANT")]
    tenant: Option<String>,

    #[command(flatten)]
    pub(crate) config: Config,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run this node: API, workers and read models, as its roles say.
    ///
    /// It prints the address it listens on, and stops in good order at SIGTERM or SIGINT.
    #[command(after_help = "Example:\n  rollcall serve --data-dir data --listen 127.0.0.1:8080")]
    Serve,
    /// Bring the database's schema up to date.
    ///
    /// PostgreSQL: before `serve`, whenever the binary is new. SQLite does it by itself.
    #[command(after_help = "Example:\n  rollcall migrate --database-url postgres://host/rollcall")]
    Migrate,
    /// Tenants: one customer organisation each.
    Tenant(tenants::Args),
    /// Users: who may sign in, with which password.
    User(users::Args),
    /// Members: who belongs to a tenant, in which role.
    Member(members::Args),
    /// API tokens: shown once, kept as a hash.
    Token(tokens::Args),
    /// Scenarios: the versions of a tenant's organisation.
    Scenario(scenarios::Args),
    /// The people of a scenario: list them, make and edit them by hand.
    Person(people::Args),
    /// Departments, divisions and locations of a scenario.
    Department(departments::Args),
    /// A tenant's link to its HR system.
    Connection(connections::Args),
    /// Run the nightly reconciliations of all connections, or of one tenant's, for a scheduler outside.
    ///
    /// Each once for its local date, however often this is called; waits for their ends, and fails
    /// where one failed or is held.
    #[command(after_help = "Example:\n  rollcall reconcile-nightly")]
    ReconcileNightly(nightly::Args),
    /// Send everybody to a push endpoint: from CSV, JSON or NDJSON.
    ///
    /// The file is checked first as the server checks it; all that is wrong with it is told at once.
    Push(push::Args),
    /// What the sync engine did.
    Runs(runs::Args),
    /// Inbound deliveries, those that were let in and those that were not.
    Receipts(receipts::Args),
    /// What was given up until somebody acts.
    Parked(parked::Args),
    /// The log of everything that happened.
    Events(events::Args),
    /// The read models.
    Projections(projections::Args),
    /// Simulated HR systems, for trying things out.
    Simulator(simulator::Args),
    /// See it work: a simulated company, its first sync and live changes.
    #[command(after_help = "Examples:\n  rollcall demo\n  rollcall demo --once")]
    Demo(demo::Args),
}

/// Where options of every command stand in its help: behind its own.
const GLOBAL: usize = 900;
const TENANT: &str = "ROLLCALL_TENANT";

/// What every command gets.
struct Context {
    config: Config,
    json: bool,
    /// As it was typed.
    tenant: Option<String>,
}

impl Context {
    /// The tenant that was named. The flag wins; the environment is read here and not by clap, for
    /// which a variable would contradict `--operator` as much as a flag does.
    fn named_tenant(&self) -> Option<String> {
        let set = || std::env::var(TENANT).ok().filter(|tenant| !tenant.is_empty());
        self.tenant.clone().or_else(set)
    }
}

impl Cli {
    /// What was typed. Where that is no command, or asks for help, all is said already, and the
    /// exit code is what is left.
    pub(crate) fn read() -> Result<Cli, ExitCode> {
        arguments::read()
    }

    /// Whether it stays and does things by itself, so that its log is of interest.
    pub(crate) fn is_server(&self) -> bool {
        matches!(self.command, Command::Serve)
    }
}

/// Does what was cli.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let context = Context { config: cli.config, json: cli.json, tenant: cli.tenant };
    match cli.command {
        Command::Serve => serve::run(&context).await,
        Command::Migrate => migrate::run(&context).await,
        Command::Tenant(args) => tenants::run(&context, args).await,
        Command::User(args) => users::run(&context, args).await,
        Command::Member(args) => members::run(&context, args).await,
        Command::Token(args) => tokens::run(&context, args).await,
        Command::Scenario(args) => scenarios::run(&context, args).await,
        Command::Person(args) => people::run(&context, args).await,
        Command::Department(args) => departments::run(&context, args).await,
        Command::Connection(args) => connections::run(&context, args).await,
        Command::ReconcileNightly(args) => nightly::run(&context, &args).await,
        Command::Parked(args) => parked::run(&context, args).await,
        Command::Push(args) => push::run(&context, args).await,
        Command::Runs(args) => runs::run(&context, args).await,
        Command::Receipts(args) => receipts::run(&context, args).await,
        Command::Events(args) => events::run(&context, args).await,
        Command::Projections(args) => projections::run(&context, args).await,
        Command::Simulator(args) => simulator::run(&context, args).await,
        Command::Demo(args) => return demo::run(context.config, context.json, args).await,
    }
    .map(|()| ExitCode::SUCCESS)
}
