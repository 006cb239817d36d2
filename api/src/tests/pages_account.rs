//! What people choose to be mailed, and inviting where mail is sent.

use axum::body::Body;
use axum::http::Request;
use rollcall_domain::access::Role;
use rollcall_domain::tenant::Plan;

use super::belongings::{member, session};
use super::people::SOON;
use super::{Answer, Home};
use crate::Settings;

/// Somebody who signed in.
pub(super) struct Person<'a> {
    home: &'a Home,
    pub(super) user: String,
    cookie: String,
}

impl<'a> Person<'a> {
    pub(super) async fn of(home: &'a Home, tenant: &str, role: Role, email: &str) -> Person<'a> {
        let user = member(home, tenant, role, email).await;
        home.projections.settle(SOON).await.unwrap();
        let (_, secret) = session(home, tenant, &user).await;
        Person { home, user, cookie: format!("rollcall={secret}") }
    }

    pub(super) async fn page(&self, path: &str) -> String {
        self.home.projections.settle(SOON).await.unwrap();
        let answer = self.send(Request::get(path), String::new()).await;
        assert_eq!(answer.status, 200, "{path}");
        String::from_utf8(answer.body).unwrap()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Request::post(path), body).await
    }

    async fn send(&self, request: axum::http::request::Builder, body: String) -> Answer {
        let request = request
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html");
        self.home.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// The box of a kind of mail.
fn tick_box(page: &str, category: &str) -> String {
    let start = page.find(&format!("name=\"mailed\" value=\"{category}\"")).unwrap();
    page[start..].split('>').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_mailed_is_chosen_on_the_account_page() {
    let home = Home::with(Settings { mails: true, ..Settings::default() }).await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let owner = Person::of(&home, &tenant, Role::Owner, "olga@acme.example").await;
    let viewer = Person::of(&home, &tenant, Role::Viewer, "vera@acme.example").await;
    let page = owner.page("/account").await;
    assert!(tick_box(&page, "failures").ends_with("checked disabled"), "somebody has to hear");
    assert!(tick_box(&page, "plans").ends_with("checked") && !page.contains("sends no mail"));

    // What can't be changed is not sent.
    let chosen = [("mailed", "webhooks"), ("mailed", "gossip")];
    assert_eq!(owner.post("/account/mail", &chosen).await.status, 303);

    let page = owner.page("/account").await;
    assert!(tick_box(&page, "failures").ends_with("checked disabled"));
    assert!(tick_box(&page, "webhooks").ends_with("checked"));
    for category in ["plans", "expiry"] {
        assert!(!tick_box(&page, category).contains("checked"), "{category}");
    }
    let theirs = viewer.page("/account").await;
    assert!(!theirs.contains("What is mailed to you"), "a viewer is mailed nothing");
    followers.stop().await;
}

#[tokio::test]
async fn where_mail_is_sent_no_page_shows_the_link() {
    let home = Home::with(Settings { mails: true, ..Settings::default() }).await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let owner = Person::of(&home, &tenant, Role::Owner, "olga@acme.example").await;
    assert!(owner.page("/settings/members").await.contains("Send the invitation"));

    let fields = [("email", "ada@engine.example"), ("role", "viewer")];
    let answer = owner.post("/settings/members/invite", &fields).await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/settings/members");
    let page = owner.page("/settings/members").await;
    assert!(page.contains("ada@engine.example"), "{page}");
    assert!(!page.contains(&format!("/invitations/{tenant}.")), "{page}");
    assert!(!page.contains("data-link"), "{page}");
    followers.stop().await;
}

#[tokio::test]
async fn where_none_is_sent_the_pages_say_so() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let owner = Person::of(&home, &tenant, Role::Owner, "olga@acme.example").await;
    assert!(owner.page("/account").await.contains("sends no mail"));
    assert!(owner.page("/settings/members").await.contains("you get a link to hand over"));

    let fields = [("email", "ada@engine.example"), ("role", "viewer")];
    let answer = owner.post("/settings/members/invite", &fields).await;

    let page = String::from_utf8(answer.body).unwrap();
    assert!(page.contains(&format!("/invitations/{tenant}.")), "{page}");
    followers.stop().await;
}
