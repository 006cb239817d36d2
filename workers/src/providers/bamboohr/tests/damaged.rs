//! What a read of everybody makes of answers that are not quite what they should be: whatever can
//! be read counts, and nothing else is taken for something it is not.

use rollcall_domain::field::{Field, Value};
use rollcall_domain::plan::{Employee, Status};
use serde_json::json;

use super::server::{Company, lists, report, row};
use super::{Kept, read_all, told};
use crate::providers::bamboohr::parse_recorded;
use crate::providers::{ChangeKind, Checked, Provider, ProviderWebhooks, ReadSummary};

/// Three people; the report has `damaged` in place of the second.
async fn three(damaged: &[u8]) -> Company {
    let [ann, bo, cy] = ["11", "12", "13"].map(|id| json!({"id": id, "jobTitle": id}));
    let company = Company::of(&[ann.clone(), bo, cy.clone()]).await;
    let text = report(&format!("{},DAMAGED,{}", row(&ann), row(&cy)));
    let (before, behind) = text.split_once("DAMAGED").unwrap();
    company.say("reports/custom", [before.as_bytes(), damaged, behind.as_bytes()].concat());
    company
}

async fn read(company: &Company) -> (ReadSummary, Vec<Employee>) {
    let (summary, Kept { raw, pages }) = read_all(&company.client()).await.unwrap();
    let people: Vec<Employee> = pages.into_iter().flatten().collect();
    // The recording is packed and cut by the store, and says the same again.
    for size in [1, 4096] {
        let mut again = Vec::new();
        let same = parse_recorded(raw.chunks(size), |page| again.extend(page)).unwrap();
        assert_eq!((&same, &again), (&summary, &people));
    }
    (summary, people)
}

#[tokio::test]
async fn one_damaged_record_is_told_of_its_person_and_the_others_count() {
    let text = row(&json!({"id": "12", "firstName": "NAME", "jobTitle": "12"})).to_string();
    for name in [&br"Pat | \ud83c."[..], b"M\xfcller", b"cut \xf0\x9f"] {
        let (before, behind) = text.split_once("NAME").unwrap();
        let company = three(&[before.as_bytes(), name, behind.as_bytes()].concat()).await;

        let (summary, people) = read(&company).await;

        assert!(!summary.complete && summary.missing == ["division", "location"]);
        assert_eq!((summary.employees, summary.damaged, summary.unreadable), (3, 1, 0));
        let unreadable = people.iter().map(|one| one.unreadable.as_slice());
        assert!(unreadable.eq([&[][..], &[Field::FirstName], &[]]), "{name:?}");
        assert!(people.iter().all(|one| told(one, Field::JobTitle) == one.source_id));
    }
}

