//! Departments, divisions and locations: created when first seen, renamed when their name changes,
//! retired when the source lists them no longer. Those that are part of another come after it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Expected, Lists, Rules, UnitAction, UnitDecision, UnitOption, UnitRow, name_key};
use crate::unit::{Event, Kind, NAME_LENGTH};

/// The units of a target by id.
type Units = BTreeMap<String, UnitRow>;

/// What happens to the units a source lists. Each is found by its source key, so that a new name
/// renames it. One that is not there takes over the unit of the same name in the same place, if there
/// is just one that was made by hand, or that the source has known by its name only.
///
/// What is listed no longer is retired, unless nothing of its kind is listed, or the source never
/// lists them all; it is known by its key all the same.
pub fn plan_units(options: &[UnitOption], known: &Units, rules: &Rules) -> Vec<UnitDecision> {
    let mut options: Vec<&UnitOption> =
        options.iter().filter(|o| !o.source_key.is_empty()).collect();
    options.sort();
    options.dedup_by(|a, b| a.kind == b.kind && a.source_key == b.source_key);
    let mut plan = Plan {
        rules,
        by_claim: by_claim(known),
        nameless: nameless(known, rules),
        ambiguous: repeated_names(&options),
        placed: HashMap::new(),
    };
    let parents_first = parents_first(&options);
    let mut decisions: Vec<UnitDecision> =
        parents_first.into_iter().map(|option| plan.unit(option)).collect();
    if rules.lists == Lists::Named {
        return decisions;
    }
    let listed: HashSet<&str> = decisions.iter().map(|one| one.unit.as_str()).collect();
    let kinds: HashSet<Kind> = options.iter().map(|option| option.kind).collect();
    let gone = known.iter().filter(|(unit, row)| {
        is_keyed(row, rules) && kinds.contains(&row.kind) && !listed.contains(unit.as_str())
    });
    let gone: Vec<UnitDecision> =
        gone.filter(|(_, row)| !row.retired).map(|(unit, row)| retire(unit, row, rules)).collect();
    decisions.extend(gone);
    decisions
}

/// Options that leave every unit of the source as it is known, and only bring those that it has not:
/// what a newer list did to units is not taken back by an older one.
pub fn units_as_known(options: &[UnitOption], known: &Units, rules: &Rules) -> Vec<UnitOption> {
    let of_source = known.values().filter(|row| is_keyed(row, rules));
    let mut as_known = Vec::new();
    let mut keys = HashSet::new();
    for row in of_source {
        let source_key = row.source_key.clone().unwrap_or_default();
        keys.insert((row.kind, source_key.clone()));
        if !row.retired {
            let (kind, name) = (row.kind, row.name.clone());
            let parent = row.parent.as_ref().and_then(|parent| known.get(parent));
            let parent = parent.filter(|parent| is_keyed(parent, rules));
            let parent = parent.and_then(|parent| parent.source_key.clone());
            as_known.push(UnitOption { kind, source_key, name, parent });
        }
    }
    let is_new = |option: &&UnitOption| !keys.contains(&(option.kind, option.source_key.clone()));
    as_known.extend(options.iter().filter(is_new).cloned());
    as_known
}

/// Which units have another id than the one derived from their source key, by the latter; also after
/// these decisions.
pub fn unit_aliases(known: &Units, decisions: &[UnitDecision]) -> HashMap<String, String> {
    let linked = known.iter().filter_map(|(unit, row)| Some((row.claim.clone()?, unit.clone())));
    let adopted = decisions.iter().filter_map(|one| Some((one.claims.clone()?, one.unit.clone())));
    linked.chain(adopted).collect()
}

