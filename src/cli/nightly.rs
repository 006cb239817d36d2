//! `rollcall reconcile-nightly`: the nightly reconciliations, for a scheduler outside.

use serde_json::{Value, json};

use super::output::text;
use super::run_words::{plan_behind, why};
use super::server_or_directory::{Installation, Needs, with_installation};
use super::{Context, output, waiting};
use crate::client::{Answer, Client, INTEGRATIONS};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only ask for them.
    #[arg(long)]
    no_wait: bool,
}

/// A connection, and what became of its night.
struct Night {
    client: Client,
    tenant: String,
    connection: String,
    asked: Asked,
}

enum Asked {
    Queued(Answer),
    Done(String),
    /// It is not run at night: paused, or not in the plan.
    Left(String),
    /// It could not be asked for.
    Refused(String),
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    with_installation(context, Needs::Workers, async |installation| {
        let mut failed = Vec::new();
        let mut rows = Vec::new();
        // All are asked for before the first one is waited for.
        for night in asked_for(context, installation).await? {
            let (row, bad) = night.told(context, args).await?;
            failed.extend(bad);
            rows.push(row);
        }
        if context.json {
            output::json(&Value::Array(rows))?;
        }
        match failed.is_empty() {
            true => Ok(()),
            false => Err(Failure::Failed(format!(
                "these did not end well: {}; see: rollcall runs show RUN",
                failed.join(", ")
            ))),
        }
    })
    .await
}

async fn asked_for(context: &Context, installation: &Installation) -> Result<Vec<Night>, Failure> {
    let tenants: Vec<String> = match context.named_tenant() {
        Some(named) => vec![named],
        None => {
            let all = installation.operator().list("/api/v1/tenants", 100_000).await?;
            all.iter().map(|tenant| text(tenant, "slug")).collect()
        }
    };
    let mut nights = Vec::new();
    for tenant in tenants {
        let client = installation.named(&tenant).await?;
        let known = client.get_now(INTEGRATIONS).await?;
        for connection in known["data"].as_array().into_iter().flatten() {
            if connection["status"] == "disconnected" {
                continue;
            }
            let asked = ask(&client, connection).await?;
            let (connection, tenant) = (text(connection, "id"), tenant.clone());
            nights.push(Night { client: client.clone(), tenant, connection, asked });
        }
    }
    Ok(nights)
}

async fn ask(client: &Client, connection: &Value) -> Result<Asked, Failure> {
    // It says when its next night is, unless it has none.
    let none = match connection["status"] == "paused" {
        true => Some("paused"),
        false => connection["next_run"].is_null().then_some("entitlement"),
    };
    if let Some(reason) = none {
        let skipped = json!({ "status": "skipped", "reason": reason });
        let plan = plan_behind(client, std::slice::from_ref(&skipped)).await?;
        return Ok(Asked::Left(why(&skipped, plan)));
    }
    let path = format!("{INTEGRATIONS}/{}/reconcile", text(connection, "id"));
    match client.post(&path, Some(&json!({ "nightly": true }))).await {
        Ok(answer) if answer.body["queued"] == true => Ok(Asked::Queued(answer)),
        Ok(answer) => Ok(Asked::Done(text(&answer.body, "run"))),
        Err(Failure::Coded { message, .. }) => Ok(Asked::Refused(message)),
        Err(failure) => Err(failure),
    }
}

impl Night {
    /// Says what became of it, once that is known; and what it is, if it did not end well.
    async fn told(
        self,
        context: &Context,
        args: &Args,
    ) -> Result<(Value, Option<String>), Failure> {
        let Night { client, tenant, connection, asked } = self;
        let (mut bad, mut status) = (None, None);
        let (word, run, sentence) = match asked {
            Asked::Queued(answer) => {
                let run = text(&answer.body, "run");
                if !args.no_wait {
                    let position = answer.position.as_deref();
                    let ended = waiting::follow(&client, &run, position, context.json).await?;
                    let now = text(&ended, "status");
                    // In both somebody has to act; the other ends were somebody's will.
                    bad = ["failed", "held"].contains(&&*now).then(|| format!("run {run}"));
                    status = Some(now);
                }
                ("queued", Some(run.clone()), format!("queued {run}"))
            }
            Asked::Done(run) => ("done", Some(run.clone()), format!("done already ({run})")),
            Asked::Left(why) => ("left", None, format!("left: {why}")),
            Asked::Refused(why) => {
                bad = Some(format!("connection {connection}"));
                ("refused", None, format!("refused: {why}"))
            }
        };
        if !context.json {
            let ended = status.as_ref().map(|status| format!(", {status}")).unwrap_or_default();
            output::line(&output::plain(&format!("{tenant} {connection}: {sentence}{ended}")))?;
        }
        let row = json!({
            "tenant": tenant, "connection": connection, "night": word, "run": run, "status": status,
        });
        Ok((row, bad))
    }
}
