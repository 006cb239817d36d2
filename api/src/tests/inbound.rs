//! product.md §3: what the BambooHR endpoint answers in every state.

use axum::body::Body;
use axum::http::{Method, Request};
use rollcall_domain::connection::{Dynamics365, ProviderSettings, SignatureForm};
use rollcall_domain::delivery::sign;
use rollcall_domain::receipt::{Proof, Verdict};
use rollcall_domain::tenant::Plan;

use super::home::SENT;
use super::{Answer, Home, SECRET};

pub(super) const A: &str = r#"{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"4711","employeeId":"67","changedFields":["department"]}}"#;
pub(super) const B: &str = r#"{"employees":[{"action":"Updated","changedFields":["Department"],"fields":{"Department":"R&D – Zürich"},"id":"67","timestamp":"2026-01-31T18:42:00+0000"}]}"#;
pub(super) const C: &str = "type=employee.updated&data%5BcompanyId%5D=4711&data%5BemployeeId%5D=67&data%5BchangedFields%5D%5B0%5D=department";
pub(super) const OF_A: &str = "3f9a01a799f462beff9e45ff3fcdebed07537ee3e0cfc92868271c81d3faf07d";
const OF_B: &str = "6893a3eb812c0303c0e92cb2f7ef2379b76e13304b10480f6e560cc1b0423f27";
const OF_C: &str = "42b76ae9f0728a6a9e4bcd8c166c80ee7e5b9648063b874679317a124c73fb1e";
const TIME: (&str, &str) = ("x-bamboohr-timestamp", "1769884920");

fn bad_signature() -> (u16, String) {
    (401, "bad_signature".into())
}

fn receipt(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["receipt"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_without_a_connection_answers_404_with_one_body() {
    let home = Home::new().await;
    let never = home.tenant("never", Plan::Business).await;
    let (gone, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let cause = rollcall_store::Cause::by("cli");
    rollcall_commands::disconnect(&home.store, &gone, &connection, &cause).await.unwrap();
    home.app.inbound_policies.forget();

    let unknown = home.signed("nobody", SENT, A).await;
    let never = home.signed(&never, SENT, A).await;
    let gone = home.signed(&gone, SENT, A).await;

    assert_eq!(unknown.problem(), (404, "not_found".into()));
    assert!(unknown.body == never.body && unknown.body == gone.body);
    assert!(unknown.headers == never.headers && unknown.headers == gone.headers);
    let elsewhere = home.tenant("elsewhere", Plan::Business).await;
    let dynamics = ProviderSettings::Dynamics365(Dynamics365::of(
        "https://acme.operations.dynamics.com",
        "t",
        "c",
    ));
    let connection = home.connect_to(dynamics, &elsewhere).await;
    home.add_secret(&elsewhere, &connection, SECRET).await;
    assert_eq!(home.signed(&elsewhere, SENT, A).await.body, unknown.body);
    let odd = home.deliver("%FF", &[], A).await;
    assert_eq!(odd.body, unknown.body);
}

#[tokio::test]
async fn the_published_vectors_are_accepted_and_later_stale() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    home.set_clock(SENT + 3_600);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let json = ("content-type", "application/json; charset=utf-8");

    for (body, signature, kind) in [(A, OF_A, json), (B, OF_B, json), (C, OF_C, form)] {
        let headers = [TIME, ("x-bamboohr-signature", signature), kind];
        receipt(&home.deliver("acme", &headers, body).await);
    }

    let received = home.received().await;
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|one| one.verdict == Verdict::Stale));
    assert!(received.iter().all(|one| one.proof == Proof::Signature));
    // All three name the same person.
    assert_eq!(received[0].subjects.len(), 1);
    assert!(received.iter().all(|one| one.subjects == received[0].subjects));
    assert_eq!(received[2].event_type, "employee.updated");
}

