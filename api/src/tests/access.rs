//! Every route, as every kind of caller: what happens is what the table says. And whatever belongs to
//! another tenant is answered like what is not there.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use rollcall_domain::access::{Permission, Role};
use rollcall_domain::tenant::Plan;
use serde_json::json;
use tower::ServiceExt;

use super::belongings::{Ids, member, renew, session, told};
use super::people::SOON;
use super::{Answer, Home};
use crate::access::{Access, Admitted, Row, rows};
use crate::operator_router;
use crate::tokens::Scope;

/// Whoever may ask, with what the table is asked about them.
#[derive(Debug)]
enum Who {
    Nobody,
    Token(String, &'static [Scope]),
    Person(Role),
    Owner,
}

impl Who {
    fn scopes(&self) -> &[Scope] {
        match self {
            Who::Token(_, scopes) => scopes,
            Who::Owner => &[Scope::Operator],
            Who::Person(_) | Who::Nobody => &[],
        }
    }

    fn may(&self, permission: Permission) -> bool {
        if let Who::Person(role) = self {
            return role.permissions().contains(&permission);
        }
        if self.scopes().contains(&Scope::Assistant) {
            return Scope::Assistant.permissions().contains(&permission);
        }
        self.scopes().iter().any(|scope| scope.permissions().contains(&permission))
    }
}

const PASSES: u16 = 0;

/// Of somebody who signed in: a token has nothing of it.
const OF_A_PERSON: [(&Method, &str); 12] = [
    (&Method::GET, "/api/v1/me/mail"),
    (&Method::PUT, "/api/v1/me/mail"),
    (&Method::GET, "/api/v1/notifications"),
    (&Method::POST, "/api/v1/notifications/read_all"),
    (&Method::GET, "/api/v1/notifications/stream"),
    (&Method::POST, "/api/v1/notifications/{notification}/read"),
    (&Method::POST, "/api/v1/notifications/{notification}/unread"),
    (&Method::POST, "/api/v1/session/tenant"),
    (&Method::GET, "/api/v1/sessions"),
    (&Method::DELETE, "/api/v1/sessions/{session}"),
    (&Method::PATCH, "/api/v1/me"),
    (&Method::POST, "/api/v1/me/password"),
];

/// What the table says comes of it: a status, or that it passes.
fn expected(who: &Who, (method, path, access): &Row) -> u16 {
    let operates = who.scopes().contains(&Scope::Operator);
    if *access != Access::Open && matches!(who, Who::Nobody) {
        return 401;
    }
    let writes = *method != Method::GET && !matches!(access, Access::Asks(_));
    if who.scopes().contains(&Scope::Assistant) && writes && *access != Access::Open {
        return 403;
    }
    let needs = |permission: Permission| match (who.may(permission), who.may(permission.sight())) {
        (true, _) => PASSES,
        (false, true) => 403,
        (false, false) => 404,
    };
    if !matches!(who, Who::Person(_)) && OF_A_PERSON.contains(&(method, path)) {
        return 404;
    }
    match access {
        // What somebody else asked for is for those who manage.
        Access::Needs(_) if *path == "/api/v1/operations/{operation}" => {
            if who.may(Permission::IntegrationsManage) { PASSES } else { 404 }
        }
        Access::Needs(permission) | Access::Asks(permission) => needs(*permission),
        Access::Operates(_) if operates => PASSES,
        Access::Operates(Some(sight)) if who.may(*sight) => 403,
        Access::Operates(_) => 404,
        Access::Open | Access::Known => PASSES,
    }
}

/// A body its route takes, so that nothing is refused for its form.
fn body(method: &Method, path: &str) -> Body {
    let last = path.rsplit('/').next().unwrap_or_default();
    let body = match (method, last) {
        (&Method::GET | &Method::DELETE, _) => return Body::empty(),
        (_, "provider_webhooks" | "{webhook}") => json!({ "url": "https://rollcall.example" }),
        (_, "apply") => json!({ "hash": "0000" }),
        (_, "session") => json!({ "email": "nobody@example.com", "password": "made up" }),
        (_, "tenant") => json!({ "tenant": "acme" }),
        (_, "mail") => json!({ "off": ["plans"] }),
        (_, "me") => json!({ "name": "Somebody" }),
        (_, "password") if path.contains("/me/") => json!({ "current": "x", "new": "y" }),
        (_, "password") => json!({ "password": "a sentence nobody would guess" }),
        (_, "members") => json!({ "email": "member@example.com", "role": "viewer" }),
        (_, "invitations") => json!({ "email": "guest@example.com", "role": "viewer" }),
        (_, "users") => json!({ "email": "x", "name": "x", "password": "x" }),
        (&Method::PATCH, "{user}") if path.contains("members") => json!({ "role": "editor" }),
        (_, "{user}") => json!({ "name": "Somebody Else" }),
        (_, "{invitation}") => return Body::empty(),
        (_, "credentials") => json!({ "api_key": "made-up" }),
        (_, "webhook_secrets") => json!({ "secret": "made-up-made-up-made-up" }),
        (_, "identities") => json!({ "identities": [{ "source_id": "114" }] }),
        (_, "tokens") => json!({ "name": "made", "scopes": ["read"] }),
        (_, "tenants" | "{tenant}") => json!({ "plan": "business" }),
        (_, "{actor}" | "actors") => json!({ "job_title": "Engineer" }),
        (_, "departments" | "{department}" | "scenarios" | "{scenario}") => {
            json!({ "name": "Made up" })
        }
        (_, _) => json!({}),
    };
    Body::from(body.to_string())
}

fn request(token: Option<&str>, method: &Method, path: &str, body: Body) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("x-request-id", "same")
        .header("prefer", "wait=0");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.body(body).unwrap()
}

