//! TLS of our own, for who has no proxy before this: certificate and key from two PEM files, read again
//! when somebody says so.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Marks requests that came encrypted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encrypted;

/// Why there is no certificate to serve with. Neither says anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} holds no PEM that can be read")]
    Unreadable { path: PathBuf },
    #[error("the certificate and the key can't be served with: {0}")]
    Unusable(rustls::Error),
}

/// A certificate and its key.
#[derive(Debug, Clone)]
pub struct Tls(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    pub fn load(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let config = RwLock::new(read(certificate, key)?);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Tls(Arc::new(Inner { certificate, key, config })))
    }

    /// Reads both files again, for connections from now on. Where they can't be read, it stays as it is.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.0.certificate, &self.0.key)?;
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let config = self.0.config.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&config))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let unreadable = |path: &Path| TlsError::Unreadable { path: path.to_owned() };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(TlsError::Unusable)?;
    Ok(Arc::new(config))
}
