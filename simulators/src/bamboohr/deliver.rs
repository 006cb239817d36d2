//! Delivers: signs, posts, tries again by the table, and keeps a log of what was sent.

use std::sync::Mutex;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};
use tokio::sync::{mpsc, watch};

use super::faults::Faults;
use super::payload::Content;
use super::shared::locked;
use super::sign::signature;
use super::webhooks::{Webhook, Webhooks};

/// One delivery to one webhook; the tries of it share the body.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    pub index: usize,
    pub webhook_id: u64,
    pub url: String,
    pub employees: Vec<u64>,
    pub form_encoded: bool,
    /// As they were on the last try.
    pub headers: Vec<(String, String)>,
    #[serde(serialize_with = "as_text")]
    pub body: Bytes,
    /// The last answer; none while pending or when nothing answered.
    pub status: Option<u16>,
    pub tries: u32,
    pub outcome: Outcome,
    pub attempted: Option<DateTime<Utc>>,
    pub succeeded: Option<DateTime<Utc>>,
    /// Headers are what they are; every try sends the same.
    #[serde(skip)]
    pub(super) sealed: bool,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Pending,
    Delivered,
    GivenUp,
}

/// What is wrong on purpose about a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seal {
    Forged,
    /// Correct, but made so long ago.
    Old(TimeDelta),
}

/// What was sent, what waits to be sent, and what is held back.
#[derive(Debug)]
pub(super) struct Outbox {
    log: Mutex<Vec<Delivery>>,
    held: Mutex<Vec<(u64, Content)>>,
    queue: mpsc::UnboundedSender<usize>,
    pending: watch::Sender<usize>,
    /// The subdomain, for the header that webhooks may ask for.
    company: String,
}

impl Outbox {
    pub(super) fn new(queue: mpsc::UnboundedSender<usize>, company: String) -> Outbox {
        let pending = watch::Sender::new(0);
        Outbox { log: Mutex::default(), held: Mutex::default(), queue, pending, company }
    }

    /// Sends it, or holds it back if a switch says so.
    pub(super) fn post(&self, webhook: &Webhook, content: Content, faults: &Faults) {
        let bundled = faults.bundle_employees && matches!(content, Content::Rows(_));
        if bundled || faults.reorder_deliveries {
            locked(&self.held).push((webhook.id, content));
        } else {
            self.enqueue(webhook, &content, None);
        }
    }

    /// Lets go what was held back: bundled, newest first, as the switches say.
    pub(super) fn release(&self, webhooks: &Webhooks, faults: &Faults) {
        let held = std::mem::take(&mut *locked(&self.held));
        let mut bundles: Vec<(u64, Content)> = Vec::new();
        for (id, content) in held {
            let last = bundles.iter_mut().rev().find(|(other, _)| *other == id);
            match (last, content) {
                (Some((_, Content::Rows(bundle))), Content::Rows(rows)) => {
                    bundle.employees.extend(rows.employees);
                }
                (_, content) => bundles.push((id, content)),
            }
        }
        if faults.reorder_deliveries {
            bundles.reverse();
        }
        for (id, content) in bundles {
            if let Some(webhook) = webhooks.get(id) {
                self.enqueue(webhook, &content, None);
            }
        }
    }

    pub(super) fn enqueue(
        &self,
        webhook: &Webhook,
        content: &Content,
        seal: Option<Seal>,
    ) -> usize {
        let form_encoded = webhook.order.form_encoded;
        let body = content.encoded(form_encoded);
        let headers = match seal {
            None => vec![],
            Some(Seal::Forged) => self.headers(webhook, &body, "forged", Utc::now()),
            Some(Seal::Old(age)) => {
                self.headers(webhook, &body, &webhook.private_key, Utc::now() - age)
            }
        };
        self.push(Delivery {
            index: 0,
            webhook_id: webhook.id,
            url: webhook.order.url.clone(),
            employees: content.employees(),
            form_encoded,
            headers,
            body,
            status: None,
            tries: 0,
            outcome: Outcome::Pending,
            attempted: None,
            succeeded: None,
            sealed: seal.is_some(),
        })
    }