/// Streams are not waited for.
async fn answered(home: &Home, who: &Who, method: &Method, path: &str, body: Body) -> Answer {
    answered_with(home, who, None, method, path, body).await.0
}

async fn answered_with(
    home: &Home,
    who: &Who,
    cookie: Option<&str>,
    method: &Method,
    path: &str,
    body: Body,
) -> (Answer, bool) {
    let (router, token) = match who {
        Who::Owner => (operator_router(home.app.clone()), None),
        Who::Token(token, _) => (home.router.clone(), Some(token.as_str())),
        Who::Person(_) | Who::Nobody => (home.router.clone(), None),
    };
    let mut request = request(token, method, path, body);
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", format!("rollcall={cookie}").parse().unwrap());
        request.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
    }
    if who.scopes().contains(&Scope::Operator) {
        request.headers_mut().insert("rollcall-tenant", "acme".parse().unwrap());
    }
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let endless = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
    let body = match endless {
        true => vec![],
        false => body.collect().await.unwrap().to_bytes().to_vec(),
    };
    let admitted = parts.extensions.get::<Admitted>().is_some();
    (Answer { status: parts.status, headers: parts.headers, body }, admitted)
}

/// Those who may ask. Each has an installation of its own, as some of what they do can't be done twice.
const CALLERS: [&[Scope]; 7] = [
    &[Scope::Read],
    &[Scope::Edit],
    &[Scope::Manage],
    &[Scope::Read, Scope::Manage],
    &[Scope::Assistant],
    &[Scope::Assistant, Scope::Manage],
    &[Scope::Operator],
];

