//! What files say, and what is said of those that can't be sent.

use rollcall_domain::push::{Form, Reader, Refused, Taking, validate};
use serde_json::{Value, json};

use super::columns::Mapping;
use super::file::{Body, Format, body, guessed};

const HEAD: &str = "hris_id,first_name,last_name,email,active";

fn mapping(words: &[&str]) -> Mapping {
    #[derive(clap::Parser)]
    struct Read {
        #[command(flatten)]
        mapping: Mapping,
    }
    let words = ["push"].iter().chain(words);
    <Read as clap::Parser>::try_parse_from(words).unwrap().mapping
}

fn csv(text: &str, words: &[&str]) -> Result<Body, String> {
    body(Format::Csv, text.as_bytes().to_vec(), &mapping(words))
}

fn users(body: &Body) -> Vec<Value> {
    let said: Value = serde_json::from_slice(&body.bytes).unwrap();
    said["users"].as_array().unwrap().clone()
}

/// The only user of a table whose columns are called as in the contract, and some more.
fn user(columns: &str, fields: &str, words: &[&str]) -> Value {
    let body = csv(&format!("{HEAD},{columns}\nE1,Ada,Lovelace,a@b.c,yes,{fields}\n"), words);
    let body = body.unwrap();
    assert!(body.wrong.is_empty(), "{:?}", body.wrong);
    assert_eq!(validate(body.form, &body.bytes), Ok(1));
    users(&body).remove(0)
}

/// The lines nothing can be made of.
fn wrong(text: &str, words: &[&str]) -> Vec<(u64, String)> {
    csv(text, words).unwrap().wrong.into_iter().map(|one| (one.line, one.why)).collect()
}

#[test]
fn columns_called_as_in_the_contract_need_no_mapping() {
    let user = user(
        "job_title,Phone_Number,employee_id,hire_date,manager,photo_url,departments,salary",
        "Countess,+44 1,X1,2020-01-31,E2,https://x/a.png,Engines > Mobile,1000",
        &[],
    );
    assert_eq!(
        user,
        json!({
            "hris_id": "E1", "first_name": "Ada", "last_name": "Lovelace", "email": "a@b.c",
            "active": true, "job_title": "Countess", "phone_number": "+44 1", "employee_id": "X1",
            "hire_date": "2020-01-31", "manager": { "hris_id": "E2" },
            "profile_image": { "url": "https://x/a.png" }, "departments": ["Engines > Mobile"],
        })
    );
}

#[test]
fn other_columns_are_named() {
    let text = "EmployeeId;Given;Family;Work email;State;Boss\nE1;Ada;Lovelace;a@b.c;A;E2\n";
    let words = [
        "--map",
        "hris_id=EmployeeId",
        "--map",
        "first_name=given",
        "--map",
        "last_name=Family",
        "--map",
        "email=Work email",
        "--map",
        "active=State",
        "--map",
        "manager.hris_id=Boss",
        "--active-words",
        "A,On leave",
    ];
    let read = csv(text, &words).unwrap();
    assert_eq!(
        users(&read),
        [json!({ "hris_id": "E1", "first_name": "Ada", "last_name": "Lovelace", "email": "a@b.c",
            "active": true, "manager": { "hris_id": "E2" } })]
    );
    let read = csv(&text.replace(";A;", ";on leave;"), &words).unwrap();
    assert_eq!(users(&read)[0]["active"], true);
    let read = csv(&text.replace(";A;", ";;"), &words).unwrap();
    assert_eq!(users(&read)[0]["active"], false);
}

#[test]
fn departments_are_in_one_column_or_several() {
    let departments = |columns: &str, fields: &str, words: &[&str]| {
        user(columns, fields, words)["departments"].clone()
    };
    assert_eq!(departments("departments", "A > B; C", &[]), json!(["A > B; C"]));
    let split = ["--departments-separator", ";"];
    assert_eq!(departments("departments", "A > B; C;", &split), json!(["A > B", "C"]));
    let two = ["--map", "departments=D1", "--map", "departments=D2"];
    assert_eq!(departments("D1,D2,D3", "A,B,C", &two), json!(["A", "B"]));
    assert_eq!(departments("D1,D2", ",", &two), json!([]));
    let nested = ["--map", "departments=Division > Team"];
    assert_eq!(
        departments("Team,Division", "Mobile,Engines", &nested),
        json!(["Engines > Mobile"])
    );
    assert_eq!(departments("Team,Division", ",Engines", &nested), json!(["Engines"]));
}

#[test]
fn an_empty_field_clears() {
    let user = user("job_title,manager,departments", ",,", &[]);
    assert_eq!(user["job_title"], "");
    assert_eq!(user["manager"], json!({ "hris_id": "" }));
    assert_eq!(user["departments"], json!([]));
}

