//! Which people a chart shows: as many levels as are wanted, without what was closed and with what was
//! opened.

use std::collections::HashSet;

use super::tree::Tree;

/// Cards of one page.
pub(super) const MOST: usize = 6_000;
/// Cards of one export.
pub(super) const MOST_EXPORTED: usize = 20_000;
/// A chart that nobody has opened yet has no more cards than this, if one level has not.
const COMFORTABLE: usize = 60;

/// Which teams are open.
#[derive(Debug, Clone, Default)]
pub(super) struct Opened {
    /// How many levels are; as many as are comfortable without it.
    pub(super) levels: Option<usize>,
    pub(super) open: HashSet<usize>,
    pub(super) shut: HashSet<usize>,
    /// Must be seen, whatever else is said: the teams of these are open.
    pub(super) path: HashSet<usize>,
}

/// A card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) person: usize,
    /// The card above, which comes before in the list.
    pub(super) above: Option<usize>,
    pub(super) is_open: bool,
}

#[derive(Debug, Default)]
pub(super) struct View {
    /// Managers before their team, each team in one piece below them.
    pub(super) cards: Vec<Shown>,
    pub(super) levels: usize,
    /// Whether something that should be open is not, because there would be too many cards.
    pub(super) is_cut: bool,
}

/// What is seen of some people and below them, in so many cards at most.
pub(super) fn shown(tree: &Tree, tops: &[usize], opened: &Opened, most: usize) -> View {
    let levels = opened.levels.unwrap_or_else(|| comfortable(tree, tops));
    let first = &tops[..tops.len().min(most)];
    let mut is_cut = first.len() < tops.len();
    let mut open = HashSet::new();
    let mut count = first.len();
    let mut level: Vec<usize> = first.to_vec();
    let mut depth = 1;
    while !level.is_empty() {
        let mut below = vec![];
        for person in level {
            let reports = &tree.reports[person];
            let wanted = opened.path.contains(&person)
                || (!opened.shut.contains(&person)
                    && (depth < levels || opened.open.contains(&person)));
            if reports.is_empty() || !wanted {
                continue;
            }
            if count + reports.len() > most {
                is_cut = true;
                continue;
            }
            count += reports.len();
            open.insert(person);
            below.extend(reports);
        }
        level = below;
        depth += 1;
    }
    View { cards: in_order(tree, first, &open), levels: depth - 1, is_cut }
}

/// Whoever has nobody below in the picture stands together: at the end of the top row, and before
/// those with teams of their own in a team.
fn in_order(tree: &Tree, tops: &[usize], open: &HashSet<usize>) -> Vec<Shown> {
    let mut cards: Vec<Shown> = vec![];
    let (teams, alone): (Vec<usize>, Vec<usize>) =
        tops.iter().partition(|person| open.contains(person));
    let mut left: Vec<(usize, Option<usize>)> =
        alone.into_iter().rev().chain(teams.into_iter().rev()).map(|one| (one, None)).collect();
    while let Some((person, above)) = left.pop() {
        let is_open = open.contains(&person);
        let place = cards.len();
        cards.push(Shown { person, above, is_open });
        if is_open {
            let (teams, alone): (Vec<usize>, Vec<usize>) =
                tree.reports[person].iter().partition(|person| open.contains(person));
            let team = teams.into_iter().rev().chain(alone.into_iter().rev());
            left.extend(team.map(|one| (one, Some(place))));
        }
    }
    cards
}

/// The most levels that are still looked over at once.
fn comfortable(tree: &Tree, tops: &[usize]) -> usize {
    let (mut levels, mut count) = (0, 0);
    let mut level: Vec<usize> = tops.to_vec();
    while !level.is_empty() && (levels == 0 || count + level.len() <= COMFORTABLE) {
        count += level.len();
        levels += 1;
        level = level.iter().flat_map(|person| &tree.reports[*person]).copied().collect();
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn names(tree: &Tree, opened: &Opened) -> String {
        let view = shown(tree, &tree.tops, opened, MOST);
        let name = |card: &Shown| tree.lines[card.person].actor.clone();
        view.cards.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn levels_are_open_except_for_what_was_closed_and_with_what_was_opened() {
        let tree = tree(&[
            ("a", ""),
            ("b", "a"),
            ("c", "a"),
            ("d", "b"),
            ("e", "c"),
            ("f", "e"),
            ("g", "f"),
        ]);
        let with = |levels, open: &[usize], shut: &[usize], path: &[usize]| Opened {
            levels: Some(levels),
            open: open.iter().copied().collect(),
            shut: shut.iter().copied().collect(),
            path: path.iter().copied().collect(),
        };
        assert_eq!(names(&tree, &Opened::default()), "a b d c e f g");
        assert_eq!(names(&tree, &with(1, &[], &[], &[])), "a");
        assert_eq!(names(&tree, &with(2, &[], &[], &[])), "a b c");
        // Whoever has nobody below in the picture comes first.
        assert_eq!(names(&tree, &with(2, &[2], &[], &[])), "a b c e");
        assert_eq!(names(&tree, &with(3, &[], &[1], &[])), "a b c e");
        assert_eq!(names(&tree, &with(1, &[], &[0], &[0, 2])), "a b c e");
    }

    #[test]
    fn there_are_never_more_cards_than_a_page_bears() {
        let people: Vec<(String, &str)> = (0..MOST + 10)
            .map(|n| (format!("p{n:05}"), if n == 0 { "" } else { "p00000" }))
            .collect();
        let people: Vec<(&str, &str)> =
            people.iter().map(|(actor, manager)| (actor.as_str(), *manager)).collect();
        let team = tree(&people);
        let all = Opened { levels: Some(9), ..Opened::default() };
        let view = shown(&team, &team.tops, &all, MOST);
        assert_eq!((view.cards.len(), view.is_cut), (1, true));
        let alone: Vec<(&str, &str)> = people.iter().map(|(actor, _)| (*actor, "")).collect();
        let alone = tree(&alone);
        let view = shown(&alone, &alone.tops, &all, MOST);
        assert_eq!((view.cards.len(), view.is_cut), (MOST, true));
    }
}
