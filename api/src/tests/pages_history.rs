//! The audit list as a page: what happened in words, one event, and the files.

use rollcall_domain::tenant::Plan;
use serde_json::json;

use super::Home;
use super::by_hand::Desk;
use super::pages_scenarios::Browser;
use crate::tokens::Scope;

const MARKUP: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn what_happened_is_told_in_words_with_names_and_links() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let sales = desk.make("/departments", json!({"name": MARKUP})).await;
    let boss = desk.make("/actors", json!({"first_name": "Boss"})).await;
    let ada = desk.make("/actors", json!({"first_name": "Ada", "job_title": "SRE"})).await;
    let body = json!({"job_title": "CTO", "departments": [sales], "manager": boss, "phone": "1"});
    desk.edit(&format!("/actors/{ada}"), body).await;
    let auditor = Browser::of(&home, Some(&desk.tenant), Scope::Read).await;

    let page = auditor.read("/history").await;

    assert!(page.contains("Person changed</a><small><code>actor.fields_changed</code>"), "{page}");
    assert!(page.contains("SRE</del>") && page.contains("CTO</ins>"), "{page}");
    assert!(page.contains("Boss</ins>"), "a manager is told by name: {page}");
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;</ins>"), "{page}");
    assert!(!page.contains(MARKUP));
    assert!(page.contains(&format!("href=\"/people/{ada}?scenario={}\"", desk.scenario)));
    assert!(page.contains("<bdi>Command line</bdi>"));

    let of_ada = auditor.read(&format!("/history?actor={ada}&type=actor.fields_changed")).await;
    assert_eq!(of_ada.matches("<code>actor.fields_changed</code>").count(), 1, "{of_ada}");
    assert!(!of_ada.contains("<code>actor.created</code>"), "{of_ada}");
    let tomorrow = auditor.read("/history?since=2999-01-01").await;
    assert!(tomorrow.contains("No event fits"), "{tomorrow}");
    let start = of_ada.find("href=\"/history/0").unwrap();
    let place: String = of_ada[start + 6..].chars().take_while(|one| *one != '"').collect();
    let one = auditor.read(&place).await;
    assert!(one.contains("Sealed with") && one.contains("&#34;phone&#34;"), "{one}");
    followers.stop().await;
}

#[tokio::test]
async fn an_event_is_read_with_its_content_by_its_own_tenant_only() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let ada = desk.make("/actors", json!({"first_name": "Ada", "job_title": "SRE"})).await;
    home.projections.settle(super::people::SOON).await.unwrap();
    let auditor = Browser::of(&home, Some(&desk.tenant), Scope::Read).await;
    let other = home.tenant("other", Plan::Business).await;
    let stranger = Browser::of(&home, Some(&other), Scope::Manage).await;

    let list = home.get(&auditor.token, &format!("/audit_events?actor={ada}")).await.json();
    let position = list["data"][0]["position"].as_str().unwrap().to_owned();
    let path = format!("/audit_events/{position}");
    let read = home.get(&auditor.token, &path).await.json();

    assert_eq!((&read["type"], &read["erased"]), (&json!("actor.created"), &json!(false)));
    assert_eq!(read["about"], json!({"kind": "actor", "id": ada, "name": "Ada"}));
    let title = json!({"field": "job_title", "old": null, "new": "SRE"});
    assert!(read["changes"].as_array().unwrap().contains(&title), "{read}");
    assert_eq!(home.get(&stranger.token, &path).await.status, 404);
    assert_eq!(stranger.status(&format!("/history/{position}")).await, 404);
    for odd in ["x", "0-0", "0-99999999", "9-1", "0-18446744073709551615"] {
        let answer = home.get(&auditor.token, &format!("/audit_events/{odd}")).await;
        assert_eq!(answer.status, 404, "{odd}");
    }
    followers.stop().await;
}

#[tokio::test]
async fn what_is_shown_can_be_taken_home() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let desk = Desk::of(&home, home.tenant("acme", Plan::Business).await).await;
    let ada = desk.make("/actors", json!({"first_name": "Ada"})).await;
    home.projections.settle(super::people::SOON).await.unwrap();
    let auditor = Browser::of(&home, Some(&desk.tenant), Scope::Read).await;

    for (format, kind) in [("csv", "text/csv; charset=utf-8"), ("ndjson", "application/x-ndjson")] {
        let file = auditor.get(&format!("/history/export?format={format}&actor={ada}")).await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, kind));
        assert!(file.header("content-disposition").ends_with(&format!(".{format}\"")));
        let text = String::from_utf8(file.body).unwrap();
        assert_eq!(text.lines().count(), if format == "csv" { 2 } else { 1 }, "{text}");
    }
    followers.stop().await;
}
