//! A server that says exactly the bytes it was told, and a policy that may talk to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Egress, Policy, Request, Response};

/// What the server does once it has said its bytes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Then {
    Hangs,
    Closes,
    Listens,
}

pub(super) struct Server {
    pub(super) port: u16,
    connections: Arc<AtomicUsize>,
    heads: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn saying(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Server { port, connections: Arc::default(), heads: Arc::default() };
        let (connections, heads) = (Arc::clone(&server.connections), Arc::clone(&server.heads));
        let answer: Arc<[u8]> = answer.into().into();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (answer, heads) = (Arc::clone(&answer), Arc::clone(&heads));
                tokio::spawn(async move {
                    while let Some(head) = read_head(&mut stream).await {
                        heads.lock().unwrap().push(head);
                        let _ = stream.write_all(&answer).await;
                        match then {
                            Then::Listens => {}
                            Then::Closes => return,
                            Then::Hangs => std::future::pending::<()>().await,
                        }
                    }
                });
            }
        });
        server
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn last_head(&self) -> String {
        self.heads.lock().unwrap().last().cloned().unwrap_or_default()
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/path?token=canary", self.port)
    }

    pub(super) async fn asked(&self, policy: Policy) -> Result<Response, crate::Error> {
        Egress::new(policy).unwrap().send(Request::get(self.url())).await
    }
}

/// Loopback is open, nothing waits long.
pub(super) fn local() -> Policy {
    Policy {
        connect_timeout: Duration::from_secs(2),
        first_byte_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(4),
        ..Policy::permitting(["127.0.0.0/8".parse().unwrap()])
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}
