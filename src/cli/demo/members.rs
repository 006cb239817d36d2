//! Made-up people who can sign in to the demo, one for each view of it.

use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::cli::output::text;
use crate::client::{Client, segment};
use crate::failure::Failure;

/// Role and name; the first is who the demo introduces.
const PEOPLE: [(&str, &str); 3] =
    [("owner", "Olivia Marsh"), ("viewer", "Victor Lindqvist"), ("auditor", "Amara Okafor")];

/// With which the demo's people sign in; the password is the same for all of them.
pub(super) struct Members {
    pub(super) email: String,
    pub(super) others: Vec<String>,
    pub(super) password: SecretString,
}

impl Members {
    /// Registers them, and lets them into the tenant.
    pub(super) async fn join(operator: &Client, tenant: &str) -> Result<Members, Failure> {
        let (password, here) = (pronounceable(), operator.for_tenant(tenant)?);
        let mut emails = vec![];
        for (role, name) in PEOPLE {
            let email = format!("{role}@{tenant}.example");
            let new = json!({ "email": email, "name": name, "password": password.expose_secret() });
            let made = operator.post("/api/v1/users", Some(&new)).await?.body;
            if role == "owner" {
                // There is nobody else to look at the engine.
                let user = format!("/api/v1/users/{}", segment(&text(&made, "id")));
                operator.patch(&user, &json!({ "operates": true })).await?;
            }
            let member = json!({ "email": email, "role": role });
            here.post("/api/v1/members", Some(&member)).await?;
            emails.push(email);
        }
        let email = emails.remove(0);
        Ok(Members { email, others: emails, password })
    }
}

/// Three words that mean nothing and can be typed: 57 bits.
fn pronounceable() -> SecretString {
    let mut random = rand::rng();
    let mut one = |letters: &[u8]| char::from(letters[random.random_range(0..letters.len())]);
    let words = [(); 3].map(|()| {
        let syllables = [(); 3].map(|()| [one(b"bdfghjklmnprstvz"), one(b"aeiou")]);
        syllables.into_iter().flatten().collect::<String>()
    });
    SecretString::from(words.join("-"))
}

#[cfg(test)]
mod tests {
    use rollcall_domain::user::password;

    use super::*;

    #[test]
    fn what_the_demo_makes_up_is_a_good_password() {
        for _ in 0..1_000 {
            let made = pronounceable();
            let about = ["owner@demo.example", "Olivia Marsh", "Acme (demo)"];
            assert_eq!(password::check(made.expose_secret(), &about), Ok(()));
        }
    }
}