#[tokio::test]
async fn a_record_that_is_broken_or_none_at_all_keeps_nobody_else_out() {
    for (record, damaged, unreadable) in [
        (r#"{"id":"12","status":"Active","firstName":oops}"#, 1, 0),
        (r#"{"status":"Active","firstName":oops}"#, 0, 1),
        (r#"{"id":{"value":"12"},"status":"Active"}"#, 0, 1),
        (r#"{"id":null,"status":"Active"}"#, 0, 1),
        ("null", 0, 1),
        ("12", 0, 1),
        (r#""]},{""#, 0, 1),
        (r#"[{"id":"12"}]"#, 0, 1),
    ] {
        let (summary, people) = read(&three(record.as_bytes()).await).await;

        assert!(!summary.complete, "{record}");
        assert_eq!((summary.damaged, summary.unreadable), (damaged, unreadable), "{record}");
        let whole = people.iter().filter(|one| one.unreadable.is_empty());
        assert!(whole.map(|one| one.source_id.as_str()).eq(["11", "13"]), "{record}");
        let broken = people.iter().find(|one| !one.unreadable.is_empty());
        assert!(broken.is_none_or(|one| one.source_id == "12" && one.seen.is_empty()));
    }
}

#[tokio::test]
async fn values_of_another_shape_and_control_characters_cost_no_record() {
    let text = row(&json!({"id": "12", "workPhone": 5550100, "photoUrl": {"u": []}}));
    let text = text.to_string().replace("Tester", "Te\ns\u{1}ter");

    let (summary, people) = read(&three(text.as_bytes()).await).await;

    assert_eq!((summary.employees, summary.damaged, summary.unreadable), (3, 0, 0));
    assert_eq!(told(&people[1], Field::Phone), "5550100");
    assert_eq!(told(&people[1], Field::FirstName), "Te\ns\u{1}ter");
    assert!(!people[1].seen.contains_key(&Field::PhotoUrl));
}

#[tokio::test]
async fn the_people_of_a_report_may_be_an_object() {
    let company = Company::of(&[]).await;
    let rows = ["11", "12"].map(|id| format!(r#""{id}": {}"#, row(&json!({"id": id}))));
    let fields = r#""fields":{"0":{"id":"status"},"2":{"id":"firstName"},"3":7}"#;
    company.say("reports/custom", format!(r#"{{{fields},"employees":{{{}}}}}"#, rows.join(",")));

    let (summary, people) = read(&company).await;

    assert!(people.iter().map(|one| one.source_id.as_str()).eq(["11", "12"]));
    let said = |alias: &str| summary.missing.iter().any(|missing| missing == alias);
    assert!(!said("status") && !said("firstName") && said("lastName"));
}

#[tokio::test]
async fn lists_count_as_far_as_they_can_be_read() {
    let works = json!({"0": {"id": 101, "name": "Works"}, "2": {"id": 103, "name": "Office"}});
    let shoes = json!({"fieldId": "4999", "name": "Shoe size", "options": {"1": {"id": 9}}});
    let departments = json!({"alias": "department", "options": [{"id": "101", "name": "Works"}]});
    let options = json!([7, null, {"id": []}, {"id": 101, "name": "Works"}]);
    let odd = json!({"alias": "department", "options": options});
    let nothing = json!({"alias": 7, "options": 7});
    let none = json!({"alias": "division", "options": "x"});
    for said in [
        lists(&works),
        json!([departments, shoes]).to_string(),
        json!([null, 7, nothing, none, departments]).to_string(),
        json!({"3": departments}).to_string(),
        json!([odd]).to_string(),
        format!("\u{feff}{}", lists(&works)),
    ] {
        let company = Company::of(&[json!({"id": "11"})]).await;
        company.say("meta/lists", said.clone());

        let (summary, people) = read(&company).await;

        let department = people[0].seen[&Field::Departments].as_ref().map(Value::list);
        assert_eq!(department, Some(&["101".to_owned()][..]), "{said}");
        assert!(summary.option_ids && summary.complete);
        assert_eq!(summary.missing, ["division", "location"], "{said}");
    }
}

#[tokio::test]
async fn lists_that_cannot_be_read_say_nothing() {
    for said in ["<html>", "", "null", "[", r#"[{"alias":"department","options":"none"}]"#] {
        let company = Company::of(&[json!({"id": "11"})]).await;
        company.say("meta/lists", said);

        let (summary, people) = read(&company).await;

        assert!(!summary.option_ids && summary.complete, "{said}");
        assert_eq!(summary.omitted, [Field::Departments, Field::Division, Field::Location]);
        assert!(!people[0].seen.contains_key(&Field::Departments));
        assert_eq!(company.client().options().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_department_is_found_whatever_blanks_and_forms_its_name_has() {
    let departments =
        json!([{"id": 101, "name": " Works"}, {"id": 102, "name": "Zu\u{308}rich\u{a0}"}]);
    let people = [
        json!({"id": "11", "department": " Works", "firstName": " Ann"}),
        json!({"id": "12", "department": "Works"}),
        json!({"id": "14", "department": "\u{a0}Works "}),
        json!({"id": "15", "department": "Zürich"}),
        json!({"id": "16", "department": "Nowhere"}),
    ];
    let company = Company::of(&people).await;
    company.say("meta/lists", lists(&departments));

    let (_, people) = read(&company).await;

    let department = |one: &Employee| {
        let value = one.seen.get(&Field::Departments)?.as_ref()?;
        value.list().first().cloned()
    };
    let found: Vec<Option<String>> = people.iter().map(department).collect();
    let ids = ["101", "101", "101", "102"].map(|id| Some(id.to_owned()));
    assert_eq!(found[..4], ids);
    // Left out, so that it is noted of the person.
    assert!(!people[4].seen.contains_key(&Field::Departments));
    assert_eq!(told(&people[0], Field::FirstName), "Ann");
    let named = company.client().options().await.unwrap();
    assert!(named.iter().map(|option| option.name.as_str()).eq(["Works", "Zürich"]));
}

#[tokio::test]
async fn a_byte_order_mark_and_compression_pass_unseen() {
    for pack in [marked, gzip] {
        let company = Company::of(&[json!({"id": "11"}), json!({"id": "12"})]).await;
        let plain = read(&company).await;
        for path in ["employees/0", "employees/12", "employees", "meta/lists", "reports/custom"] {
            company.change(path, pack);
        }

        assert_eq!(read(&company).await, plain);
        let alone = company.client().read_one("12").await.unwrap();
        let crate::providers::Lookup::Found { employee, .. } = alone else { panic!("{alone:?}") };
        assert_eq!(employee, plain.1[1]);
        assert_eq!(company.client().test().await.unwrap().people, 2);
    }
}

fn marked(answer: &mut super::server::Answer) {
    answer.body.splice(..0, *b"\xef\xbb\xbf");
}

/// As one stored block: what matters is that we ask for it and unpack it.
fn gzip(answer: &mut super::server::Answer) {
    let body = std::mem::take(&mut answer.body);
    let crc = !body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    });
    let length = u16::try_from(body.len()).unwrap();
    answer.body = [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        &body,
        &crc.to_le_bytes(),
        &u32::from(length).to_le_bytes(),
    ]
    .concat();
    answer.headers = "content-encoding: gzip\r\n";
}

#[tokio::test]
async fn all_fields_null_is_an_unknown_status_and_no_complete_read() {
    let nulls = |id: &str| {
        let mut row = row(&json!({"id": id}));
        row.as_object_mut()
            .unwrap()
            .iter_mut()
            .filter(|(key, _)| *key != "id")
            .for_each(|(_, value)| *value = json!(null));
        row
    };
    let company = Company::of(&[nulls("11"), nulls("12")]).await;

    let (summary, people) = read(&company).await;

    assert!(people.iter().all(|one| one.status == Status::Unknown));
    assert!(!summary.complete && summary.missing.contains(&"status".to_owned()));
    // One of them alone is theirs; the read is as good as ever.
    let company = Company::of(&[json!({"id": "11"}), nulls("12")]).await;
    assert!(read(&company).await.0.complete);
}

#[tokio::test]
async fn second_counts_webhooks_and_changes_are_read_as_far_as_they_go() {
    let company = Company::of(&[json!({"id": "11"})]).await;
    company.say("employees", "\u{feff}{\"meta\":{\"total\":\"1\",\"odd\":\"\\ud83c\"}}");
    company.say("employees/0", r#"{"id":11,"firstName":"\ud83c"}"#);
    company.say("webhooks", r#"{"webhooks":{"0":{"id":4,"name":"\ud83c"},"2":7,"3":{"id":[]}}}"#);
    company.say(
        "employees/changed",
        "{\"latest\":7,\"employees\":{\"11\":null,\"12\":{\"action\":\"Deleted\",\"x\":\"\n\"}}}",
    );
    let client = company.client();

    assert_eq!(read(&company).await.0.second_count, Some(1));
    let webhooks = client.list().await.unwrap();
    assert!(webhooks.iter().map(|one| one.id.as_str()).eq(["4"]));
    let changes = client.changed_since(chrono::DateTime::UNIX_EPOCH).await.unwrap();
    let kinds = changes.people.iter().map(|one| (one.source_id.as_str(), one.kind));
    assert!(kinds.eq([("11", ChangeKind::Updated), ("12", ChangeKind::Deleted)]));
    company.say("employees/changed", r#"{"employees":[{"id":11},null,{"id":"1\ud83c"}]}"#);
    let changes = client.changed_since(chrono::DateTime::UNIX_EPOCH).await.unwrap();
    assert_eq!((changes.people.len(), changes.unreadable), (1, 2));
    // A part that is no JSON at all does not hide what the others say.
    company.say("webhooks", "<html>");
    let report = client.test().await.unwrap();
    let refused = |name: &str| {
        let found = report.checks.iter().find(|check| check.name == name);
        found.is_some_and(|check| check.what == Checked::Permission && !check.readable)
    };
    assert!(refused("webhooks") && !refused("employees/changed"));
    assert_eq!((report.people, report.second_count), (1, Some(1)));
}
