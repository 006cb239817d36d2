//! Which sets there are, their keys and their columns.

use super::super::cell::Kind::{Enum, Guid, Moment, Number, Text};
use super::super::rows;
use super::super::set::{Set, tag};
use super::{units, workers};

/// In the order `$metadata` lists them.
pub(in crate::dynamics) const SETS: &[Set] = &[
    WORKERS,
    EMPLOYMENTS_V2,
    EMPLOYMENTS,
    POSITIONS_V2,
    POSITIONS,
    ASSIGNMENTS_V2,
    ASSIGNMENTS,
    HIERARCHIES,
    HIERARCHY_TYPES,
    DEPARTMENTS,
    OPERATING_UNITS,
    JOBS,
    TITLES,
    LEGAL_ENTITIES,
    AZURE_AD_WORKERS,
];

const WORKERS: Set = Set {
    name: "Workers",
    entity: "Worker",
    key: &["PersonnelNumber"],
    alternate: None,
    columns: &[
        ("PersonnelNumber", Text),
        ("FirstName", Text),
        ("MiddleName", Text),
        ("LastNamePrefix", Text),
        ("LastName", Text),
        ("Name", Text),
        ("KnownAs", Text),
        ("PrimaryContactEmail", Text),
        ("PrimaryContactEmailIsPrivate", Enum("NoYes")),
        ("PrimaryContactPhone", Text),
        ("IdentityEmail", Text),
        ("User", Text),
        ("ObjectId", Guid),
        ("TitleId", Text),
        ("WorkerType", Enum("HcmWorkerRelationType")),
        ("WorkerStatus", Enum("HcmWorkerStatus")),
        ("OriginalHireDateTime", Moment),
        ("SeniorityDate", Moment),
        ("AnniversaryDateTime", Moment),
        ("OfficeLocation", Text),
        ("OfficeLocationId", Text),
        ("AddressCity", Text),
        ("AddressCountryRegionId", Text),
        ("LanguageId", Text),
        ("PartyNumber", Text),
    ],
    company: None,
    rows: rows::workers,
    cell: workers::worker,
    tag,
};

const EMPLOYMENTS_V2: Set = Set {
    name: "EmploymentsV2",
    entity: "EmploymentV2",
    key: &["PersonnelNumber", "LegalEntityId", "EmploymentId"],
    alternate: None,
    columns: &[
        ("PersonnelNumber", Text),
        ("LegalEntityId", Text),
        ("EmploymentId", Text),
        ("EmploymentStartDate", Moment),
        ("EmploymentEndDate", Moment),
        ("WorkerType", Enum("HcmEmploymentType")),
        ("CalendarId", Text),
    ],
    company: Some("LegalEntityId"),
    rows: rows::employments,
    cell: workers::employment,
    tag,
};

const EMPLOYMENTS: Set = Set {
    name: "Employments",
    entity: "Employment",
    key: &["PersonnelNumber", "LegalEntityId", "EmploymentStartDate", "EmploymentEndDate"],
    columns: &[
        ("PersonnelNumber", Text),
        ("LegalEntityId", Text),
        ("EmploymentStartDate", Moment),
        ("EmploymentEndDate", Moment),
        ("WorkerType", Enum("HcmEmploymentType")),
        ("CalendarId", Text),
    ],
    ..EMPLOYMENTS_V2
};

const POSITIONS_V2: Set = Set {
    name: "PositionsV2",
    entity: "PositionV2",
    key: &["PositionId"],
    alternate: None,
    columns: &[
        ("PositionId", Text),
        ("Description", Text),
        ("JobId", Text),
        ("TitleId", Text),
        ("DepartmentNumber", Text),
        ("PositionTypeId", Text),
        ("FullTimeEquivalent", Number),
        ("Activation", Moment),
        ("Retirement", Moment),
        ("AvailableForAssignment", Moment),
        ("DetailEffective", Moment),
        ("DetailExpiration", Moment),
        ("WorkerPersonnelNumber", Text),
        ("WorkerName", Text),
        ("WorkerAssignmentStart", Moment),
        ("WorkerAssignmentEnd", Moment),
        ("WorkerAssignmentReasonCodeId", Text),
    ],
    company: None,
    rows: rows::positions,
    cell: units::position,
    tag,
};

const POSITIONS: Set = Set { name: "Positions", entity: "Position", ..POSITIONS_V2 };

const ASSIGNMENTS_V2: Set = Set {
    name: "PositionWorkerAssignmentsV2",
    entity: "PositionWorkerAssignmentV2",
    key: &["PositionId", "ValidFrom"],
    alternate: None,
    columns: &[
        ("PositionId", Text),
        ("ValidFrom", Moment),
        ("ValidTo", Moment),
        ("PersonnelNumber", Text),
        ("IsPrimaryPosition", Enum("NoYes")),
        ("ReasonCodeId", Text),
    ],
    company: None,
    rows: rows::assignments,
    cell: units::assignment,
    tag,
};

