//! What a browser sends of a form, and what was wrong with it.

use axum::extract::{FromRequest, Request};

use crate::app::App;
use crate::edge::{Problem, Violation, read_body};
use crate::extractors::BODY_LIMIT;

/// The fields of a form, in their order; a name may come more than once.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fields(Vec<(String, String)>);

impl FromRequest<App> for Fields {
    type Rejection = Problem;
    async fn from_request(request: Request, _app: &App) -> Result<Self, Problem> {
        let body = read_body(request.into_body(), BODY_LIMIT).await?;
        Ok(Fields::read(&body))
    }
}

impl Fields {
    pub(crate) fn read(body: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(body).into_owned().collect())
    }
    /// What a form is filled with before anybody types.
    pub(crate) fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Fields {
        Fields(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
    /// Trimmed; empty is as good as absent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = self.raw(name).trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
    /// As it was typed; empty where it is not there.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.0.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
    /// Whether a box is checked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// What was wrong with a form that was sent; empty for one that is shown for the first time.
#[derive(Debug, Default, Clone)]
pub(crate) struct Wrong {
    pub(crate) detail: Option<String>,
    errors: Vec<Violation>,
}

impl Wrong {
    /// A refusal a person can mend by typing something else is shown beside what they typed; every other
    /// one is the answer.
    pub(crate) fn of(problem: Problem) -> Result<Wrong, Problem> {
        let status = problem.code.status().as_u16();
        if ![400, 409, 412, 422].contains(&status) {
            return Err(problem);
        }
        let detail = problem.errors.is_empty().then(|| problem.detail.into_owned());
        Ok(Wrong { detail, errors: problem.errors })
    }
    /// What is wrong with a field: its name as in the API's body, such as `/name`.
    pub(crate) fn with(&self, path: &str) -> Option<&str> {
        self.errors.iter().find(|one| one.path == path).map(|one| one.message.as_str())
    }
    /// What is wrong and belongs to none of these fields.
    pub(crate) fn beside<'a>(&'a self, paths: &[&str]) -> Vec<&'a Violation> {
        self.errors.iter().filter(|one| !paths.contains(&one.path.as_str())).collect()
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.detail.is_none() && self.errors.is_empty()
    }
}
