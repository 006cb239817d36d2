//! What somebody sends of a person: field by field a value or null, all that is wrong with it at once.

use axum::extract::{FromRequest, Request};
use rollcall_domain::actor::{MOST_DEPARTMENTS, entered};
use rollcall_domain::field::{Field, Seen, Value};
use serde_json::{Map, Value as Json};

use crate::app::App;
use crate::edge::{Code, Problem, Violation};
use crate::extractors::JsonBody;
use crate::problems::sentence;

/// The fields that were named. Nobody says by hand where a person comes from, or what a run did.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(super) seen: Seen,
    pub(super) active: Option<bool>,
    /// The one they were looked at; somebody who is at another one is not edited.
    pub(crate) version: Option<u64>,
}

impl FromRequest<App> for Person {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let JsonBody(body) = JsonBody::<Map<String, Json>>::from_request(request, app).await?;
        read(body)
    }
}

pub(crate) fn read(body: Map<String, Json>) -> Result<Person, Problem> {
    let (mut person, mut wrong) = (Person::default(), Vec::new());
    for (name, value) in body {
        let read = match Field::ALL.into_iter().find(|field| field.as_str() == name) {
            Some(field) => value_of(field, value).map(|value| {
                person.seen.insert(field, value);
            }),
            None if name == "active" => match value.as_bool() {
                Some(active) => {
                    person.active = Some(active);
                    Ok(())
                }
                None => Err("It must be true or false.".to_owned()),
            },
            None => Err("There is no such field to set by hand.".to_owned()),
        };
        if let Err(message) = read {
            let path = format!("/{}", name.chars().take(64).collect::<String>());
            wrong.push(Violation { path, message, ..Violation::default() });
        }
    }
    match wrong.is_empty() {
        true => Ok(person),
        false => Err(Problem::new(Code::InvalidRequest).violations(wrong)),
    }
}

/// The value as it is kept, or what is wrong with it.
fn value_of(field: Field, json: Json) -> Result<Option<Value>, String> {
    let value = match json {
        Json::Null => None,
        Json::String(text) => Some(Value::Text(text)),
        Json::Array(items) => Some(Value::List(texts(items)?)),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => {
            return Err("It must be text, a list of ids, or null to clear it.".to_owned());
        }
    };
    entered(field, value).map_err(|wrong| sentence(&wrong))
}

fn texts(items: Vec<Json>) -> Result<Vec<String>, String> {
    let text = |item: Json| match item {
        Json::String(text) => Ok(text),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            Err("It must hold nothing but ids.".to_owned())
        }
    };
    // What follows is refused anyway.
    items.into_iter().take(MOST_DEPARTMENTS + 1).map(text).collect()
}
