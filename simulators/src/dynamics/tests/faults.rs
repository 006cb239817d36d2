//! The switches for what can go wrong with a whole answer.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    ask_token, cast, client, control, form, get, nothing, read, request, small, start, token,
};
use crate::dynamics::{
    Aadsts, Config, Disturbance, Faults, NextLink, RetryAfter, ThrottleEvery, Unmapped, Wrong,
};

const WORKERS: [&str; 2] = ["/data/Workers", "/api/data/v9.2/cdm_workers"];

#[tokio::test]
async fn throttling_says_when_to_come_back_and_ends() {
    let simulator = small().await;
    for (path, code) in WORKERS.into_iter().zip(["", "0x80072322"]) {
        let ask = request(&simulator, path).await;
        simulator.change_faults(|faults| faults.throttle(1, 7));

        let first = read(ask).await;
        let second = get(&simulator, path).await;

        assert_eq!((first.status, first.header("retry-after"), second.status), (429, "7", 200));
        assert_eq!(first.json()["error"]["code"], code);
    }
}

#[tokio::test]
async fn every_third_request_can_be_one_too_many() {
    let simulator = small().await;
    let every = ThrottleEvery { requests: 3, retry_after: RetryAfter::Seconds(1) };
    simulator.change_faults(|faults| faults.throttle_every = Some(every));

    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(get(&simulator, "/data/Jobs").await.status);
    }

    assert_eq!(statuses, [200, 200, 429, 200, 200, 429]);
}

#[tokio::test]
async fn entra_can_throttle_break_and_hang_too() {
    let simulator = small().await;
    let tenant = Config::default().tenant_id;
    let wrongs = [
        (Wrong::Throttle { status: 429, retry_after: RetryAfter::Seconds(3) }, 429),
        (Wrong::Page(503), 503),
        (Wrong::Html, 200),
        (Wrong::Status(500), 500),
        (Wrong::Unauthorized, 401),
        (Wrong::Forbidden, 400),
        (Wrong::NotFound, 404),
    ];
    for (wrong, status) in wrongs {
        let once = Disturbance::always(wrong.clone()).on("/token").times(1);
        simulator.change_faults(|faults| faults.answers = vec![once]);
        let answer = ask_token(&simulator, &tenant, &form(&simulator)).await;
        assert_eq!(answer.status, status, "{wrong:?}");
        let retry = answer.header("retry-after");
        assert_eq!(retry, if status == 429 { "3" } else { "" }, "{wrong:?}");
    }
    assert_eq!(get(&simulator, "/data/Jobs").await.status, 200);
}

#[tokio::test]
async fn an_answer_can_be_a_web_page_with_any_status() {
    let simulator = small().await;
    let down = Disturbance::always(Wrong::Page(503)).on("/data/Workers");
    let login = Disturbance::always(Wrong::Html).on("/data");
    simulator.change_faults(|faults| faults.answers = vec![down, login]);

    let workers = get(&simulator, "/data/Workers('001001')").await;
    let jobs = get(&simulator, "/data/Jobs").await;

    assert_eq!((workers.status, workers.header("content-type")), (503, "text/html; charset=UTF-8"));
    assert_eq!((jobs.status, jobs.text.starts_with("<!DOCTYPE html>")), (200, true));
    assert_eq!(get(&simulator, "/api/data/v9.2/cdm_jobs").await.status, 200);
}

