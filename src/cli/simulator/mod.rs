//! `rollcall simulator`: a simulated HR system of its own, until it is told to stop.

mod bamboohr;
mod dynamics;

use std::net::SocketAddr;

use clap::Subcommand;

use super::{Context, output};
use crate::failure::Failure;
use crate::server::told_to_stop;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// BambooHR: its API, its signed webhooks, and `/_control` to make things happen.
    #[command(after_help = bamboohr::EXAMPLE)]
    Bamboohr(bamboohr::Args),
    /// Dynamics 365 HR: Entra, Finance and Operations and Dataverse over the same people, and
    /// `/_control` to make things happen.
    #[command(after_help = dynamics::EXAMPLE)]
    Dynamics(dynamics::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Bamboohr(args) => bamboohr::run(context, args).await,
        Command::Dynamics(args) => dynamics::run(context, args).await,
    }
}

fn cannot_listen(at: SocketAddr, error: &std::io::Error, with: &str) -> Failure {
    Failure::Failed(format!("can't listen on {at}: {error}; choose another with {with}"))
}
