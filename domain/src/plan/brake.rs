//! When a plan changes so much that it is more likely wrong than right (product.md §8.6): it waits for
//! a person then.

use std::collections::BTreeMap;

use super::Outline;
use crate::actor::{Event, Personal};
use crate::connection::BrakeLimits;
use crate::field::{Changes, Field};
use crate::run::Failure;
use crate::vocabulary::FailureCode;

/// So many may get another source id in any target.
const FEW: u64 = 5;
/// From this many active people on a target is no small one.
const LARGE: u64 = 100;

/// Fields that are worth a second look when many of them change at once.
pub const WATCHED: [Field; 6] = [
    Field::FirstName,
    Field::LastName,
    Field::PreferredName,
    Field::Email,
    Field::Manager,
    Field::Departments,
];

/// What a target holds before the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings {
    /// Active people whom the source keeps in sync.
    pub active: u64,
    /// Who stopped being one of them within the last 24 hours, by runs that nobody approved.
    pub left_lately: u64,
    /// Of the watched fields, how many active people have one.
    pub have: BTreeMap<Field, u64>,
}

/// Why a plan must not be applied before a person has seen it, and what is the likely cause. `visible`
/// is how many people a read of everybody showed.
pub fn brake(
    outline: &Outline,
    before: &Standings,
    visible: Option<u64>,
    limits: &BrakeLimits,
) -> Option<Failure> {
    let summary = nobody(before, visible)
        .or_else(|| taken_over(outline))
        .or_else(|| too_many_leave(outline, before, visible, limits))
        .or_else(|| too_many_replaced(outline, before, limits))
        .or_else(|| too_many_changed(outline, before, limits))?;
    Some(Failure { code: FailureCode::Brake, summary })
}

fn nobody(before: &Standings, visible: Option<u64>) -> Option<String> {
    (visible == Some(0) && before.active > 0).then(|| {
        format!(
            "the source shows nobody, and {} active people would be deactivated; most likely the \
             credentials see nobody any more: check what they may see, then reject this and sync \
             again",
            before.active
        )
    })
}

/// Two companies may share an address, so a person says whether they are the same people.
fn taken_over(outline: &Outline) -> Option<String> {
    (outline.taken_over > 0).then(|| {
        format!(
            "{} people who came from another source would be taken over, since they have the same \
             e-mail address: approve it if they are the same people, or say who they are with the \
             identity map",
            outline.taken_over
        )
    })
}

/// Counted with those who left within a day, so that many small runs are no way around it.
fn too_many_leave(
    outline: &Outline,
    before: &Standings,
    visible: Option<u64>,
    limits: &BrakeLimits,
) -> Option<String> {
    let leaving = outline.counts.deactivated;
    let there = before.active + before.left_lately;
    let share = match there >= LARGE {
        true => percent(there, limits.deactivated_percent),
        false => percent(there, limits.small_deactivated_percent)
            .max(u64::from(limits.small_deactivated)),
    };
    let most = u64::from(limits.deactivated).min(share);
    if leaving == 0 || leaving + before.left_lately <= most {
        return None;
    }
    let lately = match before.left_lately {
        0 => String::new(),
        some => format!(" after {some} within the last 24 hours"),
    };
    let shown = visible.map(|shown| format!(" (the source shows {shown} in all)"));
    Some(format!(
        "{leaving} of {} active people would be deactivated{lately}{}; most likely the credentials \
         see fewer people than before, or a filter changed at the source: approve it if they did leave",
        before.active,
        shown.unwrap_or_default()
    ))
}

fn too_many_replaced(
    outline: &Outline,
    before: &Standings,
    limits: &BrakeLimits,
) -> Option<String> {
    let most = percent(before.active, limits.replaced_percent).max(FEW);
    (outline.replaced > most).then(|| {
        format!(
            "{} of {} active people would get another source id; most likely it is another account, \
             or its people were imported anew: approve it if they are the same people",
            outline.replaced, before.active
        )
    })
}

fn too_many_changed(outline: &Outline, before: &Standings, limits: &BrakeLimits) -> Option<String> {
    let over = |(field, changed): (&Field, &u64)| {
        let have = before.have.get(field).copied().unwrap_or_default();
        let many = *changed >= u64::from(limits.changed);
        (many && *changed > percent(have, limits.changed_percent))
            .then_some((*field, *changed, have))
    };
    let (field, changed, have) = outline.changed.iter().find_map(over)?;
    Some(format!(
        "{} would be cleared or replaced for {changed} of the {have} people who have it; most likely \
         the field means something else at the source by now, or is hidden: approve it if not",
        field.as_str()
    ))
}

