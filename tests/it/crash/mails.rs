//! A server that dies between handing a mail over and noting that: it is handed over again, and is the
//! same mail.

use std::path::Path;

use rollcall_commands::{Invite, NewTenant, create_tenant, invite};
use rollcall_domain::access::Role;
use rollcall_domain::members::By;
use rollcall_domain::tenant::Plan;
use rollcall_simulators::smtp::{Config, Sink};
use rollcall_store::Cause;
use secrecy::SecretString;

use super::server::Server;
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(a_mail_that_was_handed_over_is_not_lost_and_stays_the_same);

async fn a_mail_that_was_handed_over_is_not_lost_and_stays_the_same(place: Place) {
    let sink = Sink::start(Config::default()).await.unwrap();
    let url = format!("smtp://{}", sink.address());
    let settings: [(&str, &str); 2] =
        [("ROLLCALL_MAIL_URL", &url), ("ROLLCALL_PUBLIC_URL", "https://rollcall.example")];
    let start = async |directory: &Path, failpoint| {
        Server::start_with(directory, &place, 0, failpoint, &settings).await
    };
    let tenant = somebody_is_invited(&place).await;
    place.let_go().await;

    let doomed = start(&place.directory(), Some("mail.before_sent")).await;
    doomed.dies().await;
    place.let_leases_run_out().await;
    assert_eq!(sink.handle().received().len(), 1);
    let heir = start(&place.directory(), None).await;
    eventually("it is handed over again", async || sink.handle().received().len() == 2).await;
    eventually("nothing waits", async || !place.is_busy().await).await;
    heir.stop().await;

    let received = sink.handle().received();
    let id = |message: &str| {
        let line = message.lines().find(|line| line.starts_with("Message-ID:"));
        line.unwrap().to_owned()
    };
    assert_eq!(received.len(), 2);
    assert_eq!(id(&received[0].message), id(&received[1].message));
    let store = place.open().await;
    let noted = store.read_stream(&tenant, "mail/i1", 0).await.unwrap();
    let kinds: Vec<&str> = noted.iter().map(|one| &*one.kind).collect();
    assert_eq!(kinds, ["mail.sent"]);
}

/// Before any server is there.
async fn somebody_is_invited(place: &Place) -> String {
    let store = place.open().await;
    let id = ulid::Ulid::generate().to_string();
    let new = NewTenant {
        id: id.clone(),
        live_baseline: ulid::Ulid::generate().to_string(),
        slug: "acme".to_owned(),
        name: "Acme".to_owned(),
        plan: Plan::Business,
    };
    create_tenant(&store, new, Cause::by("test")).await.unwrap();
    let asked = Invite {
        id: "i1".to_owned(),
        email: "ada@engine.example".to_owned(),
        role: Role::Viewer,
        token_hash: "00".to_owned(),
        by: By::Operator,
        maker: None,
        link: Some(SecretString::from(format!("{id}.i1.secret"))),
    };
    invite(&store, &id, &asked, chrono::Utc::now(), &Cause::by("test")).await.unwrap();
    store.close().await;
    id
}
