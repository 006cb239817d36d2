//! The people whom a source may speak of and nothing happens to.

use std::collections::HashSet;
use std::fmt;

use crate::field::normalised;

/// Source ids and e-mail addresses, whatever their case. It tells nobody whom it names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ignored(HashSet<String>);

impl Ignored {
    pub fn names(&self, id_or_email: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&folded(id_or_email))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T: AsRef<str>> FromIterator<T> for Ignored {
    /// Nothing but blanks names nobody.
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let folded = texts.into_iter().map(|text| folded(text.as_ref()));
        Ignored(folded.filter(|text| !text.is_empty()).collect())
    }
}

impl fmt::Debug for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ignored({} of them)", self.0.len())
    }
}

fn folded(text: &str) -> String {
    normalised(text).to_lowercase()
}