fn percent(of: u64, percent: u8) -> u64 {
    of * u64::from(percent) / 100
}

/// The watched fields that these events clear or replace.
pub(super) fn changed_fields(events: &[Event]) -> Vec<Field> {
    let mut fields = Vec::new();
    let had = |changes: &Changes| {
        let had = changes.iter().filter(|(_, (was, _))| was.is_some()).map(|(field, _)| *field);
        had.filter(|field| WATCHED.contains(field)).collect::<Vec<_>>()
    };
    for event in events {
        if let Event::FieldsChanged { changes, personal, .. } = event {
            fields.extend(had(changes));
            if let Some(Personal::Changes(changes)) = personal {
                fields.extend(had(changes));
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(outline: &Outline, before: &Standings, visible: Option<u64>) -> bool {
        brake(outline, before, visible, &BrakeLimits::default()).is_some()
    }

    fn leaving(people: u64) -> Outline {
        let mut outline = Outline::default();
        outline.counts.deactivated = people;
        outline
    }

    fn active(active: u64) -> Standings {
        Standings { active, ..Standings::default() }
    }

    #[test]
    fn a_few_leavers_pass_and_many_do_not() {
        for (people, most) in [(10, 5), (50, 15), (99, 25), (100, 20), (110, 22), (10_000, 25)] {
            assert!(!held(&leaving(most), &active(people), Some(people)), "{most} of {people}");
            assert!(held(&leaving(most + 1), &active(people), Some(people)), "{most} of {people}");
        }
    }

    #[test]
    fn those_who_left_within_a_day_count() {
        let before =
            |left_lately| Standings { active: 200 - left_lately, left_lately, ..active(0) };
        assert!(!held(&leaving(1), &before(24), None));
        assert!(held(&leaving(1), &before(25), None));
        // Nobody leaves now: whatever else the plan does may be done.
        assert!(!held(&leaving(0), &before(40), None));
        // What a run was let do before a crash does not hold the rest of it.
        assert!(!held(&leaving(10), &Standings { active: 90, left_lately: 10, ..active(0) }, None));
    }

    #[test]
    fn an_empty_answer_is_held_however_few_people_there_are() {
        assert!(held(&leaving(1), &active(1), Some(0)));
        assert!(!held(&leaving(0), &active(0), Some(0)));
    }

    #[test]
    fn a_few_may_get_another_source_id_and_not_everybody() {
        let outline = |replaced| {
            let mut outline = Outline::default();
            outline.replaced = replaced;
            outline
        };
        assert!(!held(&outline(5), &active(14), Some(14)));
        assert!(held(&outline(6), &active(14), Some(14)));
        assert!(!held(&outline(50), &active(1_000), Some(1_000)));
        assert!(held(&outline(51), &active(1_000), Some(1_000)));
    }

    #[test]
    fn nobody_is_taken_over_from_another_source_unseen() {
        let mut outline = Outline::default();
        outline.taken_over = 1;
        assert!(held(&outline, &active(1_000), Some(1_000)));
    }

    #[test]
    fn a_field_that_many_lose_is_held() {
        let outline = |changed| {
            let mut outline = Outline::default();
            outline.changed.insert(Field::Email, changed);
            outline
        };
        let have = |have| Standings { have: [(Field::Email, have)].into(), ..active(100) };
        assert!(!held(&outline(9), &have(10), Some(100)), "fewer than ten pass always");
        assert!(held(&outline(10), &have(10), Some(100)));
        assert!(!held(&outline(30), &have(100), Some(100)));
        assert!(held(&outline(31), &have(100), Some(100)));
    }

    #[test]
    fn limits_are_the_connections_own() {
        let limits = BrakeLimits { deactivated: 2, ..BrakeLimits::default() };
        assert!(brake(&leaving(3), &active(1_000), None, &limits).is_some());
        let limits =
            BrakeLimits { deactivated: 1_000, deactivated_percent: 100, ..BrakeLimits::default() };
        assert!(brake(&leaving(900), &active(1_000), None, &limits).is_none());
    }
}
