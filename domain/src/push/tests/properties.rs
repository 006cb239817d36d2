//! What holds for every body.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Map;

use super::*;

/// Names and ids in every script, also with what no keyboard has.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9 ]{0,12}",
        "\\p{Han}{1,6}",
        "\\p{Arabic}{1,8} \\p{Arabic}{1,8}",
        "\\p{Devanagari}{1,8}",
        "[\\p{Cyrillic}\\p{Greek}]{1,8}",
        "(\\p{L}\\p{M}?){1,6}",
    ]
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![Just(" Engines".to_owned()), Just("ENGINES ".to_owned()), text()];
    let path = prop::collection::vec(name, 0..4).prop_map(|names| names.join(" > "));
    prop::collection::vec(path, 0..4)
}

/// Somebody who can be sent, but for the id.
fn user() -> impl Strategy<Value = Map<String, Value>> {
    let optional = prop::option::of(paths());
    (text(), text(), optional, any::<bool>(), prop::option::of(text())).prop_map(
        |(first, last, departments, active, manager)| {
            let mut user = ada().as_object().unwrap().clone();
            user.insert("first_name".into(), first.into());
            user.insert("last_name".into(), last.into());
            user.insert("active".into(), active.into());
            if let Some(paths) = departments {
                user.insert("departments".into(), paths.into());
            }
            if let Some(manager) = manager {
                user.insert("manager".into(), json!({ "hris_id": manager }));
            }
            user
        },
    )
}

/// A snapshot, and the same in another order.
fn snapshots() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    let users = prop::collection::vec(user(), 0..8).prop_map(|users| {
        let numbered = users.into_iter().enumerate().map(|(number, mut user)| {
            user.insert("hris_id".into(), format!("E{number}").into());
            Value::Object(user)
        });
        numbered.collect::<Vec<Value>>()
    });
    users.prop_flat_map(|users| (Just(users.clone()), Just(users).prop_shuffle()))
}

fn by_id(people: Vec<Employee>) -> BTreeMap<String, Employee> {
    people.into_iter().map(|one| (one.source_id.clone(), one)).collect()
}

/// What some values of a body are replaced with.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{ "hris_id": [] }]])),
    ]
}

proptest! {
    #[test]
    fn the_order_of_users_never_matters((users, shuffled) in snapshots(), piece in 1..200_usize) {
        let (first, second) = (body(&users), body(&shuffled));
        prop_assert_eq!(validate(Form::Json, &first), Ok(users.len() as u64));
        prop_assert_eq!(validate(Form::Json, &second), Ok(users.len() as u64));
        let (people, summary) = read(&first, &Taking::default(), piece);
        let (again, same) = read(&second, &Taking::default(), 1_000);
        prop_assert_eq!(by_id(people), by_id(again));
        prop_assert_eq!(summary.options, same.options);
    }

    #[test]
    fn both_forms_say_the_same((users, _) in snapshots(), piece in 1..100_usize) {
        prop_assume!(!users.is_empty());
        prop_assert_eq!(validate(Form::Ndjson, &lines(&users)), Ok(users.len() as u64));
        let document = read(&body(&users), &Taking::default(), piece);
        prop_assert_eq!(document, read(&lines(&users), &Taking::default(), piece));
    }

    #[test]
    fn everybody_is_in_departments_that_are_listed((users, _) in snapshots()) {
        let (people, summary) = read(&body(&users), &Taking::default(), 64);
        let listed: BTreeMap<&str, _> =
            summary.options.iter().map(|one| (one.source_key.as_str(), one)).collect();
        prop_assert_eq!(listed.len(), summary.options.len());
        for option in &summary.options {
            let is_listed = |key: &String| listed.contains_key(key.as_str());
            prop_assert!(option.parent.as_ref().is_none_or(is_listed));
            prop_assert!(!option.name.is_empty());
        }
        let of = |one: &Employee| one.seen.get(&crate::field::Field::Departments).cloned();
        for key in people.iter().filter_map(of).flatten().flat_map(|value| value.list().to_vec()) {
            prop_assert!(listed.contains_key(key.as_str()), "{}", key);
        }
    }

    #[test]
    fn no_bytes_bring_it_down(
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        piece in 1..20_usize,
    ) {
        for body in [bytes.clone(), [br#"{"users":["#, &bytes[..], b"]}"].concat()] {
            for form in [Form::Json, Form::Ndjson] {
                let _ = validate(form, &body);
            }
            let mut reader = Reader::new(Taking::default());
            let read = body.chunks(piece).try_for_each(|piece| reader.push(piece, &mut vec![]));
            let _ = read.and_then(|()| reader.finish(&mut vec![]));
        }
    }

    /// Brackets and quotes where they do harm.
    #[test]
    fn no_brackets_bring_it_down(text in r#"[\[\]{}",:\\a 1]{0,40}"#, piece in 1..7_usize) {
        for body in [text.clone(), format!(r#"{{"users":[{text}"#), format!(r#"{{"a":{text}"#)] {
            let mut reader = Reader::new(Taking::default());
            let bytes = body.as_bytes();
            let read = bytes.chunks(piece).try_for_each(|piece| reader.push(piece, &mut vec![]));
            let read = read.and_then(|()| reader.finish(&mut vec![]));
            // What is accepted can be read.
            for form in [Form::Json, Form::Ndjson] {
                prop_assert!(validate(form, bytes).is_err() || read.is_ok(), "{}", body);
            }
        }
    }

    #[test]
    fn what_is_accepted_can_be_read(
        (users, _) in snapshots(),
        odd in prop::collection::vec((any::<Index>(), any::<Index>(), odd()), 0..3),
    ) {
        let mut users = users;
        for (who, which, value) in odd {
            if users.is_empty() {
                continue;
            }
            let at = who.index(users.len());
            let user = users[at].as_object_mut().unwrap();
            let names: Vec<String> = user.keys().cloned().collect();
            user.insert(which.get(&names).clone(), value);
        }
        let body = body(&users);
        if let Ok(count) = validate(Form::Json, &body) {
            prop_assert_eq!(read(&body, &Taking::default(), 33).1.users, count);
        }
    }
}
