//! What is refused, and how that is told.

use std::collections::BTreeSet;

use super::*;

fn refused(form: Form, body: impl AsRef<[u8]>) -> Refused {
    validate(form, body.as_ref()).unwrap_err()
}

fn violations(body: impl AsRef<[u8]>) -> Violations {
    match refused(Form::Json, body) {
        Refused::Violations(violations) => violations,
        other @ (Refused::NotJson { .. } | Refused::TooManyUsers) => panic!("{other}"),
    }
}

/// Paths and codes, with the messages left out.
fn told(body: impl AsRef<[u8]>) -> Vec<(String, &'static str)> {
    let listed = violations(body).listed.into_iter();
    listed.map(|one| (one.path, one.code.as_str())).collect()
}

fn one(values: Value) -> Violation {
    let mut listed = violations(body(&[with(values)])).listed;
    assert_eq!(listed.len(), 1, "{listed:?}");
    listed.remove(0)
}

#[test]
fn the_example_of_the_contract_is_taken_as_it_is() {
    assert_eq!(validate(Form::Json, EXAMPLE.as_bytes()), Ok(1));
    let marked = [b"\xef\xbb\xbf", EXAMPLE.as_bytes()].concat();
    assert_eq!(validate(Form::Json, &marked), Ok(1));
}

#[test]
fn what_is_not_in_the_schema_is_no_harm() {
    let users =
        [with(json!({ "cost_centre": { "id": 7 }, "profile_image": { "url": "", "x": 1 } }))];
    let document = json!({ "sent_by": "payroll", "users": users });
    assert_eq!(validate(Form::Json, document.to_string().as_bytes()), Ok(1));
    assert_eq!(validate(Form::Ndjson, &lines(&users)), Ok(1));
}

#[test]
fn nobody_can_be_sent() {
    assert_eq!(validate(Form::Json, br#" {"users": []} "#), Ok(0));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let users = [
        json!({ "hris_id": 7, "active": "yes" }),
        ada(),
        with(json!({
            "hris_id": "E3",
            "email": "nobody",
            "job_title": 4,
            "departments": ["A", 2, {}],
            "manager": {},
            "profile_image": { "url": null, "last_modified": true },
        })),
        json!("Ada"),
    ];
    let told = violations(body(&users));
    let mut paths: Vec<String> = told.listed.iter().map(|one| one.path.clone()).collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/users/0/active",
            "/users/0/email",
            "/users/0/first_name",
            "/users/0/hris_id",
            "/users/0/last_name",
            "/users/2/departments/1",
            "/users/2/departments/2",
            "/users/2/email",
            "/users/2/job_title",
            "/users/2/manager/hris_id",
            "/users/2/profile_image/last_modified",
            "/users/2/profile_image/url",
            "/users/3",
        ]
    );
    assert_eq!((told.more, told.unfinished), (0, false));
    let of_third = told.listed.iter().filter(|one| one.index == Some(2));
    assert!(
        of_third.clone().count() == 7
            && of_third.clone().all(|one| one.hris_id.as_deref() == Some("E3"))
    );
    assert_eq!(told.listed[0].hris_id, None);
}

#[test]
fn a_message_says_what_to_do() {
    for (values, path, code, message) in [
        (json!({ "email": null }), "/users/0/email", "missing", "a user needs email"),
        (json!({ "manager": {} }), "/users/0/manager/hris_id", "missing", "manager needs hris_id"),
        (
            json!({ "email": "Ada <ada@example.com>" }),
            "/users/0/email",
            "not_an_address",
            "email must be an e-mail address such as ada@example.com, without blanks",
        ),
        (
            json!({ "departments": ["A", 7] }),
            "/users/0/departments/1",
            "wrong_type",
            "departments[1] must be text in quotes, not a number",
        ),
        (
            json!({ "profile_image": { "url": "", "last_modified": [] } }),
            "/users/0/profile_image/last_modified",
            "wrong_type",
            "profile_image.last_modified must be a number or text in quotes, not a list",
        ),
        (
            json!({ "hris_id": " \u{a0}" }),
            "/users/0/hris_id",
            "blank",
            "hris_id is empty; send what tells this user from all others, for ever",
        ),
    ] {
        let told = one(values);
        assert_eq!((told.path.as_str(), told.code.as_str()), (path, code));
        assert_eq!(told.message, message);
    }
    let null = body(&[ada()]);
    let null = String::from_utf8(null).unwrap().replace("\"Ada\"", "null");
    assert!(violations(null).listed[0].message.contains("leave it out where nothing is known"));
}

