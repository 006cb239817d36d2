//! A load generator that costs little: requests made beforehand, one thread, connections kept open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::numbers::quantile;

/// What one round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) p99_ms: f64,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    latencies_ms: Vec<f64>,
    other: Vec<String>,
}

/// Sends requests over so many connections until the time is over or all are sent; every answer
/// must be a 202. Runs on a thread of its own.
pub(crate) async fn send(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    connections: usize,
    time: Duration,
) -> Result<Rate, Failure> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(all(address, requests, connections, time))
    };
    tokio::task::spawn_blocking(run).await?
}

async fn all(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    connections: usize,
    time: Duration,
) -> Result<Rate, Failure> {
    let mut shares: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| vec![]).collect();
    for (n, request) in requests.into_iter().enumerate() {
        shares[n % connections].push(request);
    }
    let mut lines = Vec::with_capacity(connections);
    for share in shares {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        lines.push((stream, share));
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for (stream, share) in lines {
        tasks.spawn(one(stream, share, began + time));
    }
    let mut latencies = vec![];
    let mut other = vec![];
    while let Some(seen) = tasks.join_next().await {
        let seen = seen??;
        latencies.extend(seen.latencies_ms);
        other.extend(seen.other);
    }
    let took = began.elapsed().as_secs_f64();
    if let Some(answer) = other.first() {
        return Err(Failure::new(format!(
            "{} of {} answers were no 202; the first one: {answer}",
            other.len(),
            latencies.len() + other.len()
        )));
    }
    Ok(Rate { per_second: latencies.len() as f64 / took, p99_ms: quantile(&mut latencies, 0.99) })
}

async fn one(
    mut stream: TcpStream,
    requests: Vec<Vec<u8>>,
    until: Instant,
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    let mut buffer = Vec::with_capacity(4096);
    for request in requests {
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        stream.write_all(&request).await?;
        if answer(&mut stream, &mut buffer).await? {
            seen.latencies_ms.push(sent.elapsed().as_secs_f64() * 1e3);
        } else {
            seen.other.push(String::from_utf8_lossy(&buffer).into_owned());
        }
    }
    Ok(seen)
}

/// Reads one answer; whether it is a 202.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<bool, Failure> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(Failure::new("the server closed a connection"));
        }
        let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        if buffer.len() >= head + 4 + body_length(&buffer[..head]) {
            return Ok(buffer.starts_with(b"HTTP/1.1 202"));
        }
    }
}

fn body_length(head: &[u8]) -> usize {
    let lines = head.split(|&byte| byte == b'\n');
    let value = |line: &[u8]| {
        let (name, value) = line.split_at_checked(15)?;
        let text = std::str::from_utf8(value).ok()?;
        name.eq_ignore_ascii_case(b"content-length:").then(|| text.trim().parse().ok())?
    };
    lines.into_iter().find_map(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::body_length;

    #[test]
    fn the_length_of_a_body_is_found_in_any_spelling() {
        assert_eq!(body_length(b"HTTP/1.1 202 Accepted\r\nContent-Length: 81\r\nx: y"), 81);
        assert_eq!(body_length(b"HTTP/1.1 202 Accepted\r\ncontent-length:7"), 7);
        assert_eq!(body_length(b"HTTP/1.1 204 No Content"), 0);
    }
}