#[tokio::test]
async fn a_failure_tells_its_reason_inside_only() {
    let simulator = small().await;
    let finance = request(&simulator, "/data/Workers").await;
    let dataverse = request(&simulator, WORKERS[1]).await;
    simulator
        .change_faults(|faults| faults.answers = vec![Disturbance::always(Wrong::Status(500))]);

    let (finance, dataverse) = (read(finance).await.json(), read(dataverse).await.json());

    assert_eq!(finance["error"]["message"], "An error has occurred.");
    assert!(finance["error"]["innererror"]["message"].as_str().unwrap().contains("simulated"));
    assert!(finance["error"]["innererror"]["stacktrace"].is_string());
    assert_eq!(dataverse["error"]["code"], "0x80040216");
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_and_a_hanging_one_never_comes() {
    let simulator = small().await;
    let ask = request(&simulator, "/data/Workers").await;
    simulator.change_faults(|faults| {
        faults.answers.push(Disturbance::always(Wrong::Truncate).times(1));
        faults.answers.push(Disturbance::always(Wrong::Hang).times(1));
    });

    let broken = ask.try_clone().unwrap().send().await.unwrap().text().await;
    let patience = Duration::from_millis(50);
    let hanging = ask.timeout(patience).send().await;

    assert!(broken.is_err());
    assert!(hanging.unwrap_err().is_timeout());
    simulator.shutdown().await;
}

#[tokio::test]
async fn an_app_that_is_nobody_in_the_environment_is_told_so_in_many_ways() {
    let simulator = small().await;
    for (how, status) in [
        (Unmapped::Unauthorized, 401),
        (Unmapped::Forbidden, 403),
        (Unmapped::LoginPage, 200),
        (Unmapped::Redirect, 302),
    ] {
        simulator.change_faults(|faults| faults.unmapped = Some(how));
        let finance = get(&simulator, "/data/Workers").await;
        let dataverse = get(&simulator, WORKERS[1]).await;

        assert_eq!(finance.status, status, "{how:?}");
        assert_eq!(
            (dataverse.status, &dataverse.json()["error"]["code"]),
            (403, &json!("0x80072560"))
        );
        match how {
            Unmapped::Forbidden => assert_eq!(finance.json()["ExceptionMessage"], "Forbidden"),
            Unmapped::Redirect => assert!(finance.header("location").starts_with("https://login.")),
            Unmapped::LoginPage => assert!(finance.text.starts_with("<!DOCTYPE html>")),
            Unmapped::Unauthorized => assert_eq!(finance.text, ""),
        }
    }
}

#[tokio::test]
async fn a_column_can_be_forbidden_to_whoever_selects_it() {
    let simulator = small().await;
    simulator.change_faults(|faults| {
        faults.forbidden_columns = ["TitleId".to_owned(), "cdm_profession".to_owned()].into();
    });
    for (selected, status) in [
        ("/data/Workers?$select=PersonnelNumber,TitleId", 403),
        ("/data/Workers?$select=PersonnelNumber", 200),
        ("/api/data/v9.2/cdm_workers?$select=cdm_profession", 403),
        ("/api/data/v9.2/cdm_workers?$select=cdm_workernumber", 200),
    ] {
        assert_eq!(get(&simulator, selected).await.status, status, "{selected}");
    }
}

#[tokio::test]
async fn a_page_can_lead_to_itself() {
    let simulator = small().await;
    simulator.change_faults(|faults| {
        faults.page_size = Some(5);
        faults.next_link = NextLink::Itself;
    });
    for workers in WORKERS {
        let first = get(&simulator, workers).await;
        let next = get(&simulator, &first.next().unwrap()).await;
        assert_eq!((next.rows(), next.next()), (first.rows(), first.next()));
    }
}

#[tokio::test]
async fn single_sets_can_be_forbidden_missing_or_empty() {
    let simulator = small().await;
    simulator.change_faults(|faults| {
        faults.forbidden_sets = ["Jobs".to_owned(), "cdm_jobs".to_owned()].into();
        faults.missing_sets = ["EmploymentsV2".to_owned(), "cdm_titles".to_owned()].into();
        faults.empty_sets = ["Workers".to_owned(), "cdm_workers".to_owned()].into();
    });

    let forbidden = get(&simulator, "/data/Jobs").await;
    let denied = get(&simulator, "/api/data/v9.2/cdm_jobs").await;
    let missing = get(&simulator, "/data/EmploymentsV2").await;
    let empty = get(&simulator, "/data/Workers?$count=true").await;

    assert_eq!((forbidden.status, denied.status), (403, 403));
    assert_eq!(forbidden.json()["Message"], "An error has occurred.");
    assert!(denied.json()["error"]["message"].as_str().unwrap().contains("prvReadcdm_job "));
    let message = "Resource not found for the segment 'EmploymentsV2'.";
    assert_eq!((missing.status, &missing.json()["error"]["message"]), (404, &json!(message)));
    assert_eq!(get(&simulator, "/api/data/v9.2/cdm_titles").await.status, 404);
    assert_eq!((empty.rows(), &empty.json()["@odata.count"]), (vec![], &json!(0)));
    assert_eq!(get(&simulator, WORKERS[1]).await.rows(), Vec::<Value>::new());
    assert_eq!(get(&simulator, "/data/Workers/$count").await.text, "0");
    assert_eq!(
        get(&simulator, "/data/Employments").await.rows().len(),
        20,
        "the older set is there"
    );
}

#[tokio::test]
async fn permission_and_everything_else_can_be_lost_in_the_middle() {
    let simulator = small().await;
    let mut faults = Faults { calm_requests: 2, ..Faults::default() };
    faults.forbidden_sets = ["Workers".to_owned()].into();
    faults.answers = vec![Disturbance::always(Wrong::NotFound).on("/data/Jobs")];
    simulator.set_faults(faults);

    let mut statuses = Vec::new();
    for set in ["Workers", "Jobs", "Workers", "Jobs", "PositionsV2"] {
        statuses.push(get(&simulator, &format!("/data/{set}?$top=5")).await.status);
    }

    assert_eq!(statuses, [200, 200, 403, 404, 200]);
}

#[tokio::test]
async fn next_links_can_lead_elsewhere() {
    let (simulator, elsewhere) = (small().await, small().await);
    simulator.change_faults(|faults| {
        faults.page_size = Some(8);
        faults.foreign_next_link = Some(elsewhere.environment_url());
    });

    for path in WORKERS {
        let next = get(&simulator, path).await.next().unwrap();
        assert!(next.starts_with(&format!("{}{path}?", elsewhere.environment_url())), "{next}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn answers_can_take_their_time() {
    let simulator = small().await;
    let ask = request(&simulator, "/data/Jobs").await;
    simulator.change_faults(|faults| faults.slow_milliseconds = 80);

    let began = Instant::now();
    let answer = read(ask).await;

    assert_eq!(answer.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_token_of_change_tracking_can_be_too_old() {
    let simulator = cast().await;
    let tracking = request(&simulator, WORKERS[1]).await.header("Prefer", "odata.track-changes");
    let link = read(tracking).await.json()["@odata.deltaLink"].as_str().unwrap().to_owned();
    simulator.change_faults(|faults| faults.delta_expired = true);

    assert_eq!(get(&simulator, &link).await.status, 400);
}

#[tokio::test]
async fn every_switch_and_every_act_is_within_reach_of_other_programs() {
    let simulator = cast().await;
    let throttle = json!({"throttle": {"status": 429, "retryAfter": {"httpDate": 60}}});
    let switches = json!({
        "answers": [{"answer": throttle, "path": "/data/Workers", "times": 1}],
        "entra": "secretExpired", "numbersAsText": true, "requestsPerToken": 9,
        "unmapped": "loginPage", "forbiddenSets": ["Jobs"], "missingSets": ["EmploymentsV2"],
        "emptySets": ["Workers"], "missingColumns": ["KnownAs"],
        "forbiddenColumns": ["JobId"], "emptyColumns": ["TitleId"],
        "shown": 3, "companyScoped": true, "duplicateNumbers": ["000041"], "pageSize": 5, "calmRequests": 1,
        "spoiled": [{"set": "Workers", "key": "000041", "column": "Name", "how": {"shape": [1]}}],
        "nextLink": "skipToken", "foreignNextLink": "http://127.0.0.1:9",
        "pageMutation": {"what": "rowGone", "times": 2},
        "throttleEvery": {"requests": 4, "retryAfter": "absent"},
        "slowMilliseconds": 1, "gzip": true, "deltaExpired": true,
    });

    let set = control(&simulator, Method::PUT, "faults", switches.clone()).await;
    let shown = control(&simulator, Method::GET, "faults", nothing()).await.json();
    let unknown = control(&simulator, Method::PUT, "faults", json!({"nonsense": 1})).await;
    let healed = control(&simulator, Method::PUT, "faults", nothing()).await;

    assert_eq!((set.status, unknown.status, healed.status), (200, 400, 200), "{}", set.text);
    assert_eq!(shown, switches);
    let faults: Faults = serde_json::from_value(switches).unwrap();
    assert_eq!(faults.entra, Some(Aadsts::SecretExpired));
    assert_eq!(simulator.faults(), Faults::default());
    assert_eq!(control(&simulator, Method::POST, "nonsense", nothing()).await.status, 404);
}

#[tokio::test]
async fn requests_are_counted_by_set_and_by_path() {
    let simulator = start(Config { people: 3, ..Config::default() }).await;

    get(&simulator, "/data/Workers?$top=1").await;
    get(&simulator, "/data/Workers('001001')").await;
    token(&simulator).await;
    client().get(format!("{}/data/Jobs", simulator.environment_url())).send().await.unwrap();

    let requests = simulator.requests();
    assert_eq!((requests["GET /data/Workers"], requests["POST /token"]), (2, 3));
    assert_eq!(requests["GET /data/Jobs"], 1, "refused ones too");
    assert_eq!(simulator.requests_of("GET /data/Workers('001001')"), 1);
}
