//! A plan that an operation made and that is kept for a while, as pages show it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rollcall_domain::vocabulary::Counts;
use serde_json::Value;

use super::people::{self, NAMES, Rows};
use super::query::Query;
use super::words::told_of;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::resources::integrations::plans;

/// What the operation's result says of it.
pub(super) struct Planned {
    pub(super) integration: String,
    pub(super) hash: String,
    /// Why a run of it would be held.
    pub(super) held: Option<String>,
    /// Of all targets.
    pub(super) counts: Counts,
    /// By id and name.
    pub(super) targets: Vec<(String, String)>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Planned {
    /// `names` are those of the tenant's scenarios.
    pub(super) fn of(result: &Value, names: &HashMap<String, String>) -> Planned {
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        let (mut counts, mut targets) = (Counts::default(), vec![]);
        for target in result["targets"].as_array().into_iter().flatten() {
            counts +=
                serde_json::from_value::<Counts>(target["counts"].clone()).unwrap_or_default();
            let id = target["scenario"].as_str().unwrap_or_default().to_owned();
            let name = names.get(&id).unwrap_or(&id).clone();
            targets.push((id, name));
        }
        Planned {
            integration: text("integration"),
            hash: text("hash"),
            held: result["held"]["summary"].as_str().map(|why| told_of(why, names)),
            counts,
            targets,
            expires_at: serde_json::from_value(result["expires_at"].clone()).ok(),
        }
    }

    /// A piece of its people; `None` where it is not kept any more.
    pub(super) async fn rows(
        &self,
        app: &App,
        reader: &Reader,
        query: &Query,
    ) -> Result<Option<Rows>, Problem> {
        let place = PathIds((self.integration.clone(), self.hash.clone()));
        match plans::read(State(app.clone()), reader.clone(), place, query.params(NAMES)).await {
            Ok(Json(found)) => Ok(Some(people::of_plan(reader, found).await?)),
            Err(problem) if [Code::Gone, Code::NotFound].contains(&problem.code) => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}
