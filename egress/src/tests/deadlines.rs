//! Silence, slowness and broken connections end in the error that says which of them it was.

use std::time::Duration;

use tokio::net::TcpListener;

use super::server::{Server, Then, local};
use crate::{Egress, Error, Phase, Policy, Request};

const SHORT: Duration = Duration::from_millis(80);

#[tokio::test]
async fn a_server_that_never_answers_runs_into_the_first_byte_deadline() {
    let server = Server::saying("", Then::Hangs).await;

    let error = server.asked(Policy { first_byte_timeout: SHORT, ..local() }).await.err().unwrap();

    assert_eq!(phase(&error), Some(Phase::FirstByte), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn half_a_head_is_no_answer() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nconte", Then::Hangs).await;

    let error = server.asked(Policy { first_byte_timeout: SHORT, ..local() }).await.err().unwrap();

    assert_eq!(phase(&error), Some(Phase::FirstByte), "{error:?}");
}

#[tokio::test]
async fn a_body_that_stalls_runs_into_the_idle_deadline() {
    let server = Server::saying(HALF, Then::Hangs).await;

    let answer = server.asked(Policy { idle_timeout: SHORT, ..local() }).await.unwrap();
    let error = answer.bytes(100).await.unwrap_err();

    assert_eq!(phase(&error), Some(Phase::Idle), "{error:?}");
}

#[tokio::test]
async fn the_total_deadline_counts_head_and_body_together() {
    let server = Server::saying(HALF, Then::Hangs).await;

    let answer = server.asked(Policy { total_timeout: SHORT, ..local() }).await.unwrap();
    let error = answer.bytes(100).await.unwrap_err();

    assert_eq!(phase(&error), Some(Phase::Total), "{error:?}");
}

#[tokio::test]
async fn a_request_may_bring_its_own_total_deadline() {
    let server = Server::saying("", Then::Hangs).await;
    let request = Request::get(server.url()).total_timeout(SHORT);

    let error = Egress::new(local()).unwrap().send(request).await.err().unwrap();

    assert_eq!(phase(&error), Some(Phase::Total), "{error:?}");
}

#[tokio::test]
async fn a_handshake_that_hangs_runs_into_the_connect_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let egress = Egress::new(Policy { connect_timeout: SHORT, ..local() }).unwrap();

    let error = egress.send(Request::get(url)).await.err().unwrap();

    assert_eq!(phase(&error), Some(Phase::Connect), "{error:?}");
}

#[tokio::test]
async fn a_body_cut_short_is_not_a_short_body() {
    for cut in [HALF, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        let server = Server::saying(cut, Then::Closes).await;

        let error = server.asked(local()).await.unwrap().bytes(100).await.unwrap_err();

        assert!(matches!(error, Error::Truncated { received: 5, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_cut_short_too() {
    let server = Server::saying("", Then::Closes).await;

    let error = server.asked(local()).await.err().unwrap();

    assert!(matches!(error, Error::Truncated { received: 0, .. }), "{error:?}");
}

#[tokio::test]
async fn something_else_than_http_is_a_protocol_error() {
    let server = Server::saying("SSH-2.0-OpenSSH_9.2\r\n\r\n", Then::Hangs).await;

    let error = server.asked(local()).await.err().unwrap();

    assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
}

#[tokio::test]
async fn something_else_than_tls_is_a_tls_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut read, mut write) = stream.split();
        let _ = tokio::io::AsyncWriteExt::write_all(&mut write, b"HTTP/1.1 400 No\r\n\r\n").await;
        let _ = tokio::io::copy(&mut read, &mut tokio::io::sink()).await;
    });

    let error = Egress::new(local()).unwrap().send(Request::get(url)).await.err().unwrap();

    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    drop(listener);

    let error = Egress::new(local()).unwrap().send(Request::get(url)).await.err().unwrap();

    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_name_nobody_knows_is_unresolvable() {
    let egress = Egress::new(local()).unwrap();

    let error = egress.send(Request::get("http://nobody.invalid/")).await.err().unwrap();

    assert!(matches!(error, Error::Unresolvable { .. }), "{error:?}");
}

const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";

fn phase(error: &Error) -> Option<Phase> {
    if let Error::Timeout { phase, .. } = error { Some(*phase) } else { None }
}
