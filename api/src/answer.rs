//! How answers look: lists with a cursor, and the position they stand at.

use std::fmt;

use axum::Json;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use rollcall_projections::Page;
use rollcall_store::{Position, Shard};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::caller::{Reader, Tenant};
use crate::edge::{Code, Problem};
use crate::params::Piece;

pub(crate) const POSITION: HeaderName = HeaderName::from_static("rollcall-position");

/// A place in the log. Opaque to callers: they give back what they got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) shard: Shard,
    pub(crate) position: Position,
}

impl Token {
    pub(crate) fn parse(text: &str) -> Option<Token> {
        let (shard, position) = text.split_once('-')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(shard) || !digits(position) {
            return None;
        }
        Some(Token { shard: shard.parse().ok()?, position: position.parse().ok()? })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}-{}", self.shard, self.position)
    }
}

/// An answer and the position at which what it says is in the log.
pub(crate) struct Stamped<T>(pub(crate) Token, pub(crate) T);

impl<T: IntoResponse> IntoResponse for Stamped<T> {
    fn into_response(self) -> Response {
        ([(POSITION, self.0.to_string())], self.1).into_response()
    }
}

/// Where a tenant's part of the log ends now: at or behind everything it has written.
pub(crate) async fn position(app: &App, tenant: &Tenant) -> Result<Token, Problem> {
    let position = app.store.head(tenant.shard).await?;
    Ok(Token { shard: tenant.shard, position })
}

/// Waits until the projections behind a query have seen `min`.
pub(crate) async fn caught_up(
    app: &App,
    reader: &Reader,
    min: Option<Token>,
    projections: &[&str],
) -> Result<(), Problem> {
    let Some(min) = min else { return Ok(()) };
    if min.shard != reader.tenant.shard {
        let other = "It must be a Rollcall-Position of the same tenant.";
        return Err(Problem::new(Code::InvalidRequest).violation("min_position", other));
    }
    // Nothing was ever answered with a position that the log has not reached.
    if min.position > app.store.head(reader.tenant.shard).await? {
        let never = "The log has not reached it: it is none that an answer carried.";
        return Err(Problem::new(Code::InvalidRequest).violation("min_position", never));
    }
    let longest = app.settings.longest_wait;
    Ok(app.projections.wait(reader.id(), min.position, projections, longest).await?)
}

/// A list as all lists look.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    pub(crate) next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A list that is never longer than this.
    pub(crate) fn whole(data: Vec<T>) -> Json<List<T>> {
        Json(List { data, next_cursor: None })
    }

    pub(crate) fn of<R>(page: Page<R>, piece: &Piece, show: impl FnMut(R) -> T) -> Json<List<T>> {
        let data = page.rows.into_iter().map(show).collect();
        Json(List { data, next_cursor: piece.next(page.next) })
    }
}
