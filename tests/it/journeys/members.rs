//! Who belongs to a tenant: invited, joined, with a role that counts at once, and gone.

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::place::{Place, on_both_databases};
use crate::visitor::{House, PASSWORD, Visitor};

on_both_databases!(
    somebody_new_joins_by_an_invitation_once,
    a_registered_user_signs_in_to_accept_and_nobody_else_can,
    of_two_who_accept_at_once_one_is_registered,
    an_invitation_that_is_over_says_why,
    an_invitation_ends_with_whoever_made_it_and_with_joining_without_it,
    a_role_decides_at_once_what_somebody_may,
    the_last_owner_stays_and_only_owners_touch_owners,
    somebody_in_two_tenants_is_in_one_at_a_time,
    nobody_is_in_the_tenant_of_all_users,
    a_token_says_who_made_it_and_when_it_was_used,
);

const ADA: &str = "ada@engine.example";

async fn invite(owner: &Visitor, email: &str, role: &str) -> Answer {
    let new = json!({ "email": email, "role": role });
    owner.ask(Method::POST, "/invitations", Some(new)).await
}

/// The path of the link.
async fn link(owner: &Visitor, email: &str, role: &str) -> String {
    let made = invite(owner, email, role).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["link"].as_str().unwrap().to_owned()
}

fn newcomer() -> Option<Value> {
    Some(json!({ "name": "Ada Lovelace", "password": PASSWORD }))
}

fn reason(answer: &Answer) -> (u16, String) {
    let reason = answer.json()["reason"].as_str().unwrap_or_default().to_owned();
    (answer.status, reason)
}

async fn somebody_new_joins_by_an_invitation_once(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let link = link(&owner, " Ada@Engine.example", "editor").await;
    let ada = house.visitor();

    let offer = ada.get(&link).await;
    assert_eq!((&offer["tenant"], &offer["role"]), (&json!("acme"), &json!("editor")));
    assert_eq!((&offer["email"], &offer["registered"]), (&json!(ADA), &json!(false)));
    let weak = Some(json!({ "name": "Ada Lovelace", "password": "adalovelace1815" }));
    assert_eq!(ada.ask(Method::POST, &link, weak).await.status, 422);
    let joined = ada.ask(Method::POST, &link, newcomer()).await;
    assert_eq!(joined.status, 201, "{}", joined.json());
    let me = ada.get("/me").await;
    assert_eq!((&me["role"], &me["user"]["email"]), (&json!("editor"), &json!(ADA)));

    let again = house.visitor().ask(Method::POST, &link, newcomer()).await;
    assert_eq!(again.status, 409, "{}", again.json());
    let mine = ada.ask(Method::POST, &link, None).await;
    assert_eq!(mine.status, 200, "whoever accepted may press twice: {}", mine.json());
    house.settle().await;
    let members = owner.get("/members").await;
    let roles: Vec<_> =
        members["data"].as_array().unwrap().iter().map(|one| &one["role"]).collect();
    assert_eq!(roles, ["owner", "editor"]);
    let invitations = owner.get("/invitations").await;
    assert_eq!(invitations["data"][0]["state"], "accepted");
    assert_eq!(invitations["data"][0]["accepted_by"], me["user"]["id"]);
    let secret = link.rsplit('.').next().unwrap();
    assert!(!house.place.holds(secret).await, "the link lies in the clear");
    assert!(!house.place.holds_outside_of_views(ADA).await, "the address lies in the clear");
    for name in ["users", "memberships", "invitations"] {
        let found = house.node.projections.verify(name, &|_| ()).await.unwrap();
        assert_eq!((found.missing, found.extra, found.different), (0, 0, 0), "{name}");
    }
}

async fn a_registered_user_signs_in_to_accept_and_nobody_else_can(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let user = house.register(ADA).await;
    let link = link(&owner, ADA, "auditor").await;
    let ada = house.visitor();

    assert_eq!(ada.get(&link).await["registered"], true);
    let refused = ada.ask(Method::POST, &link, newcomer()).await;
    assert_eq!(reason(&refused), (409, "user.email_taken".to_owned()));
    assert_eq!(ada.ask(Method::POST, &link, None).await.status, 401);
    let other = owner.ask(Method::POST, &link, None).await;
    assert_eq!(reason(&other), (409, "members.another_address".to_owned()));
    let wrong = format!("{}0", &link[..link.len() - 1]);
    let wrong = if wrong == link { format!("{}1", &link[..link.len() - 1]) } else { wrong };
    for unknown in [wrong.as_str(), "/invitations/x", "/invitations/a.b.c"] {
        assert_eq!(ada.status(unknown).await, 404, "{unknown}");
    }

    assert_eq!(ada.sign_in(ADA, PASSWORD).await.status, 201);
    assert_eq!(ada.get("/me").await["tenant"], Value::Null);
    let joined = ada.ask(Method::POST, &link, None).await;
    assert_eq!((joined.status, &joined.json()["user"]), (200, &json!(user)));
    let me = ada.get("/me").await;
    assert_eq!((&me["role"], &me["tenant"]), (&json!("auditor"), &json!(house.acme)));
    let invited_again = invite(&owner, ADA, "viewer").await;
    assert_eq!(reason(&invited_again), (409, "members.already_member".to_owned()));
}

