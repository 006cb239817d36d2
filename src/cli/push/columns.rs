//! Which columns of a table say what of a user.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// What is a text of its own.
const TEXTS: [&str; 8] = [
    "hris_id",
    "first_name",
    "last_name",
    "email",
    "job_title",
    "phone_number",
    "employee_id",
    "hire_date",
];
const ACTIVE: &str = "active";
const MANAGER: &str = "manager";
const PHOTO: &str = "profile_image";
const DEPARTMENTS: &str = "departments";
/// What every user needs.
const REQUIRED: [&str; 5] = ["hris_id", "first_name", "last_name", "email", ACTIVE];
/// Other names for the same.
const ALSO: [(&str, &str); 3] =
    [("manager.hris_id", MANAGER), ("profile_image.url", PHOTO), ("photo_url", PHOTO)];

/// How a table is read. Columns called as in the contract need no `--map`.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Mapping {
    /// CSV: the column that says something: hris_id=EmployeeId. Departments may be several, and
    /// columns one inside the other: departments=Division>Team.
    #[arg(long = "map", value_name = "NAME=COLUMN", value_parser = pair)]
    pub(super) columns: Vec<(String, String)>,
    /// CSV: what stands between the departments of one field.
    #[arg(long, value_name = "TEXT")]
    pub(super) departments_separator: Option<String>,
    /// CSV: the words that mean that somebody is active, whatever else means that they are not.
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub(super) active_words: Vec<String>,
    /// CSV: everybody in the file is active.
    #[arg(long, conflicts_with = "active_words")]
    pub(super) all_active: bool,
    /// CSV: what stands between two fields; found out where it is left out.
    #[arg(long, value_name = "CHARACTER")]
    pub(super) separator: Option<char>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, column) = text.split_once('=').ok_or("it must be NAME=COLUMN")?;
    let name = name.trim().to_lowercase();
    let name = ALSO.iter().find(|(also, _)| *also == name).map_or(&*name, |(_, name)| name);
    let known = TEXTS.iter().chain(&[ACTIVE, MANAGER, PHOTO, DEPARTMENTS]);
    if !known.clone().any(|one| *one == name) {
        let known: Vec<&str> = known.copied().collect();
        return Err(format!("{name} can't be sent; what can is {}", known.join(", ")));
    }
    Ok((name.to_owned(), column.trim().to_owned()))
}

/// The places of a row that say something.
#[derive(Debug)]
pub(super) struct Columns<'m> {
    mapping: &'m Mapping,
    single: HashMap<&'static str, usize>,
    /// Departments one inside the other.
    departments: Vec<Vec<usize>>,
}

impl<'m> Columns<'m> {
    /// By the names in the head of a table.
    pub(super) fn of(head: &[String], mapping: &'m Mapping) -> Result<Self, String> {
        let mut columns = Columns { mapping, single: HashMap::new(), departments: vec![] };
        for name in TEXTS.into_iter().chain([ACTIVE, MANAGER, PHOTO]) {
            let mut named = mapping.columns.iter().filter(|(one, _)| one == name);
            let place = match (named.next(), named.next()) {
                (Some((_, column)), None) => Some(place(head, column)?),
                (Some(_), Some(_)) => return Err(format!("{name} is mapped more than once")),
                (None, _) => usual(head, name)?,
            };
            columns.single.extend(place.map(|place| (name, place)));
        }
        columns.departments = departments(head, mapping)?;
        let is_missing = |name: &&str| {
            let given = *name == ACTIVE && mapping.all_active;
            !given && !columns.single.contains_key(name)
        };
        let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| is_missing(name)).collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        let missing = missing.join(", ");
        Err(format!(
            "no column says {missing}; name it with --map NAME=COLUMN. The columns are: {}",
            head.join(", ")
        ))
    }

    /// What a row says of somebody; an empty field says that there is nothing.
    pub(super) fn user(&self, row: &csv::StringRecord) -> Result<Value, String> {
        let cell = |place: usize| row.get(place).unwrap_or_default().trim();
        let mut user = Map::new();
        for (name, place) in &self.single {
            let text = cell(*place);
            let value = match *name {
                ACTIVE => Value::Bool(self.is_active(text)?),
                MANAGER => json!({ "hris_id": text }),
                PHOTO => json!({ "url": text }),
                _ => Value::from(text),
            };
            user.insert((*name).to_owned(), value);
        }
        if self.mapping.all_active {
            user.insert(ACTIVE.to_owned(), Value::Bool(true));
        }
        if !self.departments.is_empty() {
            let paths = self.departments.iter().flat_map(|places| self.paths(places, &cell));
            user.insert(DEPARTMENTS.to_owned(), paths.collect());
        }
        Ok(Value::Object(user))
    }

    fn paths<'r>(&self, places: &[usize], cell: &impl Fn(usize) -> &'r str) -> Vec<String> {
        let separator = self.mapping.departments_separator.as_deref().filter(|one| !one.is_empty());
        let paths: Vec<String> = match (places, separator) {
            ([one], Some(separator)) => {
                cell(*one).split(separator).map(|path| path.trim().to_owned()).collect()
            }
            (places, _) => {
                let levels = places.iter().map(|place| cell(*place)).filter(|one| !one.is_empty());
                vec![levels.collect::<Vec<_>>().join(" > ")]
            }
        };
        paths.into_iter().filter(|path| !path.is_empty()).collect()
    }

    fn is_active(&self, text: &str) -> Result<bool, String> {
        let word = text.to_lowercase();
        let words = &self.mapping.active_words;
        if !words.is_empty() {
            return Ok(words.iter().any(|one| one.trim().to_lowercase() == word));
        }
        match word.as_str() {
            "true" | "yes" | "y" | "1" | "active" => Ok(true),
            "false" | "no" | "n" | "0" | "inactive" | "terminated" => Ok(false),
            _ => {
                Err("active must be yes or no; say with --active-words which words mean yes".into())
            }
        }
    }
}

/// The places of departments: those that are mapped, else the column that is called so.
fn departments(head: &[String], mapping: &Mapping) -> Result<Vec<Vec<usize>>, String> {
    let named: Vec<&String> =
        mapping.columns.iter().filter(|(one, _)| one == DEPARTMENTS).map(|(_, one)| one).collect();
    if named.is_empty() {
        return Ok(usual(head, DEPARTMENTS)?.into_iter().map(|place| vec![place]).collect());
    }
    let places = |column: &String| match place(head, column) {
        Err(_) if column.contains('>') => {
            column.split('>').map(|level| place(head, level.trim())).collect()
        }
        found => found.map(|place| vec![place]),
    };
    named.into_iter().map(places).collect()
}

/// The column that has the name of the contract, or another of the same.
fn usual(head: &[String], name: &str) -> Result<Option<usize>, String> {
    let also = ALSO.iter().filter(|(_, of)| *of == name).map(|(also, _)| *also);
    for name in [name].into_iter().chain(also) {
        if head.iter().any(|one| is_same(one, name)) {
            return place(head, name).map(Some);
        }
    }
    Ok(None)
}

fn place(head: &[String], column: &str) -> Result<usize, String> {
    let places = |is: &dyn Fn(&String) -> bool| -> Vec<usize> {
        head.iter().enumerate().filter(|(_, one)| is(one)).map(|(place, _)| place).collect()
    };
    let exact = places(&|one| one == column);
    let found = if exact.is_empty() { places(&|one| is_same(one, column)) } else { exact };
    match found.as_slice() {
        [place] => Ok(*place),
        [] => Err(format!("there is no column {column:?}; the columns are: {}", head.join(", "))),
        [..] => Err(format!("there is more than one column {column:?}")),
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
