//! The socket file: for its owner only, replaced when stale, left alone when in use.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::net::UnixStream;

use super::client::{Client, Server, patient};
use crate::edge::Listener;

#[tokio::test]
async fn the_owner_is_served_through_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.sock");
    let server = Server::on(Listener::unix(&path).unwrap(), patient());

    let mut client = Client(UnixStream::connect(&path).await.unwrap());

    assert!(client.get("/peer").await.ends_with("\r\n\r\nOwner"));
    drop(client);
    server.stop().await.unwrap();
    assert!(!path.exists(), "the file goes with the server");
}

#[tokio::test]
async fn nobody_else_may_open_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.sock");

    let _listener = Listener::unix(&path).unwrap();

    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names_in(directory.path()), ["rollcall.sock"]);
}

#[tokio::test]
async fn a_socket_left_behind_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());

    let _listener = Listener::unix(&path).unwrap();

    assert!(UnixStream::connect(&path).await.is_ok());
}

#[tokio::test]
async fn a_socket_in_use_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.sock");
    let _first = Listener::unix(&path).unwrap();

    let error = Listener::unix(&path).err().unwrap();

    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(UnixStream::connect(&path).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.sock");
    std::fs::write(&path, "precious").unwrap();

    let error = Listener::unix(&path).err().unwrap();

    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
