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
    /// Active people whom another source brought.
    pub of_others: u64,
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
    // One reason must not hide another that is worse.
    let reasons = [
        nobody(before, visible).or_else(|| too_many_leave(outline, before, visible, limits)),
        too_many_replaced(outline, before, limits),
        too_many_changed(outline, before, limits),
        taken_over(outline),
        newcomers(outline, before),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    let failure = || Failure { code: FailureCode::Brake, summary: reasons.join("; ") };
    (!reasons.is_empty()).then(failure)
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
    let people = match outline.taken_over {
        0 => return None,
        1 => "1 person".to_owned(),
        several => format!("{several} people"),
    };
    Some(format!(
        "{people} from another source would be taken over for having the same e-mail address, which \
         can't be taken back: approve it if they are the same people, or say who they are with \
         `rollcall connection import-identities`"
    ))
}

/// Another system of the same company, most likely, whose people should not be there twice.
fn newcomers(outline: &Outline, before: &Standings) -> Option<String> {
    let created = outline.counts.created;
    (before.active == 0 && before.of_others > 0 && created > 0).then(|| {
        format!(
            "nobody of this source is here yet, but {} active people of another one are, and \
             {created} would be created beside them: approve it if they are not the same people, or \
             say who they are with `rollcall connection import-identities`",
            before.of_others
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
    // Who comes from another source is another matter.
    let replaced = outline.replaced - outline.taken_over;
    (replaced > most).then(|| {
        format!(
            "{replaced} of {} active people would get another source id; most likely it is another \
             account, or its people were imported anew: approve it if they are the same people",
            before.active
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
        outline.replaced = 1;
        outline.taken_over = 1;
        assert!(held(&outline, &active(1_000), Some(1_000)));
    }

    #[test]
    fn nobody_is_created_unseen_beside_the_people_of_another_source() {
        let mut outline = Outline::default();
        outline.counts.created = 1;
        let beside = |active, of_others| Standings { active, of_others, ..Standings::default() };
        assert!(held(&outline, &beside(0, 30), Some(1)));
        assert!(!held(&outline, &beside(1, 30), Some(1)), "the source is known here by now");
        assert!(!held(&outline, &beside(0, 0), Some(1)), "a first sync into an empty house");
    }

    #[test]
    fn a_harmless_reason_hides_no_other() {
        let mut outline = leaving(300);
        outline.replaced = 1;
        outline.taken_over = 1;
        let limits = BrakeLimits::default();
        let why = brake(&outline, &active(1_000), Some(700), &limits).unwrap().summary;
        assert!(
            why.contains("300 of 1000 active people") && why.contains("1 person from"),
            "{why}"
        );
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
