//! The webhooks that a connection has at its provider: looked at, registered, changed, removed.
//!
//! A registration is looked for before it is made, and its key is kept at once: the provider tells it
//! a single time.

use std::sync::Arc;

use rollcall_commands::operations::{Answer, Credentials, WebhookAsk, WebhookSettings};
use rollcall_commands::{CommandError, Loaded, keep_webhook_key, load};
use rollcall_domain::connection::{Connection, KnownConnection, LIVE_SECRETS, Status};
use rollcall_store::Cause;
use serde_json::{Value, json};

use super::{failed, missed_deliveries, open, refused};
use crate::providers::{
    Code, Format, LoggedDelivery, ProviderError, ProviderWebhooks, RegisteredWebhook, Webhook,
    WebhookOrder,
};
use crate::sync::Engine;
use crate::work::WorkError;

/// What an operation works with.
struct Desk<'a> {
    engine: &'a Engine,
    tenant: &'a Arc<str>,
    connection: &'a KnownConnection,
    webhooks: &'a dyn ProviderWebhooks,
    principal: &'a str,
}

pub(super) async fn perform(
    engine: &Engine,
    tenant: &Arc<str>,
    connection: &str,
    ask: &WebhookAsk,
    principal: &str,
) -> Result<Answer, WorkError> {
    let loaded: Result<Loaded<Connection>, _> = load(&engine.store, tenant, connection).await;
    let known = loaded.map_err(|error| WorkError(error.to_string()))?.state.known;
    let Some(known) = known.filter(|known| known.status != Status::Disconnected) else {
        return Ok(no("the connection is disconnected; connect anew"));
    };
    let credentials = Credentials::Saved(known.credentials.clone());
    let provider = match open(engine, tenant, &known.settings, &credentials).await? {
        Ok(provider) => provider,
        Err(answer) => return Ok(answer),
    };
    let Some(webhooks) = provider.webhooks() else {
        return Ok(no("this provider's webhooks can't be managed from here"));
    };
    let desk = Desk { engine, tenant, connection: &known, webhooks, principal };
    let answered = match ask {
        WebhookAsk::Create(settings) => return desk.create(settings).await,
        WebhookAsk::Backfill => {
            return missed_deliveries::perform(engine, tenant, &known, webhooks).await;
        }
        WebhookAsk::List => desk.list().await,
        WebhookAsk::Show { webhook } => desk.show(webhook).await,
        WebhookAsk::Update { webhook, settings } => desk.update(webhook, settings).await,
        WebhookAsk::Delete { webhook } => desk.delete(webhook).await,
        WebhookAsk::Log { webhook } => desk.log(webhook).await,
        WebhookAsk::MonitorFields => desk.monitor_fields().await,
        WebhookAsk::PostFields => desk.post_fields().await,
    };
    Ok(match answered {
        Ok(value) => Answer::Done(value),
        Err(ProviderError::Rejected { code: Code::NotFound, .. }) => {
            let why =
                "there is no such webhook at the provider, or not any more; list those there are";
            refused("not_found", why.to_owned())
        }
        Err(error) => failed(&error),
    })
}

