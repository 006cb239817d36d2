//! Where the cards stand: a tidy tree (Reingold and Tilford) on a grid of rows, in which some cards share
//! a column with those beside them.

use std::fmt::Write;
use std::ops::Range;

pub(super) const WIDTH: i32 = 184;
pub(super) const HEIGHT: i32 = 54;
/// From one row to the next: the gap holds the number below a card.
pub(super) const PITCH: i32 = 84;
const GAP: i32 = 18;
/// How far the cards of a column stand to the right of the line that joins them.
const INDENT: i32 = 14;
const MARGIN: i32 = 16;
/// Where lines run from side to side, below a card's top edge.
const BUS: i32 = 76;
/// Cards below each other in one column.
const COLUMN: usize = 10;

/// Upper left corners, all of a size, and the lines between them as a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) cards: Vec<(i32, i32)>,
    pub(super) lines: String,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Lays out cards of which each names the one above, which comes before it, and says whether it may stand
/// in a column; one with a team never does.
pub(super) fn layout(given: &[(Option<usize>, bool)]) -> Layout {
    let above: Vec<Option<usize>> = given.iter().map(|(above, _)| *above).collect();
    let mut teams: Vec<Vec<usize>> = vec![vec![]; above.len()];
    let mut tops = vec![];
    for (card, manager) in above.iter().enumerate() {
        match manager {
            Some(manager) => teams[*manager].push(card),
            None => tops.push(card),
        }
    }
    let alone = given.iter().zip(&teams).map(|((_, alone), team)| *alone && team.is_empty());
    let mut grid = Grid::new(alone.collect());
    // Teams come after their managers, so backwards each is laid out before it is needed.
    for card in (0..above.len()).rev() {
        let team = grid.team(&teams[card]);
        grid.sides[card] = Some(team.under_a_card());
    }
    let all = grid.team(&tops);
    let left = all.left.iter().min().map_or(0, |left| left + all.base);
    let right = all.right.iter().max().map_or(0, |right| right + all.base);
    let mut cards = vec![(0, 0); above.len()];
    let mut deepest = 0;
    for (card, manager) in above.iter().enumerate() {
        let (x, row) = manager.map_or((MARGIN - left, -1), |manager| cards[manager]);
        cards[card] = (x + grid.across[card], row + grid.down[card]);
        deepest = deepest.max(cards[card].1);
    }
    let corner = |(x, row): &(i32, i32)| (x - WIDTH / 2, MARGIN + row * PITCH);
    let cards: Vec<(i32, i32)> = cards.iter().map(corner).collect();
    Layout {
        lines: grid.lines(&teams, &cards),
        cards,
        width: right - left + 2 * MARGIN,
        height: 2 * MARGIN + deepest * PITCH + PITCH - (PITCH - HEIGHT) / 2,
    }
}

/// Where each card stands from the one above it: its middle, and how many rows down.
struct Grid {
    across: Vec<i32>,
    down: Vec<i32>,
    in_column: Vec<bool>,
    /// What is at or below a card, until it has its place.
    sides: Vec<Option<Sides>>,
}

/// How far something reaches to both sides of its middle, row by row, the lowest first. What was read is
/// without `base`, so that moving it costs nothing.
#[derive(Debug, Default)]
struct Sides {
    base: i32,
    left: Vec<i32>,
    right: Vec<i32>,
}

impl Sides {
    /// A block of cards that stand below each other.
    fn column(rows: usize) -> Sides {
        let (left, right) = (-WIDTH / 2, WIDTH / 2 + INDENT);
        Sides { base: 0, left: vec![left; rows], right: vec![right; rows] }
    }

    fn under_a_card(mut self) -> Sides {
        self.left.push(-WIDTH / 2 - self.base);
        self.right.push(WIDTH / 2 - self.base);
        self
    }