#[tokio::test]
async fn a_signature_of_another_form_or_key_is_refused() {
    let home = Home::new().await;
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
    let (key, body) = (SECRET.as_bytes(), A.as_bytes());
    let seed = sign(SignatureForm::TimestampDotBody, key, body, TIME.1);
    let body_only = sign(SignatureForm::Body, key, body, TIME.1);
    let hex_key = sign(SignatureForm::BodyTimestamp, &hex::decode(SECRET).unwrap(), body, TIME.1);

    for wrong in [&seed, &body_only, &hex_key, "", "zz", &OF_A[1..]] {
        let headers = [TIME, ("x-bamboohr-signature", wrong)];
        assert_eq!(home.deliver("acme", &headers, A).await.problem(), bad_signature());
        // Nor does the shared secret make up for it.
        let both = [TIME, ("x-bamboohr-signature", wrong), ("x-orgonaut-webhook-secret", SECRET)];
        assert_eq!(home.deliver("acme", &both, A).await.problem(), bad_signature());
    }

    assert!(home.received().await.is_empty());
    let reasons = home.refused(&tenant, 12).await;
    assert!(reasons.iter().all(|reason| reason == "signature_wrong"), "{reasons:?}");
}

#[tokio::test]
async fn each_form_takes_its_own_signature_only() {
    use SignatureForm::{Body as BodyOnly, BodyTimestamp, TimestampDotBody};
    for form in [BodyTimestamp, TimestampDotBody, BodyOnly] {
        let home = Home::new().await;
        home.acme(form).await;
        for made in [BodyTimestamp, TimestampDotBody, BodyOnly] {
            let signature = sign(made, SECRET.as_bytes(), A.as_bytes(), TIME.1);
            let headers = [TIME, ("x-bamboohr-signature", signature.as_str())];
            let answer = home.deliver("acme", &headers, A).await;
            assert_eq!(answer.status == 202, made == form, "{made:?} at {form:?}");
        }
        let signature = sign(form, SECRET.as_bytes(), A.as_bytes(), "");
        for headers in [
            &[("x-bamboohr-signature", signature.as_str())][..],
            &[("x-bamboohr-signature", signature.as_str()), ("x-bamboohr-timestamp", "")],
        ] {
            let answer = home.deliver("acme", headers, A).await;
            assert_eq!(answer.status == 202, form == BodyOnly, "no timestamp at {form:?}");
        }
    }
}

#[tokio::test]
async fn two_signatures_are_refused() {
    let home = Home::new().await;
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
    let right = ("x-bamboohr-signature", OF_A);

    let answer = home.deliver("acme", &[TIME, right, right], A).await;
    assert_eq!(answer.problem(), bad_signature());
    let answer = home.deliver("acme", &[TIME, TIME, right], A).await;
    assert_eq!(answer.problem(), bad_signature());

    assert_eq!(home.refused(&tenant, 2).await, ["timestamp_unclear", "signature_unclear"]);
}

#[tokio::test]
async fn without_a_signature_the_shared_secret_counts() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;

    receipt(&home.deliver("acme", &[("x-orgonaut-webhook-secret", SECRET)], A).await);
    for headers in [&[][..], &[("x-orgonaut-webhook-secret", "guess")], &[TIME]] {
        assert_eq!(home.deliver("acme", headers, A).await.problem(), bad_signature());
    }

    let received = home.received().await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].proof, Proof::SharedSecret);
    assert!(!format!("{received:?}").contains(SECRET));
}

#[tokio::test]
async fn both_live_secrets_count_during_a_rotation() {
    let home = Home::new().await;
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let other = "another-secret-of-32-characters.";
    home.add_secret(&tenant, &connection, other).await;

    for secret in [SECRET, other] {
        let signature = sign(SignatureForm::BodyTimestamp, secret.as_bytes(), A.as_bytes(), TIME.1);
        let headers = [TIME, ("x-bamboohr-signature", signature.as_str())];
        receipt(&home.deliver("acme", &headers, A).await);
    }
}

#[tokio::test]
async fn another_tenants_signature_is_wrong_here() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    let other = home.tenant("other", Plan::Business).await;
    let connection = home.connect(&other, SignatureForm::BodyTimestamp).await;
    home.add_secret(&other, &connection, "another-secret-of-32-characters.").await;

    assert_eq!(home.signed("other", SENT, A).await.problem(), bad_signature());
    receipt(&home.signed("acme", SENT, A).await);
}

