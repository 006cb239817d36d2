//! `rollcall token`: makes, lists and revokes API tokens.

use chrono::{TimeDelta, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Installation, Needs, with_installation};
use super::{Context, GLOBAL, output};
use crate::client::{Client, segment};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The installation's own tokens instead of a tenant's.
    #[arg(long, global = true, display_order = GLOBAL)]
    operator: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token and show it, this one time.
    #[command(after_help = "Examples:\n  rollcall token create --name reporting\n  \
                            rollcall token create --name bot --scopes read,manage --expires-in 90")]
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may do; read where it is left out. An assistant only looks at connections and runs.
        #[arg(long, value_delimiter = ',', value_parser = ["read", "edit", "manage", "assistant"])]
        scopes: Vec<String>,
        /// Days until it expires, from 1 to 36500; never without it.
        #[arg(long, value_name = "DAYS", value_parser = days)]
        expires_in: Option<u32>,
    },
    /// List tokens; their text is nowhere.
    #[command(after_help = "Example:\n  rollcall token list")]
    List,
    /// Make a token useless, for ever.
    #[command(after_help = "Example:\n  rollcall token revoke 01JABCDEFGHJKMNPQRSTVWXYZ0")]
    Revoke {
        /// As `list` shows it.
        id: String,
    },
}

/// The longest is a hundred years: no calendar ends before.
fn days(text: &str) -> Result<u32, &'static str> {
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.ok_or("it must be a number of days from 1 to 36500")
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    check(context, &args)?;
    let answer = with_installation(context, Needs::ReadModels, async |installation| {
        let client = client(context, installation, &args).await?;
        perform(&client, &args).await
    });
    let answer = answer.await?;
    match answer.as_array() {
        _ if context.json => output::json(&answer),
        Some(rows) => {
            let rows: Vec<_> = rows.iter().map(row).collect();
            output::table(&["ID", "NAME", "SCOPES", "CREATED", "USED", "EXPIRES", "REVOKED"], &rows)
        }
        None if answer["token"].is_string() => output::line(&text(&answer, "token")),
        None => output::line(&format!("{} is revoked", text(&answer, "id"))),
    }
}

/// Whether `--operator` goes together with the rest.
fn check(context: &Context, args: &Args) -> Result<(), Failure> {
    let scoped = matches!(&args.command, Command::Create { scopes, .. } if !scopes.is_empty());
    let other = match (args.operator, context.tenant.is_some(), scoped) {
        (true, true, _) => "--tenant: the operator's tokens are no tenant's",
        (true, false, true) => "--scopes: the operator may do everything",
        (false, _, _) | (true, false, false) => return Ok(()),
    };
    Err(Failure::Usage(format!("--operator cannot be used with {other}")))
}

async fn client(
    context: &Context,
    installation: &Installation,
    args: &Args,
) -> Result<Client, Failure> {
    match args.operator {
        true => Ok(installation.operator().clone()),
        false => installation.tenant(context).await,
    }
}

async fn perform(client: &Client, args: &Args) -> Result<Value, Failure> {
    match &args.command {
        Command::Create { name, scopes, expires_in } => {
            let scopes = match (args.operator, scopes.is_empty()) {
                (true, _) => vec!["operator".to_owned()],
                (false, true) => vec!["read".to_owned()],
                (false, false) => scopes.clone(),
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
        output::instant(&token["used_at"]),
        output::instant(&token["expires_at"]),
        output::instant(&token["revoked_at"]),
    ]
}
