//! `…/stream`: how many notifications are unread, as server-sent events whenever that changes. Each
//! event is the whole state, so that a connection that broke off misses nothing. It ends with the
//! session, which it does not keep alive.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};

use super::unread_of;
use crate::app::App;
use crate::caller::Reader;
use crate::edge::{Closing, Code, Problem};
use crate::params::Params;
use crate::resources::session::signed_in;
use crate::sessions;

const EVERY: Duration = Duration::from_secs(1);
/// Something is said at least so often, or whatever lies in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Somebody who listens.
struct Listener {
    app: App,
    tenant: Arc<str>,
    user: String,
    /// With the cookie of their session.
    headers: HeaderMap,
    told: Option<u64>,
    closing: Option<Closing>,
    _place: OwnedSemaphorePermit,
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
    let place = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        Problem::new(Code::Overloaded).detail("Too many streams are open; read the list instead.")
    })?;
    let listener = Listener {
        app,
        tenant: reader.tenant.id,
        user,
        headers,
        told: None,
        closing: closing.map(|Extension(closing)| closing),
        _place: place,
    };
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

impl Listener {
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
            let closes = match &mut self.closing {
                Some(closing) => timeout(EVERY, closing.begins()).await.is_ok(),
                None => {
                    sleep(EVERY).await;
                    false
                }
            };
            if closes {
                return None;
            }
        }
    }

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
