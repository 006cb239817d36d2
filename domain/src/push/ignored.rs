//! Whom and what a connection leaves alone, whatever is sent.

use std::collections::BTreeSet;

use super::path_key;
use crate::plan;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Ids and e-mail addresses.
    pub people: plan::Ignored,
    /// Keys of paths.
    departments: BTreeSet<String>,
}

impl Ignored {
    /// Departments are given by their paths; what is in one is ignored with it.
    pub fn new(people: plan::Ignored, departments: &[String]) -> Self {
        let departments = departments.iter().filter_map(|path| path_key(path)).collect();
        Ignored { people, departments }
    }

    /// Whether a department, by the key of its path, is ignored or in one that is.
    pub(super) fn has_department(&self, key: &str) -> bool {
        if self.departments.is_empty() {
            return false;
        }
        let ends = key.match_indices(" > ").map(|(at, _)| at).chain([key.len()]);
        ends.into_iter().any(|end| self.departments.contains(&key[..end]))
    }
}
