//! Taking a run back: whom it touched is found by the read models, what is to be done by their streams.
//! It asks no provider, so it goes on while a connection is paused, and when it is disconnected.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use rollcall_commands::{LoadError, Loaded, load};
use rollcall_domain::connection::Targets;
use rollcall_domain::plan::{Observation, Step};
use rollcall_domain::run::{self, KnownRun, Run};
use rollcall_domain::undo::{History, Past, Terms, Undo, Undone};
use rollcall_domain::vocabulary::{Counts, RunKind};
use rollcall_domain::{Decider, Written, actor};
use rollcall_projections::actors::{self, ManagerMap};
use rollcall_projections::identities::{self, Touched};

use super::anew::Anew;
use super::apply::{Ending, ToApply};
use super::execution::Course;
use super::plan::RosterManagers;
use super::spill::StepsWriter;
use super::turn::Turn;
use super::{Engine, Halt, ROSTER_DEADLINE};
use crate::work::{Done, WorkError};

/// People who are looked at together, and streams that are read at a time.
const PAGE: u32 = 500;
const AT_ONCE: usize = 8;

/// Whom the undo noted before a crash, by scenario and subject.
type Noted = HashSet<(String, String)>;

impl Engine {
    /// Gives an undo its turn, whatever has become of its connection.
    pub(super) async fn take_back(
        &self,
        turn: &Turn<'_>,
        run: &mut Loaded<Run>,
    ) -> Result<Done, Halt> {
        // It has those of the run that it takes back.
        let targets = Targets::default();
        if let Some(reason) = self.start(turn, &targets, run).await? {
            return self.skip(turn.tenant, run, reason).await;
        }
        let course = Course::of(&self.store, turn.tenant, run)?;
        let spec = run.state.known.as_ref().map(|known| &known.spec);
        let undone = spec.and_then(|spec| spec.undoes.as_ref());
        let undone = undone.ok_or(Halt::Broken("it does not say which run it takes back"))?;
        let undone: Loaded<Run> = load(&self.store, turn.tenant, undone).await?;
        let undone = undone.state.known.ok_or(Halt::Broken("what it takes back is not there"))?;
        self.touched_is_current(turn.tenant).await?;
        let noted = self.noted(&course).await?;
        let mut plans = Vec::with_capacity(course.scenarios.len());
        for scenario in &course.scenarios {
            let terms = terms(&undone, scenario, Some(course.run.clone()));
            plans.push(self.plan_undo(&course, terms, &noted).await?);
        }
        self.apply(&course, run, plans, Ending::default()).await?;
        Ok(Done::Yes)
    }

    /// Tells of everybody in a scenario what an undo would do to them.
    pub(crate) async fn preview_undo(
        &self,
        tenant: &Arc<str>,
        run: &KnownRun,
        scenario: &str,
        mut each: impl FnMut(Undone),
    ) -> Result<(), WorkError> {
        self.touched_is_current(tenant).await?;
        let undo = self.announced(tenant, terms(run, scenario, None)).await?;
        let mut after = None;
        while let Some(page) = self.undone(tenant, &undo, &mut after).await? {
            page.into_iter().for_each(&mut each);
        }
        Ok(())
    }

    /// Why a scenario would not be written, if it would not.
    pub(crate) async fn is_closed(
        &self,
        tenant: &str,
        scenario: &str,
    ) -> Result<Option<String>, WorkError> {
        match self.runs.writable(&self.store, tenant, scenario).await.map_err(Halt::from) {
            Ok(_) => Ok(None),
            Err(Halt::TargetClosed(why)) => Ok(Some(why.to_string())),
            Err(halt) => Err(halt.into()),
        }
    }

    async fn plan_undo(
        &self,
        course: &Course,
        terms: Terms,
        noted: &Noted,
    ) -> Result<ToApply, Halt> {
        let scenario = terms.scenario.clone();
        let undo = self.announced(&course.tenant, terms).await?;
        let mut steps = StepsWriter::new(course.share(self.memory.planned));
        let mut after = None;
        while let Some(page) = self.undone(&course.tenant, &undo, &mut after).await? {
            for Undone { decision, .. } in page {
                let place = (scenario.clone(), decision.subject.clone());
                if decision.events.is_empty() && noted.contains(&place) {
                    continue;
                }
                let actor = decision.actor.clone();
                let step = Step { observation: Observation::TakenBack { actor }, decision };
                steps.push(&self.store, &course.tenant, self.clock.now(), step).await?;
            }
        }
        let steps = steps.finish(&self.store, &course.tenant).await?;
        let (planner, uncounted) = (Anew::TakenBack(Box::new(undo)), Counts::default());
        Ok(ToApply { planner, units: vec![], steps, uncounted })
    }

