//! A change of some of a connection's settings, and what is wrong with settings, field by field.

use super::{
    BambooHr, BrakeLimits, DynamicsChange, HrisWebhookChange, ProviderSettings, Refusal, Schedule,
    Settings, SignatureForm,
};

/// The longest a delivery may count as fresh: a day.
const LONGEST_FRESHNESS: u32 = 86_400;

/// What is `None` stays; an inner `None` takes away what was there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    pub time_zone: Option<Option<String>>,
    pub hour: Option<u8>,
    pub schedule_zone: Option<Option<String>>,
    pub brake: BrakeChange,
    pub bamboohr: BambooHrChange,
    pub hris_webhook: HrisWebhookChange,
    pub dynamics: DynamicsChange,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrakeChange {
    /// All limits as usual, before the ones that are named.
    pub as_usual: bool,
    pub deactivated: Option<u32>,
    pub deactivated_percent: Option<u8>,
    pub small_deactivated_percent: Option<u8>,
    pub small_deactivated: Option<u32>,
    pub replaced_percent: Option<u8>,
    pub changed_percent: Option<u8>,
    pub changed: Option<u32>,
}

/// Of BambooHR's own settings; it says nothing to a connection to another provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BambooHrChange {
    pub base_url: Option<Option<String>>,
    pub signature_form: Option<SignatureForm>,
    pub freshness_seconds: Option<u32>,
    pub direct_apply: Option<bool>,
}

/// What is wrong with a field, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub path: &'static str,
    pub refusal: Refusal,
}

/// Takes where something stands, whether it is good, and what is said if it is not.
pub(super) type Check<'a> = &'a mut dyn FnMut(&'static str, bool, fn() -> Refusal);

impl Settings {
    /// What a change makes of them.
    #[must_use]
    pub fn changed(&self, change: &SettingsChange) -> Settings {
        let schedule = Schedule {
            hour: change.hour.unwrap_or(self.schedule.hour),
            zone: change.schedule_zone.clone().unwrap_or_else(|| self.schedule.zone.clone()),
        };
        Settings {
            provider: match &self.provider {
                ProviderSettings::BambooHr(own) => {
                    ProviderSettings::BambooHr(own.changed(&change.bamboohr))
                }
                ProviderSettings::Dynamics365(own) => {
                    ProviderSettings::Dynamics365(own.changed(&change.dynamics))
                }
                ProviderSettings::HrisWebhook(own) => {
                    ProviderSettings::HrisWebhook(own.changed(&change.hris_webhook))
                }
            },
            time_zone: change.time_zone.clone().unwrap_or_else(|| self.time_zone.clone()),
            schedule,
            brake: self.brake.changed(&change.brake),
        }
    }

    /// Everything that is wrong with them.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut check = |path, ok: bool, refusal: fn() -> Refusal| {
            if !ok {
                faults.push(Fault { path, refusal: refusal() });
            }
        };
        check("/schedule/hour", self.schedule.hour < 24, || Refusal::HourInvalid);
        for (path, percent) in self.brake.percents() {
            check(path, percent <= 100, || Refusal::PercentInvalid);
        }
        match &self.provider {
            ProviderSettings::BambooHr(own) => own.check(&mut check),
            ProviderSettings::Dynamics365(own) => own.check(&mut check),
            ProviderSettings::HrisWebhook(own) => {
                check("/fields", own.offers_all(), || Refusal::FieldNotOffered);
            }
        }
        let zones = [("/time_zone", &self.time_zone), ("/schedule/zone", &self.schedule.zone)];
        for (path, zone) in zones {
            if let Some(name) = zone.as_ref().filter(|name| name.parse::<chrono_tz::Tz>().is_err())
            {
                let name = name.chars().take(64).collect();
                faults.push(Fault { path, refusal: Refusal::TimeZoneUnknown { name } });
            }
        }
        faults
    }
}

impl BambooHr {
    fn changed(&self, change: &BambooHrChange) -> BambooHr {
        BambooHr {
            subdomain: self.subdomain.clone(),
            base_url: change.base_url.clone().unwrap_or_else(|| self.base_url.clone()),
            signature_form: change.signature_form.unwrap_or(self.signature_form),
            freshness_seconds: change.freshness_seconds.unwrap_or(self.freshness_seconds),
            direct_apply: change.direct_apply.unwrap_or(self.direct_apply),
        }
    }

    fn check(&self, check: Check<'_>) {
        let is_fresh = (1..=LONGEST_FRESHNESS).contains(&self.freshness_seconds);
        check("/freshness_seconds", is_fresh, || Refusal::FreshnessInvalid);
        check("/account", self.is_label(), || Refusal::SubdomainInvalid);
    }

