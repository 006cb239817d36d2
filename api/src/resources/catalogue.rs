//! `/errors`: the closed catalogue of errors. Everybody may read it.

use axum::routing::get;
use axum::{Json, Router};

use crate::answer::List;
use crate::app::App;
use crate::edge::{Code, Entry, Problem};
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/errors", get(list))
}

async fn list(params: Params) -> Result<Json<List<Entry>>, Problem> {
    params.done()?;
    Ok(List::whole(Code::ALL.into_iter().map(Code::entry).collect()))
}
