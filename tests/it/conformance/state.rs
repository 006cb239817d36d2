//! The vault, tokens, tenants' places, refused and repeated deliveries.

use chrono::{TimeDelta, Utc};
use rollcall_store::{Refused, StoreError, TokenRow};
use secrecy::{ExposeSecret, SecretString};

use super::events::{ACME, acme};
use crate::place::{Place, on_both_databases};

on_both_databases!(
    the_vault_keeps_replaces_and_destroys_secrets,
    a_token_is_found_by_its_hash_until_it_is_revoked,
    a_tenant_is_found_by_id_and_by_slug,
    a_slug_belongs_to_one_tenant,
    refused_deliveries_are_listed_newest_first,
    of_refused_deliveries_the_newest_ten_thousand_are_kept,
    duplicates_are_counted,
    a_living_database_answers,
);

async fn the_vault_keeps_replaces_and_destroys_secrets(place: Place) {
    let store = place.open().await;
    acme(&store).await;
    let get = async |name| {
        let secret = store.vault_get(ACME, name).await.unwrap();
        secret.map(|secret| secret.expose_secret().to_owned())
    };

    assert_eq!(get("key").await, None);
    store.vault_put(ACME, "key", &SecretString::from("one")).await.unwrap();
    store.vault_put(ACME, "other", &SecretString::from("two")).await.unwrap();
    store.vault_put(ACME, "key", &SecretString::from("three")).await.unwrap();

    assert_eq!(
        (get("key").await.as_deref(), get("other").await.as_deref()),
        (Some("three"), Some("two"))
    );
    store.vault_destroy(ACME, "key").await.unwrap();
    store.vault_destroy(ACME, "key").await.unwrap();
    assert_eq!((get("key").await, get("other").await.as_deref()), (None, Some("two")));
}

fn token(id: &str, tenant: Option<&str>) -> TokenRow {
    // The databases keep microseconds.
    let now = chrono::DateTime::from_timestamp_micros(Utc::now().timestamp_micros()).unwrap();
    TokenRow {
        id: id.to_owned(),
        tenant: tenant.map(str::to_owned),
        name: format!("token {id}"),
        hash: format!("hash {id}").into_bytes(),
        scopes: vec!["read".to_owned(), "integrations.manage".to_owned()],
        created_at: now,
        expires_at: Some(now + TimeDelta::days(1)),
        revoked_at: None,
        used_at: None,
        created_by: Some("cli".to_owned()),
    }
}

async fn a_token_is_found_by_its_hash_until_it_is_revoked(place: Place) {
    let store = place.open().await;
    let (ours, operators) = (token("01A", Some(ACME)), token("01B", None));
    store.add_token(&ours).await.unwrap();
    store.add_token(&operators).await.unwrap();

    assert_eq!(store.token(&ours.hash).await.unwrap(), Some(ours.clone()));
    assert_eq!(store.token(b"hash 01").await.unwrap(), None);
    assert_eq!(store.tokens(Some(ACME)).await.unwrap(), std::slice::from_ref(&ours));
    assert_eq!(store.tokens(None).await.unwrap().len(), 2);
    let again = store.add_token(&ours).await;
    assert!(matches!(again, Err(StoreError::Exists(_))), "{again:?}");

    store.revoke_token("01A", ours.created_at).await.unwrap();
    store.revoke_token("01A", ours.created_at + TimeDelta::days(1)).await.unwrap();
    let revoked = store.token(&ours.hash).await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(ours.created_at));
}

async fn a_tenant_is_found_by_id_and_by_slug(place: Place) {
    let store = place.open().await;
    assert_eq!(store.tenant("acme").await.unwrap(), None);

    let row = store.register_tenant(ACME, "acme").await.unwrap();
    store.register_tenant(ACME, "acme").await.unwrap();

    assert_eq!((&*row.id, row.slug.as_str()), (ACME, "acme"));
    assert!(row.shard < store.shards());
    assert_eq!(store.tenant(ACME).await.unwrap().as_ref(), Some(&row));
    assert_eq!(store.tenant("acme").await.unwrap().as_ref(), Some(&row));
    assert_eq!(store.tenants().await.unwrap(), [row]);
}

async fn a_slug_belongs_to_one_tenant(place: Place) {
    let store = place.open().await;
    acme(&store).await;

    let taken = store.register_tenant("01OTHER", "acme").await;

    assert!(matches!(taken, Err(StoreError::Exists(_))), "{taken:?}");
    assert_eq!(&*store.tenant("acme").await.unwrap().unwrap().id, ACME);
}

fn refused(number: i64, tenant: Option<&str>) -> Refused {
    Refused {
        at: chrono::DateTime::from_timestamp(1_700_000_000 + number, 0).unwrap(),
        tenant: tenant.map(str::to_owned),
        provider: "bamboohr".to_owned(),
        status: 401,
        reason: format!("reason {number}"),
        body_sha256: "00".to_owned(),
        headers: vec![("user-agent".to_owned(), "\"quoted\"".to_owned())],
    }
}

async fn refused_deliveries_are_listed_newest_first(place: Place) {
    let store = place.open().await;
    for number in 0..5 {
        store.refuse(&refused(number, Some(ACME))).await.unwrap();
        store.refuse(&refused(number, None)).await.unwrap();
    }

    let listed = store.refused(ACME, 2).await.unwrap();

    assert_eq!(listed, [refused(4, Some(ACME)), refused(3, Some(ACME))]);
}

async fn of_refused_deliveries_the_newest_ten_thousand_are_kept(place: Place) {
    let store = place.open().await;
    let table = place.table("refused_deliveries");
    let count = format!("select count(*) from {table}");
    store.refuse(&refused(0, Some(ACME))).await.unwrap();
    // As if as many more had come.
    let columns = "at, tenant, provider, status, reason, body_sha256, headers";
    let more = format!(
        "insert into {table} ({columns}) with recursive n(i) as (select 1 union all select i + 1 \
         from n where i < 10000) select {columns} from {table} cross join n"
    );
    place.sql(&more).await.unwrap();
    assert_eq!(place.sql(&count).await.unwrap(), Some(10_001));

    store.refuse(&refused(1, None)).await.unwrap();

    assert_eq!(place.sql(&count).await.unwrap(), Some(10_000));
    let newest = store.refused(ACME, 1).await.unwrap();
    assert_eq!(newest, [refused(0, Some(ACME))]);
}

async fn duplicates_are_counted(place: Place) {
    let store = place.open().await;
    let at = Utc::now();
    for receipt in ["a", "b", "a", "a"] {
        store.count_duplicate(ACME, receipt, at).await.unwrap();
    }
    store.count_duplicate("01OTHER", "a", at).await.unwrap();

    let asked = ["a", "b", "c"].map(str::to_owned);
    let mut counted = store.duplicates(ACME, &asked).await.unwrap();

    counted.sort();
    assert_eq!(counted, [("a".to_owned(), 3), ("b".to_owned(), 1)]);
}

async fn a_living_database_answers(place: Place) {
    place.open().await.ping().await.unwrap();
}
