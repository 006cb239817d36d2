//! `/docs`: the same document to read, as one page without a script.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::response::Html;
use serde_json::Value;

use super::{DOCUMENT, Tag};

pub(super) async fn page() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(|| written(&DOCUMENT));
    Html(&PAGE)
}

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <title>Rollcall API</title>\n<link rel=\"stylesheet\" href=\"/assets/rollcall.css\">\n</head>\n\
    <body>\n<main class=\"main stack\">\n<h1>Rollcall API</h1>\n";

fn written(document: &Value) -> String {
    let mut page = HEAD.to_owned();
    let about = prose(&document["info"]["description"]);
    line(&mut page, &format!("<p>{about}</p>"));
    line(
        &mut page,
        "<p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p>\n<ul class=\"row\" role=\"list\">",
    );
    for tag in Tag::ALL.map(Tag::as_str) {
        line(&mut page, &format!("<li><a href=\"#{tag}\">{tag}</a></li>"));
    }
    line(&mut page, "<li><a href=\"#schemas\">Schemas</a></li>\n</ul>");
    for tag in Tag::ALL.map(Tag::as_str) {
        line(&mut page, &format!("<h2 id=\"{tag}\">{tag}</h2>"));
        for (path, methods) in members(&document["paths"]) {
            for (method, operation) in members(methods) {
                if operation["tags"][0] == tag {
                    described(&mut page, document, &method.to_uppercase(), path, operation);
                }
            }
        }
    }
    line(&mut page, "<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in members(&document["components"]["schemas"]) {
        let about = prose(&schema["description"]);
        line(&mut page, &format!("<div class=\"tight\"><h3 id=\"schema-{name}\">{name}</h3>"));
        line(&mut page, &format!("<p>{about}</p>"));
        line(&mut page, &format!("<pre tabindex=\"0\">{}</pre></div>", pretty(schema)));
    }
    page + "</main>\n</body>\n</html>\n"
}

fn described(page: &mut String, document: &Value, method: &str, path: &str, operation: &Value) {
    let (id, summary) = (text(&operation["operationId"]), prose(&operation["summary"]));
    let asks = text(&operation["x-permission"]);
    line(page, &format!("<section class=\"card\" id=\"{id}\">\n<header><h3>"));
    line(page, &format!("<code>{method} {}</code></h3></header>", escaped(path)));
    line(page, &format!("<div class=\"body stack\"><p>{summary} <small>{id} {asks}</small></p>"));
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        line(page, "<dl class=\"facts\">");
    }
    for one in parameters {
        let one = resolved(document, one);
        let (name, place) = (text(&one["name"]), text(&one["in"]));
        let about = prose(&one["description"]);
        line(page, &format!("<dt><code>{name}</code> <small>{place}</small></dt><dd>{about}</dd>"));
    }
    if !parameters.is_empty() {
        line(page, "</dl>");
    }
    let body = &operation["requestBody"]["content"]["application/json"];
    if !body.is_null() {
        line(page, &format!("<p>Body: {}</p>", linked(&body["schema"])));
        line(page, &format!("<pre tabindex=\"0\">{}</pre>", pretty(&body["example"])));
    }
    line(page, "<ul class=\"list\">");
    for (status, answer) in members(&operation["responses"]) {
        let schemas = members(&answer["content"]).map(|(_, content)| linked(&content["schema"]));
        let schemas = schemas.collect::<Vec<_>>().join(" ");
        let says = prose(&answer["description"]);
        line(page, &format!("<li><code>{status}</code> {says} {schemas}</li>"));
    }
    line(page, "</ul></div>\n</section>");
}

/// What a reference leads to, or the thing itself.
fn resolved<'a>(document: &'a Value, one: &'a Value) -> &'a Value {
    let place = one["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(one)
}

/// The name of a schema, leading to it; of a list, that of what is in it.
fn linked(schema: &Value) -> String {
    let items = &schema["properties"]["data"]["items"];
    let place = [schema, items].into_iter().find_map(|one| one["$ref"].as_str());
    let Some(name) = place.and_then(|place| place.rsplit('/').next()) else {
        return String::new();
    };
    format!("<a href=\"#schema-{name}\">{name}</a>")
}

fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn pretty(value: &Value) -> String {
    escaped(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

/// What stands between backticks is code.
fn prose(value: &Value) -> String {
    let text = text(value);
    let parts = text.split('`').enumerate();
    parts
        .map(|(number, part)| match number.is_multiple_of(2) {
            true => part.to_owned(),
            false => format!("<code>{part}</code>"),
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a String takes everything");
}
