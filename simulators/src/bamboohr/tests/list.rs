//! `GET /employees`: pages, filters, order, and what it says of hidden fields.

use serde_json::{Value, json};

use super::{bare, get, read, small};
use reqwest::Method;

#[tokio::test]
async fn the_list_goes_page_by_page_and_breaks_with_its_boundary() {
    let simulator = small().await;
    let page = |cursor: String| {
        let path = format!("/employees?page[limit]=8&fields=departmentId{cursor}");
        let simulator = &simulator;
        async move { get(simulator, &path).await }
    };

    let first = page(String::new()).await.json();
    let cursor = first["meta"]["page"]["nextCursor"].as_str().unwrap().to_owned();
    let second = page(format!("&page[after]={cursor}")).await.json();
    simulator.delete(8).unwrap();
    let broken = page(format!("&page[after]={cursor}")).await;

    assert_eq!(
        (&first["meta"]["total"], &second["data"][0]["employeeId"]),
        (&json!(20), &json!("9"))
    );
    assert!(first["data"][0]["departmentId"].is_string());
    assert_eq!((broken.status, &broken.json()["error"]["code"]), (400, &json!("BadPage")));
}

#[tokio::test]
async fn links_lead_to_the_pages_there_are_and_back() {
    let simulator = small().await;
    let follow = async |page: &Value, way: &str| {
        let href = page["_links"][way]["href"].as_str().unwrap().to_owned();
        read(bare(Method::GET, href).send().await.unwrap()).await.json()
    };
    let links =
        |page: &Value| page["_links"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();

    let first = get(&simulator, "/employees?page[limit]=12&sort=-employeeId").await.json();
    let second = follow(&first, "next").await;

    assert_eq!(
        (links(&first), links(&second)),
        (vec!["self".into(), "next".into()], vec!["self".into(), "prev".into()])
    );
    assert_eq!(
        (&first["data"][0]["employeeId"], &second["data"][0]["employeeId"]),
        (&json!("20"), &json!("8"))
    );
    assert_eq!(second["data"].as_array().unwrap().len(), 8);
    assert_eq!(
        (&first["meta"]["page"]["prevCursor"], &second["meta"]["page"]["nextCursor"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(follow(&second, "self").await, second);
    assert_eq!(follow(&second, "prev").await["data"], first["data"]);
}

#[tokio::test]
async fn every_row_names_its_hidden_fields_were_there_none() {
    let simulator = small().await;
    let social = "skypeUsername,linkedinUrl,facebookUrl,instagramUrl,twitterUrl,pinterestUrl";

    let page = get(&simulator, &format!("/employees?fields={social},nonsense")).await.json();

    let row = page["data"][0].as_object().unwrap();
    assert_eq!((&row["_restrictedFields"], row.len()), (&json!([]), 14));
    assert!(social.split(',').all(|name| row[name].is_null()));
}

#[tokio::test]
async fn filters_are_checked_and_add_up() {
    let simulator = small().await;
    simulator.update(3, [("firstName", "Annabel"), ("lastName", "Lee")]).unwrap();
    simulator.update(4, [("firstName", "Joanna"), ("lastName", "Lee")]).unwrap();
    let ids = async |query: &str| {
        let page = get(&simulator, &format!("/employees?{query}")).await.json();
        let rows = page["data"].as_array().unwrap().clone();
        assert_eq!(page["meta"]["total"], rows.len());
        rows.iter().map(|row| row["employeeId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(ids("filter[firstName]=aNNA&filter[lastName]=lee").await, ["3", "4"]);
    assert_eq!(ids("filter[ids][]=3&filter[ids][]=5&filter[lastName]=Lee").await, ["3"]);
    assert_eq!(ids("filter[ids]=5,3").await, ["3", "5"]);
    assert!(ids("filter[status]=inactive").await.contains(&"20".to_owned()));
    for bad in [
        "filter[department]=Data",
        "filter[status]=Active",
        "filter[ids]=3,x",
        "sort=hireDate",
        "sort=lastName,-nonsense",
        "page[limit]=0",
        "page[limit]=101",
    ] {
        let answer = get(&simulator, &format!("/employees?{bad}")).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (400, &json!("BadRequest")),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn order_goes_by_several_fields_and_nobodys_text_comes_first() {
    let simulator = small().await;
    for (id, preferred, last) in [(1, "", "Z"), (2, "Kit", "A"), (3, "Kit", "B"), (4, "Ash", "A")] {
        simulator.update(id, [("preferredName", preferred), ("lastName", last)]).unwrap();
    }
    let sorted = async |sort: &str| {
        let path = format!("/employees?filter[ids]=1,2,3,4&sort={sort}");
        let page = get(&simulator, &path).await.json();
        let rows = page["data"].as_array().unwrap().clone();
        rows.iter().map(|row| row["employeeId"].as_str().unwrap().to_owned()).collect::<String>()
    };

    assert_eq!(sorted("preferredName,-lastName").await, "1432");
    assert_eq!(sorted("-preferredName,lastName").await, "2341");
    assert_eq!(sorted("lastName,-employeeId").await, "4231");
    simulator.change_faults(|faults| _ = faults.hidden_fields.insert("lastName".to_owned()));
    assert_eq!(sorted("lastName").await, "", "who sorts by a hidden field finds nobody");
}

#[tokio::test]
async fn a_cursor_is_good_in_its_own_direction_only() {
    let simulator = small().await;
    let first = get(&simulator, "/employees?page[limit]=5").await.json();
    let next = first["meta"]["page"]["nextCursor"].as_str().unwrap();

    for query in [format!("page[before]={next}"), "page[after]=nonsense".to_owned()] {
        let answer = get(&simulator, &format!("/employees?{query}")).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!("BadPage")));
    }
}
