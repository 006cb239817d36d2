//! What a receiver does with a request.

use std::future::pending;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// How long a receiver asks to be left alone, in both forms of RFC 9110.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryAfter {
    Seconds(u64),
    Date(DateTime<Utc>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// With a line of text.
    Status(u16),
    /// 200 with this text.
    Text(String),
    /// It says nothing, and keeps the connection.
    Hang,
    /// A byte of the head every so often, without end.
    Drip(Duration),
    /// The head at once, and a byte of the body every so often.
    DripBody(Duration),
    /// It breaks the connection off.
    Reset,
    /// To there.
    Redirect(String),
    /// 200, and a GiB of body.
    Flood,
    /// 429.
    Throttle(RetryAfter),
}

const GIB: u64 = 1024 * 1024 * 1024;

impl Behaviour {
    /// Whether it takes the message.
    pub fn is_well(&self) -> bool {
        match self {
            Behaviour::Status(status) => (200..300).contains(status),
            Behaviour::Text(_) | Behaviour::Flood | Behaviour::DripBody(_) => true,
            Behaviour::Hang
            | Behaviour::Drip(_)
            | Behaviour::Reset
            | Behaviour::Redirect(_)
            | Behaviour::Throttle(_) => false,
        }
    }

    /// Does it; whether the connection can be used for another request.
    pub(super) async fn answer(self, stream: &mut BufReader<TcpStream>) -> bool {
        self.done(stream).await.unwrap_or(false)
    }

    async fn done(self, stream: &mut BufReader<TcpStream>) -> io::Result<bool> {
        match self {
            Behaviour::Status(status) => {
                let text = if status == 204 { "" } else { "The sink answers.\n" };
                reply(stream, status, "", text).await
            }
            Behaviour::Text(text) => reply(stream, 200, "", &text).await,
            Behaviour::Redirect(to) => reply(stream, 302, &format!("location: {to}\r\n"), "").await,
            Behaviour::Throttle(after) => {
                let value = match after {
                    RetryAfter::Seconds(seconds) => seconds.to_string(),
                    RetryAfter::Date(at) => at.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
                };
                reply(stream, 429, &format!("retry-after: {value}\r\n"), "Slower.\n").await
            }
            Behaviour::Hang => pending().await,
            Behaviour::Drip(pause) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx-drip: ").await?;
                drip(stream, pause).await
            }
            Behaviour::DripBody(pause) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await?;
                drip(stream, pause).await
            }
            Behaviour::Reset => {
                stream.get_ref().set_zero_linger()?;
                Ok(false)
            }
            Behaviour::Flood => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {GIB}\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                let piece = vec![b'x'; 64 * 1024];
                for _ in 0..GIB / piece.len() as u64 {
                    stream.write_all(&piece).await?;
                }
                Ok(false)
            }
        }
    }
}

async fn drip(stream: &mut BufReader<TcpStream>, pause: Duration) -> io::Result<bool> {
    loop {
        stream.write_all(b"x").await?;
        tokio::time::sleep(pause).await;
    }
}

async fn reply(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    headers: &str,
    text: &str,
) -> io::Result<bool> {
    let length = if status == 204 {
        String::new()
    } else {
        format!("content-type: text/plain\r\ncontent-length: {}\r\n", text.len())
    };
    let whole = format!("HTTP/1.1 {status} Simulated\r\n{length}{headers}\r\n{text}");
    stream.write_all(whole.as_bytes()).await?;
    Ok(true)
}
