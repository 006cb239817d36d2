//! The fields of a person as pages name and group them.

use chrono::NaiveDate;
use rollcall_domain::field::Field;
use rollcall_domain::vocabulary::Provider;

pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) fields: &'static [Field],
}

pub(super) const GROUPS: [Group; 3] = [
    Group {
        id: "role",
        title: "Role",
        fields: &[
            Field::JobTitle,
            Field::Departments,
            Field::Division,
            Field::Manager,
            Field::Location,
        ],
    },
    Group {
        id: "contact",
        title: "Name and contact",
        fields: &[
            Field::FirstName,
            Field::LastName,
            Field::PreferredName,
            Field::Email,
            Field::Phone,
            Field::PhotoUrl,
        ],
    },
    Group {
        id: "employment",
        title: "Employment",
        fields: &[
            Field::EmployeeNumber,
            Field::EmploymentType,
            Field::HireDate,
            Field::TerminationDate,
        ],
    },
];

pub(super) fn label(field: Field) -> &'static str {
    match field {
        Field::EmployeeNumber => "Employee number",
        Field::FirstName => "First name",
        Field::LastName => "Last name",
        Field::PreferredName => "Preferred name",
        Field::Email => "E-mail",
        Field::Phone => "Phone",
        Field::JobTitle => "Job title",
        Field::Departments => "Departments",
        Field::Division => "Division",
        Field::Location => "Location",
        Field::EmploymentType => "Employment",
        Field::HireDate => "Hire date",
        Field::TerminationDate => "Last day",
        Field::Manager => "Manager",
        Field::PhotoUrl => "Photo address",
    }
}

/// The same for a name that the API gives; what is no field of ours stays as it is.
pub(super) fn label_of(name: &str) -> String {
    let field = Field::ALL.into_iter().find(|field| field.as_str() == name);
    match (field, name) {
        (Some(field), _) => label(field).to_owned(),
        (None, "active") => "Status".to_owned(),
        (None, "source_hris_id") => "Source id".to_owned(),
        (None, other) => other.to_owned(),
    }
}

/// A provider's code as people read it.
pub(super) fn provider(code: &str) -> &str {
    Provider::parse(code).map_or(code, |provider| provider.label())
}

/// `2024-03-04` as `4 Mar 2024`; what is no day stays as it is.
pub(super) fn day(text: &str) -> String {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    day.map_or_else(|_| text.to_owned(), |day| day.format("%-d %b %Y").to_string())
}
