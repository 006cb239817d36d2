//! Query parameters: each is known, given once and valid, or the answer lists all that are not.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::answer::Token;
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem, Violation};

const MOST_ROWS: u32 = 200;
const ROWS: u32 = 50;

/// The parameters not asked for yet, and what was wrong with those that were.
pub(crate) struct Params {
    /// Which list it is that they are of: the same for all pieces of one, for no other tenant and for no
    /// other filters.
    list: String,
    left: BTreeMap<String, String>,
    wrong: Vec<Violation>,
}

/// Which piece of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) after: Option<String>,
    pub(crate) limit: u32,
    pub(crate) list: String,
}

impl Piece {
    /// Where the next piece begins, for this list alone.
    pub(crate) fn next(&self, place: Option<String>) -> Option<String> {
        place.map(|place| format!("{}.{place}", self.list))
    }

    /// As long as a page shows it, whatever was asked for.
    pub(crate) fn of(self, limit: u32) -> Piece {
        Piece { limit, ..self }
    }

    /// The piece behind a cursor of this list; `None` for another's.
    pub(crate) fn behind(&self, cursor: &str) -> Option<Piece> {
        let (list, place) = cursor.split_once('.')?;
        let (after, limit, list) = (Some(place.to_owned()), self.limit, list.to_owned());
        (list == self.list).then_some(Piece { after, limit, list })
    }

    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}

impl FromRequestParts<App> for Params {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        let mut params = Params::read(parts.uri.query().unwrap_or_default());
        let caller = parts.extensions.get::<Caller>();
        let tenant = caller.and_then(|caller| caller.tenant.as_ref()).map_or("", |one| &one.id);
        params.list = params.list_of(tenant, parts.uri.path());
        Ok(params)
    }
}

impl Params {
    pub(crate) fn read(query: &str) -> Params {
        let mut params = Params { list: String::new(), left: BTreeMap::new(), wrong: vec![] };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if params.left.contains_key(&*name) {
                params.object(&name, "It may be given once.");
            }
            params.left.insert(name.into_owned(), value.into_owned());
        }
        params
    }

    /// Of everything that makes one list another, by a hash as short as telling them apart needs.
    fn list_of(&self, tenant: &str, path: &str) -> String {
        // A cursor of one order is no place in another, which the list itself sees; backwards it is one.
        let moves = ["cursor", "limit", "min_position", "sort"];
        let filters = self.left.iter().filter(|(name, _)| !moves.contains(&name.as_str()));
        let parts = filters.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let mut hash = Sha256::new();
        for part in [tenant, path].into_iter().chain(parts) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hex::encode(&hash.finalize()[..8])
    }

    /// The same of a page's address: fields of a form that were left empty are absent, and the scenario
    /// is the shell's.
    pub(crate) fn of_page(query: &str) -> Params {
        let mut params = Params::read(query);
        params.left.retain(|name, value| !value.is_empty() && name != "scenario");
        params
    }

    /// The same, given by name. What is asked about belongs to what makes its lists differ.
    pub(crate) fn of(given: BTreeMap<String, String>, about: &str) -> Params {
        let mut params = Params { list: String::new(), left: given, wrong: vec![] };
        params.list = params.list_of("", about);
        params
    }

    pub(crate) fn none() -> Params {
        Params::of(BTreeMap::new(), "")
    }

    /// Free text; empty is as good as absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.left.remove(name).filter(|value| !value.is_empty())
    }

    /// One of a few words.
    pub(crate) fn word(&mut self, name: &str, words: &[&str]) -> Option<String> {
        let given = self.left.remove(name)?;
        if words.contains(&given.as_str()) {
            return Some(given);
        }
        self.object(name, &format!("It must be one of: {}.", words.join(", ")));
        None
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.word(name, &["true", "false"]).map(|given| given == "true")
    }

    pub(crate) fn instant(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let given = self.left.remove(name)?;
        let read = DateTime::parse_from_rfc3339(&given).ok().map(|at| at.to_utc());
        if read.is_none() {
            self.object(name, "It must be an RFC 3339 instant such as 2026-01-31T18:42:00Z.");
        }
        read
    }

    pub(crate) fn limit(&mut self) -> u32 {
        match self.left.remove("limit").map(|given| given.parse::<u32>()) {
            None => ROWS,
            Some(Ok(limit @ 1..=MOST_ROWS)) => limit,
            Some(_) => {
                self.object("limit", "It must be a number from 1 to 200.");
                ROWS
            }
        }
    }

    pub(crate) fn piece(&mut self) -> Piece {
        let (limit, given) = (self.limit(), self.left.remove("cursor"));
        let own = |cursor: &String| {
            let (list, place) = cursor.split_once('.')?;
            (list == self.list).then(|| place.to_owned())
        };
        let after = given.as_ref().and_then(own);
        if given.is_some() && after.is_none() {
            let what = "It must be the next_cursor of this very list, with the same filters.";
            self.object("cursor", what);
        }
        Piece { limit, after, list: self.list.clone() }
    }

    pub(crate) fn min_position(&mut self) -> Option<Token> {
        let given = self.left.remove("min_position")?;
        let read = Token::parse(&given);
        if read.is_none() {
            self.object("min_position", "It must be a Rollcall-Position that an answer carried.");
        }
        read
    }

    /// The end of the list: whatever was not asked for is unknown.
    pub(crate) fn done(mut self) -> Result<(), Problem> {
        for name in std::mem::take(&mut self.left).into_keys() {
            self.object(&name, "There is no such parameter here.");
        }
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(Problem::new(Code::InvalidRequest).violations(self.wrong)),
        }
    }

    fn object(&mut self, name: &str, message: &str) {
        let path = name.chars().take(64).collect();
        self.wrong.push(Violation { path, message: message.to_owned(), ..Violation::default() });
    }
}
