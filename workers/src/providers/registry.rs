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
        // By whom the pace is for: what a provider limits is the account, at one address.
        let paces: Mutex<HashMap<(String, Option<String>), Pace>> = Mutex::default();
        let open = move |settings: &Settings, credentials| {
            let ProviderSettings::BambooHr(own) = &settings.provider else {
                return Err(ProviderError::Unsupported);
            };
            let account = Account {
                subdomain: own.subdomain.clone(),
                base_url: own.base_url.clone(),
                api_key: credentials,
            };
            let mut paces = paces.lock().unwrap_or_else(PoisonError::into_inner);
            let whose = (own.subdomain.clone(), own.base_url.clone());
            let pace = paces.entry(whose).or_default().clone();
            let opened = BambooHr::new(egress.clone(), account)?;
            let opened = opened.at_pace(pace).with_clock(clock.clone());
            Ok(Arc::new(opened) as Arc<dyn Provider>)
        };
        let catch_up = RunSpec::new(RunKind::Reconcile, "manual_reconciliation", Trigger::CatchUp);
        let bamboohr = Registration { open: Box::new(open), catch_up: Some(catch_up) };
        let open = |settings: &Settings, ignored| {
            let own = settings.hris_webhook().ok_or(ProviderError::Unsupported)?;
            let opened = HrisWebhook::new(own, &ignored).ok_or(ProviderError::Unsupported)?;
            Ok(Arc::new(opened) as Arc<dyn Provider>)
        };
        let hris_webhook = Registration { open: Box::new(open), catch_up: None };
        Providers::default().with(Name::BambooHr, bamboohr).with(Name::HrisWebhook, hris_webhook)
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
