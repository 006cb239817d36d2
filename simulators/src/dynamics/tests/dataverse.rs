//! Dataverse: the same people in ids, option numbers and nulls.

use serde_json::{Value, json};

use super::{cast, everything, get, read, request, small, start};
use crate::dynamics::{Config, Simulator};

const ROOT: &str = "/api/data/v9.2";

async fn one(simulator: &Simulator, set: &str, filter: &str) -> Value {
    let rows = get(simulator, &format!("{ROOT}/{set}?$filter={filter}")).await.rows();
    assert_eq!(rows.len(), 1, "{filter}");
    rows[0].clone()
}

async fn worker(simulator: &Simulator, number: &str) -> Value {
    one(simulator, "cdm_workers", &format!("cdm_workernumber eq '{number}'")).await
}

#[tokio::test]
async fn a_worker_has_an_id_options_and_real_nulls() {
    let simulator = cast().await;

    let mira = worker(&simulator, "000041").await;
    let olive = worker(&simulator, "000032").await;
    let pieter = worker(&simulator, "000038").await;
    let ines = worker(&simulator, "000017").await;
    let dana = worker(&simulator, "000016").await;

    assert_eq!(mira["cdm_workerid"].as_str().unwrap().len(), 36);
    assert_eq!(
        (&mira["cdm_status"], &mira["cdm_type"]),
        (&json!(754_400_000), &json!(754_400_000))
    );
    assert_eq!((&mira["statecode"], &mira["statuscode"]), (&json!(0), &json!(1)));
    assert_eq!((&mira["cdm_middlename"], &mira["cdm_birthdate"]), (&Value::Null, &Value::Null));
    assert_eq!(mira["_cdm_managerworkerid_value"], Value::Null);
    assert_eq!(olive["cdm_primaryemailaddress"], Value::Null, "it is private");
    assert_eq!(pieter["cdm_lastname"], "van der Berg");
    assert_eq!(ines["cdm_status"], 754_400_001, "not yet is not active");
    assert_eq!(dana["cdm_type"], 754_400_001);
}

#[tokio::test]
async fn lookups_lead_from_a_worker_to_the_manager() {
    let simulator = cast().await;
    let lookup = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();

    let mira = lookup(&worker(&simulator, "000041").await, "cdm_workerid");
    let held = format!("_cdm_workerid_value eq {mira}");
    let held = one(&simulator, "cdm_positionworkerassignmentmaps", &held).await;
    let position = lookup(&held, "_cdm_jobpositionid_value");
    let position = get(&simulator, &format!("{ROOT}/cdm_jobpositions({position})")).await.json();
    let above = lookup(&position, "_cdm_parentjobpositionid_value");
    let above = format!("_cdm_jobpositionid_value eq {above}");
    let above = one(&simulator, "cdm_positionworkerassignmentmaps", &above).await;
    let manager = lookup(&above, "_cdm_workerid_value");
    let manager = get(&simulator, &format!("{ROOT}/cdm_workers({manager})")).await.json();

    assert_eq!(manager["cdm_workernumber"], "000042");
    let department = lookup(&position, "_cdm_departmentid_value");
    let department = get(&simulator, &format!("{ROOT}/cdm_departments({department})")).await;
    assert_eq!(department.json()["cdm_name"], "Finance");
    let title = lookup(&position, "_cdm_titleid_value");
    let title = get(&simulator, &format!("{ROOT}/cdm_titles({title})")).await;
    assert_eq!(title.json()["cdm_name"], "Accountant");
    let job = lookup(&position, "_cdm_jobid_value");
    let job = get(&simulator, &format!("{ROOT}/cdm_jobs({job})")).await;
    assert_eq!(job.json()["cdm_description"], "Accountant");
}

#[tokio::test]
async fn an_employment_names_its_company_and_writes_its_open_end_out() {
    let simulator = cast().await;
    let uma = worker(&simulator, "000049").await["cdm_workerid"].as_str().unwrap().to_owned();

    let filter = format!("_cdm_workerid_value eq {uma}");
    let employment = one(&simulator, "cdm_employments", &filter).await;

    assert_eq!(employment["cdm_employmentenddate"], "2154-12-31T23:59:59Z");
    assert_eq!(employment["cdm_workertype"], 754_400_000);
    assert_eq!(employment["cdm_lastdateworked"], Value::Null);
    let company = employment["_cdm_companyid_value"].as_str().unwrap();
    let company = get(&simulator, &format!("{ROOT}/cdm_companies({company})")).await;
    assert_eq!(company.json()["cdm_companycode"], "DEMF");
}

#[tokio::test]
async fn ids_are_of_one_row_each() {
    let simulator = start(Config { people: 300, fixtures: true, ..Config::default() }).await;
    let sets = get(&simulator, ROOT).await.json()["value"].clone();
    for set in sets.as_array().unwrap() {
        let set = set["name"].as_str().unwrap();
        let rows = get(&simulator, &format!("{ROOT}/{set}")).await.rows();
        let key = match set {
            "cdm_companies" => "cdm_companyid".to_owned(),
            _ => format!("{}id", set.trim_end_matches('s')),
        };
        let ids: std::collections::BTreeSet<String> =
            rows.iter().map(|row| row[&key].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), rows.len(), "{set}");
        assert!(!rows.is_empty(), "{set}");
    }
}

#[tokio::test]
async fn the_id_of_a_row_comes_along_unasked() {
    let simulator = cast().await;

    let row =
        get(&simulator, &format!("{ROOT}/cdm_workers?$select=cdm_fullname&$top=1")).await.rows();

    let mut names: Vec<&String> = row[0].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["@odata.etag", "cdm_fullname", "cdm_workerid"]);
    assert!(row[0]["@odata.etag"].as_str().unwrap().starts_with("W/\""));
}

