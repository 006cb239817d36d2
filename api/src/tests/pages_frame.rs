//! What stands around every page: the menu, and the banner above.

use rollcall_domain::access::Role;
use rollcall_domain::tenant::Plan;

use super::Home;
use super::belongings::told;
use super::pages_account::Person;

#[tokio::test]
async fn while_something_is_unread_an_inbox_stands_immediately_left_of_the_profile_menu() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let owner = Person::of(&home, &tenant, Role::Owner, "olga@acme.example").await;
    let button =
        r#"<a class="pick inbox" href="/notifications" aria-label="Notifications, 1 unread">"#;
    assert!(!owner.page("/people").await.contains(button), "nothing is unread");

    told(&home, &tenant, &owner.user).await;

    let page = owner.page("/people").await;
    let (_, behind) = page.split_once(button).expect("the button is there");
    // Whatever is shown next in the banner is the profile menu's; a template is not shown.
    let (before, _) = behind.split_once("Profile menu").unwrap();
    let (inbox, rest) = before.split_once("<template").unwrap();
    let (_, rest) = rest.split_once("</template>").unwrap();
    assert!(inbox.contains("<b>1</b></a>"), "the badge counts: {inbox}");
    assert_eq!(rest.matches("<a").count() + rest.matches("<button").count(), 1, "{rest}");
    let (_, menu) = page.split_once(r#"id="m-profile""#).unwrap();
    assert!(menu.split("</div>").next().unwrap().contains(r#"<a href="/notifications">"#));
    followers.stop().await;
}

#[tokio::test]
async fn webhooks_stand_under_configure_and_integrations_under_settings_for_who_may_see_them() {
    let home = Home::new().await;
    let followers = home.projections.start();
    let tenant = home.tenant("acme", Plan::Business).await;
    let menu = async |role: Role| {
        let email = format!("{}@acme.example", role.as_str());
        let page = Person::of(&home, &tenant, role, &email).await.page("/people").await;
        let (_, menu) = page.split_once("<nav class=\"side\"").unwrap();
        let groups = menu.split("</nav>").next().unwrap().split("<h2>").skip(1);
        groups.map(str::to_owned).collect::<Vec<_>>()
    };
    let of = |groups: &[String], title: &str| {
        groups.iter().find(|group| group.starts_with(title)).cloned().unwrap_or_default()
    };

    for role in [Role::Owner, Role::Admin, Role::Auditor] {
        let groups = menu(role).await;
        assert!(of(&groups, "Configure<").contains("href=\"/settings/webhooks\""), "{groups:?}");
        assert!(of(&groups, "Settings<").contains("href=\"/settings/integrations\""), "{groups:?}");
    }
    for role in [Role::Editor, Role::Viewer] {
        let groups = menu(role).await.concat();
        assert!(!groups.contains("/settings/webhooks") && !groups.contains("/integrations"));
    }
    followers.stop().await;
}
