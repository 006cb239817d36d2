//! TLS of our own.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::client::{Client, SHORT, Server, patient};
use crate::edge::{Limits, Listener, Tls};

/// A certificate made for the test, in two files.
struct Made {
    certificate: CertificateDer<'static>,
    files: [PathBuf; 2],
    directory: tempfile::TempDir,
}

impl Made {
    fn new() -> Made {
        let directory = tempfile::tempdir().unwrap();
        let files = ["certificate.pem", "key.pem"].map(|name| directory.path().join(name));
        let certificate = Made::write(&files);
        Made { certificate, files, directory }
    }

    fn write(files: &[PathBuf; 2]) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&files[0], made.cert.pem()).unwrap();
        std::fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    async fn server(&self, limits: Limits) -> (Server, Tls) {
        let tls = Tls::load(&self.files[0], &self.files[1]).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        (Server::on(Listener::Tls(listener, tls.clone()), limits), tls)
    }
}

/// An answer to somebody who trusts this certificate and no other.
async fn asked(server: &Server, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    Ok(Client(stream).get("/").await)
}

#[tokio::test]
async fn an_encrypted_request_is_answered_and_a_new_certificate_taken_up() {
    let made = Made::new();
    let (server, tls) = made.server(patient()).await;
    assert!(asked(&server, &made.certificate).await.unwrap().ends_with("hello"));

    let renewed = Made::write(&made.files);
    tls.reload().unwrap();
    assert!(asked(&server, &renewed).await.unwrap().ends_with("hello"));
    assert!(asked(&server, &made.certificate).await.is_err());

    std::fs::write(&made.files[1], "no key").unwrap();
    assert!(tls.reload().unwrap_err().to_string().contains("key.pem"));
    assert!(asked(&server, &renewed).await.unwrap().ends_with("hello"), "it stays as it was");
    drop(made.directory);
}

#[tokio::test]
async fn who_does_not_agree_on_how_to_encrypt_is_let_go() {
    let made = Made::new();
    let (server, _) = made.server(Limits { head_timeout: SHORT, ..patient() }).await;
    let mut silent = server.connect().await;
    assert_eq!(silent.rest().await, "");
    let mut plain = server.connect().await;
    plain.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(!plain.rest_of_bytes().await.starts_with(b"HTTP"));
    server.stop().await.unwrap();
}
