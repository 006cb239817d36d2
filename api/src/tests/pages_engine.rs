//! The engine's pages: how far read models are, and work that was given up.

use axum::body::Body;
use axum::http::Request;
use rollcall_domain::tenant::Plan;
use rollcall_store::{Claim, NewIntent, Outcome};

use super::Home;
use super::pages_scenarios::Browser;
use super::people::SOON;
use crate::tokens::Scope;

#[tokio::test]
async fn everybody_sees_how_far_their_lists_are_and_the_operator_acts() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let auditor = Browser::of(&home, Some(&tenant), Scope::Read).await;
    let operator = Browser::of(&home, None, Scope::Operator).await;

    let page = auditor.read("/engine").await;

    assert!(page.contains("Everything you read is up to date."), "{page}");
    assert!(!page.contains("/engine/actors") && !page.contains("Parked work"), "{page}");
    assert_eq!(auditor.status("/engine/actors").await, 403);
    assert_eq!(auditor.submit("/engine/actors/rebuild", &[]).await.0, 403);
    assert_eq!(auditor.status("/engine/parked").await, 403);
    assert!(operator.read("/engine").await.contains("href=\"/engine/actors\""));
    assert!(operator.read("/engine/actors").await.contains("Compare with the log"));
    assert_eq!(operator.status("/engine/odd").await, 404);
    followers.stop().await;
}

#[tokio::test]
async fn a_rebuild_is_begun_and_its_end_is_seen_later() {
    let home = Home::new().await;
    let followers = home.projections.start();
    home.tenant("acme", Plan::Business).await;
    home.projections.settle(SOON).await.unwrap();
    let operator = Browser::of(&home, None, Scope::Operator).await;
    let ended = async |wanted: &str| {
        let look = async {
            loop {
                let work = home.get(&operator.token, "/projections/tenants").await.json();
                if work["work"]["status"] != "running" {
                    break work;
                }
            }
        };
        let work = tokio::time::timeout(SOON, look).await.unwrap();
        assert_eq!(work["work"]["status"], "done", "{work}");
        assert_eq!(work["work"]["task"], wanted);
        work
    };

    let begun = operator.submit("/engine/tenants/rebuild", &[]).await;
    assert_eq!((begun.0, begun.1.as_str()), (303, "/engine/tenants"));
    let work = ended("rebuild").await;
    assert_eq!(
        (&work["other"]["status"], &work["work"]["result"]["rows"]),
        (&"built".into(), &1.into())
    );
    assert!(operator.read("/engine/tenants").await.contains("The new build is shown."));
    assert_eq!(operator.submit("/engine/tenants/switch", &[]).await.0, 303);

    let request = Request::post("/api/v1/projections/tenants/compare")
        .header("authorization", format!("Bearer {}", operator.token))
        .header("prefer", "respond-async");
    let answer = home.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (202, "/api/v1/projections/tenants")
    );
    ended("compare").await;
    let page = operator.read("/engine/tenants").await;
    assert!(page.contains("What is live is what the log says"), "{page}");
    followers.stop().await;
}

/// One piece of work, given up.
async fn park(home: &Home, tenant: &str) -> i64 {
    let new = NewIntent {
        effect_id: "e1".into(),
        kind: "request_run".into(),
        tenant: tenant.into(),
        key: "k1".into(),
        payload: vec![],
        run_at: None,
    };
    home.store.add_intents(&[new]).await.unwrap();
    let (owner, kinds) = (home.store.new_owner(), ["request_run"]);
    let (lease, now) = (SOON, chrono::Utc::now());
    let claim = Claim { kinds: &kinds, owner: &owner, keys: 1, per_key: 1, lease, now };
    let claimed: Vec<i64> =
        home.store.claim(&claim).await.unwrap().iter().map(|one| one.id).collect();
    let outcome = Outcome::Parked { error: "it <i>panicked</i>; see the log".into() };
    home.store.settle(&claimed, &owner, &outcome).await.unwrap();
    home.store.intents(Some(tenant), 10).await.unwrap()[0].id
}

#[tokio::test]
async fn parked_work_is_explained_tried_again_and_let_go_of() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let admin = Browser::of(&home, Some(&tenant), Scope::Manage).await;
    assert!(admin.read("/engine/parked").await.contains("Nothing is parked"));
    let id = park(&home, &tenant).await;

    for path in ["/engine".to_owned(), "/engine/parked".into(), format!("/engine/parked/{id}")] {
        let page = admin.read(&path).await;
        assert!(page.contains("Request run"), "{page}");
        assert!(page.contains("It &#60;i&#62;panicked&#60;/i&#62;"), "{page}");
    }
    assert!(admin.read(&format!("/engine/parked/{id}/skip")).await.contains("brought back"));
    assert_eq!(admin.submit(&format!("/engine/parked/{id}/skip"), &[]).await.0, 303);
    assert_eq!(admin.submit(&format!("/engine/parked/{id}/retry"), &[]).await.0, 404);
    assert!(admin.read("/engine/parked").await.contains("Nothing is parked"));
    followers.stop().await;
}
