//! Users and members, as the operator keeps them.

use serde_json::{Value, json};

use super::run;

#[tokio::test]
async fn from_a_user_to_the_last_owner() {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("secret"), "mist kelp anchor 42\n").unwrap();
    std::fs::write(here.path().join("weak"), "password1234\n").unwrap();
    let said = async |words: &[&str]| {
        let said = run(here.path(), words).await;
        assert_eq!(said.code, 0, "{words:?}: {}", said.err);
        said.out.trim().to_owned()
    };
    said(&["tenant", "create", "acme"]).await;
    let create =
        |file| ["user", "create", "grace@navy.example", "--name", "Grace", "--password-file", file];

    let weak = run(here.path(), &create("weak")).await;
    assert_eq!(weak.code, 2, "{}", weak.err);
    assert!(weak.err.contains("what everybody tries first"), "{}", weak.err);
    said(&create("secret")).await;
    let twice = run(here.path(), &create("secret")).await;
    assert!(twice.code == 1 && twice.err.contains("registered already"), "{}", twice.err);
    said(&["member", "add", "Grace@navy.example", "--role", "owner"]).await;
    let listed: Value = serde_json::from_str(&said(&["member", "list", "--json"]).await).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["role"]), (&json!("Grace"), &json!("owner")));

    for words in [
        &["member", "role", "grace@navy.example", "viewer"][..],
        &["member", "remove", "grace@navy.example"],
    ] {
        let refused = run(here.path(), words).await;
        assert!(refused.code == 1 && refused.err.contains("needs an owner"), "{}", refused.err);
    }
    let link = said(&["member", "invite", "ada@engine.example", "--role", "editor"]).await;
    assert!(link.starts_with("/invitations/"), "{link}");
    let invited = said(&["member", "invitations"]).await;
    assert!(invited.contains("ada@engine.example") && invited.contains("open"), "{invited}");
    said(&["user", "password", "grace@navy.example", "--password-file", "secret"]).await;
    said(&["user", "disable", "grace@navy.example"]).await;
    assert!(said(&["user", "list"]).await.contains("disabled"));
    let nobody = run(here.path(), &["user", "enable", "nobody@navy.example"]).await;
    assert!(nobody.code == 1 && nobody.err.contains("nobody has this address"), "{}", nobody.err);
}
