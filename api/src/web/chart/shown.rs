//! Which people a chart shows: as many levels as are wanted, without what was closed and with what was
//! opened.

use std::collections::HashSet;

use super::tree::Tree;

/// Cards of one page.
pub(super) const MOST: usize = 6_000;
/// Cards of one export.
pub(super) const MOST_EXPORTED: usize = 20_000;
/// Closed teams that stand beside each other below one manager.
const SIDE_BY_SIDE: usize = 8;
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
    /// Whether it may share a column with those beside it.
    pub(super) in_column: bool,
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

/// Whoever has nobody below stands in columns: before the others of a team, and behind the other tops.
/// Closed teams do likewise where there are too many to stand side by side.
fn in_order(tree: &Tree, tops: &[usize], open: &HashSet<usize>) -> Vec<Shown> {
    let mut cards: Vec<Shown> = vec![];
    let (mut columns, mut left) = parted(tree, tops, open);
    left.reverse();
    columns.reverse();
    columns.extend(left);
    let mut left: Vec<(usize, Option<usize>, bool)> =
        columns.into_iter().map(|(person, in_column)| (person, None, in_column)).collect();
    while let Some((person, above, in_column)) = left.pop() {
        let is_open = open.contains(&person);
        let place = cards.len();
        cards.push(Shown { person, above, is_open, in_column });
        if is_open {
            let (columns, teams) = parted(tree, &tree.reports[person], open);
            let team = teams.into_iter().rev().chain(columns.into_iter().rev());
            left.extend(team.map(|(person, in_column)| (person, Some(place), in_column)));
        }
    }
    cards
}

type Part = Vec<(usize, bool)>;

/// Those who stand in columns, and those who do not.
fn parted(tree: &Tree, team: &[usize], open: &HashSet<usize>) -> (Part, Part) {
    let heads = team.iter().filter(|person| tree.below[**person] > 0).count();
    let in_column = |person: usize| {
        tree.below[person] == 0 || (heads > SIDE_BY_SIDE && !open.contains(&person))
    };
    team.iter().map(|person| (*person, in_column(*person))).partition(|(_, in_column)| *in_column)
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
        assert_eq!(names(&tree, &with(2, &[2], &[], &[])), "a b c e");
        assert_eq!(names(&tree, &with(3, &[], &[1], &[])), "a b c e");
        assert_eq!(names(&tree, &with(1, &[], &[0], &[0, 2])), "a b c e");
    }

    #[test]
    fn whoever_has_nobody_below_stands_in_a_column_and_so_do_many_closed_teams() {
        let few = [("a", ""), ("b", "a"), ("c", "a"), ("d", "b"), ("e", "")];
        let few = tree(&few);
        let two = Opened { levels: Some(2), ..Opened::default() };
        assert_eq!(columns(&few, &two), "a c| b e|");
        let names: Vec<String> = (0..20).map(|n| format!("p{n:02}")).collect();
        let below = |n: usize| if n < 10 { "top" } else { &*names[n - 10] };
        let many = names.iter().enumerate().map(|(n, name)| (name.as_str(), below(n)));
        let many: Vec<(&str, &str)> = many.chain([("top", "")]).collect();
        let many = tree(&many);
        assert_eq!(columns(&many, &two).matches('|').count(), 10);
        let first = Opened { open: HashSet::from([0]), ..two };
        assert!(columns(&many, &first).ends_with("p09| p00 p10|"));
    }

    /// The cards in their order, those in a column with a line behind them.
    fn columns(tree: &Tree, opened: &Opened) -> String {
        let view = shown(tree, &tree.tops, opened, MOST);
        let name = |card: &Shown| {
            format!("{}{}", tree.lines[card.person].actor, if card.in_column { "|" } else { "" })
        };
        view.cards.iter().map(name).collect::<Vec<_>>().join(" ")
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
