//! Mails as they read and go out, without a database.

mod handing_over;
mod letters;

use chrono::{DateTime, Utc};
use rollcall_domain::access::Role;

use super::{Letter, Offer};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn offer(tenant: &str) -> Offer {
    Offer {
        invitation: "01J00000000000000000000001".to_owned(),
        email: "ada@engine.example".to_owned(),
        tenant: tenant.to_owned(),
        role: Role::Editor,
        expires_at: at("2026-03-08T09:30:00Z"),
        link: "https://rollcall.example/invitations/t.i.s".to_owned(),
    }
}

fn letter() -> Letter {
    offer("Acme").letter()
}