async fn walk(home: &Home, ids: &mut Ids, who: &Who) {
    let tenant = home.store.tenant("acme").await.unwrap().unwrap().id;
    let user = match who {
        Who::Person(role) => Some(member(home, &tenant, *role, "me@example.com").await),
        Who::Token(..) | Who::Owner | Who::Nobody => None,
    };
    if let Some(user) = &user {
        ids.set("{notification}", told(home, &tenant, user).await);
    }
    let mut wrong = vec![];
    for row in rows() {
        let (method, path, access) = &row;
        renew(home, ids, method, path).await;
        // A route may end the session that it comes with.
        let mut cookie = None;
        if let Some(user) = &user {
            cookie = Some(session(home, &tenant, user).await.1);
            ids.set("{session}", session(home, &tenant, user).await.0);
        }
        let (at, sent) = (ids.fill(path), body(method, path));
        let (answer, admitted) =
            answered_with(home, who, cookie.as_deref(), method, &at, sent).await;
        let status = answer.status.as_u16();
        let wanted = expected(who, &row);
        let as_said = match wanted {
            // What is open may ask for a proof of its own.
            PASSES if *access == Access::Open => admitted && ![403, 405].contains(&status),
            // A page shows nothing where there is nothing, and a token has no account.
            PASSES if !path.starts_with("/api/") => admitted && ![401, 403, 405].contains(&status),
            PASSES => admitted && ![401, 403, 404, 405].contains(&status),
            other => status == other,
        };
        if !as_said {
            wrong.push(format!("{method} {path}: {status}, not {wanted}: {}", answer.json()));
        }
    }
    assert!(wrong.is_empty(), "{who:?}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_route_does_as_the_table_says_for_everybody() {
    for scopes in CALLERS {
        let home = Home::new().await;
        let followers = home.projections.start();
        let mut ids = Ids::of_acme(&home).await;
        let tenant = home.store.tenant("acme").await.unwrap().unwrap();
        let of = (!scopes.contains(&Scope::Operator)).then_some(&*tenant.id);
        let token = home.token(of, scopes).await;
        walk(&home, &mut ids, &Who::Nobody).await;
        walk(&home, &mut ids, &Who::Token(token, scopes)).await;
        followers.stop().await;
    }
    let people = Role::ALL.map(Who::Person).into_iter();
    for who in people.chain([Who::Owner]) {
        let home = Home::new().await;
        let followers = home.projections.start();
        let mut ids = Ids::of_acme(&home).await;
        walk(&home, &mut ids, &who).await;
        followers.stop().await;
    }
}

/// What may differ between two answers to the same thing: how much is left to ask.
pub(super) fn compared(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in ["ratelimit-remaining", "ratelimit-reset"] {
        headers.remove(name);
    }
    headers
}

#[tokio::test]
async fn ten_thousand_probes_of_another_tenant_are_answered_like_what_is_not_there() {
    let rates = crate::Rates { reads: 0, writes: 0 };
    let home = Home::with(crate::Settings { rates, ..crate::Settings::default() }).await;
    let followers = home.projections.start();
    let theirs = Ids::of_acme(&home).await;
    home.tenant("other", Plan::Business).await;
    home.projections.settle(SOON).await.unwrap();
    let own = home.ask(Method::GET, "/scenarios", "other", None).await.json();
    let own = own["data"][0]["id"].as_str().unwrap();
    let tenant = home.store.tenant("other").await.unwrap().unwrap();
    let mine = home.token(Some(&tenant.id), &[Scope::Read, Scope::Manage]).await;
    let mine = Who::Token(mine, &[Scope::Read, Scope::Manage]);
    // Installation-wide names, and what needs no tenant, belong to nobody.
    let belongs = |row: &Row| {
        let (_, path, access) = row;
        let of_tenant = !path.contains("{name}") && !path.contains("/account/");
        path.starts_with("/api/") && path.contains('{') && of_tenant && *access != Access::Open
    };
    let probed: Vec<Row> = rows().filter(belongs).collect();
    let pool: Vec<&str> =
        theirs.0.iter().map(|(_, id)| id.as_str()).filter(|id| id.len() > 8).collect();
    assert!(pool.len() >= 9);

    let mut missing: HashMap<(Method, String), Answer> = HashMap::new();
    for n in 0..10_000 {
        let (method, path, _) = &probed[n % probed.len()];
        let turn = n / probed.len();
        // Every place once with the other tenant's right id, then with any of theirs; now and then
        // within a scenario of one's own.
        let (mut there, mut nowhere) = (whole(path), whole(path));
        if turn % 3 == 2 && path.matches('{').count() > 1 {
            there = there.replace("{scenario}", own);
            nowhere = nowhere.replace("{scenario}", own);
        }
        if turn.is_multiple_of(2) {
            there = theirs.fill(&there);
        }
        for (at, (name, _)) in theirs.0.iter().enumerate() {
            there = there.replace(name, pool[(turn + at) % pool.len()]);
            nowhere = nowhere.replace(name, "x");
        }
        let foreign = answered(&home, &mine, method, &there, body(method, path)).await;
        let key = (method.clone(), nowhere);
        if !missing.contains_key(&key) {
            let answer = answered(&home, &mine, method, &key.1, body(method, path)).await;
            missing.insert(key.clone(), answer);
        }
        let unknown = &missing[&key];
        assert_eq!(foreign.problem(), (404, "not_found".to_owned()), "{method} {there}");
        let same = foreign.body == unknown.body
            && compared(&foreign.headers) == compared(&unknown.headers);
        assert!(same, "{method} {there}: {} {}", foreign.json(), unknown.json());
    }
    followers.stop().await;
}

/// With the parameters it does not do without.
fn whole(path: &str) -> String {
    match path.rsplit('/').next() {
        Some("diff" | "counts") => format!("{path}?with=x"),
        Some("webhook_secrets") => format!("{path}?fingerprint=x"),
        Some(_) | None => path.to_owned(),
    }
}

/// Every literal a route is made with, in the sources of this crate.
fn routes_in(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            routes_in(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let routes = text.split(".route(").skip(1).map(str::trim_start);
            let literals = routes.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
            found.extend(literals.map(str::to_owned));
        }
    }
}

#[test]
fn every_route_there_is_has_a_row_in_the_table() {
    let mut found = vec![];
    routes_in(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50, "{}", found.len());
    let known: Vec<&str> = rows().map(|(_, path, _)| path).collect();
    for path in found {
        let nested = format!("/api/v1{path}");
        assert!(known.iter().any(|row| *row == path || *row == nested), "{path}");
    }
}
