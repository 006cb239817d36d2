//! Making the plan of one target: a value, complete before anything of it is applied.

use std::collections::HashSet;
use std::sync::Arc;

use rollcall_domain::plan::{
    Candidates, Managers, Observation, Outline, Planner, Row, Rules, UnitDecision, UnitOption,
    Unseen, closed_departments, count, plan_units, unit_aliases,
};
use rollcall_domain::vocabulary::Counts;
use rollcall_projections::actors;

use super::execution::Execution;
use super::reading::Observations;
use super::spill::{Steps, StepsWriter};
use super::{Engine, Halt, ROSTER_DEADLINE};

/// Who reports to whom in a roster, however it was read.
pub(super) type RosterManagers = Box<dyn Managers + Send + Sync>;

/// What a run would do to one target, and what it is planned anew with where somebody moved.
pub(super) struct TargetPlan {
    pub(super) planner: Planner<RosterManagers>,
    pub(super) units: Vec<UnitDecision>,
    pub(super) steps: Steps,
    /// The sum of units and steps.
    pub(super) outline: Outline,
    /// People of whom there is nothing to write.
    pub(super) uncounted: Counts,
    /// The units that the provider lists.
    pub(super) options: Arc<[UnitOption]>,
}

impl TargetPlan {
    /// Whether anything but the run itself would change.
    pub(super) fn changes_anything(&self) -> bool {
        self.outline.changes_anything
    }

    /// The blob that its steps lie in, if one does.
    pub(super) fn spilled(&self) -> Option<String> {
        self.steps.spilled()
    }
}

impl Engine {
    /// Plans everybody who was observed and the units that the provider lists.
    pub(super) async fn plan(
        &self,
        execution: &Execution,
        rules: Rules,
        unseen: Unseen,
        managers: RosterManagers,
        observed: &Observations<'_>,
        options: &Arc<[UnitOption]>,
    ) -> Result<TargetPlan, Halt> {
        execution.teller.plans();
        let mut outline = Outline::default();
        let known = self.known_units(execution, &rules.scenario).await?;
        let units = plan_units(options, &known, &rules);
        units.iter().for_each(|unit| outline.add_unit(unit));
        let closed = closed_departments(&known, &units, &rules);
        let outsiders = match (&unseen, observed.written) {
            (Unseen::Known(_), None) => self.outsiders(execution, &rules, &closed).await?,
            // Absence means nothing, or they were found when the plan was made.
            (Unseen::Known(_) | Unseen::Unknown, _) => vec![],
        };
        let rules = rules.with_units(unit_aliases(&known, &units)).with_closed(closed);
        let mut planner = Planner::new(rules, unseen, managers);
        if self.is_anybody_in(execution, &planner.rules.scenario).await? {
            let mut pages = observed.pages();
            while let Some(page) = self.next_page(execution, &mut pages).await? {
                let found = self.candidates(execution, &planner.rules, &page).await?;
                planner.enter(&together(&page, &found));
            }
        }
        let mut pages = observed.pages();
        while let Some(page) = self.next_page(execution, &mut pages).await? {
            let found = self.candidates(execution, &planner.rules, &page).await?;
            planner.announce(&together(&page, &found));
        }
        planner.settle();
        let planner = planner;
        let mut steps = StepsWriter::new(execution.share(self.memory.planned));
        let mut uncounted = Counts::default();
        let mut pages = observed.pages().and(&outsiders);
        while let Some(page) = self.next_page(execution, &mut pages).await? {
            let found = self.candidates(execution, &planner.rules, &page).await?;
            for step in planner.plan(&together(&page, &found)) {
                if step.says_anything() {
                    outline.add(&step.decision);
                    steps.push(&self.store, &execution.tenant, self.clock.now(), step).await?;
                } else {
                    count(&mut uncounted, &step.decision);
                }
            }
        }
        let steps = steps.finish(&self.store, &execution.tenant).await?;
        let options = Arc::clone(options);
        Ok(TargetPlan { planner, units, steps, outline, uncounted, options })
    }

    /// Who is in departments that are closed to them.
    async fn outsiders(
        &self,
        execution: &Execution,
        rules: &Rules,
        closed: &HashSet<String>,
    ) -> Result<Vec<Observation>, Halt> {
        if closed.is_empty() {
            return Ok(vec![]);
        }
        let tenant = &execution.tenant;
        self.projections.wait_for_head(tenant, &["members"], ROSTER_DEADLINE).await?;
        let mut closed: Vec<String> = closed.iter().cloned().collect();
        closed.sort_unstable();
        let db = self.projections.db();
        let found = actors::outsiders(db, tenant, &rules.scenario, &rules.source, &closed).await?;
        Ok(found.into_iter().map(|actor| Observation::Outsider { actor }).collect())
    }
}

fn together<'a>(page: &'a [Observation], found: &'a [Candidates]) -> Vec<Row<'a>> {
    page.iter().zip(found).collect()
}
