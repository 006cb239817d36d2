//! Units as they are part of one another: paths, and lists in their order.

use std::collections::{HashMap, HashSet};

use rollcall_domain::field::normalised;

use super::{Counted, Filter, Unit, by_ids, counted};
use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::Row;

/// Between the names of a path, as people read it.
pub const BELOW: &str = " > ";

static TREE: Sql = Sql::new(
    "select u.unit, u.name, u.parent,
        cast(case when u.provider is null then 0 else 1 end as bigint),
        cast(case when not u.retired or exists (
            select 1 from views.members as m
            where m.tenant = u.tenant and m.scenario = u.scenario and m.unit = u.unit)
            then 1 else 0 end as bigint)
     from views.units as u
     where u.tenant = cast($1 as text) and u.scenario = cast($2 as text)
        and u.kind = cast($3 as text)
     order by u.created_at, u.unit",
);
static COUNTED: Sql = Sql::of(
    Unit::COLUMNS,
    "select {u.columns}, (
        select count(*) from views.members as m
        where m.tenant = u.tenant and m.scenario = u.scenario and m.unit = u.unit)
     from views.units as u
     where u.tenant = cast($1 as text) and u.scenario = cast($2 as text)
        and u.unit in (select value from views.json_each(cast($3 as text)))",
);

/// All units of one kind.
struct Tree {
    /// From the oldest on.
    units: Vec<Node>,
    places: HashMap<String, usize>,
}

struct Node {
    unit: String,
    name: String,
    parent: Option<String>,
    /// Whether a source brought it.
    synced: bool,
    /// One that the source lists no longer is listed only while somebody is in it.
    listed: bool,
}

impl Tree {
    async fn of(db: &Db, tenant: &str, scenario: &str, kind: &str) -> Result<Tree, ReadError> {
        let args = vec![tenant.into(), scenario.into(), kind.into()];
        let node = db.all(&TREE, args, |cells| {
            Ok(Node {
                unit: cells.get()?,
                name: cells.get()?,
                parent: cells.get()?,
                synced: cells.get::<u64>()? == 1,
                listed: cells.get::<u64>()? == 1,
            })
        });
        Ok(Tree::new(node.await?))
    }

    fn new(units: Vec<Node>) -> Tree {
        let places = units.iter().enumerate().map(|(at, node)| (node.unit.clone(), at)).collect();
        Tree { units, places }
    }

    fn path(&self, unit: &str) -> Vec<&str> {
        self.way(unit).into_iter().map(|(name, _)| name).collect()
    }

    /// The same with ids: two of one name are two, each with what is part of it.
    fn way(&self, unit: &str) -> Vec<(&str, &str)> {
        path_of(unit, |id| {
            let node = &self.units[*self.places.get(id)?];
            Some(((node.name.as_str(), node.unit.as_str()), node.parent.as_deref()))
        })
    }

    fn listed(&self) -> impl Iterator<Item = &Node> {
        self.units.iter().filter(|node| node.listed)
    }

    /// The ways to those that are chosen, what is part of another behind it.
    fn sorted(&self, chosen: impl Fn(&Node) -> bool) -> Vec<Vec<(&str, &str)>> {
        let chosen = self.listed().filter(|node| chosen(node));
        let mut all: Vec<Vec<(&str, &str)>> = chosen.map(|node| self.way(&node.unit)).collect();
        all.sort_unstable();
        all
    }
}

/// What stands from the top down to a unit; a circle is cut where it would begin again.
fn path_of<'a, T>(unit: &str, look_up: impl Fn(&str) -> Option<(T, Option<&'a str>)>) -> Vec<T> {
    let mut path = Vec::new();
    let (mut passed, mut next) = (HashSet::new(), Some(unit));
    while let Some(id) = next.take().filter(|id| passed.insert(*id)) {
        if let Some((name, parent)) = look_up(id) {
            path.push(name);
            next = parent;
        }
    }
    path.reverse();
    path
}

