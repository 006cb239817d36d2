//! Accepts connections, serves them, and stops without cutting off what is under way.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower::Service;
use tracing::{debug, error, info, warn};

use super::body::Watched;
use super::deadlines::{Exchange, Socket};
use super::listener::{Accepted, Stream};
use super::tls::Encrypted;
use super::{Code, Limits, Listener, Peer, Problem};

/// Longer heads are refused by hyper with 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Connections beyond the cap that are told so at a time; further ones are closed without a word.
const MAX_REFUSALS: usize = 64;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How the end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still at work when the grace was over, and were closed.
    pub cut_off: u32,
}

/// Serves the router on all listeners until `shutdown` completes; then accepts nothing more, lets
/// requests under way finish within the grace, and returns.
///
/// Each request carries a [`Peer`] as an extension. A handler that panics answers 500.
pub async fn serve(
    listeners: Vec<Listener>,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let (edge, stage) = (Arc::new(Edge::new(router, limits)), watch::Sender::new(Stage::Serving));
    tokio::select! {
        _ = join_all(listeners.into_iter().map(|listener| accept(listener, &edge, &stage))) => {
            // Without a listener there is nothing to serve.
        }
        () = shutdown => {}
    }
    drain(&edge, &stage).await
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Stage {
    Serving,
    Draining,
    Over,
}

/// Tells a request that goes on for long when the end begins. Each one carries it as an extension.
#[derive(Debug, Clone)]
pub struct Closing(watch::Receiver<Stage>);

impl Closing {
    pub async fn begins(&mut self) {
        reached(&mut self.0, Stage::Draining).await;
    }
}

/// A connection's place, kept also by what goes on when the connection is over: the end waits for it.
/// Each request carries it as an extension.
#[derive(Debug, Clone)]
pub struct UnderWay {
    _place: Arc<OwnedSemaphorePermit>,
}

/// What all connections share.
struct Edge {
    router: Router,
    limits: Limits,
    http: http1::Builder,
    /// One per connection; all of them back means that none is left.
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

impl Edge {
    fn new(router: Router, limits: Limits) -> Self {
        let mut http = http1::Builder::new();
        // hyper counts from the end of the previous answer; the deadline for the head itself,
        // from its first byte, is the socket's.
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.keep_alive_idle.max(limits.head_timeout))
            .max_buf_size(MAX_HEAD_BYTES);
        Edge {
            // Turns everything into routes now instead of at each request.
            router: router.with_state(()),
            http,
            places: Arc::new(Semaphore::new(limits.max_connections as usize)),
            refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
            limits,
        }
    }

    fn take(self: &Arc<Self>, stream: Accepted, peer: Peer, stage: &watch::Sender<Stage>) {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            tokio::spawn(connection(Arc::clone(self), stream, peer, stage.subscribe(), place));
        } else if let (Accepted::Plain(stream), Ok(turn)) =
            (stream, Arc::clone(&self.refusals).try_acquire_owned())
        {
            tokio::spawn(refuse(stream, turn));
        }
    }
}

async fn accept(listener: Listener, edge: &Arc<Edge>, stage: &watch::Sender<Stage>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = FIRST_PAUSE;
                edge.take(stream, peer, stage);
            }
            Err(e) if concerns_one_client(&e) => debug!(error = %e, "a client was gone already"),
            Err(e) => {
                // Usually out of file descriptors: trying again at once would only burn the CPU.
                warn!(error = %e, "cannot accept connections, trying again in {pause:?}");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::ConnectionRefused
            | Kind::InvalidInput
            | Kind::NotConnected
    )
}

