//! One refusal of each kind, and its sentence in general: what the catalogue lists.

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

/// One refusal of each kind, for the catalogue; a test holds it to the words they are known by.
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

fn connections() -> [connection::Refusal; 27] {
    let declined = Declined { scenario: SOME.into(), why: NotOffered::Archived };
    [
        connection::Refusal::NotConnected,
        connection::Refusal::AlreadyConnected,
        connection::Refusal::Disconnected,
        connection::Refusal::Paused,
        connection::Refusal::NotPushed,
        connection::Refusal::KeysAreMade,
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

    use super::super::refusals::code;
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
