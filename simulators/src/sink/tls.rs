//! TLS in front of a receiver, with certificates of an authority that is made up.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::{Sink, locked};
use crate::tls::acceptor;

/// Whoever trusts it trusts what it signs.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    Good,
    /// Since years.
    Expired,
}

impl Authority {
    pub fn new() -> io::Result<Authority> {
        let mut wanted = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        CertifiedIssuer::self_signed(wanted, key).map(Authority).map_err(io::Error::other)
    }

    /// What has to be trusted.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    fn signed(&self, validity: Validity) -> io::Result<TlsAcceptor> {
        let mut wanted =
            CertificateParams::new(["127.0.0.1".to_owned()]).map_err(io::Error::other)?;
        if validity == Validity::Expired {
            wanted.not_before = date_time_ymd(2020, 1, 1);
            wanted.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let made = wanted.signed_by(&key, &self.0).map_err(io::Error::other)?;
        acceptor(made.der().clone(), &key)
    }
}

/// A running receiver with a certificate: what is sent to it arrives at the sink behind it.
pub struct Secured {
    address: SocketAddr,
    speaks: Arc<Mutex<TlsAcceptor>>,
    accepting: JoinHandle<()>,
}

impl Secured {
    pub async fn before(
        sink: &Sink,
        authority: &Authority,
        validity: Validity,
    ) -> io::Result<Secured> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let speaks = Arc::new(Mutex::new(authority.signed(validity)?));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&speaks), sink.address()));
        Ok(Secured { address, speaks, accepting })
    }

    /// Where to send to.
    pub fn url(&self) -> String {
        format!("https://{}/hooks", self.address)
    }

    /// Another certificate for whoever connects from now on.
    pub fn renew(&self, authority: &Authority, validity: Validity) -> io::Result<()> {
        *locked(&self.speaks) = authority.signed(validity)?;
        Ok(())
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, speaks: Arc<Mutex<TlsAcceptor>>, to: SocketAddr) {
    // Dropped with this task, and so are those who hand on.
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let speaks = locked(&speaks).clone();
                    under_way.spawn(hand_on(stream, speaks, to));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sink can't accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = under_way.join_next() => {}
        }
    }
}

/// Until one side is done. Who does not trust the certificate breaks off.
async fn hand_on(stream: TcpStream, speaks: TlsAcceptor, to: SocketAddr) -> io::Result<()> {
    let mut outside = speaks.accept(stream).await?;
    let mut inside = TcpStream::connect(to).await?;
    copy_bidirectional(&mut outside, &mut inside).await.map(drop)
}
