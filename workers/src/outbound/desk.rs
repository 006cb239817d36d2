//! What an endpoint's messages are sent with: read anew before every few, so that a change counts at
//! once.

use chrono::{DateTime, Utc};
use rollcall_commands::{Headers, endpoint_headers, endpoint_secrets, signing_key};
use rollcall_domain::message::EndpointSecret;
use rollcall_domain::webhook_endpoint::KnownEndpoint;
use rollcall_store::Cause;
use secrecy::{ExposeSecret, SecretString};

use super::{Outbound, PRINCIPAL};
use crate::work::WorkError;

/// Secrets of an endpoint, as they are at a moment.
pub(crate) struct Keys {
    pub(super) secrets: Vec<EndpointSecret>,
    pub(super) headers: Headers,
    pub(super) organisation: SecretString,
}

impl Keys {
    /// Whatever nobody may read who reads what became of a message.
    pub(super) fn hidden(&self) -> Vec<String> {
        let secrets = self.secrets.iter().map(EndpointSecret::text);
        let headers = self.headers.iter().map(|(_, value)| value.clone());
        let organisation = [self.organisation.expose_secret().to_owned()];
        secrets.chain(headers).chain(organisation).collect()
    }
}

impl Outbound {
    pub(super) async fn keys(
        &self,
        tenant: &str,
        known: &KnownEndpoint,
        at: DateTime<Utc>,
    ) -> Result<Keys, WorkError> {
        let secrets = endpoint_secrets(&self.store, tenant, known, at).await;
        let headers = endpoint_headers(&self.store, tenant, known).await;
        Ok(Keys {
            secrets: secrets.map_err(ours)?,
            headers: headers.map_err(ours)?,
            organisation: self.organisation_key(tenant).await?,
        })
    }

    pub(super) async fn organisation_key(&self, tenant: &str) -> Result<SecretString, WorkError> {
        signing_key(&self.store, tenant, &Cause::by(PRINCIPAL)).await.map_err(ours)
    }
}

pub(super) fn ours(error: impl std::fmt::Display) -> WorkError {
    WorkError(error.to_string())
}
