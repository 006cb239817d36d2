//! Departments as paths: `Engineering > Mobile Team`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Ignored;
use super::text::kept;
use crate::plan::{UnitOption, name_key};
use crate::unit::Kind;

/// Departments of one user.
pub const MOST_DEPARTMENTS: usize = 100;
/// Departments inside one another.
pub const LEVELS: usize = 20;

/// Begins the source keys of departments that are known by their path.
const PREFIX: &str = "path:";
const BETWEEN: &str = " > ";

/// The source key of a department that is known by its path: the same for every way to write it in.
/// `None` where a path names nothing.
pub fn path_key(path: &str) -> Option<String> {
    let mut key = String::new();
    levels(path).for_each(|name| extend(&mut key, &name));
    (!key.is_empty()).then_some(key)
}

/// The names along a path, from the outermost. What is empty between two signs is no department.
pub(super) fn levels(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    path.split('>').map(kept).filter(|name| !name.is_empty())
}

fn extend(key: &mut String, name: &str) {
    let name = name_key(name);
    key.push_str(if key.is_empty() { PREFIX } else { BETWEEN });
    key.push_str(name.split_once(':').map_or(name.as_str(), |(_, name)| name));
}

/// The departments that people are in, as they come.
#[derive(Debug, Default)]
pub(super) struct Departments {
    /// The key of what a path names, by the path as it was written.
    known: HashMap<String, Option<String>>,
    /// By key: of the ways to spell it the first in order, whoever comes first, and what it is in.
    found: BTreeMap<String, (String, Option<String>)>,
}

impl Departments {
    /// The key of the department a path names; `None` where it names none, or one that is ignored.
    pub(super) fn take(&mut self, path: &str, ignored: &Ignored) -> Option<String> {
        if let Some(key) = self.known.get(path) {
            return key.clone();
        }
        let key = path_key(path).filter(|key| !ignored.has_department(key));
        if key.is_some() {
            self.add(path);
        }
        self.known.insert(path.to_owned(), key.clone());
        key
    }

    fn add(&mut self, path: &str) {
        let mut key = String::new();
        for name in levels(path) {
            let parent = (!key.is_empty()).then(|| key.clone());
            extend(&mut key, &name);
            let found = self.found.entry(key.clone());
            let (spelled, _) = found.or_insert_with(|| (name.as_ref().to_owned(), parent));
            if *name < **spelled {
                *spelled = name.into_owned();
            }
        }
    }

    /// All of them, each behind the one it is in.
    pub(super) fn options(self) -> Vec<UnitOption> {
        let option = |(source_key, (name, parent))| UnitOption {
            kind: Kind::Department,
            source_key,
            name,
            parent,
        };
        self.found.into_iter().map(option).collect()
    }
}
