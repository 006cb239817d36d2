//! What stood around an event when it happened, read from the streams themselves: whose organisation
//! it is, which run and connection it belongs to, in which scenario, and the person before and after.

use std::collections::HashMap;
use std::sync::Arc;

use rollcall_domain::actor::Actor;
use rollcall_domain::connection::{self, Connection, Status};
use rollcall_domain::message::{
    ConnectorFace, Context, EndUser, Reached, RunFace, ScenarioFace, scenario_of, topic,
};
use rollcall_domain::run::{self, Run};
use rollcall_domain::scenario::{self, Scenario};
use rollcall_domain::tenant::{SYSTEM, Tenant};
use rollcall_domain::unit::Unit;
use rollcall_domain::user::{self, User};
use rollcall_domain::{Decider, Fact, Recorded};
use rollcall_store::{Position, StoreError};

use super::reader::{Happened, MessageReader, stream};

type Stream<E> = Arc<Vec<Happened<E>>>;

/// Who or what a principal is.
enum Behind {
    User(Vec<Happened<user::Event>>),
    /// A token that no user made, or whoever runs the installation.
    Called(String),
}

/// What was read for some events of one tenant; each stream is read once.
pub(super) struct Around<'r> {
    reader: &'r MessageReader,
    tenant: &'r str,
    org_name: Option<String>,
    connections: HashMap<String, Stream<connection::Event>>,
    scenarios: HashMap<String, Stream<scenario::Event>>,
    principals: HashMap<String, Behind>,
    /// As they were after the last event that was looked at, and its version.
    people: HashMap<String, (u64, Actor)>,
    units: HashMap<String, (u64, Unit)>,
}

impl<'r> Around<'r> {
    pub(super) fn new(reader: &'r MessageReader, tenant: &'r str) -> Self {
        Around {
            reader,
            tenant,
            org_name: None,
            connections: HashMap::new(),
            scenarios: HashMap::new(),
            principals: HashMap::new(),
            people: HashMap::new(),
            units: HashMap::new(),
        }
    }

    /// Events come in the order of the log.
    pub(super) async fn of(&mut self, event: &Recorded) -> Result<Context, StoreError> {
        if topic(&event.fact).is_none() {
            return Ok(Context::default());
        }
        let run = self.run(event).await?;
        let connector = match &run {
            Some(run) => self.connector(run, event).await?,
            None => None,
        };
        let scenario = match scenario_of(&event.fact) {
            Some(id) => self.scenario(id, event.position).await?,
            None => None,
        };
        let (org_name, reached) = (self.org_name().await?, self.reached(event).await?);
        Ok(Context { org_name, run, connector, scenario, reached })
    }

    /// The tenant's name, which never changes; of one that is older than names, its id.
    async fn org_name(&mut self) -> Result<String, StoreError> {
        if let Some(name) = &self.org_name {
            return Ok(name.clone());
        }
        let all = self.read::<Tenant>(self.tenant, self.tenant).await?;
        let known = all.iter().fold(Tenant::default(), |known, one| known.evolve(&one.event));
        let name = match known {
            Tenant::Known { name, .. } => name,
            Tenant::Unknown => self.tenant.to_owned(),
        };
        self.org_name = Some(name.clone());
        Ok(name)
    }

    /// The run that an event is of, or belongs to.
    async fn run(&self, event: &Recorded) -> Result<Option<RunFace>, StoreError> {
        let id = event.stream.strip_prefix("run/").or(event.correlation.as_deref());
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.reader.run_known(self.tenant, id) {
            return Ok(Some(known.at(event)));
        }
        let all = self.read::<Run>(self.tenant, id).await?;
        let Some(face) = face_of(&all) else { return Ok(None) };
        if face.started_at.is_some() {
            self.reader.keep_run(self.tenant, &face);
        }
        Ok(Some(face.at(event)))
    }

    async fn connector(
        &mut self,
        run: &RunFace,
        event: &Recorded,
    ) -> Result<Option<ConnectorFace>, StoreError> {
        let id = &run.connection;
        if !self.connections.contains_key(id) {
            let all = Arc::new(self.read::<Connection>(self.tenant, id).await?);
            self.connections.insert(id.clone(), all);
        }
        let all = self.connections[id].clone();
        let Some(connected) = all.first() else { return Ok(None) };
        let then = all.iter().take_while(|one| one.stored.position <= event.position);
        let known = then.fold(Connection::default(), |known, one| known.evolve(&one.event));
        let end_user = self.end_user(&connected.stored.principal, event).await?;
        Ok(Some(ConnectorFace {
            connection: id.clone(),
            provider: run.provider,
            paused: known.status() == Some(Status::Paused),
            end_user,
        }))
    }

