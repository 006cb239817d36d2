//! `rollcall department`: departments, divisions and locations of a scenario.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use rollcall_domain::unit::Kind;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::which_scenario::Which;
use super::{Context, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    scenario: Which,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a department; prints its id.
    #[command(after_help = "Examples:\n  rollcall department create Engines\n  \
                            rollcall department create Paris --kind location")]
    Create {
        /// No other one of its kind in the scenario may have it.
        name: String,
        #[command(flatten)]
        kind: OfKind,
    },
    /// Give a department, division or location another name. What a connection names is refused.
    #[command(
        after_help = "Example:\n  rollcall department rename 01JABCDEFGHJKMNPQRSTVWXYZ0 Engines"
    )]
    Rename {
        /// Its id, as `list` shows it.
        department: String,
        /// No other one of its kind in the scenario may have it.
        name: String,
    },
    /// List departments, with how many people are in them.
    #[command(after_help = "Example:\n  rollcall department list --kind division")]
    List {
        #[command(flatten)]
        kind: OfKind,
    },
}

#[derive(Debug, clap::Args)]
struct OfKind {
    /// What it is.
    #[arg(long, default_value = "department", value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::as_str)))]
    kind: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.tenant(context).await?;
        let departments = format!("{}/departments", args.scenario.path(&client).await?);
        perform(context, &client, &departments, &args.command).await
    })
    .await
}

async fn perform(
    context: &Context,
    client: &Client,
    departments: &str,
    command: &Command,
) -> Result<(), Failure> {
    match command {
        Command::Create { name, kind } => {
            let body = json!({ "name": name, "kind": kind.kind });
            let made = client.post(departments, Some(&body)).await?.body;
            if context.json { output::json(&made) } else { output::line(&text(&made, "id")) }
        }
        Command::Rename { department, name } => {
            let path = format!("{departments}/{}", segment(department));
            client.patch(&path, &json!({ "name": name })).await?;
            output::done(context.json, "renamed", "it is renamed")
        }
        Command::List { kind } => {
            let path = format!("{departments}?kind={}", kind.kind);
            let rows = client.list(&path, 100_000).await?;
            if context.json {
                return output::json(&Value::Array(rows));
            }
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["ID", "NAME", "MEMBERS", "SOURCE"], &rows)
        }
    }
}

fn row(unit: &Value) -> Vec<String> {
    let members = unit["members"].as_u64().unwrap_or_default().to_string();
    let gone = if unit["listed_at_source"] == false { ", no longer listed" } else { "" };
    let source = format!("{}{gone}", text(unit, "source_hris"));
    vec![text(unit, "id"), text(unit, "name"), members, source]
}
