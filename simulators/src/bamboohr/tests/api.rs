//! Keys, base URLs, single employees, metadata and writes.

use reqwest::Method;
use serde_json::{Value, json};

use super::{bare, client, get, read, send, small};
use crate::bamboohr::{Config, ListKind};

#[tokio::test]
async fn without_a_good_key_the_answer_is_an_empty_401_with_two_spellings() {
    let simulator = small().await;

    let url = format!("{}/employees/1", simulator.base_url());
    let answer = read(client().get(url).basic_auth("bad", Some("x")).send().await.unwrap()).await;

    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    assert_eq!(answer.header("content-type"), "text/html; charset=UTF-8");
    assert_eq!(answer.header("x-bamboohr-error-message"), "API key not provided or invalid");
    assert_eq!(answer.header("x-bamboohr-error-messsage"), "API key not provided or invalid");
    let realm = r#"Basic realm="https://api.bamboohr.com/acme""#;
    assert_eq!(answer.header("www-authenticate"), realm);
}

#[tokio::test]
async fn both_base_urls_and_a_last_slash_lead_to_the_same_page() {
    let simulator = small().await;
    let path = format!("{}/api/gateway.php/acme/v1/employees/3/", simulator.origin());
    let key = Config::default().api_key;

    let old = client().get(path).basic_auth(key, Some("x")).header("Accept", "application/json");
    let old = read(old.send().await.unwrap()).await;

    assert_eq!(old.text, get(&simulator, "/employees/3").await.text);
    assert_eq!(simulator.requests()["GET /employees/{id}"], 2);
    assert_eq!(simulator.requests_of("GET /employees/3"), 2);
}

#[tokio::test]
async fn employee_zero_is_the_owner_of_the_key() {
    let simulator = small().await;

    let first = get(&simulator, "/employees/0").await;
    let url = format!("{}/employees/0", simulator.base_url());
    let second = client().get(url).header("Accept", "application/json");
    let second = read(second.basic_auth("second", Some("x")).send().await.unwrap()).await;

    assert_eq!(first.json()["id"], "1");
    assert_eq!(first.json()["firstName"], json!(simulator.person(1).unwrap().first_name));
    assert_eq!(second.json()["id"], "2");
}

