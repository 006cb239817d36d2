//! The systems people come from: one trait, one folder per provider.

pub mod bamboohr;
mod calls;
mod cell;
pub mod dynamics;
mod error;
mod frames;
mod hris_webhook;
mod pace;
mod registry;
mod said;
mod splitter;
mod webhooks;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rollcall_domain::field::Field;
use rollcall_domain::plan::{Employee, Rules, UnitOption};
use rollcall_egress::Policy;

pub use calls::Patience;
pub use error::{Code, Flaw, Outage, ProviderError, Refusal, Setting};
pub use pace::Pace;
pub use registry::{Providers, Registration};
pub use webhooks::{
    Format, LoggedDelivery, MonitorField, PostField, ProviderWebhooks, RegisteredWebhook, Webhook,
    WebhookOrder,
};

/// People per page; memory is bounded by a few of them, however many people there are.
pub const PAGE: usize = 1_000;

/// Their network, for one run: what it learns on the way (option lists) is kept until it is dropped.
///
/// Every call may try a few times, each request within a minute; longer waits are `RateLimited`, for
/// the caller.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Says what the credentials can and cannot read; an error says why nothing can be read at all.
    async fn test(&self) -> Result<TestReport, ProviderError>;

    /// Reads everybody. What the sink was given before an error is not a read.
    async fn read_all(&self, sink: &mut dyn PageSink) -> Result<ReadSummary, ProviderError>;

    /// Reads one person as they are now.
    async fn read_one(&self, source_id: &str) -> Result<Lookup, ProviderError>;

    /// Who changed since then, deletions included. The boundary may be exclusive: overlap a little.
    async fn changed_since(&self, since: DateTime<Utc>) -> Result<Changes, ProviderError>;

    /// Departments, divisions and locations by stable id, archived ones included.
    async fn options(&self) -> Result<Vec<UnitOption>, ProviderError>;

    /// The fields it tells of everybody it shows, when nothing is kept from us.
    fn fields(&self) -> &'static [Field];

    /// Begins to read a recording again: the same pages as the first time, without the provider.
    fn replay(&self) -> Box<dyn Replay>;

    /// Whom a delivery names, as far as that can be read.
    fn named_in(&self, content_type: &str, body: &[u8]) -> Named;

    /// What a delivery says of everybody it names, if its values are all that is needed to bring them
    /// in line. `None` where somebody has to be read again, which is always right.
    async fn told_in(
        &self,
        _content_type: &str,
        _body: &[u8],
    ) -> Result<Option<Vec<Told>>, ProviderError> {
        Ok(None)
    }

    /// What its settings change in the rules of a plan.
    fn set_rules(&self, _rules: &mut Rules) {}

    /// Its webhooks, where they can be managed.
    fn webhooks(&self) -> Option<&dyn ProviderWebhooks> {
        None
    }
}

/// What a delivery says of somebody who goes on working there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// With the changed fields alone.
    pub employee: Employee,
    /// When it was so, by the provider's clock.
    pub at: DateTime<Utc>,
}

/// A recording that is read again, piece by piece.
pub trait Replay: Send + Sync {
    /// Takes the next bytes, in pieces of any size, and adds the pages that are full with them.
    fn push(&mut self, bytes: &[u8], pages: &mut Vec<Vec<Employee>>) -> Result<(), ProviderError>;
    /// Adds the last pages.
    fn finish(
        self: Box<Self>,
        pages: &mut Vec<Vec<Employee>>,
    ) -> Result<ReadSummary, ProviderError>;
}

/// Whom deliveries name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Source id, and whether a delivery says that the record was deleted.
    pub people: BTreeMap<String, bool>,
    /// What named somebody in a way that can't be read.
    pub unreadable: u64,
}

impl Named {
    /// Adds what another delivery names.
    pub fn extend(&mut self, more: Named) {
        for (source_id, deleted) in more.people {
            *self.people.entry(source_id).or_default() |= deleted;
        }
        self.unreadable += more.unreadable;
    }
}

