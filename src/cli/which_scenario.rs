//! Which scenario a command is about.

use serde_json::Value;

use super::output::text;
use super::scenarios::{SCENARIOS, find};
use crate::client::Client;
use crate::failure::Failure;

/// Of a command that is about people or departments of one scenario.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The scenario, by id or name; the live baseline unless given.
    #[arg(long, global = true, value_name = "SCENARIO")]
    scenario: Option<String>,
}

impl Which {
    /// Its path in the API.
    pub(super) async fn path(&self, client: &Client) -> Result<String, Failure> {
        let all = client.whole(SCENARIOS).await?;
        let id = match &self.scenario {
            Some(named) => find(&all, named)?,
            None => live_baseline(&all)?,
        };
        Ok(format!("{SCENARIOS}/{id}"))
    }
}

fn live_baseline(all: &[Value]) -> Result<String, Failure> {
    let found = all.iter().find(|one| one["kind"] == "live_baseline");
    found.map(|one| text(one, "id")).ok_or_else(|| {
        Failure::coded("not_found", "there is no live baseline; see: rollcall tenant list")
    })
}
