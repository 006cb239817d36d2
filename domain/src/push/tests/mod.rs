//! What a body has to be like, and what is read from it.

mod checks;
mod properties;
mod reading;

use serde_json::{Value, json};

use super::*;
use crate::plan::Employee;

pub(super) const EXAMPLE: &str = include_str!("../example.json");

pub(super) fn ada() -> Value {
    json!({
        "hris_id": "E1",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.com",
        "active": true,
    })
}

/// Somebody with these values beside or instead of hers; `null` leaves one out.
pub(super) fn with(values: Value) -> Value {
    let mut user = ada();
    let known = user.as_object_mut().unwrap();
    for (name, value) in values.as_object().unwrap() {
        known.insert(name.clone(), value.clone());
    }
    known.retain(|_, value| !value.is_null());
    user
}

pub(super) fn body(users: &[Value]) -> Vec<u8> {
    json!({ "users": users }).to_string().into_bytes()
}

pub(super) fn lines(users: &[Value]) -> Vec<u8> {
    users.iter().fold(String::new(), |lines, user| lines + &user.to_string() + "\n").into_bytes()
}

/// Reads a body in pieces of so many bytes.
pub(super) fn read(body: &[u8], taking: &Taking, piece: usize) -> (Vec<Employee>, Summary) {
    let mut reader = Reader::new(taking.clone());
    let mut pages = Vec::new();
    body.chunks(piece).for_each(|piece| reader.push(piece, &mut pages).unwrap());
    let summary = reader.finish(&mut pages).unwrap();
    (pages.concat(), summary)
}

pub(super) fn read_one(user: Value) -> Employee {
    let body = body(&[user]);
    assert_eq!(validate(Form::Json, &body), Ok(1));
    read(&body, &Taking::default(), 7).0.remove(0)
}
