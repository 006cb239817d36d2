//! Many rows by few statements. Each call of a statement costs a way to SQLite's thread and back, so
//! rows go in by `values` lists: of `MOST` rows, and one of just the right length for the rest.

/// Longer lists are no faster and take long to prepare.
pub(super) const MOST: usize = 64;

/// A statement in all lengths.
pub(super) struct Bulk(Vec<String>);

impl Bulk {
    /// `head` ends before `values`, `row` is one row's placeholders, `tail` follows the list.
    pub(super) fn new(head: &str, row: &str, tail: &str) -> Self {
        let text = |size| format!("{head} values {} {tail}", vec![row; size].join(", "));
        Bulk((1..=MOST).map(text).collect())
    }

    /// A select or update over a list of values; `{}` in `text` is where the list goes.
    pub(super) fn over_list(text: &str) -> Self {
        let of = |size| text.replace("{}", &vec!["?"; size].join(", "));
        Bulk((1..=MOST).map(of).collect())
    }

    /// Cuts items into runs and gives each its statement.
    pub(super) fn runs<'a, T>(&'static self, items: &'a [T]) -> Runs<'a, T> {
        Runs { bulk: self, rest: items }
    }
}

pub(super) struct Runs<'a, T> {
    bulk: &'static Bulk,
    rest: &'a [T],
}

impl<'a, T> Iterator for Runs<'a, T> {
    type Item = (&'static str, &'a [T]);

    fn next(&mut self) -> Option<Self::Item> {
        let (run, rest) = self.rest.split_at(self.rest.len().min(MOST));
        self.rest = rest;
        (!run.is_empty()).then(|| (self.bulk.0[run.len() - 1].as_str(), run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    #[test]
    fn every_item_is_in_exactly_one_run() {
        static BULK: LazyLock<Bulk> = LazyLock::new(|| Bulk::new("insert into t", "(?)", ""));
        let items: Vec<usize> = (0..139).collect();
        let runs: Vec<_> = BULK.runs(&items).collect();
        let sizes: Vec<usize> = runs.iter().map(|(_, run)| run.len()).collect();
        assert_eq!(sizes, [64, 64, 11]);
        assert_eq!(runs.iter().flat_map(|(_, run)| run.to_vec()).collect::<Vec<_>>(), items);
        assert_eq!(runs[2].0.matches("(?)").count(), 11);
    }
}
