//! A small HTTP client: one request on a connection of its own.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The receipt a delivery was acknowledged with.
    pub(crate) fn receipt(&self) -> String {
        assert_eq!(self.status, 202, "{self:?}");
        self.json()["receipt"].as_str().unwrap().to_owned()
    }
}

/// `POST` to somebody who may be gone.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let stream = TcpStream::connect(address).await?;
    exchange(stream, "POST", path, headers, body).await
}

/// One request and its answer, over any stream.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the answer; what went wrong shows there.
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", "rollcall");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body))).unwrap();
    let response = sender.send_request(request).await.map_err(broken)?;
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(broken)?.to_bytes().to_vec();
    Ok(Answer { status, retry_after, body })
}

fn broken(error: hyper::Error) -> std::io::Error {
    std::io::Error::other(error)
}
