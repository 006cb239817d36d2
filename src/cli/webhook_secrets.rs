//! `rollcall connection webhook-secret`: what deliveries are proven with.

use std::path::PathBuf;

use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::output::text;
use super::{Context, output, secret_file};
use crate::client::{Client, query};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add the key the HR system signs its deliveries with; prints its fingerprint.
    #[command(
        after_help = "Example:\n  rollcall connection webhook-secret add --secret-file secret.txt"
    )]
    Add {
        /// File with the secret; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
    },
    /// List the fingerprints of those that are live.
    #[command(after_help = "Example:\n  rollcall connection webhook-secret list")]
    List,
    /// Take one away: deliveries signed with it are refused from now on.
    #[command(
        after_help = "Example:\n  rollcall connection webhook-secret remove 0123456789abcdef"
    )]
    Remove {
        /// As `list` shows it.
        fingerprint: String,
    },
}

/// `path` is the connection's.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    path: &str,
    command: &Command,
) -> Result<(), Failure> {
    match command {
        Command::Add { secret_file } => {
            let body = json!({ "secret": secret_file::read(secret_file)?.expose_secret() });
            let added = client.post(&format!("{path}/webhook_secrets"), Some(&body)).await?.body;
            if context.json {
                output::json(&added)
            } else {
                output::pairs(&[("fingerprint", text(&added, "fingerprint"))])
            }
        }
        Command::List => {
            let live = client.get(path).await?["webhook_secrets"].take();
            if context.json {
                return output::json(&live);
            }
            let row =
                |one: &Value| vec![text(one, "fingerprint"), output::instant(&one["added_at"])];
            let rows: Vec<_> = live.as_array().into_iter().flatten().map(row).collect();
            output::table(&["FINGERPRINT", "ADDED"], &rows)
        }
        Command::Remove { fingerprint } => {
            let query = query(&[("fingerprint", Some(fingerprint))]);
            client.delete(&format!("{path}/webhook_secrets{query}")).await?;
            output::done(context.json, "removed", &format!("{fingerprint} is removed"))
        }
    }
}
