//! An event as it is read back from the log: the fact, and everything known about its recording.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::decider::{Malformed, Written};
use crate::{
    actor, connection, health, identity, inbox, lane, mail, members, notification, pushes, receipt,
    run, scenario, signing_key, slot, subject, tenant, unit, user, webhook_endpoint,
};

/// What happened, whatever it happened to.
#[expect(clippy::large_enum_variant, reason = "the large one is rare, and none lives long")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Actor(actor::Event),
    Connection(connection::Event),
    Health(health::Event),
    Identity(identity::Event),
    Inbox(inbox::Event),
    Lane(lane::Event),
    Mail(mail::Event),
    Members(members::Event),
    Notification(notification::Event),
    Pushes(pushes::Event),
    Receipt(receipt::Event),
    Run(run::Event),
    Scenario(scenario::Event),
    SigningKey(signing_key::Event),
    Slot(slot::Event),
    Subject(subject::Event),
    Tenant(tenant::Event),
    Unit(unit::Event),
    User(user::Event),
    WebhookEndpoint(webhook_endpoint::Event),
}

impl Fact {
    /// Every type this binary reads.
    pub const KINDS: [&'static str; 103] = [
        "actor.created",
        "actor.deactivated",
        "actor.fields_changed",
        "actor.identified",
        "actor.linked_to",
        "actor.put_on_hold",
        "actor.reactivated",
        "actor.released",
        "actor.resynced",
        "actor.unsynced",
        "connection.connected",
        "connection.credential_expiry_changed",
        "connection.credentials_replaced",
        "connection.disabled",
        "connection.disconnected",
        "connection.enabled",
        "connection.paused",
        "connection.resumed",
        "connection.returned_to_test",
        "connection.settings_changed",
        "connection.targets_changed",
        "connection.webhook_secret_added",
        "connection.webhook_secret_removed",
        "health.calmed",
        "health.credential_expiring",
        "health.failed",
        "health.flapping",
        "health.freshened",
        "health.recovered",
        "health.spread",
        "health.still_failing",
        "health.went_stale",
        "identity.mapped",
        "identity.unmapped",
        "inbox.all_read",
        "lane.deliveries_skipped",
        "lane.run_ended",
        "lane.run_joined",
        "lane.run_queued",
        "lane.run_returned",
        "lane.run_started",
        "mail.failed",
        "mail.sent",
        "mail.skipped",
        "members.invitation_accepted",
        "members.invitation_revoked",
        "members.invited",
        "members.joined",
        "members.left",
        "members.mail_changed",
        "members.role_changed",
        "notification.raised",
        "notification.read",
        "notification.unread",
        "pushes.taken",
        "receipt.received",
        "run.applied",
        "run.approved",
        "run.cancelled",
        "run.failed",
        "run.fetched",
        "run.held",
        "run.joined",
        "run.noted",
        "run.partial",
        "run.queued",
        "run.rejected",
        "run.skipped",
        "run.started",
        "run.succeeded",
        "run.waiting",
        "scenario.archived",
        "scenario.created",
        "scenario.filled",
        "scenario.ready",
        "scenario.renamed",
        "signing_key.made",
        "signing_key.regenerated",
        "slot.freed",
        "slot.taken",
        "subject.erased",
        "tenant.created",
        "tenant.plan_changed",
        "unit.created",
        "unit.identified",
        "unit.linked_to",
        "unit.renamed",
        "unit.restored",
        "unit.retired",
        "user.disabled",
        "user.enabled",
        "user.password_changed",
        "user.registered",
        "user.renamed",
        "webhook_endpoint.changed",
        "webhook_endpoint.created",
        "webhook_endpoint.disabled",
        "webhook_endpoint.enabled",
        "webhook_endpoint.failing",
        "webhook_endpoint.headers_replaced",
        "webhook_endpoint.recovered",
        "webhook_endpoint.removed",
        "webhook_endpoint.secret_rotated",
    ];

    /// Reads an event of any type. `kind` is the stored type, such as `actor.created`.
    pub fn read(kind: &str, payload: &[u8], personal: Option<&[u8]>) -> Result<Fact, Malformed> {
        Self::read_known(kind, payload, personal).map_err(|malformed| {
            let known = Self::KINDS.contains(&kind);
            if known { malformed } else { Malformed::UnknownType(kind.to_owned()) }
        })
    }

    fn read_known(kind: &str, payload: &[u8], personal: Option<&[u8]>) -> Result<Fact, Malformed> {
        let aggregate = kind.split_once('.').map_or(kind, |(aggregate, _)| aggregate);
        Ok(match aggregate {
            "actor" => Fact::Actor(actor::Event::read(payload, personal)?),
            "connection" => Fact::Connection(connection::Event::read(payload, personal)?),
            "health" => Fact::Health(health::Event::read(payload, personal)?),
            "identity" => Fact::Identity(identity::Event::read(payload, personal)?),
            "inbox" => Fact::Inbox(inbox::Event::read(payload, personal)?),
            "lane" => Fact::Lane(lane::Event::read(payload, personal)?),
            "mail" => Fact::Mail(mail::Event::read(payload, personal)?),
            "members" => Fact::Members(members::Event::read(payload, personal)?),
            "notification" => Fact::Notification(notification::Event::read(payload, personal)?),
            "pushes" => Fact::Pushes(pushes::Event::read(payload, personal)?),
            "receipt" => Fact::Receipt(receipt::Event::read(payload, personal)?),
            "run" => Fact::Run(run::Event::read(payload, personal)?),
            "scenario" => Fact::Scenario(scenario::Event::read(payload, personal)?),
            "signing_key" => Fact::SigningKey(signing_key::Event::read(payload, personal)?),
            "slot" => Fact::Slot(slot::Event::read(payload, personal)?),
            "subject" => Fact::Subject(subject::Event::read(payload, personal)?),
            "tenant" => Fact::Tenant(tenant::Event::read(payload, personal)?),
            "unit" => Fact::Unit(unit::Event::read(payload, personal)?),
            "user" => Fact::User(user::Event::read(payload, personal)?),
            "webhook_endpoint" => {
                Fact::WebhookEndpoint(webhook_endpoint::Event::read(payload, personal)?)
            }
            _ => return Err(Malformed::UnknownType(kind.to_owned())),
        })
    }
}

/// One event of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub shard: u16,
    /// Place in the shard, from 1 without gaps.
    pub position: u64,
    pub tenant: Arc<str>,
    pub stream: Arc<str>,
    /// Place in the stream, from 1 without gaps.
    pub version: u64,
    pub event_id: String,
    pub kind: Arc<str>,
    pub recorded_at: DateTime<Utc>,
    pub effective_at: Option<DateTime<Utc>>,
    /// Who did it: `user:…`, `token:…`, `cli`, `provider:bamboohr`, `engine`.
    pub principal: Arc<str>,
    /// What directly caused it: a receipt, a run.
    pub causation: Option<Arc<str>>,
    /// The run it belongs to, where there is one.
    pub correlation: Option<Arc<str>>,
    /// Whose key seals its personal part.
    pub subject: Option<Arc<str>>,
    pub fact: Fact,
}
