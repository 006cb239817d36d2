//! `rollcall scenario`: makes and lists the versions of a tenant's organisation.

use clap::Subcommand;
use serde_json::{Value, json};

use super::door::{Needs, text, through};
use super::{Context, Who, output};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    who: Who,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an empty scenario.
    Create { name: String },
    /// List the live baseline, scenarios and snapshots.
    List,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let answer = through(context, Needs::Reading, async |door| {
        let client = door.tenant(&args.who).await?;
        match args.command {
            Command::Create { name } => {
                let new = json!({ "name": name });
                Ok(client.post("/api/v1/scenarios", Some(&new)).await?.body)
            }
            Command::List => Ok(Value::Array(client.whole("/api/v1/scenarios").await?)),
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
