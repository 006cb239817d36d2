//! What the address of a chart says, and the addresses that differ from it in one thing.

use super::shown::Opened;
use super::tree::Tree;
use crate::edge::Problem;
use crate::params::Params;
use crate::web::address;

const LEVELS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "all"];
/// In percent; `fit` shows the whole.
pub(super) const ZOOMS: [&str; 7] = ["fit", "25", "50", "75", "100", "125", "150"];
/// An address names no more opened and no more closed teams than this; the oldest are let go.
const MOST_NAMED: usize = 50;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Where the chart begins; everybody without it.
    pub(super) root: Option<String>,
    /// Whether those who are not active are shown, too.
    pub(super) all: bool,
    pub(super) levels: Option<String>,
    open: Vec<String>,
    shut: Vec<String>,
    /// Part of a name.
    pub(super) find: Option<String>,
    /// Who is outlined.
    pub(super) at: Option<String>,
    pub(super) zoom: Option<String>,
}

impl Asked {
    pub(super) fn read(query: &str) -> Result<Asked, Problem> {
        let mut params = Params::of_page(query);
        let asked = Asked {
            root: params.text("root"),
            all: params.word("status", &["active", "all"]).is_some_and(|word| word == "all"),
            levels: params.word("levels", &LEVELS),
            open: named(params.text("open")),
            shut: named(params.text("shut")),
            find: params.text("find"),
            at: params.text("at"),
            zoom: params.word("zoom", &ZOOMS),
        };
        params.done()?;
        Ok(asked)
    }

    pub(super) fn address(&self) -> String {
        let text = |value: &'_ Option<String>| value.clone().unwrap_or_default();
        let (open, shut) = (self.open.join("."), self.shut.join("."));
        address(
            "/people/chart",
            &[
                ("root", &text(&self.root)),
                ("status", if self.all { "all" } else { "" }),
                ("levels", &text(&self.levels)),
                ("open", &open),
                ("shut", &shut),
                ("find", &text(&self.find)),
                ("at", &text(&self.at)),
                ("zoom", &text(&self.zoom)),
            ],
        )
    }

    /// What an export of the same people is asked with.
    pub(super) fn export(&self, kind: &str) -> String {
        let same = Asked { root: self.root.clone(), all: self.all, ..Asked::default() };
        same.address().replacen("/people/chart", &format!("/people/chart.{kind}"), 1)
    }

    pub(super) fn beginning_at(&self, root: Option<&String>) -> Asked {
        let root = root.cloned();
        Asked { root, all: self.all, zoom: self.zoom.clone(), ..Asked::default() }
    }

    pub(super) fn with_status(&self, all: bool) -> Asked {
        Asked { all, ..self.clone() }
    }

    /// So many levels, and nothing beside them.
    pub(super) fn with_levels(&self, levels: &str) -> Asked {
        let levels = Some(levels.to_owned());
        Asked { levels, open: vec![], shut: vec![], find: None, at: None, ..self.clone() }
    }

    pub(super) fn zoomed(&self, zoom: &str) -> Asked {
        Asked { zoom: Some(zoom.to_owned()), ..self.clone() }
    }

    /// The next zoom in or out; the same where there is none.
    pub(super) fn zoomed_by(&self, steps: isize) -> Asked {
        let now = self.zoom.as_deref().unwrap_or("100");
        let place = ZOOMS.iter().position(|zoom| *zoom == now).unwrap_or_default();
        let next = place.saturating_add_signed(steps).clamp(1, ZOOMS.len() - 1);
        self.zoomed(ZOOMS[next])
    }

    pub(super) fn showing(&self, person: &str) -> Asked {
        Asked { at: Some(person.to_owned()), ..self.clone() }
    }

    /// The same picture without whoever was looked for: the teams above them are named instead.
    pub(super) fn settled<'a>(&self, path: impl Iterator<Item = &'a str>) -> Asked {
        let mut asked = Asked { find: None, at: None, ..self.clone() };
        path.for_each(|person| asked.open_team(person));
        asked
    }

    pub(super) fn toggled(&self, person: &str, is_open: bool) -> Asked {
        let mut asked = self.clone();
        match is_open {
            true => asked.shut_team(person),
            false => asked.open_team(person),
        }
        asked
    }

    fn open_team(&mut self, person: &str) {
        self.shut.retain(|one| one != person);
        put(&mut self.open, person);
    }

    fn shut_team(&mut self, person: &str) {
        self.open.retain(|one| one != person);
        put(&mut self.shut, person);
    }

    /// The same with places instead of ids; whoever is not there any more is left out.
    pub(super) fn opened(&self, tree: &Tree) -> Opened {
        let places = |ids: &[String]| ids.iter().filter_map(|person| tree.place(person)).collect();
        let levels = self.levels.as_ref().map(|levels| levels.parse().unwrap_or(usize::MAX));
        Opened { levels, open: places(&self.open), shut: places(&self.shut), ..Opened::default() }
    }
}

fn named(ids: Option<String>) -> Vec<String> {
    let mut named = vec![];
    for id in ids.unwrap_or_default().split('.').filter(|id| !id.is_empty()) {
        put(&mut named, id);
    }
    named
}

fn put(ids: &mut Vec<String>, id: &str) {
    ids.retain(|one| one != id);
    ids.push(id.to_owned());
    if ids.len() > MOST_NAMED {
        ids.remove(0);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_again_what_was_read_from_it() {
        let query = "root=a&status=all&levels=3&open=b.c&shut=d&find=%C3%A9+%26&at=e&zoom=fit";
        let asked = Asked::read(query).unwrap();
        assert_eq!(asked.address(), format!("/people/chart?{query}"));
        assert_eq!(asked.export("svg"), "/people/chart.svg?root=a&status=all");
        assert_eq!(Asked::read("").unwrap().address(), "/people/chart");
        assert!(Asked::read("levels=0").is_err() && Asked::read("other=1").is_err());
    }

    #[test]
    fn a_team_is_opened_or_closed_never_both() {
        let asked = Asked::read("open=a.b").unwrap();
        let shut = asked.toggled("a", true);
        assert_eq!(shut.address(), "/people/chart?open=b&shut=a");
        assert_eq!(shut.toggled("a", false).address(), "/people/chart?open=b.a");
        let found = Asked::read("at=z&shut=y").unwrap().settled(["y", "x"].into_iter());
        assert_eq!(found.address(), "/people/chart?open=y.x");
    }

    #[test]
    fn an_address_stays_short() {
        let mut asked = Asked::default();
        for n in 0..200 {
            asked = asked.toggled(&n.to_string(), false);
        }
        assert_eq!(asked.open.len(), MOST_NAMED);
        assert_eq!(asked.open.last().unwrap(), "199");
    }

    #[test]
    fn zoom_goes_step_by_step() {
        let by = |zoom: &str, steps| Asked::default().zoomed(zoom).zoomed_by(steps).zoom;
        let zooms = [("100", 1), ("100", -1), ("150", 1), ("25", -1), ("fit", 1), ("fit", -1)];
        let found = zooms.map(|(zoom, steps)| by(zoom, steps).unwrap());
        assert_eq!(found, ["125", "75", "150", "25", "25", "25"]);
        assert_eq!(Asked::default().zoomed_by(1).zoom.as_deref(), Some("125"));
    }
}
