//! Clients that are silent, slow or too many.

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::client::{NEVER, SHORT, Server, patient};
use crate::edge::Limits;

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = Server::start(Limits { head_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;

    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn half_a_head_is_not_waited_for() {
    let server = Server::start(Limits { head_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;

    client.say("GET / HTTP/1.1\r\nho").await;

    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off() {
    let server = Server::start(Limits { head_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;

    client.say("GET / HTTP/1.1\r\nx: ").await;

    // Each byte comes well within the deadline; only the sum does not.
    let cut_off = timeout(NEVER, async {
        while client.stays_open(SHORT / 8).await {
            let _ = client.0.write_all(b"x").await;
        }
    });
    assert!(cut_off.await.is_ok());
}

#[tokio::test]
async fn a_later_head_has_the_same_deadline() {
    let server = Server::start(Limits { head_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;

    client.get("/").await;
    client.say("GET / HT").await;

    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    for _ in 0..100 {
        assert!(client.get("/").await.ends_with("\r\n\r\nhello"));
    }
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_order() {
    let server = Server::start(Limits { head_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;

    client.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(3)).await;

    for _ in 0..3 {
        assert!(client.answer().await.ends_with("hello"));
    }
}

#[tokio::test]
async fn between_requests_a_client_may_pause_longer_than_inside_one() {
    let limits = Limits { head_timeout: SHORT, ..patient() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;

    client.get("/").await;

    assert!(client.stays_open(SHORT * 3).await);
    assert!(client.get("/").await.ends_with("hello"));
}

#[tokio::test]
async fn a_pause_between_requests_ends_too() {
    let limits = Limits { head_timeout: SHORT, keep_alive_idle: SHORT * 2, ..patient() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;

    client.get("/").await;

    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_handler_may_take_longer_than_any_client() {
    let limits = Limits { head_timeout: SHORT, keep_alive_idle: SHORT, ..patient() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;

    client.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.waiting.notified().await;

    assert!(client.stays_open(SHORT * 3).await);
    server.go_on.notify_one();
    assert!(client.answer().await.ends_with("waited"));
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let server = Server::start(Limits { max_connections: 1, ..patient() }).await;
    let mut first = server.connect().await;
    first.get("/").await;

    let mut second = server.connect().await;
    second.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;

    let answer = second.rest().await;
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
    assert!(answer.contains(r#""code":"overloaded""#), "{answer}");
}

#[tokio::test]
async fn a_place_given_back_can_be_taken() {
    let server = Server::start(Limits { max_connections: 1, ..patient() }).await;
    let mut first = server.connect().await;
    first.get("/").await;
    first.0.shutdown().await.unwrap();
    first.rest().await;

    // The server lets go a moment after the client has seen the end.
    while server.connect().await.get("/").await.starts_with("HTTP/1.1 503") {}
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_given_up() {
    let server = Server::start(Limits { write_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;
    client.say("GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    client.0.readable().await.unwrap();

    // The end waits for the connection, and the connection only for its client.
    let drained = server.stop().await.unwrap();

    assert_eq!(drained.cut_off, 0);
}

#[tokio::test]
async fn a_handler_that_panics_answers_and_harms_nobody() {
    let server = Server::start(patient()).await;

    let answer = server.connect().await.get("/panic").await;

    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(!answer.contains("on purpose"), "{answer}");
    assert!(server.connect().await.get("/").await.ends_with("hello"));
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    client.say(format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(128 * 1024))).await;

    assert!(client.answer().await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_request_knows_where_it_came_from() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;
    let ours = client.0.local_addr().unwrap();

    assert!(client.get("/peer").await.ends_with(&format!("Tcp({ours})")));
}

#[tokio::test]
async fn a_hundred_clients_at_once_are_all_served() {
    let server = Server::start(Limits { max_connections: 100, ..patient() }).await;

    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(server.connect().await);
    }
    for client in &mut clients {
        client.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    }

    for client in &mut clients {
        assert!(client.answer().await.ends_with("hello"));
    }
}
