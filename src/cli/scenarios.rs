//! `rollcall scenario`: makes and lists the versions of a tenant's organisation.

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, diff, output};
use crate::client::Client;
use crate::failure::Failure;

const SCENARIOS: &str = "/api/v1/scenarios";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an empty scenario; prints its id.
    #[command(after_help = "Example:\n  rollcall scenario create 'Merger 2027'")]
    Create {
        /// Its name for people; no other scenario in use may have it.
        name: String,
    },
    /// List the live baseline, scenarios and snapshots.
    #[command(after_help = "Example:\n  rollcall scenario list --json")]
    List,
    /// Show how two scenarios differ: people and departments, field by field.
    #[command(after_help = "Example:\n  rollcall scenario diff 'Merger 2027' 'Live Baseline'")]
    Diff(diff::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    if let Command::Diff(args) = &args.command {
        return diff::run(context, args).await;
    }
    let answer = with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.tenant(context).await?;
        match args.command {
            Command::Create { name } => create(&client, &name).await,
            Command::List | Command::Diff(_) => Ok(Value::Array(client.whole(SCENARIOS).await?)),
        }
    });
    let answer = answer.await?;
    match answer.as_array() {
        _ if context.json => output::json(&answer),
        Some(rows) => {
            let names = ["id", "kind", "status", "name"];
            let row = |row: &Value| names.map(|name| text(row, name)).to_vec();
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["ID", "KIND", "STATUS", "NAME"], &rows)
        }
        None => output::line(&text(&answer, "id")),
    }
}

/// Two of one name could not be told apart in any list.
async fn create(client: &Client, name: &str) -> Result<Value, Failure> {
    let wanted = name.trim().to_lowercase();
    let all = client.whole(SCENARIOS).await?;
    let same =
        |one: &&Value| one["status"] != "archived" && text(one, "name").to_lowercase() == wanted;
    if let Some(other) = all.iter().find(same) {
        return Err(Failure::coded(
            "conflict",
            format!("scenario {} has this name already; take another", text(other, "id")),
        ));
    }
    Ok(client.post(SCENARIOS, Some(&json!({ "name": name }))).await?.body)
}