#[tokio::test]
async fn one_employee_has_names_ids_and_the_empty_date() {
    let simulator = small().await;
    let truth = simulator.person(5).unwrap();
    let fields =
        "department,departmentId,supervisorEId,supervisorId,terminationDate,status,nonsense";

    let body = get(&simulator, &format!("/employees/5?fields={fields}")).await.json();

    let manager = simulator.person(truth.supervisor.unwrap()).unwrap();
    let department = simulator.option_name(ListKind::Department, truth.department.unwrap());
    let expected = json!({
        "id": "5", "department": department, "departmentId": truth.department.unwrap().to_string(),
        "supervisorEId": manager.id.to_string(), "supervisorId": manager.employee_number,
        "terminationDate": "0000-00-00", "status": "Active",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn fields_the_company_keeps_nothing_in_are_null_where_others_are_left_out() {
    let simulator = small().await;
    let kept = [
        "homePhone",
        "skypeUsername",
        "linkedinUrl",
        "facebookUrl",
        "instagramUrl",
        "twitterUrl",
        "pinterestUrl",
        "birthDate",
        "address1",
        "state",
        "gender",
        "marital",
        "payRate",
        "payType",
        "payPeriod",
        "exempt",
    ];

    let path = format!("/employees/5?fields={},canUploadPhoto,nonsense", kept.join(","));
    let body = get(&simulator, &path).await.json();

    assert!(kept.iter().all(|field| body[*field] == json!(null)));
    assert_eq!((&body["canUploadPhoto"], body.as_object().unwrap().len()), (&json!(true), 18));
}

#[tokio::test]
async fn a_stranger_is_an_empty_404() {
    let simulator = small().await;

    let stranger = get(&simulator, "/employees/999").await;

    let message = "Employee not found, Employee not found";
    assert_eq!((stranger.status, stranger.header("x-bamboohr-error-message")), (404, message));
}

#[tokio::test]
async fn a_photo_is_a_jpeg_of_the_sizes_there_are_for_who_has_one_and_may_be_seen() {
    let simulator = small().await;
    simulator.update(1, [("photoUploaded", "true")]).unwrap();
    simulator.update(2, [("photoUploaded", "false")]).unwrap();
    simulator.change_faults(|faults| _ = faults.hidden_employees.insert(3));

    let url = format!("{}/employees/1/photo/small", simulator.base_url());
    let photo = bare(Method::GET, url).send().await.unwrap();
    let status = async |path: &str| get(&simulator, path).await.status;

    assert_eq!(photo.headers()["content-type"], "image/jpeg");
    assert!(photo.bytes().await.unwrap().starts_with(b"\xff\xd8\xff"));
    assert_eq!(status("/employees/1/photo/huge").await, 404);
    assert_eq!(status("/employees/2/photo/small").await, 404);
    assert_eq!(status("/employees/3/photo/small").await, 403);
    assert_eq!(status("/employees/999/photo/small").await, 404);
}

#[tokio::test]
async fn a_renamed_option_keeps_its_id_and_shows_everywhere() {
    let simulator = small().await;
    let option = simulator.person(2).unwrap().department.unwrap();
    let body = json!({"options": [{"id": option, "value": "Renamed"}]});

    let put = send(&simulator, Method::PUT, "/meta/lists/4", body.clone()).await;
    let lists = get(&simulator, "/meta/lists").await.json();
    let employee = get(&simulator, "/employees/2?fields=department,departmentId").await.json();

    assert_eq!((put.status, put.header("content-type")), (200, "text/xml"));
    assert!(put.text.contains(r#"<list fieldId="4" alias="department" "#), "{}", put.text);
    assert!(put.text.contains(">Renamed</option>"), "{}", put.text);
    let departments = lists.as_array().unwrap().iter().find(|list| list["fieldId"] == "4").unwrap();
    let named = |choice: &&Value| choice["name"] == "Renamed";
    let renamed = departments["options"].as_array().unwrap().iter().find(named).unwrap();
    assert_eq!((&renamed["id"], &renamed["archived"]), (&json!(option), &json!("no")));
    assert_eq!(employee["department"], "Renamed");
    let other = json!({"options": [{"value": "renamed"}]});
    assert_eq!(send(&simulator, Method::PUT, "/meta/lists/4", other).await.status, 409);
}

#[tokio::test]
async fn a_list_changes_as_a_whole_or_not_at_all() {
    let simulator = small().await;
    let before = simulator.options(ListKind::Division);
    let first = before[0].id;
    let put = async |list: &str, options: Value| {
        let path = format!("/meta/lists/{list}");
        send(&simulator, Method::PUT, &path, json!({ "options": options })).await.status
    };

    let renamed = json!({"id": first, "value": "Renamed"});
    assert_eq!(put("1355", json!([renamed, {"id": 1, "archived": "yes"}])).await, 404);
    assert_eq!(put("1355", json!([renamed, {"value": before[1].name}])).await, 409);
    assert_eq!(put("1355", json!("Renamed")).await, 400);
    assert_eq!(put("division", json!([renamed])).await, 404, "a list is named by its field's id");
    assert_eq!(simulator.options(ListKind::Division), before);

    let new = json!({"value": "New", "archived": "yes"});
    assert_eq!(put("1355", json!([{"id": first, "archived": "yes"}, new])).await, 200);
    let after = simulator.options(ListKind::Division);
    assert!(after[0].archived.is_some() && after.last().unwrap().archived.is_some());
    assert_eq!(put("1355", json!([{"id": first, "archived": "no"}])).await, 200);
    assert_eq!(simulator.options(ListKind::Division)[0], before[0]);
}

#[tokio::test]
async fn users_are_all_of_them_unless_a_known_status_is_asked_for() {
    let simulator = small().await;
    let names = async |query: &str| {
        let users = get(&simulator, &format!("/meta/users{query}")).await.json();
        users.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };

    assert_eq!(names("").await, ["2370", "2371", "2400"]);
    assert_eq!(names("?status=nonsense").await, ["2370", "2371", "2400"]);
    assert_eq!(names("?status=disabled,nonsense").await, ["2400"]);
    let users = get(&simulator, "/meta/users").await.json();
    assert_eq!((&users["2400"]["employeeId"], users["2400"].get("lastLogin")), (&json!(0), None));
}

#[tokio::test]
async fn meta_pages_have_the_types_they_have() {
    let simulator = small().await;

    let fields = get(&simulator, "/meta/fields/").await.json();
    let users = get(&simulator, "/meta/users?status=enabled").await.json();

    let field =
        |id: u64| fields.as_array().unwrap().iter().find(|field| field["id"] == id).unwrap();
    let job_title = json!({"id": 17, "name": "Job Title", "type": "list", "alias": "jobTitle"});
    assert_eq!(*field(17), job_title);
    assert_eq!(*field(91), json!({"id": 91, "name": "Reporting to", "type": "employee"}));
    assert_eq!((&users["2370"]["employeeId"], users.as_object().unwrap().len()), (&json!(1), 2));
}

#[tokio::test]
async fn employees_are_written_by_the_api_too() {
    let simulator = small().await;
    let ada = json!({"firstName": "Ada", "lastName": "Byron", "department": "Platform"});

    let created = send(&simulator, Method::POST, "/employees", ada).await;
    let id = created.header("location").rsplit('/').next().unwrap().parse().unwrap();
    let path = format!("/employees/{id}");
    let updated =
        send(&simulator, Method::POST, &path, json!({"workEmail": "ada@acme.example"})).await;
    let refused = send(&simulator, Method::POST, &path, json!({"department": "No such"})).await;
    let there = bare(Method::GET, created.header("location").to_owned()).send().await.unwrap();

    assert_eq!((created.status, created.text.as_str(), updated.status), (201, "", 200));
    assert_eq!((refused.status, there.status().as_u16()), (409, 200));
    let ada = simulator.person(id).unwrap();
    assert_eq!(ada.work_email.as_deref(), Some("ada@acme.example"));
}
