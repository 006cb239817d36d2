//! Server-sent events: what a listener has to say, until there is no more, whoever listens goes, or
//! the process ends.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::timeout;

use crate::app::App;
use crate::edge::{Closing, Code, Problem};

/// Something is said at least so often, or whatever lies in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What follows something for somebody.
pub(crate) trait Listener: Send + 'static {
    /// Waits for the next event; `None` ends the stream.
    fn next(&mut self) -> impl Future<Output = Option<Event>> + Send;
}

/// The stream of what it says. `instead` is what to read where too many streams are open.
pub(crate) fn told(app: &App, listener: impl Listener, instead: &str) -> Result<Response, Problem> {
    let place = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        let why = format!("Too many streams are open; read the {instead} instead.");
        Problem::new(Code::Overloaded).detail(why)
    })?;
    let events = stream::unfold((listener, place), async |(mut listener, place)| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), (listener, place)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response())
}

/// Waits that long; whether the process begins to end meanwhile.
pub(crate) async fn closes_within(pause: Duration, closing: &mut Option<Closing>) -> bool {
    let closes = async {
        match closing {
            Some(closing) => closing.begins().await,
            None => pending().await,
        }
    };
    timeout(pause, closes).await.is_ok()
}
