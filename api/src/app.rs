//! What every handler works with. Cheap to clone; all clones are one.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use rollcall_commands::{Fresh, InboundPolicies, Runs};
use rollcall_domain::members::Members;
use rollcall_domain::user::User;
use rollcall_egress::Egress;
use rollcall_projections::Projections;
use rollcall_projections::messages::MessageReader;
use rollcall_store::{Clock, Store};
use tokio::sync::Semaphore;

use crate::passwords::Passwords;
use crate::places::Places;
use crate::rates::{Buckets, Rates};
use crate::refused_deliveries::Refusals;
use crate::resources::projections::work::Works;
use crate::sessions::KnownSessions;
use crate::throttle::Throttle;
use crate::tokens::KnownTokens;

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Inbound deliveries taken in at a time; one more is answered 503.
    pub max_deliveries: usize,
    /// How long a read waits for the projections behind it to reach `min_position`.
    pub longest_wait: Duration,
    /// The most events a projection may be behind for the node to be ready.
    pub ready_lag: u64,
    /// Streams of events that are open at a time; one more is answered 503.
    pub max_streams: usize,
    /// How much one caller may ask for.
    pub rates: Rates,
    /// Names under which requests over TCP come in, beside addresses and `localhost`; any, without it.
    pub allowed_hosts: Option<Vec<String>>,
    /// Networks of proxies that are believed who they speak for.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether browsers reach it over TLS only, here or at a proxy in front: then cookies say so.
    pub secure_cookies: bool,
    /// Whether mails are sent: then invitations go to their address and to nobody else.
    pub mails: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_deliveries: 1024,
            longest_wait: Duration::from_secs(5),
            ready_lag: 10_000,
            max_streams: 256,
            rates: Rates::default(),
            allowed_hosts: None,
            trusted_proxies: vec![],
            secure_cookies: false,
            mails: false,
        }
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    pub store: Store,
    pub inbound_policies: Arc<InboundPolicies>,
    pub runs: Arc<Runs>,
    pub projections: Projections,
    pub clock: Clock,
    /// The way to receivers: it judges addresses here, and contacts nobody.
    pub egress: Egress,
    pub settings: Settings,
}

#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub(crate) parts: Parts,
    pub(crate) tokens: KnownTokens,
    pub(crate) sessions: KnownSessions,
    pub(crate) users: Fresh<User>,
    pub(crate) members: Fresh<Members>,
    pub(crate) passwords: Passwords,
    /// Where org charts are drawn.
    pub(crate) charts: Places,
    pub(crate) throttle: Throttle,
    pub(crate) refusals: Refusals,
    pub(crate) deliveries: Semaphore,
    /// Where snapshots of everybody are checked: each may take 64 MiB.
    pub(crate) pushes: Places,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) works: Works,
    pub(crate) buckets: Buckets,
    pub(crate) messages: MessageReader,
}

impl App {
    /// Needs a tokio runtime: refused deliveries are written down beside the requests.
    pub fn new(parts: Parts) -> App {
        App(Arc::new(Inner {
            tokens: KnownTokens::default(),
            sessions: KnownSessions::default(),
            users: Fresh::default(),
            members: Fresh::default(),
            passwords: Passwords::default(),
            charts: Places::of_processors(4),
            throttle: Throttle::default(),
            refusals: Refusals::start(parts.store.clone()),
            deliveries: Semaphore::new(parts.settings.max_deliveries),
            pushes: Places::of_processors(4),
            streams: Arc::new(Semaphore::new(parts.settings.max_streams)),
            works: Works::default(),
            buckets: Buckets::default(),
            messages: MessageReader::new(&parts.store),
            parts,
        }))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.parts.clock.now()
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}
