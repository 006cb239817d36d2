//! What callers get to see of an answer, and what leaves with a request.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::server::{Server, Then, local};
use crate::{Auth, Egress, Error, Origin, Policy, Request, StatusCode, UrlFault};

#[tokio::test]
async fn a_whole_answer_can_be_read() {
    let server = Server::saying(ok("hello"), Then::Listens).await;

    let answer = server.asked(local()).await.unwrap();

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.bytes(100).await.unwrap(), "hello");
}

#[tokio::test]
async fn an_answer_comes_in_pieces() {
    let server = Server::saying(CHUNKED, Then::Listens).await;

    let mut answer = server.asked(local()).await.unwrap();

    let mut body = Vec::new();
    while let Some(chunk) = answer.next_chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    assert_eq!(body, b"hello world");
}

#[tokio::test]
async fn requests_to_one_place_share_a_connection() {
    let server = Server::saying(ok("hello"), Then::Listens).await;
    let egress = Egress::new(local()).unwrap();

    for _ in 0..5 {
        let answer = egress.send(Request::get(server.url())).await.unwrap();
        answer.bytes(100).await.unwrap();
    }

    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let target = Server::saying(ok("secret"), Then::Closes).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url());
    let server = Server::saying(redirect, Then::Listens).await;

    let answer = server.asked(local()).await.unwrap();

    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn an_announced_body_over_the_limit_is_refused_unread() {
    let server =
        Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n", Then::Hangs).await;
    let answer = server.asked(Policy { max_body_bytes: 100, ..local() }).await.unwrap();

    let error = answer.bytes(u64::MAX).await.unwrap_err();

    assert!(matches!(error, Error::TooLarge { limit: 100, .. }), "{error:?}");
}

#[tokio::test]
async fn an_unannounced_body_is_cut_off_at_the_limit() {
    let server = Server::saying(CHUNKED, Then::Hangs).await;
    let mut answer = server.asked(Policy { max_body_bytes: 10, ..local() }).await.unwrap();

    let error = loop {
        match answer.next_chunk().await {
            Ok(chunk) => assert!(chunk.is_some(), "the body ended below the limit"),
            Err(error) => break error,
        }
    };

    assert!(matches!(error, Error::TooLarge { limit: 10, .. }), "{error:?}");
}

#[tokio::test]
async fn the_head_of_an_endless_body_can_be_kept() {
    let server = Server::saying(
        "HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\nabcdefgh",
        Then::Hangs,
    )
    .await;

    let answer = server.asked(local()).await.unwrap();

    assert_eq!(answer.head(5).await.unwrap(), "abcde");
}

#[tokio::test]
async fn a_compressed_answer_is_asked_for_and_unpacked() {
    let server = Server::saying(compressed(&ZIPPED), Then::Listens).await;

    let answer = server.asked(local()).await.unwrap();

    assert_eq!(answer.bytes(1_000).await.unwrap(), "a".repeat(1_000));
    let head = server.last_head().to_lowercase();
    assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
}

#[tokio::test]
async fn what_counts_is_how_large_an_answer_is_unpacked() {
    let server = Server::saying(compressed(&ZIPPED), Then::Listens).await;
    let policy = Policy { max_body_bytes: 999, ..local() };

    let mut pieces = server.asked(policy.clone()).await.unwrap();
    let error = loop {
        match pieces.next_chunk().await {
            Ok(chunk) => assert!(chunk.is_some(), "the body ended below the limit"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::TooLarge { limit: 999, .. }), "{error:?}");
    let error = server.asked(policy).await.unwrap().bytes(u64::MAX).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 999, .. }), "{error:?}");
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_no_answer() {
    for (packed, cut_off) in [(&ZIPPED[..20], true), (&b"not packed"[..], false)] {
        let server = Server::saying(compressed(packed), Then::Listens).await;

        let error = server.asked(local()).await.unwrap().bytes(u64::MAX).await.unwrap_err();

        assert_eq!(matches!(error, Error::Truncated { .. }), cut_off, "{error:?}");
        assert!(error.may_pass(), "{error:?}");
    }
}

#[tokio::test]
async fn json_that_does_not_fit_is_located_but_not_quoted() {
    #[derive(Debug, Deserialize)]
    struct Wanted {
        #[expect(dead_code, reason = "only its type matters")]
        id: u32,
    }
    let server = Server::saying(ok(r#"{"id":"canary"}"#), Then::Listens).await;

    let error = server.asked(local()).await.unwrap().json::<Wanted>(100).await.unwrap_err();

    assert!(matches!(error, Error::Malformed { line: 1, .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn credentials_travel_as_the_header_they_belong_in() {
    let server = Server::saying(ok(""), Then::Listens).await;
    let auth = Auth::Basic { user: SecretString::from("key"), password: SecretString::from("x") };
    let request = Request::get(server.url()).auth(auth).header("accept", "application/json");

    Egress::new(local()).unwrap().send(request).await.unwrap();

    let head = server.last_head().to_lowercase();
    assert!(head.contains("authorization: basic a2v5ong="), "{head}");
    assert!(head.contains("accept: application/json"), "{head}");
    assert!(head.contains("user-agent: rollcall/"), "{head}");
}

#[tokio::test]
async fn a_pinned_request_goes_nowhere_else() {
    let server = Server::saying(ok(""), Then::Closes).await;
    let home = Origin::of(&Url::parse("http://127.0.0.1:1/data").unwrap());

    let error = Egress::new(local())
        .unwrap()
        .send(Request::get(server.url()).pinned_to(home))
        .await
        .err()
        .unwrap();

    assert!(matches!(error, Error::OutsideOrigin { .. }), "{error:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_credential_with_a_line_break_is_refused_and_not_shown() {
    let secret = SecretString::from("canary\r\nhost: evil");
    let request = Request::get("https://example.com").secret_header("x-key", &secret);

    let error = Egress::new(local()).unwrap().send(request).await.err().unwrap();

    assert!(matches!(error, Error::InvalidHeader { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn plain_http_needs_the_operators_word() {
    let error = Egress::new(Policy::default()).unwrap().vet("http://example.com").unwrap_err();

    assert!(matches!(error, Error::InvalidUrl(UrlFault::Scheme)), "{error:?}");
}

#[tokio::test]
async fn a_port_that_is_not_listed_is_refused() {
    let error = Egress::new(Policy::default()).unwrap().vet("https://example.com:22").unwrap_err();

    assert!(matches!(error, Error::InvalidUrl(UrlFault::Port)), "{error:?}");
}

#[test]
fn a_request_shows_neither_its_query_nor_its_body() {
    let request = Request::post("https://example.com/canary?key=canary").form(&[("k", "canary")]);

    assert_eq!(format!("{request:?}"), "POST to example.com");
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                       6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";

/// A thousand times the letter a.
const ZIPPED: [u8; 29] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x4b, 0x4c, 0x1c, 0x05, 0xa3, 0x60,
    0x14, 0x0c, 0x77, 0x00, 0x00, 0x03, 0xda, 0x38, 0x9a, 0xe8, 0x03, 0x00, 0x00,
];

fn compressed(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
