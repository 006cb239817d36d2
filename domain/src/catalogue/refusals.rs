//! The words for what rules refuse. The sentences stand with the refusals themselves.

use crate::{
    Refusal, actor, connection, lane, members, notification, receipt, run, scenario, slot, tenant,
    unit, user, webhook_endpoint,
};

pub use super::every_refusal::{every, in_general};

/// What programs know a refusal by.
pub fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Actor(refusal) => actor(refusal),
        Refusal::Connection(refusal) => connection(refusal),
        Refusal::Lane(refusal) => lane(refusal),
        Refusal::Members(refusal) => members(*refusal),
        Refusal::Notification(notification::Refusal::NotFound) => "notification.not_found",
        Refusal::Receipt(receipt::Refusal::AlreadyReceived) => "receipt.already_received",
        Refusal::Run(refusal) => run(refusal),
        Refusal::Scenario(refusal) => scenario(*refusal),
        Refusal::Slot(slot::Refusal::Taken { .. }) => "slot.taken",
        Refusal::Tenant(refusal) => tenant(*refusal),
        Refusal::Unit(refusal) => unit(refusal),
        Refusal::User(refusal) => user(*refusal),
        Refusal::WebhookEndpoint(refusal) => endpoint(*refusal),
    }
}

fn actor(refusal: &actor::Refusal) -> &'static str {
    match refusal {
        actor::Refusal::NotFound => "actor.not_found",
        actor::Refusal::AlreadyExists => "actor.already_exists",
        actor::Refusal::SourceDeleted => "actor.source_deleted",
        actor::Refusal::Erased => "actor.erased",
        actor::Refusal::EnteredByHand => "actor.entered_by_hand",
        actor::Refusal::Nameless => "actor.nameless",
        actor::Refusal::Synced { .. } => "actor.synced",
        actor::Refusal::DepartmentClosed { .. } => "actor.department_closed",
        actor::Refusal::NotThere(_) => "actor.not_there",
        actor::Refusal::AboveThemselves => "actor.above_themselves",
        actor::Refusal::ChainTooLong { .. } => "actor.chain_too_long",
    }
}

fn connection(refusal: &connection::Refusal) -> &'static str {
    match refusal {
        connection::Refusal::NotConnected => "connection.not_connected",
        connection::Refusal::AlreadyConnected => "connection.already_connected",
        connection::Refusal::Disconnected => "connection.disconnected",
        connection::Refusal::Paused => "connection.paused",
        connection::Refusal::NotPushed => "connection.not_pushed",
        connection::Refusal::KeysAreMade => "connection.keys_are_made",
        connection::Refusal::OnlyPushed => "connection.only_pushed",
        connection::Refusal::NotLive => "connection.not_live",
        connection::Refusal::FieldNotOffered => "connection.field_not_offered",
        connection::Refusal::AnotherIsActive { .. } => "connection.another_is_active",
        connection::Refusal::AnotherAccount => "connection.another_account",
        connection::Refusal::SubdomainInvalid => "connection.subdomain_invalid",
        connection::Refusal::EnvironmentInvalid => "connection.environment_invalid",
        connection::Refusal::SurfaceUnknown => "connection.surface_unknown",
        connection::Refusal::EntraTenantInvalid => "connection.entra_tenant_invalid",
        connection::Refusal::ClientIdInvalid => "connection.client_id_invalid",
        connection::Refusal::AuthorityInvalid => "connection.authority_invalid",
        connection::Refusal::LegalEntityInvalid => "connection.legal_entity_invalid",
        connection::Refusal::HierarchyInvalid => "connection.hierarchy_invalid",
        connection::Refusal::TimeZoneUnknown { .. } => "connection.time_zone_unknown",
        connection::Refusal::HourInvalid => "connection.hour_invalid",
        connection::Refusal::PercentInvalid => "connection.percent_invalid",
        connection::Refusal::FreshnessInvalid => "connection.freshness_invalid",
        connection::Refusal::SecretsFull { .. } => "connection.secrets_full",
        connection::Refusal::NoTarget => "connection.no_target",
        connection::Refusal::NotOffered(_) => "connection.not_offered",
        connection::Refusal::NoSuchSecret { .. } => "connection.no_such_secret",
    }
}

fn lane(refusal: &lane::Refusal) -> &'static str {
    match refusal {
        lane::Refusal::Busy { .. } => "lane.busy",
        lane::Refusal::NothingWaiting => "lane.nothing_waiting",
        lane::Refusal::NotOnLane { .. } => "lane.not_on_lane",
        lane::Refusal::IdTaken { .. } => "lane.id_taken",
        lane::Refusal::NotGivenUp { .. } => "lane.not_given_up",
        lane::Refusal::TooManyReceipts { .. } => "lane.too_many_receipts",
        lane::Refusal::BeingUndone { .. } => "lane.being_undone",
    }
}