/// Units in the order of their paths; those the source lists no longer only while somebody is in them.
pub async fn list(
    db: &Db,
    tenant: &str,
    scenario: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Counted>, ReadError> {
    let after: Option<Vec<(String, String)>> = resume(after)?;
    let limit = limit_of(limit);
    let tree = Tree::of(db, tenant, scenario, filter.kind).await?;
    let q = filter.q.map(folded);
    let sorted = tree.sorted(|node| {
        q.as_ref().is_none_or(|q| folded(&node.name).contains(q))
            && filter.synced.is_none_or(|synced| synced == node.synced)
    });
    let from = after.map_or(0, |after| {
        let after: Vec<(&str, &str)> = after.iter().map(|(name, id)| (&**name, &**id)).collect();
        sorted.partition_point(|one| *one <= after)
    });
    let ways = sorted[from..].iter().take(limit as usize + 1);
    let some: Vec<&str> = ways.filter_map(|way| Some(way.last()?.1)).collect();
    let args = vec![tenant.into(), scenario.into(), list_of(&some)];
    let mut rows = db.all(&COUNTED, args, counted).await?;
    for row in &mut rows {
        row.path = tree.path(&row.unit.unit).into_iter().map(str::to_owned).collect();
    }
    rows.sort_by_key(|row| some.iter().position(|unit| *unit == row.unit.unit));
    Ok(Page::of(rows, limit, |row| cursor(&tree.way(&row.unit.unit))))
}

/// The names from the top down to these units, by id, in no order; at most 1,000. Those that are not
/// there are missing.
pub async fn paths(
    db: &Db,
    tenant: &str,
    scenario: &str,
    units: &[String],
) -> Result<HashMap<String, Vec<String>>, ReadError> {
    let mut known: HashMap<String, (String, Option<String>)> = HashMap::new();
    let mut asked: HashSet<String> = units.iter().cloned().collect();
    let mut level = units.to_vec();
    while !level.is_empty() {
        let found = by_ids(db, tenant, scenario, &level).await?;
        level.clear();
        for unit in found {
            let parent = unit.parent.clone().filter(|parent| asked.insert(parent.clone()));
            level.extend(parent);
            known.insert(unit.unit, (unit.name, unit.parent));
        }
    }
    let path = |unit: &String| {
        let path = path_of(unit, |id| {
            let (name, parent) = known.get(id)?;
            Some((name.as_str(), parent.as_deref()))
        });
        path.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let there = units.iter().filter(|unit| known.contains_key(*unit));
    Ok(there.map(|unit| (unit.clone(), path(unit))).collect())
}

/// The listed unit of this kind with this name that is part of this one, however it is spelled; the
/// oldest of several.
pub async fn with_name(
    db: &Db,
    tenant: &str,
    scenario: &str,
    kind: &str,
    parent: Option<&str>,
    name: &str,
) -> Result<Option<String>, ReadError> {
    let wanted = folded(name);
    let tree = Tree::of(db, tenant, scenario, kind).await?;
    let is_it = |node: &&Node| node.parent.as_deref() == parent && folded(&node.name) == wanted;
    Ok(tree.listed().find(is_it).map(|node| node.unit.clone()))
}

/// The listed unit of this kind that somebody means: by its path, else by its name alone; the oldest
/// of several.
pub async fn meant(
    db: &Db,
    tenant: &str,
    scenario: &str,
    kind: &str,
    text: &str,
) -> Result<Option<String>, ReadError> {
    let tree = Tree::of(db, tenant, scenario, kind).await?;
    let levels = |text: &str| text.split('>').map(folded).collect::<Vec<_>>();
    let (path, name) = (levels(text), folded(text));
    let has_path = |node: &&Node| levels(&tree.path(&node.unit).join(BELOW)) == path;
    let has_name = |node: &&Node| folded(&node.name) == name;
    let found = tree.listed().find(has_path).or_else(|| tree.listed().find(has_name));
    Ok(found.map(|node| node.unit.clone()))
}

/// Ids and paths of the first units of a kind, to choose from.
pub async fn names(
    db: &Db,
    tenant: &str,
    scenario: &str,
    kind: &str,
    limit: u32,
) -> Result<Vec<(String, String)>, ReadError> {
    let tree = Tree::of(db, tenant, scenario, kind).await?;
    let all = tree.sorted(|_| true).into_iter().take(limit_of(limit) as usize);
    let named = all.filter_map(|way| {
        let path: Vec<&str> = way.iter().map(|(name, _)| *name).collect();
        Some((way.last()?.1.to_owned(), path.join(BELOW)))
    });
    Ok(named.collect())
}

/// No database folds case as we do.
fn folded(name: &str) -> String {
    normalised(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_with_one_name_each_has_its_own_behind_it() {
        let node = |unit: &str, name: &str, parent: Option<&str>| Node {
            unit: unit.to_owned(),
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            synced: true,
            listed: true,
        };
        let tree = Tree::new(vec![
            node("b", "Sales", None),
            node("b1", "East", Some("b")),
            node("a", "Sales", None),
            node("a1", "West", Some("a")),
        ]);

        let order = tree.sorted(|_| true);

        let ids: Vec<&str> = order.iter().map(|way| way.last().unwrap().1).collect();
        assert_eq!(ids, ["a", "a1", "b", "b1"]);
    }

    #[test]
    fn a_path_ends_where_nothing_more_is_known_or_it_goes_round() {
        let known = HashMap::from([
            ("a", ("A", None)),
            ("b", ("B", Some("a"))),
            ("lost", ("L", Some("gone"))),
            ("x", ("X", Some("y"))),
            ("y", ("Y", Some("x"))),
        ]);
        let path = |unit: &str| path_of(unit, |id| known.get(id).copied());
        assert_eq!(path("b"), ["A", "B"]);
        assert_eq!(path("lost"), ["L"]);
        assert_eq!(path("x"), ["Y", "X"]);
        assert!(path("gone").is_empty());
    }
}
