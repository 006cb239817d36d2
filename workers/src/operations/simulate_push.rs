//! What a request that was posted would do, in test mode and later: the plan of a run, and no event.

use std::sync::Arc;

use rollcall_commands::is_body_kept;
use rollcall_commands::operations::Answer;
use rollcall_domain::vocabulary::RunKind;

use super::{preview, refused};
use crate::sync::{Engine, Previewed};
use crate::work::WorkError;

pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &str,
    receipt: &str,
) -> Result<Answer, WorkError> {
    let open = engine.inbound_policies.connection(&engine.store, tenant, connection).await;
    let open = open.map_err(|error| WorkError(error.to_string()))?;
    let Some(open) = open.filter(|open| open.settings.is_pushed()) else {
        return Ok(refused("conflict", "the webhook is disconnected".to_owned()));
    };
    let kept = is_body_kept(&engine.store, tenant, receipt).await;
    if !kept.map_err(|error| WorkError(error.to_string()))? {
        let gone = "what was posted is not kept any more: it expired, or somebody in it was erased; \
                    send everybody again";
        return Ok(refused("not_found", gone.to_owned()));
    }
    let what = Previewed {
        kind: RunKind::Push,
        receipts: vec![receipt.to_owned()],
        changed_since: None,
        identities: vec![],
        scenarios: None,
    };
    preview::planned(engine, tenant, open, &what).await
}