fn members(refusal: members::Refusal) -> &'static str {
    match refusal {
        members::Refusal::NotMember => "members.not_member",
        members::Refusal::AlreadyMember => "members.already_member",
        members::Refusal::LastOwner => "members.last_owner",
        members::Refusal::LastOwnerIsTold => "members.last_owner_is_told",
        members::Refusal::OwnersOnly => "members.owners_only",
        members::Refusal::NoInvitation => "members.no_invitation",
        members::Refusal::Expired => "members.expired",
        members::Refusal::Used => "members.used",
        members::Refusal::Revoked => "members.revoked",
        members::Refusal::Replaced => "members.replaced",
        members::Refusal::AnotherAddress => "members.another_address",
    }
}

fn user(refusal: user::Refusal) -> &'static str {
    match refusal {
        user::Refusal::NotFound => "user.not_found",
        user::Refusal::AlreadyExists => "user.already_exists",
        user::Refusal::EmailTaken => "user.email_taken",
        user::Refusal::EmailInvalid => "user.email_invalid",
        user::Refusal::NameInvalid => "user.name_invalid",
    }
}

fn run(refusal: &run::Refusal) -> &'static str {
    match refusal {
        run::Refusal::NotFound => "run.not_found",
        run::Refusal::AlreadyQueued => "run.already_queued",
        run::Refusal::NotStarted => "run.not_started",
        run::Refusal::AlreadyStarted => "run.already_started",
        run::Refusal::AlreadyFetched => "run.already_fetched",
        run::Refusal::BatchOutOfOrder { .. } => "run.batch_out_of_order",
        run::Refusal::AlreadyApplied => "run.already_applied",
        run::Refusal::NotHeld { .. } => "run.not_held",
        run::Refusal::AnotherPlan => "run.another_plan",
        run::Refusal::Ended { .. } => "run.ended",
        run::Refusal::NotOver { .. } => "run.not_over",
        run::Refusal::ChangedNobody => "run.changed_nobody",
        run::Refusal::NamesNobody => "run.names_nobody",
        run::Refusal::IsUndo => "run.is_undo",
        run::Refusal::BodyGone => "run.body_gone",
        run::Refusal::NothingNew => "run.nothing_new",
        run::Refusal::UnderWay => "run.under_way",
        run::Refusal::WaitsForPerson => "run.waits_for_person",
    }
}

fn scenario(refusal: scenario::Refusal) -> &'static str {
    match refusal {
        scenario::Refusal::NotFound => "scenario.not_found",
        scenario::Refusal::AlreadyExists => "scenario.already_exists",
        scenario::Refusal::NameEmpty => "scenario.name_empty",
        scenario::Refusal::NameInvalid => "scenario.name_invalid",
        scenario::Refusal::LiveBaseline => "scenario.live_baseline",
        scenario::Refusal::SnapshotOfNothing => "scenario.snapshot_of_nothing",
        scenario::Refusal::Archived => "scenario.archived",
        scenario::Refusal::Snapshot => "scenario.snapshot",
        scenario::Refusal::Preparing => "scenario.preparing",
        scenario::Refusal::BatchOutOfOrder { .. } => "scenario.batch_out_of_order",
    }
}

fn tenant(refusal: tenant::Refusal) -> &'static str {
    match refusal {
        tenant::Refusal::SlugInvalid => "tenant.slug_invalid",
        tenant::Refusal::SlugReserved => "tenant.slug_reserved",
        tenant::Refusal::NameEmpty => "tenant.name_empty",
        tenant::Refusal::AlreadyExists => "tenant.already_exists",
        tenant::Refusal::SlugTaken => "tenant.slug_taken",
        tenant::Refusal::NotFound => "tenant.not_found",
        tenant::Refusal::NotEntitled => "tenant.not_entitled",
    }
}

fn unit(refusal: &unit::Refusal) -> &'static str {
    match refusal {
        unit::Refusal::NotFound => "unit.not_found",
        unit::Refusal::AlreadyExists => "unit.already_exists",
        unit::Refusal::NameEmpty => "unit.name_empty",
        unit::Refusal::NameTooLong => "unit.name_too_long",
        unit::Refusal::Synced { .. } => "unit.synced",
    }
}

fn endpoint(refusal: webhook_endpoint::Refusal) -> &'static str {
    match refusal {
        webhook_endpoint::Refusal::NotFound => "webhook_endpoint.not_found",
        webhook_endpoint::Refusal::AlreadyExists => "webhook_endpoint.already_exists",
        webhook_endpoint::Refusal::NameInvalid => "webhook_endpoint.name_invalid",
        webhook_endpoint::Refusal::UrlInvalid(_) => "webhook_endpoint.url_invalid",
        webhook_endpoint::Refusal::NoTypes => "webhook_endpoint.no_types",
        webhook_endpoint::Refusal::ScenariosInvalid => "webhook_endpoint.scenarios_invalid",
        webhook_endpoint::Refusal::RateInvalid => "webhook_endpoint.rate_invalid",
        webhook_endpoint::Refusal::ConcurrencyInvalid => "webhook_endpoint.concurrency_invalid",
        webhook_endpoint::Refusal::HeadersInvalid(_) => "webhook_endpoint.headers_invalid",
        webhook_endpoint::Refusal::OverlapInvalid => "webhook_endpoint.overlap_invalid",
        webhook_endpoint::Refusal::Disabled => "webhook_endpoint.disabled",
    }
}
