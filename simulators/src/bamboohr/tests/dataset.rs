//! The datasets, versions 1.2 and 2.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Simulator, bare, read, small};

async fn data(simulator: &Simulator, dataset: &str, body: Value) -> Answer {
    let url = format!("{}/api/v2/datasets/{dataset}/data", simulator.origin());
    read(bare(Method::POST, url).body(body.to_string()).send().await.unwrap()).await
}

async fn fields(simulator: &Simulator, dataset: &str, query: &str) -> Answer {
    let url = format!("{}/api/v1_2/datasets/{dataset}/fields{query}", simulator.origin());
    read(bare(Method::GET, url).header("X-Request-ID", "mine").send().await.unwrap()).await
}

#[tokio::test]
async fn a_dataset_comes_in_numbered_pages_of_texts() {
    let simulator = small().await;
    simulator.update(3, [("lastName", "Aaa"), ("preferredName", "")]).unwrap();
    let page = async |page: u32, size: u32| {
        let fields = ["lastName", "preferredName", "photoUploaded"];
        let body =
            json!({"fields": fields, "orderBy": "lastName asc", "page": page, "pageSize": size});
        data(&simulator, "employee", body).await.json()
    };

    let (first, second) = (page(1, 15).await, page(2, 15).await);

    let meta = json!({"page": 2, "pageSize": 15, "totalPages": 2, "totalItems": 20});
    assert_eq!((&second["meta"], second["data"].as_array().unwrap().len()), (&meta, 5));
    let uploaded = simulator.person(3).unwrap().photo_uploaded.to_string();
    let row = json!({"lastName": "Aaa", "preferredName": "", "photoUploaded": uploaded});
    assert_eq!(first["data"][0]["fields"], row);
    let links =
        |page: &Value| page["links"].as_object().unwrap().keys().cloned().collect::<String>();
    assert_eq!((links(&first), links(&second)), ("next".to_owned(), "prev".to_owned()));
}

#[tokio::test]
async fn the_pages_of_the_fields_are_named_by_their_address() {
    let simulator = small().await;

    let first = fields(&simulator, "employee", "?page_size=10").await;
    let next = first.json()["pagination"]["next_page"].as_str().unwrap().to_owned();
    let second = read(bare(Method::GET, next).send().await.unwrap()).await.json();
    let last = fields(&simulator, "employee", "?page_size=10&page=99").await.json();

    assert_eq!(first.header("x-request-id"), "mine");
    assert_eq!(first.json()["pagination"]["prev_page"], json!(null));
    assert_eq!(second["pagination"]["current_page"], 2);
    assert!(second["pagination"]["prev_page"].as_str().unwrap().ends_with("?page=1&page_size=10"));
    assert_eq!(last["pagination"]["current_page"], last["pagination"]["total_pages"]);
    assert_eq!(last["pagination"]["next_page"], json!(null));
}

#[tokio::test]
async fn an_unknown_dataset_is_a_422_in_one_version_and_a_404_in_the_other() {
    let simulator = small().await;

    let old = fields(&simulator, "salaries", "").await;
    let new = data(&simulator, "salaries", json!({"fields": ["lastName"]})).await;

    assert_eq!((old.status, old.header("content-type")), (422, "application/problem+json"));
    assert_eq!((new.status, new.header("content-type")), (404, "application/json"));
    assert_eq!(
        (&old.json()["code"], &new.json()["code"]),
        (&json!("DATASET_NOT_FOUND"), &json!("DATASET_NOT_FOUND"))
    );
    assert!(!new.header("x-request-id").is_empty());
}

#[tokio::test]
async fn filters_compare_in_the_ways_there_are() {
    let simulator = small().await;
    for (id, last) in [(1, "Ash"), (2, "Birch"), (3, "O'Elm"), (4, "Fir")] {
        simulator.update(id, [("lastName", last), ("city", "Wood")]).unwrap();
    }
    let names = async |filter: &str| {
        let filter = format!("city eq 'Wood' and ({filter})");
        let body = json!({"fields": ["lastName"], "filter": filter, "orderBy": "lastName desc"});
        let answer = data(&simulator, "employee", body).await.json();
        let rows = answer["data"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["fields"]["lastName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    assert_eq!(names("lastName in ('Fir', 'Ash','Oak')").await, ["Fir", "Ash"]);
    assert_eq!(names("lastName eq 'O''Elm' or lastName lt 'B'").await, ["O'Elm", "Ash"]);
    assert_eq!(names("lastName ge 'Birch' and lastName le 'Fir'").await, ["Fir", "Birch"]);
    assert_eq!(names("lastName ne 'Ash' and lastName gt 'Fir'").await, ["O'Elm"]);
    let mixed = "lastName eq 'Ash' or lastName eq 'Fir' and city eq 'Town'";
    assert_eq!(names(mixed).await, ["Ash"], "and binds stronger");
    assert_eq!(names("middleName eq null or middleName ne null").await.len(), 4);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let simulator = small().await;
    let refused = async |more: Value| {
        let mut body = json!({"fields": ["lastName"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data(&simulator, "employee", body).await.status
    };

    for filter in [
        "lastName like 'A'",
        "nonsense eq 'A'",
        "lastName eq 'A",
        "lastName eq A",
        "lastName eq 'A' and",
        "(lastName eq 'A'",
        "lastName in ('A'",
        "lastName eq 'A' 'B'",
    ] {
        assert_eq!(refused(json!({ "filter": filter })).await, 422, "{filter}");
    }
    assert_eq!(refused(json!({"pageSize": 1001})).await, 422);
    assert_eq!(refused(json!({"pageSize": 0})).await, 422);
    assert_eq!(refused(json!({"page": 0})).await, 422);
    assert_eq!(refused(json!({"orderBy": "firstName asc"})).await, 422);
    assert_eq!(refused(json!({"orderBy": "lastName up"})).await, 422);
    assert_eq!(data(&simulator, "employee", json!({})).await.status, 400);
    assert_eq!(refused(json!({"filter": null, "orderBy": null, "pageSize": 1000})).await, 200);
}
