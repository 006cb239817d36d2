//! Trying an endpoint out, saved or not: one message about people who are made up. It changes nothing,
//! whatever the receiver answers.

use rand::RngExt;
use rollcall_commands::operations::{Answer, EndpointAsked};
use rollcall_domain::message::{Detail, EndpointFace, EndpointSecret, Kind, sample};
use rollcall_domain::webhook_endpoint::Status;
use serde_json::{Value, json};

use super::Outbound;
use super::desk::{Keys, ours};
use super::send::{Letter, Posted};
use crate::operations::refused;
use crate::work::WorkError;

/// Where the id of an endpoint stands that has none yet.
const NOT_SAVED: &str = "not_saved_yet";

impl Outbound {
    pub(crate) async fn test_url(
        &self,
        tenant: &str,
        endpoint: &EndpointAsked,
        kind: Kind,
    ) -> Result<Answer, WorkError> {
        let Some((face, detail, keys)) = self.tried(tenant, endpoint).await? else {
            return Ok(refused("not_found", "there is no such webhook".to_owned()));
        };
        let message = sample(kind, self.clock.now());
        let (url, id) = (face.url.clone(), message.id.clone());
        let body = message.body(&face, detail);
        let letter = Letter { url, id, body: body.to_string().into_bytes() };
        let posted = self.post(&letter, &keys).await;
        Ok(Answer::Done(shown(&letter, &keys, &posted, body)))
    }

    /// Whom, how much, and with which secrets. One that is not saved signs with a secret of the moment.
    async fn tried(
        &self,
        tenant: &str,
        endpoint: &EndpointAsked,
    ) -> Result<Option<(EndpointFace, Detail, Keys)>, WorkError> {
        match endpoint {
            EndpointAsked::Draft { url, detail, headers } => {
                let mut bytes = [0_u8; 32];
                rand::rng().fill(&mut bytes);
                let keys = Keys {
                    secrets: EndpointSecret::new(&bytes).into_iter().collect(),
                    headers: headers.clone(),
                    organisation: self.organisation_key(tenant).await?,
                };
                let face = EndpointFace { webhook_id: NOT_SAVED.to_owned(), url: url.clone() };
                Ok(Some((face, *detail, keys)))
            }
            EndpointAsked::Saved(id) => {
                let loaded = self.endpoints.load(&self.store, tenant, id).await.map_err(ours)?;
                let known = loaded.state.known.filter(|known| known.status != Status::Removed);
                let Some(known) = known else { return Ok(None) };
                let keys = self.keys(tenant, &known, self.clock.now()).await?;
                let url = known.settings.url.clone();
                let face = EndpointFace { webhook_id: id.clone(), url };
                Ok(Some((face, known.settings.detail, keys)))
            }
        }
    }
}

/// What was sent, without the values of the endpoint's own headers, and what came back.
fn shown(letter: &Letter, keys: &Keys, posted: &Posted, body: Value) -> Value {
    let signed = Outbound::signed(letter, keys, posted.at).into_iter();
    let content = [("content-type", "application/json".to_owned())];
    let mut headers: Vec<Value> = signed
        .chain(content)
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let own = keys.headers.iter().map(|(name, _)| json!({ "name": name, "value": "•••" }));
    headers.extend(own);
    let answer = posted.answer.as_ref();
    json!({
        "delivered": answer.is_ok_and(super::Sent::is_success),
        "request": { "method": "POST", "url": letter.url, "headers": headers, "body": body },
        "status": answer.ok().map(|sent| sent.status),
        "latency_ms": u64::try_from(posted.took.as_millis()).unwrap_or(u64::MAX),
        "reply": answer.ok().map(|sent| &sent.head),
        "error": match answer {
            Ok(sent) => sent.fault(),
            Err(error) => Some(error.clone()),
        },
    })
}
