//! given / when / then for what is noted of a mail.

use std::collections::HashSet;

use super::*;
use crate::catalogue::Explained;
use crate::testing::given;

fn about() -> About {
    About::Notification { notification: "n1".into(), user: "olga".into() }
}
fn record(outcome: Outcome) -> Record {
    Record { about: about(), outcome }
}
fn put_off(again: bool) -> Outcome {
    Outcome::Failed { trouble: Trouble::PutOff, reply: Some(451), again }
}
fn failed(attempt: u32, again: bool) -> Event {
    Event::Failed {
        mail: "n1-olga".into(),
        about: about(),
        attempt,
        trouble: Trouble::PutOff,
        reply: Some(451),
        again,
    }
}
fn sent(attempt: u32) -> Event {
    Event::Sent { mail: "n1-olga".into(), about: about(), attempt }
}

#[test]
fn each_attempt_is_noted_with_its_number() {
    given::<Mail>([]).when(record(put_off(true))).then([failed(1, true)]);
    given::<Mail>([failed(1, true)]).when(record(put_off(false))).then([failed(2, false)]);
    given::<Mail>([failed(1, true), failed(2, false)]).when(record(Outcome::Sent)).then([sent(3)]);
}

#[test]
fn what_was_sent_stays_sent() {
    for late in [Outcome::Sent, put_off(true), Outcome::Skipped(Needless::OptedOut)] {
        given::<Mail>([sent(1)]).when(record(late)).then_nothing();
    }
}

#[test]
fn what_was_needless_is_over() {
    let skipped =
        Event::Skipped { mail: "n1-olga".into(), about: about(), reason: Needless::NoRecipient };
    given::<Mail>([]).when(record(Outcome::Skipped(Needless::NoRecipient))).then([skipped.clone()]);
    given::<Mail>([skipped]).when(record(Outcome::Sent)).then_nothing();
}

#[test]
fn each_recipient_has_a_mail_of_their_own() {
    let to = |user: &str| About::Notification { notification: "n1".into(), user: user.into() };
    assert_ne!(to("olga").mail(), to("otto").mail());
    assert_eq!(About::Invitation { invitation: "i1".into() }.mail(), "i1");
}

#[test]
fn every_trouble_says_what_to_do() {
    let codes: HashSet<&str> = Trouble::ALL.iter().map(|one| one.code()).collect();
    assert_eq!(codes.len(), Trouble::ALL.len());
    for one in Trouble::ALL {
        assert_eq!(serde_json::to_string(&one).unwrap(), format!("\"{}\"", one.code()));
        for said in [one.meaning(), one.remedy()] {
            assert!(said.ends_with('.') && said.len() < 80, "{}: {said}", one.code());
        }
        assert!(!(one.is_final() && one.is_the_operators()), "{}", one.code());
    }
}
