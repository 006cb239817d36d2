//! How a connection can be set, as the fields of forms: one form per section.

use rollcall_domain::connection::{BrakeLimits, SignatureForm, Surface, USUAL_HIERARCHY, Vacancy};
use rollcall_projections::scenarios::Scenario;

use super::inputs;
use crate::resources::integrations::View;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Targets,
    Schedule,
    Limits,
    /// What of a source counts; only of one that is asked for several kinds of records.
    Scope,
    /// Only of a source that delivers.
    Deliveries,
}

#[derive(Debug, Clone)]
pub(super) enum Input {
    /// On, or empty.
    Switch,
    Number {
        least: u32,
        most: u32,
    },
    /// Empty takes the value away.
    Text,
    /// Ids with commas between them.
    List,
    /// The empty one takes the value away.
    Choice(&'static [(&'static str, &'static str)]),
}

/// Something that can be set.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its name in the form, and where it stands in the body of a change.
    pub(super) path: String,
    pub(super) label: String,
    pub(super) help: &'static str,
    pub(super) input: Input,
    /// As it is now.
    pub(super) value: String,
}

/// The start of the path of a scenario among the targets.
pub(super) const SCENARIO: &str = "/targets/scenarios/";

const FORMS: &[(&str, &str)] = &[
    ("body_timestamp", "Body and timestamp (what BambooHR sends)"),
    ("timestamp_dot_body", "Timestamp, a dot, body"),
    ("body", "Body alone, without a timestamp"),
];

impl Section {
    pub(super) fn parse(text: &str) -> Option<Section> {
        use Section::{Deliveries, Limits, Schedule, Scope, Targets};
        let all = [Targets, Schedule, Limits, Scope, Deliveries];
        all.into_iter().find(|section| section.as_str() == text)
    }
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Section::Targets => "targets",
            Section::Schedule => "schedule",
            Section::Limits => "limits",
            Section::Scope => "scope",
            Section::Deliveries => "deliveries",
        }
    }
    pub(super) fn title(self) -> &'static str {
        match self {
            Section::Targets => "Targets",
            Section::Schedule => "Schedule",
            Section::Limits => "Limits",
            Section::Scope => "Scope and reporting lines",
            Section::Deliveries => "Deliveries",
        }
    }
    pub(super) fn intro(self) -> &'static str {
        match self {
            Section::Targets => {
                "Where incoming changes apply. Archived scenarios and snapshots never change, so they \
                 are not offered. A new target is brought up to date by a run of its own."
            }
            Section::Schedule => "When everybody is read anew, and where the company's days begin.",
            Section::Limits => {
                "Above any of these a plan is held, and nothing of it is applied until somebody \
                 approves it."
            }
            Section::Scope => {
                "Who is read, and who leads whom. The next read of everybody shows it."
            }
            Section::Deliveries => {
                "How webhook deliveries are proven, and what is taken from them."
            }
        }
    }
    /// None where the provider has no such settings.
    pub(super) fn fields(self, known: &View, scenarios: &[Scenario]) -> Vec<Field> {
        match self {
            Section::Targets => targets(known, scenarios),
            Section::Schedule => schedule(known),
            Section::Limits => limits(&known.brake),
            Section::Scope => scope(known),
            Section::Deliveries => deliveries(known),
        }
    }
}

impl Field {
    pub(super) fn is_switch(&self) -> bool {
        matches!(self.input, Input::Switch)
    }
    /// A value as a person reads it.
    pub(super) fn word<'a>(&self, value: &'a str) -> &'a str {
        match &self.input {
            Input::Choice(choices) => {
                choices.iter().find(|(code, _)| *code == value).map_or(value, |(_, word)| word)
            }
            Input::Switch | Input::Number { .. } | Input::Text | Input::List => match value {
                "" => "nothing",
                value => value,
            },
        }
    }
}

fn switch(
    path: impl Into<String>,
    label: impl Into<String>,
    help: &'static str,
    on: bool,
) -> Field {
    let value = if on { "on" } else { "" }.to_owned();
    Field { path: path.into(), label: label.into(), help, input: Input::Switch, value }
}

fn number(path: &str, label: &str, help: &'static str, range: [u32; 2], value: u32) -> Field {
    let [least, most] = range;
    let input = Input::Number { least, most };
    Field { path: path.into(), label: label.into(), help, input, value: value.to_string() }
}

fn text(path: &str, label: &str, help: &'static str, value: Option<&String>) -> Field {
    let value = value.cloned().unwrap_or_default();
    Field { path: path.into(), label: label.into(), help, input: Input::Text, value }
}

fn targets(known: &View, scenarios: &[Scenario]) -> Vec<Field> {
    let chosen = &known.targets;
    let baseline = switch(
        "/targets/live_baseline",
        "Live Baseline",
        "What everybody sees as the organisation today.",
        chosen.live_baseline,
    );
    let future = switch(
        "/targets/all_future",
        "All future scenarios",
        "Each scenario made from now on is added; those above only where they are chosen.",
        chosen.all_future,
    );
    let offered = scenarios.iter().filter(|one| one.kind == "scenario" && one.state == "active");
    let one = |one: &Scenario| {
        let path = format!("{SCENARIO}{}", one.scenario);
        switch(path, &*one.name, "Scenario", chosen.scenarios.contains(&one.scenario))
    };
    let offered: Vec<Field> = offered.map(one).collect();
    // What was archived later stays chosen until somebody takes it away.
    let is_offered = |id: &String| offered.iter().any(|field| field.path[SCENARIO.len()..] == **id);
    let closed = chosen.scenarios.iter().filter(|id| !is_offered(id)).map(|id| {
        switch(format!("{SCENARIO}{id}"), id, "Archived: nothing is written to it any more.", true)
    });
    let closed: Vec<Field> = closed.collect();
    [vec![baseline], offered, closed, vec![future]].concat()
}

