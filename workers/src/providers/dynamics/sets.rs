//! What is read of an environment: one kind of set for both surfaces, with the names that each has
//! for it and its columns (`reference/dynamics-and-push.md`, A2 and A3).

use rollcall_domain::connection::Surface;
use rollcall_domain::field::Field;
use serde::{Deserialize, Serialize};

/// Workers come last: by then everything is known that says more of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Set {
    Departments,
    Jobs,
    /// Names of titles, where a title is a record.
    Titles,
    /// Legal entities, where an employment names one by a key.
    Companies,
    /// Personnel numbers, where a worker is known by a key.
    Numbers,
    Positions,
    /// Which position is above which, where positions do not say it themselves.
    Hierarchy,
    Assignments,
    Employments,
    Workers,
}

/// What a column means, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Col {
    /// What others name the record by.
    Key,
    /// What people know it by, where that is something else.
    Number,
    Name,
    Description,
    Job,
    Title,
    Department,
    /// The position above.
    Parent,
    Position,
    Worker,
    Company,
    From,
    To,
    Primary,
    Kind,
    FirstName,
    KnownAs,
    Prefix,
    LastName,
    Email,
    EmailIsPrivate,
    OtherEmail,
    Phone,
    OtherPhone,
    Status,
    OwnTitle,
    FirstHired,
    Office,
    /// The worker above, where a worker names one.
    Manager,
    /// Whether the record itself is switched off.
    State,
}

impl Col {
    pub(super) const COUNT: usize = Col::State as usize + 1;
}

pub(super) struct Column {
    /// As the surface calls it.
    pub(super) name: &'static str,
    pub(super) col: Col,
    /// What cannot be told without it.
    pub(super) field: Option<Field>,
}

pub(super) struct Table {
    pub(super) set: Set,
    pub(super) path: &'static str,
    /// What an older version has instead, with the same columns.
    pub(super) older: Option<&'static str>,
    pub(super) columns: &'static [Column],
    /// The columns that tell records apart, which they are ordered by.
    pub(super) key: &'static [Col],
    /// What cannot be told of anybody without the set.
    pub(super) fields: &'static [Field],
    /// For messages.
    pub(super) what: &'static str,
}

impl Table {
    pub(super) fn column(&self, col: Col) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.col == col)
    }

    /// The names of the columns that tell records apart.
    pub(super) fn order(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().filter_map(|col| Some(self.column(*col)?.name))
    }
}

/// The sets of a surface in the order in which they are read.
pub(super) fn tables(surface: Surface) -> &'static [Table] {
    match surface {
        Surface::FinanceOperations => FINANCE_OPERATIONS,
        Surface::Dataverse => DATAVERSE,
    }
}

pub(super) fn table(surface: Surface, set: Set) -> Option<&'static Table> {
    tables(surface).iter().find(|table| table.set == set)
}

/// The fields that a surface tells of people.
pub(super) fn fields(surface: Surface) -> &'static [Field] {
    match surface {
        Surface::FinanceOperations => &FIELDS,
        Surface::Dataverse => FIELDS.split_last().map_or(&[], |(_location, others)| others),
    }
}

/// The location at the end: Dataverse has no column for it.
const FIELDS: [Field; 12] = [
    Field::EmployeeNumber,
    Field::FirstName,
    Field::LastName,
    Field::Email,
    Field::Phone,
    Field::JobTitle,
    Field::Departments,
    Field::EmploymentType,
    Field::HireDate,
    Field::TerminationDate,
    Field::Manager,
    Field::Location,
];

const fn plain(name: &'static str, col: Col) -> Column {
    Column { name, col, field: None }
}

const fn telling(name: &'static str, col: Col, field: Field) -> Column {
    Column { name, col, field: Some(field) }
}

const BY_POSITION: &[Field] = &[Field::JobTitle, Field::Departments, Field::Manager];
const BY_EMPLOYMENT: &[Field] = &[Field::EmploymentType, Field::HireDate, Field::TerminationDate];

