//! `rollcall tenant`: makes, lists and upgrades tenants.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use rollcall_domain::tenant::Plan;
use serde_json::{Value, json};

use super::output::text;
use super::server_or_directory::{Needs, with_installation};
use super::{Context, output};
use crate::client::segment;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a tenant with its live baseline.
    #[command(
        after_help = "Example:\n  rollcall tenant create acme --name 'Acme Ltd' --plan business"
    )]
    Create {
        /// Its name in addresses: lower-case letters, digits and hyphens.
        slug: String,
        /// Its name for people; the slug where it is left out.
        #[arg(long)]
        name: Option<String>,
        /// Live sync needs business or more.
        #[arg(long, default_value = "business", value_parser = plans())]
        plan: String,
    },
    /// List all tenants.
    #[command(after_help = "Example:\n  rollcall tenant list")]
    List,
    /// Change what a tenant pays for; below business nothing is synced, and nothing is lost.
    #[command(after_help = "Example:\n  rollcall tenant plan acme enterprise")]
    Plan {
        /// Which tenant, by slug or id.
        // Not `tenant`: that is the name of the flag every command has.
        #[arg(value_name = "TENANT")]
        of: String,
        /// The new plan.
        #[arg(value_parser = plans())]
        plan: String,
    },
}

fn plans() -> PossibleValuesParser {
    PossibleValuesParser::new(Plan::ALL.map(Plan::as_str))
}

pub(super) async fn run(context: &Context, args: Args) -> Result<(), Failure> {
    let needs = match &args.command {
        Command::Create { .. } => Needs::NewOrExisting,
        Command::List | Command::Plan { .. } => Needs::ReadModels,
    };
    let answer = with_installation(context, needs, async |installation| {
        let client = installation.operator();
        match args.command {
            Command::Create { slug, name, plan } => {
                let name = name.unwrap_or_else(|| slug.clone());
                let new = json!({ "slug": slug, "name": name, "plan": plan });
                let mut made = client.post("/api/v1/tenants", Some(&new)).await?.body;
                made["plan"] = plan.into();
                Ok(made)
            }
            Command::List => Ok(Value::Array(client.list("/api/v1/tenants", 100_000).await?)),
            Command::Plan { of, plan } => {
                let change = json!({ "plan": plan });
                client.patch(&format!("/api/v1/tenants/{}", segment(&of)), &change).await?;
                Ok(json!({ "slug": of, "plan": plan }))
            }
        }
    });
    let answer = answer.await?;
    if context.json {
        return output::json(&answer);
    }
    if let Some(rows) = answer.as_array() {
        let names = ["slug", "name", "plan", "id"];
        let row = |row: &Value| names.map(|name| text(row, name)).to_vec();
        return output::table(
            &["SLUG", "NAME", "PLAN", "ID"],
            &rows.iter().map(row).collect::<Vec<_>>(),
        );
    }
    output::pairs(&[
        ("tenant", text(&answer, "slug")),
        ("id", text(&answer, "id")),
        ("plan", text(&answer, "plan")),
        ("live baseline", text(&answer, "live_baseline")),
    ])
}