/// The departments that hold nobody who is not in sync with the source, where its rules say so; also
/// after these decisions. Nobody else is in one that they create.
pub fn closed_departments(
    known: &Units,
    decisions: &[UnitDecision],
    rules: &Rules,
) -> HashSet<String> {
    if !rules.closes_departments {
        return HashSet::new();
    }
    let adopted: HashSet<&str> =
        decisions.iter().filter(|one| one.claims.is_some()).map(|one| one.unit.as_str()).collect();
    let is_closed = |(unit, row): &(&String, &UnitRow)| {
        let is_ours = row.source.as_ref() == Some(&rules.source);
        row.kind == Kind::Department && (is_ours || adopted.contains(unit.as_str()))
    };
    known.iter().filter(is_closed).map(|(unit, _)| unit.clone()).collect()
}

/// Of which kind, part of what, and called what.
type Place = (Kind, Option<String>, String);

struct Plan<'a> {
    rules: &'a Rules,
    by_claim: HashMap<&'a str, (&'a str, &'a UnitRow)>,
    /// Those that may be taken over, by where they are; each by one.
    nameless: HashMap<Place, Vec<(&'a str, &'a UnitRow)>>,
    /// Places that several options have, such as an archived one and its successor.
    ambiguous: HashSet<Place>,
    /// The units of the options so far.
    placed: HashMap<(Kind, &'a str), String>,
}

/// By the source key of what it is part of.
fn place(option: &UnitOption) -> Place {
    (option.kind, option.parent.clone(), name_key(&option.name))
}

fn repeated_names(options: &[&UnitOption]) -> HashSet<Place> {
    let mut once = HashSet::new();
    let places = options.iter().map(|option| place(option));
    places.filter(|place| !once.insert(place.clone())).collect()
}

/// What others are part of before those, otherwise in the same order. A circle is cut somewhere.
fn parents_first<'a>(options: &[&'a UnitOption]) -> Vec<&'a UnitOption> {
    let by_key: HashMap<(Kind, &str), &UnitOption> =
        options.iter().map(|one| ((one.kind, one.source_key.as_str()), *one)).collect();
    let mut depths: HashMap<(Kind, &str), usize> = HashMap::new();
    for option in options {
        let (mut above, mut depth) = (vec![], 0);
        let mut at = Some(*option);
        while let Some(one) = at {
            let key = (one.kind, one.source_key.as_str());
            if let Some(known) = depths.get(&key) {
                depth = known + 1;
                break;
            }
            depths.insert(key, 0);
            above.push(key);
            at = one.parent.as_deref().and_then(|parent| by_key.get(&(one.kind, parent)).copied());
        }
        for key in above.into_iter().rev() {
            depths.insert(key, depth);
            depth += 1;
        }
    }
    let mut sorted = options.to_vec();
    sorted.sort_by_key(|one| depths.get(&(one.kind, one.source_key.as_str())).copied());
    sorted
}

fn by_claim(known: &Units) -> HashMap<&str, (&str, &UnitRow)> {
    let sourced = known.iter().filter(|(_, row)| row.source.is_some());
    sourced
        .map(|(unit, row)| (row.claim.as_deref().unwrap_or(unit), (unit.as_str(), row)))
        .collect()
}

/// Whether this source knows it under a key of its own.
fn is_keyed(row: &UnitRow, rules: &Rules) -> bool {
    row.source.as_ref() == Some(&rules.source)
        && row.source_key.as_deref().is_some_and(|key| !key.starts_with("name:"))
}

fn nameless<'a>(known: &'a Units, rules: &Rules) -> HashMap<Place, Vec<(&'a str, &'a UnitRow)>> {
    let mut nameless: HashMap<_, Vec<_>> = HashMap::new();
    let is_free = |row: &UnitRow| match &row.source {
        None => true,
        Some(source) => *source == rules.source && !is_keyed(row, rules),
    };
    for (unit, row) in known.iter().filter(|(_, row)| is_free(row)) {
        let place = (row.kind, row.parent.clone(), name_key(&row.name));
        nameless.entry(place).or_default().push((unit.as_str(), row));
    }
    nameless
}

fn retire(unit: &str, row: &UnitRow, rules: &Rules) -> UnitDecision {
    let event = Event::Retired { unit: unit.to_owned(), scenario: rules.scenario.clone() };
    decision(unit, row, UnitAction::Retire, vec![event])
}

