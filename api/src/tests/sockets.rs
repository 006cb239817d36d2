//! The same over real sockets, through the edge.

use std::time::Duration;

use rollcall_domain::connection::SignatureForm;
use rollcall_domain::delivery::sign;
use rollcall_domain::tenant::Plan;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::oneshot;

use super::home::SENT;
use super::inbound::A;
use super::{Home, SECRET};
use crate::edge::{Limits, Listener, serve};
use crate::tokens::Scope;
use crate::{operator_router, router};

async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn delivery(length: usize, headers: &str) -> String {
    format!(
        "POST /api/v1/integrations/bamboohr/webhook/acme HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
}

#[tokio::test]
async fn a_delivery_is_taken_in_over_tcp() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(vec![listener.into()], router(home.app.clone()), Limits::default(), async {
        let _ = stopped.await;
    });
    let server = tokio::spawn(served);
    let connect = || async { TcpStream::connect(address).await.unwrap() };

    let time = SENT.to_string();
    let right = sign(SignatureForm::BodyTimestamp, SECRET.as_bytes(), A.as_bytes(), &time);
    let signed = format!("x-bamboohr-timestamp: {time}\r\nx-bamboohr-signature: {right}\r\n");
    let taken = say(connect().await, &format!("{}{A}", delivery(A.len(), &signed))).await;
    let twice = format!("{signed}X-BambooHR-Signature: {right}\r\n");
    let twice = say(connect().await, &format!("{}{A}", delivery(A.len(), &twice))).await;
    let announced = say(connect().await, &delivery((1 << 20) + 1, &signed)).await;

    assert!(taken.starts_with("HTTP/1.1 202 ") && taken.contains(r#"{"receipt":""#), "{taken}");
    assert!(twice.starts_with("HTTP/1.1 401 "), "{twice}");
    assert!(announced.starts_with("HTTP/1.1 413 "), "{announced}");
    stop.send(()).unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn a_delivery_that_does_not_arrive_whole_comes_again() {
    let home = Home::new().await;
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
    let limits = Limits { body_idle_timeout: Duration::from_millis(80), ..Limits::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(
        vec![listener.into()],
        router(home.app.clone()),
        limits,
        std::future::pending(),
    ));
    let head = delivery(A.len(), "").replace("connection: close\r\n", "");
    let half = format!("{head}{}", &A[..20]);

    // The first one stays and says nothing more, the second one says that this was all.
    let stalled = say(TcpStream::connect(address).await.unwrap(), &half).await;
    let mut leaving = TcpStream::connect(address).await.unwrap();
    leaving.write_all(half.as_bytes()).await.unwrap();
    leaving.shutdown().await.unwrap();
    let broken_off = say(leaving, "").await;

    for answer in [&stalled, &broken_off] {
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("retry-after: "), "{answer}");
        assert!(answer.contains(r#""code":"incomplete""#), "{answer}");
    }
    assert!(stalled.contains("connection: close\r\n"), "{stalled}");
    assert_eq!(home.refused(&tenant, 2).await, ["body_broke_off", "body_stalled"]);
    let elsewhere = "POST /api/v1/tenants HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\
                     content-type: application/json\r\nauthorization: Bearer ";
    let token = home.token(None, &[Scope::Operator]).await;
    let elsewhere = format!("{elsewhere}{token}\r\n\r\n{{");
    let elsewhere = say(TcpStream::connect(address).await.unwrap(), &elsewhere).await;
    assert!(elsewhere.starts_with("HTTP/1.1 408 "), "{elsewhere}");
    for answer in [stalled, broken_off, elsewhere] {
        assert!(answer.contains(r#""request_id":"#), "{answer}");
    }
    server.abort();
}

#[tokio::test]
async fn the_owner_is_the_operator_on_the_unix_socket_only() {
    let home = Home::new().await;
    home.tenant("acme", Plan::Business).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.sock");
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let listeners = vec![Listener::unix(&path).unwrap(), tcp.into()];
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(listeners, operator_router(home.app.clone()), Limits::default(), async {
        let _ = stopped.await;
    });
    let server = tokio::spawn(served);

    let request = "GET /api/v1/parked HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                   rollcall-tenant: acme\r\n\r\n";
    let owner = say(UnixStream::connect(&path).await.unwrap(), request).await;
    let anybody = say(TcpStream::connect(address).await.unwrap(), request).await;

    assert!(owner.starts_with("HTTP/1.1 200 "), "{owner}");
    assert!(anybody.starts_with("HTTP/1.1 401 "), "{anybody}");
    stop.send(()).unwrap();
    server.await.unwrap();
}
