//! One operation as its resource tells it, and what it becomes in the document.

use axum::http::Method;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::parameters;
use crate::access::{self, Access};
use crate::edge::Code;

/// What belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    People,
    Scenarios,
    Integrations,
    Runs,
    Deliveries,
    HrisWebhooks,
    Webhooks,
    History,
    Engine,
    Access,
    Service,
}

impl Tag {
    pub(crate) const ALL: [Tag; 11] = [
        Tag::People,
        Tag::Scenarios,
        Tag::Integrations,
        Tag::Runs,
        Tag::Deliveries,
        Tag::HrisWebhooks,
        Tag::Webhooks,
        Tag::History,
        Tag::Engine,
        Tag::Access,
        Tag::Service,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Tag::People => "People",
            Tag::Scenarios => "Scenarios",
            Tag::Integrations => "Integrations",
            Tag::Runs => "Runs",
            Tag::Deliveries => "Deliveries",
            Tag::HrisWebhooks => "HRIS Webhooks",
            Tag::Webhooks => "Webhooks",
            Tag::History => "History",
            Tag::Engine => "Engine",
            Tag::Access => "Access",
            Tag::Service => "Service",
        }
    }

    pub(super) fn meaning(self) -> &'static str {
        match self {
            Tag::People => "People and departments of a scenario.",
            Tag::Scenarios => "Versions of the organisation.",
            Tag::Integrations => "Links to HR systems.",
            Tag::Runs => "What the sync engine did, does and would do.",
            Tag::Deliveries => "What HR systems sent.",
            Tag::HrisWebhooks => "What HR systems post everybody to.",
            Tag::Webhooks => "What other systems are sent.",
            Tag::History => "Every event.",
            Tag::Engine => "Read models, and work that waits for somebody.",
            Tag::Access => "Who asks, and who may.",
            Tag::Service => "The installation itself.",
        }
    }
}

/// One method of one path.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// As in its route: what is nested leaves out the beginning.
    pub(crate) path: &'static str,
    pub(crate) schemas: Vec<(String, Value)>,
    id: &'static str,
    tag: Tag,
    summary: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
    refuses: Vec<Code>,
}

macro_rules! methods {
    ($($name:ident $method:ident),*) => {$(
        pub(crate) fn $name(
            tag: Tag,
            path: &'static str,
            id: &'static str,
            summary: &'static str,
        ) -> Operation {
            Operation::new(Method::$method, tag, path, id, summary)
        }
    )*};
}
methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