    /// The subdomain becomes part of an address, so nothing but a label passes.
    fn is_label(&self) -> bool {
        let subdomain = &self.subdomain;
        !subdomain.is_empty()
            && subdomain.len() <= 63
            && subdomain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !subdomain.starts_with('-')
            && !subdomain.ends_with('-')
    }
}

impl BrakeLimits {
    fn changed(&self, change: &BrakeChange) -> BrakeLimits {
        let old = if change.as_usual { BrakeLimits::default() } else { self.clone() };
        BrakeLimits {
            deactivated: change.deactivated.unwrap_or(old.deactivated),
            deactivated_percent: change.deactivated_percent.unwrap_or(old.deactivated_percent),
            small_deactivated_percent: change
                .small_deactivated_percent
                .unwrap_or(old.small_deactivated_percent),
            small_deactivated: change.small_deactivated.unwrap_or(old.small_deactivated),
            replaced_percent: change.replaced_percent.unwrap_or(old.replaced_percent),
            changed_percent: change.changed_percent.unwrap_or(old.changed_percent),
            changed: change.changed.unwrap_or(old.changed),
        }
    }

    fn percents(&self) -> [(&'static str, u8); 4] {
        [
            ("/brake/deactivated_percent", self.deactivated_percent),
            ("/brake/small_deactivated_percent", self.small_deactivated_percent),
            ("/brake/replaced_percent", self.replaced_percent),
            ("/brake/changed_percent", self.changed_percent),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dynamics365, Surface};
    use super::*;

    fn settings() -> Settings {
        let time_zone = Some("Europe/Berlin".to_owned());
        Settings { time_zone, ..ProviderSettings::BambooHr(BambooHr::of("acme")).into() }
    }

    #[test]
    fn what_a_change_does_not_name_stays() {
        assert_eq!(settings().changed(&SettingsChange::default()), settings());
        let brake = BrakeChange { changed: Some(3), ..BrakeChange::default() };
        let change = SettingsChange { hour: Some(4), brake, ..SettingsChange::default() };
        let changed = settings().changed(&change);
        assert_eq!(changed.time_zone, settings().time_zone);
        assert_eq!((changed.schedule.hour, changed.brake.changed), (4, 3));
        assert_eq!(changed.brake.deactivated, BrakeLimits::default().deactivated);
    }

    #[test]
    fn what_is_optional_can_be_taken_away() {
        let brake = BrakeChange { as_usual: true, ..BrakeChange::default() };
        let change = SettingsChange { time_zone: Some(None), brake, ..SettingsChange::default() };
        let tight = BrakeLimits { deactivated: 1, ..BrakeLimits::default() };
        let changed = Settings { brake: tight, ..settings() }.changed(&change);
        assert_eq!((changed.time_zone, changed.brake), (None, BrakeLimits::default()));
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let change = SettingsChange {
            time_zone: Some(Some("Berlin".to_owned())),
            hour: Some(24),
            schedule_zone: Some(Some("Nowhere".to_owned())),
            brake: BrakeChange { changed_percent: Some(101), ..BrakeChange::default() },
            bamboohr: BambooHrChange { freshness_seconds: Some(0), ..BambooHrChange::default() },
            ..SettingsChange::default()
        };
        let paths: Vec<_> =
            settings().changed(&change).faults().iter().map(|fault| fault.path).collect();
        assert_eq!(
            paths,
            [
                "/schedule/hour",
                "/brake/changed_percent",
                "/freshness_seconds",
                "/time_zone",
                "/schedule/zone"
            ]
        );
        assert!(settings().faults().is_empty());
    }

    #[test]
    fn every_field_of_dynamics_that_is_wrong_is_named() {
        let own = Dynamics365::of("not an address", "t/../u", "");
        let settings = Settings::from(ProviderSettings::Dynamics365(own));
        let change = DynamicsChange {
            authority_url: Some(Some("ldap://login".to_owned())),
            legal_entities: Some(vec![String::new()]),
            hierarchy: Some(Some(" ".to_owned())),
            ..DynamicsChange::default()
        };
        let change = SettingsChange { dynamics: change, ..SettingsChange::default() };
        let paths = |settings: Settings| -> Vec<_> {
            settings.faults().iter().map(|fault| fault.path).collect()
        };
        assert_eq!(
            paths(settings.changed(&change)),
            [
                "/environment_url",
                "/tenant_id",
                "/client_id",
                "/authority_url",
                "/legal_entities",
                "/hierarchy"
            ]
        );
        let custom = Dynamics365::of("https://erp.acme.example", "acme.example", "1-2");
        let custom = Settings::from(ProviderSettings::Dynamics365(custom));
        assert_eq!(paths(custom.clone()), ["/surface"]);
        let surface = Some(Some(Surface::FinanceOperations));
        let change = DynamicsChange { surface, ..DynamicsChange::default() };
        let change = SettingsChange { dynamics: change, ..SettingsChange::default() };
        assert!(paths(custom.changed(&change)).is_empty());
    }
}
