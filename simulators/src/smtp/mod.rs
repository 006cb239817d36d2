//! A mail server that keeps what it receives (RFC 5321), and can be made to refuse, stall and break off
//! the way real ones do.

mod faults;
mod reply;
mod session;
#[cfg(test)]
mod tests;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

pub use faults::{Faults, Stage};

/// What kind of server it is.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub encryption: Encryption,
    /// User and password that it asks for.
    pub credentials: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encryption {
    #[default]
    None,
    /// Offered; nothing is taken without it.
    StartTls,
    /// From the first byte on.
    Tls,
}

/// A mail it has taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The reverse path, without brackets.
    pub from: String,
    pub to: Vec<String>,
    /// As it was sent, but for the dots that were doubled.
    pub message: String,
    pub encrypted: bool,
    /// Who logged in.
    pub user: Option<String>,
}

/// A running server. Dropping it ends it.
pub struct Sink {
    address: SocketAddr,
    /// Of its certificate (PEM), which it has signed itself for `localhost`.
    certificate: String,
    handle: Handle,
    accepting: JoinHandle<()>,
}

/// What a test looks at and switches, while the server runs and after it.
#[derive(Clone, Default)]
pub struct Handle(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    faults: Faults,
    received: Vec<Received>,
    /// Recipients that were named, also those that were refused.
    named: Vec<String>,
}

impl Handle {
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// How often somebody was named as a recipient.
    pub fn attempts(&self, recipient: &str) -> usize {
        self.lock().named.iter().filter(|named| *named == recipient).count()
    }

    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.lock().faults);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> Faults {
        self.lock().faults.clone()
    }
}

impl Sink {
    /// On any free port of this machine.
    pub async fn start(config: Config) -> io::Result<Sink> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (certificate, acceptor) = tls::self_signed()?;
        let handle = Handle::default();
        let server = Server { config: Arc::new(config), acceptor, handle: handle.clone() };
        let accepting = tokio::spawn(server.accept(listener));
        Ok(Sink { address, certificate, handle, accepting })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone)]
struct Server {
    config: Arc<Config>,
    acceptor: TlsAcceptor,
    handle: Handle,
}

impl Server {
    async fn accept(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let server = self.clone();
            tokio::spawn(async move {
                // Whoever hangs up has nothing more to say.
                let _ = server.serve(stream).await;
            });
        }
    }

    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let faults = self.handle.faults();
        if faults.refuse_connections {
            return Ok(());
        }
        match self.config.encryption {
            Encryption::Tls => {
                let stream = self.acceptor.accept(stream).await?;
                session::run(self, stream, true).await.map(drop)
            }
            Encryption::None => session::run(self, stream, false).await.map(drop),
            Encryption::StartTls => match session::run(self, stream, false).await? {
                None => Ok(()),
                Some(stream) => {
                    let stream = self.acceptor.accept(stream).await?;
                    session::run(self, stream, true).await.map(drop)
                }
            },
        }
    }
}
