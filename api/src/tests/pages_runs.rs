//! The pages of runs: what they show, to whom, and what their forms do.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_commands::written;
use rollcall_domain::Decider;
use rollcall_domain::actor::{self, Actor};
use rollcall_domain::connection::{SignatureForm, Targets};
use rollcall_domain::field::{Field, Fields, Value};
use rollcall_domain::run::{self, Coverage, Failure, NoteReason, NotedPerson, PlannedTarget, Run};
use rollcall_domain::run::{RunSpec, StoredPlan};
use rollcall_domain::vocabulary::{Counts, FailureCode, Provider, RunKind, Source, Trigger};
use rollcall_store::{Append, Cause, Expected};

use super::people::SOON;
use super::{Answer, Home};
use crate::tokens::Scope;

const LOGS: &str = "/settings/integrations/logs";

struct Office<'a> {
    home: &'a Home,
    tenant: String,
    connection: String,
    baseline: String,
    token: String,
}

impl Office<'_> {
    async fn of(home: &Home) -> Office<'_> {
        let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
        let token = home.token(Some(&tenant), &[Scope::Read, Scope::Manage]).await;
        home.projections.settle(SOON).await.unwrap();
        let scenarios = home.get(&token, "/scenarios").await.json();
        let baseline = scenarios["data"][0]["id"].as_str().unwrap().to_owned();
        Office { home, tenant, connection, baseline, token }
    }

    async fn ask(&self, token: &str, method: Method, path: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Bearer {token}"));
        self.home.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// A page that is there.
    async fn page(&self, path: &str) -> String {
        let answer = self.ask(&self.token, Method::GET, path, "").await;
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(answer.status, 200, "{path}: {text}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        text
    }

    async fn post(&self, path: &str, form: &str) -> (u16, String) {
        let answer = self.ask(&self.token, Method::POST, path, form).await;
        let text = match answer.status.is_redirection() {
            true => answer.header("location").to_owned(),
            false => String::from_utf8(answer.body.clone()).unwrap(),
        };
        (answer.status.as_u16(), text)
    }

    /// A run that waits for its turn; its id.
    async fn queued(&self) -> String {
        let path = format!("/integrations/{}/sync", self.connection);
        let asked = self.home.ask(Method::POST, &path, "acme", None).await;
        self.home.projections.settle(SOON).await.unwrap();
        asked.json()["run"].as_str().unwrap().to_owned()
    }

    /// A run with this behind it.
    async fn run(&self, id: &str, happened: Vec<run::Event>) {
        let spec = RunSpec::new(RunKind::Reconcile, "nightly_reconciliation", Trigger::Schedule);
        let (connection, provider) = (self.connection.clone(), Provider::BambooHr);
        let queued = run::Event::Queued { run: id.to_owned(), connection, provider, spec };
        let scenarios = vec![self.baseline.clone()];
        let targets = Targets { live_baseline: true, scenarios: vec![], all_future: false };
        let started = run::Event::Started { targets, scenarios, receipts: vec![] };
        let events = [vec![queued, started], happened].concat();
        let events = events.iter().flat_map(|event| {
            let subject =
                if let run::Event::Noted { subject, .. } = event { Some(&**subject) } else { None };
            written(std::slice::from_ref(event), subject)
        });
        let append = Append::new(self.tenant.as_str(), Cause::by("system").correlation(id));
        let append = append.stream(Run::stream(id), Expected::NoStream, events.collect());
        self.home.store.append(append).await.unwrap();
        self.home.projections.settle(SOON).await.unwrap();
    }

    /// Somebody whom a run made.
    async fn hired(&self, run: &str, name: &str) {
        let fields = Fields::from([(Field::FirstName, Value::from(name))]);
        let source = Some(Source::new(Provider::BambooHr, "acme"));
        let (scenario, subject) = (self.baseline.clone(), "s1".to_owned());
        let event = actor::Event::created(
            "a1".into(),
            scenario,
            subject.clone(),
            source,
            Some("11".into()),
            true,
            fields,
        );
        let append = Append::new(self.tenant.as_str(), Cause::by("system").correlation(run));
        let events = written(&[event], Some(&subject));
        let append = append.stream(Actor::stream("a1"), Expected::NoStream, events);
        self.home.store.append(append).await.unwrap();
    }

    fn noted(&self, reason: NoteReason) -> run::Event {
        run::Event::Noted {
            reason,
            scenario: self.baseline.clone(),
            subject: "s2".to_owned(),
            actor: None,
            fields: vec![],
            with: vec![],
            matched_by: None,
            person: Some(NotedPerson { source_id: "12".to_owned(), email: None }),
        }
    }

    fn plan(&self) -> StoredPlan {
        let counts = Counts { deactivated: 61, updated: 7, ..Counts::default() };
        let target = PlannedTarget {
            scenario: self.baseline.clone(),
            blob: "00".to_owned(),
            hash: "11".repeat(32),
            counts,
        };
        let coverage = Coverage { visible: 351, total: Some(412), complete: true, omitted: vec![] };
        StoredPlan::of(vec![target], Some(coverage), Counts::default())
    }
}

fn because(code: FailureCode, summary: &str) -> Failure {
    Failure { code, summary: summary.to_owned() }
}

#[tokio::test]
async fn the_list_says_what_to_do_where_there_is_nothing_yet() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let office = Office::of(&home).await;

    let empty = office.page(LOGS).await;
    assert!(empty.contains("Nothing has been synced yet"), "{empty}");
    assert!(empty.contains("href=\"/settings/integrations/hris\""));
    let run = office.queued().await;
    let list = office.page(LOGS).await;
    for told in ["Manual sync", "sync_now", "Queued", &format!("{LOGS}/{run}"), "every 3s"] {
        assert!(list.contains(told), "{told}: {list}");
    }
    let other =
        office.page(&format!("{LOGS}?status=failed&kind=&identity=nobody@example.com")).await;
    assert!(other.contains("No run is like that") && other.contains("Status: Failed"), "{other}");
    let answer = office.ask(&office.token, Method::GET, &format!("{LOGS}?since=soon"), "").await;
    assert_eq!(answer.status, 422);
    assert!(String::from_utf8(answer.body).unwrap().contains("value=\"soon\""));
}