impl Desk<'_> {
    /// The fingerprint of the key we keep of a webhook.
    fn key_of(&self, webhook: &str) -> Option<&str> {
        let mut live = self.connection.secrets.iter();
        let kept = live.find(|secret| secret.webhook.as_deref() == Some(webhook))?;
        Some(&kept.fingerprint)
    }

    fn shown(&self, webhook: &Webhook) -> Value {
        let Webhook { id, name, url, format, events, monitor_fields, post_fields, .. } = webhook;
        json!({
            "id": id,
            "name": name,
            "url": url,
            "created_at": webhook.created,
            "last_sent_at": webhook.last_sent,
            "format": format,
            "events": events,
            "monitor_fields": monitor_fields,
            "post_fields": post_fields,
            "include_company_domain": webhook.include_company_domain,
            "errors": webhook.errors,
            "secret": self.key_of(id),
        })
    }

    async fn list(&self) -> Result<Value, ProviderError> {
        let all = self.webhooks.list().await?;
        let shown: Vec<Value> = all.iter().map(|webhook| self.shown(webhook)).collect();
        Ok(json!({ "webhooks": shown }))
    }

    async fn show(&self, id: &str) -> Result<Value, ProviderError> {
        Ok(json!({ "webhook": self.shown(&self.webhooks.show(id).await?) }))
    }

    async fn update(&self, id: &str, settings: &WebhookSettings) -> Result<Value, ProviderError> {
        let order = self.order(settings).await?;
        Ok(json!({ "webhook": self.shown(&self.webhooks.replace(id, &order).await?) }))
    }

    /// One that is gone already is as good as deleted: we may have done it before a crash. Its key
    /// stays live, since a delivery may still be on its way.
    async fn delete(&self, id: &str) -> Result<Value, ProviderError> {
        let was_there = match self.webhooks.delete(id).await {
            Ok(()) => true,
            Err(ProviderError::Rejected { code: Code::NotFound, .. }) => false,
            Err(error) => return Err(error),
        };
        Ok(json!({ "deleted": id, "was_there": was_there, "secret": self.key_of(id) }))
    }

    async fn log(&self, id: &str) -> Result<Value, ProviderError> {
        let row = |one: &LoggedDelivery| {
            json!({
                "url": one.url,
                "last_attempted_at": one.attempted,
                "last_succeeded_at": one.succeeded,
                "status": one.status,
                "format": one.format,
                "employees": one.people,
            })
        };
        let log = self.webhooks.log(id).await?;
        Ok(json!({ "deliveries": log.iter().map(row).collect::<Vec<_>>() }))
    }

    async fn monitor_fields(&self) -> Result<Value, ProviderError> {
        let offered = self.webhooks.monitor_fields().await?;
        let usual = self.webhooks.worth_watching(&offered);
        let fields = offered.iter().map(|field| {
            let is_usual = usual.contains(&field.id)
                || field.alias.as_ref().is_some_and(|alias| usual.contains(alias));
            json!({ "id": field.id, "name": field.name, "alias": field.alias, "usual": is_usual })
        });
        Ok(json!({ "fields": fields.collect::<Vec<_>>() }))
    }

    async fn post_fields(&self) -> Result<Value, ProviderError> {
        let fields = self.webhooks.post_fields().await?.into_iter().map(|field| {
            json!({
                "id": field.id, "name": field.name, "alias": field.alias, "type": field.kind,
            })
        });
        Ok(json!({ "fields": fields.collect::<Vec<_>>() }))
    }

    /// What was not said is as usual.
    async fn order(&self, wanted: &WebhookSettings) -> Result<WebhookOrder, ProviderError> {
        let monitor_fields = match &wanted.monitor_fields {
            Some(fields) => fields.clone(),
            None => self.webhooks.worth_watching(&self.webhooks.monitor_fields().await?),
        };
        let events = wanted.events.clone().unwrap_or_else(|| self.webhooks.worth_telling());
        let post_fields = match &wanted.post_fields {
            Some(fields) => fields.clone(),
            None => self.webhooks.worth_carrying(&events, &monitor_fields),
        };
        Ok(WebhookOrder {
            name: wanted.name.clone(),
            url: wanted.url.clone(),
            format: if wanted.form_encoded { Format::FormEncoded } else { Format::Json },
            events,
            monitor_fields,
            post_fields,
            include_company_domain: wanted.include_company_domain,
        })
    }

    /// The one that is there already under this name and address.
    async fn same(&self, wanted: &WebhookSettings) -> Result<Option<Webhook>, ProviderError> {
        let all = self.webhooks.list().await?;
        Ok(all.into_iter().find(|one| one.name == wanted.name && one.url == wanted.url))
    }

    async fn create(&self, wanted: &WebhookSettings) -> Result<Answer, WorkError> {
        let there = match self.same(wanted).await {
            Ok(there) => there,
            Err(error) => return Ok(failed(&error)),
        };
        if let Some(there) = there {
            return Ok(self.known_or_not(&there));
        }
        if self.connection.secrets.len() >= LIVE_SECRETS {
            return Ok(no(
                "two webhook secrets are live already, and a new webhook brings a third; \
                          remove one of them first",
            ));
        }
        let registered = match self.order(wanted).await {
            Ok(order) => self.webhooks.create(&order).await,
            Err(error) => return Ok(failed(&error)),
        };
        match registered {
            Ok(registered) => self.keep(&registered).await,
            // It may be there all the same, with a key that nobody knows any more.
            Err(error @ (ProviderError::Unavailable(_) | ProviderError::Malformed { .. })) => {
                if let Ok(Some(made)) = self.same(wanted).await {
                    self.take_back(&made.id).await;
                }
                Ok(failed(&error))
            }
            Err(error) => Ok(failed(&error)),
        }
    }

    /// A repetition finds what it has made; what somebody else made has a key that we can't ask for.
    fn known_or_not(&self, there: &Webhook) -> Answer {
        match self.key_of(&there.id) {
            Some(_) => Answer::Done(json!({ "webhook": self.shown(there), "created": false })),
            None => no(&format!(
                "webhook {} has this name and address already, but its key is not known here; add \
                 the key as a webhook secret, or delete the webhook and create it anew",
                there.id
            )),
        }
    }

    async fn keep(&self, registered: &RegisteredWebhook) -> Result<Answer, WorkError> {
        let RegisteredWebhook { webhook, private_key } = registered;
        let (store, connection) = (&self.engine.store, &self.connection.connection);
        let cause = Cause::by(self.principal);
        let kept =
            keep_webhook_key(store, self.tenant, connection, &webhook.id, private_key, &cause);
        match kept.await {
            Ok(fingerprint) => {
                self.engine.inbound_policies.forget();
                let mut shown = self.shown(webhook);
                shown["secret"] = json!(fingerprint);
                Ok(Answer::Done(json!({ "webhook": shown, "created": true })))
            }
            Err(CommandError::Refused(refusal)) => {
                self.take_back(&webhook.id).await;
                Ok(no(&format!("the webhook was taken back: {refusal}")))
            }
            Err(error) => {
                // The event may have been written all the same; then the next try finds it.
                if !self.may_be_kept(&webhook.id).await {
                    self.take_back(&webhook.id).await;
                }
                Err(WorkError(error.to_string()))
            }
        }
    }

    /// Whether the connection knows the key of a webhook; also where that can't be told.
    async fn may_be_kept(&self, webhook: &str) -> bool {
        let (store, connection) = (&self.engine.store, &self.connection.connection);
        let loaded: Result<Loaded<Connection>, _> = load(store, self.tenant, connection).await;
        let Ok(loaded) = loaded else { return true };
        let mut secrets = loaded.state.known.iter().flat_map(|known| &known.secrets);
        secrets.any(|secret| secret.webhook.as_deref() == Some(webhook))
    }

    /// Removes a webhook whose key is lost. If that fails, the next registration says so.
    async fn take_back(&self, webhook: &str) {
        if let Err(error) = self.webhooks.delete(webhook).await {
            tracing::warn!(webhook, %error, "a webhook whose key is lost could not be removed");
        }
    }
}

fn no(why: &str) -> Answer {
    refused("conflict", why.to_owned())
}
