//! `rollcall token`: makes, lists and revokes API tokens.

use chrono::{TimeDelta, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::door::{Door, Needs, text, through};
use super::{Context, Who, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    who: Who,
    /// The installation's own tokens instead of a tenant's.
    #[arg(long, global = true, conflicts_with = "tenant")]
    operator: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token and show it, this one time.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may do: read, or read and manage.
        #[arg(long, value_delimiter = ',', default_value = "read")]
        scopes: Vec<String>,
        /// Days until it expires, from 1 to 36500; never without it.
        #[arg(long, value_name = "DAYS", value_parser = days)]
        expires_in: Option<u32>,
    },
    /// List tokens; their text is nowhere.
    List,
    /// Make a token useless, for ever.
    Revoke { id: String },
}

/// The longest is a hundred years: no calendar ends before.
fn days(text: &str) -> Result<u32, &'static str> {
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.ok_or("it must be a number of days from 1 to 36500")
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let answer = through(context, Needs::Reading, async |door| {
        let client = client(door, &args).await?;
        perform(&client, &args).await
    });
    let answer = answer.await?;
    match answer.as_array() {
        _ if context.json => output::json(&answer),
        Some(rows) => {
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "REVOKED"], &rows)
        }
        None if answer["token"].is_string() => output::line(&text(&answer, "token")),
        None => output::line(&format!("{} is revoked", text(&answer, "id"))),
    }
}

async fn client(door: &Door, args: &Args) -> Result<Client, Failure> {
    match args.operator {
        true => Ok(door.operator().clone()),
        false => door.tenant(&args.who).await,
    }
}

async fn perform(client: &Client, args: &Args) -> Result<Value, Failure> {
    match &args.command {
        Command::Create { name, scopes, expires_in } => {
            let scopes = match args.operator {
                true => vec!["operator".to_owned()],
                false => scopes.clone(),
            };
            let expires_at = expires_in.map(|days| Utc::now() + TimeDelta::days(days.into()));
            let new = json!({ "name": name, "scopes": scopes, "expires_at": expires_at });
            Ok(client.post("/api/v1/tokens", Some(&new)).await?.body)
        }
        Command::List => Ok(Value::Array(client.whole("/api/v1/tokens").await?)),
        Command::Revoke { id } => {
            client.delete(&format!("/api/v1/tokens/{}", segment(id))).await?;
            Ok(json!({ "id": id, "revoked": true }))
        }
    }
}

fn row(token: &Value) -> Vec<String> {
    let scopes = token["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    vec![
        text(token, "id"),
        text(token, "name"),
        scopes.collect::<Vec<_>>().join(","),
        output::instant(&token["created_at"]),
        output::instant(&token["expires_at"]),
        output::instant(&token["revoked_at"]),
    ]
}