#[tokio::test]
async fn pages_go_on_by_a_cookie_behind_the_last_row() {
    let simulator = small().await;
    let prefer = "odata.maxpagesize=6";
    let path = format!("{ROOT}/cdm_workers?$select=cdm_workernumber");

    let first = read(request(&simulator, &path).await.header("Prefer", prefer)).await;
    let shown = first.column("cdm_workernumber");
    simulator.delete(1002).unwrap();
    let next = first.next().unwrap();
    let second = read(request(&simulator, &next).await.header("Prefer", prefer)).await;

    assert!(next.contains("$skiptoken=%3Ccookie%20pagenumber"), "{next}");
    assert_eq!(first.header("preference-applied"), prefer);
    assert!(first.headers.contains_key("x-ms-ratelimit-burst-remaining-xrm-requests"));
    assert_eq!((shown.len(), shown[5].clone()), (6, json!("001006")));
    assert_eq!(second.column("cdm_workernumber")[0], "001007", "nobody is lost");
    assert_eq!(everything(&simulator, &path, prefer).await.len(), 19);
}

#[tokio::test]
async fn five_thousand_rows_come_at_once_and_counts_end_there() {
    let simulator = start(Config { people: 5_500, ..Config::default() }).await;
    let path = format!("{ROOT}/cdm_workers?$select=cdm_workernumber&$count=true");

    let first = read(request(&simulator, &path).await.header("Prefer", "odata.maxpagesize=9000"));
    let first = first.await;

    assert_eq!(first.rows().len(), 5_000);
    assert_eq!(first.json()["@odata.count"], 5_000);
    assert_eq!(first.json()["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], true);
    assert_eq!(get(&simulator, &first.next().unwrap()).await.rows().len(), 500);
    assert_eq!(get(&simulator, &format!("{ROOT}/cdm_workers/$count")).await.text, "5000");
}

#[tokio::test]
async fn there_is_no_skip() {
    let simulator = small().await;

    let answer = get(&simulator, &format!("{ROOT}/cdm_workers?$skip=5")).await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["message"], "Skip Clause is not supported in CRM");
}

#[tokio::test]
async fn filters_know_functions_and_nulls() {
    let simulator = cast().await;
    let count = async |filter: &str| {
        get(&simulator, &format!("{ROOT}/cdm_workers?$filter={filter}")).await.rows().len()
    };

    assert_eq!(count("contains(cdm_lastname,'ark')").await, 2);
    assert_eq!(count("startswith(cdm_fullname,'mira')").await, 1);
    assert_eq!(count("endswith(cdm_primaryemailaddress,'@home.test')").await, 0);
    assert_eq!(count("cdm_primaryemailaddress eq null").await, 3);
    assert_eq!(count("cdm_status eq 754400001").await, 3);
    assert_eq!(count("cdm_lastname eq '*ark*'").await, 0, "a star is a star");
}

#[tokio::test]
async fn what_cannot_be_asked_has_a_code() {
    let simulator = small().await;

    let column = get(&simulator, &format!("{ROOT}/cdm_workers?$select=nope")).await;
    let set = get(&simulator, &format!("{ROOT}/cdm_nonsense")).await;
    let row = get(&simulator, &format!("{ROOT}/cdm_workers(cdm_workernumber='999999')")).await;

    assert_eq!((column.status, &column.json()["error"]["code"]), (400, &json!("0x80060888")));
    let message =
        "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.cdm_worker'.";
    assert_eq!(column.json()["error"]["message"], message);
    assert_eq!((set.status, row.status), (404, 404));
}

#[tokio::test]
async fn changes_since_a_read_are_told_for_seven_days() {
    let simulator = small().await;
    let path = format!("{ROOT}/cdm_workers?$select=cdm_fullname");
    let tracking = request(&simulator, &path).await.header("Prefer", "odata.track-changes");
    let whole = read(tracking).await.json();
    let link = whole["@odata.deltaLink"].as_str().unwrap().to_owned();
    simulator.update(1003, [("lastName", "Changed")]).unwrap();
    simulator.delete(1004).unwrap();

    let changes = get(&simulator, &link).await;
    let again = changes.json()["@odata.deltaLink"].as_str().unwrap().to_owned();
    let nothing = get(&simulator, &again).await.rows();
    simulator.advance(chrono::TimeDelta::days(7));
    let expired = get(&simulator, &link).await;

    let rows = changes.rows();
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["cdm_fullname"].as_str().unwrap().ends_with("Changed"));
    assert_eq!(rows[1]["reason"], "deleted");
    assert!(rows[1]["@odata.context"].as_str().unwrap().ends_with("/$deletedEntity"));
    assert_eq!(nothing, Vec::<Value>::new());
    assert_eq!(expired.status, 400);
}

#[tokio::test]
async fn both_surfaces_show_the_same_people() {
    let simulator = start(Config { people: 100, fixtures: true, ..Config::default() }).await;
    let mut finance = get(&simulator, "/data/Workers").await.rows();
    let dataverse = get(&simulator, &format!("{ROOT}/cdm_workers")).await.rows();

    assert_eq!((finance.len(), dataverse.len()), (141, 141));
    for (finance, dataverse) in finance.iter_mut().zip(&dataverse) {
        assert_eq!(finance["PersonnelNumber"], dataverse["cdm_workernumber"]);
        assert_eq!(finance["Name"], dataverse["cdm_fullname"]);
        let active = finance["WorkerStatus"] == "Employed";
        assert_eq!(active, dataverse["cdm_status"] == 754_400_000);
    }
}
