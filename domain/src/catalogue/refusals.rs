//! The words for what rules refuse. The sentences stand with the refusals themselves.

use crate::connection::{Declined, NotOffered};
use crate::field::Field;
use crate::run::Status;
use crate::webhook_endpoint::{HeaderFault, UrlFault};
use crate::{
    Refusal, actor, connection, lane, members, notification, receipt, run, scenario, slot, tenant,
    unit, user, webhook_endpoint,
};

/// In sentences of the catalogue, in the place of what is different each time.
const SOME: &str = "…";
/// The same where only a number fits: ones that stand in no sentence for another reason.
const NUMBER: u32 = 987_654_321;
const ANOTHER: u32 = 987_654_322;
/// And where only a status does.
const STATUS: Status = Status::Succeeded;

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

/// A sentence about one of `every` with `…` also where a number or a status is different each time.
pub fn in_general(sentence: &str) -> String {
    let samples = [
        (NUMBER.to_string(), SOME.to_owned()),
        (ANOTHER.to_string(), SOME.to_owned()),
        (format!("it is {}", STATUS.as_str()), format!("it is {SOME}")),
        (format!(": {}", STATUS.as_str()), format!(": {SOME}")),
    ];
    samples.iter().fold(sentence.to_owned(), |said, (one, some)| said.replace(one, some))
}

/// One refusal of each kind, for the catalogue; a test holds it to the matches above.
pub fn every() -> Vec<Refusal> {
    let mut all: Vec<Refusal> = vec![
        receipt::Refusal::AlreadyReceived.into(),
        slot::Refusal::Taken { holder: SOME.into() }.into(),
        tenant::Refusal::SlugInvalid.into(),
        tenant::Refusal::SlugReserved.into(),
        tenant::Refusal::NameEmpty.into(),
        tenant::Refusal::AlreadyExists.into(),
        tenant::Refusal::SlugTaken.into(),
        tenant::Refusal::NotFound.into(),
        tenant::Refusal::NotEntitled.into(),
        unit::Refusal::NotFound.into(),
        unit::Refusal::AlreadyExists.into(),
        unit::Refusal::NameEmpty.into(),
        unit::Refusal::NameTooLong.into(),
        unit::Refusal::Synced { connection: SOME.into(), run: Some(SOME.into()) }.into(),
        lane::Refusal::Busy { run: SOME.into() }.into(),
        lane::Refusal::NothingWaiting.into(),
        lane::Refusal::NotOnLane { run: SOME.into() }.into(),
        lane::Refusal::IdTaken { run: SOME.into() }.into(),
        lane::Refusal::NotGivenUp { receipt: SOME.into() }.into(),
        lane::Refusal::TooManyReceipts { count: NUMBER as usize }.into(),
        lane::Refusal::BeingUndone { undo: SOME.into() }.into(),
    ];
    all.extend(actors().into_iter().map(Refusal::from));
    all.extend(connections().into_iter().map(Refusal::from));
    all.extend(members_and_users());
    all.extend(runs().into_iter().map(Refusal::from));
    all.extend(scenarios().into_iter().map(Refusal::from));
    all.extend(endpoints().into_iter().map(Refusal::from));
    all
}

fn actors() -> [actor::Refusal; 11] {
    let closed = actor::Closed { department: SOME.into(), name: SOME.into() };
    [
        actor::Refusal::NotFound,
        actor::Refusal::AlreadyExists,
        actor::Refusal::SourceDeleted,
        actor::Refusal::Erased,
        actor::Refusal::EnteredByHand,
        actor::Refusal::Nameless,
        actor::Refusal::Synced {
            connection: SOME.into(),
            run: Some(SOME.into()),
            fields: vec![SOME],
        },
        actor::Refusal::DepartmentClosed { connection: SOME.into(), departments: vec![closed] },
        actor::Refusal::NotThere(vec![(Field::Manager, SOME.into())]),
        actor::Refusal::AboveThemselves,
        actor::Refusal::ChainTooLong { most: 1_000 },
    ]
}

fn connections() -> [connection::Refusal; 26] {
    let declined = Declined { scenario: SOME.into(), why: NotOffered::Archived };
    [
        connection::Refusal::NotConnected,
        connection::Refusal::AlreadyConnected,
        connection::Refusal::Disconnected,
        connection::Refusal::Paused,
        connection::Refusal::NotPushed,
        connection::Refusal::OnlyPushed,
        connection::Refusal::NotLive,
        connection::Refusal::FieldNotOffered,
        connection::Refusal::AnotherIsActive { holder: SOME.into() },
        connection::Refusal::AnotherAccount,
        connection::Refusal::SubdomainInvalid,
        connection::Refusal::EnvironmentInvalid,
        connection::Refusal::SurfaceUnknown,
        connection::Refusal::EntraTenantInvalid,
        connection::Refusal::ClientIdInvalid,
        connection::Refusal::AuthorityInvalid,
        connection::Refusal::LegalEntityInvalid,
        connection::Refusal::HierarchyInvalid,
        connection::Refusal::TimeZoneUnknown { name: SOME.into() },
        connection::Refusal::HourInvalid,
        connection::Refusal::PercentInvalid,
        connection::Refusal::FreshnessInvalid,
        connection::Refusal::SecretsFull { oldest: SOME.into(), newest: SOME.into() },
        connection::Refusal::NoTarget,
        connection::Refusal::NotOffered(vec![declined]),
        connection::Refusal::NoSuchSecret { fingerprint: SOME.into() },
    ]
}

