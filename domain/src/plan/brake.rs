//! When a plan deactivates so many people that it is more likely wrong than right.

use super::Outline;
use crate::run::Failure;
use crate::vocabulary::FailureCode;

/// More deactivations than this are too many, whatever the size.
const MOST: usize = 25;
/// So many may get another source id in any target; in a large one, one in twenty.
const FEW: usize = 5;
/// From this many active people on, one in five is too many.
const LARGE: usize = 100;

/// Whether a plan that deactivates so many of the active synced people of a target must not be
/// applied: more than 25, or more than 20 % of 100 or more, or more than max(5, 30 %) of fewer.
fn brakes(deactivations: usize, active_synced: usize) -> bool {
    let share =
        if active_synced >= LARGE { active_synced / 5 } else { (active_synced * 3 / 10).max(5) };
    deactivations > MOST.min(share)
}

/// Why a plan made from a read of everybody must not be applied: it lacks so many people, or
/// everybody, that it is more likely wrong than right. `active` of its target are active and ours.
pub fn brake(outline: &Outline, active: usize, visible: u64) -> Option<Failure> {
    let leaving = outline.counts.deactivated as usize;
    let replaced = outline.replaced as usize;
    if replaced > (active / 20).max(FEW) {
        let summary = format!(
            "{replaced} of {active} active people would get another source id, so nothing was \
             applied; check that it is the same account, or map them by hand"
        );
        return Some(Failure { code: FailureCode::Brake, summary });
    }
    let empty = visible == 0 && active > 0;
    (empty || brakes(leaving, active)).then(|| Failure {
        code: FailureCode::Brake,
        summary: format!(
            "{leaving} of {active} active people would be deactivated (the source shows {visible} \
             in all), so nothing was applied; check what the API key's user may see, then sync again"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_may_get_another_source_id_and_not_everybody() {
        let outline = |replaced| {
            let mut outline = Outline::default();
            outline.replaced = replaced;
            outline
        };
        assert!(brake(&outline(5), 14, 14).is_none());
        assert!(brake(&outline(6), 14, 14).is_some());
        assert!(brake(&outline(50), 1_000, 1_000).is_none());
        assert!(brake(&outline(51), 1_000, 1_000).is_some());
    }

    #[test]
    fn a_few_leavers_pass_and_many_do_not() {
        assert!(!brakes(5, 10));
        assert!(brakes(6, 10));
        assert!(!brakes(15, 50));
        assert!(brakes(16, 50));
        assert!(!brakes(20, 100));
        assert!(brakes(21, 100));
        assert!(!brakes(25, 10_000));
        assert!(brakes(26, 10_000));
    }
}
