//! Workers and their employments as F&O shows them.

use std::collections::BTreeSet;

use super::super::books::{EmploymentKind, Worker};
use super::super::cell::Cell;
use super::super::person::personnel_number;
use super::super::set::{Look, Row};
use super::{date, since, until};
use crate::dynamics::lists::unit_number;

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn worker<'a>(look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let namesake = matches!(row, Row::Namesake(_));
    let (Row::Worker(worker) | Row::Namesake(worker)) = row else {
        return Cell::Null;
    };
    match column {
        "PersonnelNumber" => Cell::owned(personnel_number(worker.id)),
        "FirstName" if namesake => Cell::text("Somebody"),
        "LastName" if namesake => Cell::text("Else"),
        "Name" if namesake => Cell::text("Somebody Else"),
        "PrimaryContactEmail" | "IdentityEmail" | "KnownAs" | "LastNamePrefix" if namesake => {
            Cell::text("")
        }
        "FirstName" => Cell::text(&worker.first_name),
        "MiddleName" => Cell::text(&worker.middle_name),
        "LastNamePrefix" => Cell::text(&worker.last_name_prefix),
        "LastName" => Cell::text(&worker.last_name),
        "Name" => Cell::owned(worker.name()),
        "KnownAs" => Cell::text(&worker.known_as),
        "PrimaryContactEmail" => Cell::text(&worker.email),
        "PrimaryContactEmailIsPrivate" => super::yes_no(worker.email_is_private),
        "PrimaryContactPhone" => Cell::text(&worker.phone),
        "IdentityEmail" => Cell::text(&worker.identity_email),
        "User" => Cell::text(worker.identity_email.split('@').next().unwrap_or_default()),
        "ObjectId" if worker.object_id.is_empty() => Cell::Guid(NOBODY.into()),
        "ObjectId" => Cell::Guid(worker.object_id.as_str().into()),
        "TitleId" => Cell::text(&worker.title),
        "WorkerType" => relation(look, worker),
        "WorkerStatus" => Cell::Member(worker.status(look.now).as_str()),
        "OriginalHireDateTime" => since(worker.original_hire_date.map(super::midnight)),
        "SeniorityDate" => date(worker.original_hire_date),
        "AnniversaryDateTime" => since(None),
        "OfficeLocation" => {
            let id = worker.location;
            Cell::text(id.and_then(|id| look.company.locations.get(&id)).map_or("", String::as_str))
        }
        "OfficeLocationId" => Cell::owned(worker.location.map(unit_number).unwrap_or_default()),
        "LanguageId" => Cell::text("en-us"),
        "PartyNumber" if namesake => Cell::owned(format!("{:09}", 900_000 + worker.id)),
        "PartyNumber" => Cell::owned(format!("{:09}", worker.id)),
        _ => Cell::text(""),
    }
}

/// Of the active employments, or of all where none is.
fn relation(look: &Look<'_>, worker: &Worker) -> Cell<'static> {
    let active = worker.active(look.now);
    let kinds: BTreeSet<EmploymentKind> = match active.is_empty() {
        true => worker.employments.iter().map(|one| one.kind).collect(),
        false => active.iter().map(|one| one.kind).collect(),
    };
    match kinds.len() {
        0 => Cell::Null,
        1 => Cell::Member(kinds.first().map_or("", |kind| kind.as_str())),
        _ => Cell::Member("Both"),
    }
}

pub(super) fn employment<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Employment(worker, one) = row else {
        return Cell::Null;
    };
    match column {
        "PersonnelNumber" => Cell::owned(personnel_number(worker.id)),
        "LegalEntityId" => Cell::text(&one.legal_entity),
        "EmploymentId" => Cell::owned(format!("{:08}", one.id)),
        "EmploymentStartDate" => since(Some(one.start)),
        "EmploymentEndDate" => until(one.end),
        "WorkerType" => Cell::Member(one.kind.as_str()),
        _ => Cell::text(""),
    }
}

/// The flat view made for provisioning into Entra.
pub(super) fn azure_ad<'a>(look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Worker(worker) = row else {
        return Cell::Null;
    };
    let position = || look.company.primary_position(worker, look.now);
    match column {
        "EmployeeId" => Cell::owned(personnel_number(worker.id)),
        "DisplayName" | "CommonName" => Cell::owned(worker.name()),
        "GivenName" => Cell::text(&worker.first_name),
        "MiddleName" => Cell::text(&worker.middle_name),
        "LastName" => Cell::text(&worker.last_name),
        "Email" => Cell::text(&worker.email),
        "Status" => Cell::Member(worker.status(look.now).as_str()),
        "JobTitle" => Cell::text(position().map_or(&worker.title, |one| &one.title)),
        "JobTitleId" => Cell::Whole(0),
        "Department" => {
            let id = position().and_then(|one| one.department);
            Cell::Whole(id.map_or(0, |id| 5_637_144_576 + id.cast_signed()))
        }
        "Manager" => {
            let manager = look.company.person(worker).supervisor;
            Cell::owned(manager.map(personnel_number).unwrap_or_default())
        }
        "OfficeLocation" => {
            let id = worker.location;
            Cell::text(id.and_then(|id| look.company.locations.get(&id)).map_or("", String::as_str))
        }
        "Telephonenumber" => Cell::text(&worker.phone),
        "MostRecentModifiedDate" => since(Some(worker.modified)),
        _ => Cell::text(""),
    }
}
