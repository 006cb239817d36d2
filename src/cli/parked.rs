//! `rollcall parked`: what was given up until somebody acts.

use clap::Subcommand;
use serde_json::Value;

use super::asked_runs::follow_or_name;
use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

const PARKED: &str = "/api/v1/parked";
/// More than is ever parked.
const ALL: usize = 1_000_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what is parked: work, and deliveries about people whom nobody could read.
    #[command(after_help = "Example:\n  rollcall parked list")]
    List,
    /// Try one again, as if for the first time; a delivery gets a run, whose end is waited for.
    #[command(after_help = "Example:\n  rollcall parked retry 17")]
    Retry {
        /// As `list` shows it.
        id: String,
        /// Do not wait for the run's end.
        #[arg(long)]
        no_wait: bool,
    },
    /// Let go of one: nobody does it any more.
    #[command(after_help = "Example:\n  rollcall parked skip 17")]
    Skip {
        /// As `list` shows it.
        id: String,
    },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let needs = match &args.command {
        Command::List | Command::Skip { .. } => Needs::ReadModels,
        Command::Retry { .. } => Needs::Workers,
    };
    with_installation(context, needs, async |installation| {
        let client = installation.tenant(context).await?;
        match &args.command {
            Command::List => list(context, &client).await,
            Command::Retry { id, no_wait } => {
                let path = format!("{PARKED}/{}/retry", segment(id));
                let asked = client.post(&path, None).await?;
                if asked.body["run"].is_string() {
                    return follow_or_name(context, &client, &asked, *no_wait).await;
                }
                output::done(context.json, "retried", "it is due again: a worker takes it up")
            }
            Command::Skip { id } => {
                client.post(&format!("{PARKED}/{}/skip", segment(id)), None).await?;
                output::done(context.json, "skipped", "it is skipped")
            }
        }
    })
    .await
}

async fn list(context: &Context, client: &Client) -> Result<(), Failure> {
    let rows = client.list(PARKED, ALL).await?;
    if context.json {
        return output::json(&Value::Array(rows));
    }
    let row = |row: &Value| {
        let mut cells = ["id", "kind", "key", "run", "error"].map(|name| text(row, name)).to_vec();
        cells.insert(3, row["attempts"].to_string());
        cells
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    output::table(&["ID", "KIND", "OF", "TRIES", "RUN", "WHY"], &rows)
}
