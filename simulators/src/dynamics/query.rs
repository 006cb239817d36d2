//! What a request asks of a set: which rows, which columns, in which order, how many.

use super::ask::Ask;
use super::cell::Cell;
use super::filter::{Filter, Language, Unfit};
use super::key;
use super::set::{Look, Row, Set};

/// A question for one set.
#[derive(Debug)]
pub(super) struct Query {
    /// The columns to show.
    pub(super) select: Vec<&'static str>,
    /// They were named, so the context names them too.
    pub(super) selected: bool,
    filter: Option<Filter>,
    /// Columns, and whether from the end.
    order: Vec<(&'static str, bool)>,
    pub(super) top: Option<usize>,
    pub(super) skip: usize,
    pub(super) count: bool,
}

/// What a surface takes in a question.
pub(super) struct Dialect<'a> {
    /// `contains` and its like.
    pub(super) functions: bool,
    /// `$skip`.
    pub(super) skip: bool,
    pub(super) options: &'a [&'a str],
    /// Columns nobody knows here.
    pub(super) unknown: &'a dyn Fn(&str) -> bool,
}

impl Query {
    /// The predicate is the key of one row, for whoever wants that alone.
    pub(super) fn parse(
        ask: &Ask,
        set: &'static Set,
        dialect: &Dialect<'_>,
        predicate: Option<&str>,
    ) -> Result<Query, Unfit> {
        if !dialect.skip && ask.query("$skip").is_some() {
            return Err(Unfit::Syntax("Skip Clause is not supported in CRM".to_owned()));
        }
        if predicate.is_some_and(|predicate| !key::is_whole(set, predicate)) {
            return Err(Unfit::Syntax("The key of the row is not complete.".to_owned()));
        }
        for (name, _) in ask.query.iter().filter(|(name, _)| name.starts_with('$')) {
            if !dialect.options.contains(&name.as_str()) {
                let what = format!("The query option '{name}' is not supported.");
                return Err(Unfit::Syntax(what));
            }
        }
        let column = |name: &str| {
            let known = set.columns.iter().find(|(column, _)| *column == name);
            let known = known.filter(|_| !(dialect.unknown)(name));
            known.map(|(column, _)| *column).ok_or_else(|| Unfit::NoSuchColumn(name.to_owned()))
        };
        let names = |option: &str| {
            let text = ask.query(option).unwrap_or_default().to_owned();
            text.split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect::<Vec<_>>()
        };
        let named = names("$select");
        let all = set.columns.iter().map(|(column, _)| *column);
        let select = match named.iter().any(|name| name != "*") {
            true => named.iter().map(|name| column(name)).collect::<Result<_, _>>()?,
            false => all.filter(|name| !(dialect.unknown)(name)).collect(),
        };
        let order = |text: String| {
            let (name, way) = text.split_once(' ').unwrap_or((&text, "asc"));
            match way.trim() {
                "asc" => Ok((column(name)?, false)),
                "desc" => Ok((column(name)?, true)),
                _ => Err(Unfit::Syntax(format!("Syntax error at '{text}'."))),
            }
        };
        let kind = |name: &str| column(name).ok().and_then(|name| set.kind(name));
        let language = Language { kind: &kind, functions: dialect.functions };
        let filter = match predicate {
            Some(predicate) => Some(key::filter(set, predicate)),
            None => ask.query("$filter").map(str::to_owned),
        };
        let filter = filter.map(|text| language.parse(&text)).transpose()?;
        let number = |option: &str| ask.query(option).map(|text| whole(option, text)).transpose();
        Ok(Query {
            selected: ask.query("$select").is_some(),
            select,
            filter,
            order: names("$orderby").into_iter().map(order).collect::<Result<_, _>>()?,
            top: number("$top")?,
            skip: number("$skip")?.unwrap_or(0),
            count: ask.query("$count") == Some("true"),
        })
    }

    /// The rows that are asked for, in the order they are asked for.
    pub(super) fn rows<'a>(
        &self,
        set: &Set,
        look: &Look<'a>,
        mut rows: Vec<Row<'a>>,
    ) -> Vec<Row<'a>> {
        if let Some(filter) = &self.filter {
            rows.retain(|row| filter.holds(&|column| (set.cell)(look, *row, column)));
        }
        // Rows come in the order of their keys already.
        if self.order.is_empty() || self.order == [(set.key[0], false)] {
            return rows;
        }
        let keys = |row: &Row<'a>| -> Vec<Cell<'a>> {
            self.order.iter().map(|(column, _)| (set.cell)(look, *row, column)).collect()
        };
        let mut keyed: Vec<(Vec<Cell<'a>>, Row<'a>)> =
            rows.into_iter().map(|row| (keys(&row), row)).collect();
        keyed.sort_by(|(one, _), (other, _)| {
            let pairs = one.iter().zip(other).zip(&self.order);
            let mut orders = pairs.map(|((one, other), (_, down))| {
                let order = one.order(other);
                if *down { order.reverse() } else { order }
            });
            orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        keyed.into_iter().map(|(_, row)| row).collect()
    }
}

fn whole(option: &str, text: &str) -> Result<usize, Unfit> {
    text.parse().map_err(|_| {
        Unfit::Syntax(format!("Invalid value '{text}' for {option} query option found."))
    })
}
