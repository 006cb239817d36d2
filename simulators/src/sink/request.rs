//! Reads a request off a socket.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;

/// More than anybody sends here.
const MOST: usize = 16 * 1024 * 1024;

type Read = (String, Vec<(String, String)>, Bytes);

/// The next one; `None` where the other side is done. Bodies have a length: nobody sends others.
pub(super) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Read>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers: Vec<(String, String)> = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("content-length");
    let length = headers.iter().find(named).and_then(|(_, value)| value.parse().ok());
    let length = length.unwrap_or(0).min(MOST);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some((path, headers, body.into())))
}