const ASSIGNMENTS: Set = Set {
    name: "PositionWorkerAssignments",
    entity: "PositionWorkerAssignment",
    key: &["PositionId", "ValidFrom", "ValidTo"],
    ..ASSIGNMENTS_V2
};

const HIERARCHIES: Set = Set {
    name: "PositionHierarchies",
    entity: "PositionHierarchy",
    key: &["PositionId", "HierarchyTypeName", "ValidFrom", "ValidTo"],
    alternate: None,
    columns: &[
        ("PositionId", Text),
        ("HierarchyTypeName", Text),
        ("ValidFrom", Moment),
        ("ValidTo", Moment),
        ("ParentPositionId", Text),
    ],
    company: None,
    rows: rows::links,
    cell: units::link,
    tag,
};

const HIERARCHY_TYPES: Set = Set {
    name: "PositionHierarchyTypes",
    entity: "PositionHierarchyType",
    key: &["Name"],
    alternate: None,
    columns: &[("Name", Text), ("HierarchyType", Text), ("IsImmutable", Enum("NoYes"))],
    company: None,
    rows: rows::hierarchies,
    cell: units::hierarchy,
    tag,
};

const DEPARTMENTS: Set = Set {
    name: "Departments",
    entity: "Department",
    key: &["PartyNumber"],
    alternate: None,
    columns: &[
        ("PartyNumber", Text),
        ("OperatingUnitNumber", Text),
        ("Name", Text),
        ("KnownAs", Text),
        ("SearchName", Text),
        ("Memo", Text),
        ("OperatingUnitTypes", Text),
    ],
    company: None,
    rows: rows::departments,
    cell: units::department,
    tag,
};

const OPERATING_UNITS: Set = Set {
    name: "OperatingUnits",
    entity: "OperatingUnit",
    key: &["OperatingUnitNumber", "OperatingUnitType"],
    columns: &[
        ("OperatingUnitNumber", Text),
        ("OperatingUnitType", Enum("OMOperatingUnitType")),
        ("PartyNumber", Text),
        ("Name", Text),
        ("ManagerPersonnelNumber", Text),
        ("ManagerName", Text),
    ],
    ..DEPARTMENTS
};

const JOBS: Set = Set {
    name: "Jobs",
    entity: "Job",
    key: &["JobId"],
    alternate: None,
    columns: &[
        ("JobId", Text),
        ("Description", Text),
        ("JobDescription", Text),
        ("FunctionId", Text),
        ("JobTypeId", Text),
        ("TitleId", Text),
        ("CompensationLevelId", Text),
        ("Effective", Moment),
        ("Expiration", Moment),
    ],
    company: None,
    rows: rows::jobs,
    cell: units::job,
    tag,
};

const TITLES: Set = Set {
    name: "Titles",
    entity: "Title",
    key: &["TitleId"],
    alternate: None,
    columns: &[("TitleId", Text)],
    company: None,
    rows: rows::titles,
    cell: units::title,
    tag,
};

const LEGAL_ENTITIES: Set = Set {
    name: "LegalEntities",
    entity: "LegalEntity",
    key: &["LegalEntityId"],
    alternate: None,
    columns: &[
        ("LegalEntityId", Text),
        ("Name", Text),
        ("NameAlias", Text),
        ("AddressCountryRegionId", Text),
    ],
    company: None,
    rows: rows::legal_entities,
    cell: units::legal_entity,
    tag,
};

const AZURE_AD_WORKERS: Set = Set {
    name: "AzureADWorkers",
    entity: "AzureADWorker",
    key: &["EmployeeId"],
    alternate: None,
    columns: &[
        ("EmployeeId", Text),
        ("DisplayName", Text),
        ("GivenName", Text),
        ("MiddleName", Text),
        ("LastName", Text),
        ("Email", Text),
        ("CommonName", Text),
        ("Status", Enum("HcmWorkerStatus")),
        ("JobTitle", Text),
        ("JobTitleId", Number),
        ("Department", Number),
        ("Manager", Text),
        ("OfficeLocation", Text),
        ("City", Text),
        ("State", Text),
        ("Country", Text),
        ("ZipCode", Text),
        ("StreetAddress", Text),
        ("Telephonenumber", Text),
        ("MostRecentModifiedDate", Moment),
    ],
    company: None,
    rows: rows::workers,
    cell: workers::azure_ad,
    tag,
};