#[tokio::test]
async fn a_run_says_why_it_is_as_it_is_and_whom_it_touched() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let office = Office::of(&home).await;
    office.hired("01RUN", "<b>Ada</b>").await;
    let summary = format!("in scenario {}, 1 of 2 is wrong; look at them", office.baseline);
    let counts = Counts { fetched: 2, created: 1, errors: 1, skipped: 3, ..Counts::default() };
    let failure = because(FailureCode::PeopleInError, &summary);
    let targets = vec![];
    let end = run::Event::Partial { counts, failure, targets, coverage: None };
    office.run("01RUN", vec![office.noted(NoteReason::Conflict), end]).await;

    let page = office.page(&format!("{LOGS}/01RUN")).await;
    for told in [
        "&#60;b&#62;Ada&#60;/b&#62;",
        "1 of 2 is wrong",
        "correct it at the source",
        "href=\"?errors=true#identities\"",
        "href=\"?action=created#identities\"",
        "Re-run reconciliation",
        "First name",
        "<span class=\"k\">&#34;code&#34;</span>",
        "Employee 12",
        "No delivery",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("<b>Ada</b>"), "markup of a name is markup of the page");
    assert!(page.contains("<h2 id=\"h-note\">In Live Baseline, 1 of 2 is wrong</h2>"), "{page}");
    let errors = office.page(&format!("{LOGS}/01RUN?errors=true")).await;
    assert!(errors.contains("Employee 12") && !errors.contains("&#60;b&#62;Ada"), "{errors}");
    let list = office.page(&format!("{LOGS}?identity=11")).await;
    assert!(list.contains("01RUN") && list.contains("1 errors"), "{list}");
    let missing = office.ask(&office.token, Method::GET, &format!("{LOGS}/01NONE"), "").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_run_that_waits_is_cancelled_once() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let office = Office::of(&home).await;
    let run = office.queued().await;
    let page = office.page(&format!("{LOGS}/{run}")).await;
    assert!(page.contains("data-live=") && page.contains("Cancel this run"), "{page}");

    let cancel = format!("{LOGS}/{run}/cancel");
    assert_eq!(office.post(&cancel, "").await, (303, format!("{LOGS}/{run}")));
    assert_eq!(office.post(&cancel, "").await.0, 303, "what is done twice is done once");
    let (status, page) = office.post(&format!("{LOGS}/{run}/undo/preview"), "").await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("role=\"alert\"") && page.contains("Cancelled"), "{page}");
    let page = office.page(&format!("{LOGS}/{run}")).await;
    assert!(page.contains("Re-run this sync") && !page.contains("Re-run reconciliation"), "{page}");
    let again = office.post(&format!("{LOGS}/{run}/rerun"), "").await;
    assert_eq!(again.0, 303, "{}", again.1);
    assert!(again.1.starts_with(LOGS) && !again.1.ends_with(&run), "{}", again.1);
}

