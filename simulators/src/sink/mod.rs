//! A receiver of webhooks, with everything receivers do wrong.
//!
//! It speaks HTTP over plain sockets: a server of the usual kind neither drips nor resets. It keeps
//! what it received, in order, whatever it answered.

mod behaviour;
mod request;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use behaviour::{Behaviour, RetryAfter};
pub use tls::{Authority, Secured, Validity};

/// A request, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Whether it was answered as a receiver does that is well.
    pub accepted: bool,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

struct Shared {
    usual: Mutex<Behaviour>,
    /// For the next requests, one each.
    next: Mutex<VecDeque<Behaviour>>,
    received: Mutex<Vec<Received>>,
    /// How many were received.
    count: watch::Sender<usize>,
}

/// A running receiver; it ends when it is dropped.
pub struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Sink {
    /// On a free port of this machine.
    pub async fn start() -> std::io::Result<Sink> {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub async fn listen(address: SocketAddr) -> std::io::Result<Sink> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            usual: Mutex::new(Behaviour::Status(204)),
            next: Mutex::default(),
            received: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Sink { address, shared, accepting })
    }

    /// Where to send to.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it does from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *locked(&self.shared.usual) = behaviour;
    }

    /// What it does with the next requests, one each, before the usual.
    pub fn behave_once(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        locked(&self.shared.next).extend(behaviours);
    }

    /// Everything so far, in order.
    pub fn received(&self) -> Vec<Received> {
        locked(&self.shared.received).clone()
    }

    /// How many requests that is.
    pub fn count(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// Forgets what it received.
    pub fn forget(&self) {
        locked(&self.shared.received).clear();
        self.shared.count.send_replace(0);
    }

    /// Waits until so many were received; whether they were within the time.
    pub async fn has_received(&self, count: usize, within: Duration) -> bool {
        let mut counted = self.shared.count.subscribe();
        let waits = counted.wait_for(|known| *known >= count);
        tokio::time::timeout(within, waits).await.is_ok_and(|known| known.is_ok())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and so are those who serve.
    let mut serving = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    serving.spawn(serve(stream, Arc::clone(&shared)));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sink can't accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = serving.join_next() => {}
        }
    }
}

/// One connection, kept alive as long as both sides like it.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while let Ok(Some((path, headers, body))) = request::read(&mut stream).await {
        let once = locked(&shared.next).pop_front();
        let behaviour = once.unwrap_or_else(|| locked(&shared.usual).clone());
        let accepted = behaviour.is_well();
        let received = Received { path, headers, body, accepted };
        let number = {
            let mut all = locked(&shared.received);
            all.push(received);
            all.len()
        };
        shared.count.send_modify(|count| *count = (*count).max(number));
        if !behaviour.answer(&mut stream).await {
            return;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
