//! What a reader saw, in the order it saw it, and what is wrong with that.

use std::collections::{BTreeMap, BTreeSet};

/// An event as a reader saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) position: u64,
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) marker: String,
}

/// How one reader's diary differs from what it should be; all zero but `read` where it does not.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) read: usize,
    /// Acknowledged and never seen, though the reader went past.
    pub(crate) skipped: usize,
    /// Seen though refused.
    pub(crate) invented: usize,
    pub(crate) seen_twice: usize,
    /// Positions that do not follow the one before.
    pub(crate) out_of_line: usize,
    /// Versions that do not follow the one before in their stream.
    pub(crate) versions_out_of_line: usize,
}

impl Report {
    pub(crate) fn is_flawless(&self) -> bool {
        let Report { read: _, skipped, invented, seen_twice, out_of_line, versions_out_of_line } =
            self;
        [skipped, invented, seen_twice, out_of_line, versions_out_of_line] == [&0; 5]
    }
}

/// Holds a diary against what was acknowledged.
pub(super) fn judge(diary: &[Seen], acknowledged: &BTreeSet<String>) -> Report {
    let mut report = Report { read: diary.len(), ..Report::default() };
    let mut last = 0;
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    let mut markers: BTreeSet<&str> = BTreeSet::new();
    for seen in diary {
        report.out_of_line += usize::from(seen.position != last + 1);
        last = seen.position;
        let version = versions.entry(&seen.stream).or_default();
        report.versions_out_of_line += usize::from(seen.version != *version + 1);
        *version = seen.version;
        report.seen_twice += usize::from(!markers.insert(&seen.marker));
        report.invented += usize::from(!acknowledged.contains(&seen.marker));
    }
    report.skipped =
        acknowledged.iter().filter(|marker| !markers.contains(marker.as_str())).count();
    report
}

#[test]
fn a_diary_with_every_kind_of_fault_is_told_off_for_each() {
    let seen = |position, version, marker: &str| Seen {
        position,
        stream: "s".to_owned(),
        version,
        marker: marker.to_owned(),
    };
    let acknowledged = ["a", "b", "c"].map(str::to_owned).into();

    let fine = judge(&[seen(1, 1, "a"), seen(2, 2, "b"), seen(3, 3, "c")], &acknowledged);
    let bad =
        judge(&[seen(1, 1, "a"), seen(3, 3, "b"), seen(2, 2, "b"), seen(3, 3, "x")], &acknowledged);

    assert!(fine.is_flawless());
    assert_eq!((bad.skipped, bad.invented, bad.seen_twice), (1, 1, 1));
    assert_eq!((bad.out_of_line, bad.versions_out_of_line), (2, 2));
}
