//! API tokens as pages: made, shown once, listed, revoked.

use rollcall_domain::tenant::Plan;

use super::Home;
use super::pages_scenarios::Browser;
use crate::tokens::Scope;

const HERE: &str = "/settings/tokens";

#[tokio::test]
async fn a_token_is_shown_once_works_and_is_revoked() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let admin = Browser::of(&home, Some(&tenant), Scope::Manage).await;
    let new = format!("{HERE}/new");
    assert!(!admin.read(&new).await.contains("value=\"operator\""));

    let fields = [("name", "<i>Payroll</i>"), ("scope", "read"), ("expires_at", "2999-12-31")];
    let (status, _, page) = admin.submit(&new, &fields).await;

    assert_eq!(status, 201, "{page}");
    let start = page.find("rc_tenant_").unwrap();
    let token: String = page[start..].chars().take_while(|one| *one != '<').collect();
    assert!(page.contains("&#60;i&#62;Payroll") && !page.contains("<i>Payroll"), "{page}");
    let reader = Browser { home: &home, token: token.clone() };
    assert_eq!(reader.status("/scenarios").await, 200);
    assert_eq!(reader.status(HERE).await, 404, "it manages no tokens");
    let list = admin.read(HERE).await;
    assert!(list.contains("&#60;i&#62;Payroll") && !list.contains(&token), "{list}");

    let id = token.trim_start_matches("rc_tenant_").split('.').next().unwrap();
    assert!(admin.read(&format!("{HERE}/{id}/revoke")).await.contains("Revoke the token"));
    assert_eq!(admin.submit(&format!("{HERE}/{id}/revoke"), &[]).await.0, 303);
    assert_eq!(reader.status("/scenarios").await, 303, "to signing in");
    assert!(admin.read(HERE).await.contains("Revoked</span>"));
    followers.stop().await;
}

#[tokio::test]
async fn what_was_typed_is_kept_and_others_tokens_are_not_there() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let admin = Browser::of(&home, Some(&tenant), Scope::Manage).await;
    let operator = Browser::of(&home, None, Scope::Operator).await;

    let fields = [("name", ""), ("scope", "edit"), ("expires_at", "1999-12-31")];
    let (status, _, page) = admin.submit(&format!("{HERE}/new"), &fields).await;

    assert_eq!(status, 422);
    assert!(page.contains("value=\"edit\" checked") && page.contains("value=\"1999-12-31\""));
    assert!(page.contains("from 1 to 200 characters") && page.contains("lie in the future"));
    assert!(operator.read(&format!("{HERE}/new")).await.contains("value=\"operator\" checked"));
    let own = operator.token.trim_start_matches("rc_operator_").split('.').next().unwrap();
    assert_eq!(admin.status(&format!("{HERE}/{own}/revoke")).await, 404);
    followers.stop().await;
}
