//! Who asks, and for whom: what each kind of handler takes as its first argument.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use rollcall_domain::access::{Permission, Role, Scope};
use rollcall_domain::members::By;
use rollcall_domain::tenant::SYSTEM;
use rollcall_domain::vocabulary::Trigger;
use rollcall_projections::Db;
use rollcall_store::{Cause, Shard, TokenRow};

use crate::app::App;
use crate::edge::{Code, Peer, Problem};
use crate::sessions::{self, Session};

/// Names the tenant an operator asks for; id or slug.
const TENANT: &str = "rollcall-tenant";

/// Marks requests that came over the owner's Unix socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FromOwner;

/// Whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// As it is written with every event.
    pub(crate) principal: String,
    pub(crate) token: Option<Arc<TokenRow>>,
    /// The person behind a session.
    pub(crate) session: Option<Session>,
    /// The one it is bound to, or, for an operator, the one it named.
    pub(crate) tenant: Option<Tenant>,
    pub(crate) permissions: BTreeSet<Permission>,
    scopes: Vec<Scope>,
}

#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: Arc<str>,
    pub(crate) slug: String,
    pub(crate) shard: Shard,
}

impl Caller {
    pub(crate) fn is_operator(&self) -> bool {
        self.scopes.contains(&Scope::Operator)
    }
    /// An assistant's token changes nothing, whatever else it is.
    pub(crate) fn reads_only(&self) -> bool {
        self.scopes.contains(&Scope::Assistant)
    }
    pub(crate) fn has_session(&self) -> bool {
        self.session.is_some()
    }
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
    /// Not found for whoever may not know of it, forbidden for whoever may only know.
    pub(crate) fn needs(
        &self,
        permission: Permission,
        sight: Option<Permission>,
    ) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        match sight.is_some_and(|sight| self.may(sight)) {
            true => Err(Code::Forbidden.into()),
            false => Err(Code::NotFound.into()),
        }
    }
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.scopes.iter().map(|scope| scope.as_str())
    }
    pub(crate) fn cause(&self) -> Cause {
        Cause::by(self.principal.clone())
    }
    pub(crate) fn trigger(&self) -> Trigger {
        let person = self.token.is_some() || self.has_session();
        if person { Trigger::Person } else { Trigger::Cli }
    }

    /// In whose name members are changed.
    pub(crate) fn by(&self) -> By {
        let role = self.session.as_ref().and_then(|session| session.role);
        match self.is_operator() {
            true => By::Operator,
            // A token is never an owner's.
            false => By::Role(role.unwrap_or(Role::Admin)),
        }
    }

    /// Somebody who signed in, as what they are in the tenant they are in.
    pub(crate) fn of_session(session: Session, tenant: Option<Tenant>) -> Caller {
        let permissions = session.role.map(Role::permissions).unwrap_or_default();
        let principal = format!("user:{}", session.user);
        let (token, session, scopes) = (None, Some(session), vec![]);
        Caller { principal, token, session, tenant, permissions, scopes }
    }

    /// Somebody who signed in and runs the installation, for as long as they are in no tenant.
    pub(crate) fn of_operator(session: Session) -> Caller {
        let permissions = Scope::Operator.permissions();
        let scopes = vec![Scope::Operator];
        Caller { permissions, scopes, ..Caller::of_session(session, None) }
    }

    fn owner() -> Caller {
        let scopes = vec![Scope::Operator];
        Caller {
            principal: "cli".to_owned(),
            token: None,
            session: None,
            tenant: None,
            permissions: Scope::Operator.permissions(),
            scopes,
        }
    }

    /// The tenant of a token that has one; a token that belongs to a tenant never operates the
    /// installation, whatever it says.
    async fn of_token(app: &App, token: Arc<TokenRow>) -> Result<Caller, Problem> {
        let said = token.scopes.iter().filter_map(|scope| Scope::parse(scope));
        let of_tenant = token.tenant.is_some();
        let scopes: Vec<Scope> =
            said.filter(|scope| (*scope == Scope::Operator) != of_tenant).collect();
        let tenant = match &token.tenant {
            Some(bound) => Some(tenant(app, bound).await?),
            None => None,
        };
        let permissions = match scopes.contains(&Scope::Assistant) {
            true => Scope::Assistant.permissions(),
            false => scopes.iter().flat_map(|scope| scope.permissions()).collect(),
        };
        let principal = format!("token:{}", token.id);
        Ok(Caller { principal, token: Some(token), session: None, tenant, permissions, scopes })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Caller>() {
            return Ok(known.clone());
        }
        let at_home = parts.extensions.get::<FromOwner>().is_some()
            && !matches!(parts.extensions.get::<Peer>(), Some(Peer::Tcp(_)));
        let asked = parts.headers.get(TENANT).and_then(|value| value.to_str().ok());
        let mut caller = match (at_home, bearer(&parts.headers)) {
            (true, _) => Caller::owner(),
            (false, Some(text)) => {
                let known = app.tokens.recognise(&app.store, text, app.now()).await?;
                Caller::of_token(app, known.ok_or(Code::Unauthenticated)?).await?
            }
            (false, None) => sessions::caller(app, &parts.headers, asked).await?,
        };
        if let (true, Some(asked)) = (caller.is_operator(), asked) {
            caller.tenant = Some(tenant(app, asked).await?);
        }
        Ok(caller)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())?;
    let (scheme, text) = given.split_once(' ').unwrap_or((given, ""));
    scheme.eq_ignore_ascii_case("bearer").then_some(text.trim())
}

pub(crate) async fn tenant(app: &App, id_or_slug: &str) -> Result<Tenant, Problem> {
    let row = app.store.tenant(id_or_slug).await?.ok_or(Code::NotFound)?;
    // Nobody acts in the tenant of all users.
    if &*row.id == SYSTEM {
        return Err(Code::NotFound.into());
    }
    Ok(Tenant { id: row.id, slug: row.slug, shard: row.shard })
}

/// Somebody who asks in one tenant. What they may there was checked before (`access`).
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) caller: Caller,
    pub(crate) tenant: Tenant,
    db: Db,
}

/// The same, where the route is one that changes something.
pub(crate) type Admin = Reader;

/// Somebody who may make and revoke tokens: a tenant's, or without one the operator's.
pub(crate) struct TokenAdmin(Option<Tenant>);

impl Reader {
    pub(crate) fn new(app: &App, caller: Caller, tenant: Tenant) -> Reader {
        let db = app.projections.db_of(&tenant.id);
        Reader { caller, tenant, db }
    }
    /// The id that goes into every query.
    pub(crate) fn id(&self) -> &str {
        &self.tenant.id
    }
    /// The tenant's read models, and nobody else's.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let missing = "An operator names the tenant (id or slug) in this header.";
        match (caller.tenant.clone(), caller.is_operator()) {
            (Some(tenant), _) => Ok(Reader::new(app, caller, tenant)),
            (None, true) => {
                Err(Problem::new(Code::InvalidRequest).violation("Rollcall-Tenant", missing))
            }
            (None, false) => Err(Code::NotFound.into()),
        }
    }
}

impl TokenAdmin {
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.0.as_ref().map(|tenant| &*tenant.id)
    }
}

impl FromRequestParts<App> for TokenAdmin {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(TokenAdmin(Caller::from_request_parts(parts, app).await?.tenant))
    }
}
