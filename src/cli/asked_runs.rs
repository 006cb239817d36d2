//! Runs that a command asked for: followed to their end, or only named.

use rollcall_domain::run::Status;

use super::output::text;
use super::run_words::{self, outcome, plan_behind, why};
use super::{Context, output, waiting};
use crate::client::{Answer, Client};
use crate::failure::Failure;

/// Waits for the end of the run, or says which it is.
pub(super) async fn follow_or_name(
    context: &Context,
    client: &Client,
    asked: &Answer,
    no_wait: bool,
) -> Result<(), Failure> {
    match (no_wait, context.json) {
        (false, _) => follow(context, client, asked).await,
        (true, true) => output::json(&asked.body),
        (true, false) => output::line(&text(&asked.body, "run")),
    }
}

/// Waits for the run that was asked for and says how it ended.
pub(super) async fn follow(
    context: &Context,
    client: &Client,
    asked: &Answer,
) -> Result<(), Failure> {
    let run = text(&asked.body, "run");
    let ended = waiting::follow(client, &run, asked.position.as_deref(), context.json).await?;
    let plan = plan_behind(client, std::slice::from_ref(&ended)).await?;
    let status = text(&ended, "status");
    let good = ["succeeded", "partial"].contains(&status.as_str());
    if context.json {
        output::json(&ended)?;
    } else if good {
        output::line(&output::plain(&outcome(&ended, plan)))?;
    }
    if good {
        return Ok(());
    }
    // Only of a run that was skipped the reason is a code; of others it is a sentence.
    let skipped = ended["reason"].as_str().filter(|_| status == Status::Skipped.as_str());
    let code = ended["error"]["code"].as_str().or(skipped).unwrap_or(&status);
    let message = format!("{}: {}", run_words::ended(&ended), why(&ended, plan));
    Err(Failure::coded(code, message))
}
