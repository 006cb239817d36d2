//! The query of a page's address: what it asks the API, and the links that change one part of it.

use chrono::{Days, NaiveDate};
use form_urlencoded::Serializer;

use crate::params::Params;

#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Fields of a form that were left empty are absent.
    pub(super) fn read(text: Option<&str>) -> Query {
        let pairs = form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned();
        Query { pairs: pairs.filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// What a form carried along of the page it stood on.
    pub(super) fn of<const N: usize>(pairs: [(&str, &str); N]) -> Query {
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Query { pairs: pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect() }
    }

    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// Whether the list is narrowed by anything.
    pub(super) fn filters(&self) -> bool {
        self.pairs.iter().any(|(name, _)| name != "cursor")
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.get("cursor").is_empty()
    }

    /// With another value under a name, from the first page on; without it where the value is empty.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let mut pairs = self.pairs.clone();
        pairs.retain(|(key, _)| key != name && key != "cursor");
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        write(&pairs)
    }

    pub(super) fn without(&self, name: &str) -> String {
        self.with(name, "")
    }

    /// The next page.
    pub(super) fn after(&self, cursor: &str) -> String {
        let mut pairs = self.pairs.clone();
        pairs.retain(|(key, _)| key != "cursor");
        pairs.push(("cursor".to_owned(), cursor.to_owned()));
        write(&pairs)
    }

    /// What the API is asked: the names of the page become its own, dates become instants, and a day
    /// is meant as a whole. A date that is none stays as it is, for the API to object to. What is renamed
    /// to nothing is the page's alone.
    pub(super) fn params(&self, renamed: &[(&str, &str)]) -> Params {
        let mut asked = Serializer::new(String::new());
        for (name, value) in &self.pairs {
            let name =
                renamed.iter().find(|(ours, _)| ours == name).map_or(&**name, |(_, own)| own);
            if name.is_empty() {
                continue;
            }
            asked.append_pair(name, &instant(name, value).unwrap_or_else(|| value.clone()));
        }
        Params::read(&asked.finish())
    }
}

fn write(pairs: &[(String, String)]) -> String {
    let written = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if written.is_empty() { written } else { format!("?{written}") }
}

fn instant(name: &str, value: &str) -> Option<String> {
    let date: NaiveDate = value.parse().ok()?;
    let date = match name {
        "since" => date,
        "until" => date.checked_add_days(Days::new(1))?,
        _ => return None,
    };
    Some(format!("{date}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_change_one_part_and_begin_anew() {
        let query = Query::read(Some("status=failed&kind=&cursor=x&identity=a%26b"));

        assert_eq!(query.with("kind", "push"), "?status=failed&identity=a%26b&kind=push");
        assert_eq!(query.without("status"), "?identity=a%26b");
        assert_eq!(query.after("y"), "?status=failed&identity=a%26b&cursor=y");
        assert_eq!(Query::read(Some("cursor=x")).without("status"), "");
    }

    #[test]
    fn a_day_is_meant_as_a_whole() {
        let mut params = Query::read(Some("since=2026-01-31&until=2026-01-31")).params(&[]);

        let told = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.to_rfc3339());
        assert_eq!(told(params.instant("since")).as_deref(), Some("2026-01-31T00:00:00+00:00"));
        assert_eq!(told(params.instant("until")).as_deref(), Some("2026-02-01T00:00:00+00:00"));
    }
}
