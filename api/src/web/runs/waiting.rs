//! What a worker does while a page waits: asked for once, then looked at under its own address until it
//! is done, however often the page is loaded.

use axum::body::to_bytes;
use axum::extract::State;
use axum::response::Response;
use rollcall_domain::catalogue::Explained;
use rollcall_domain::vocabulary::FailureCode;
use serde_json::Value;

use crate::answer::Stamped;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;
use crate::problems::internal;
use crate::resources::operations;
use crate::wording;

/// More than any answer that only says what was asked for, or what came of it.
const MOST: usize = 16 << 20;

pub(super) enum Stand {
    UnderWay,
    Failed(Failed),
    Done(Value),
}

pub(super) struct Failed {
    pub(super) summary: String,
    pub(super) remedy: &'static str,
    pub(super) code: String,
}

/// The operation that an answer of the API is, or leads to.
pub(super) async fn asked(answer: Response) -> Result<String, Problem> {
    let body = to_bytes(answer.into_body(), MOST).await.map_err(|error| internal(&error))?;
    let read: Value = serde_json::from_slice(&body).map_err(|error| internal(&error))?;
    read["id"].as_str().map(str::to_owned).ok_or_else(|| Code::Internal.into())
}

/// How one of this kind stands.
pub(super) async fn stand(
    app: &App,
    reader: &Reader,
    operation: &str,
    kind: &str,
) -> Result<Stand, Problem> {
    let id = PathIds(operation.to_owned());
    let read = operations::read(State(app.clone()), reader.clone(), id, Params::read("")).await?;
    let Stamped(_, axum::Json(view)) = read;
    if view.kind != kind {
        return Err(Code::NotFound.into());
    }
    Ok(match (view.result, view.failure) {
        (Some(result), _) => Stand::Done(result),
        (None, Some(failure)) => {
            let known = FailureCode::ALL.into_iter().find(|known| known.as_str() == failure.code);
            let remedy = known.map_or("", Explained::remedy);
            Stand::Failed(Failed {
                summary: wording::sentence(&failure.summary),
                remedy,
                code: failure.code,
            })
        }
        (None, None) => Stand::UnderWay,
    })
}