#[test]
fn a_body_that_is_no_list_of_users_is_told_so() {
    for (body, path, code) in [
        ("{}", "/users", "missing"),
        ("[]", "", "wrong_type"),
        ("7", "", "wrong_type"),
        (r#"{"users": {"0": {}}}"#, "/users", "wrong_type"),
        (r#"{"users": null}"#, "/users", "wrong_type"),
        (r#"{"users": [], "users": []}"#, "/users", "twice"),
        (r#"{"users": [], "\u0075sers": 7}"#, "/users", "twice"),
    ] {
        assert_eq!(told(body), [(path.to_owned(), code)], "{body}");
    }
}

#[test]
fn what_is_not_json_is_no_matter_of_the_schema() {
    for (body, at) in [
        (&b""[..], (1, 0)),
        (b"hris_id,email\nE1,ada@example.com", (1, 1)),
        (b"{\"users\": [", (1, 11)),
        (b"{\"users\": []}\n{}", (2, 1)),
        (b"{\"users\": [{\"a\":\n'x'}]}", (2, 1)),
        (b"[1, 2", (1, 5)),
        (b"{\"users\": [{\"hris_id\": \"M\xfcller\"}]}", (1, 26)),
        (b"{\"sent_by\": \"M\xfcller\", \"users\": []}", (1, 15)),
    ] {
        let Refused::NotJson { line, column, .. } = refused(Form::Json, body) else {
            panic!("{}", String::from_utf8_lossy(body));
        };
        assert_eq!((line, column), at, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_user_that_no_program_can_read_is_told_by_its_place() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    for bad in [r#""\ud800""#, "1e999", deep.as_str()] {
        let body = format!(r#"{{"users": [{}, {{"x": {bad}}}]}}"#, ada());
        assert_eq!(told(body), [("/users/1".to_owned(), "unreadable")], "{bad}");
    }
}

#[test]
fn an_id_that_came_before_is_told_of_everybody_who_has_it() {
    let id = |id: &str| with(json!({ "hris_id": id }));
    let users = [id("E1"), id("E2"), id(" E1\u{a0}"), id("e1"), id("E1")];
    let listed = violations(body(&users)).listed;
    let at: Vec<_> = listed.iter().map(|one| one.index.unwrap()).collect();
    assert_eq!(at, [0, 2, 4]);
    for one in &listed {
        assert_eq!((one.code, one.hris_id.as_deref()), (Flaw::Twice, Some("E1")));
        assert_eq!(one.message, "the users 0, 2, 4 have this hris_id; each user needs their own");
    }
    let many: Vec<Value> = (0..12).map(|_| ada()).collect();
    assert!(
        violations(body(&many)).listed[0]
            .message
            .starts_with("the users 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more")
    );
}

#[test]
fn departments_have_an_end() {
    let named = |path: String| one(json!({ "departments": ["A > B", path] }));
    let long = named("x".repeat(201));
    assert_eq!((long.path.as_str(), long.code), ("/users/0/departments/1", Flaw::TooLong));
    assert_eq!(named("A >".repeat(21)).code, Flaw::TooMany);
    let many: Vec<String> = (0..101).map(|number| format!("D{number}")).collect();
    let many = one(json!({ "departments": many }));
    assert_eq!((many.path.as_str(), many.code), ("/users/0/departments", Flaw::TooMany));

    let fine = ["ü".repeat(200), "A >".repeat(20), " > ".repeat(50)];
    assert_eq!(validate(Form::Json, &body(&[with(json!({ "departments": fine }))])), Ok(1));
}

#[test]
fn a_body_names_so_many_departments_and_no_more() {
    let users = |count: usize| -> Vec<Value> {
        let user = |at: usize| {
            let paths: Vec<String> = (0..100).map(|one| format!("D{}", 100 * at + one)).collect();
            with(json!({ "hris_id": at.to_string(), "departments": paths }))
        };
        (0..count).map(user).collect()
    };
    assert_eq!(
        validate(Form::Json, &body(&users(MOST_PATHS / 100))),
        Ok((MOST_PATHS / 100) as u64)
    );

    let violations = violations(body(&users(MOST_PATHS / 100 + 1)));

    assert_eq!(violations.count(), 1);
    assert_eq!((violations.listed[0].code, violations.listed[0].index), (Flaw::TooMany, None));
}

#[test]
fn a_user_of_megabytes_is_not_looked_at() {
    let told = one(json!({ "profile_image": { "url": "x".repeat(300_000) } }));
    assert_eq!((told.path.as_str(), told.code), ("/users/0", Flaw::TooLong));
}

#[test]
fn fifty_thousand_users_are_taken_and_no_more() {
    let user = |number: u64| with(json!({ "hris_id": number.to_string() }));
    let mut users: Vec<Value> = (0..MOST_USERS).map(user).collect();
    assert_eq!(validate(Form::Json, &body(&users)), Ok(MOST_USERS));
    assert_eq!(validate(Form::Ndjson, &lines(&users)), Ok(MOST_USERS));
    users.push(user(MOST_USERS));
    assert_eq!(refused(Form::Json, body(&users)), Refused::TooManyUsers);
    assert_eq!(refused(Form::Ndjson, lines(&users)), Refused::TooManyUsers);
}

#[test]
fn so_many_violations_are_listed_and_the_rest_is_counted() {
    let users: Vec<Value> = (0..3_000).map(|_| json!({ "active": true })).collect();
    let told = violations(body(&users));
    assert_eq!((told.listed.len(), told.more, told.unfinished), (1_000, 11_000, false));
    assert!(Refused::Violations(told).to_string().starts_with("12000 values are not"));

    let users: Vec<Value> = (0..30_000).map(|_| json!({})).collect();
    let told = violations(body(&users));
    assert!(told.unfinished && told.count() >= 100_000 && told.listed.len() == 1_000);
    assert!(told.to_string().starts_with("at least 10"), "{told}");
}

#[test]
fn lines_are_numbered_as_they_stand() {
    let bad = with(json!({ "hris_id": "E2", "active": null }));
    let text = format!("{}\r\n\n{bad}\n\n", ada());
    let Refused::Violations(told) = refused(Form::Ndjson, &text) else { panic!("{text}") };
    assert_eq!(told.listed.len(), 1);
    assert_eq!((told.listed[0].index, told.listed[0].path.as_str()), (Some(2), "/users/2/active"));

    let broken = format!("{}\n{{", ada());
    assert!(matches!(refused(Form::Ndjson, &broken), Refused::NotJson { line: 2, .. }));
    for nothing in ["", " \n\r\n"] {
        assert!(matches!(refused(Form::Ndjson, nothing), Refused::NotJson { .. }));
    }
}

#[test]
fn a_document_is_no_line() {
    let document = json!({ "users": [ada()] }).to_string();
    let Refused::Violations(told) = refused(Form::Ndjson, &document) else { panic!() };
    assert_eq!((told.listed[0].index, told.listed[0].path.as_str()), (None, "/users"));
    let both = with(json!({ "users": [] })).to_string().replace("users", "\\u0075sers");
    assert!(matches!(refused(Form::Ndjson, &both), Refused::Violations(_)));
    assert_eq!(validate(Form::Ndjson, &lines(&[with(json!({ "users": 7 }))])), Ok(1));
}

#[test]
fn the_form_is_told_by_the_content_type() {
    assert_eq!(Form::of("application/json"), Some(Form::Json));
    assert_eq!(Form::of("Application/JSON; charset=utf-8"), Some(Form::Json));
    assert_eq!(Form::of(" application/x-ndjson"), Some(Form::Ndjson));
    for other in ["", "text/csv", "application/jsonp", "json"] {
        assert_eq!(Form::of(other), None, "{other}");
    }
}

/// Every rule of a schema.
fn rules(schema: &Value, found: &mut BTreeSet<String>) {
    for (keyword, value) in schema.as_object().unwrap() {
        found.insert(keyword.clone());
        match keyword.as_str() {
            "properties" => value.as_object().unwrap().values().for_each(|one| rules(one, found)),
            "items" => rules(value, found),
            _ => {}
        }
    }
}

#[test]
fn the_schema_has_no_rule_that_no_message_explains() {
    let mut found = BTreeSet::new();
    rules(&serde_json::from_str(SCHEMA).unwrap(), &mut found);
    for known in ["$schema", "description", "properties", "items", "type", "required", "pattern"] {
        assert!(found.remove(known), "{known}");
    }
    // What it says is what the pattern beside it says.
    assert_eq!(found, BTreeSet::from(["format".to_owned()]));
}