    /// Who a principal is: a user as they were then, a token by its maker, else who runs it all.
    async fn end_user(&mut self, principal: &str, event: &Recorded) -> Result<EndUser, StoreError> {
        if !self.principals.contains_key(principal) {
            let behind = self.behind(principal).await?;
            self.principals.insert(principal.to_owned(), behind);
        }
        Ok(match &self.principals[principal] {
            Behind::Called(name) => EndUser { name: Some(name.clone()), email: None },
            // Users are in another shard: only time orders them and this tenant's events.
            Behind::User(all) => {
                let then = all.iter();
                let then = then.take_while(|one| one.stored.recorded_at <= event.recorded_at);
                let user = then.fold(User::default(), |known, one| known.evolve(&one.event)).known;
                user.map_or_else(EndUser::default, |user| EndUser {
                    name: user.name,
                    email: user.email,
                })
            }
        })
    }

    async fn behind(&self, principal: &str) -> Result<Behind, StoreError> {
        let (mut user, mut called) = (principal.strip_prefix("user:").map(str::to_owned), None);
        if let Some(id) = principal.strip_prefix("token:") {
            let tokens = self.reader.store().tokens(Some(self.tenant)).await?;
            let token = tokens.into_iter().find(|token| token.id == id);
            let maker = token.as_ref().and_then(|token| token.created_by.as_deref());
            user = maker.and_then(|by| by.strip_prefix("user:")).map(str::to_owned);
            called = token.map(|token| token.name);
        }
        Ok(match user {
            Some(id) => Behind::User(self.read::<User>(SYSTEM, &id).await?),
            None => Behind::Called(called.unwrap_or_else(|| "Operator".to_owned())),
        })
    }

    /// A scenario as it was called at a position.
    pub(super) async fn scenario(
        &mut self,
        id: &str,
        at: Position,
    ) -> Result<Option<ScenarioFace>, StoreError> {
        if !self.scenarios.contains_key(id) {
            let all = Arc::new(self.read::<Scenario>(self.tenant, id).await?);
            self.scenarios.insert(id.to_owned(), all);
        }
        let all = self.scenarios[id].iter();
        let then = all.take_while(|one| one.stored.position <= at);
        let known = then.fold(Scenario::default(), |known, one| known.evolve(&one.event)).known;
        Ok(known.map(|known| ScenarioFace {
            scenario: known.scenario,
            kind: known.kind,
            name: known.name,
        }))
    }

    async fn reached(&mut self, event: &Recorded) -> Result<Option<Reached>, StoreError> {
        if let Fact::Actor(happened) = &event.fact {
            let before = self.before::<Actor>(event, |around| &mut around.people).await?;
            let after = before.clone().evolve(happened);
            self.people.insert(event.stream.to_string(), (event.version, after.clone()));
            let before = before.known.map(Box::new);
            return Ok(after.known.map(|after| Reached::Person { before, after: Box::new(after) }));
        }
        let Fact::Unit(happened) = &event.fact else { return Ok(None) };
        let before = self.before::<Unit>(event, |around| &mut around.units).await?;
        let after = before.clone().evolve(happened);
        self.units.insert(event.stream.to_string(), (event.version, after.clone()));
        let before = before.known.map(Box::new);
        Ok(after.known.map(|after| Reached::Unit { before, after: Box::new(after) }))
    }

    /// The state that an event of its stream found.
    async fn before<D: Decider>(
        &mut self,
        event: &Recorded,
        known: impl Fn(&mut Self) -> &mut HashMap<String, (u64, D)>,
    ) -> Result<D, StoreError> {
        if event.version == 1 {
            return Ok(D::default());
        }
        if let Some((version, state)) = known(self).remove(&*event.stream)
            && version + 1 == event.version
        {
            return Ok(state);
        }
        let all: Vec<Happened<D::Event>> =
            stream(self.reader.store(), self.tenant, &event.stream).await?;
        let earlier = all.iter().take_while(|one| one.stored.version < event.version);
        Ok(earlier.fold(D::default(), |state, one| state.evolve(&one.event)))
    }

    async fn read<D: Decider>(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Vec<Happened<D::Event>>, StoreError> {
        stream(self.reader.store(), tenant, &D::stream(id)).await
    }
}

/// What never changes of a run that has started. Only a creation and a start are looked at: a run has
/// many other events, and notes that nobody needs here.
fn face_of(all: &[Happened<run::Event>]) -> Option<RunFace> {
    let run::Event::Queued { run, connection, provider, spec } = &all.first()?.event else {
        return None;
    };
    let started = |one: &&Happened<run::Event>| matches!(one.event, run::Event::Started { .. });
    Some(RunFace {
        run: run.clone(),
        connection: connection.clone(),
        provider: *provider,
        kind: spec.kind,
        event_type: spec.event_type.clone(),
        trigger: spec.trigger,
        started_at: all.iter().find(started).map(|one| one.stored.recorded_at),
    })
}

/// A run as an event saw it: one that had not started yet has no start.
trait At {
    fn at(self, event: &Recorded) -> Self;
}

impl At for RunFace {
    fn at(mut self, event: &Recorded) -> Self {
        self.started_at = self.started_at.filter(|at| *at <= event.recorded_at);
        self
    }
}
