//! Who did something, as people say it.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use rollcall_domain::tenant::SYSTEM;
use rollcall_projections::users;

use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::params::Params;
use crate::resources::members;

const TOKEN: &str = "token:";
const USER: &str = "user:";

/// The names behind the principals of some events.
pub(crate) struct Who {
    names: HashMap<String, String>,
}

impl Who {
    pub(crate) async fn of<'a>(
        app: &App,
        reader: &Reader,
        principals: impl Iterator<Item = &'a str>,
    ) -> Result<Who, Problem> {
        let all: BTreeSet<&str> = principals.collect();
        let mut names = HashMap::new();
        if all.iter().any(|one| one.starts_with(TOKEN)) {
            names.extend(tokens(app, reader).await?);
        }
        let of_user = |one: &&str| one.strip_prefix(USER).map(str::to_owned);
        let ids: Vec<String> = all.iter().filter_map(of_user).collect();
        if !ids.is_empty() {
            let found = users::by_ids(&app.projections.db_of(SYSTEM), &ids).await?;
            names.extend(found.into_iter().filter_map(|one| user(one.id, one.name, one.email)));
        }
        Ok(Who { names })
    }

    /// All that act in the tenant.
    pub(crate) async fn everybody(app: &App, reader: &Reader) -> Result<Who, Problem> {
        let mut names: HashMap<String, String> = tokens(app, reader).await?.collect();
        let most = Params::of_page("limit=200");
        let members = members::list(State(app.clone()), reader.clone(), most).await?.0.data;
        names.extend(members.into_iter().filter_map(|one| user(one.user, one.name, one.email)));
        Ok(Who { names })
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

async fn tokens(
    app: &App,
    reader: &Reader,
) -> Result<impl Iterator<Item = (String, String)>, Problem> {
    let rows = app.store.tokens(Some(reader.id())).await?;
    Ok(rows.into_iter().map(|row| (format!("{TOKEN}{}", row.id), row.name)))
}

fn user(id: String, name: Option<String>, email: Option<String>) -> Option<(String, String)> {
    Some((format!("{USER}{id}"), name.or(email)?))
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