    /// The undo in one scenario, with all managers settled who would come back.
    async fn announced(
        &self,
        tenant: &Arc<str>,
        terms: Terms,
    ) -> Result<Undo<RosterManagers>, Halt> {
        let (db, scenario) = (self.projections.db(), terms.scenario.clone());
        let of = Touched { run: &terms.run.clone(), scenario: &scenario, manager_changed: true };
        let mut after = None;
        let mut page = identities::touched(db, tenant, of, None, PAGE).await?;
        let managers: RosterManagers = match page.is_empty() {
            true => Box::new(ManagerMap::default()),
            false => Box::new(actors::managers_of(db, tenant, &scenario).await?),
        };
        let mut undo = Undo::new(terms, managers);
        while let Some((subject, _)) = page.last() {
            after.replace(subject.clone());
            self.histories(tenant, &page).await?.iter().for_each(|one| undo.announce(one));
            page = identities::touched(db, tenant, of, after.as_deref(), PAGE).await?;
        }
        undo.settle();
        Ok(undo)
    }

    /// The next people of whom there is something to say; `None` at the end.
    async fn undone(
        &self,
        tenant: &Arc<str>,
        undo: &Undo<RosterManagers>,
        after: &mut Option<String>,
    ) -> Result<Option<Vec<Undone>>, Halt> {
        let (db, Terms { run, scenario, .. }) = (self.projections.db(), &undo.terms);
        let of = Touched { run, scenario, manager_changed: false };
        let page = identities::touched(db, tenant, of, after.as_deref(), PAGE).await?;
        let Some((subject, _)) = page.last() else { return Ok(None) };
        after.replace(subject.clone());
        let histories = self.histories(tenant, &page).await?;
        Ok(Some(histories.iter().filter_map(|history| undo.decide(history)).collect()))
    }

    async fn histories(
        &self,
        tenant: &Arc<str>,
        page: &[(String, String)],
    ) -> Result<Vec<History>, Halt> {
        let actors: Vec<String> = page.iter().map(|(_, actor)| actor.clone()).collect();
        let read = |actor: String| async move { self.history(tenant, &actor).await };
        stream::iter(actors).map(read).buffered(AT_ONCE).try_collect().await
    }

    /// All that has happened to somebody.
    pub(super) async fn history(&self, tenant: &str, actor: &str) -> Result<History, Halt> {
        let stored = self.store.read_stream(tenant, &actor::Actor::stream(actor), 0).await?;
        let mut history = History::default();
        for one in stored {
            let event = actor::Event::read(&one.payload, one.personal.as_deref());
            history.version = one.version;
            history.events.push(Past {
                event: event.map_err(LoadError::from)?,
                principal: one.principal.to_string(),
                run: one.correlation.as_deref().map(str::to_owned),
            });
        }
        Ok(history)
    }

    async fn noted(&self, course: &Course) -> Result<Noted, Halt> {
        let stream = Run::stream(&course.run);
        let mut noted = Noted::new();
        for one in self.store.read_stream(&course.tenant, &stream, 0).await? {
            let event = run::Event::read(&one.payload, None).map_err(LoadError::from)?;
            if let run::Event::Noted { scenario, subject, .. } = event {
                noted.insert((scenario, subject));
            }
        }
        Ok(noted)
    }

    /// Waits until the read models know whom a run touched that has ended.
    async fn touched_is_current(&self, tenant: &str) -> Result<(), Halt> {
        let names = ["identities", "actors"];
        self.projections.wait_for_head(tenant, &names, ROSTER_DEADLINE).await?;
        Ok(())
    }
}

fn terms(undone: &KnownRun, scenario: &str, by: Option<String>) -> Terms {
    let holds = undone.spec.kind != RunKind::Undo;
    Terms { scenario: scenario.to_owned(), run: undone.run.clone(), by, holds }
}
