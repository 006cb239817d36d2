//! Finance & Operations: the rows, their sentinels, and what can be asked of them.

use serde_json::{Value, json};

use super::{cast, get, small};
use crate::dynamics::Simulator;

/// The rows of a set that one filter leaves.
async fn filtered(simulator: &Simulator, set: &str, filter: &str) -> Vec<Value> {
    let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    get(simulator, &format!("/data/{set}?$filter={filter}")).await.rows()
}

async fn refused(simulator: &Simulator, path: &str) -> String {
    let answer = get(simulator, path).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    answer.json()["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_worker_reads_as_in_everybodys_sample() {
    let simulator = cast().await;
    let select = "PersonnelNumber,FirstName,MiddleName,LastName,Name,KnownAs,PrimaryContactEmail,\
                  WorkerStatus,WorkerType,TitleId,OriginalHireDateTime,ObjectId";
    let path = format!("/data/Workers?$filter=PersonnelNumber eq '000041'&$select={select}");

    let answer = get(&simulator, &path).await;

    let kind = answer.header("content-type").to_owned();
    assert_eq!(kind, "application/json; odata.metadata=minimal");
    let body = answer.json();
    let context = format!("{}/data/$metadata#Workers({select})", simulator.environment_url());
    assert_eq!(body["@odata.context"], json!(context));
    let mut row = body["value"][0].clone();
    let tag = row.as_object_mut().unwrap().remove("@odata.etag").unwrap();
    assert!(tag.as_str().unwrap().starts_with("W/\"J"), "{tag}");
    assert_eq!(
        row,
        json!({
            "PersonnelNumber": "000041", "FirstName": "Mira", "MiddleName": "", "LastName": "Osei",
            "Name": "Mira Osei", "KnownAs": "", "PrimaryContactEmail": "mira.osei@acme.test",
            "WorkerStatus": "Employed", "WorkerType": "Employee", "TitleId": "Accountant",
            "OriginalHireDateTime": "1900-01-01T00:00:00Z",
            "ObjectId": "00000000-0000-0000-0000-000000000000",
        })
    );
}

#[tokio::test]
async fn assignments_and_the_line_read_as_in_the_samples_too() {
    let simulator = cast().await;

    let held = filtered(&simulator, "PositionWorkerAssignmentsV2", "PositionId eq '000276'").await;
    let above = filtered(&simulator, "PositionHierarchies", "PositionId eq '000276'").await;

    let without_tag = |rows: &[Value]| {
        let mut row = rows[0].as_object().unwrap().clone();
        row.remove("@odata.etag");
        Value::Object(row)
    };
    assert_eq!(
        without_tag(&held),
        json!({
            "PositionId": "000276", "ValidFrom": "2021-02-01T00:00:00Z",
            "ValidTo": "2154-12-31T23:59:59Z", "PersonnelNumber": "000041",
            "IsPrimaryPosition": "Yes", "ReasonCodeId": "",
        })
    );
    assert_eq!(
        without_tag(&above),
        json!({
            "PositionId": "000276", "HierarchyTypeName": "Line", "ValidFrom": "2016-07-06T18:11:33Z",
            "ValidTo": "2154-12-31T23:59:59Z", "ParentPositionId": "000120",
        })
    );
}

#[tokio::test]
async fn dates_without_a_time_are_at_noon() {
    let simulator = cast().await;
    let select = "SeniorityDate,OriginalHireDateTime,AnniversaryDateTime";

    let mira = get(&simulator, &format!("/data/Workers('000041')?$select={select}")).await.json();
    let astrid = get(&simulator, &format!("/data/Workers('000011')?$select={select}")).await.json();

    assert_eq!(mira["SeniorityDate"], "1900-01-01T12:00:00Z");
    assert_eq!(astrid["SeniorityDate"], "2015-01-05T12:00:00Z");
    assert_eq!(astrid["OriginalHireDateTime"], "2015-01-05T00:00:00Z");
    assert_eq!(astrid["AnniversaryDateTime"], "1900-01-01T00:00:00Z");
}

#[tokio::test]
async fn every_set_has_rows_with_all_its_columns() {
    let simulator = cast().await;
    let sets = get(&simulator, "/data").await.json();
    let sets: Vec<String> = sets["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| set["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sets.len(), 15);
    for set in sets {
        let rows = get(&simulator, &format!("/data/{set}?cross-company=true")).await.rows();
        assert!(!rows.is_empty(), "{set} is empty");
        let nulls = rows[0].as_object().unwrap().iter().filter(|(_, value)| value.is_null());
        assert_eq!(nulls.count(), 0, "{set}: {}", rows[0]);
    }
}

#[tokio::test]
async fn dated_sets_show_the_past_and_the_future_unless_they_are_asked_not_to() {
    let simulator = cast().await;
    let now = simulator.clock().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let position = "PositionId eq '000133' and HierarchyTypeName eq 'Line'";
    let current = format!("{position} and ValidFrom le {now} and ValidTo ge {now}");

    let all = filtered(&simulator, "PositionHierarchies", position).await;
    let now = filtered(&simulator, "PositionHierarchies", &current).await;

    let parents = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|row| row["ParentPositionId"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(parents(&all), ["000101", "000102", "000100"]);
    assert_eq!(parents(&now), ["000102"]);
}

#[tokio::test]
async fn filters_know_texts_enumerations_dates_and_logic() {
    let simulator = cast().await;
    let status = |name: &str| {
        format!("WorkerStatus eq Microsoft.Dynamics.DataEntities.HcmWorkerStatus'{name}'")
    };
    let numbers = async |filter: &str| -> Vec<u64> {
        let rows = filtered(&simulator, "Workers", filter).await;
        rows.iter().map(|row| row["PersonnelNumber"].as_str().unwrap().parse().unwrap()).collect()
    };

    assert_eq!(numbers(&status("Pending")).await, [17, 46]);
    assert_eq!(numbers(&status("Terminated")).await, [18]);
    assert_eq!(numbers("LastName eq 'O''Leary'").await, [12]);
    assert_eq!(numbers("LastName eq 'osei'").await, [41], "letters are equal in either case");
    assert_eq!(numbers("LastName eq '*ark*'").await, [30, 31]);
    assert_eq!(numbers("PrimaryContactEmail eq ''").await, [28, 29]);
    let early = "PersonnelNumber lt '000013' or FirstName eq 'Piet*' and not (LastName ne 'Berg')";
    assert_eq!(numbers(early).await, [11, 12, 38]);
    assert_eq!(numbers("OriginalHireDateTime lt 1901-01-01T00:00:00Z").await, [39, 41]);
    let id = "0b1ec700-0000-4000-8000-00000000000b";
    assert_eq!(numbers(&format!("ObjectId eq {id}")).await, [11]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_a_400_that_says_why() {
    let simulator = small().await;

    let column = refused(&simulator, "/data/Workers?$select=Nope").await;
    assert!(column.contains("Could not find a property named 'Nope' on type"), "{column}");
    let filter = refused(&simulator, "/data/Workers?$filter=Nope eq 'x'").await;
    assert!(filter.contains("'Nope'"), "{filter}");
    let types = refused(&simulator, "/data/Workers?$filter=WorkerStatus eq 'Employed'").await;
    assert!(types.contains("incompatible types"), "{types}");
    let function = refused(&simulator, "/data/Workers?$filter=contains(Name,'x')").await;
    assert!(function.contains("unknown function with name 'contains'"), "{function}");
    let order = "WorkerStatus gt Microsoft.Dynamics.DataEntities.HcmWorkerStatus'Pending'";
    refused(&simulator, &format!("/data/Workers?$filter={order}")).await;
    refused(&simulator, "/data/Workers?$filter=Name eq 'x").await;
    refused(&simulator, "/data/Workers?$filter=Name eq").await;
    refused(&simulator, "/data/Workers?$filter=Name in ('x')").await;
    refused(&simulator, "/data/Workers?$top=many").await;
    refused(&simulator, "/data/Workers?$apply=x").await;
    refused(&simulator, "/data/Workers?$orderby=Nope").await;
}

#[tokio::test]
async fn an_unknown_set_is_a_404_with_its_name() {
    let simulator = small().await;

    let answer = get(&simulator, "/data/Nonsense").await;

    let message = "Resource not found for the segment 'Nonsense'.";
    assert_eq!((answer.status, &answer.json()["error"]["message"]), (404, &json!(message)));
}

#[tokio::test]
async fn a_row_is_found_by_its_whole_key() {
    let simulator = cast().await;
    let key = "PositionId='000276',HierarchyTypeName='Line',ValidFrom=2016-07-06T18:11:33Z,\
               ValidTo=2154-12-31T23:59:59Z";

    let one = get(&simulator, &format!("/data/PositionHierarchies({key})")).await;
    let named = get(&simulator, "/data/Workers(PersonnelNumber='000041')").await;
    let nobody = get(&simulator, "/data/Workers('999999')").await;
    let half = get(&simulator, "/data/PositionHierarchies(PositionId='000276')").await;

    assert_eq!(one.json()["ParentPositionId"], "000120");
    assert_eq!(named.json()["Name"], "Mira Osei");
    assert!(named.json()["@odata.context"].as_str().unwrap().ends_with("#Workers/$entity"));
    assert_eq!((nobody.status, half.status), (404, 400));
}

#[tokio::test]
async fn rows_can_be_ordered_by_any_columns() {
    let simulator = cast().await;
    let path = "/data/EmploymentsV2?$orderby=LegalEntityId desc,EmploymentStartDate&$top=3";

    let rows = get(&simulator, path).await;
    let down = get(&simulator, "/data/Workers?$orderby=PersonnelNumber desc&$top=2").await;

    assert_eq!(rows.column("LegalEntityId"), ["USMF", "USMF", "USMF"]);
    assert_eq!(rows.column("EmploymentStartDate")[0], "2012-04-01T00:00:00Z");
    assert_eq!(down.column("PersonnelNumber"), ["000051", "000050"]);
}

#[tokio::test]
async fn the_same_code_of_a_company_is_in_small_letters_elsewhere() {
    let simulator = cast().await;

    let entities = get(&simulator, "/data/LegalEntities").await.column("LegalEntityId");
    let employed = filtered(&simulator, "EmploymentsV2", "LegalEntityId eq 'demf'").await;

    assert_eq!(entities, ["demf", "gbsi", "usmf"]);
    assert_eq!(employed.len(), 3);
    assert_eq!(employed[0]["LegalEntityId"], "DEMF");
}

#[tokio::test]
async fn a_position_shows_who_holds_it_now() {
    let simulator = cast().await;

    let held = get(&simulator, "/data/PositionsV2('000276')").await.json();
    let vacant = get(&simulator, "/data/PositionsV2('000122')").await.json();

    assert_eq!(
        (&held["WorkerPersonnelNumber"], &held["WorkerName"]),
        (&json!("000041"), &json!("Mira Osei"))
    );
    assert_eq!((&vacant["WorkerPersonnelNumber"], &vacant["WorkerName"]), (&json!(""), &json!("")));
    assert_eq!(vacant["WorkerAssignmentEnd"], "1900-01-01T00:00:00Z");
    assert_eq!(held["FullTimeEquivalent"], 1);
}

#[tokio::test]
async fn old_environments_have_a_prefix() {
    let simulator = cast().await;
    let prefix = "/namespaces/11111111-2222-3333-4444-555555555555";

    let answer = get(&simulator, &format!("{prefix}/data/Workers('000041')")).await;

    assert_eq!(answer.json()["Name"], "Mira Osei");
}

#[tokio::test]
async fn the_description_lists_sets_and_their_columns() {
    let simulator = small().await;

    let answer = get(&simulator, "/data/$metadata").await;

    assert_eq!(answer.header("content-type"), "application/xml");
    assert!(answer.text.contains("<EntitySet Name=\"Workers\""));
    assert!(answer.text.contains(
        "<Property Name=\"IsPrimaryPosition\" Type=\"Microsoft.Dynamics.DataEntities.NoYes\"/>"
    ));
}
