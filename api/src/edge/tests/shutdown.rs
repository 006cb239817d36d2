//! The end: what is under way is finished, what is idle is closed, what takes too long is cut off.

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::{SHORT, Server, patient};
use crate::edge::{Drained, Limits};

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let server = Server::start(patient()).await;
    let (address, go_on) = (server.address, server.go_on.clone());
    let mut client = server.connect().await;
    let mut idle = server.connect().await;
    idle.get("/").await;
    client.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.waiting.notified().await;

    let end = server.stop();
    // The idle connection is closed once the stop has been heard, and the listener is gone by then.
    assert_eq!(idle.rest().await, "");
    assert!(TcpStream::connect(address).await.is_err());
    go_on.notify_one();

    let answer = client.rest().await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(answer.ends_with("waited"), "{answer}");
    assert_eq!(end.await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test]
async fn clients_that_never_spoke_do_not_delay_the_end() {
    let server = Server::start(patient()).await;
    let mut silent = server.connect().await;
    // Accepted in order: once the later one is served, the silent one is connected as well.
    server.connect().await.get("/").await;

    let end = server.stop();

    assert_eq!(silent.rest().await, "");
    assert_eq!(end.await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test]
async fn what_goes_on_without_its_connection_is_waited_for() {
    let server = Server::start(patient()).await;
    let go_on = server.go_on.clone();
    let mut client = server.connect().await;
    client.get("/goes-on").await;
    drop(client);

    let mut end = server.stop();

    assert!(timeout(SHORT, &mut end).await.is_err());
    go_on.notify_one();
    assert_eq!(end.await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cut_off() {
    let server = Server::start(Limits { shutdown_grace: SHORT, ..patient() }).await;
    let mut client = server.connect().await;
    client.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.waiting.notified().await;

    let drained = server.stop().await.unwrap();

    assert_eq!(drained, Drained { cut_off: 1 });
    assert_eq!(client.rest().await, "");
}
