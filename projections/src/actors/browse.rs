//! People as lists and pages show them: filtered, in an order, piece by piece.

use super::{Actor, named};
use crate::db::{Db, Page, ReadError, Sql, cursor, limit_of, list_of, resume};
use crate::table::{Row, Value};

/// Which people; nothing set means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Part of a name, e-mail address or number, in any case.
    pub q: Option<&'a str>,
    /// A department, division or location.
    pub department: Option<&'a str>,
    /// Whoever reports to them, whichever of their ids the report names.
    pub manager: Option<&'a str>,
    pub active: Option<bool>,
    pub synced: Option<bool>,
    pub on_hold: Option<bool>,
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Name,
    NameBackwards,
    /// Who changed last comes first.
    Newest,
    Oldest,
}

impl Order {
    pub const ALL: [Order; 4] = [Order::Name, Order::NameBackwards, Order::Newest, Order::Oldest];

    /// As filters name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Order::Name => "name",
            Order::NameBackwards => "-name",
            Order::Newest => "-changed",
            Order::Oldest => "changed",
        }
    }
    pub fn parse(text: &str) -> Option<Order> {
        Self::ALL.into_iter().find(|order| order.as_str() == text)
    }
    pub fn reversed(self) -> Order {
        match self {
            Order::Name => Order::NameBackwards,
            Order::NameBackwards => Order::Name,
            Order::Newest => Order::Oldest,
            Order::Oldest => Order::Newest,
        }
    }

    /// The cursor of a list in this order that goes on behind somebody.
    pub fn behind(self, actor: &Actor) -> String {
        match self {
            Order::Name | Order::NameBackwards => cursor(&(&actor.sort_name, &actor.actor)),
            Order::Newest | Order::Oldest => cursor(&actor.last_position),
        }
    }

    /// What a list is compared with, as values; without a cursor what lies before everybody.
    fn from(self, after: Option<&str>) -> Result<[Value; 2], ReadError> {
        let names = || resume::<(String, String)>(after);
        let positions = || resume::<i64>(after);
        Ok(match self {
            Order::Name => {
                let (name, actor) = names()?.unwrap_or_default();
                [name.into(), actor.into()]
            }
            Order::NameBackwards => {
                let last = || (LAST.to_string().repeat(201), String::new());
                let (name, actor) = names()?.unwrap_or_else(last);
                [name.into(), actor.into()]
            }
            Order::Newest => [positions()?.unwrap_or(i64::MAX).into(), "".into()],
            Order::Oldest => [positions()?.unwrap_or(0).into(), "".into()],
        })
    }
}

/// The last character there is: names have at most 200.
const LAST: char = char::MAX;

// One text for each way to somebody and each order, so that every list has its index. They are
// macros because a statement is text that is there when it is compiled.
macro_rules! among {
    (everybody) => {
        "cast($4 as text) is null and cast($5 as text) is null"
    };
    (department) => {
        "a.actor in (
            select m.actor from views.members as m
            where m.tenant = cast($1 as text) and m.scenario = cast($2 as text)
                and m.unit = cast($4 as text))
        and cast($5 as text) is null"
    };
    (reports) => {
        "(cast($4 as text) is null or exists (
            select 1 from views.members as m
            where m.tenant = a.tenant and m.scenario = a.scenario
                and m.unit = cast($4 as text) and m.actor = a.actor))
        and a.manager in (select value from views.json_each(cast($5 as text)))"
    };
}
macro_rules! in_order {
    (name, $name:literal, $at:literal) => {
        concat!(
            "(",
            $name,
            ", a.actor) > (cast($9 as text), cast($10 as text))
     order by ",
            $name,
            ", a.actor"
        )
    };
    (name_backwards, $name:literal, $at:literal) => {
        concat!(
            "(",
            $name,
            ", a.actor) < (cast($9 as text), cast($10 as text))
     order by ",
            $name,
            " desc, a.actor desc"
        )
    };
    (newest, $name:literal, $at:literal) => {
        concat!(
            $at,
            " < cast($9 as bigint) and cast($10 as text) = ''
     order by ",
            $at,
            " desc"
        )
    };
    (oldest, $name:literal, $at:literal) => {
        concat!(
            $at,
            " > cast($9 as bigint) and cast($10 as text) = ''
     order by ",
            $at
        )
    };
}
// Few of many are found by who they are and sorted then: an expression keeps a database from walking
// along everybody in order. Everybody is read in the order of an index.
macro_rules! ordered {
    (everybody, $order:ident) => {
        in_order!($order, "a.sort_name", "a.last_position")
    };
    ($few:ident, $order:ident) => {
        in_order!($order, "(a.sort_name || '')", "(a.last_position + 0)")
    };
}
macro_rules! people {
    ($among:ident) => {
        [
            people!($among, name),
            people!($among, name_backwards),
            people!($among, newest),
            people!($among, oldest),
        ]
    };
    ($among:ident, $order:ident) => {
        Sql::of(
            Actor::COLUMNS,
            concat!(
                "select {a.columns} from views.actors as a
     where a.tenant = cast($1 as text) and a.scenario = cast($2 as text)
        and (cast($3 as text) is null or a.search like cast($3 as text) escape '!')
        and (cast($6 as boolean) is null or a.active = cast($6 as boolean))
        and (cast($7 as boolean) is null or a.synced = cast($7 as boolean))
        and (cast($8 as boolean) is null
            or (a.on_hold is not null) = cast($8 as boolean))
        and ",
                among!($among),
                "
        and ",
                ordered!($among, $order),
                "
     limit cast($11 as bigint)"
            ),
        )
    };
}