const FINANCE_OPERATIONS: &[Table] = &[
    Table {
        set: Set::Departments,
        path: "Departments",
        older: None,
        columns: &[
            plain("OperatingUnitNumber", Col::Key),
            telling("Name", Col::Name, Field::Departments),
        ],
        key: &[Col::Key],
        fields: &[Field::Departments],
        what: "the departments",
    },
    Table {
        set: Set::Jobs,
        path: "Jobs",
        older: None,
        columns: &[
            plain("JobId", Col::Key),
            telling("Description", Col::Description, Field::JobTitle),
        ],
        key: &[Col::Key],
        fields: &[Field::JobTitle],
        what: "the jobs",
    },
    Table {
        set: Set::Positions,
        path: "PositionsV2",
        older: Some("Positions"),
        columns: &[
            plain("PositionId", Col::Key),
            telling("Description", Col::Description, Field::JobTitle),
            telling("JobId", Col::Job, Field::JobTitle),
            telling("TitleId", Col::Title, Field::JobTitle),
            telling("DepartmentNumber", Col::Department, Field::Departments),
        ],
        key: &[Col::Key],
        fields: BY_POSITION,
        what: "the positions",
    },
    Table {
        set: Set::Hierarchy,
        path: "PositionHierarchies",
        older: None,
        columns: &[
            plain("PositionId", Col::Key),
            plain("HierarchyTypeName", Col::Name),
            telling("ParentPositionId", Col::Parent, Field::Manager),
            plain("ValidFrom", Col::From),
            plain("ValidTo", Col::To),
        ],
        key: &[Col::Key, Col::From, Col::To],
        fields: &[Field::Manager],
        what: "the hierarchy of positions",
    },
    Table {
        set: Set::Assignments,
        path: "PositionWorkerAssignmentsV2",
        older: Some("PositionWorkerAssignments"),
        columns: &[
            plain("PositionId", Col::Position),
            plain("PersonnelNumber", Col::Worker),
            plain("ValidFrom", Col::From),
            plain("ValidTo", Col::To),
            telling("IsPrimaryPosition", Col::Primary, Field::JobTitle),
        ],
        key: &[Col::Position, Col::From, Col::Worker, Col::To],
        fields: BY_POSITION,
        what: "who is in which position",
    },
    Table {
        set: Set::Employments,
        path: "EmploymentsV2",
        older: Some("Employments"),
        columns: &[
            plain("PersonnelNumber", Col::Worker),
            plain("LegalEntityId", Col::Company),
            plain("EmploymentStartDate", Col::From),
            plain("EmploymentEndDate", Col::To),
            telling("WorkerType", Col::Kind, Field::EmploymentType),
        ],
        key: &[Col::Worker, Col::Company, Col::From, Col::To],
        fields: BY_EMPLOYMENT,
        what: "the employments",
    },
    Table {
        set: Set::Workers,
        path: "Workers",
        older: None,
        columns: &[
            plain("PersonnelNumber", Col::Key),
            telling("FirstName", Col::FirstName, Field::FirstName),
            telling("KnownAs", Col::KnownAs, Field::FirstName),
            telling("LastNamePrefix", Col::Prefix, Field::LastName),
            telling("LastName", Col::LastName, Field::LastName),
            telling("PrimaryContactEmail", Col::Email, Field::Email),
            telling("PrimaryContactEmailIsPrivate", Col::EmailIsPrivate, Field::Email),
            telling("IdentityEmail", Col::OtherEmail, Field::Email),
            telling("PrimaryContactPhone", Col::Phone, Field::Phone),
            plain("WorkerStatus", Col::Status),
            telling("TitleId", Col::OwnTitle, Field::JobTitle),
            plain("OriginalHireDateTime", Col::FirstHired),
            telling("OfficeLocation", Col::Office, Field::Location),
        ],
        key: &[Col::Key],
        fields: &[],
        what: "the workers",
    },
];

