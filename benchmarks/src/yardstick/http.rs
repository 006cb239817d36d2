//! The yardstick of ingest: the least an axum server can do that checks the same signature and makes
//! the same body durable before it answers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::Utc;
use rollcall_domain::delivery::verify;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Bare, Delivery, GroupCommit, Pool};
use crate::deliveries::{FORM, SECRET};
use crate::failure::Failure;

/// Connections of the pool that commits per request.
const POOL: u32 = 16;

/// How a row becomes durable.
pub(crate) enum Commit {
    Group(GroupCommit<Delivery>),
    Each(Pool<Delivery>),
}

impl Commit {
    pub(crate) async fn group(bare: &Bare) -> Result<Commit, Failure> {
        Ok(Commit::Group(GroupCommit::start(bare).await?))
    }
    pub(crate) fn each(bare: &Bare) -> Commit {
        Commit::Each(Pool::new(bare, POOL))
    }
    async fn one(&self, row: Delivery) -> Result<(), Failure> {
        match self {
            Commit::Group(group) => group.commit(row).await,
            Commit::Each(pool) => pool.commit(&[row]).await,
        }
    }
}

/// A running server; it stops when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn serve(commit: Commit) -> Result<Server, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let path = "/api/v1/integrations/bamboohr/webhook/{tenant}";
    let router = Router::new().route(path, post(take)).with_state(Arc::new(commit));
    let task = tokio::spawn(async move {
        // It ends by being dropped.
        let _ = axum::serve(listener, router).await;
    });
    Ok(Server { address, task })
}

async fn take(
    State(commit): State<Arc<Commit>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (timestamp, signature) = (text("x-bamboohr-timestamp"), text("x-bamboohr-signature"));
    if !verify(FORM, SECRET.as_bytes(), &body, timestamp, signature) {
        return StatusCode::UNAUTHORIZED;
    }
    let received_at = Utc::now().timestamp_micros();
    match commit.one(Delivery { tenant: tenant.into(), received_at, body }).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
