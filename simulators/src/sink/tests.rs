//! What the sink does is what its switches say.

use std::time::Duration;

use super::{Behaviour, RetryAfter, Sink};

async fn post(sink: &Sink, body: &str) -> reqwest::Result<reqwest::Response> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .no_proxy();
    client.build().unwrap().post(sink.url()).body(body.to_owned()).send().await
}

#[tokio::test]
async fn it_keeps_what_it_received_in_order_whatever_it_answered() {
    let sink = Sink::start().await.unwrap();
    sink.behave_once([Behaviour::Status(500), Behaviour::Redirect("/elsewhere".to_owned())]);

    let answers = [post(&sink, "a").await, post(&sink, "b").await, post(&sink, "c").await];

    let statuses = answers.map(|answer| answer.unwrap().status().as_u16());
    assert_eq!(statuses, [500, 302, 204]);
    let bodies: Vec<_> = sink.received().into_iter().map(|one| (one.body, one.accepted)).collect();
    assert_eq!(bodies, [("a".into(), false), ("b".into(), false), ("c".into(), true)]);
}

#[tokio::test]
async fn it_asks_to_wait_in_both_forms() {
    let sink = Sink::start().await.unwrap();
    let date = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    sink.behave_once([
        Behaviour::Throttle(RetryAfter::Seconds(7)),
        Behaviour::Throttle(RetryAfter::Date(date)),
    ]);

    for asked in ["7", "Fri, 15 Jan 2027 08:00:00 GMT"] {
        let answer = post(&sink, "a").await.unwrap();
        assert_eq!(answer.status().as_u16(), 429);
        assert_eq!(answer.headers()["retry-after"], asked);
    }
}

#[tokio::test]
async fn it_breaks_off() {
    let sink = Sink::start().await.unwrap();
    sink.behave(Behaviour::Reset);

    assert!(post(&sink, "a").await.is_err());
    assert_eq!(sink.count(), 1);
}
