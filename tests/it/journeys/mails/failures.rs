//! From a provider that refuses us to the mail about it.

use chrono::TimeDelta;
use rollcall::NodeOptions;
use rollcall_commands::{NewUser, change_members, register_user};
use rollcall_domain::access::Role;
use rollcall_domain::members::{By, Command};
use rollcall_domain::vocabulary::RunKind;
use rollcall_simulators::bamboohr::{Disturbance, Wrong};
use rollcall_store::Cause;
use secrecy::SecretString;

use super::post::{Post, link, unwrapped};
use crate::place::{Place, on_both_databases};
use crate::stage::Stage;

on_both_databases!(a_connection_that_breaks_is_mailed_again_the_next_day_and_its_end_is_not);

const OLGA: &str = "olga@acme.example";

async fn owner(stage: &Stage) {
    let (store, cause, id) = (&stage.node.store, Cause::by("test"), "olga".to_owned());
    let hash = SecretString::from("nobody knows the password");
    let new = NewUser { id: id.clone(), email: OLGA.to_owned(), name: "Olga".to_owned(), hash };
    register_user(store, &new, &cause).await.unwrap();
    let join = Command::Join { user: id, role: Role::Owner, address: None, by: By::Operator };
    change_members(store, &stage.tenant, join, &cause).await.unwrap();
}

async fn a_connection_that_breaks_is_mailed_again_the_next_day_and_its_end_is_not(place: Place) {
    let post = Post::open().await;
    let options = NodeOptions { mailer: post.mailer.clone(), ..NodeOptions::default() };
    let stage = Stage::connected_on(place, 6, options).await;
    owner(&stage).await;
    stage.settle().await;
    let refuses =
        |answers| stage.provider.company().change_faults(|faults| faults.answers = answers);

    refuses(vec![Disturbance::always(Wrong::Unauthorized)]);
    let run = stage.sync(RunKind::Reconcile).await;
    let first = post.to(OLGA, 1).await.remove(0);
    assert!(first.contains("Subject: BambooHR connection needs attention\r\n"), "{first}");
    assert_eq!(link(&first, "/settings/integrations/logs/").rsplit('/').next(), Some(&*run));
    stage.sync(RunKind::Reconcile).await;
    stage.clock.reach(stage.node.store.clock().now() + TimeDelta::hours(25));
    stage.sync(RunKind::Reconcile).await;

    let again = post.to(OLGA, 2).await.remove(1);
    assert!(unwrapped(&again).contains("Failing since"), "{again}");
    refuses(vec![]);
    stage.sync(RunKind::Reconcile).await;
    stage.settle().await;
    post.to(OLGA, 2).await;
}
