//! The custom report: its formats, its parameters and its limits.

use reqwest::Method;
use serde_json::{Value, json};

use super::{client, read, report, request, send, small};

#[tokio::test]
async fn a_report_insists_on_its_content_type_and_format() {
    let simulator = small().await;
    let post = |path: &str, kind: &str, accept: &str| {
        let mut request = request(&simulator, Method::POST, path).build().unwrap();
        request.headers_mut().insert("accept", accept.parse().unwrap());
        request.headers_mut().insert("content-type", kind.parse().unwrap());
        *request.body_mut() = Some(r#"{"fields":["firstName"]}"#.into());
        async move { read(client().execute(request).await.unwrap()).await }
    };

    let charset =
        post("/reports/custom?format=json", "application/json; charset=UTF-8", "*/*").await;
    let anything = post("/reports/custom", "application/json", "*/*").await;
    let exact = post("/reports/custom", "application/json", "application/json").await;

    let message = charset.header("x-bamboohr-error-message");
    assert_eq!((charset.status, message), (400, "Malformed XML"));
    assert_eq!((anything.status, exact.status), (404, 200));
}

#[tokio::test]
async fn more_than_400_fields_are_too_many() {
    let simulator = small().await;

    assert_eq!(report(&simulator, "", &["firstName"; 401]).await.status, 400);
    assert_eq!(report(&simulator, "", &["firstName"; 400]).await.status, 200);
}

#[tokio::test]
async fn a_report_comes_as_json_xml_or_csv_and_documents_are_not_simulated() {
    let simulator = small().await;
    simulator.update(2, [("lastName", "O\"Neil, <Jr>")]).unwrap();
    let first = simulator.person(2).unwrap().first_name;
    let ask = async |query: &str| {
        let body = json!({
            "title": "Names", "fields": ["lastName", "firstName"], "filterDuplicates": "no",
            "filters": {"employeeIds": [2]},
        });
        send(&simulator, Method::POST, &format!("/reports/custom{query}"), body).await
    };

    let xml = ask("?format=Xml").await;
    let csv = ask("?format=csv").await;

    let expected = format!(
        "<report><title>Names</title><fieldset>\
         <field id=\"lastName\" type=\"text\">Last Name</field>\
         <field id=\"firstName\" type=\"text\">First Name</field></fieldset><employees>\
         <employee id=\"2\"><field id=\"lastName\">O&quot;Neil, &lt;Jr&gt;</field>\
         <field id=\"firstName\">{first}</field></employee></employees></report>"
    );
    assert_eq!(xml.header("content-type"), "text/xml");
    assert!(xml.text.ends_with(&expected), "{}", xml.text);
    assert_eq!(csv.header("content-type"), "text/csv");
    let lines = format!("\"Last Name\",\"First Name\"\r\n\"O\"\"Neil, <Jr>\",\"{first}\"\r\n");
    assert_eq!(csv.text, lines);
    assert_eq!((ask("?format=pdf").await.status, ask("?format=xls").await.status), (501, 501));
    assert_eq!(ask("?format=bogus").await.status, 404);
}

#[tokio::test]
async fn a_report_can_be_of_those_who_changed_since() {
    let simulator = small().await;
    let now = simulator.clock().format("%Y-%m-%dT%H:%M:%S").to_string();
    simulator.update(7, [("city", "Leeds")]).unwrap();
    let ids = async |filters: Value| {
        let body = json!({ "filters": filters });
        let answer = send(&simulator, Method::POST, "/reports/custom", body).await.json();
        assert_eq!(answer["fields"], json!([]), "no fields were asked for");
        answer["employees"].as_array().unwrap().clone()
    };

    for zone in ["Z", "+00:00", "+0000"] {
        let since = json!({"value": format!("{now}{zone}"), "includeNull": "no"});
        assert_eq!(ids(json!({ "lastChanged": since })).await, [json!({"id": "7"})], "{zone}");
    }
    assert_eq!(ids(json!({"lastChanged": {"includeNull": "yes"}})).await.len(), 20);
}