fn decision(unit: &str, row: &UnitRow, action: UnitAction, events: Vec<Event>) -> UnitDecision {
    let expected = Expected::Exact(row.version);
    UnitDecision { unit: unit.to_owned(), expected, action, claims: None, events }
}

impl<'a> Plan<'a> {
    fn unit(&mut self, option: &'a UnitOption) -> UnitDecision {
        let decision = self.decision(option);
        let key = (option.kind, option.source_key.as_str());
        self.placed.insert(key, decision.unit.clone());
        decision
    }

    fn decision(&mut self, option: &UnitOption) -> UnitDecision {
        let claim = self.rules.unit_claim(option.kind, &option.source_key);
        let name = match option.name.trim() {
            "" => option.source_key.clone(),
            name => name.chars().take(NAME_LENGTH).collect(),
        };
        if let Some((unit, row)) = self.by_claim.get(claim.as_str()) {
            return self.known(unit, row, name);
        }
        let parent = option.parent.as_deref().and_then(|key| self.placed(option.kind, key));
        let is_plain = !self.ambiguous.contains(&place(option));
        let namesakes = self.nameless.get_mut(&(option.kind, parent.clone(), name_key(&name)));
        match namesakes.filter(|_| is_plain).map(std::mem::take).as_deref() {
            Some([(unit, row)]) => self.adopted(unit, row, option, claim, name),
            Some(_) | None => self.created(option, claim, name, parent),
        }
    }

    /// The unit of a source key.
    fn placed(&self, kind: Kind, source_key: &str) -> Option<String> {
        let known = || {
            let claim = self.rules.unit_claim(kind, source_key);
            self.by_claim.get(claim.as_str()).map(|(unit, _)| (*unit).to_owned())
        };
        self.placed.get(&(kind, source_key)).cloned().or_else(known)
    }

    fn known(&self, unit: &str, row: &UnitRow, name: String) -> UnitDecision {
        let restored = row.retired.then(|| Event::Restored {
            unit: unit.to_owned(),
            scenario: self.rules.scenario.clone(),
        });
        let renamed = self.renamed(unit, row, name);
        let action = match (&renamed, &restored) {
            (Some(_), _) => UnitAction::Rename,
            (None, Some(_)) => UnitAction::Restore,
            (None, None) => UnitAction::Unchanged,
        };
        decision(unit, row, action, restored.into_iter().chain(renamed).collect())
    }

    fn adopted(
        &self,
        unit: &str,
        row: &UnitRow,
        option: &UnitOption,
        claim: String,
        name: String,
    ) -> UnitDecision {
        let identified = Event::Identified {
            unit: unit.to_owned(),
            scenario: self.rules.scenario.clone(),
            source: self.rules.source.clone(),
            source_key: option.source_key.clone(),
            claim: claim.clone(),
        };
        let renamed = self.renamed(unit, row, name);
        let events = std::iter::once(identified).chain(renamed).collect();
        let adopted = decision(unit, row, UnitAction::Adopt, events);
        UnitDecision { claims: Some(claim), ..adopted }
    }

    fn renamed(&self, unit: &str, row: &UnitRow, new: String) -> Option<Event> {
        let (unit, scenario) = (unit.to_owned(), self.rules.scenario.clone());
        let old = row.name.clone();
        (old != new).then_some(Event::Renamed { unit, scenario, old, new })
    }

    fn created(
        &self,
        option: &UnitOption,
        unit: String,
        name: String,
        parent: Option<String>,
    ) -> UnitDecision {
        let created = Event::Created {
            unit: unit.clone(),
            scenario: self.rules.scenario.clone(),
            kind: option.kind,
            name,
            source: Some(self.rules.source.clone()),
            source_key: Some(option.source_key.clone()),
            copied_from: None,
            parent,
        };
        let (expected, action) = (Expected::NoStream, UnitAction::Create);
        UnitDecision { unit, expected, action, claims: None, events: vec![created] }
    }
}
