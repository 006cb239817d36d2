//! `rollcall projections`: how far the read models are; building them anew; proving them right.

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

pub(crate) const PROJECTIONS: &str = "/api/v1/projections";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List them with their version, and by how many events they are behind.
    #[command(after_help = "Example:\n  rollcall projections list")]
    List,
    /// Build one anew from the log beside the live one, then switch to it.
    #[command(after_help = "Example:\n  rollcall projections rebuild actors")]
    Rebuild {
        /// As `list` shows it.
        name: String,
    },
    /// Build them anew from the log and compare row by row; the live ones stay.
    #[command(after_help = "Examples:\n  rollcall projections verify\n  \
                            rollcall projections verify actors runs")]
    Verify {
        /// Which; all of them when left out.
        names: Vec<String>,
    },
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let json = context.json;
    with_installation(context, Needs::ReadModels, async |installation| {
        let client = installation.operator();
        match args.command {
            Command::List => list(client, json).await,
            Command::Rebuild { name } => rebuild(client, &name, json).await,
            Command::Verify { names } => verify(client, names, json).await,
        }
    })
    .await
}

async fn list(client: &Client, json: bool) -> Result<(), Failure> {
    let rows = client.whole(PROJECTIONS).await?;
    if json {
        return output::json(&Value::Array(rows));
    }
    let row = |row: &Value| {
        let errors = row["shards"].as_array().into_iter().flatten();
        let error = errors.filter_map(|shard| shard["error"].as_str()).next();
        vec![
            text(row, "name"),
            row["version"].to_string(),
            text(row, "status"),
            row["lag"].to_string(),
            error.unwrap_or_default().to_owned(),
        ]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    output::table(&["NAME", "VERSION", "STATUS", "LAG", "ERROR"], &rows)
}

async fn rebuild(client: &Client, name: &str, json: bool) -> Result<(), Failure> {
    let built = client.post(&format!("{PROJECTIONS}/{}/rebuild", segment(name)), None).await?.body;
    if json {
        return output::json(&built);
    }
    let (events, rows, took) = (&built["events"], &built["rows"], &built["elapsed_ms"]);
    output::line(&format!("{name}: {rows} rows from {events} events in {took} ms; now live"))
}

async fn verify(client: &Client, names: Vec<String>, json: bool) -> Result<(), Failure> {
    let names = match names.is_empty() {
        true => all(client).await?,
        false => names,
    };
    let found = compare(client, &names).await?;
    if json {
        output::json(&Value::Array(found.clone()))?;
    } else {
        let columns = ["name", "equal", "rows", "missing", "extra", "different"];
        let cell = |row: &Value, name: &str| {
            row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned)
        };
        let row = |row: &Value| columns.map(|name| cell(row, name)).to_vec();
        let rows: Vec<_> = found.iter().map(row).collect();
        output::table(&["NAME", "EQUAL", "ROWS", "MISSING", "EXTRA", "DIFFERENT"], &rows)?;
    }
    match found.iter().all(|one| one["equal"] == true) {
        true => Ok(()),
        false => Err(Failure::coded(
            "projections_differ",
            "some read models are not what the log says; build them anew: \
             rollcall projections rebuild NAME",
        )),
    }
}

/// The names of all projections.
pub(crate) async fn all(client: &Client) -> Result<Vec<String>, Failure> {
    Ok(client.whole(PROJECTIONS).await?.iter().map(|one| text(one, "name")).collect())
}

/// Compares each with what the log says.
pub(crate) async fn compare(client: &Client, names: &[String]) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let mut one =
            client.post(&format!("{PROJECTIONS}/{}/compare", segment(name)), None).await?.body;
        one["name"] = json!(name);
        found.push(one);
    }
    Ok(found)
}
