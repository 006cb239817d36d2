//! Who asks, and for whom: what each kind of handler takes as its first argument.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use rollcall_domain::vocabulary::Trigger;
use rollcall_store::{Cause, Shard, TokenRow};

use crate::app::App;
use crate::edge::{Code, Peer, Problem};
use crate::tokens::Scope;

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
    /// The one it is bound to, or, for an operator, the one it named.
    pub(crate) tenant: Option<Tenant>,
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
    fn may(&self, scope: Scope) -> bool {
        self.is_operator() || self.scopes.contains(&scope)
    }
    pub(crate) fn manages(&self) -> bool {
        self.may(Scope::Manage)
    }
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.scopes.iter().map(|scope| scope.as_str())
    }
    pub(crate) fn cause(&self) -> Cause {
        Cause::by(self.principal.clone())
    }
    pub(crate) fn trigger(&self) -> Trigger {
        if self.token.is_some() { Trigger::Person } else { Trigger::Cli }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let at_home = parts.extensions.get::<FromOwner>().is_some()
            && !matches!(parts.extensions.get::<Peer>(), Some(Peer::Tcp(_)));
        let (token, principal, scopes, bound) = if at_home {
            (None, "cli".to_owned(), vec![Scope::Operator], None)
        } else {
            let token = token(&parts.headers, app).await?;
            let scopes = token.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
            let (principal, bound) = (format!("token:{}", token.id), token.tenant.clone());
            (Some(token), principal, scopes, bound)
        };
        let operator = bound.is_none() && scopes.contains(&Scope::Operator);
        let scopes = if operator { vec![Scope::Operator] } else { without_operator(scopes) };
        let asked = parts.headers.get(TENANT).and_then(|value| value.to_str().ok());
        let tenant = match (bound, asked) {
            (Some(bound), _) => Some(tenant(app, &bound).await?),
            (None, Some(asked)) if operator => Some(tenant(app, asked).await?),
            (None, _) => None,
        };
        Ok(Caller { principal, token, tenant, scopes })
    }
}

/// A token that belongs to a tenant never operates the installation, whatever it says.
fn without_operator(scopes: Vec<Scope>) -> Vec<Scope> {
    scopes.into_iter().filter(|scope| *scope != Scope::Operator).collect()
}

async fn token(headers: &HeaderMap, app: &App) -> Result<Arc<TokenRow>, Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, text) = given.and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::Unauthenticated.into());
    }
    let known = app.tokens.recognise(&app.store, text.trim(), app.now()).await?;
    known.ok_or_else(|| Code::Unauthenticated.into())
}

async fn tenant(app: &App, id_or_slug: &str) -> Result<Tenant, Problem> {
    let row = app.store.tenant(id_or_slug).await?.ok_or(Code::NotFound)?;
    Ok(Tenant { id: row.id, slug: row.slug, shard: row.shard })
}

/// Somebody who may read one tenant.
pub(crate) struct Reader {
    pub(crate) caller: Caller,
    pub(crate) tenant: Tenant,
}

/// Somebody who may change one tenant's connections and tokens.
pub(crate) struct Admin(Reader);

/// Somebody who runs the installation, for what others may see but not do: 403.
pub(crate) struct Operator;

/// The same, for what others do not even see: 404.
pub(crate) struct Owner(pub(crate) Caller);

/// Somebody who may make and revoke tokens: a tenant's, or without one the operator's.
pub(crate) struct TokenAdmin(Option<Tenant>);

impl Reader {
    fn allowed(caller: Caller, scope: Scope) -> Result<Self, Problem> {
        let Some(tenant) = caller.tenant.clone() else {
            let missing = "An operator names the tenant (id or slug) in this header.";
            return Err(match caller.is_operator() {
                true => Problem::new(Code::InvalidRequest).violation("Rollcall-Tenant", missing),
                false => Code::Forbidden.into(),
            });
        };
        match caller.may(scope) {
            true => Ok(Reader { caller, tenant }),
            false => Err(Code::Forbidden.into()),
        }
    }

    /// The id that goes into every query.
    pub(crate) fn id(&self) -> &str {
        &self.tenant.id
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Reader::allowed(Caller::from_request_parts(parts, app).await?, Scope::Read)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Reader::allowed(Caller::from_request_parts(parts, app).await?, Scope::Manage).map(Admin)
    }
}

impl Deref for Admin {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.is_operator() { Ok(Operator) } else { Err(Code::Forbidden.into()) }
    }
}

impl FromRequestParts<App> for Owner {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.is_operator() { Ok(Owner(caller)) } else { Err(Code::NotFound.into()) }
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
        let caller = Caller::from_request_parts(parts, app).await?;
        let bound = caller.tenant.is_some() && caller.may(Scope::Manage);
        match bound || caller.is_operator() {
            true => Ok(TokenAdmin(caller.tenant)),
            false => Err(Code::Forbidden.into()),
        }
    }
}
