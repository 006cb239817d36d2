//! Departments, divisions and locations: created when first seen, renamed when their name changes.

use std::collections::HashMap;

use super::{Expected, Rules, UnitAction, UnitDecision, UnitOption, UnitRow};
use crate::unit::Event;

/// What happens to the units a source lists. Each is found by its source key, so that a new name
/// renames it; one without a stable key is keyed by its name. Units that are no longer listed stay.
pub fn plan_units<S: std::hash::BuildHasher>(
    options: &[UnitOption],
    known: &HashMap<String, UnitRow, S>,
    rules: &Rules,
) -> Vec<UnitDecision> {
    let mut options: Vec<&UnitOption> =
        options.iter().filter(|o| !o.source_key.is_empty()).collect();
    options.sort();
    options.dedup_by(|a, b| a.kind == b.kind && a.source_key == b.source_key);
    options
        .into_iter()
        .map(|option| {
            let unit = rules.unit_id(option.kind, &option.source_key);
            let known = known.get(&unit);
            plan_unit(option, unit, known, rules)
        })
        .collect()
}

fn plan_unit(
    option: &UnitOption,
    unit: String,
    known: Option<&UnitRow>,
    rules: &Rules,
) -> UnitDecision {
    let scenario = rules.scenario.clone();
    let name = match option.name.trim() {
        "" => option.source_key.clone(),
        // It is indexed, and index entries are bounded.
        name => name.chars().take(200).collect(),
    };
    let (expected, action, event) = match known {
        None => {
            let created = Event::Created {
                unit: unit.clone(),
                scenario,
                kind: option.kind,
                name,
                source: Some(rules.source.clone()),
                source_key: Some(option.source_key.clone()),
                copied_from: None,
            };
            (Expected::NoStream, UnitAction::Create, Some(created))
        }
        Some(known) if known.name == name => {
            (Expected::Exact(known.version), UnitAction::Unchanged, None)
        }
        Some(known) => {
            let old = known.name.clone();
            let renamed = Event::Renamed { unit: unit.clone(), scenario, old, new: name };
            (Expected::Exact(known.version), UnitAction::Rename, Some(renamed))
        }
    };
    UnitDecision { unit, expected, action, events: event.into_iter().collect() }
}