async fn connection(
    edge: Arc<Edge>,
    stream: Accepted,
    peer: Peer,
    mut stage: watch::Receiver<Stage>,
    place: OwnedSemaphorePermit,
) {
    let encrypted = matches!(stream, Accepted::Tls(..)).then_some(Encrypted);
    // A client that is slow to agree on how to encrypt is as slow as one that is with its head.
    let Ok(Ok(stream)) = timeout(edge.limits.head_timeout, stream.agreed()).await else {
        debug!("a connection was not agreed on");
        return;
    };
    let line = Arc::new(Exchange::default());
    let socket = Socket::new(stream, Arc::clone(&line), &edge.limits);
    let (closing, under_way) = (Closing(stage.clone()), UnderWay { _place: Arc::new(place) });
    let service = service_fn(|request| {
        answer(&edge, &line, (peer, encrypted, closing.clone(), under_way.clone()), request)
    });
    let mut served = pin!(edge.http.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        () = reached(&mut stage, Stage::Draining) => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                ended = served => ended,
                () = reached(&mut stage, Stage::Over) => return,
            }
        }
    };
    if let Err(e) = ended {
        debug!(error = %e, "a connection ended early");
    }
}

async fn reached(stage: &mut watch::Receiver<Stage>, wanted: Stage) {
    // An error means that `serve` itself was dropped: that is the end as well.
    let _ = stage.wait_for(|now| *now >= wanted).await;
}

async fn answer(
    edge: &Edge,
    line: &Arc<Exchange>,
    (peer, encrypted, end, under_way): (Peer, Option<Encrypted>, Closing, UnderWay),
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    line.request_began();
    let mut request = request.map(|incoming| {
        if incoming.is_end_stream() {
            Body::empty()
        } else {
            Body::new(Watched::new(incoming, Arc::clone(line), &edge.limits))
        }
    });
    request.extensions_mut().insert(peer);
    if let Some(encrypted) = encrypted {
        request.extensions_mut().insert(encrypted);
    }
    request.extensions_mut().insert(end);
    request.extensions_mut().insert(under_way);
    let mut router = edge.router.clone();
    let answered = AssertUnwindSafe(router.call(request)).catch_unwind().await;
    line.request_ended();
    let response = match answered {
        Ok(Ok(response)) => response,
        Err(_panic) => {
            let problem = Problem::new(Code::Internal).answering(&HeaderMap::new());
            error!(request_id = problem.request_id, "a handler panicked");
            closing(problem.into_response())
        }
    };
    Ok(match line.has_stalled() {
        false => response,
        // Whoever is to come again must not be told that it was the request's own fault.
        true if response.status().is_server_error() => closing(response),
        true => {
            let problem = Problem::new(Code::Timeout).answering(response.headers());
            closing(problem.into_response())
        }
    })
}

fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Tells a client that there is no room for it.
async fn refuse(mut stream: Stream, _turn: OwnedSemaphorePermit) {
    let told = timeout(REFUSAL_TIMEOUT, async {
        // Some clients take an answer that comes before their question for an error.
        let mut scratch = [0; 4096];
        if stream.read(&mut scratch).await? == 0 {
            return Ok(());
        }
        stream.write_all(&refusal()).await?;
        stream.shutdown().await?;
        while stream.read(&mut scratch).await? > 0 {}
        io::Result::Ok(())
    });
    match told.await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(e)) => debug!(error = %e, "a refused client was gone"),
    }
}

fn refusal() -> Bytes {
    let problem = Problem::new(Code::Overloaded)
        .detail("Too many connections are open.")
        .answering(&HeaderMap::new());
    let body = problem.to_json();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         retry-after: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat().into()
}

async fn drain(edge: &Edge, stage: &watch::Sender<Stage>) -> Drained {
    let all = edge.limits.max_connections;
    stage.send_replace(Stage::Draining);
    let emptied = timeout(edge.limits.shutdown_grace, edge.places.acquire_many(all)).await;
    let free = u32::try_from(edge.places.available_permits()).unwrap_or(all);
    let cut_off = if emptied.is_ok() { 0 } else { all.saturating_sub(free) };
    stage.send_replace(Stage::Over);
    if cut_off > 0 {
        warn!(cut_off, "some requests did not finish within the grace and were cut off");
        // Gives the tasks a moment to let go of what they hold; nothing else is waited for.
        let _ = timeout(LONGEST_PAUSE, edge.places.acquire_many(all)).await;
    }
    info!(cut_off, "all connections are closed");
    Drained { cut_off }
}