async fn of_two_who_accept_at_once_one_is_registered(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let link = link(&owner, ADA, "viewer").await;
    let (one, other) = (house.visitor(), house.visitor());

    let (one, other) = tokio::join!(
        one.ask(Method::POST, &link, newcomer()),
        other.ask(Method::POST, &link, newcomer())
    );

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.json(), other.json());
    house.settle().await;
    assert_eq!(owner.get("/members").await["data"].as_array().unwrap().len(), 2);
    let users = house.operate(Method::GET, "/users", "", None).await.json();
    assert_eq!(users["data"].as_array().unwrap().len(), 2);
}

async fn an_invitation_that_is_over_says_why(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let ada = house.visitor();
    let first = link(&owner, ADA, "viewer").await;
    let second = link(&owner, ADA, "editor").await;
    let accept = async |link: &str| reason(&ada.ask(Method::POST, link, newcomer()).await);

    assert_eq!(accept(&first).await, (409, "members.replaced".to_owned()));
    house.settle().await;
    let listed = owner.get("/invitations").await["data"].as_array().unwrap().clone();
    let states: Vec<_> = listed.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["open", "replaced"]);
    let path = format!("/invitations/{}", listed[0]["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(owner.ask(Method::DELETE, &path, None).await.status, 204);
    }
    assert_eq!(accept(&second).await, (409, "members.revoked".to_owned()));
    let third = link(&owner, ADA, "editor").await;
    house.clock.reach(Utc::now() + TimeDelta::days(7) + TimeDelta::seconds(1));
    assert_eq!(accept(&third).await, (409, "members.expired".to_owned()));
    assert_eq!(reason(&ada.ask(Method::GET, &third, None).await).1, "members.expired");
}

async fn an_invitation_ends_with_whoever_made_it_and_with_joining_without_it(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let (adam, admin) = house.member("adam@acme.example", "admin").await;
    let ada = house.visitor();
    let accept = async |link: &str| reason(&ada.ask(Method::POST, link, newcomer()).await);
    let gone = link(&admin, ADA, "viewer").await;
    let kept = link(&owner, "bob@engine.example", "viewer").await;

    let member = format!("/members/{adam}");
    assert_eq!(owner.ask(Method::DELETE, &member, None).await.status, 204);
    assert_eq!(accept(&gone).await, (409, "members.revoked".to_owned()));
    assert_eq!(house.visitor().status(&kept).await, 200);

    let user = house.register("bob@engine.example").await;
    house.join("acme", "bob@engine.example", "viewer").await;
    house.settle().await;
    let listed = owner.get("/invitations").await["data"].as_array().unwrap().clone();
    let states: Vec<_> = listed.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["accepted", "revoked"]);
    assert_eq!(listed[0]["accepted_by"], user);
    let bob = house.signed_in("bob@engine.example").await;
    assert_eq!(bob.ask(Method::POST, &kept, None).await.status, 200, "it leads there all the same");
}

async fn a_role_decides_at_once_what_somebody_may(place: Place) {
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let (user, vera) = house.member("vera@acme.example", "viewer").await;
    let member = format!("/members/{user}");
    let becomes = async |role: &str| {
        let body = Some(json!({ "role": role }));
        assert_eq!(owner.ask(Method::PATCH, &member, body).await.status, 204, "{role}");
        let make = Some(json!({ "name": role }));
        (
            vera.status("/scenarios").await,
            vera.status("/integrations").await,
            vera.status("/members").await,
            vera.ask(Method::POST, "/scenarios", make).await.status,
        )
    };

    assert_eq!(becomes("viewer").await, (200, 404, 404, 403));
    assert_eq!(becomes("auditor").await, (200, 200, 200, 403));
    assert_eq!(becomes("editor").await, (200, 404, 404, 201));
    assert_eq!(becomes("admin").await, (200, 200, 200, 201));
    assert_eq!(owner.ask(Method::DELETE, &member, None).await.status, 204);
    assert_eq!((vera.status("/scenarios").await, vera.status("/me").await), (404, 200));
    assert_eq!(owner.ask(Method::DELETE, &member, None).await.status, 404);
}