#[tokio::test]
async fn a_held_plan_keeps_what_was_chosen_when_it_is_refused() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let office = Office::of(&home).await;
    let failure = because(FailureCode::Brake, "61 of 412 would leave; most likely a filter");
    let held = run::Event::Held { plan: office.plan(), failure };
    office.run("01RUN", vec![held]).await;

    let page = office.page(&format!("{LOGS}/01RUN")).await;
    for told in ["61 of 412 would leave", "Reject plan", "351 of 412", "can’t be shown any more"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    let approve = format!("{LOGS}/01RUN/approve");
    let (status, page) = office.post(&approve, "hash=00&chosen=1").await;
    assert_eq!(status, 422);
    assert!(page.contains("Name somebody"), "{page}");
    let (status, page) = office.post(&approve, "hash=00&all=1").await;
    assert_eq!(status, 422, "another plan than the one that was looked at");
    assert!(page.contains("role=\"alert\""), "{page}");
}

#[tokio::test]
async fn who_only_reads_sees_no_button_and_presses_none() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let office = Office::of(&home).await;
    let run = office.queued().await;
    let reader = home.token(Some(&office.tenant), &[Scope::Read]).await;
    let place = format!("{LOGS}/{run}");

    let page = office.ask(&reader, Method::GET, &place, "").await;
    assert_eq!(page.status, 200);
    let page = String::from_utf8(page.body).unwrap();
    assert!(!page.contains("Cancel this run") && page.contains("Its events"), "{page}");
    for act in ["cancel", "rerun", "approve", "reject", "undo", "undo/preview"] {
        let answer = office.ask(&reader, Method::POST, &format!("{place}/{act}"), "").await;
        assert_eq!(answer.status, 403, "{act}");
    }
    let deliveries =
        office.ask(&reader, Method::GET, "/settings/integrations/deliveries", "").await;
    assert_eq!(deliveries.status, 200);
}

#[tokio::test]
async fn a_delivery_says_what_came_and_what_came_of_it() {
    let home = Home::new().await;
    let _following = home.projections.start();
    let office = Office::of(&home).await;
    home.signed("acme", super::home::SENT, super::inbound::A).await;
    home.deliver("acme", &[], super::inbound::A).await;
    home.refused(&office.tenant, 1).await;
    home.projections.settle(SOON).await.unwrap();
    let receipt = home.received().await.remove(0);
    let places = "/settings/integrations/deliveries";

    let list = office.page(places).await;
    for told in ["Accepted", "Turned away lately", "neither_signature_nor_secret", "Not yet"] {
        assert!(list.contains(told), "{told}: {list}");
    }
    let place = list.split(&format!("href=\"{places}/")).nth(1).unwrap().split('"').next().unwrap();
    let one = office.page(&format!("{places}/{place}")).await;
    for told in [&*receipt.body_sha256, "x-bamboohr-timestamp", "/raw\" download", "None yet"] {
        assert!(one.contains(told), "{told}: {one}");
    }
    let none = office.page(&format!("{places}?verdict=stale")).await;
    assert!(none.contains("No delivery is like that"), "{none}");
}
