//! What the engine asks of every provider, and this one can't or need not do.

use chrono::Utc;
use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_egress::{Egress, Policy};
use secrecy::SecretString;

use super::{BOTH, client, company};
use crate::providers::dynamics::Dynamics;
use crate::providers::{Provider, ProviderError, Setting};

#[tokio::test]
async fn nobody_can_be_asked_who_changed_and_nothing_is_delivered() {
    let simulator = company(5).await;
    for surface in BOTH {
        let client = client(&simulator, surface);
        let changes = client.changed_since(Utc::now()).await;
        assert!(matches!(changes, Err(ProviderError::Unsupported)));
        assert_eq!(client.named_in("application/json", b"{}").unreadable, 1);
        assert!(client.webhooks().is_none());
    }
}

#[test]
fn settings_that_cannot_be_right_are_refused_before_anybody_is_asked() {
    let open = |settings: &Dynamics365| {
        let egress = Egress::new(Policy::default()).unwrap();
        Dynamics::new(egress, settings, None, SecretString::from("secret")).map(drop)
    };
    let host = "https://acme.operations.dynamics.com";
    assert!(open(&Dynamics365::of(host, "t", "c")).is_ok());
    let error = open(&Dynamics365::of("https://erp.example", "t", "c")).unwrap_err();
    assert!(matches!(error, ProviderError::Misconfigured(Setting::Surface)), "{error}");
    let error = open(&Dynamics365::of("", "t", "c")).unwrap_err();
    assert!(matches!(error, ProviderError::Misconfigured(Setting::EnvironmentUrl)), "{error}");
    let surface = Some(Surface::Dataverse);
    assert!(
        open(&Dynamics365 { surface, ..Dynamics365::of("https://erp.example", "t", "c") }).is_ok()
    );
}
