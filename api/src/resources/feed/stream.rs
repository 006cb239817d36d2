//! The feed as server-sent events: each message once, and whoever comes back with the id of the last
//! one goes on after it. It ends when its caller may no longer read it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rollcall_domain::access::Permission;
use rollcall_projections::messages::Fed;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};

use super::Asked;
use crate::app::App;
use crate::caller::{Caller, Reader};
use crate::edge::{Closing, Code, Problem};

/// How often to look for more, and at whether the caller still may.
const EVERY: Duration = Duration::from_millis(500);
/// Something is said at least so often, or whatever lies in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Somebody who listens.
struct Listener {
    app: App,
    reader: Reader,
    /// The request without what was known of its caller, who is asked for anew.
    parts: Parts,
    asked: Asked,
    next: VecDeque<Fed>,
    closing: Option<Closing>,
    _place: OwnedSemaphorePermit,
}

/// Ends with the caller's right, with the process, or with whoever listens.
pub(super) fn follow(
    app: App,
    reader: Reader,
    mut parts: Parts,
    mut asked: Asked,
) -> Result<Response, Problem> {
    if let Some(last) = parts.headers.get("last-event-id") {
        let wrong = "It must be the id of an event of this very stream, with the same filters.";
        let last = last.to_str().ok().and_then(|last| asked.piece.behind(last));
        asked.piece = last
            .ok_or_else(|| Problem::new(Code::InvalidRequest).violation("Last-Event-ID", wrong))?;
    }
    let place = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        Problem::new(Code::Overloaded).detail("Too many streams are open; read the list instead.")
    })?;
    parts.extensions.remove::<Caller>();
    let closing = parts.extensions.get::<Closing>().cloned();
    let next = VecDeque::new();
    let listener = Listener { app, reader, parts, asked, next, closing, _place: place };
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(fed) = self.next.pop_front() {
                return Some(self.event(fed));
            }
            if !self.may().await {
                return None;
            }
            // Whoever listens comes back, and goes on where it was.
            let page = self.asked.page(&self.app, &self.reader).await.ok()?;
            if let Some(last) = page.rows.last() {
                self.asked.piece.after = Some(last.cursor.clone());
                self.next = page.rows.into();
            } else if self.closes().await {
                return None;
            }
        }
    }

    fn event(&self, fed: Fed) -> Event {
        let view = self.asked.view(fed);
        let data = serde_json::to_string(&view).expect("texts and numbers are JSON");
        Event::default().event("message").id(view.cursor).data(data)
    }

    /// Whether the token or session still counts, and still for the same tenant.
    async fn may(&mut self) -> bool {
        let caller = Caller::from_request_parts(&mut self.parts, &self.app).await;
        let same = |caller: &Caller| {
            caller.tenant.as_ref().is_some_and(|tenant| tenant.id == self.reader.tenant.id)
        };
        caller.is_ok_and(|caller| caller.may(Permission::HistoryRead) && same(&caller))
    }

    /// Waits a moment; whether the process ends meanwhile.
    async fn closes(&mut self) -> bool {
        match &mut self.closing {
            Some(closing) => timeout(EVERY, closing.begins()).await.is_ok(),
            None => {
                sleep(EVERY).await;
                false
            }
        }
    }
}