async fn the_last_owner_stays_and_only_owners_touch_owners(place: Place) {
    let house = House::new(place).await;
    let (olga, owner) = house.member("olga@acme.example", "owner").await;
    let (adam, admin) = house.member("adam@acme.example", "admin").await;
    let (olga, adam) = (format!("/members/{olga}"), format!("/members/{adam}"));
    let role = |role: &str| Some(json!({ "role": role }));

    let last = owner.ask(Method::PATCH, &olga, role("admin")).await;
    assert_eq!(reason(&last), (409, "members.last_owner".to_owned()));
    assert_eq!(owner.ask(Method::DELETE, &olga, None).await.status, 409);
    for refused in [
        admin.ask(Method::PATCH, &olga, role("viewer")).await,
        admin.ask(Method::DELETE, &olga, None).await,
        admin.ask(Method::PATCH, &adam, role("owner")).await,
        invite(&admin, ADA, "owner").await,
    ] {
        assert_eq!(reason(&refused), (403, "members.owners_only".to_owned()));
    }
    assert_eq!(owner.ask(Method::PATCH, &adam, role("owner")).await.status, 204);
    assert_eq!(admin.ask(Method::DELETE, &olga, None).await.status, 204);
    let operator = house.operate(Method::DELETE, &adam, "acme", None).await;
    assert_eq!(reason(&operator), (409, "members.last_owner".to_owned()));
}

async fn somebody_in_two_tenants_is_in_one_at_a_time(place: Place) {
    let house = House::new(place).await;
    let (_, grace) = house.member("grace@navy.example", "owner").await;
    let (_, eve) = house.member("eve@navy.example", "owner").await;
    house.join("beta", "grace@navy.example", "viewer").await;
    house.settle().await;
    let enter = async |who: &Visitor, tenant: &str| {
        let body = Some(json!({ "tenant": tenant }));
        who.ask(Method::POST, "/session/tenant", body).await.status
    };

    let tenants = grace.get("/me").await["tenants"].as_array().unwrap().clone();
    let mut slugs: Vec<_> = tenants.iter().map(|one| one["slug"].as_str().unwrap()).collect();
    slugs.sort_unstable();
    assert_eq!(slugs, ["acme", "beta"]);
    assert_eq!(enter(&grace, "beta").await, 200);
    assert_eq!((grace.status("/scenarios").await, grace.status("/members").await), (200, 404));
    assert_eq!(grace.get("/tenant").await["id"], house.beta);
    let here = [("rollcall-tenant", "acme")];
    let members = grace.ask_with(Method::GET, "/members", &here, None).await;
    assert_eq!(members.status, 200, "a request may say where it is about");

    for place in ["beta", "nowhere", "system", ""] {
        assert_eq!(enter(&eve, place).await, 404, "{place}");
        let there = [("rollcall-tenant", place)];
        let asked = eve.ask_with(Method::GET, "/me", &there, None).await;
        assert_eq!(asked.status, 404, "{place}");
    }
    assert_eq!(grace.ask(Method::DELETE, "/session", None).await.status, 204);
    let again = house.signed_in("grace@navy.example").await;
    assert!(again.get("/me").await["tenant"].is_string());
}

async fn nobody_is_in_the_tenant_of_all_users(place: Place) {
    let house = House::new(place).await;
    house.register(ADA).await;
    house.settle().await;

    let named = house.operate(Method::GET, "/scenarios", "system", None).await;
    assert_eq!(named.status, 404);
    let new = json!({ "slug": "system", "name": "System", "plan": "free" });
    let made = house.operate(Method::POST, "/tenants", "", Some(new)).await;
    assert_eq!(reason(&made), (422, "tenant.slug_reserved".to_owned()));
    let plan = Some(json!({ "plan": "agency" }));
    assert_eq!(house.operate(Method::PATCH, "/tenants/system", "", plan).await.status, 404);
    let tenants = house.operate(Method::GET, "/tenants", "", None).await.json();
    assert_eq!(tenants["data"].as_array().unwrap().len(), 2);
}

async fn a_token_says_who_made_it_and_when_it_was_used(place: Place) {
    let house = House::new(place).await;
    let (user, owner) = house.member("olga@acme.example", "owner").await;
    let new = json!({ "name": "bot", "scopes": ["assistant"] });
    let made = owner.ask(Method::POST, "/tokens", Some(new)).await.json();
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with(made["prefix"].as_str().unwrap()));
    let listed = owner.get("/tokens").await["data"][0].clone();
    assert_eq!(listed["created_by"], format!("user:{user}"));
    assert_eq!((&listed["used_at"], &listed["token"]), (&Value::Null, &Value::Null));

    let bearer = format!("Bearer {text}");
    let bot = house.visitor();
    let asked = bot.ask_with(Method::GET, "/me", &[("authorization", &bearer)], None).await;
    assert_eq!(asked.status, 200);
    assert!(owner.get("/tokens").await["data"][0]["used_at"].is_string());
}