impl Operation {
    fn new(
        method: Method,
        tag: Tag,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Operation {
        Operation {
            method,
            path,
            id,
            tag,
            summary,
            schemas: vec![],
            parameters: vec![],
            body: None,
            answers: Map::new(),
            refuses: vec![],
        }
    }

    /// Whether this row of the table of access is about it.
    pub(super) fn is_of(&self, (method, path, _): &access::Row) -> bool {
        let nested = path.strip_prefix("/api/v1").unwrap_or(path);
        self.method == *method && (self.path == *path || self.path == nested)
    }

    /// Parameters of its own.
    pub(crate) fn query<const N: usize>(mut self, parameters: [Value; N]) -> Self {
        self.parameters.extend(parameters);
        self
    }

    fn shared(mut self, names: &[&str]) -> Self {
        let one = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
        self.parameters.extend(names.iter().map(one));
        self
    }

    /// Waits for what was written before.
    pub(crate) fn min_position(self) -> Self {
        self.shared(&["min_position"])
    }

    pub(crate) fn limit(self) -> Self {
        self.shared(&["limit"])
    }

    /// Read piece by piece.
    pub(crate) fn cursor(self) -> Self {
        self.shared(&["limit", "cursor"])
    }

    /// The caller says how long to wait.
    pub(crate) fn prefer(self) -> Self {
        self.shared(&["prefer"])
    }

    /// A list with a cursor: `200` with a piece of it.
    pub(crate) fn list<T: ToSchema>(mut self) -> Self {
        let items = self.reference::<T>();
        self.cursor().answer(200, "A piece of the list.", &list_of(&items))
    }

    /// A list that comes whole.
    pub(crate) fn whole<T: ToSchema>(mut self) -> Self {
        let items = self.reference::<T>();
        self.answer(200, "The whole list; `next_cursor` is null.", &list_of(&items))
    }

    /// A body that has to be there, with an example.
    pub(crate) fn body<T: ToSchema>(mut self, example: &Value) -> Self {
        let schema = self.reference::<T>();
        self.body = Some(body(true, &schema, example));
        self
    }

    /// A body that may be left out.
    pub(crate) fn optional_body<T: ToSchema>(mut self, example: &Value) -> Self {
        let schema = self.reference::<T>();
        self.body = Some(body(false, &schema, example));
        self
    }

    /// An answer with this in its body.
    pub(crate) fn json<T: ToSchema>(mut self, status: u16, says: &str) -> Self {
        let schema = self.reference::<T>();
        self.answer(status, says, &schema)
    }

    /// The same with the place of what was made or is under way.
    pub(crate) fn placed<T: ToSchema>(self, status: u16, says: &str) -> Self {
        let mut with = Operation::json::<T>(self, status, says);
        with.answers[&status.to_string()]["headers"]["Location"] =
            json!({ "$ref": "#/components/headers/Location" });
        with
    }

    /// An answer without a body.
    pub(crate) fn empty(mut self, status: u16, says: &str) -> Self {
        let answer = json!({ "description": says, "headers": self.headers() });
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// An answer in another format beside what it has.
    pub(crate) fn format(mut self, status: u16, says: &str, kind: &str, schema: Value) -> Self {
        let headers = self.headers();
        let answer = self.answers.entry(status.to_string());
        let answer = answer.or_insert_with(|| json!({ "description": says, "headers": headers }));
        answer["content"][kind] = json!({ "schema": schema });
        self
    }

    /// What a worker does while the caller waits: `200` with what came of it, or `202` and where to look.
    pub(crate) fn performed<T: ToSchema>(self) -> Self {
        let done = Operation::json::<T>(self.prefer(), 200, "What came of it.");
        done.placed::<T>(202, "It is under way.").refuses([Code::Conflict])
    }

    /// Problems beside those that follow from method and access.
    pub(crate) fn refuses<const N: usize>(mut self, codes: [Code; N]) -> Self {
        self.refuses.extend(codes);
        self
    }

    /// The schema by its name, which is kept.
    fn reference<T: ToSchema>(&mut self) -> Value {
        let mut found = vec![];
        T::schemas(&mut found);
        found.push((T::name().into_owned(), T::schema()));
        let json = |schema| serde_json::to_value(schema).expect("a schema can be written as JSON");
        self.schemas.extend(found.into_iter().map(|(name, schema)| (name, open(json(schema)))));
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }

    fn answer(mut self, status: u16, says: &str, schema: &Value) -> Self {
        let answer = json!({
            "description": says,
            "headers": self.headers(),
            "content": { "application/json": { "schema": schema } },
        });
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// Those an answer may carry.
    fn headers(&self) -> Value {
        let mut headers = Map::new();
        let mut names = vec!["X-Request-Id"];
        match self.method == Method::GET {
            true if self.path.ends_with('}') => names.push("ETag"),
            true => {}
            false => names.push("Rollcall-Position"),
        }
        for name in names {
            let header = json!({ "$ref": format!("#/components/headers/{name}") });
            headers.insert(name.to_owned(), header);
        }
        headers.into()
    }

    /// As it stands in the document.
    pub(super) fn document(&self, access: Access) -> Value {
        let writes = self.method != Method::GET;
        let mut all = parameters::of_path(self.path);
        all.extend(self.parameters.iter().cloned());
        let by_ref = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
        if writes && access != Access::Open {
            all.push(by_ref("idempotency_key"));
        }
        if self.conditional() {
            all.push(by_ref("if_match"));
        }
        if access != Access::Open {
            all.push(by_ref("tenant"));
        }
        let mut answers = self.answers.clone();
        for (status, codes) in self.problems(access) {
            let answer = super::common::problem(&codes);
            answers.entry(status.to_string()).or_insert(answer);
        }
        let mut json = json!({
            "operationId": self.id,
            "tags": [self.tag.as_str()],
            "summary": self.summary,
            "parameters": all,
            "responses": answers,
        });
        if let Some(body) = &self.body {
            json["requestBody"] = body.clone();
        }
        json["security"] = super::common::security(access);
        json["x-permission"] = super::common::permission(access);
        json
    }

    /// Whether it is a change that may ask for the thing to be as it was read.
    fn conditional(&self) -> bool {
        self.method == Method::PATCH
    }

    /// Its problems by status.
    fn problems(&self, access: Access) -> Vec<(u16, Vec<Code>)> {
        let writes = self.method != Method::GET;
        let mut codes = vec![Code::RateLimited, Code::StorageUnavailable, Code::InvalidRequest];
        if access != Access::Open {
            codes.extend([Code::Unauthenticated, Code::NotFound, Code::Forbidden]);
        }
        if writes && access != Access::Open {
            codes.extend([Code::ReadOnlyToken, Code::IdempotencyKeyReused, Code::Conflict]);
        }
        if writes || self.body.is_some() {
            codes.extend([Code::Malformed, Code::PayloadTooLarge, Code::UnsupportedMediaType]);
        }
        if self.conditional() {
            codes.push(Code::PreconditionFailed);
        }
        codes.extend(&self.refuses);
        let mut found: Vec<(u16, Vec<Code>)> = vec![];
        for code in codes {
            let status = code.entry().status;
            match found.iter_mut().find(|(known, _)| *known == status) {
                Some((_, codes)) if codes.contains(&code) => {}
                Some((_, codes)) => codes.push(code),
                None => found.push((status, vec![code])),
            }
        }
        found
    }
}

fn body(required: bool, schema: &Value, example: &Value) -> Value {
    let content = json!({ "application/json": { "schema": schema, "example": example } });
    json!({ "required": required, "content": content })
}

fn list_of(items: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {
            "data": { "type": "array", "items": items },
            "next_cursor": { "type": ["string", "null"] },
        },
    })
}

/// What is put together of parts can't forbid in each what is in the others.
fn open(mut schema: Value) -> Value {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        for part in parts.iter_mut().filter_map(Value::as_object_mut) {
            part.remove("additionalProperties");
        }
    }
    schema
}