    /// The same bytes and the same headers once more.
    pub(super) fn resend(&self, index: usize) -> Option<usize> {
        let original = self.get(index)?;
        Some(self.push(Delivery {
            sealed: !original.headers.is_empty(),
            status: None,
            tries: 0,
            outcome: Outcome::Pending,
            attempted: None,
            succeeded: None,
            ..original
        }))
    }

    fn push(&self, delivery: Delivery) -> usize {
        let mut log = locked(&self.log);
        let index = log.len();
        log.push(Delivery { index, ..delivery });
        self.pending.send_modify(|pending| *pending += 1);
        // Nobody listens any more once the simulator is shut down.
        let _ = self.queue.send(index);
        index
    }

    pub(super) fn get(&self, index: usize) -> Option<Delivery> {
        locked(&self.log).get(index).cloned()
    }

    pub(super) fn all(&self) -> Vec<Delivery> {
        locked(&self.log).clone()
    }

    /// The newest deliveries first, as rows of something, as far as they are wanted.
    pub(super) fn newest<T>(&self, limit: usize, row: impl Fn(&Delivery) -> Option<T>) -> Vec<T> {
        locked(&self.log).iter().rev().filter_map(row).take(limit).collect()
    }

    /// Writes the headers of a try into the log, and gives the delivery back for sending.
    pub(super) fn stamp(
        &self,
        index: usize,
        webhook: &Webhook,
        faults: &Faults,
        restamp: bool,
    ) -> Option<Delivery> {
        let mut log = locked(&self.log);
        let delivery = log.get_mut(index)?;
        let keeps = delivery.sealed || (!restamp && delivery.tries > 0);
        if !keeps {
            let age = faults.stale_timestamp_seconds.unwrap_or(0);
            let at = Utc::now() - TimeDelta::seconds(i64::try_from(age).unwrap_or(0));
            let key = if faults.wrong_signature { "forged" } else { &webhook.private_key };
            delivery.headers = self.headers(webhook, &delivery.body, key, at);
        }
        delivery.tries += 1;
        delivery.attempted = Some(Utc::now());
        Some(delivery.clone())
    }

    pub(super) fn answered(&self, index: usize, status: Option<u16>) {
        if let Some(delivery) = locked(&self.log).get_mut(index) {
            delivery.status = status;
        }
    }

    pub(super) fn finish(&self, index: usize, outcome: Outcome) {
        if let Some(delivery) = locked(&self.log).get_mut(index) {
            delivery.outcome = outcome;
            delivery.succeeded = delivery.attempted.filter(|_| outcome == Outcome::Delivered);
        }
        self.pending.send_modify(|pending| *pending -= 1);
    }

    fn headers(
        &self,
        webhook: &Webhook,
        body: &[u8],
        key: &str,
        at: DateTime<Utc>,
    ) -> Vec<(String, String)> {
        let timestamp = at.timestamp().to_string();
        let kind = match webhook.order.form_encoded {
            true => "application/x-www-form-urlencoded",
            false => "application/json",
        };
        let domain = webhook.order.include_company_domain.then(|| self.company.clone());
        let domain = domain.map(|company| ("company-domain", company));
        let pairs = [
            ("Content-Type", kind.to_owned()),
            ("User-Agent", "BambooHR-WebHooks/1.0 (+https://www.bamboohr.com)".to_owned()),
            ("X-BambooHR-Signature", signature(key, body, &timestamp)),
            ("X-BambooHR-Timestamp", timestamp),
        ];
        let named = |(name, value): (&str, String)| (name.to_owned(), value);
        pairs.into_iter().chain(domain).map(named).collect()
    }

    /// Comes back when nothing is pending.
    pub(super) async fn idle(&self) {
        let mut pending = self.pending.subscribe();
        // An error means that the simulator is gone, and with it whatever was pending.
        let _ = pending.wait_for(|pending| *pending == 0).await;
    }
}

fn as_text<S: Serializer>(body: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(body))
}