#[tokio::test]
async fn without_any_secret_the_sender_comes_again() {
    let home = Home::new().await;
    let tenant = home.tenant("acme", Plan::Business).await;
    home.connect(&tenant, SignatureForm::BodyTimestamp).await;

    let answer = home.signed("acme", SENT, A).await;
    assert_eq!(answer.problem(), (503, "no_secret_provisioned".into()));
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn whoever_knocks_again_and_again_is_answered_and_no_longer_written_down() {
    let home = Home::new().await;
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;

    for _ in 0..100 {
        assert_eq!(home.deliver("acme", &[], A).await.problem(), bad_signature());
    }

    // What is written down is written in order: behind the last of them nothing of these follows.
    let other = home.tenant("other", Plan::Business).await;
    home.connect(&other, SignatureForm::BodyTimestamp).await;
    home.signed("other", SENT, A).await;
    home.refused(&other, 1).await;
    let written = home.refused(&tenant, 60).await.len();
    assert!(written < 90, "{written} of 100");
}

#[tokio::test]
async fn what_the_store_cannot_answer_comes_again() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    home.store.close().await;
    home.app.inbound_policies.forget();

    let answer = home.signed("acme", SENT, A).await;
    assert_eq!(answer.problem(), (503, "storage_unavailable".into()));
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn more_than_there_is_room_for_comes_again() {
    let settings = crate::Settings { max_deliveries: 0, ..crate::Settings::default() };
    let home = Home::with(settings).await;
    home.acme(SignatureForm::BodyTimestamp).await;

    let answer = home.signed("acme", SENT, A).await;
    assert_eq!(answer.problem(), (503, "overloaded".into()));
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn paused_deliveries_are_kept() {
    let home = Home::new().await;
    let (tenant, connection) = home.acme(SignatureForm::BodyTimestamp).await;
    let cause = rollcall_store::Cause::by("cli");
    rollcall_commands::pause(&home.store, &tenant, &connection, &cause).await.unwrap();
    home.app.inbound_policies.forget();

    receipt(&home.signed("acme", SENT, A).await);
    receipt(&home.signed("acme", SENT, "{").await);

    let received = home.received().await;
    assert!(received.iter().all(|one| one.verdict == Verdict::Paused));
    assert_eq!(received.len(), 2);
}

#[tokio::test]
async fn a_plan_without_live_sync_skips() {
    let home = Home::new().await;
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;
    let cause = rollcall_store::Cause::by("cli");
    rollcall_commands::change_plan(&home.store, &tenant, Plan::Free, &cause).await.unwrap();
    home.app.inbound_policies.forget();

    receipt(&home.signed("acme", SENT, A).await);

    assert_eq!(home.received().await[0].verdict, Verdict::SkippedEntitlement);
}

#[tokio::test]
async fn what_nobody_can_read_is_acknowledged_if_it_is_genuine() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;

    for body in ["", "{", "[]", "nonsense", r#"{"type":"employee.updated"}"#] {
        receipt(&home.signed("acme", SENT, body).await);
    }

    let received = home.received().await;
    assert_eq!(received.len(), 5);
    assert!(received.iter().all(|one| one.verdict == Verdict::Malformed));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    let most = format!(r#"{{"type":"company.updated","x":"{}"}}"#, "x".repeat((1 << 20) - 33));
    assert_eq!(most.len(), 1 << 20);

    receipt(&home.signed("acme", SENT, &most).await);
    let answer = home.signed("acme", SENT, &format!("{most} ")).await;
    assert_eq!(answer.problem(), (413, "payload_too_large".into()));
}

#[tokio::test]
async fn only_post_is_taken() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = Request::builder()
            .method(method)
            .uri("/api/v1/integrations/bamboohr/webhook/acme")
            .body(Body::empty());
        let answer = home.send(request.unwrap()).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed".into()));
        assert_eq!(answer.header("allow"), "POST");
    }
}