fn members_and_users() -> [Refusal; 17] {
    [
        members::Refusal::NotMember.into(),
        members::Refusal::AlreadyMember.into(),
        members::Refusal::LastOwner.into(),
        members::Refusal::LastOwnerIsTold.into(),
        members::Refusal::OwnersOnly.into(),
        members::Refusal::NoInvitation.into(),
        members::Refusal::Expired.into(),
        members::Refusal::Used.into(),
        members::Refusal::Revoked.into(),
        members::Refusal::Replaced.into(),
        members::Refusal::AnotherAddress.into(),
        user::Refusal::NotFound.into(),
        user::Refusal::AlreadyExists.into(),
        user::Refusal::EmailTaken.into(),
        user::Refusal::EmailInvalid.into(),
        user::Refusal::NameInvalid.into(),
        notification::Refusal::NotFound.into(),
    ]
}

fn runs() -> [run::Refusal; 18] {
    [
        run::Refusal::NotFound,
        run::Refusal::AlreadyQueued,
        run::Refusal::NotStarted,
        run::Refusal::AlreadyStarted,
        run::Refusal::AlreadyFetched,
        run::Refusal::BatchOutOfOrder { expected: NUMBER, got: ANOTHER },
        run::Refusal::AlreadyApplied,
        run::Refusal::NotHeld { status: STATUS },
        run::Refusal::AnotherPlan,
        run::Refusal::Ended { status: STATUS },
        run::Refusal::NotOver { status: STATUS },
        run::Refusal::ChangedNobody,
        run::Refusal::NamesNobody,
        run::Refusal::IsUndo,
        run::Refusal::BodyGone,
        run::Refusal::NothingNew,
        run::Refusal::UnderWay,
        run::Refusal::WaitsForPerson,
    ]
}

fn scenarios() -> [scenario::Refusal; 10] {
    [
        scenario::Refusal::NotFound,
        scenario::Refusal::AlreadyExists,
        scenario::Refusal::NameEmpty,
        scenario::Refusal::NameInvalid,
        scenario::Refusal::LiveBaseline,
        scenario::Refusal::SnapshotOfNothing,
        scenario::Refusal::Archived,
        scenario::Refusal::Snapshot,
        scenario::Refusal::Preparing,
        scenario::Refusal::BatchOutOfOrder { expected: NUMBER, got: ANOTHER },
    ]
}

fn endpoints() -> [webhook_endpoint::Refusal; 11] {
    [
        webhook_endpoint::Refusal::NotFound,
        webhook_endpoint::Refusal::AlreadyExists,
        webhook_endpoint::Refusal::NameInvalid,
        webhook_endpoint::Refusal::UrlInvalid(UrlFault::Unreadable),
        webhook_endpoint::Refusal::NoTypes,
        webhook_endpoint::Refusal::ScenariosInvalid,
        webhook_endpoint::Refusal::RateInvalid,
        webhook_endpoint::Refusal::ConcurrencyInvalid,
        webhook_endpoint::Refusal::HeadersInvalid(HeaderFault::Name),
        webhook_endpoint::Refusal::OverlapInvalid,
        webhook_endpoint::Refusal::Disabled,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_is_in_the_catalogue_once() {
        let all: Vec<&str> = every().iter().map(code).collect();
        let codes: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(codes.len(), all.len());
        // The matches are whole; this list is only if it knows all of their words.
        let arms = include_str!("refusals.rs").lines().filter(|line| line.contains("=> \""));
        assert_eq!(arms.count(), all.len());
    }

    #[test]
    fn what_differs_each_time_is_left_open() {
        let said = |refusal: run::Refusal| in_general(&refusal.to_string());
        let batch = run::Refusal::BatchOutOfOrder { expected: NUMBER, got: ANOTHER };
        assert_eq!(said(batch), "the next batch is …, not …");
        assert_eq!(said(run::Refusal::NotHeld { status: STATUS }), "the run is not held: it is …");
        assert_eq!(said(run::Refusal::Ended { status: STATUS }), "the run is over: …");
        let samples = [NUMBER.to_string(), ANOTHER.to_string(), STATUS.as_str().to_owned()];
        for refusal in every() {
            let said = in_general(&refusal.to_string());
            assert!(samples.iter().all(|sample| !said.contains(sample)), "{said}");
        }
    }
}
