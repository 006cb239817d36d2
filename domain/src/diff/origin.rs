//! What two copies came from: the state in which they were still one.

/// One of the actors or units that something is a copy of, itself first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Of the actor or unit.
    pub id: String,
    /// Where in the log it was created, as a copy of the next one.
    pub position: u64,
}

/// Whose creation holds the values both sides began with: the first copy that was made after the
/// last state they have in common. Later copies of the same thing took its later changes along, which
/// are changes of their side. `None` without a common origin, and for one and the same.
pub fn fork<'a>(here: &'a [Link], there: &'a [Link]) -> Option<&'a Link> {
    let (mine, theirs) = here.iter().enumerate().find_map(|(mine, link)| {
        let theirs = there.iter().position(|other| other.id == link.id)?;
        Some((mine, theirs))
    })?;
    let copy = |chain: &'a [Link], common: usize| chain.get(common.checked_sub(1)?);
    match (copy(here, mine), copy(there, theirs)) {
        (Some(mine), Some(theirs)) if theirs.position < mine.position => Some(theirs),
        (Some(mine), _) => Some(mine),
        (None, theirs) => theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(links: &[(&str, u64)]) -> Vec<Link> {
        links
            .iter()
            .map(|(id, position)| Link { id: (*id).to_owned(), position: *position })
            .collect()
    }

    fn forked(here: &[(&str, u64)], there: &[(&str, u64)]) -> Option<String> {
        let (here, there) = (chain(here), chain(there));
        let found = fork(&here, &there).map(|link| link.id.clone());
        assert_eq!(fork(&there, &here).map(|link| link.id.clone()), found, "either way");
        found
    }

    #[test]
    fn a_copy_and_its_original_began_with_the_copy() {
        assert_eq!(
            forked(&[("copy", 9), ("original", 1)], &[("original", 1)]),
            Some("copy".into())
        );
    }

    #[test]
    fn two_copies_began_with_the_first_of_them() {
        let (early, late) = ([("early", 5), ("o", 1)], [("late", 8), ("o", 1)]);
        assert_eq!(forked(&early, &late), Some("early".into()));
    }

    #[test]
    fn a_copy_of_a_copy_goes_back_to_where_they_part() {
        let deep = [("third", 20), ("second", 10), ("o", 1)];
        assert_eq!(forked(&deep, &[("second", 10), ("o", 1)]), Some("third".into()));
        assert_eq!(forked(&deep, &[("o", 1)]), Some("second".into()));
        assert_eq!(forked(&deep, &[("other", 4), ("o", 1)]), Some("other".into()));
    }

    #[test]
    fn strangers_have_no_origin_and_one_is_no_copy_of_itself() {
        assert_eq!(forked(&[("a", 1)], &[("b", 2)]), None);
        assert_eq!(forked(&[("a", 1)], &[("a", 1)]), None);
    }
}