    /// Puts something to the right of this, as near as it may stand; how far that is.
    fn join(&mut self, mut other: Sides) -> i32 {
        let (mine, theirs) = (self.right.len(), other.left.len());
        let rows = mine.min(theirs);
        let rights = self.right[mine - rows..].iter().map(|right| right + self.base);
        let lefts = other.left[theirs - rows..].iter().map(|left| left + other.base);
        let shift = rights.zip(lefts).map(|(right, left)| right - left + GAP).max().unwrap_or(0);
        other.base += shift;
        // The shorter of both is copied into the other: all in all no more than there are cards.
        if theirs <= mine {
            for row in 1..=theirs {
                self.right[mine - row] = other.right[theirs - row] + other.base - self.base;
            }
        } else {
            for row in 1..=mine {
                other.left[theirs - row] = self.left[mine - row] + self.base - other.base;
            }
            *self = other;
        }
        shift
    }
}

impl Grid {
    fn new(in_column: Vec<bool>) -> Grid {
        let cards = in_column.len();
        let sides = (0..cards).map(|_| None).collect();
        Grid { across: vec![0; cards], down: vec![1; cards], in_column, sides }
    }

    /// Puts the blocks of a team side by side, with their manager in the middle above them.
    fn team(&mut self, team: &[usize]) -> Sides {
        let blocks = self.blocks(team);
        let mut sides = Sides::default();
        let mut places = Vec::with_capacity(blocks.len());
        for (at, block) in blocks.iter().enumerate() {
            let own = match &team[block.clone()] {
                [card] => self.sides[*card].take().unwrap_or_default(),
                column => Sides::column(column.len()),
            };
            places.push(match at {
                0 => {
                    sides = own;
                    0
                }
                _ => sides.join(own),
            });
        }
        let middle = places.last().map_or(0, |last| last / 2);
        for (block, place) in blocks.into_iter().zip(places) {
            let indent = if block.len() > 1 { INDENT } else { 0 };
            for (row, card) in team[block].iter().enumerate() {
                self.across[*card] = place - middle + indent;
                self.down[*card] = 1 + i32::try_from(row).unwrap_or(i32::MAX);
            }
        }
        sides.base -= middle;
        sides
    }

    /// A team as blocks that stand side by side: each card alone, or in columns of much the same length.
    fn blocks(&self, team: &[usize]) -> Vec<Range<usize>> {
        let mut blocks = vec![];
        let mut start = 0;
        while start < team.len() {
            let run = team[start..].iter().take_while(|card| self.in_column[**card]).count();
            if run == 0 {
                blocks.push(start..start + 1);
                start += 1;
                continue;
            }
            let length = run.div_ceil(run.div_ceil(COLUMN));
            let end = start + run;
            while start < end {
                let next = end.min(start + length);
                blocks.push(start..next);
                start = next;
            }
        }
        blocks
    }

    fn lines(&self, teams: &[Vec<usize>], cards: &[(i32, i32)]) -> String {
        let mut path = String::new();
        for (manager, team) in teams.iter().enumerate() {
            if team.is_empty() {
                continue;
            }
            let blocks = self.blocks(team);
            let (x, y) = (cards[manager].0 + WIDTH / 2, cards[manager].1);
            if let ([block], true) = (&*blocks, team.len() > 1) {
                spine(&mut path, &team[block.clone()], cards, y + HEIGHT);
                continue;
            }
            let foot = |block: &Range<usize>| {
                let card = cards[team[block.start]];
                card.0 + if block.len() > 1 { INDENT / 2 - INDENT } else { WIDTH / 2 }
            };
            let bus = y + BUS;
            let ends = blocks.iter().map(foot).chain([x]);
            let (left, right) = (ends.clone().min().unwrap_or(x), ends.max().unwrap_or(x));
            let _ = write!(path, "M{x} {}V{bus}", y + HEIGHT);
            if left < right {
                let _ = write!(path, "M{left} {bus}H{right}");
            }
            for block in &blocks {
                match &team[block.clone()] {
                    [card] => {
                        let (x, y) = (foot(block), cards[*card].1);
                        let _ = write!(path, "M{x} {bus}V{y}");
                    }
                    column => spine(&mut path, column, cards, bus),
                }
            }
        }
        path
    }
}

