//! What stands around every page: who looks, at which tenant and scenario, and where they may go.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use rollcall_domain::access::{Permission, Role};
use rollcall_domain::tenant::SYSTEM;
use rollcall_projections::runs;
use rollcall_projections::scenarios::{self, Scenario};

use super::is_ours;
use super::navigation::{Group, groups};
use crate::app::App;
use crate::caller::Caller;
use crate::edge::{Code, Problem};
use crate::resources::me::{Tenant, tenants_of};
use crate::resources::notifications::unread_of;
use crate::sessions;

pub(crate) const TOAST: &str = "toast";
const THEME: &str = "theme";

/// A field of every page's template.
pub(crate) struct Shell {
    pub(crate) caller: Caller,
    /// The name of whoever looks.
    pub(crate) who: String,
    pub(crate) role: Option<String>,
    pub(crate) signed_in: bool,
    pub(crate) tenant: Option<TenantName>,
    /// All that may be chosen.
    pub(crate) tenants: Vec<TenantName>,
    /// Those that may be looked at.
    pub(crate) scenarios: Vec<Scenario>,
    /// The one that is looked at: `?scenario=`, else the live baseline.
    pub(crate) scenario: Option<Scenario>,
    /// Whether the page is about one scenario.
    pub(crate) picks_scenario: bool,
    /// The page's own address, without its query.
    pub(crate) path: String,
    pub(crate) theme: Option<&'static str>,
    /// What was just done.
    pub(crate) toast: Option<String>,
    /// Plans that wait for a person.
    pub(crate) held: usize,
    /// Notifications that whoever looks has not read, and whether they may get more at any moment.
    pub(crate) unread: u64,
    pub(crate) is_told: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct TenantName {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// About people: the scenario can be chosen there.
const OF_SCENARIO: [&str; 2] = ["/people", "/departments"];

impl Shell {
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.caller.may(permission)
    }
    pub(crate) fn is_operator(&self) -> bool {
        self.caller.is_operator()
    }
    pub(crate) fn navigation(&self) -> Vec<Group> {
        groups(&self.caller)
    }
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path == path
            || (path != "/settings/integrations"
                && path != "/people"
                && self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
            || (path == "/people"
                && self.path.starts_with("/people/")
                && !self.path.starts_with("/people/chart"))
            || (path == "/settings/integrations"
                && self.path.starts_with("/settings/integrations/hris")
                && !self.path.starts_with("/settings/integrations/hris-webhook"))
    }
    /// Whether people may write in the scenario that is looked at.
    pub(crate) fn is_writable(&self) -> bool {
        let kept = |one: &Scenario| one.state == "active" && one.kind != "snapshot";
        self.scenario.as_ref().is_some_and(kept)
    }
    /// The scenario's id for a query; the live baseline needs none.
    pub(crate) fn chosen(&self) -> Option<&str> {
        let chosen = self.scenario.as_ref().filter(|one| !one.is_baseline());
        chosen.map(|one| one.scenario.as_str())
    }
    /// An address of ours that stays in the scenario.
    pub(crate) fn to(&self, path: &str) -> String {
        let about = OF_SCENARIO.iter().any(|start| path.starts_with(start));
        match self.chosen().filter(|_| about) {
            None => path.to_owned(),
            Some(id) if path.contains('?') => format!("{path}&scenario={id}"),
            Some(id) => format!("{path}?scenario={id}"),
        }
    }
    /// Where another scenario can be looked at: what is in one has no page in the other.
    pub(crate) fn place(&self) -> &str {
        let lists = ["/people/chart", "/people", "/departments"];
        let within = |list: &&str| self.path.starts_with(*list);
        lists.into_iter().find(within).unwrap_or(&self.path)
    }
    /// The scenario that is looked at, for a page that is about one.
    pub(crate) fn scenario(&self) -> Result<&Scenario, Problem> {
        self.scenario.as_ref().ok_or_else(|| Code::NotFound.into())
    }
}

impl FromRequestParts<App> for Shell {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let path = Some(parts.uri.path()).filter(|path| is_ours(path)).unwrap_or("/").to_owned();
        let asked = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .find(|(name, value)| name == "scenario" && !value.is_empty())
            .map(|(_, value)| value.into_owned());
        let mut shell = Shell::empty(caller, path, &parts.headers);
        let name = |one: Tenant| TenantName { name: one.name.unwrap_or(one.slug), id: one.id };
        shell.tenants = tenants_of(app, &shell.caller).await?.into_iter().map(name).collect();
        if let Some(session) = &shell.caller.session
            && sessions::operates(app, &session.user).await?
        {
            let (id, name) = (SYSTEM.to_owned(), "Installation".to_owned());
            shell.tenants.push(TenantName { id, name });
        }
        let here = shell.caller.tenant.as_ref().map_or(SYSTEM, |tenant| &tenant.id);
        shell.tenant = shell.tenants.iter().find(|one| one.id == here).cloned();
        let Some(tenant) = shell.caller.tenant.clone() else { return Ok(shell) };
        let db = &app.projections.db_of(&tenant.id);
        if shell.may(Permission::ScenariosRead) {
            shell.scenarios = scenarios::list(db, &tenant.id).await?;
            shell
                .scenarios
                .retain(|one| one.state == "active" || Some(&one.scenario) == asked.as_ref());
            let fits = |one: &&Scenario| match &asked {
                Some(id) => one.scenario == *id,
                None => one.is_baseline(),
            };
            shell.scenario = shell.scenarios.iter().find(fits).cloned();
        }
        if let Some(session) = &shell.caller.session {
            shell.unread = unread_of(app, &tenant.id, &session.user).await?;
            shell.is_told |= shell.unread > 0;
        }
        if shell.may(Permission::IntegrationsRead) {
            shell.held = runs::held(db, &tenant.id).await?;
        }
        Ok(shell)
    }
}

impl Shell {
    fn empty(caller: Caller, path: String, headers: &HeaderMap) -> Shell {
        let who = match (&caller.session, &caller.token) {
            (Some(session), _) => session.name.clone(),
            (None, Some(token)) => token.name.clone(),
            (None, None) => "Operator".to_owned(),
        };
        let role = caller.session.as_ref().and_then(|session| session.role);
        Shell {
            who,
            role: role.map(|role| role.as_str().to_owned()),
            signed_in: caller.has_session(),
            tenant: None,
            tenants: vec![],
            scenarios: vec![],
            scenario: None,
            picks_scenario: OF_SCENARIO.iter().any(|start| path.starts_with(start)),
            path,
            theme: theme(headers),
            toast: cookie(headers, TOAST),
            held: 0,
            unread: 0,
            is_told: role.is_some_and(|role| matches!(role, Role::Owner | Role::Admin)),
            caller,
        }
    }
}

/// Light or dark, where somebody chose.
pub(crate) fn theme(headers: &HeaderMap) -> Option<&'static str> {
    let chosen = cookie(headers, THEME)?;
    ["light", "dark"].into_iter().find(|one| chosen == *one)
}

/// A cookie's value, decoded.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)?;
    percent_decode_str(value).decode_utf8().ok().map(|value| value.into_owned())
}
