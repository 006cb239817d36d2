//! How values of the domain look in JSON. The domain knows nothing of the API's document; a test holds
//! these beside what it writes.
#![expect(dead_code, reason = "they are described, never made")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(ToSchema)]
pub(crate) struct Counts {
    fetched: u64,
    created: u64,
    updated: u64,
    deactivated: u64,
    reactivated: u64,
    unsynced: u64,
    unchanged: u64,
    skipped: u64,
    errors: u64,
}

/// Where incoming changes apply.
#[derive(ToSchema)]
pub(crate) struct Targets {
    live_baseline: bool,
    scenarios: Vec<String>,
    /// Whether scenarios created from now on are added.
    all_future: bool,
}

/// When the nightly reconciliation runs.
#[derive(ToSchema)]
pub(crate) struct Schedule {
    /// From 0 to 23.
    hour: u8,
    /// By its IANA name; the company's where none is given.
    zone: Option<String>,
}

/// More than any of these, and a plan is held.
#[derive(ToSchema)]
pub(crate) struct BrakeLimits {
    deactivated: u32,
    deactivated_percent: u8,
    small_deactivated_percent: u8,
    small_deactivated: u32,
    replaced_percent: u8,
    changed_percent: u8,
    changed: u32,
}

/// What a connection is configured with, except secrets; beside the company's time zone, whatever its
/// provider knows of.
#[derive(ToSchema)]
pub(crate) struct Settings {
    provider: String,
    time_zone: Option<String>,
    schedule: Option<Schedule>,
    brake: Option<BrakeLimits>,
}

/// Over what a webhook's signature is made.
#[derive(ToSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureForm {
    BodyTimestamp,
    TimestampDotBody,
    Body,
}

/// How an environment of Dynamics 365 is asked.
#[derive(ToSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Surface {
    FinanceOperations,
    Dataverse,
}

/// Who leads those whose leading position is vacant: whoever is above it, or nobody.
#[derive(ToSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Vacancy {
    Climb,
    LeaveEmpty,
}

/// Text, or an ordered list of ids.
#[derive(ToSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum FieldValue {
    Text(String),
    List(Vec<String>),
}

/// A plan that was written down; its people stand under `plan`.
#[derive(ToSchema)]
pub(crate) struct StoredPlan {
    hash: String,
    targets: Vec<PlannedTarget>,
    coverage: Option<BTreeMap<String, serde_json::Value>>,
    uncounted: Counts,
}

#[derive(ToSchema)]
pub(crate) struct PlannedTarget {
    scenario: String,
    hash: String,
    counts: Counts,
}

/// What became of one target.
#[derive(ToSchema)]
pub(crate) struct TargetEnd {
    scenario: String,
    counts: Counts,
    /// Why nothing, or not everything, was applied to it.
    failure: Option<Failure>,
}

#[derive(ToSchema)]
pub(crate) struct Failure {
    code: String,
    summary: String,
}

/// Somebody an answer is about.
#[derive(ToSchema)]
pub(crate) struct About {
    hris_id: Option<String>,
    name: Option<String>,
}

/// What was made.
#[derive(ToSchema)]
pub(crate) struct Made {
    id: String,
}

/// The run that answers.
#[derive(ToSchema)]
pub(crate) struct Queued {
    run: String,
}

/// The run of a night, and whether it was queued just now.
#[derive(ToSchema)]
#[schema(as = QueuedNight)]
pub(crate) struct Night {
    run: String,
    date: Option<String>,
    queued: Option<bool>,
}

/// A tenant that was made.
#[derive(ToSchema)]
pub(crate) struct MadeTenant {
    id: String,
    slug: String,
    live_baseline: String,
}

#[derive(ToSchema)]
pub(crate) struct Fingerprint {
    fingerprint: String,
}

/// What somebody sends of a person. A field that is left out stays as it is, null clears it.
#[derive(ToSchema)]
#[schema(as = ActorFields)]
pub(crate) struct Person {
    employee_number: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    preferred_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    job_title: Option<String>,
    /// Ids, in order.
    departments: Option<Vec<String>>,
    division: Option<String>,
    location: Option<String>,
    employment_type: Option<String>,
    active: Option<bool>,
    /// `YYYY-MM-DD`.
    hire_date: Option<String>,
    termination_date: Option<String>,
    manager: Option<String>,
    photo_url: Option<String>,
}

/// What became of every entry.
#[derive(ToSchema)]
pub(crate) struct Imported {
    data: Vec<crate::resources::integrations::identities::Outcome>,
}

/// How a rebuild went.
#[derive(ToSchema)]
pub(crate) struct Rebuilt {
    events: u64,
    rows: u64,
    elapsed_ms: u64,
}

/// Whether two builds of a read model are the same, row by row.
#[derive(ToSchema)]
pub(crate) struct Compared {
    equal: bool,
    rows: u64,
    missing: u64,
    extra: u64,
    different: u64,
    /// Some of those that differ.
    keys: Vec<serde_json::Value>,
}

#[derive(ToSchema)]
pub(crate) struct Health {
    /// `ok` or `not_ready`.
    status: String,
    database: Option<String>,
    projections: Option<String>,
}

/// A delivery that is kept.
#[derive(ToSchema)]
pub(crate) struct Received {
    receipt: String,
}

/// The run that takes something back; or, of a preview, the operation.
#[derive(ToSchema)]
pub(crate) struct Undoing {
    run: Option<String>,
    id: Option<String>,
}

/// The run that applies a plan; or, while that is checked, the operation.
#[derive(ToSchema)]
pub(crate) struct Applying {
    run: Option<String>,
    id: Option<String>,
}

/// What somebody is in a tenant.
#[derive(ToSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    Owner,
    Admin,
    Editor,
    Viewer,
    Auditor,
}

/// A session that began.
#[derive(ToSchema)]
pub(crate) struct SignedIn {
    id: String,
    user: String,
    tenant: Option<String>,
    ends_at: DateTime<Utc>,
}

/// Where a session stands.
#[derive(ToSchema)]
pub(crate) struct Entered {
    tenant: String,
}

/// Who joined, and as what.
#[derive(ToSchema)]
pub(crate) struct Joined {
    user: String,
    tenant: Option<String>,
    role: Role,
}
