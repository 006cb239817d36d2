//! The tools there are. One more is one entry here and its answer in `answers`.

use std::pin::Pin;

use rmcp::ErrorData;
use rmcp::model::{JsonObject, ToolAnnotations};
use rollcall_domain::run::Status;
use rollcall_domain::vocabulary::{Provider, RunKind};

use super::arguments::{Argument, Given, schema};
use super::{Said, answers};
use crate::app::App;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::resources::{catalogue, plans, sync_logs};

type Answer = Pin<Box<dyn Future<Output = Result<Said, Problem>> + Send>>;

pub(super) struct Tool {
    pub(super) name: &'static str,
    title: &'static str,
    says: &'static str,
    takes: &'static [Argument],
    pub(super) ask: fn(App, Reader, Given) -> Answer,
}

pub(super) fn named(name: &str) -> Option<&'static Tool> {
    ALL.iter().find(|tool| tool.name == name)
}

impl Tool {
    pub(super) fn described(&self) -> rmcp::model::Tool {
        let reads = ToolAnnotations::new().read_only(true).open_world(false);
        rmcp::model::Tool::new(self.name, self.says, schema(self.takes))
            .with_title(self.title)
            .with_annotations(reads)
    }

    pub(super) fn read(&self, object: JsonObject) -> Result<Given, ErrorData> {
        Given::read(self.takes, &object)
    }
}

const RUN: Argument = Argument::text("run", "The run's id, as recent_runs tells it.").required();

pub(super) const ALL: [Tool; 9] = [
    Tool {
        name: "connection_health",
        title: "Connection health",
        says: "How the connections to HR systems are: status, when they last synced and reconciled, how \
               much of everybody was visible, and, where the last run failed, why and what to do. Also \
               whether the tenant's plan includes syncing at all.",
        takes: &[],
        ask: |app, reader, given| Box::pin(answers::connection_health(app, reader, given)),
    },
    Tool {
        name: "recent_runs",
        title: "Recent runs",
        says: "Runs of the sync engine, newest first, with status, counts and a summary of the error.",
        takes: &[
            Argument::word(
                "status",
                || Status::ALL.map(Status::as_str).to_vec(),
                "Only runs that stand so.",
            ),
            Argument::word(
                "kind",
                || RunKind::ALL.map(RunKind::as_str).to_vec(),
                "Only runs of this kind.",
            ),
            Argument::word(
                "provider",
                || Provider::ALL.map(Provider::as_str).to_vec(),
                "Only runs of this HR system.",
            ),
            Argument::text("integration", "Only runs of this connection, by its id."),
            Argument::text(
                "identity",
                "Only runs that touched this person: an id at the HR system, or an e-mail address.",
            ),
            Argument::text("idempotency_key", "Only the run that answers to this delivery."),
            Argument::instant("since", "Only runs queued at or after this instant (RFC 3339)."),
            Argument::instant("until", "Only runs queued before this instant (RFC 3339)."),
            Argument::LIMIT,
            Argument::CURSOR,
        ],
        ask: |app, reader, given| Box::pin(answers::recent_runs(app, reader, given)),
    },
    Tool {
        name: "run_diagnostics",
        title: "Run diagnostics",
        says: "One run in full: its phases and how long they took, counts, targets and what became of \
               each, the error with its meaning and what to do, and a plan that waits for a person.",
        takes: &[RUN],
        ask: |app, reader, given| Box::pin(answers::run_diagnostics(app, reader, given)),
    },
    Tool {
        name: "affected_people",
        title: "Affected people",
        says: "Whom a run touched, or looked at in vain: action, how they were matched, fields with old \
               and new values, and reasons.",
        takes: &[
            RUN,
            Argument::word(
                "action",
                || sync_logs::ACTIONS.to_vec(),
                "Only those to whom this happened.",
            ),
            Argument::text("scenario", "Only in this scenario, by its id."),
            Argument::text("q", "Only those whose id at the HR system or e-mail address fits."),
            Argument::LIMIT,
            Argument::CURSOR,
        ],
        ask: |app, reader, given| Box::pin(answers::affected_people(app, reader, given)),
    },
    Tool {
        name: "explain_error",
        title: "Explain an error",
        says: "What a code means that an answer, a run, a person in a run or a delivery carries, and what \
               to do about it.",
        takes: &[
            Argument::text("code", "The code, such as `authentication` or `brake`.").required(),
            Argument::word("kind", catalogue::kinds, "Where it was met; all kinds where left out."),
        ],
        ask: |_, _, given| Box::pin(answers::explain_error(given)),
    },
    Tool {
        name: "targets",
        title: "Targets",
        says: "Where changes of each connection apply: the live baseline, chosen scenarios, and whether \
               scenarios made in future are added.",
        takes: &[],
        ask: |app, reader, given| Box::pin(answers::targets(app, reader, given)),
    },
    Tool {
        name: "schedule",
        title: "Schedule",
        says: "When each connection reconciles by itself: hour, time zone, the last and the next time.",
        takes: &[],
        ask: |app, reader, given| Box::pin(answers::schedule(app, reader, given)),
    },
    Tool {
        name: "held_plans",
        title: "Held plans",
        says: "Plans that wait for a person, because they would change more than the connection's limits \
               allow: what each would do, and why it is held.",
        takes: &[Argument::LIMIT, Argument::CURSOR],
        ask: |app, reader, given| Box::pin(answers::held_plans(app, reader, given)),
    },
    Tool {
        name: "planned_people",
        title: "People of a held plan",
        says: "What the plan of a run that is or was held does to each person.",
        takes: &[
            RUN,
            Argument::word("action", || plans::ACTIONS.to_vec(), "Only those it does this to."),
            Argument::LIMIT,
            Argument::CURSOR,
        ],
        ask: |app, reader, given| Box::pin(answers::planned_people(app, reader, given)),
    },
];
