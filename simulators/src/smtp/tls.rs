//! A certificate that the server signs itself.

use std::io;

use tokio_rustls::TlsAcceptor;

use crate::tls::acceptor;

/// The certificate (PEM), and who speaks TLS with it.
pub(super) fn self_signed() -> io::Result<(String, TlsAcceptor)> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
    let made = made.map_err(io::Error::other)?;
    Ok((made.cert.pem(), acceptor(made.cert.der().clone(), &made.signing_key)?))
}
