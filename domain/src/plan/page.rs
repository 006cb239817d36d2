//! Several employees planned together.

use super::managers::{ManagerOverlay, Managers};
use super::{Decision, Employee, Known, Rules, plan_duplicate, plan_person};

/// Plans a page, each employee with the roster row of their derived actor id. Decisions come in
/// the order of source ids, whatever the page's order.
///
/// Managers are settled within the page and against pages before it. To settle them over a whole
/// read, announce all of it, settle once, and plan its pages with `plan_announced`.
pub fn plan_page<B: Managers>(
    page: &[(&Employee, Option<&Known>)],
    managers: &mut ManagerOverlay<B>,
    rules: &Rules,
) -> Vec<Decision> {
    for (employee, known) in firsts(&sorted(page)) {
        managers.announce(employee, known, rules);
    }
    managers.settle();
    plan_announced(page, managers, rules)
}

/// Plans a page of employees who were announced and settled before.
pub fn plan_announced<B: Managers>(
    page: &[(&Employee, Option<&Known>)],
    managers: &ManagerOverlay<B>,
    rules: &Rules,
) -> Vec<Decision> {
    let mut before: Option<&str> = None;
    let mut decisions = Vec::with_capacity(page.len());
    for (employee, known) in sorted(page) {
        let repeats = before.replace(&employee.source_id) == Some(&employee.source_id);
        decisions.push(if repeats {
            plan_duplicate(&employee.source_id, known, rules)
        } else {
            plan_person(employee, known, managers, rules)
        });
    }
    decisions
}

type Row<'a> = (&'a Employee, Option<&'a Known>);

/// By source id; what came twice, by its content.
fn sorted<'a>(page: &[Row<'a>]) -> Vec<Row<'a>> {
    let mut page = page.to_vec();
    page.sort_by_key(|(employee, _)| *employee);
    page
}

fn firsts<'a>(sorted: &[Row<'a>]) -> Vec<Row<'a>> {
    let mut firsts = sorted.to_vec();
    firsts.dedup_by(|(a, _), (b, _)| a.source_id == b.source_id);
    firsts
}
