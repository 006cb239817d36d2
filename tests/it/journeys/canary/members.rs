//! Signing in, inviting and joining with words that give themselves away.

use reqwest::Method;
use serde_json::json;

use super::listener::{heard, listen_for};
use crate::place::{Place, on_both_databases};
use crate::visitor::House;

on_both_databases!(nothing_of_who_signs_in_gets_where_it_does_not_belong);

const PASSWORD: &str = "c4na7y pa55w07d kelp";
const WRONG: &str = "w70ng pa55w07d kelp";
const LATER: &str = "la7e7 pa55w07d kelp";
const NAME: &str = "Pfeifkanari";
const EMAIL: &str = "pfeif.kanari@voliere.example";

async fn nothing_of_who_signs_in_gets_where_it_does_not_belong(place: Place) {
    listen_for(&[PASSWORD, WRONG, LATER, NAME, EMAIL]);
    let house = House::new(place).await;
    let (_, owner) = house.member("olga@acme.example", "owner").await;
    let guest = house.visitor();
    let mut refused = vec![];
    let new = json!({ "email": EMAIL, "role": "auditor" });
    let made = owner.ask(Method::POST, "/invitations", Some(new)).await.json();
    let link = made["link"].as_str().unwrap().to_owned();
    for body in [
        json!({ "name": NAME, "password": format!("{NAME}{NAME}") }),
        json!({ "name": NAME, "password": [PASSWORD] }),
        json!({ "name": NAME, "password": PASSWORD, "e_mail": EMAIL }),
    ] {
        refused.push(guest.ask(Method::POST, &link, Some(body)).await);
    }
    let body = json!({ "name": NAME, "password": PASSWORD });
    let joined = guest.ask(Method::POST, &link, Some(body.clone())).await;
    assert_eq!(joined.status, 201, "{}", joined.json());
    refused.push(house.visitor().ask(Method::POST, &link, Some(body)).await);
    refused.push(house.visitor().sign_in(EMAIL, WRONG).await);
    refused.push(house.visitor().sign_in(WRONG, EMAIL).await);
    let body = json!({ "current": WRONG, "new": LATER });
    refused.push(guest.ask(Method::POST, "/me/password", Some(body)).await);
    let first = guest.cookie("rollcall").unwrap();
    let body = json!({ "current": PASSWORD, "new": LATER });
    assert_eq!(guest.ask(Method::POST, "/me/password", Some(body)).await.status, 204);
    house.settle().await;

    assert_eq!(guest.get("/me").await["user"]["email"], EMAIL, "nobody went this way at all");
    let secret = link.rsplit('.').next().unwrap();
    let cookies = [first, guest.cookie("rollcall").unwrap()];
    for word in [PASSWORD, WRONG, LATER, secret, &cookies[0], &cookies[1]] {
        assert!(!house.place.holds(word).await, "{word} lies in the clear");
    }
    for word in [PASSWORD, WRONG, LATER, NAME, EMAIL] {
        assert_eq!(heard(word), Vec::<String>::new());
        assert!(!house.place.holds_outside_of_views(word).await, "{word} lies in the clear");
        for answer in &refused {
            let body = String::from_utf8_lossy(&answer.body);
            assert!(answer.status >= 400 && !body.contains(word), "{body}");
        }
    }
}
