//! A provider that says exactly the bytes it was told, for what no well-made service says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::client_of;
use crate::providers::bamboohr::BambooHr;
use crate::providers::bamboohr::fields::aliases;

/// An answer by itself: status, headers and body.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: &'static str,
    pub(super) body: Vec<u8>,
}

/// A company of made-up people whose every answer can be replaced.
#[derive(Clone)]
pub(super) struct Company {
    origin: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Company {
    /// Serves people: rows of a report, with defaults for what they do not say.
    pub(super) async fn of(people: &[Value]) -> Company {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let company = Company { origin, answers: Arc::default(), asked: Arc::default() };
        let rows: Vec<Value> = people.iter().map(row).collect();
        for row in &rows {
            let path = format!("employees/{}", row["id"].as_str().unwrap());
            company.say(&path, row.to_string());
        }
        company.say("employees/0", json!({"id": "0"}).to_string());
        company.say("employees", json!({"meta": {"total": rows.len()}}).to_string());
        company.say("employees/changed", json!({"employees": []}).to_string());
        company.say("webhooks", json!({"webhooks": []}).to_string());
        company.say("meta/lists", lists(&json!([{"id": 101, "name": "Works"}])));
        let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        company.say("reports/custom", report(&rows.join(",")));
        let serving = company.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        company
    }

    /// Replaces what is answered at a path, counted behind `v1/`.
    pub(super) fn say(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.answer(path, Answer { status: 200, headers: "", body: body.into() });
    }

    pub(super) fn answer(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Changes what is answered at a path.
    pub(super) fn change(&self, path: &str, change: impl FnOnce(&mut Answer)) {
        change(self.answers.lock().unwrap().get_mut(path).unwrap());
    }

    /// What was asked for so far, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn client(&self) -> BambooHr {
        client_of(self.origin.clone(), "key", Duration::from_secs(9))
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some((path, accepts_gzip)) = request(&mut stream).await {
            let answer = self.answers.lock().unwrap().get(&path).cloned();
            self.asked.lock().unwrap().push(path);
            let nothing = Answer { status: 404, headers: "", body: Vec::new() };
            let Answer { status, headers, body } = answer.unwrap_or(nothing);
            assert!(accepts_gzip || !headers.contains("gzip"), "nobody asked for gzip");
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n");
            if stream.write_all(&[head.as_bytes(), &body].concat()).await.is_err() {
                return;
            }
        }
    }
}

/// A report's answer with these elements, as they are.
pub(super) fn report(employees: &str) -> String {
    let fields: Vec<Value> = aliases().map(|alias| json!({"id": alias})).collect();
    format!(r#"{{"title":"t","fields":{},"employees":[{employees}]}}"#, json!(fields))
}

/// The option lists, with these departments.
pub(super) fn lists(departments: &Value) -> String {
    json!([{"fieldId": "4", "name": "Department", "alias": "department", "options": departments}])
        .to_string()
}

/// A person as a report has them.
pub(super) fn row(said: &Value) -> Value {
    let mut row = json!({
        "status": "Active", "firstName": "Tester", "lastName": "Example", "department": "Works",
        "hireDate": "2020-01-01", "terminationDate": "0000-00-00",
    });
    for alias in aliases().filter(|alias| *alias != "division" && *alias != "location") {
        row[alias] = row.get(alias).cloned().unwrap_or_default();
    }
    for (name, value) in said.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

/// Reads a request whole; its path behind `v1/` and whether it takes gzip.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, bool)> {
    let (mut head, mut line) = (String::new(), String::new());
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        head.push_str(&line.to_ascii_lowercase());
    }
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let length = header("content-length: ").map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    let path = head.split([' ', '?']).nth(1)?.split("/v1/").nth(1).unwrap_or_default().to_owned();
    let accepts_gzip = header("accept-encoding: ").is_some_and(|kinds| kinds.contains("gzip"));
    Some((path, accepts_gzip))
}