#[test]
fn who_is_active_is_said_in_words_or_for_all() {
    for (word, active) in [("TRUE", true), ("1", true), ("Inactive", false), ("n", false)] {
        let read = csv(&format!("{HEAD}\nE1,A,B,a@b.c,{word}"), &[]).unwrap();
        assert_eq!(users(&read)[0]["active"], active, "{word}");
    }
    let why = &wrong(&format!("{HEAD}\nE1,A,B,a@b.c,Aktiv"), &[])[0].1;
    assert!(why.starts_with("active must be yes or no"), "{why}");
    let text = "hris_id,first_name,last_name,email\nE1,A,B,a@b.c\n";
    assert_eq!(users(&csv(text, &["--all-active"]).unwrap())[0]["active"], true);
    assert!(csv(text, &[]).unwrap_err().starts_with("no column says active"));
}

#[test]
fn a_table_without_what_everybody_needs_is_told_so() {
    for (text, words, why) in [
        ("", &[][..], "it is empty"),
        ("\n\n", &[], "it is empty"),
        ("id,mail\n1,a@b.c", &[], "no column says hris_id, first_name, last_name, email, active; "),
        (HEAD, &["--map", "email=Mail"], "there is no column \"Mail\"; the columns are: hris_id, "),
        ("hris_id,hris_id", &[], "there is more than one column \"hris_id\""),
        (
            HEAD,
            &["--map", "email=email", "--map", "email=active"],
            "email is mapped more than once",
        ),
        (HEAD, &["--separator", "¦"], "--separator must be an ASCII character"),
    ] {
        let told = csv(text, words).unwrap_err();
        assert!(told.starts_with(why), "{told}");
    }
    let latin = b"hris_id,first_name\n1,J\xfcrgen".to_vec();
    let told = body(Format::Csv, latin, &mapping(&[])).unwrap_err();
    assert_eq!(told, "line 2 is no text in UTF-8; save the file as UTF-8");
}

/// Whoever stands on lines that a quote takes along would count as gone.
#[test]
fn a_quote_that_is_not_closed_takes_nobody_along() {
    let text = format!("{HEAD}\nE1,\"Ada,Lovelace,a@b.c,1\nE2,Al,T\",b@b.c,1\nE3,C,D,c@b.c,1\n");
    let told = wrong(&text, &[]);
    assert_eq!(told, [(2, "a field has a line break; is a quote not closed?".to_owned())]);
    let told = wrong(&format!("{HEAD}\nE1,A,B,a@b.c\n\nE2,A,B,b@b.c,1,2\n"), &[]);
    let lines: Vec<u64> = told.iter().map(|one| one.0).collect();
    assert_eq!(lines, [2, 4]);
    assert_eq!(told[0].1, "it has 4 fields, and the first line 5 columns");
}

#[test]
fn a_violation_is_told_by_its_line() {
    let text = format!("{HEAD}\r\n,,,,\r\nE1,Ada,L,a@b.c,1\r\n\r\nE1,Al,T,nobody,0\r\n");
    let read = csv(&text, &[]).unwrap();
    let Err(Refused::Violations(told)) = validate(read.form, &read.bytes) else { panic!() };
    let lines: Vec<_> = told.listed.iter().map(|one| read.places.of(one.index.unwrap())).collect();
    assert_eq!(lines, [3, 5, 5]);
    assert_eq!(read.places.head(), "LINE");
}

#[test]
fn json_and_lines_are_sent_as_they_are() {
    let text = br#" {"users": []}"#.to_vec();
    let read = body(Format::Json, text.clone(), &mapping(&[])).unwrap();
    assert_eq!((read.form, &read.bytes[..]), (Form::Json, &text[..]));
    assert_eq!((read.places.head(), read.places.of(4)), ("USER", 4));
    let read = body(Format::Ndjson, text, &mapping(&[])).unwrap();
    assert_eq!((read.form, read.places.of(4)), (Form::Ndjson, 5));
}

#[test]
fn what_comes_without_a_name_is_looked_at() {
    for (text, format) in [
        ("hris_id,email\n", Format::Csv),
        ("", Format::Csv),
        ("\u{feff} {\"users\":\n[]}\n", Format::Json),
        ("{\"hris_id\":1}\n{\"hris_id\":2}", Format::Ndjson),
        ("{\"users\": [}", Format::Json),
        ("[]", Format::Json),
    ] {
        assert_eq!(guessed(text.as_bytes()), format, "{text}");
    }
}

#[test]
fn a_table_becomes_the_people_it_names() {
    let rows = (0..2_000).map(|n| format!("E{n},N{n},L,n{n}@b.c,1,D{}\n", n % 7));
    let text = format!("{HEAD},departments\n{}", rows.collect::<String>());
    let read = csv(&text, &[]).unwrap();
    assert_eq!(validate(read.form, &read.bytes), Ok(2_000));
    let (mut reader, mut pages) = (Reader::new(Taking::default()), vec![]);
    reader.push(&read.bytes, &mut pages).unwrap();
    assert_eq!(reader.finish(&mut pages).unwrap().options.len(), 7);
    assert_eq!(pages.concat()[1_999].source_id, "E1999");
}
