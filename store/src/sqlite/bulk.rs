//! Many rows by few statements. SQLite pays per statement and sqlx per row, so rows go in by
//! `values` lists; of five fixed lengths, so that five statements stay prepared.

const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// An insert in five lengths.
pub(super) struct Bulk([String; 5]);

impl Bulk {
    /// `head` ends before `values`, `row` is one row's placeholders, `tail` follows the list.
    pub(super) fn new(head: &str, row: &str, tail: &str) -> Self {
        Bulk(SIZES.map(|size| format!("{head} values {} {tail}", vec![row; size].join(", "))))
    }

    /// A select or update over a list of values; `{}` in `text` is where the list goes.
    pub(super) fn over_list(text: &str) -> Self {
        Bulk(SIZES.map(|size| text.replace("{}", &vec!["?"; size].join(", "))))
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
        let fits = SIZES.iter().position(|size| *size <= self.rest.len())?;
        let (run, rest) = self.rest.split_at(SIZES[fits]);
        self.rest = rest;
        Some((&self.bulk.0[fits], run))
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
        assert_eq!(sizes, [64, 64, 4, 4, 1, 1, 1]);
        assert_eq!(runs.iter().flat_map(|(_, run)| run.to_vec()).collect::<Vec<_>>(), items);
        assert_eq!(runs[5].0.trim(), "insert into t values (?)");
    }
}
