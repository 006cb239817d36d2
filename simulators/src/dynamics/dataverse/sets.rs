//! Which tables there are, their keys and their columns.

use super::super::cell::Kind::{Guid, Moment, Number, Text};
use super::super::rows;
use super::super::set::{Set, tag};
use super::cells;

/// In the order `$metadata` lists them.
pub(in crate::dynamics) const SETS: &[Set] =
    &[WORKERS, EMPLOYMENTS, POSITIONS, ASSIGNMENTS, DEPARTMENTS, JOBS, COMPANIES, TITLES];

const WORKERS: Set = Set {
    name: "cdm_workers",
    entity: "cdm_worker",
    key: &["cdm_workerid"],
    alternate: Some("cdm_workernumber"),
    columns: &[
        ("cdm_workerid", Guid),
        ("cdm_workernumber", Text),
        ("cdm_firstname", Text),
        ("cdm_middlename", Text),
        ("cdm_lastname", Text),
        ("cdm_fullname", Text),
        ("cdm_primaryemailaddress", Text),
        ("cdm_emailaddress1", Text),
        ("cdm_emailaddress2", Text),
        ("cdm_primarytelephone", Text),
        ("cdm_mobilephone", Text),
        ("cdm_profession", Text),
        ("cdm_type", Number),
        ("cdm_status", Number),
        ("_cdm_managerworkerid_value", Guid),
        ("cdm_officegraphidentifier", Text),
        ("cdm_birthdate", Moment),
        ("cdm_gender", Number),
        ("cdm_anniversarydatetime", Moment),
        ("cdm_linkedinidentity", Text),
        ("statecode", Number),
        ("statuscode", Number),
        ("createdon", Moment),
        ("modifiedon", Moment),
        ("versionnumber", Number),
    ],
    company: None,
    rows: rows::workers,
    cell: cells::worker,
    tag,
};

const EMPLOYMENTS: Set = Set {
    name: "cdm_employments",
    entity: "cdm_employment",
    key: &["cdm_employmentid"],
    alternate: None,
    columns: &[
        ("cdm_employmentid", Guid),
        ("_cdm_workerid_value", Guid),
        ("_cdm_companyid_value", Guid),
        ("cdm_employmentstartdate", Moment),
        ("cdm_employmentenddate", Moment),
        ("cdm_workertype", Number),
        ("cdm_adjustedworkerstartdate", Moment),
        ("cdm_workerstartdate", Moment),
        ("cdm_lastdateworked", Moment),
        ("cdm_transitiondate", Moment),
        ("cdm_probationenddate", Moment),
        ("cdm_validfrom", Moment),
        ("cdm_validto", Moment),
        ("statecode", Number),
    ],
    company: None,
    rows: rows::employments,
    cell: cells::employment,
    tag,
};

const POSITIONS: Set = Set {
    name: "cdm_jobpositions",
    entity: "cdm_jobposition",
    key: &["cdm_jobpositionid"],
    alternate: Some("cdm_jobpositionnumber"),
    columns: &[
        ("cdm_jobpositionid", Guid),
        ("cdm_jobpositionnumber", Text),
        ("cdm_description", Text),
        ("_cdm_jobid_value", Guid),
        ("_cdm_departmentid_value", Guid),
        ("_cdm_parentjobpositionid_value", Guid),
        ("_cdm_positiontypeid_value", Guid),
        ("_cdm_titleid_value", Guid),
        ("cdm_fulltimeequivalent", Number),
        ("cdm_activation", Moment),
        ("cdm_retirement", Moment),
        ("cdm_availableforassignment", Moment),
        ("cdm_validfrom", Moment),
        ("cdm_validto", Moment),
    ],
    company: None,
    rows: rows::positions,
    cell: cells::position,
    tag,
};

const ASSIGNMENTS: Set = Set {
    name: "cdm_positionworkerassignmentmaps",
    entity: "cdm_positionworkerassignmentmap",
    key: &["cdm_positionworkerassignmentmapid"],
    alternate: None,
    columns: &[
        ("cdm_positionworkerassignmentmapid", Guid),
        ("_cdm_workerid_value", Guid),
        ("_cdm_jobpositionid_value", Guid),
        ("cdm_validfrom", Moment),
        ("cdm_validto", Moment),
        ("statecode", Number),
    ],
    company: None,
    rows: rows::assignments,
    cell: cells::assignment,
    tag,
};

const DEPARTMENTS: Set = Set {
    name: "cdm_departments",
    entity: "cdm_department",
    key: &["cdm_departmentid"],
    alternate: Some("cdm_departmentnumber"),
    columns: &[
        ("cdm_departmentid", Guid),
        ("cdm_departmentnumber", Text),
        ("cdm_name", Text),
        ("cdm_description", Text),
        ("_cdm_parentdepartmentid_value", Guid),
    ],
    company: None,
    rows: rows::departments,
    cell: cells::department,
    tag,
};

const JOBS: Set = Set {
    name: "cdm_jobs",
    entity: "cdm_job",
    key: &["cdm_jobid"],
    alternate: Some("cdm_name"),
    columns: &[
        ("cdm_jobid", Guid),
        ("cdm_name", Text),
        ("cdm_description", Text),
        ("cdm_jobdescription", Text),
        ("_cdm_jobfunctionid_value", Guid),
        ("_cdm_jobtypeid_value", Guid),
        ("_cdm_titleid_value", Guid),
        ("cdm_validfrom", Moment),
        ("cdm_validto", Moment),
    ],
    company: None,
    rows: rows::jobs,
    cell: cells::job,
    tag,
};

const COMPANIES: Set = Set {
    name: "cdm_companies",
    entity: "cdm_company",
    key: &["cdm_companyid"],
    alternate: Some("cdm_companycode"),
    columns: &[("cdm_companyid", Guid), ("cdm_companycode", Text), ("cdm_name", Text)],
    company: None,
    rows: rows::legal_entities,
    cell: cells::company,
    tag,
};

const TITLES: Set = Set {
    name: "cdm_titles",
    entity: "cdm_title",
    key: &["cdm_titleid"],
    alternate: Some("cdm_name"),
    columns: &[("cdm_titleid", Guid), ("cdm_name", Text)],
    company: None,
    rows: rows::titles,
    cell: cells::title,
    tag,
};
