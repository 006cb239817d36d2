//! Who stands below whom: everybody once, whatever the reporting lines say.

use std::cmp::Reverse;
use std::collections::HashMap;

use rollcall_projections::actors::Line;

/// People by their place in `lines`, which stand by name.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) lines: Vec<Line>,
    pub(super) above: Vec<Option<usize>>,
    pub(super) reports: Vec<Vec<usize>>,
    /// How many there are below each, at any depth.
    pub(super) below: Vec<usize>,
    /// Those who report to nobody here; whoever has the most people below comes first.
    pub(super) tops: Vec<usize>,
    /// Tops whose manager is named but left out, or not there yet.
    pub(super) loose: usize,
    /// Tops who report to somebody below themselves.
    pub(super) circles: Vec<usize>,
    places: HashMap<String, usize>,
}

impl Tree {
    pub(super) fn of(lines: Vec<Line>) -> Tree {
        let places: HashMap<String, usize> =
            lines.iter().enumerate().map(|(place, line)| (line.actor.clone(), place)).collect();
        let mut tree = Tree {
            above: vec![None; lines.len()],
            reports: vec![vec![]; lines.len()],
            below: vec![0; lines.len()],
            ..Tree::default()
        };
        for (place, line) in lines.iter().enumerate() {
            let manager = line.manager.as_ref().map(|id| places.get(id));
            match manager {
                Some(Some(&manager)) if manager != place => {
                    tree.above[place] = Some(manager);
                    tree.reports[manager].push(place);
                }
                Some(None) => tree.loose += 1,
                Some(Some(_)) | None => {}
            }
        }
        (tree.lines, tree.places) = (lines, places);
        tree.reach();
        tree
    }

    pub(super) fn place(&self, actor: &str) -> Option<usize> {
        self.places.get(actor).copied()
    }

    /// The managers above somebody, the nearest first.
    pub(super) fn path(&self, place: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.above[place], |manager| self.above[*manager])
    }

    /// Finds the tops and counts who is below whom. A circle has no top: it is cut above one of its
    /// people.
    fn reach(&mut self) {
        let mut seen = vec![false; self.lines.len()];
        let mut order = Vec::with_capacity(self.lines.len());
        let tops = (0..self.lines.len()).filter(|place| self.above[*place].is_none());
        self.tops = tops.collect();
        for top in self.tops.clone() {
            self.walk(top, &mut seen, &mut order);
        }
        for place in 0..self.lines.len() {
            if !seen[place] {
                let top = self.cut(place);
                self.walk(top, &mut seen, &mut order);
            }
        }
        for place in order.into_iter().rev() {
            if let Some(manager) = self.above[place] {
                self.below[manager] += self.below[place] + 1;
            }
        }
        self.tops.sort_by_key(|top| Reverse(self.below[*top]));
    }

    /// Everybody below somebody, managers before those who report to them.
    fn walk(&self, top: usize, seen: &mut [bool], order: &mut Vec<usize>) {
        let mut next = order.len();
        seen[top] = true;
        order.push(top);
        while let Some(&place) = order.get(next) {
            next += 1;
            for &report in &self.reports[place] {
                if !std::mem::replace(&mut seen[report], true) {
                    order.push(report);
                }
            }
        }
    }

    /// Makes the first by name of the circle above somebody a top.
    fn cut(&mut self, place: usize) -> usize {
        let mut passed = vec![place];
        let mut at = place;
        let mut on_path = HashMap::from([(place, 0)]);
        let start = loop {
            let Some(manager) = self.above[at] else { break passed.len() - 1 };
            if let Some(start) = on_path.get(&manager) {
                break *start;
            }
            on_path.insert(manager, passed.len());
            passed.push(manager);
            at = manager;
        };
        let top = passed[start..].iter().copied().min().unwrap_or(place);
        if let Some(manager) = self.above[top].take() {
            self.reports[manager].retain(|report| *report != top);
        }
        self.tops.push(top);
        self.circles.push(top);
        top
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
pub(super) mod tests {
    use super::*;

    /// Everybody named, with their manager.
    pub(in crate::web::chart) fn tree(people: &[(&str, &str)]) -> Tree {
        let line = |(actor, manager): &(&str, &str)| Line {
            actor: (*actor).to_owned(),
            active: true,
            manager: (!manager.is_empty()).then(|| (*manager).to_owned()),
        };
        Tree::of(people.iter().map(line).collect())
    }

    fn names<'a>(tree: &'a Tree, places: &[usize]) -> Vec<&'a str> {
        places.iter().map(|place| tree.lines[*place].actor.as_str()).collect()
    }

    #[test]
    fn whoever_has_most_people_below_stands_first() {
        let tree =
            tree(&[("alone", ""), ("b", "top"), ("c", "b"), ("top", ""), ("gone's", "gone")]);
        assert_eq!(names(&tree, &tree.tops), ["top", "alone", "gone's"]);
        assert_eq!(tree.below, [0, 1, 0, 2, 0]);
        assert_eq!((tree.loose, tree.circles.len()), (1, 0));
        let path: Vec<usize> = tree.path(tree.place("c").unwrap()).collect();
        assert_eq!(names(&tree, &path), ["b", "top"]);
    }

    #[test]
    fn a_circle_is_cut_above_its_first_person_and_nobody_is_lost() {
        let tree = tree(&[("below", "z"), ("m", "z"), ("self", "self"), ("x", "m"), ("z", "x")]);
        assert_eq!(names(&tree, &tree.circles), ["m"]);
        assert_eq!(names(&tree, &tree.tops), ["m", "self"]);
        assert_eq!(tree.below, [0, 3, 0, 2, 1]);
    }
}
