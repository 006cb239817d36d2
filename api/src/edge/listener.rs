//! Where clients connect: a TCP port, or a Unix socket that only its owner may open.

use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingUnixStream;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Tls;

/// One place to accept connections from.
pub enum Listener {
    Tcp(TcpListener),
    /// The same, encrypted.
    Tls(TcpListener, Tls),
    /// The file goes away with the listener.
    Unix(UnixListener, SocketFile),
}

/// Who is at the other end. Every request carries it as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Tcp(SocketAddr),
    /// Whoever may open the Unix socket: the user the server runs as.
    Owner,
}

impl Listener {
    pub async fn tcp(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Listener::Tcp)
    }

    /// Listens on a socket file with mode 0600. A file left behind by a dead server is replaced;
    /// one that a server still answers on is not (`AddrInUse`).
    pub fn unix(path: &Path) -> io::Result<Self> {
        refuse_unless_free(path)?;
        // The file gets its name only once it has its mode, so nobody connects in between.
        let mut unready = path.as_os_str().to_owned();
        unready.push(".new");
        let unready = PathBuf::from(unready);
        remove_if_there(&unready)?;
        let listener = UnixListener::bind(&unready)?;
        fs::set_permissions(&unready, Permissions::from_mode(0o600))?;
        fs::rename(&unready, path)?;
        Ok(Listener::Unix(listener, SocketFile(path.to_owned())))
    }

    pub(super) async fn accept(&self) -> io::Result<(Accepted, Peer)> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Accepted::Plain(Stream::Tcp(stream)), Peer::Tcp(address)))
            }
            Listener::Tls(listener, tls) => {
                let (stream, address) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Accepted::Tls(stream, tls.acceptor()), Peer::Tcp(address)))
            }
            Listener::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Accepted::Plain(Stream::Unix(stream)), Peer::Owner))
            }
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Listener::Tcp(listener)
    }
}

/// Removes the socket's file when dropped.
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Nothing depends on it: the next server replaces a file nobody answers on.
        let _ = fs::remove_file(&self.0);
    }
}

fn refuse_unless_free(path: &Path) -> io::Result<()> {
    let taken = match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
        Ok(found) if !found.file_type().is_socket() => "it is a file, not a socket",
        Ok(_) => match BlockingUnixStream::connect(path) {
            Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => return Ok(()),
            Err(e) => return Err(e),
            Ok(_) => "another server answers on it",
        },
    };
    let message = format!("cannot listen on {}: {taken}", path.display());
    Err(io::Error::new(io::ErrorKind::AddrInUse, message))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A connection as it was taken; one that is to be encrypted has not agreed on how yet.
pub(super) enum Accepted {
    Plain(Stream),
    Tls(TcpStream, TlsAcceptor),
}

impl Accepted {
    /// Takes as long as the client does.
    pub(super) async fn agreed(self) -> io::Result<Stream> {
        match self {
            Accepted::Plain(stream) => Ok(stream),
            Accepted::Tls(stream, acceptor) => {
                let stream = acceptor.accept(stream).await?;
                Ok(Stream::Tls(Box::new(stream)))
            }
        }
    }
}

/// A connection of any kind.
pub(super) enum Stream {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
