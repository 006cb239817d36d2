//! The switches for what is odd about an answer that is right otherwise.

use std::io::Read as _;

use serde_json::json;

use super::{cast, get, request, small};
use crate::dynamics::{Disturbance, Faults, Spoil, Spoiled, Wrong};

#[tokio::test]
async fn a_byte_order_mark_stands_before_the_answers_it_was_ordered_for() {
    let simulator = small().await;
    let marked = Disturbance::always(Wrong::ByteOrderMark).on("/data/Workers");
    simulator.change_faults(|faults| faults.answers.push(marked));

    let workers = request(&simulator, "/data/Workers").await.send().await.unwrap().bytes().await;
    let jobs = request(&simulator, "/data/Jobs").await.send().await.unwrap().bytes().await;

    assert_eq!(&workers.unwrap()[..4], b"\xef\xbb\xbf{");
    assert_eq!(jobs.unwrap()[0], b'{');
}

#[tokio::test]
async fn answers_are_compressed_for_whoever_accepts_it() {
    let simulator = small().await;
    let plain = get(&simulator, "/data/Workers").await.text;
    simulator.change_faults(|faults| faults.gzip = true);

    let ask = request(&simulator, "/data/Workers").await;
    let refusing = ask.try_clone().unwrap().send().await.unwrap();
    let accepting = ask.header("Accept-Encoding", "gzip, br").send().await.unwrap();

    assert_eq!(refusing.headers().get("content-encoding"), None);
    assert_eq!(accepting.headers()["content-encoding"], "gzip");
    let packed = accepting.bytes().await.unwrap();
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut unpacked).unwrap();
    assert!(packed.len() < plain.len() && unpacked == plain);
}

#[tokio::test]
async fn columns_can_be_unknown_or_empty() {
    let simulator = cast().await;
    simulator.change_faults(|faults| {
        faults.missing_columns = ["KnownAs".to_owned()].into();
        faults.empty_columns = ["WorkerStatus".to_owned(), "TitleId".to_owned()].into();
    });

    let asked = get(&simulator, "/data/Workers?$select=KnownAs").await;
    let row = get(&simulator, "/data/Workers('000041')").await.json();

    assert_eq!(asked.status, 400);
    assert!(row.get("KnownAs").is_none());
    assert_eq!((&row["WorkerStatus"], &row["TitleId"]), (&json!(null), &json!("")));
    let description = get(&simulator, "/data/$metadata").await.text;
    assert!(
        !description
            .contains("\"KnownAs\" Type=\"Edm.String\"/><Property Name=\"PrimaryContactEmail\"")
    );
}

#[tokio::test]
async fn people_can_be_out_of_sight_while_counts_still_tell_of_them() {
    let simulator = small().await;
    simulator.change_faults(|faults| faults.shown = Some(4));

    for path in ["/data/Workers", "/api/data/v9.2/cdm_workers"] {
        let page = get(&simulator, &format!("{path}?$count=true")).await;
        assert_eq!((page.rows().len(), &page.json()["@odata.count"]), (4, &json!(20)));
        assert_eq!(get(&simulator, &format!("{path}/$count")).await.text, "20");
    }
    assert_eq!(get(&simulator, "/data/EmploymentsV2").await.rows().len(), 20);
}

#[tokio::test]
async fn reads_can_be_of_one_company_until_all_are_asked_for() {
    let simulator = cast().await;
    simulator.change_faults(|faults| faults.company_scoped = true);
    let rows = async |path: &str| get(&simulator, path).await.rows().len();

    assert_eq!(rows("/data/Workers").await, 0);
    assert_eq!(rows("/data/Workers?cross-company=true").await, 41);
    assert_eq!(rows("/data/EmploymentsV2").await, 42, "those in USMF");
    assert_eq!(rows("/data/EmploymentsV2?cross-company=true").await, 45);
}

#[tokio::test]
async fn a_personnel_number_can_be_two_peoples() {
    let simulator = cast().await;
    simulator.change_faults(|faults| faults.duplicate_numbers = ["000041".to_owned()].into());

    let page = get(&simulator, "/data/Workers?$filter=PersonnelNumber eq '000041'").await;

    assert_eq!(page.column("Name"), ["Mira Osei", "Somebody Else"]);
    assert_ne!(page.column("PartyNumber")[0], page.column("PartyNumber")[1]);
    assert_eq!(get(&simulator, "/data/Workers/$count").await.text, "42");
}

#[tokio::test]
async fn whoever_wants_no_metadata_gets_none() {
    let simulator = cast().await;
    let bare = request(&simulator, "/data/Workers?$top=1").await;
    let bare = bare.header("Accept", "application/json;odata.metadata=none");

    let page = super::read(bare).await;

    assert!(page.json().get("@odata.context").is_none());
    assert!(page.rows()[0].get("@odata.etag").is_none());
}

#[tokio::test]
async fn a_value_can_be_no_good_json_or_text() {
    let simulator = cast().await;
    for (how, end) in [
        (Spoil::LoneSurrogate, &br"\ud83c"[..]),
        (Spoil::ControlCharacter, b"\x0b"),
        (Spoil::InvalidUtf8, b"\xe9"),
    ] {
        for (set, path, column, key) in [
            ("Workers", "/data/Workers", "FirstName", "000041"),
            ("Departments", "/data/Departments", "Name", "000100001"),
        ] {
            let spoiled = Spoiled {
                set: set.to_owned(),
                key: key.to_owned(),
                column: column.to_owned(),
                how: how.clone(),
            };
            simulator.set_faults(Faults { spoiled: vec![spoiled], ..Faults::default() });
            let page = request(&simulator, path).await.send().await.unwrap().bytes().await.unwrap();
            let good: &[u8] = if set == "Workers" { b"\"Mira" } else { b"\"Leadership" };
            let expected = [good, end, b"\""].concat();
            assert!(page.windows(expected.len()).any(|part| part == expected), "{set} {how:?}");
            assert!(serde_json::from_slice::<serde_json::Value>(&page).is_err());
        }
    }
}

#[tokio::test]
async fn a_value_can_be_of_another_shape() {
    let simulator = cast().await;
    let number = "000041".to_owned();
    let (set, column) = ("Workers".to_owned(), "PrimaryContactEmail".to_owned());
    let spoiled = Spoiled { set, key: number, column, how: Spoil::Shape(json!({"value": 7})) };
    simulator.change_faults(|faults| faults.spoiled = vec![spoiled]);

    let rows = get(&simulator, "/data/Workers").await.column("PrimaryContactEmail");

    assert_eq!(rows.iter().filter(|one| **one == json!({"value": 7})).count(), 1);
    assert_eq!(rows.iter().filter(|one| one.is_string()).count(), 40);
}
