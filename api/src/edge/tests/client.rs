//! A server on a free port, and a client that says exactly the bytes it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::http::Request;
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::edge::{Drained, Limits, Listener, Peer, Problem, UnderWay, read_body, serve};

/// No test takes this long unless what it waits for never happens.
pub(super) const NEVER: Duration = Duration::from_secs(10);
/// A deadline under test.
pub(super) const SHORT: Duration = Duration::from_millis(80);
pub(super) const BODY_LIMIT: usize = 1024;

pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// Reached `/wait`, and may it go on.
    pub(super) waiting: Arc<Notify>,
    pub(super) go_on: Arc<Notify>,
    stop: oneshot::Sender<()>,
    end: JoinHandle<Drained>,
}

impl Server {
    pub(super) async fn start(limits: Limits) -> Self {
        let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Server::on(listener, limits)
    }

    pub(super) fn on(listener: Listener, limits: Limits) -> Self {
        let address = match &listener {
            Listener::Tcp(listener) | Listener::Tls(listener, _) => listener.local_addr().unwrap(),
            Listener::Unix(..) => "0.0.0.0:0".parse().unwrap(),
        };
        let (waiting, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let router = router(Arc::clone(&waiting), Arc::clone(&go_on));
        let (stop, stopped) = oneshot::channel();
        let end = tokio::spawn(async move {
            serve(vec![listener], router, limits, async {
                let _ = stopped.await;
            })
            .await
        });
        Server { address, waiting, go_on, stop, end }
    }

    pub(super) async fn connect(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// Begins to stop; the handle ends when the server has.
    pub(super) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).unwrap();
        self.end
    }
}

/// Nothing is in a hurry except what a test sets.
pub(super) fn patient() -> Limits {
    Limits {
        max_connections: 16,
        head_timeout: NEVER * 2,
        keep_alive_idle: NEVER * 2,
        body_idle_timeout: NEVER * 2,
        body_timeout: NEVER * 2,
        write_timeout: NEVER * 2,
        shutdown_grace: NEVER * 2,
    }
}

pub(super) struct Client<S>(pub(super) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(super) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(super) async fn get(&mut self, path: &str) -> String {
        self.say(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
        self.answer().await
    }

    /// One answer, head and body.
    pub(super) async fn answer(&mut self) -> String {
        let read = timeout(NEVER, async {
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                answer.push(self.0.read_u8().await.unwrap());
            }
            let head = String::from_utf8(answer.clone()).unwrap().to_lowercase();
            let length = head.split_once("content-length: ").map_or(0, |(_, rest)| {
                rest.split_once("\r\n").unwrap().0.parse::<usize>().unwrap()
            });
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            answer.extend(body);
            String::from_utf8(answer).unwrap()
        });
        read.await.expect("an answer")
    }

    /// Whatever still comes until the server closes.
    pub(super) async fn rest(&mut self) -> String {
        String::from_utf8(self.rest_of_bytes().await).unwrap()
    }

    pub(super) async fn rest_of_bytes(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = timeout(NEVER, self.0.read_to_end(&mut rest)).await;
        read.expect("the server closes the connection").unwrap();
        rest
    }

    /// Whether the server leaves the connection open for that long.
    pub(super) async fn stays_open(&mut self, time: Duration) -> bool {
        timeout(time, self.0.read_u8()).await.is_err()
    }
}

fn router(waiting: Arc<Notify>, go_on: Arc<Notify>) -> Router {
    let until = Arc::clone(&go_on);
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/peer", get(|Extension(peer): Extension<Peer>| async move { format!("{peer:?}") }))
        .route("/panic", get(panics))
        .route("/endless", get(|| async { Bytes::from(vec![b'x'; 64 * 1024 * 1024]) }))
        .route(
            "/wait",
            get(|| async move {
                waiting.notify_one();
                go_on.notified().await;
                "waited"
            }),
        )
        .route(
            "/goes-on",
            get(|Extension(under_way): Extension<UnderWay>| async move {
                tokio::spawn(async move {
                    until.notified().await;
                    drop(under_way);
                });
                "begun"
            }),
        )
        .route("/length", post(length))
        .route("/extractor", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/ignored", post(|| async { "did not look" }))
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

async fn length(request: Request<Body>) -> Result<impl IntoResponse, Problem> {
    let body = read_body(request.into_body(), BODY_LIMIT).await?;
    Ok(body.len().to_string())
}
