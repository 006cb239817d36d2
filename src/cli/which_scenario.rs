//! Which scenario a command is about.

use serde_json::Value;

use super::output::text;
use crate::client::Client;
use crate::failure::Failure;

pub(super) const SCENARIOS: &str = "/api/v1/scenarios";

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
        let all = client.whole_now(SCENARIOS).await?;
        let id = match &self.scenario {
            Some(named) => find(&all, named)?,
            None => live_baseline(&all)?,
        };
        Ok(format!("{SCENARIOS}/{id}"))
    }
}

/// The id of one that was given by its id, or by a name that only one in use has.
pub(super) async fn id_of(client: &Client, named: &str) -> Result<String, Failure> {
    find(&client.whole_now(SCENARIOS).await?, named)
}

/// The same among all there are.
pub(super) fn find(all: &[Value], named: &str) -> Result<String, Failure> {
    if let Some(one) = all.iter().find(|one| one["id"] == named) {
        return Ok(text(one, "id"));
    }
    let called: Vec<&Value> = all.iter().filter(|one| is_called(one, named)).collect();
    match called.as_slice() {
        [only] => Ok(text(only, "id")),
        [] => Err(missing(all, named)),
        [..] => Err(Failure::usage(
            "several scenarios have this name; say which by its id: rollcall scenario list",
        )),
    }
}

/// The same, archived ones too where no other has the name.
pub(super) fn find_any(all: &[Value], named: &str) -> Result<String, Failure> {
    let archived: Vec<&Value> = all.iter().filter(|one| has_name(one, named)).collect();
    match (find(all, named), archived.as_slice()) {
        (Err(_), [only]) => Ok(text(only, "id")),
        (found, _) => found,
    }
}

fn missing(all: &[Value], named: &str) -> Failure {
    match all.iter().find(|one| has_name(one, named)) {
        Some(archived) => Failure::coded(
            "not_found",
            format!("{named} is archived; if it is meant, say its id: {}", text(archived, "id")),
        ),
        None => Failure::coded(
            "not_found",
            format!("there is no scenario {named}; see: rollcall scenario list"),
        ),
    }
}

fn has_name(one: &Value, name: &str) -> bool {
    text(one, "name").to_lowercase() == name.trim().to_lowercase()
}

/// Whether one that is in use has this name.
fn is_called(one: &Value, name: &str) -> bool {
    one["status"] != "archived" && has_name(one, name)
}

fn live_baseline(all: &[Value]) -> Result<String, Failure> {
    let found = all.iter().find(|one| one["kind"] == "live_baseline");
    found.map(|one| text(one, "id")).ok_or_else(|| {
        Failure::coded("not_found", "there is no live baseline; see: rollcall tenant list")
    })
}
