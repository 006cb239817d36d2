//! How slow and how many clients may be.

use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections served at a time, over all listeners; one more is answered 503 and closed.
    pub max_connections: u32,
    /// From accepting a connection, or from the first byte of a later request, until the request's
    /// head is complete. A connection that says nothing at all is closed after this.
    pub head_timeout: Duration,
    /// Between an answer and the first byte of the next request on the same connection.
    pub keep_alive_idle: Duration,
    /// Between two pieces of a request's body; then 408, unless the handler has an error of its own.
    pub body_idle_timeout: Duration,
    /// For a request's whole body, counted from its first pause; then the same.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer that is ready for it.
    pub write_timeout: Duration,
    /// How long requests under way may go on once the server is to stop.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_connections: 4096,
            head_timeout: Duration::from_secs(8),
            keep_alive_idle: Duration::from_secs(60),
            body_idle_timeout: Duration::from_secs(8),
            body_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(20),
        }
    }
}
