//! Which providers there are: the one place that knows them by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rollcall_domain::connection::{ProviderSettings, Settings};
use rollcall_domain::run::RunSpec;
use rollcall_domain::vocabulary::{Provider as Name, RunKind, Trigger};
use rollcall_egress::Egress;
use rollcall_store::Clock;
use secrecy::SecretString;

use super::bamboohr::{Account, BambooHr};
use super::dynamics::{Dynamics, Tokens};
use super::hris_webhook::HrisWebhook;
use super::{Pace, Provider, ProviderError};

type Open =
    dyn Fn(&Settings, SecretString) -> Result<Arc<dyn Provider>, ProviderError> + Send + Sync;

/// One provider, as the engine has to know it before it talks to it.
pub struct Registration {
    /// Makes a client with a connection's settings and credentials. It contacts nobody.
    pub open: Box<Open>,
    /// What a connection asks for when it may have missed something: after a pause, or when its
    /// plan includes live sync again. `None` where the provider can't be asked.
    pub catch_up: Option<RunSpec>,
}

/// All providers of this binary.
#[derive(Default)]
pub struct Providers {
    known: HashMap<Name, Registration>,
}

impl Providers {
    /// Those we have clients for. `egress` decides which addresses may be reached.
    pub fn new(egress: Egress, clock: Clock) -> Self {
        Providers::default()
            .with(Name::BambooHr, registered(bamboohr(egress.clone(), clock.clone())))
            .with(Name::Dynamics365, registered(dynamics(egress, clock)))
            .with(Name::HrisWebhook, hris_webhook())
    }

    /// Adds a provider, or replaces one.
    #[must_use]
    pub fn with(mut self, name: Name, registration: Registration) -> Self {
        self.known.insert(name, registration);
        self
    }

    /// A client for one run.
    pub fn open(
        &self,
        settings: &Settings,
        credentials: SecretString,
    ) -> Result<Arc<dyn Provider>, ProviderError> {
        let known = self.known.get(&settings.provider()).ok_or(ProviderError::Unsupported)?;
        (known.open)(settings, credentials)
    }

    /// What a connection to this provider asks for when it may have missed something.
    pub fn catch_up(&self, name: Name) -> Option<RunSpec> {
        self.known.get(&name)?.catch_up.clone()
    }
}

/// Both are asked for everybody when something may have been missed.
fn registered(open: Box<Open>) -> Registration {
    let catch_up = RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::CatchUp);
    Registration { open, catch_up: Some(catch_up) }
}

fn bamboohr(egress: Egress, clock: Clock) -> Box<Open> {
    // By whom the pace is for: what a provider limits is the account, at one address.
    let paces = Shared::<Pace>::default();
    Box::new(move |settings, api_key| {
        let ProviderSettings::BambooHr(own) = &settings.provider else {
            return Err(ProviderError::Unsupported);
        };
        let (subdomain, base_url) = (own.subdomain.clone(), own.base_url.clone());
        let pace = paces.of(format!("{subdomain} {}", base_url.as_deref().unwrap_or_default()));
        let opened = BambooHr::new(egress.clone(), Account { subdomain, base_url, api_key })?;
        let opened = opened.at_pace(pace).with_clock(clock.clone());
        Ok(Arc::new(opened))
    })
}

fn dynamics(egress: Egress, clock: Clock) -> Box<Open> {
    let (paces, tokens) = (Shared::<Pace>::default(), Shared::<Tokens>::default());
    Box::new(move |settings, secret| {
        let ProviderSettings::Dynamics365(own) = &settings.provider else {
            return Err(ProviderError::Unsupported);
        };
        let opened = Dynamics::new(egress.clone(), own, settings.time_zone.clone(), secret)?;
        let environment = own.environment().unwrap_or_default();
        let authority = own.authority().unwrap_or_default();
        let app = format!("{authority} {} {} {environment}", own.tenant_id, own.client_id);
        let opened = opened.at_pace(paces.of(environment)).with_tokens(tokens.of(app));
        Ok(Arc::new(opened.with_clock(clock.clone())))
    })
}

/// What clients of the same account share.
#[derive(Default)]
struct Shared<T>(Mutex<HashMap<String, T>>);

impl<T: Clone + Default> Shared<T> {
    fn of(&self, whose: String) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(whose).or_default().clone()
    }
}

/// People are sent to us: nobody is asked, not even for what was missed.
fn hris_webhook() -> Registration {
    let open = |settings: &Settings, ignored| {
        let own = settings.hris_webhook().ok_or(ProviderError::Unsupported)?;
        let opened = HrisWebhook::new(own, &ignored).ok_or(ProviderError::Unsupported)?;
        Ok(Arc::new(opened) as Arc<dyn Provider>)
    };
    Registration { open: Box::new(open), catch_up: None }
}
