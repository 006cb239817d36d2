//! The feed as server-sent events: each message once, and whoever comes back with the id of the last
//! one goes on after it. It ends when its caller may no longer read it.

use std::collections::VecDeque;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use axum::response::sse::Event;
use rollcall_domain::access::Permission;
use rollcall_projections::messages::Fed;

use super::Asked;
use crate::app::App;
use crate::caller::{Caller, Reader};
use crate::edge::{Closing, Code, Problem};
use crate::live::{self, closes_within};

/// How often to look for more, and at whether the caller still may.
const EVERY: Duration = Duration::from_millis(500);

/// Somebody who listens.
struct Follower {
    app: App,
    reader: Reader,
    /// The request without what was known of its caller, who is asked for anew.
    parts: Parts,
    asked: Asked,
    next: VecDeque<Fed>,
    closing: Option<Closing>,
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
    parts.extensions.remove::<Caller>();
    let closing = parts.extensions.get::<Closing>().cloned();
    let next = VecDeque::new();
    let follower = Follower { app: app.clone(), reader, parts, asked, next, closing };
    live::told(&app, follower, "list")
}

impl live::Listener for Follower {
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
            } else if closes_within(EVERY, &mut self.closing).await {
                return None;
            }
        }
    }
}

impl Follower {
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
}
