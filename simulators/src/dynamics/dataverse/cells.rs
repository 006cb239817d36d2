//! The same books in the columns of Dataverse: ids, numbers for options, real nulls.

use std::borrow::Cow;

use super::super::books::{EmploymentKind, Status};
use super::super::cell::Cell;
use super::super::company::LINE;
use super::super::lists::unit_number;
use super::super::person::personnel_number;
use super::super::set::{Look, Row};
use super::{Table, id, named, until};

const FIRST_OPTION: i64 = 754_400_000;

pub(super) fn worker<'a>(look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Worker(worker) = row else {
        return Cell::Null;
    };
    let text = |text: &'a str| Cell::filled(Cow::Borrowed(text));
    match column {
        "cdm_workerid" => id(Table::Worker, worker.id),
        "cdm_workernumber" => Cell::owned(personnel_number(worker.id)),
        "cdm_firstname" => text(&worker.first_name),
        "cdm_middlename" => text(&worker.middle_name),
        "cdm_lastname" => Cell::filled(Cow::Owned(worker.full_last_name())),
        "cdm_fullname" => Cell::filled(Cow::Owned(worker.name())),
        "cdm_primaryemailaddress" if worker.email_is_private => Cell::Null,
        "cdm_primaryemailaddress" => text(&worker.email),
        "cdm_emailaddress1" => text(&worker.identity_email),
        "cdm_primarytelephone" => text(&worker.phone),
        "cdm_profession" => text(&worker.title),
        "cdm_type" => match worker.active(look.now).first().map(|one| one.kind) {
            Some(EmploymentKind::Employee) => Cell::Whole(FIRST_OPTION),
            Some(EmploymentKind::Contractor) => Cell::Whole(FIRST_OPTION + 1),
            None => Cell::Whole(FIRST_OPTION + 3),
        },
        "cdm_status" => match worker.status(look.now) {
            Status::Employed => Cell::Whole(FIRST_OPTION),
            Status::Pending | Status::Terminated => Cell::Whole(FIRST_OPTION + 1),
        },
        "cdm_officegraphidentifier" => text(&worker.object_id),
        "statecode" => Cell::Whole(0),
        "statuscode" => Cell::Whole(1),
        "createdon" | "modifiedon" => Cell::Moment(worker.modified),
        "versionnumber" => Cell::Whole(worker.version.cast_signed()),
        _ => Cell::Null,
    }
}

pub(super) fn employment<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Employment(worker, one) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_employmentid" => id(Table::Employment, one.id),
        "_cdm_workerid_value" => id(Table::Worker, worker.id),
        "_cdm_companyid_value" => named(Table::Company, &one.legal_entity),
        "cdm_employmentstartdate" | "cdm_workerstartdate" | "cdm_validfrom" => {
            Cell::Moment(one.start)
        }
        "cdm_employmentenddate" | "cdm_validto" => until(one.end),
        "cdm_workertype" => match one.kind {
            EmploymentKind::Employee => Cell::Whole(FIRST_OPTION),
            EmploymentKind::Contractor => Cell::Whole(FIRST_OPTION + 1),
        },
        "statecode" => Cell::Whole(0),
        _ => Cell::Null,
    }
}

pub(super) fn position<'a>(look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Position(position) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_jobpositionid" => id(Table::Position, position.id),
        "cdm_jobpositionnumber" => Cell::owned(personnel_number(position.id)),
        "cdm_description" => Cell::filled(Cow::Borrowed(&position.description)),
        "_cdm_jobid_value" => named(Table::Job, &position.job),
        "_cdm_departmentid_value" => {
            position.department.map_or(Cell::Null, |number| id(Table::Department, number))
        }
        "_cdm_parentjobpositionid_value" => {
            let parent = position.parent(LINE, look.now);
            parent.map_or(Cell::Null, |number| id(Table::Position, number))
        }
        "_cdm_titleid_value" => named(Table::Title, &position.title),
        "cdm_fulltimeequivalent" => Cell::Decimal(position.full_time_equivalent),
        "cdm_activation" | "cdm_availableforassignment" | "cdm_validfrom" => {
            Cell::Moment(position.activation)
        }
        "cdm_retirement" | "cdm_validto" => until(None),
        _ => Cell::Null,
    }
}

pub(super) fn assignment<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Assignment(position, one) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_positionworkerassignmentmapid" => {
            let days = one.span.from.timestamp().cast_unsigned() / 86_400;
            id(Table::Assignment, position.id * 100_000 + days % 100_000)
        }
        "_cdm_workerid_value" => id(Table::Worker, one.worker),
        "_cdm_jobpositionid_value" => id(Table::Position, position.id),
        "cdm_validfrom" => Cell::Moment(one.span.from),
        "cdm_validto" => until(one.span.to),
        "statecode" => Cell::Whole(0),
        _ => Cell::Null,
    }
}

pub(super) fn department<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Department(department) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_departmentid" => id(Table::Department, department.id),
        "cdm_departmentnumber" => Cell::owned(unit_number(department.id)),
        "cdm_name" => Cell::text(&department.name),
        _ => Cell::Null,
    }
}

pub(super) fn job<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Job(job) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_jobid" => named(Table::Job, &job.id),
        "cdm_name" => Cell::text(&job.id),
        "cdm_description" | "cdm_jobdescription" => Cell::filled(Cow::Borrowed(&job.description)),
        "_cdm_titleid_value" => named(Table::Title, &job.title),
        "cdm_validto" => until(None),
        _ => Cell::Null,
    }
}

pub(super) fn company<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::LegalEntity(one) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_companyid" => named(Table::Company, &one.id),
        "cdm_companycode" => Cell::text(&one.id),
        "cdm_name" => Cell::text(&one.name),
        _ => Cell::Null,
    }
}

pub(super) fn title<'a>(_look: &Look<'a>, row: Row<'a>, column: &str) -> Cell<'a> {
    let Row::Title(name) = row else {
        return Cell::Null;
    };
    match column {
        "cdm_titleid" => named(Table::Title, name),
        "cdm_name" => Cell::text(name),
        _ => Cell::Null,
    }
}
