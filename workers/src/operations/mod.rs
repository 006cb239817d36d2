//! What is done while somebody waits: one file per kind, and what they share.

mod apply_plan;
pub(crate) mod missed_deliveries;
mod preview;
mod preview_undo;
mod provider_webhooks;
mod simulate_push;
mod test_connection;

use std::sync::Arc;

use rollcall_commands::OpenConnection;
use rollcall_commands::operations::{Answer, Credentials, Operation, Request};
use rollcall_domain::connection::{Settings, Status};
use secrecy::SecretString;

use crate::providers::{Provider, ProviderError};
use crate::sync::{Engine, Halt};
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
        Request::ProviderWebhooks { connection, ask } => {
            let principal = &operation.principal;
            provider_webhooks::perform(engine, tenant, connection, ask, principal).await
        }
        Request::Preview { connection, kind, identities, rerun_of } => {
            let asked = preview::Asked { connection, kind: *kind, identities, rerun_of };
            preview::perform(engine, tenant, &asked).await
        }
        Request::SimulatePush { connection, receipt } => {
            simulate_push::perform(engine, tenant, connection, receipt).await
        }
        Request::ApplyPlan { connection, hash } => {
            apply_plan::perform(engine, tenant, connection, hash, operation).await
        }
        Request::PreviewUndo { run } => preview_undo::perform(engine, tenant, run).await,
        Request::TestWebhook { endpoint, kind } => {
            engine.outbound.test_url(tenant, endpoint, *kind).await
        }
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
        let gone = "the credentials are gone; save them again";
        return Ok(Err(refused("environment", gone.to_owned())));
    };
    Ok(engine.providers.open(settings, secret).map_err(|error| failed(&error)))
}

/// The connection, if runs of it may run; as a failed answer, why not.
async fn active(
    engine: &Engine,
    tenant: &str,
    connection: &str,
) -> Result<Result<OpenConnection, Answer>, WorkError> {
    let policy = engine.inbound_policies.read(&engine.store, tenant).await;
    let policy = policy.map_err(|error| WorkError(error.to_string()))?;
    let entitled = policy.as_ref().is_some_and(|policy| policy.entitled);
    let open = policy.and_then(|policy| policy.connection.clone());
    let is_active = |open: &OpenConnection| open.id == connection && open.status == Status::Active;
    let Some(open) = open.filter(|open| is_active(open) && entitled) else {
        let why =
            "the connection is paused or disconnected, or the plan does not include live sync";
        return Ok(Err(refused("conflict", why.to_owned())));
    };
    Ok(Ok(open))
}

/// An answer that says why not.
pub(crate) fn refused(code: &str, summary: String) -> Answer {
    Answer::Failed { code: code.to_owned(), summary, people: vec![], retry_at: None }
}

/// What became of an attempt: what the provider says is the answer, the rest is ours and tried again.
fn settled<T>(attempt: Result<T, Halt>) -> Result<Result<T, Answer>, WorkError> {
    match attempt {
        Ok(done) => Ok(Ok(done)),
        Err(Halt::Provider(error)) => Ok(Err(failed(&error))),
        Err(halt) => Err(halt.into()),
    }
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
    Answer::Failed { code, summary: failure.summary, people: vec![], retry_at }
}
