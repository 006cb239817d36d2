//! Where a process answers: TCP for everybody with a token, and a Unix socket for its owner.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use rollcall_api::edge::{Limits, Listener, Tls, serve};
use rollcall_api::{App, operator_router, router};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// A running server; it goes on until it is stopped.
pub struct Server {
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
}

impl Server {
    /// On the owner's socket, and on TCP where that is asked for.
    pub(crate) fn start(api: &App, tcp: Option<Listener>, socket: Listener) -> Server {
        let mut server = Server::nowhere();
        server.also_on(socket, operator_router(api.clone()));
        if let Some(tcp) = tcp {
            server.also_on(tcp, router(api.clone()));
        }
        server
    }

    /// On TCP only, for whoever has a token.
    pub fn on_tcp(api: &App, tcp: TcpListener) -> Server {
        let mut server = Server::nowhere();
        server.also_on(tcp.into(), router(api.clone()));
        server
    }

    fn nowhere() -> Server {
        Server { stop: watch::Sender::new(false), serving: vec![] }
    }

    fn also_on(&mut self, listener: Listener, router: Router) {
        let mut stopped = self.stop.subscribe();
        self.serving.push(tokio::spawn(async move {
            let told = async move {
                // An error means that whoever could tell us is gone, which is the end as well.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            serve(vec![listener], router, Limits::default(), told).await;
        }));
    }

    /// Accepts nothing more and lets requests under way finish.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.serving {
            let _ = task.await;
        }
    }
}

/// Listens on TCP, and says where.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::Failed(format!("can't listen on {address}: {error}; choose another address"))
    })?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// Listens on the owner's socket.
pub(crate) fn listen_to_owner(path: &Path) -> Result<Listener, Failure> {
    Listener::unix(path).map_err(|error| {
        let path = path.display();
        Failure::Failed(match error.kind() == io::ErrorKind::InvalidInput {
            true => format!("{path} is too long for a Unix socket; choose another data directory"),
            false => format!("can't listen on {path}: {error}"),
        })
    })
}

/// Takes up a new certificate whenever the process is told to (SIGHUP).
pub(crate) fn renewed_when_told(tls: Tls) -> io::Result<()> {
    let mut told = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while told.recv().await.is_some() {
            match tls.reload() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!(%error, "the certificate stays as it was"),
            }
        }
    });
    Ok(())
}

/// Returns when the process is told to stop; told once more, it ends at once.
pub(crate) async fn told_to_stop() -> io::Result<()> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}
