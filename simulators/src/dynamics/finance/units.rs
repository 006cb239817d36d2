//! Positions, who holds them, what is above them, and what else the organisation is made of.

use super::super::cell::Cell;
use super::super::company::LINE;
use super::super::person::personnel_number;
use super::super::set::{Look, Row};
use super::{since, until, yes_no};
use crate::dynamics::lists::unit_number;

pub(super) fn position<'a>(look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Position(position) = row else {
        return Cell::Null;
    };
    let holder = || position.holders(look.now).first().copied();
    match column {
        "PositionId" => Cell::owned(personnel_number(position.id)),
        "Description" => Cell::text(&position.description),
        "JobId" => Cell::text(&position.job),
        "TitleId" => Cell::text(&position.title),
        "DepartmentNumber" => Cell::owned(position.department.map(unit_number).unwrap_or_default()),
        "PositionTypeId" => Cell::text("Regular"),
        "FullTimeEquivalent" => Cell::Decimal(position.full_time_equivalent),
        "Activation" | "AvailableForAssignment" | "DetailEffective" => {
            since(Some(position.activation))
        }
        "Retirement" | "DetailExpiration" => until(None),
        "WorkerPersonnelNumber" => {
            Cell::owned(holder().map(|one| personnel_number(one.worker)).unwrap_or_default())
        }
        "WorkerName" => {
            let worker = holder().and_then(|one| look.company.workers.get(&one.worker));
            Cell::owned(worker.map(|worker| worker.name()).unwrap_or_default())
        }
        "WorkerAssignmentStart" => since(holder().map(|one| one.span.from)),
        "WorkerAssignmentEnd" => match holder() {
            Some(one) => until(one.span.to),
            None => since(None),
        },
        _ => Cell::text(""),
    }
}

pub(super) fn assignment<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Assignment(position, one) = row else {
        return Cell::Null;
    };
    match column {
        "PositionId" => Cell::owned(personnel_number(position.id)),
        "ValidFrom" => since(Some(one.span.from)),
        "ValidTo" => until(one.span.to),
        "PersonnelNumber" => Cell::owned(personnel_number(one.worker)),
        "IsPrimaryPosition" => yes_no(one.primary),
        _ => Cell::text(""),
    }
}

pub(super) fn link<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Link(position, link) = row else {
        return Cell::Null;
    };
    match column {
        "PositionId" => Cell::owned(personnel_number(position.id)),
        "HierarchyTypeName" => Cell::text(&link.hierarchy),
        "ValidFrom" => since(Some(link.span.from)),
        "ValidTo" => until(link.span.to),
        "ParentPositionId" => Cell::owned(personnel_number(link.parent)),
        _ => Cell::text(""),
    }
}

pub(super) fn hierarchy<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Hierarchy(name) = row else {
        return Cell::Null;
    };
    match column {
        "Name" => Cell::text(name),
        "HierarchyType" => Cell::text(if name == LINE { "Line" } else { "Matrix" }),
        "IsImmutable" => yes_no(name == LINE),
        _ => Cell::text(""),
    }
}

/// Departments, and the same rows as operating units.
pub(super) fn department<'a>(look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Department(department) = row else {
        return Cell::Null;
    };
    match column {
        "PartyNumber" => Cell::owned(format!("{:09}", 100_000 + department.id)),
        "OperatingUnitNumber" => Cell::owned(unit_number(department.id)),
        "Name" | "SearchName" => Cell::text(&department.name),
        "OperatingUnitTypes" => Cell::text("Department"),
        "OperatingUnitType" => Cell::Member("OMDepartment"),
        "ManagerPersonnelNumber" => {
            Cell::owned(department.manager.map(personnel_number).unwrap_or_default())
        }
        "ManagerName" => {
            let manager = department.manager.and_then(|id| look.company.workers.get(&id));
            Cell::owned(manager.map(|worker| worker.name()).unwrap_or_default())
        }
        _ => Cell::text(""),
    }
}

pub(super) fn job<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Job(job) = row else {
        return Cell::Null;
    };
    match column {
        "JobId" => Cell::text(&job.id),
        "Description" | "JobDescription" => Cell::text(&job.description),
        "TitleId" => Cell::text(&job.title),
        "Effective" => since(None),
        "Expiration" => until(None),
        _ => Cell::text(""),
    }
}

pub(super) fn title<'a>(_look: &Look<'a>, row: Row<'a>, _column: &str) -> Cell<'a> {
    let Row::Title(title) = row else {
        return Cell::Null;
    };
    Cell::text(title)
}

/// Codes are in small letters here, in capitals in employments.
pub(super) fn legal_entity<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::LegalEntity(one) = row else {
        return Cell::Null;
    };
    match column {
        "LegalEntityId" => Cell::owned(one.id.to_lowercase()),
        "Name" => Cell::text(&one.name),
        "NameAlias" => Cell::text(&one.id),
        "AddressCountryRegionId" => Cell::text(&one.country),
        _ => Cell::text(""),
    }
}
