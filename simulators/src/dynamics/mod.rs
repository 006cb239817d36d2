//! A faithful Dynamics 365 HR: Entra's tokens, Finance & Operations and Dataverse, and their moods,
//! on two loopback ports.
//!
//! Everything goes over real HTTP. Both surfaces show the books of one company. What it is to do
//! (hire, terminate, …) is said through [`Handle`], or by any program through `/_control/…`.

mod acts;
mod ask;
mod bearer;
mod books;
mod careers;
mod cell;
mod company;
mod control;
mod dataverse;
mod delta;
mod denial;
mod entra;
mod faults;
mod filter;
mod finance;
mod fixtures;
mod handle;
mod key;
mod lists;
mod metadata;
mod mutation;
mod page;
mod person;
mod query;
mod rows;
mod seed;
mod server;
mod set;
mod shared;
mod slice;
mod surface;
mod words;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use books::{EmploymentKind, Span, Status};
pub use company::Refusal;
pub use dataverse::worker_id;
pub use faults::{
    Aadsts, Disturbance, Faults, Mutation, NextLink, PageMutation, RetryAfter, Spoil, Spoiled,
    ThrottleEvery, Unmapped, Wrong,
};
pub use handle::Handle;
pub use lists::{Choice, ListKind, unit_number};
pub use person::{Person, personnel_number};

use shared::Shared;

/// How long a connection may take to end at shutdown before it is cut.
const GOODBYE: Duration = Duration::from_secs(2);

/// Everything that is fixed when a simulator starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name before `.example` in work e-mails.
    pub company: String,
    pub tenant_id: String,
    /// The tenant goes by this name too.
    pub tenant_domain: String,
    pub client_id: String,
    /// Has letters that have to be encoded in a form.
    pub client_secret: String,
    /// How many made-up people work there at the start, from number 1001 on.
    pub people: usize,
    /// The cast of special cases works there too, with numbers from 11 on.
    pub fixtures: bool,
    /// The same seed makes up the same people; their dates count back from today.
    pub seed: u64,
    /// Where the environment listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where Entra listens; port 0 takes any free one.
    pub authority_listen: SocketAddr,
    /// How long a token is good, by the company's clock.
    pub token_lifetime: Duration,
    /// What time it is in the company at the start, if not what it is here.
    pub now: Option<DateTime<Utc>>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            company: "acme".to_owned(),
            tenant_id: "7e4a2c10-5b1d-4f6e-9a3c-0d8f1b2e6a71".to_owned(),
            tenant_domain: "acme.onmicrosoft.com".to_owned(),
            client_id: "c1d2e3f4-0a1b-4c2d-8e3f-9a8b7c6d5e4f".to_owned(),
            client_secret: "simul8~d+secret&with=odd/letters%41".to_owned(),
            people: 50,
            fixtures: false,
            seed: 1,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            authority_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            token_lifetime: Duration::from_secs(3599),
            now: None,
        }
    }
}

/// A running simulator; it stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    handle: Handle,
    shared: Arc<Shared>,
    address: SocketAddr,
    authority: SocketAddr,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Makes up the people and starts to listen.
    pub async fn start(config: Config) -> io::Result<Simulator> {
        let environment = TcpListener::bind(config.listen).await?;
        let entra = TcpListener::bind(config.authority_listen).await?;
        let (address, authority) = (environment.local_addr()?, entra.local_addr()?);
        let made_up = config.clone();
        let company = tokio::task::spawn_blocking(move || seed::company(&made_up))
            .await
            .map_err(io::Error::other)?;
        let shared = Arc::new(Shared::new(config, format!("http://{address}"), company));
        let server = tokio::spawn(serve(environment, entra, Arc::clone(&shared)));
        let handle = Handle::new(Arc::clone(&shared));
        Ok(Simulator { handle, shared, address, authority, server })
    }

    /// Where the environment listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…`: `/data`, `/api/data/v9.2` and `/_control` are below it.
    pub fn environment_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `http://127.0.0.1:…` of Entra: `/{tenant}/oauth2/v2.0/token` is below it.
    pub fn authority_url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// A handle that can be given away.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until somebody stops it from elsewhere, which is what a command line wants.
    pub async fn finished(&mut self) {
        if !self.server.is_finished() {
            // It ended by itself or was cut; both mean that it is finished.
            let _ = (&mut self.server).await;
        }
    }

    /// Stops listening and ends connections.
    pub async fn shutdown(mut self) {
        self.shared.stop.stop();
        if tokio::time::timeout(GOODBYE, self.finished()).await.is_err() {
            self.server.abort();
        }
    }
}

impl Deref for Simulator {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.stop();
    }
}

/// Serves both until it is told to stop.
async fn serve(environment: TcpListener, entra: TcpListener, shared: Arc<Shared>) {
    let data = Router::new().fallback(server::environment).with_state(Arc::clone(&shared));
    let tokens = Router::new().fallback(server::authority).with_state(Arc::clone(&shared));
    let (first, second) = (Arc::clone(&shared), shared);
    let data = axum::serve(environment, data)
        .with_graceful_shutdown(async move { first.stop.stopped().await })
        .into_future();
    let tokens = axum::serve(entra, tokens)
        .with_graceful_shutdown(async move { second.stop.stopped().await })
        .into_future();
    let served = tokio::join!(data, tokens);
    for result in [served.0, served.1] {
        if let Err(error) = result {
            tracing::warn!(%error, "the simulator stopped serving");
        }
    }
}
