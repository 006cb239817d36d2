//! Who did something, as people say it.

use std::collections::HashMap;

use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;

/// The names behind the principals of some events.
pub(crate) struct Who {
    names: HashMap<String, String>,
}

impl Who {
    pub(crate) async fn of<'a>(
        app: &App,
        reader: &Reader,
        mut principals: impl Iterator<Item = &'a str>,
    ) -> Result<Who, Problem> {
        let mut names = HashMap::new();
        if principals.any(|one| one.starts_with("token:")) {
            let tokens = app.store.tokens(Some(reader.id())).await?;
            names.extend(tokens.into_iter().map(|row| (format!("token:{}", row.id), row.name)));
        }
        Ok(Who { names })
    }

    /// All that act in the tenant.
    pub(crate) async fn everybody(app: &App, reader: &Reader) -> Result<Who, Problem> {
        Who::of(app, reader, ["token:"].into_iter()).await
    }

    /// Those whom an event can be by, by name: what acts by itself first.
    pub(crate) fn listed(&self) -> Vec<(String, String)> {
        let always = ["engine", "cli", "provider:bamboohr"];
        let always = always.map(|one| (one.to_owned(), in_general(one).to_owned()));
        let mut others: Vec<_> = self.names.clone().into_iter().collect();
        others.sort_by(|one, other| one.1.cmp(&other.1));
        always.into_iter().chain(others).collect()
    }

    pub(crate) fn name(&self, principal: &str) -> String {
        let known = self.names.get(principal);
        known.cloned().unwrap_or_else(|| in_general(principal).to_owned())
    }
}

fn in_general(principal: &str) -> &str {
    match principal.split_once(':') {
        Some(("provider", code)) => provider(code),
        Some(("token", _)) => "A token",
        Some(("user", _)) => "Somebody who left",
        Some(_) | None => match principal {
            "cli" => "Command line",
            "engine" => "Rollcall",
            other => other,
        },
    }
}

/// What a provider calls itself.
pub(crate) fn provider(code: &str) -> &str {
    match code {
        "bamboohr" => "BambooHR",
        "dynamics365" => "Dynamics 365 HR",
        "hris_webhook" => "HRIS Webhook",
        other => other,
    }
}
