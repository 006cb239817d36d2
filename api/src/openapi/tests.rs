//! The document and the routes are the same, and what it says of values is what is written.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

/// Those of the API and of the service; pages and what they are made of are for people.
fn is_api(path: &str) -> bool {
    let roots = ["/api/", "/hriswebhook/"];
    roots.iter().any(|root| path.starts_with(root))
        || ["/healthz", "/readyz", "/openapi.json"].contains(&path)
}

#[test]
fn every_route_of_the_api_has_an_operation_and_every_operation_a_route() {
    let rows: Vec<access::Row> = access::rows().filter(|row| is_api(row.1)).collect();
    let operations = operations();
    for row in &rows {
        let found = operations.iter().filter(|operation| operation.is_of(row)).count();
        assert_eq!(found, 1, "{} {} has {found} operations", row.0, row.1);
    }
    for one in &operations {
        let found = rows.iter().filter(|row| one.is_of(row)).count();
        assert_eq!(found, 1, "{} {} has {found} routes", one.method, one.path);
    }
}

/// Every reference in a value.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|one| references(one, found));
        }
        Value::Array(items) => items.iter().for_each(|one| references(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_ids_are_given_once() {
    let mut found = BTreeSet::new();
    references(&DOCUMENT, &mut found);
    for place in found {
        let there = DOCUMENT.pointer(place.strip_prefix('#').unwrap());
        assert!(there.is_some(), "{place}");
    }
    let methods = DOCUMENT["paths"].as_object().unwrap().values();
    let operations = methods.flat_map(|methods| methods.as_object().unwrap().values());
    let ids: Vec<&str> = operations.map(|one| one["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn two_types_never_share_a_name() {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for (name, schema) in operations().into_iter().flat_map(|operation| operation.schemas) {
        let before = known.entry(name.clone()).or_insert_with(|| schema.clone());
        assert!(*before == schema, "{name} is two things");
    }
}

/// The names a schema gives to members.
fn named<T: utoipa::ToSchema>() -> BTreeSet<String> {
    let schema = serde_json::to_value(T::schema()).unwrap();
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

fn written(value: impl serde::Serialize) -> BTreeSet<String> {
    serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
}

#[test]
fn values_of_the_domain_look_as_they_are_described() {
    use rollcall_domain::connection::{
        BrakeLimits, Schedule, SignatureForm, Surface, Targets, Vacancy,
    };
    use rollcall_domain::field::Value as FieldValue;
    use rollcall_domain::vocabulary::Counts;
    assert_eq!(named::<shapes::Counts>(), written(Counts::default()));
    assert_eq!(named::<shapes::Targets>(), written(Targets::default()));
    assert_eq!(named::<shapes::BrakeLimits>(), written(BrakeLimits::default()));
    let schedule = Schedule { hour: 3, zone: Some("Pacific/Auckland".to_owned()) };
    assert_eq!(named::<shapes::Schedule>(), written(schedule));
    assert_eq!(json!(FieldValue::Text("x".to_owned())), json!("x"));
    let forms = serde_json::to_value(<shapes::SignatureForm as utoipa::PartialSchema>::schema());
    let roles = serde_json::to_value(<shapes::Role as utoipa::PartialSchema>::schema()).unwrap();
    assert_eq!(roles["enum"], json!(rollcall_domain::access::Role::ALL));
    let form = json!(SignatureForm::default());
    assert!(forms.unwrap()["enum"].as_array().unwrap().contains(&form));
    let surfaces = serde_json::to_value(<shapes::Surface as utoipa::PartialSchema>::schema());
    let both = [Surface::FinanceOperations, Surface::Dataverse];
    assert_eq!(surfaces.unwrap()["enum"], json!(both));
    let vacancies = serde_json::to_value(<shapes::Vacancy as utoipa::PartialSchema>::schema());
    let both = [Vacancy::Climb, Vacancy::LeaveEmpty];
    assert_eq!(vacancies.unwrap()["enum"], json!(both));
}
