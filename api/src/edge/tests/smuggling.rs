//! Requests whose end can be read in two ways: a proxy before this and we must never disagree, so none of
//! them is read at all.

use super::client::{Server, patient};

/// What follows would be a request of its own for whoever takes the other end.
const SMUGGLED: &str = "GET /peer HTTP/1.1\r\nhost: x\r\n\r\n";

/// Every answer that comes until the server closes.
async fn answers(server: &Server, request: &str) -> Vec<String> {
    let mut client = server.connect().await;
    client.say(request).await;
    let all = client.rest().await;
    all.split("HTTP/1.1 ").skip(1).map(|one| one[..3].to_owned()).collect()
}

#[tokio::test]
async fn a_request_with_two_ends_is_refused_and_its_connection_closed() {
    let server = Server::start(patient()).await;
    let head = "POST /length HTTP/1.1\r\nhost: x\r\n";
    let chunk = "1\r\na\r\n0\r\n\r\n";
    let long = "F".repeat(17);
    for (name, request) in [
        ("two lengths", format!("{head}content-length: 1\r\ncontent-length: 2\r\n\r\na{SMUGGLED}")),
        ("lengths in a list", format!("{head}content-length: 1, 2\r\n\r\na{SMUGGLED}")),
        ("a signed length", format!("{head}content-length: +1\r\n\r\na{SMUGGLED}")),
        ("a length that is none", format!("{head}content-length: 0x1\r\n\r\na{SMUGGLED}")),
        ("a length out of range", format!("{head}content-length: 99999999999999999999\r\n\r\na")),
        ("an unknown coding", format!("{head}transfer-encoding: x\r\n\r\n{chunk}{SMUGGLED}")),
        (
            "chunked not last",
            format!("{head}transfer-encoding: chunked, x\r\n\r\n{chunk}{SMUGGLED}"),
        ),
        ("a space before the colon", format!("{head}content-length : 1\r\n\r\na{SMUGGLED}")),
        ("a folded line", format!("{head}x: a\r\n content-length: 1\r\n\r\na{SMUGGLED}")),
        ("a bare CR in a value", format!("{head}x: a\rcontent-length: 1\r\n\r\na{SMUGGLED}")),
        ("a NUL in a value", format!("{head}x: a\0b\r\n\r\n{SMUGGLED}")),
        (
            "chunked before 1.1",
            format!(
                "POST /length HTTP/1.0\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n{chunk}{SMUGGLED}"
            ),
        ),
    ] {
        let answers = answers(&server, &request).await;
        assert_eq!(answers, ["400"], "{name}");
    }
    for (name, size) in [
        ("a signed size", "+1"),
        ("a size with a prefix", "0x1"),
        ("a size out of range", long.as_str()),
        ("no size", ""),
        ("a negative size", "-1"),
    ] {
        let request =
            format!("{head}transfer-encoding: chunked\r\n\r\n{size}\r\na\r\n0\r\n\r\n{SMUGGLED}");
        let answers = answers(&server, &request).await;
        assert!(
            answers == ["400"] || answers == ["500"] || answers.is_empty(),
            "{name}: {answers:?}"
        );
    }
    server.stop().await.unwrap();
}

/// As RFC 9112 §6.3 has it where both are given; and nothing that follows on the connection is read.
#[tokio::test]
async fn chunked_wins_over_a_length_however_it_is_written() {
    let server = Server::start(patient()).await;
    for coding in ["chunked", "Chunked", "CHUNKED"] {
        let request = format!(
            "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: {coding}\r\n\r\n\
             1\r\na\r\n0\r\n\r\nGET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        );
        let answers = answers(&server, &request).await;
        assert!(answers == ["200"], "{coding}: {answers:?}");
    }
    server.stop().await.unwrap();
}
