//! The switches for what is odd about an answer that is right otherwise.

use std::io::Read as _;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Simulator, bare, control, get, report, request, small};
use crate::bamboohr::{Disturbance, Faults, ListKind, Spoil, Spoiled, Whom, Wrong};

/// The bytes of an answer, which need not be text.
async fn bytes(simulator: &Simulator, path: &str) -> Vec<u8> {
    let answer = request(simulator, Method::GET, path).send().await.unwrap();
    answer.bytes().await.unwrap().to_vec()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_byte_order_mark_stands_before_the_answers_it_was_ordered_for() {
    let simulator = small().await;
    let marked = Disturbance::always(Wrong::ByteOrderMark).on("/employees/1");
    simulator.change_faults(|faults| faults.answers.push(marked));

    let one = bytes(&simulator, "/employees/1").await;
    let other = bytes(&simulator, "/employees/12").await;

    assert_eq!(&one[..4], b"\xef\xbb\xbf{");
    assert_eq!(other[0], b'{', "a path is not the beginning of another");
}

#[tokio::test]
async fn answers_are_compressed_for_whoever_accepts_it() {
    let simulator = small().await;
    let plain = bytes(&simulator, "/meta/lists").await;
    simulator.change_faults(|faults| faults.gzip = true);

    let refusing = request(&simulator, Method::GET, "/meta/lists").send().await.unwrap();
    let accepting =
        request(&simulator, Method::GET, "/meta/lists").header("Accept-Encoding", "gzip, br");
    let accepting = accepting.send().await.unwrap();

    assert_eq!(refusing.headers().get("content-encoding"), None);
    assert_eq!(refusing.bytes().await.unwrap(), plain);
    assert_eq!(accepting.headers()["content-encoding"], "gzip");
    let packed = accepting.bytes().await.unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert!(packed.len() < plain.len() && unpacked == plain);
}

#[tokio::test]
async fn one_person_can_be_a_404_with_a_web_page() {
    let simulator = small().await;
    let page = Disturbance::always(Wrong::Page(404)).on("/employees/2");
    simulator.change_faults(|faults| faults.answers.push(page));

    let gone = get(&simulator, "/employees/2").await;

    assert_eq!((gone.status, gone.header("content-type")), (404, "text/html; charset=UTF-8"));
    assert!(gone.text.starts_with("<!DOCTYPE html>"));
    assert_eq!(get(&simulator, "/employees/20").await.status, 200);
}

#[tokio::test]
async fn throttling_can_leave_the_time_out() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.throttle_without_a_time(2));

    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = get(&simulator, "/employees/1").await;
        answers.push((answer.status, answer.headers.contains_key("retry-after")));
    }

    assert_eq!(answers, [(429, false), (429, false), (200, false)]);
}

#[tokio::test]
async fn options_can_be_an_object_with_a_hole() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.options_as_object = vec![ListKind::Division]);

    let lists = get(&simulator, "/meta/lists").await.json();

    let list = |alias: &str| {
        lists.as_array().unwrap().iter().find(|list| list["alias"] == alias).unwrap()["options"]
            .clone()
    };
    let keys: Vec<String> = list("division").as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["0", "2", "3", "4"]);
    assert_eq!(list("division")["2"]["id"], simulator.options(ListKind::Division)[1].id);
    assert!(list("department").is_array());
}

#[tokio::test]
async fn a_field_of_somebody_can_be_no_good_json_or_text_wherever_it_shows() {
    for (spoil, end) in [
        (Spoil::LoneSurrogate, &br"\ud83c"[..]),
        (Spoil::ControlCharacter, b"\x0b"),
        (Spoil::InvalidUtf8, b"\xe9"),
    ] {
        let simulator = small().await;
        let name = simulator.person(2).unwrap().first_name;
        let expected = [b"\"", name.as_bytes(), end, b"\""].concat();
        let spoiled = Spoiled::new(2, "firstName", spoil);
        simulator.change_faults(|faults| faults.spoiled = vec![spoiled]);

        let report = request(&simulator, Method::POST, "/reports/custom?format=json")
            .header("Content-Type", "application/json")
            .body(json!({"fields": ["firstName"]}).to_string());
        let report = report.send().await.unwrap().bytes().await.unwrap();

        assert!(holds(&report, &expected));
        assert!(holds(&bytes(&simulator, "/employees/2?fields=firstName").await, &expected));
        assert!(holds(&bytes(&simulator, "/employees").await, &expected));
        assert!(serde_json::from_slice::<Value>(&report).is_err());
        let well = bytes(&simulator, "/employees/3?fields=firstName").await;
        assert!(serde_json::from_slice::<Value>(&well).is_ok());
    }
}

#[tokio::test]
async fn a_field_of_somebody_can_be_of_another_shape() {
    let simulator = small().await;
    let odd = Spoil::Shape(json!({"value": 7}));
    simulator.change_faults(|faults| faults.spoiled = vec![Spoiled::new(2, "workEmail", odd)]);

    let all = report(&simulator, "", &["workEmail", "status"]).await.json();
    let one = get(&simulator, "/employees/2?fields=workEmail").await.json();

    assert_eq!(
        (&all["employees"][1]["workEmail"], &one["workEmail"]),
        (&json!({"value": 7}), &json!({"value": 7}))
    );
    assert!(all["employees"][2]["workEmail"].is_string());
}

