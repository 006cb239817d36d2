//! One connection with its deadlines: what it is waiting for decides how long it may wait.
//!
//! Timers are armed only when the socket has nothing to give or takes nothing, so a client that
//! keeps up never touches one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::Limits;
use super::listener::Stream;

/// How long we go on reading from a client that was answered before it had sent everything.
/// Closing at once would reset the connection and could take the answer with it.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// What the socket and the request on it tell each other. A line has one request at a time.
#[derive(Default)]
pub(super) struct Exchange {
    phase: AtomicU8,
    stalled: AtomicBool,
    unread: AtomicBool,
}

/// A head is due (also on a fresh connection), a request is being answered, or nothing is going on.
const HEAD: u8 = 0;
const ANSWERING: u8 = 1;
const IDLE: u8 = 2;

impl Exchange {
    pub(super) fn request_began(&self) {
        self.phase.store(ANSWERING, Relaxed);
        self.unread.store(false, Relaxed);
    }

    pub(super) fn request_ended(&self) {
        self.phase.store(IDLE, Relaxed);
    }

    /// The client stopped sending its body; the connection is of no more use.
    pub(super) fn body_stalled(&self) {
        self.stalled.store(true, Relaxed);
    }

    pub(super) fn has_stalled(&self) -> bool {
        self.stalled.load(Relaxed)
    }

    /// Nobody will read the rest of the body.
    pub(super) fn body_left_unread(&self) {
        self.unread.store(true, Relaxed);
    }
}

/// The socket, as hyper sees it.
pub(super) struct Socket {
    stream: Stream,
    line: Arc<Exchange>,
    head_timeout: Duration,
    write_timeout: Duration,
    head: Timer,
    write: Timer,
    linger: Timer,
    lingered: usize,
}

impl Socket {
    pub(super) fn new(stream: Stream, line: Arc<Exchange>, limits: &Limits) -> Self {
        Socket {
            stream,
            line,
            head_timeout: limits.head_timeout,
            write_timeout: limits.write_timeout,
            head: Timer::default(),
            write: Timer::default(),
            linger: Timer::default(),
            lingered: 0,
        }
    }

    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.write.disarm();
        } else if self.write.expired(cx, self.write_timeout) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        done
    }

    /// Reads and forgets, until the client has closed too or has had its time.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 8 * 1024];
        while self.lingered < LINGER_BYTES {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    self.lingered += buf.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending if self.linger.expired(cx, LINGER) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let phase = this.line.phase.load(Relaxed);
        if read.is_ready() {
            if phase == IDLE {
                this.line.phase.store(HEAD, Relaxed);
                this.head.disarm();
            }
        } else if phase == HEAD && this.head.expired(cx, this.head_timeout) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.written(cx, done)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.written(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        if this.line.unread.load(Relaxed) {
            ready!(this.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

/// A deadline that is set by waiting and forgotten by progress. Its allocation is reused.
#[derive(Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: bool,
}

impl Timer {
    /// Whether `after` has passed since the first call after `disarm`; wakes the task when it has.
    pub(super) fn expired(&mut self, cx: &mut Context<'_>, after: Duration) -> bool {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(after)));
        if !self.armed {
            self.armed = true;
            sleep.as_mut().reset(Instant::now() + after);
        }
        sleep.as_mut().poll(cx).is_ready()
    }

    pub(super) fn disarm(&mut self) {
        self.armed = false;
    }
}