impl From<Changes> for Named {
    /// Whoever changed; what was deleted is confirmed by it.
    fn from(changes: Changes) -> Named {
        let deleted = |one: &Changed| match one.kind {
            ChangeKind::Deleted => true,
            ChangeKind::Inserted | ChangeKind::Updated => false,
        };
        let mut named = Named { unreadable: changes.unreadable, ..Named::default() };
        for one in changes.people {
            let is_deleted = deleted(&one);
            *named.people.entry(one.source_id).or_default() |= is_deleted;
        }
        named
    }
}

/// Takes what a full read brings, as it comes.
#[async_trait]
pub trait PageSink: Send {
    /// How many people there should be, where the provider says so ahead of them.
    fn expects(&mut self, _people: Option<u64>) {}
    /// The next bytes of the recording; all of them in order are what `replay` takes.
    async fn raw(&mut self, bytes: Bytes) -> Result<(), Stopped>;
    /// The next people: [`PAGE`] of them, fewer at the end.
    async fn page(&mut self, people: Vec<Employee>) -> Result<(), Stopped>;
}

/// The sink takes no more; it knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// What a full read was worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadSummary {
    /// How many were handed over.
    pub employees: u64,
    /// Whether absence means anything (product.md §8.0): it ended, every field we asked for came,
    /// every record could be read, and there are not fewer than a second count says.
    pub complete: bool,
    /// Our fields that cannot be told from what came.
    pub omitted: Vec<Field>,
    /// What the provider left out, in its own words; also what is no field of ours, like `status`.
    pub missing: Vec<String>,
    /// Records without an id, or that are no records.
    pub unreadable: u64,
    /// Records of which something can't be read. They are handed over, and noted of each person.
    pub damaged: u64,
    /// What another page of the provider says, where it may be asked.
    pub second_count: Option<u64>,
    /// Whether any option list could be read.
    pub option_ids: bool,
    /// What may turn out otherwise than it was meant, in sentences.
    pub warnings: Vec<String>,
}

/// One person, or why not.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    Found {
        employee: Employee,
        /// A recording of its own: `replay` takes it, alone or after others.
        raw: Bytes,
    },
    /// There may be such a person, but our credentials must not see them.
    NotVisible,
    /// The provider knows no such person.
    NotFound,
}

/// What happened to people since some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Where to go on from next time.
    pub latest: DateTime<Utc>,
    pub people: Vec<Changed>,
    /// Entries that don't say whom they are about.
    pub unreadable: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub source_id: String,
    pub kind: ChangeKind,
    /// When, if the provider says so readably.
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Inserted,
    /// Also whatever else the provider calls it: reading the person again is always right.
    Updated,
    Deleted,
}

/// What a test of the connection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// How many people the credentials can see.
    pub people: u64,
    /// What another page of the provider says, where it may be asked.
    pub second_count: Option<u64>,
    pub checks: Vec<Check>,
    /// What is worth doing at the provider although everything works.
    pub advice: Vec<String>,
}

impl TestReport {
    /// Whether a full read would be complete and nothing is degraded.
    pub fn all_readable(&self) -> bool {
        self.checks.iter().all(|check| check.readable)
    }
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub what: Checked,
    /// In the provider's words: `supervisorEId`, `meta/lists`.
    pub name: String,
    pub readable: bool,
    /// What does not work without it and what to do; empty when it is readable.
    pub remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// A part of the provider's interface.
    Permission,
    /// A field of employees.
    Field,
    /// A kind of records: people, departments, divisions, locations.
    Entity,
}

/// What requests to providers may take: answers of hundreds of megabytes, slowly made reports.
/// Small calls set shorter deadlines themselves.
pub fn policy(base: Policy) -> Policy {
    Policy {
        first_byte_timeout: Duration::from_secs(180),
        idle_timeout: Duration::from_secs(60),
        total_timeout: Duration::from_secs(15 * 60),
        max_body_bytes: 1024 * 1024 * 1024,
        ..base
    }
}