#[tokio::test]
async fn every_field_can_be_null_for_everybody_or_for_some() {
    let simulator = small().await;
    let fields = ["status", "firstName", "terminationDate", "photoUrl"];
    let nothing = |id: &str| {
        let nulls = fields.iter().map(|field| ((*field).to_owned(), Value::Null));
        let mut row: serde_json::Map<String, Value> = nulls.collect();
        row.insert("id".to_owned(), json!(id));
        Value::Object(row)
    };

    simulator.change_faults(|faults| faults.nulls = Whom::Only([3].into()));
    let some = report(&simulator, "", &fields).await.json();
    let one = get(&simulator, &format!("/employees/3?fields={}", fields.join(","))).await.json();
    simulator.change_faults(|faults| faults.nulls = Whom::Everybody);
    let all = report(&simulator, "", &fields).await.json();

    assert_eq!((&some["employees"][2], &one), (&nothing("3"), &nothing("3")));
    assert!(some["employees"][1]["firstName"].is_string());
    assert_eq!((&all["employees"][0], &all["employees"][19]), (&nothing("1"), &nothing("20")));
    assert!(simulator.person(3).unwrap().hire_date.is_some(), "the books are as they were");
}

#[tokio::test]
async fn people_can_be_out_of_sight_while_totals_still_tell_of_them() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.shown = Some(4));
    let count = |answer: &Value, key: &str| answer[key].as_array().unwrap().len();

    let all = report(&simulator, "", &["status"]).await.json();
    let list = get(&simulator, "/employees?page[limit]=3").await.json();
    let url = format!("{}/api/v2/datasets/employee/data", simulator.origin());
    let data = bare(Method::POST, url).body(r#"{"fields":["status"],"pageSize":1}"#).send().await;
    let data: Value = serde_json::from_slice(&data.unwrap().bytes().await.unwrap()).unwrap();

    assert_eq!(count(&all, "employees"), 4);
    assert_eq!((count(&list, "data"), &list["meta"]["total"]), (3, &json!(20)));
    assert_eq!((count(&data, "data"), &data["meta"]["totalItems"]), (1, &json!(20)));
    assert_eq!(get(&simulator, "/employees/4").await.status, 200);
    assert_eq!(get(&simulator, "/employees/5").await.status, 403);
    let next = list["meta"]["page"]["nextCursor"].as_str().unwrap();
    let last =
        get(&simulator, &format!("/employees?page[limit]=3&page[after]={next}")).await.json();
    assert_eq!((count(&last, "data"), &last["meta"]["page"]["nextCursor"]), (1, &json!(null)));
}

#[tokio::test]
async fn photo_addresses_can_be_signed_anew_at_each_read() {
    let simulator = small().await;
    simulator.update(2, [("photoUploaded", "true")]).unwrap();
    simulator.update(3, [("photoUploaded", "false")]).unwrap();
    let addresses = async || {
        let people = report(&simulator, "", &["photoUrl"]).await.json()["employees"].clone();
        [1, 2].map(|index| people[index]["photoUrl"].as_str().unwrap().to_owned())
    };
    let [plain, placeholder] = addresses().await;
    simulator.change_faults(|faults| faults.photos_signed_anew = true);

    let (first, second) = (addresses().await, addresses().await);

    assert_eq!((&first[1], &second[1]), (&placeholder, &placeholder));
    assert_ne!(first[0], second[0]);
    for signed in [&first[0], &second[0]] {
        let (address, query) = signed.split_once('?').unwrap();
        assert!(address == plain && query.contains("&Signature="), "{signed}");
    }
}

#[tokio::test]
async fn these_switches_are_within_reach_of_other_programs() {
    let simulator = small().await;
    let spoiled = json!([
        {"employee": 2, "field": "firstName", "how": "loneSurrogate"},
        {"employee": 3, "field": "firstName", "how": {"shape": [1]}},
    ]);
    let answers = json!([
        {"answer": {"page": 404}, "path": "/employees/12"},
        {"answer": "byteOrderMark", "times": 1},
    ]);
    let faults = json!({
        "answers": answers, "spoiled": spoiled, "nulls": {"only": [4]}, "shown": 9, "gzip": true,
        "optionsAsObject": ["employmentHistoryStatus"], "photosSignedAnew": true,
    });

    let set = control(&simulator, Method::PUT, "faults", faults).await;
    let shown = control(&simulator, Method::GET, "faults", json!({})).await.json();

    assert_eq!(set.status, 200, "{}", set.text);
    let faults: Faults = serde_json::from_value(shown).unwrap();
    assert_eq!(faults, simulator.faults());
    assert_eq!((faults.nulls, faults.shown), (Whom::Only([4].into()), Some(9)));
    assert_eq!(faults.answers[0], Disturbance::always(Wrong::Page(404)).on("/employees/12"));
    let everybody = control(&simulator, Method::PUT, "faults", json!({"nulls": "everybody"})).await;
    assert_eq!((everybody.status, simulator.faults().nulls), (200, Whom::Everybody));
}