fn schedule(known: &View) -> Vec<Field> {
    vec![
        number(
            "/schedule/hour",
            "Hour of the nightly reconciliation",
            "From 0 to 23; usually 2. It starts some minutes later, so that not everybody does at once.",
            [0, 23],
            known.schedule.hour.into(),
        ),
        text(
            "/schedule/zone",
            "Time zone of this hour",
            "By its IANA name, such as Europe/Helsinki. The company's where it is empty.",
            known.schedule.zone.as_ref(),
        ),
        text(
            "/time_zone",
            "Time zone of the company",
            "Where its days begin: hire dates and last days count by it. The server's where it is empty.",
            known.settings.time_zone.as_ref(),
        ),
    ]
}

fn limits(brake: &BrakeLimits) -> Vec<Field> {
    const PERCENT: [u32; 2] = [0, 100];
    const PEOPLE: [u32; 2] = [0, 1_000_000];
    vec![
        number(
            "/brake/deactivated",
            "People deactivated",
            "Within 24 hours, whatever the target's size. Usually 25.",
            PEOPLE,
            brake.deactivated,
        ),
        number(
            "/brake/deactivated_percent",
            "Percent deactivated",
            "Of a target with 100 active synced people or more. Usually 20.",
            PERCENT,
            brake.deactivated_percent.into(),
        ),
        number(
            "/brake/small_deactivated",
            "People who may always go",
            "From a smaller target. Usually 5.",
            PEOPLE,
            brake.small_deactivated,
        ),
        number(
            "/brake/small_deactivated_percent",
            "Percent deactivated of a smaller target",
            "Usually 30.",
            PERCENT,
            brake.small_deactivated_percent.into(),
        ),
        number(
            "/brake/replaced_percent",
            "Percent with another source id",
            "Of those who have one. Usually 5.",
            PERCENT,
            brake.replaced_percent.into(),
        ),
        number(
            "/brake/changed",
            "People with one field cleared or replaced",
            "Fewer are never held. Usually 10.",
            PEOPLE,
            brake.changed,
        ),
        number(
            "/brake/changed_percent",
            "Percent with one field cleared or replaced",
            "Names, e-mail, manager or departments, of those who have it. Usually 30.",
            PERCENT,
            brake.changed_percent.into(),
        ),
    ]
}

fn scope(known: &View) -> Vec<Field> {
    let Some(own) = known.settings.dynamics() else { return vec![] };
    let field = |input: &inputs::Input, kind: Input, value: String| Field {
        path: input.path(),
        label: input.label.to_owned(),
        help: input.help,
        input: kind,
        value,
    };
    let hierarchy = Some(own.hierarchy.clone()).filter(|name| name != USUAL_HIERARCHY);
    let vacancy = match own.vacancy {
        Vacancy::Climb => "climb",
        Vacancy::LeaveEmpty => "leave_empty",
    };
    let surface = own.surface.map_or("", |surface| match surface {
        Surface::FinanceOperations => "finance_operations",
        Surface::Dataverse => "dataverse",
    });
    let mut all = vec![
        field(&inputs::LEGAL_ENTITIES, Input::List, own.legal_entities.join(", ")),
        field(&inputs::VACANCY, Input::Choice(inputs::VACANCIES), vacancy.to_owned()),
        field(&inputs::SURFACE, Input::Choice(inputs::SURFACES), surface.to_owned()),
    ];
    // In Dataverse a position says itself which one is above.
    if own.surface() != Some(Surface::Dataverse) {
        all.push(field(&inputs::HIERARCHY, Input::Text, hierarchy.unwrap_or_default()));
    }
    all
}

fn deliveries(known: &View) -> Vec<Field> {
    let Some(own) = known.settings.bamboohr() else { return vec![] };
    let form = match own.signature_form {
        SignatureForm::BodyTimestamp => FORMS[0].0,
        SignatureForm::TimestampDotBody => FORMS[1].0,
        SignatureForm::Body => FORMS[2].0,
    };
    vec![
        Field {
            path: "/signature_form".to_owned(),
            label: "What is signed".to_owned(),
            help: "Only this form is taken. Another one is needed where a proxy signs anew.",
            input: Input::Choice(FORMS),
            value: form.to_owned(),
        },
        number(
            "/freshness_seconds",
            "Seconds a delivery counts as fresh",
            "Whoever an older one names is read again instead. Usually 300.",
            [1, 86_400],
            own.freshness_seconds,
        ),
        switch(
            "/direct_apply",
            "Apply values from deliveries directly",
            "Saves a request for each change. Without it the person is read again, so that the order \
             of deliveries does not matter.",
            own.direct_apply,
        ),
    ]
}
