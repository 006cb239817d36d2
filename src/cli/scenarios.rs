//! `rollcall scenario`: makes, copies, lists, renames and archives the versions of a tenant's
//! organisation.

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::which_scenario::{SCENARIOS, find};
use super::{Context, copying, diff, output};
use crate::client::{Answer, Client};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a scenario, empty or as a copy; prints its id.
    ///
    /// Waits until a copy is complete. It holds what its original held when the command was given,
    /// whatever is changed there meanwhile.
    #[command(after_help = "Examples:\n  rollcall scenario create 'Merger 2027'\n  \
                            rollcall scenario create 'Merger 2027' --from 'Live Baseline'")]
    Create {
        /// Its name for people; no other scenario in use may have it.
        name: String,
        /// Copy this one: the live baseline, a scenario or a snapshot, by id or name.
        #[arg(long, value_name = "SCENARIO")]
        from: Option<String>,
        /// Do not wait for the copy.
        #[arg(long, requires = "from")]
        no_wait: bool,
    },
    /// List the live baseline, scenarios and snapshots.
    #[command(after_help = "Example:\n  rollcall scenario list --json")]
    List,
    /// Give a scenario or snapshot another name.
    #[command(after_help = "Example:\n  rollcall scenario rename 'Merger 2027' 'Merger 2028'")]
    Rename {
        /// Which one, by id or name.
        scenario: String,
        /// No other scenario in use may have it.
        name: String,
    },
    /// Copy a scenario into a snapshot, which never changes; prints its id.
    #[command(after_help = "Example:\n  \
                            rollcall scenario snapshot 'Live Baseline' --name 'Before the merger'")]
    Snapshot {
        /// Of which one, by id or name.
        scenario: String,
        /// Its name for people; the original's and the time unless given.
        #[arg(long)]
        name: Option<String>,
        /// Do not wait for the copy.
        #[arg(long)]
        no_wait: bool,
    },
    /// Archive a scenario or snapshot: nobody writes it any more. A copy that is under way stops.
    #[command(after_help = "Example:\n  rollcall scenario archive 'Merger 2027'")]
    Archive {
        /// Which one, by id or name.
        scenario: String,
    },
    /// Show how two scenarios differ: people and departments, field by field.
    #[command(after_help = "Example:\n  rollcall scenario diff 'Merger 2027' 'Live Baseline'")]
    Diff(diff::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    if let Command::Diff(args) = &args.command {
        return diff::run(context, args).await;
    }
    let needs = match &args.command {
        Command::Create { from: Some(_), .. } | Command::Snapshot { .. } => Needs::Workers,
        Command::Create { from: None, .. }
        | Command::List
        | Command::Diff(_)
        | Command::Rename { .. }
        | Command::Archive { .. } => Needs::ReadModels,
    };
    with_installation(context, needs, async |installation| {
        let client = installation.tenant(context).await?;
        perform(context, &client, &args.command).await
    })
    .await
}

async fn perform(context: &Context, client: &Client, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create { name, from, no_wait } => {
            let all = client.whole_now(SCENARIOS).await?;
            let from = from.as_deref().map(|from| find(&all, from)).transpose()?;
            let body = json!({ "name": name, "copied_from": from });
            let made = client.post(SCENARIOS, Some(&body)).await?;
            told(context, client, &made, from.is_some() && !no_wait).await
        }
        Command::List | Command::Diff(_) => list(context, client).await,
        Command::Rename { scenario, name } => {
            let all = client.whole_now(SCENARIOS).await?;
            let id = find(&all, scenario)?;
            client.patch(&format!("{SCENARIOS}/{id}"), &json!({ "name": name })).await?;
            output::done(context.json, "renamed", "the scenario is renamed")
        }
        Command::Snapshot { scenario, name, no_wait } => {
            let all = client.whole_now(SCENARIOS).await?;
            let id = find(&all, scenario)?;
            let path = format!("{SCENARIOS}/{id}/snapshot");
            let made = client.post(&path, Some(&json!({ "name": name }))).await?;
            told(context, client, &made, !no_wait).await
        }
        Command::Archive { scenario } => {
            let id = find(&client.whole_now(SCENARIOS).await?, scenario)?;
            client.post(&format!("{SCENARIOS}/{id}/archive"), None).await?;
            output::done(context.json, "archived", "the scenario is archived")
        }
    }
}

/// The id of what was made; with `wait` once it is complete.
async fn told(
    context: &Context,
    client: &Client,
    made: &Answer,
    wait: bool,
) -> Result<(), Failure> {
    let id = text(&made.body, "id");
    if wait {
        let path = format!("{SCENARIOS}/{id}");
        copying::until_complete(client, &path, made.position.as_deref(), context.json).await?;
    }
    if context.json { output::json(&made.body) } else { output::line(&id) }
}

async fn list(context: &Context, client: &Client) -> Result<(), Failure> {
    let rows = client.whole_now(SCENARIOS).await?;
    if context.json {
        return output::json(&Value::Array(rows));
    }
    let row = |row: &Value| {
        let mut cells = ["id", "kind"].map(|name| text(row, name)).to_vec();
        cells.push(copying::state(row));
        cells.push(text(row, "name"));
        cells
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    output::table(&["ID", "KIND", "STATUS", "NAME"], &rows)
}
