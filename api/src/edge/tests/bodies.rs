//! Bodies that stall, break off or are too long.

use super::client::{BODY_LIMIT, SHORT, Server, patient};
use crate::edge::Limits;

#[tokio::test]
async fn a_whole_body_is_read() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    client.say(post("/length", "content-length: 5", "hello")).await;

    assert!(client.answer().await.ends_with("\r\n\r\n5"));
}

#[tokio::test]
async fn a_body_may_come_in_pieces() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    let pieces = "3\r\nabc\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n";
    client.say(post("/length", "transfer-encoding: chunked", pieces)).await;

    assert!(client.answer().await.ends_with("\r\n\r\n6"));
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_408_and_closed() {
    for path in ["/length", "/extractor"] {
        let server = Server::start(Limits { body_idle_timeout: SHORT, ..patient() }).await;
        let mut client = server.connect().await;

        client.say(post(path, "content-length: 10", "hello")).await;

        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{path}: {answer}");
        assert!(answer.ends_with('}') && answer.contains(r#""code":"timeout""#), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_trickles_in_is_cut_off() {
    let server = Server::start(Limits { body_timeout: SHORT, ..patient() }).await;
    let mut client = server.connect().await;

    client.say(post("/length", "content-length: 1000", "")).await;
    while client.stays_open(SHORT / 8).await {
        client.say("x").await;
    }

    // The first byte of the answer ended the loop.
    let answer = client.rest().await;
    assert!(answer.starts_with("TTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn an_announced_body_over_the_limit_is_refused_and_the_answer_arrives() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    let long = "x".repeat(MORE_THAN_BUFFERS);
    let length = format!("content-length: {}", long.len());
    client.say(post("/length", &length, &long)).await;

    let answer = client.answer().await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains(r#""code":"payload_too_large""#), "{answer}");
}

#[tokio::test]
async fn an_unannounced_body_over_the_limit_is_refused() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    let pieces = format!("200\r\n{}\r\n", "x".repeat(0x200)).repeat(3) + "0\r\n\r\n";
    client.say(post("/length", "transfer-encoding: chunked", &pieces)).await;

    assert!(client.answer().await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_body_exactly_at_the_limit_passes() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    let body = "x".repeat(BODY_LIMIT);
    client.say(post("/length", &format!("content-length: {BODY_LIMIT}"), &body)).await;

    assert!(client.answer().await.ends_with("\r\n\r\n1024"));
}

#[tokio::test]
async fn a_body_nobody_reads_does_not_spoil_the_answer() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;

    let long = "x".repeat(MORE_THAN_BUFFERS);
    client.say(post("/ignored", &format!("content-length: {}", long.len()), &long)).await;

    assert!(client.answer().await.ends_with("did not look"));
}

#[tokio::test]
async fn two_lengths_are_no_request() {
    for lengths in ["content-length: 5\r\ncontent-length: 6", "content-length: -1"] {
        let server = Server::start(patient()).await;
        let mut client = server.connect().await;

        client.say(post("/length", lengths, "hello")).await;

        let answer = client.answer().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{lengths}: {answer}");
    }
}

/// A client is still sending it when the answer leaves.
const MORE_THAN_BUFFERS: usize = 12 * 1024 * 1024;

fn post(path: &str, framing: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n{body}")
}
