//! `rollcall demo`: a simulated company, its first sync, and changes that webhooks tell or a
//! reconciliation finds.

mod company;
mod compare;
mod live;
mod members;
mod once;
mod reconcile;
mod scenarios;
mod setup;
mod summary;
mod webhooks;

use std::io;
use std::pin::pin;
use std::process::ExitCode;

use crate::config::Config;
use crate::failure::Failure;
use crate::server::told_to_stop;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which HR system the company has. BambooHR tells of changes; of Dynamics 365 HR they are found
    /// by reconciliations, for which the demo does not wait until night.
    #[arg(long, value_enum, default_value_t = company::Provider::Bamboohr)]
    provider: company::Provider,

    /// Where it listens on this machine; 8080 if that is free, and any free port for programs.
    #[arg(long)]
    port: Option<u16>,

    /// Without a terminal: first sync, 50 changes, a reconciliation, a summary, the end.
    #[arg(long)]
    once: bool,

    /// How many made-up people work in the simulated company.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(50..))]
    people: u16,

    /// The same seed makes up the same people and the same changes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// With `json`, the first line says where everything is, and only programs make changes.
pub(crate) async fn run(config: Config, json: bool, args: Args) -> Result<ExitCode, Failure> {
    let started = std::time::Instant::now();
    let mut told = pin!(told_to_stop());
    let mut demo = tokio::select! {
        demo = setup::Demo::start(config, &args, json) => demo?,
        told = &mut told => return cut_short(told),
    };
    let acting = async {
        match args.once {
            true => once::run(&mut demo, started, json).await,
            false => live::run(&mut demo, json).await,
        }
    };
    let ended = tokio::select! {
        ended = acting => ended,
        told = &mut told => if args.once { cut_short(told) } else { Ok(ExitCode::SUCCESS) },
    };
    demo.stop().await;
    ended
}

fn cut_short(told: io::Result<()>) -> Result<ExitCode, Failure> {
    told?;
    Err(Failure::failed("it was told to stop before its end"))
}