const DATAVERSE: &[Table] = &[
    Table {
        set: Set::Departments,
        path: "cdm_departments",
        older: None,
        columns: &[
            plain("cdm_departmentid", Col::Key),
            plain("cdm_departmentnumber", Col::Number),
            telling("cdm_name", Col::Name, Field::Departments),
            plain("cdm_description", Col::Description),
        ],
        key: &[Col::Key],
        fields: &[Field::Departments],
        what: "the departments",
    },
    Table {
        set: Set::Jobs,
        path: "cdm_jobs",
        older: None,
        columns: &[
            plain("cdm_jobid", Col::Key),
            telling("cdm_description", Col::Description, Field::JobTitle),
        ],
        key: &[Col::Key],
        fields: &[Field::JobTitle],
        what: "the jobs",
    },
    Table {
        set: Set::Titles,
        path: "cdm_titles",
        older: None,
        columns: &[plain("cdm_titleid", Col::Key), telling("cdm_name", Col::Name, Field::JobTitle)],
        key: &[Col::Key],
        fields: &[Field::JobTitle],
        what: "the titles",
    },
    Table {
        set: Set::Companies,
        path: "cdm_companies",
        older: None,
        columns: &[plain("cdm_companyid", Col::Key), plain("cdm_companycode", Col::Number)],
        key: &[Col::Key],
        fields: &[],
        what: "the legal entities",
    },
    Table {
        set: Set::Numbers,
        path: "cdm_workers",
        older: None,
        columns: &[plain("cdm_workerid", Col::Key), plain("cdm_workernumber", Col::Number)],
        key: &[Col::Key],
        fields: &[Field::Manager],
        what: "the personnel numbers",
    },
    Table {
        set: Set::Positions,
        path: "cdm_jobpositions",
        older: None,
        columns: &[
            plain("cdm_jobpositionid", Col::Key),
            plain("cdm_jobpositionnumber", Col::Number),
            telling("cdm_description", Col::Description, Field::JobTitle),
            telling("_cdm_jobid_value", Col::Job, Field::JobTitle),
            telling("_cdm_titleid_value", Col::Title, Field::JobTitle),
            telling("_cdm_departmentid_value", Col::Department, Field::Departments),
            telling("_cdm_parentjobpositionid_value", Col::Parent, Field::Manager),
        ],
        key: &[Col::Key],
        fields: BY_POSITION,
        what: "the positions",
    },
    Table {
        set: Set::Assignments,
        path: "cdm_positionworkerassignmentmaps",
        older: None,
        columns: &[
            plain("cdm_positionworkerassignmentmapid", Col::Key),
            plain("_cdm_jobpositionid_value", Col::Position),
            plain("_cdm_workerid_value", Col::Worker),
            plain("cdm_validfrom", Col::From),
            plain("cdm_validto", Col::To),
            plain("statecode", Col::State),
        ],
        key: &[Col::Key],
        fields: BY_POSITION,
        what: "who is in which position",
    },
    Table {
        set: Set::Employments,
        path: "cdm_employments",
        older: None,
        columns: &[
            plain("cdm_employmentid", Col::Key),
            plain("_cdm_workerid_value", Col::Worker),
            plain("_cdm_companyid_value", Col::Company),
            plain("cdm_employmentstartdate", Col::From),
            plain("cdm_employmentenddate", Col::To),
            telling("cdm_workertype", Col::Kind, Field::EmploymentType),
            plain("statecode", Col::State),
        ],
        key: &[Col::Key],
        fields: BY_EMPLOYMENT,
        what: "the employments",
    },
    Table {
        set: Set::Workers,
        path: "cdm_workers",
        older: None,
        columns: &[
            plain("cdm_workerid", Col::Key),
            plain("cdm_workernumber", Col::Number),
            telling("cdm_firstname", Col::FirstName, Field::FirstName),
            telling("cdm_lastname", Col::LastName, Field::LastName),
            telling("cdm_primaryemailaddress", Col::Email, Field::Email),
            telling("cdm_emailaddress1", Col::OtherEmail, Field::Email),
            telling("cdm_primarytelephone", Col::Phone, Field::Phone),
            telling("cdm_mobilephone", Col::OtherPhone, Field::Phone),
            plain("cdm_status", Col::Status),
            telling("cdm_profession", Col::OwnTitle, Field::JobTitle),
            telling("_cdm_managerworkerid_value", Col::Manager, Field::Manager),
        ],
        key: &[Col::Key],
        fields: &[],
        what: "the workers",
    },
];
