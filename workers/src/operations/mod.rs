//! What is done while somebody waits: one file per kind, and what they share.

mod preview_undo;
mod test_connection;

use std::sync::Arc;

use rollcall_commands::operations::{Answer, Credentials, Operation, Request};
use rollcall_domain::connection::Settings;
use secrecy::SecretString;

use crate::providers::{Provider, ProviderError};
use crate::sync::Engine;
use crate::work::WorkError;

/// The answer to an operation. An error is ours, and it is tried again.
pub(crate) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    operation: &Operation,
) -> Result<Answer, WorkError> {
    match &operation.request {
        Request::TestConnection { settings, credentials } => {
            test_connection::perform(engine, tenant, settings, credentials).await
        }
        Request::PreviewUndo { run } => preview_undo::perform(engine, tenant, run).await,
    }
}

/// A client for the operation; as a failed answer, why there is none.
async fn open(
    engine: &Engine,
    tenant: &str,
    settings: &Settings,
    credentials: &Credentials,
) -> Result<Result<Arc<dyn Provider>, Answer>, WorkError> {
    let secret = match credentials {
        Credentials::Draft(text) => Some(SecretString::from(text.clone())),
        Credentials::Saved(name) => engine.store.vault_get(tenant, name).await?,
    };
    let Some(secret) = secret else {
        let summary = "the credentials are gone; save them again".to_owned();
        let (code, about) = ("environment".to_owned(), vec![]);
        return Ok(Err(Answer::Failed { code, summary, about, retry_at: None }));
    };
    Ok(engine.providers.open(settings, secret).map_err(|error| failed(&error)))
}

/// What a provider's no is as an answer.
fn failed(error: &ProviderError) -> Answer {
    let retry_at = match error {
        ProviderError::RateLimited { until } => Some(*until),
        ProviderError::Unauthorized { .. }
        | ProviderError::Forbidden { .. }
        | ProviderError::Rejected { .. }
        | ProviderError::Misconfigured(_)
        | ProviderError::Unavailable(_)
        | ProviderError::Malformed { .. }
        | ProviderError::Unsupported
        | ProviderError::Interrupted => None,
    };
    let failure = error.failure();
    let code = failure.code.as_str().to_owned();
    Answer::Failed { code, summary: failure.summary, about: vec![], retry_at }
}
