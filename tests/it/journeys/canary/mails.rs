//! Mails to words that give themselves away, at a server that takes them and one that does not.

use reqwest::Method;
use rollcall_simulators::smtp::{Faults, Stage};
use serde_json::json;

use super::listener::{heard, listen_for};
use crate::journeys::mails::post::{Post, link, noted};
use crate::place::{Place, eventually, on_both_databases};

on_both_databases!(no_log_and_no_event_says_to_whom_a_mail_went);

const TAKEN: &str = "brief.kanari@voliere.example";
const REFUSED: &str = "stummer.kanari@voliere.example";
/// What the simulated server writes when it refuses somebody.
const SAID: &str = "somebody@engine.example";

async fn no_log_and_no_event_says_to_whom_a_mail_went(place: Place) {
    listen_for(&[TAKEN, REFUSED, SAID]);
    let post = Post::open().await;
    let house = post.house(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let invite = async |email: &str| {
        let new = json!({ "email": email, "role": "viewer" });
        assert_eq!(owner.ask(Method::POST, "/invitations", Some(new)).await.status, 201);
    };

    invite(TAKEN).await;
    let mail = post.to(TAKEN, 1).await.remove(0);
    let refusing = Faults { refuse_at: Some((Stage::Recipient, 550)), ..Faults::default() };
    post.sink.change_faults(|faults| *faults = refusing);
    invite(REFUSED).await;
    eventually("it is refused", async || noted(&house, "mail.failed").await.len() == 1).await;
    house.settle().await;

    let path = link(&mail, "/invitations/");
    let secret = path.rsplit('.').next().unwrap();
    assert!(!house.place.holds(secret).await, "the link lies in the clear");
    assert!(!house.place.holds(SAID).await, "what the server wrote is kept");
    for word in [TAKEN, REFUSED, SAID] {
        assert_eq!(heard(word), Vec::<String>::new());
        assert!(!house.place.holds_outside_of_views(word).await, "{word} lies in the clear");
    }
}
