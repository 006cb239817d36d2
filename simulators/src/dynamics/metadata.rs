//! What a surface says of itself: its sets and their columns.

use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::faults::Faults;
use super::set::Set;
use super::surface::{Surface, odata};
use crate::wire;

/// The list of sets.
pub(super) fn service(surface: Surface, origin: &str, faults: &Faults) -> Response {
    let sets = shown(surface, faults);
    let sets = sets.map(|set| json!({"name": set.name, "kind": "EntitySet", "url": set.name}));
    let context = format!("{origin}/{}/$metadata", surface.root());
    let body = json!({"@odata.context": context, "value": sets.collect::<Vec<_>>()});
    odata(StatusCode::OK, &body)
}

/// The description of all types, in XML.
pub(super) fn document(surface: Surface, faults: &Faults) -> Response {
    let namespace = match surface {
        Surface::Finance => "Microsoft.Dynamics.DataEntities",
        Surface::Dataverse => "Microsoft.Dynamics.CRM",
    };
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><edmx:Edmx Version=\"4.0\" \
         xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>",
    );
    let write = |text: &mut String, part: std::fmt::Arguments<'_>| {
        text.write_fmt(part).expect("a text takes everything");
    };
    let schema = "http://docs.oasis-open.org/odata/ns/edm";
    write(&mut text, format_args!("<Schema Namespace=\"{namespace}\" xmlns=\"{schema}\">"));
    for set in shown(surface, faults) {
        write(&mut text, format_args!("<EntityType Name=\"{}\"><Key>", set.entity));
        for key in set.key {
            write(&mut text, format_args!("<PropertyRef Name=\"{key}\"/>"));
        }
        text.push_str("</Key>");
        let columns =
            set.columns.iter().filter(|(name, _)| !faults.missing_columns.contains(*name));
        for (name, kind) in columns {
            write(&mut text, format_args!("<Property Name=\"{name}\" Type=\"{}\"/>", kind.edm()));
        }
        text.push_str("</EntityType>");
    }
    text.push_str("<EntityContainer Name=\"Resources\">");
    for set in shown(surface, faults) {
        let (name, entity) = (set.name, set.entity);
        let part = format_args!("<EntitySet Name=\"{name}\" EntityType=\"{namespace}.{entity}\"/>");
        write(&mut text, part);
    }
    text.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    wire::bytes(StatusCode::OK, "application/xml", text)
}

fn shown(surface: Surface, faults: &Faults) -> impl Iterator<Item = &'static Set> {
    let missing = faults.missing_sets.clone();
    surface.sets().iter().filter(move |set| !missing.contains(set.name))
}
