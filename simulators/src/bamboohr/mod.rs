//! A faithful BambooHR: its API, its webhooks and its moods, on a loopback port.
//!
//! Everything goes over real HTTP. What the company is to do (hire, terminate, …) is said through
//! [`Handle`], or by any program through `/_control/…`.

mod acts;
mod answer;
mod ask;
mod carrier;
mod company;
mod control;
mod dataset;
mod deliver;
mod dictionary;
mod employees;
mod faults;
mod fields;
mod filter;
mod handle;
mod list;
mod list_query;
mod lists;
mod meta;
mod payload;
mod people;
mod photo;
mod report;
mod seed;
mod server;
mod shared;
mod sight;
mod sign;
mod spoil;
mod times;
mod webhook_pages;
mod webhooks;
mod xml;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use company::{Action, Refusal};
pub use deliver::{Delivery, Outcome};
pub use faults::{Disturbance, Faults, RetryAfter, Spelling, Whom, Wrong};
pub use handle::{Handle, Unsettled};
pub use lists::{Choice, ListKind};
pub use people::{Person, Status};
pub use sign::signature;
pub use spoil::{Spoil, Spoiled};

use deliver::Outbox;
use shared::Shared;

/// How long a connection may take to end at shutdown before it is cut.
const GOODBYE: Duration = Duration::from_secs(2);

/// Everything that is fixed when a simulator starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The company's subdomain; also the name before `.example` in work e-mails.
    pub company: String,
    /// The user name of HTTP Basic.
    pub api_key: String,
    /// The key of another user, who has webhooks of their own.
    pub second_api_key: Option<String>,
    /// How many made-up people work there at the start.
    pub people: usize,
    /// The same seed makes up the same people; their dates count back from today.
    pub seed: u64,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The real service takes `https` webhooks only; this lets `http` to loopback pass.
    pub allow_http_webhooks: bool,
    /// `GET /employees` answers 403 to API keys, as its specification has it.
    pub list_needs_oauth: bool,
    /// The wait before each further try of a delivery; as many tries as there are waits.
    pub retry_delays: Vec<Duration>,
    /// How long a receiver may take to answer.
    pub delivery_timeout: Duration,
    /// Every try gets a new timestamp and signature; otherwise those of the first are kept.
    pub restamp_retries: bool,
    /// How many deliveries may be on their way at once; 1 keeps them in order.
    pub deliveries_at_once: usize,
    /// How long `settle` waits at most.
    pub settle_timeout: Duration,
}

impl Default for Config {
    fn default() -> Config {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Config {
            company: "acme".to_owned(),
            api_key: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            second_api_key: None,
            people: 50,
            seed: 1,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            allow_http_webhooks: true,
            list_needs_oauth: false,
            retry_delays: [5, 10, 20, 40, 80].map(minutes).to_vec(),
            delivery_timeout: Duration::from_secs(10),
            restamp_retries: true,
            deliveries_at_once: 1,
            settle_timeout: Duration::from_secs(30),
        }
    }
}

/// A running simulator; it stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    handle: Handle,
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Makes up the people and starts to listen.
    pub async fn start(config: Config) -> io::Result<Simulator> {
        // An error means that a provider is installed already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(config.delivery_timeout)
            .build()
            .map_err(io::Error::other)?;
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let (sender, queue) = mpsc::unbounded_channel();
        let outbox = Outbox::new(sender, config.company.clone());
        let made_up = config.clone();
        let company = tokio::task::spawn_blocking(move || seed::company(&made_up))
            .await
            .map_err(io::Error::other)?;
        let shared = Arc::new(Shared::new(config, company, outbox));
        let carrier = carrier::run(Arc::clone(&shared), client, queue);
        let server = tokio::spawn(serve(listener, Arc::clone(&shared), carrier));
        let handle = Handle::new(Arc::clone(&shared));
        Ok(Simulator { handle, shared, address, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…`, without a path: both API prefixes and `/_control` are below it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of the current API, as far as `/api/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/api/v1", self.origin())
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

    /// Stops listening, ends connections and forgets what was not delivered.
    pub async fn shutdown(mut self) {
        self.shared.stop();
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
        self.shared.stop();
    }
}

/// Serves and delivers until it is told to stop.
async fn serve(listener: TcpListener, shared: Arc<Shared>, carrier: impl Future<Output = ()>) {
    let app = Router::new().fallback(server::entry).with_state(Arc::clone(&shared));
    let stop = Arc::clone(&shared);
    let serving = axum::serve(listener, app)
        .with_graceful_shutdown(async move { stop.stopped().await })
        .into_future();
    let delivering = async {
        tokio::select! {
            () = carrier => {}
            () = shared.stopped() => {}
        }
    };
    let (served, ()) = tokio::join!(serving, delivering);
    if let Err(error) = served {
        tracing::warn!(%error, "the simulator stopped serving");
    }
}
