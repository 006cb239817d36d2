//! product.md §4.5: which deliveries are the same, and what is kept of them.

use rollcall_domain::connection::SignatureForm;
use rollcall_domain::receipt::Verdict;

use super::home::SENT;
use super::inbound::{A, C};
use super::{Home, SECRET};

fn of(employee: &str) -> String {
    A.replace("67", employee)
}

#[tokio::test]
async fn equal_deliveries_at_once_are_one_receipt() {
    let home = Home::new().await;
    let (tenant, _) = home.acme(SignatureForm::BodyTimestamp).await;

    let all = (0..100).map(|_| home.signed("acme", SENT, A));
    let answers = futures_util::future::join_all(all).await;

    let first = &answers[0].body;
    assert!(answers.iter().all(|answer| answer.status == 202 && answer.body == *first));
    assert_eq!(home.received().await.len(), 1);
    let receipts = [answers[0].json()["receipt"].as_str().unwrap().to_owned()];
    let again = home.store.duplicates(&tenant, &receipts).await.unwrap();
    assert_eq!(again, receipts.map(|receipt| (receipt, 99)));
}

#[tokio::test]
async fn there_and_back_again_is_four_changes() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    let (a, b) = (of("67"), of("68"));

    let mut receipts = vec![];
    for (n, body) in [&a, &b, &a, &b].into_iter().enumerate() {
        let at = SENT + i64::try_from(n).unwrap();
        let answer = home.signed("acme", at, body).await;
        receipts.push(answer.json()["receipt"].as_str().unwrap().to_owned());
    }
    receipts.sort();
    receipts.dedup();

    assert_eq!(receipts.len(), 4);
    assert!(home.received().await.iter().all(|one| one.verdict == Verdict::Accepted));
}

#[tokio::test]
async fn a_delivery_that_tells_no_time_is_never_a_duplicate() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let secret = ("x-orgonaut-webhook-secret", SECRET);

    for _ in 0..3 {
        assert_eq!(home.deliver("acme", &[secret, form], C).await.status, 202);
        // This one tells a time in its body.
        assert_eq!(home.deliver("acme", &[secret], A).await.status, 202);
    }

    let received = home.received().await;
    assert_eq!(received.iter().filter(|one| one.body_bytes == C.len() as u64).count(), 3);
    assert_eq!(received.iter().filter(|one| one.body_bytes == A.len() as u64).count(), 1);
}

#[tokio::test]
async fn a_time_too_far_away_makes_it_a_re_read() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    home.set_clock(SENT + 1_000);

    let sent = [SENT + 1_000, SENT + 700, SENT + 699, SENT + 1_301];
    for at in sent {
        assert_eq!(home.signed("acme", at, A).await.status, 202);
    }

    let verdicts: Vec<_> = home.received().await.into_iter().map(|one| one.verdict).collect();
    let expected = [Verdict::Accepted, Verdict::Accepted, Verdict::Stale, Verdict::Stale];
    assert_eq!(verdicts, expected);
}

#[tokio::test]
async fn headers_are_kept_without_what_is_secret() {
    let home = Home::new().await;
    home.acme(SignatureForm::BodyTimestamp).await;
    let headers = [
        ("x-orgonaut-webhook-secret", SECRET),
        ("company-domain", "acme"),
        ("authorization", "Basic c2VjcmV0"),
        ("cookie", "a=b"),
    ];

    assert_eq!(home.deliver("acme", &headers, A).await.status, 202);

    let received = &home.received().await[0];
    let names: Vec<&str> = received.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "user-agent", "company-domain", "x-request-id"]);
}