static EVERYBODY: [Sql; 4] = people!(everybody);
static IN_DEPARTMENT: [Sql; 4] = people!(department);
static REPORTS: [Sql; 4] = people!(reports);

/// People by name.
pub async fn list(
    db: &Db,
    tenant: &str,
    scenario: &str,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Actor>, ReadError> {
    sorted(db, tenant, scenario, (filter, Order::Name), after, limit).await
}

/// People in any order. Between two pieces of a list by change, whoever changes moves to its front.
pub async fn sorted(
    db: &Db,
    tenant: &str,
    scenario: &str,
    (filter, order): (&Filter<'_>, Order),
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Actor>, ReadError> {
    let [first, second] = order.from(after)?;
    let limit = limit_of(limit);
    let (texts, manager) = match (filter.manager, filter.department) {
        (Some(manager), _) => (&REPORTS, list_of(&ids_of(db, tenant, scenario, manager).await?)),
        (None, Some(_)) => (&IN_DEPARTMENT, Value::Text(None)),
        (None, None) => (&EVERYBODY, Value::Text(None)),
    };
    let args: Vec<Value> = vec![
        tenant.into(),
        scenario.into(),
        filter.q.map(pattern).into(),
        filter.department.into(),
        manager,
        filter.active.into(),
        filter.synced.into(),
        filter.on_hold.into(),
        first,
        second,
        (limit + 1).into(),
    ];
    let [name, name_backwards, newest, oldest] = texts;
    let sql = match order {
        Order::Name => name,
        Order::NameBackwards => name_backwards,
        Order::Newest => newest,
        Order::Oldest => oldest,
    };
    Ok(Page::of(db.all_rows(sql, args).await?, limit, |actor| order.behind(actor)))
}

/// All ids somebody goes by, and the one that was asked for.
async fn ids_of(db: &Db, tenant: &str, scenario: &str, id: &str) -> Result<Vec<String>, ReadError> {
    let mut ids = vec![id.to_owned()];
    if let Some(actor) = named(db, tenant, scenario, &ids).await?.remove(id) {
        ids.push(actor.actor.clone());
        ids.extend(actor.claim.clone());
    }
    Ok(ids)
}

/// What `search` is compared with; wildcards mean themselves.
fn pattern(q: &str) -> String {
    let mut pattern = String::from("%");
    for c in q.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Projections;
    use crate::testing::{PATIENCE, TENANT, World, on_both};

    on_both! {
        every_order_goes_piece_by_piece_and_back
    }

    async fn two(projections: &Projections, order: Order, after: Option<&str>) -> Page<Actor> {
        let (db, all) = (projections.db(), Filter::default());
        sorted(db, TENANT, "live", (&all, order), after, 2).await.unwrap()
    }

    fn names(rows: &[Actor]) -> Vec<String> {
        rows.iter().map(|row| row.sort_name.clone()).collect()
    }

    async fn walk(projections: &Projections, order: Order) -> Vec<String> {
        let (mut seen, mut after) = (vec![], None::<String>);
        loop {
            let page = two(projections, order, after.as_deref()).await;
            if let (Some(first), [.., _, _]) = (page.rows.first(), seen.as_slice()) {
                let (back, place) = (order.reversed(), order.reversed().behind(first));
                let mut before = names(&two(projections, back, Some(&place)).await.rows);
                before.reverse();
                assert_eq!(before, seen[seen.len() - 2..]);
            }
            seen.extend(names(&page.rows));
            after = page.next;
            if after.is_none() {
                return seen;
            }
        }
    }

    async fn every_order_goes_piece_by_piece_and_back(world: World) {
        let projections = world.projections().await;
        world.hire(0, 7).await;
        world.append_one(&crate::testing::stream_of(3), renamed_to_last()).await;
        let followers = projections.start();
        projections.settle(PATIENCE).await.unwrap();

        let names = walk(&projections, Order::Name).await;
        let changed = walk(&projections, Order::Newest).await;

        assert_eq!(names.len(), 7);
        assert!(names.is_sorted());
        assert_eq!((&changed[0], names.last()), (&"zz first3".to_owned(), Some(&changed[0])));
        for (order, mut expected) in [(Order::NameBackwards, names), (Order::Oldest, changed)] {
            expected.reverse();
            assert_eq!(walk(&projections, order).await, expected);
        }
        followers.stop().await;
    }

    fn renamed_to_last() -> rollcall_store::NewEvent {
        crate::testing::renamed(3, "Last00003", "Zz")
    }
}
