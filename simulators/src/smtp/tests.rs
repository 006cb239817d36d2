//! The server, asked byte by byte.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Says all of it, then hangs up; everything that was answered.
async fn said(sink: &Sink, words: &str) -> String {
    let mut stream = TcpStream::connect(sink.address()).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answered = String::new();
    stream.read_to_string(&mut answered).await.unwrap();
    answered
}

/// The codes at the beginnings of lines, in their order.
fn codes(answered: &str) -> Vec<&str> {
    answered.lines().map(|line| &line[..3]).collect()
}

const MAIL: &str = "EHLO client.example\r\nMAIL FROM:<us@rollcall.example>\r\n\
    RCPT TO:<ada@engine.example>\r\nDATA\r\nSubject: Hello\r\n\r\n..two dots\r\n.\r\nQUIT\r\n";

#[tokio::test]
async fn a_mail_is_kept_as_it_was_sent() {
    let sink = Sink::start(Config::default()).await.unwrap();

    let answered = said(&sink, MAIL).await;

    let expected = ["220", "250", "250", "250", "250", "250", "250", "354", "250", "221"];
    assert_eq!(codes(&answered), expected, "{answered}");
    let expected = Received {
        from: "us@rollcall.example".to_owned(),
        to: vec!["ada@engine.example".to_owned()],
        message: "Subject: Hello\r\n\r\n.two dots\r\n".to_owned(),
        encrypted: false,
        user: None,
    };
    assert_eq!(sink.handle().received(), [expected]);
}

#[tokio::test]
async fn nothing_is_taken_out_of_turn_or_without_credentials() {
    let credentials = Some(("rollcall".to_owned(), "secret".to_owned()));
    let sink = Sink::start(Config { credentials, ..Config::default() }).await.unwrap();

    let answered =
        said(&sink, "RCPT TO:<a@b.example>\r\nDATA\r\nMAIL FROM:<a@b.example>\r\n").await;
    assert_eq!(codes(&answered), ["220", "503", "503", "530"]);
    let wrong = STANDARD_WRONG;
    assert_eq!(codes(&said(&sink, &format!("AUTH PLAIN {wrong}\r\n")).await), ["220", "535"]);
    let right = "AHJvbGxjYWxsAHNlY3JldA==";
    assert_eq!(codes(&said(&sink, &format!("AUTH PLAIN {right}\r\n")).await), ["220", "235"]);
    assert!(sink.handle().received().is_empty());
}

/// Another password.
const STANDARD_WRONG: &str = "AHJvbGxjYWxsAHdyb25n";

#[tokio::test]
async fn who_is_greylisted_passes_later() {
    let sink = Sink::start(Config::default()).await.unwrap();
    sink.handle().change_faults(|faults| faults.greylist = 1);

    assert!(said(&sink, MAIL).await.contains("451 "));
    assert!(!said(&sink, MAIL).await.contains("451 "));

    assert_eq!(sink.handle().received().len(), 1);
    assert_eq!(sink.handle().attempts("ada@engine.example"), 2);
}

#[tokio::test]
async fn a_mail_that_breaks_off_is_not_kept() {
    let sink = Sink::start(Config::default()).await.unwrap();
    sink.handle().change_faults(|faults| faults.drop_mid_message = true);

    let answered = said(&sink, MAIL).await;

    assert!(answered.ends_with("354 End data with <CR><LF>.<CR><LF>\r\n"), "{answered}");
    assert!(sink.handle().received().is_empty());
}
