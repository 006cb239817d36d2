//! Making the plan of one target: a value, complete before anything of it is applied.

use rollcall_domain::plan::{
    Managers, Observation, Outline, Planner, RosterRow, Row, Rules, UnitDecision, UnitOption,
    count, plan_units,
};
use rollcall_domain::vocabulary::Counts;

use super::execution::Execution;
use super::reading::Observations;
use super::spill::{Steps, StepsWriter};
use super::{Engine, Halt};

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
}

impl TargetPlan {
    pub(super) fn scenario(&self) -> &str {
        &self.planner.rules.scenario
    }

    /// The blob that its steps lie in, if they were too many for memory.
    pub(super) fn spilled(&self) -> Option<String> {
        match &self.steps {
            Steps::Kept(_) => None,
            Steps::Spilled { blob, .. } => Some(blob.clone()),
        }
    }
}

impl Engine {
    /// Plans everybody who was observed and the units that the provider lists.
    pub(super) async fn plan(
        &self,
        execution: &Execution,
        rules: Rules,
        managers: RosterManagers,
        observed: &Observations<'_>,
        options: &[UnitOption],
    ) -> Result<TargetPlan, Halt> {
        let mut outline = Outline::default();
        let known = self.known_units(execution, &rules.scenario).await?;
        let units = plan_units(options, &known, &rules);
        units.iter().for_each(|unit| outline.add_unit(unit));
        let mut planner = Planner::new(rules, managers);
        let mut pages = observed.pages();
        while let Some(page) = self.next_page(execution, &mut pages).await? {
            let rows = self.page_rows(execution, &planner.rules, &page).await?;
            planner.announce(&with_rows(&page, &rows));
        }
        planner.settle();
        let planner = planner;
        let mut steps = StepsWriter::new(self.memory.planned);
        let mut uncounted = Counts::default();
        let mut pages = observed.pages();
        while let Some(page) = self.next_page(execution, &mut pages).await? {
            let rows = self.page_rows(execution, &planner.rules, &page).await?;
            for step in planner.plan(&with_rows(&page, &rows)) {
                if step.says_anything() {
                    outline.add(&step.decision);
                    steps.push(&self.store, &execution.tenant, self.clock.now(), step).await?;
                } else {
                    count(&mut uncounted, &step.decision);
                }
            }
        }
        let steps = steps.finish(&self.store, &execution.tenant).await?;
        Ok(TargetPlan { planner, units, steps, outline, uncounted })
    }

    /// The roster's rows of a page, in its order.
    async fn page_rows(
        &self,
        execution: &Execution,
        rules: &Rules,
        page: &[Observation],
    ) -> Result<Vec<Option<RosterRow>>, Halt> {
        let actors: Vec<String> = page.iter().map(|seen| seen.actor(rules)).collect();
        let mut rows = self.rows(execution, &rules.scenario, &actors).await?;
        Ok(actors.iter().map(|actor| rows.remove(actor)).collect())
    }
}

fn with_rows<'a>(page: &'a [Observation], rows: &'a [Option<RosterRow>]) -> Vec<Row<'a>> {
    page.iter().zip(rows.iter().map(Option::as_ref)).collect()
}
