//! `…/stream`: how many notifications are unread, as server-sent events whenever that changes. Each
//! event is the whole state, so that a connection that broke off misses nothing. It ends with the
//! session, which it does not keep alive.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use serde_json::json;

use super::unread_of;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Closing, Problem};
use crate::live::{self, closes_within};
use crate::params::Params;
use crate::resources::session::signed_in;
use crate::sessions;

const EVERY: Duration = Duration::from_secs(1);

/// Somebody who listens.
struct Follower {
    app: App,
    tenant: Arc<str>,
    user: String,
    /// With the cookie of their session.
    headers: HeaderMap,
    told: Option<u64>,
    closing: Option<Closing>,
}

/// Ends with the session, with the process, or with whoever listens.
pub(crate) async fn follow(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    closing: Option<Extension<Closing>>,
    params: Params,
) -> Result<Response, Problem> {
    params.done()?;
    let user = signed_in(&reader.caller)?.user.clone();
    let follower = Follower {
        app: app.clone(),
        tenant: reader.tenant.id,
        user,
        headers,
        told: None,
        closing: closing.map(|Extension(closing)| closing),
    };
    live::told(&app, follower, "list")
}

impl live::Listener for Follower {
    /// The next count that differs from the one before.
    async fn next(&mut self) -> Option<Event> {
        loop {
            // Whoever listens comes back, and is told then.
            let unread = self.unread().await.ok()??;
            if self.told != Some(unread) {
                self.told = Some(unread);
                let said = json!({ "unread": unread }).to_string();
                // An id makes whoever comes back say that they do: that is not using the session.
                return Some(Event::default().event("unread").id(unread.to_string()).data(said));
            }
            if closes_within(EVERY, &mut self.closing).await {
                return None;
            }
        }
    }
}

impl Follower {
    /// `None` once the session is over, or its user is no member any more.
    async fn unread(&self) -> Result<Option<u64>, Problem> {
        let lives = sessions::lives(&self.app, &self.headers).await?;
        let member = sessions::role(&self.app, &self.tenant, &self.user).await?;
        match lives && member.is_some() {
            true => unread_of(&self.app, &self.tenant, &self.user).await.map(Some),
            false => Ok(None),
        }
    }
}
