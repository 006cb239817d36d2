//! `…/raw`: a delivery's body, byte for byte as it arrived.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use rollcall_projections::receipts;
use rollcall_store::StoreError;

use super::BEHIND;
use crate::answer::caught_up;
use crate::app::App;
use crate::caller::Admin;
use crate::edge::{Code, Problem};
use crate::extractors::PathIds;
use crate::params::Params;

/// Only for those who manage connections: it holds whatever the provider sent, unsorted. Never shown as
/// what it says it is, so that no browser runs it.
pub(crate) async fn read(
    State(app): State<App>,
    admin: Admin,
    PathIds(id): PathIds<String>,
    mut params: Params,
) -> Result<impl IntoResponse, Problem> {
    let min = params.min_position();
    params.done()?;
    caught_up(&app, &admin, min, &BEHIND).await?;
    let found = receipts::one(admin.db(), admin.id(), &id).await?;
    let receipt = found.ok_or(Code::NotFound)?.receipt;
    let body = match app.store.read_blob(admin.id(), &receipt.blob).await {
        Ok(body) => body,
        Err(StoreError::NotFound(_)) => {
            let erased = app.store.erased(admin.id(), &receipt.subjects.0).await?;
            return Err(if erased.is_empty() { Code::RawExpired } else { Code::Erased }.into());
        }
        Err(error) => return Err(error.into()),
    };
    tracing::info!(receipt = id, principal = admin.caller.principal, "a raw body was shown");
    // A receipt's id is hex, so that nothing in it ends the name.
    let name = format!("attachment; filename=\"{}.bin\"", receipt.receipt);
    let headers =
        [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, body))
}
