//! What of a connection can be set: read from bodies, and refused with each field named.

use rollcall_domain::connection::{
    BambooHrChange, BrakeChange, DynamicsChange, Settings, SettingsChange, SignatureForm, Surface,
    Vacancy,
};
use rollcall_domain::vocabulary::Provider;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::edge::{Code, Problem, Violation};
use crate::openapi::shapes;
use crate::problems::sentence;

/// Everything that may be left out. `null` takes away what can be absent, and makes limits and
/// schedule as usual.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = SettingsWanted)]
pub(crate) struct Wanted {
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub(crate) time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<WantedSchedule>)]
    pub(crate) schedule: Option<Option<WantedSchedule>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<WantedLimits>)]
    pub(crate) brake: Option<Option<WantedLimits>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub(crate) base_url: Option<Option<String>>,
    #[serde(default)]
    #[schema(value_type = Option<shapes::SignatureForm>)]
    pub(crate) signature_form: Option<SignatureForm>,
    #[serde(default)]
    pub(crate) freshness_seconds: Option<u32>,
    #[serde(default)]
    pub(crate) direct_apply: Option<bool>,
    /// Of the app registration that reads Dynamics 365 HR.
    #[serde(default)]
    pub(crate) client_id: Option<String>,
    /// Where tokens are issued, if not by the worldwide cloud.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub(crate) authority_url: Option<Option<String>>,
    /// How the environment is asked, where its address does not tell.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<shapes::Surface>)]
    pub(crate) surface: Option<Option<Surface>>,
    /// Ids of the legal entities whose employments count; all of them where the list is empty.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) legal_entities: Option<Option<Vec<String>>>,
    /// The hierarchy of positions that managers are found by; `Line` unless said otherwise.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub(crate) hierarchy: Option<Option<String>>,
    /// Who leads those whose leading position is vacant.
    #[serde(default)]
    #[schema(value_type = Option<shapes::Vacancy>)]
    pub(crate) vacancy: Option<Vacancy>,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScheduleWanted)]
pub(crate) struct WantedSchedule {
    #[serde(default)]
    pub(crate) hour: Option<u8>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub(crate) zone: Option<Option<String>>,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = BrakeLimitsWanted)]
pub(crate) struct WantedLimits {
    pub(crate) deactivated: Option<u32>,
    pub(crate) deactivated_percent: Option<u8>,
    pub(crate) small_deactivated_percent: Option<u8>,
    pub(crate) small_deactivated: Option<u32>,
    pub(crate) replaced_percent: Option<u8>,
    pub(crate) changed_percent: Option<u8>,
    pub(crate) changed: Option<u32>,
}

/// `null` is something that was said.
pub(super) fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Something in a body that belongs to a connection to one provider: where, and whether it is there.
pub(super) type Given = (&'static str, bool, Provider);

impl Wanted {
    pub(super) fn given(&self) -> [Given; 10] {
        use Provider::{BambooHr, Dynamics365};
        [
            ("/base_url", self.base_url.is_some(), BambooHr),
            ("/signature_form", self.signature_form.is_some(), BambooHr),
            ("/freshness_seconds", self.freshness_seconds.is_some(), BambooHr),
            ("/direct_apply", self.direct_apply.is_some(), BambooHr),
            ("/client_id", self.client_id.is_some(), Dynamics365),
            ("/authority_url", self.authority_url.is_some(), Dynamics365),
            ("/surface", self.surface.is_some(), Dynamics365),
            ("/legal_entities", self.legal_entities.is_some(), Dynamics365),
            ("/hierarchy", self.hierarchy.is_some(), Dynamics365),
            ("/vacancy", self.vacancy.is_some(), Dynamics365),
        ]
    }
}

/// Refuses what would be ignored: it belongs to a connection to another provider.
pub(super) fn belonging(
    problem: Problem,
    provider: Provider,
    given: impl IntoIterator<Item = Given>,
) -> Problem {
    let foreign = given.into_iter().filter(|(_, is_given, of)| *is_given && *of != provider);
    foreign.fold(problem, |problem, (path, _, of)| {
        problem.violation(path, format!("It belongs to a connection to {}.", of.label()))
    })
}

impl From<&Wanted> for SettingsChange {
    fn from(wanted: &Wanted) -> Self {
        let schedule = match &wanted.schedule {
            None => WantedSchedule::default(),
            Some(Some(schedule)) => schedule.clone(),
            Some(None) => {
                let usual = rollcall_domain::connection::Schedule::default();
                WantedSchedule { hour: Some(usual.hour), zone: Some(usual.zone) }
            }
        };
        let as_usual = matches!(wanted.brake, Some(None));
        let limits = wanted.brake.clone().flatten().unwrap_or_default();
        SettingsChange {
            time_zone: wanted.time_zone.clone(),
            hour: schedule.hour,
            schedule_zone: schedule.zone,
            brake: BrakeChange {
                as_usual,
                deactivated: limits.deactivated,
                deactivated_percent: limits.deactivated_percent,
                small_deactivated_percent: limits.small_deactivated_percent,
                small_deactivated: limits.small_deactivated,
                replaced_percent: limits.replaced_percent,
                changed_percent: limits.changed_percent,
                changed: limits.changed,
            },
            bamboohr: BambooHrChange {
                base_url: wanted.base_url.clone(),
                signature_form: wanted.signature_form,
                freshness_seconds: wanted.freshness_seconds,
                direct_apply: wanted.direct_apply,
            },
            dynamics: DynamicsChange {
                client_id: wanted.client_id.clone(),
                authority_url: wanted.authority_url.clone(),
                surface: wanted.surface,
                legal_entities: wanted.legal_entities.clone().map(Option::unwrap_or_default),
                hierarchy: wanted.hierarchy.clone(),
                vacancy: wanted.vacancy,
            },
            ..SettingsChange::default()
        }
    }
}

/// Everything that is wrong with settings, added to what was found before.
pub(in crate::resources) fn checked(
    mut problem: Problem,
    settings: &Settings,
) -> Result<(), Problem> {
    let base_url = settings.bamboohr().and_then(|own| own.base_url.as_ref());
    if !base_url.is_none_or(|text| is_http(text)) {
        problem = problem.violation("/base_url", "It must be an http or https address.");
    }
    let violation = |fault: rollcall_domain::connection::Fault| Violation {
        path: fault.path.to_owned(),
        message: sentence(&fault.refusal),
        ..Violation::default()
    };
    problem = problem.violations(settings.faults().into_iter().map(violation));
    if problem.errors.is_empty() { Ok(()) } else { Err(problem) }
}

pub(in crate::resources) fn nothing_wrong() -> Problem {
    Problem::new(Code::InvalidRequest)
}

fn is_http(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
    })
}