/// The line down the left of a column, and from it to each card.
fn spine(path: &mut String, column: &[usize], cards: &[(i32, i32)], mut from: i32) {
    for card in column {
        let (x, y) = cards[*card];
        let (line, middle) = (x - INDENT / 2, y + HEIGHT / 2);
        let _ = write!(path, "M{line} {from}V{middle}H{x}");
        from = middle;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any forest: each card stands below one before it, or below none.
    fn forests() -> impl Strategy<Value = Vec<(Option<usize>, bool)>> {
        let pick = prop_oneof![1 => Just(None), 12 => any::<prop::sample::Index>().prop_map(Some)];
        prop::collection::vec((pick, any::<bool>()), 1..300).prop_map(|picks| {
            let card = |(card, (pick, alone)): (usize, (Option<prop::sample::Index>, bool))| {
                (pick.filter(|_| card > 0).map(|pick| pick.index(card)), alone)
            };
            picks.into_iter().enumerate().map(card).collect()
        })
    }

    proptest! {
        #[test]
        fn no_two_cards_touch_and_all_are_inside(above in forests()) {
            let made = layout(&above);
            let mut rows: Vec<(i32, i32)> = made.cards.iter().map(|(x, y)| (*y, *x)).collect();
            rows.sort_unstable();
            for two in rows.windows(2) {
                prop_assert!(two[0].0 != two[1].0 || two[1].1 - two[0].1 >= WIDTH + GAP);
            }
            for (x, y) in &made.cards {
                prop_assert!(*x >= MARGIN && *y >= MARGIN);
                prop_assert!(x + WIDTH + MARGIN <= made.width && y + HEIGHT < made.height);
            }
        }

        #[test]
        fn managers_stand_in_the_middle_above_their_teams(above in forests()) {
            let made = layout(&above);
            for manager in 0..above.len() {
                let team: Vec<usize> =
                    (0..above.len()).filter(|card| above[*card].0 == Some(manager)).collect();
                let x = |card: usize| made.cards[card].0;
                let in_column = |card: usize| {
                    let beside = |other: &&usize| **other != card && x(**other) == x(card);
                    team.iter().find(beside).is_some()
                };
                let place = |card: usize| x(card) - if in_column(card) { INDENT } else { 0 };
                if let [first, .., last] | [first @ last] = &*team {
                    let middle = (place(*first) + place(*last)) / 2;
                    prop_assert!((x(manager) - middle).abs() <= 1, "{middle} {}", x(manager));
                }
                for card in team {
                    prop_assert!(made.cards[card].1 > made.cards[manager].1);
                }
            }
        }
    }

    #[test]
    fn a_team_of_many_stands_in_columns_of_much_the_same_length() {
        let above: Vec<(Option<usize>, bool)> =
            (0..24).map(|card| (card > 0).then_some(0)).map(|above| (above, true)).collect();
        let made = layout(&above);
        let mut columns: Vec<i32> = made.cards[1..].iter().map(|card| card.0).collect();
        columns.dedup();
        assert_eq!(columns.len(), 3);
        assert_eq!(made.height, 2 * MARGIN + 9 * PITCH - (PITCH - HEIGHT) / 2);
    }

    #[test]
    fn one_who_reports_stands_straight_below() {
        let made = layout(&[(None, true), (Some(0), true), (Some(1), true)]);
        assert_eq!(made.cards, [(16, 16), (16, 100), (16, 184)]);
        assert_eq!(made.lines, "M108 70V92M108 92V100M108 154V176M108 176V184");
    }

    #[test]
    fn chains_of_any_length_are_laid_out() {
        let above = (0..20_000_usize).map(|card| (card.checked_sub(1), false));
        let above: Vec<(Option<usize>, bool)> = above.collect();
        assert_eq!(layout(&above).cards[19_999], (16, 16 + 19_999 * PITCH));
    }

    #[test]
    fn nobody_is_a_layout_too() {
        assert!(layout(&[]).cards.is_empty());
    }
}
