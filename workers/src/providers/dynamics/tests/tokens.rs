//! Tokens, and what Entra means when there is none.

use rollcall_domain::connection::{Dynamics365, Surface};
use rollcall_domain::vocabulary::FailureCode;
use rollcall_simulators::dynamics::{Aadsts, Config, Disturbance, RetryAfter, Unmapped, Wrong};

use super::{BOTH, client, client_of, company, error_of, read_all, settings};
use crate::providers::dynamics::Tokens;
use crate::providers::{Outage, Provider, ProviderError, Refusal, Setting};

const FINANCE: Surface = Surface::FinanceOperations;

#[tokio::test]
async fn one_token_is_enough_for_many_runs() {
    let simulator = company(20).await;
    let tokens = Tokens::default();
    for surface in [FINANCE, FINANCE] {
        let client = client(&simulator, surface).with_tokens(tokens.clone());
        read_all(&client).await.unwrap();
    }
    assert_eq!(simulator.tokens_issued(), 1);
}

#[tokio::test]
async fn a_token_says_nothing_of_another_secret() {
    let simulator = company(5).await;
    let tokens = Tokens::default();
    read_all(&client(&simulator, FINANCE).with_tokens(tokens.clone())).await.unwrap();

    let other = client_of(&settings(&simulator, FINANCE), "another").with_tokens(tokens);
    let error = error_of(&other).await;

    let ProviderError::Unauthorized { reason: Refusal::ClientSecret } = error else {
        panic!("{error}");
    };
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_is_replaced_and_the_read_goes_on() {
    for surface in BOTH {
        let simulator = company(30).await;
        simulator.change_faults(|faults| faults.requests_per_token = Some(3));

        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();

        assert!(summary.complete, "{summary:?}");
        assert_eq!(kept.people().count(), 30);
        assert!(simulator.tokens_issued() > 2);
    }
}

#[tokio::test]
async fn a_token_that_lives_for_seconds_and_says_so_in_words_is_used() {
    let config = Config {
        people: 5,
        token_lifetime: std::time::Duration::from_secs(5),
        ..Config::default()
    };
    let simulator = rollcall_simulators::dynamics::Simulator::start(config).await.unwrap();
    simulator.change_faults(|faults| faults.numbers_as_text = true);

    let (summary, _) = read_all(&client(&simulator, FINANCE)).await.unwrap();

    assert!(summary.complete);
    assert_eq!(simulator.tokens_issued(), 1);
}

#[tokio::test]
async fn every_refusal_of_entra_says_what_to_do_and_nothing_of_ids() {
    let simulator = company(5).await;
    for (fault, reason) in [
        (Aadsts::SecretWrong, Refusal::ClientSecret),
        (Aadsts::SecretMissing, Refusal::ClientSecret),
        (Aadsts::SecretExpired, Refusal::ClientSecretExpired),
        (Aadsts::ClientNotFound, Refusal::AppUnknown),
        (Aadsts::ClientDisabled, Refusal::AppDisabled),
        (Aadsts::TenantNotFound, Refusal::TenantUnknown),
        (Aadsts::TenantMalformed, Refusal::TenantUnknown),
        (Aadsts::ScopeInvalid, Refusal::EnvironmentUnknown),
        (Aadsts::ResourceUnknown, Refusal::EnvironmentUnknown),
        (Aadsts::SeveralResources, Refusal::EnvironmentUnknown),
        (Aadsts::ConsentMissing, Refusal::ConsentMissing),
    ] {
        simulator.change_faults(|faults| faults.entra = Some(fault));
        let error = error_of(&client(&simulator, FINANCE)).await;

        let ProviderError::Unauthorized { reason: said } = error else { panic!("{error}") };
        assert_eq!(said, reason);
        assert_eq!(error.failure().code, FailureCode::Authentication);
        let (text, config) = (format!("{error} {error:?}"), Config::default());
        for hidden in [config.tenant_id, config.client_id, config.client_secret] {
            assert!(!text.contains(&hidden), "{text}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_is_found_out_by_entra() {
    let simulator = company(5).await;
    let (good, config) = (settings(&simulator, FINANCE), Config::default());
    let other = "0d8f1b2e-5b1d-4f6e-9a3c-7e4a2c105b1d".to_owned();
    for (settings, reason) in [
        (Dynamics365 { tenant_id: other.clone(), ..good.clone() }, Refusal::TenantUnknown),
        (Dynamics365 { client_id: other, ..good.clone() }, Refusal::AppUnknown),
    ] {
        let error = error_of(&client_of(&settings, &config.client_secret)).await;
        assert!(
            matches!(&error, ProviderError::Unauthorized { reason: said } if *said == reason),
            "{error}"
        );
    }
    let nowhere = Dynamics365 { authority_url: Some(simulator.environment_url()), ..good };
    let error = error_of(&client_of(&nowhere, &config.client_secret)).await;
    assert!(matches!(error, ProviderError::Misconfigured(Setting::NotTheAuthority)), "{error}");
}

#[tokio::test]
async fn entra_may_be_away_or_want_us_to_wait() {
    let simulator = company(5).await;
    simulator.change_faults(|faults| faults.entra = Some(Aadsts::TemporarilyUnavailable));
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Unavailable(Outage::Status(503))), "{error}");

    simulator.change_faults(|faults| faults.entra = Some(Aadsts::TooManyRequests));
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::RateLimited { .. }), "{error}");

    simulator.change_faults(|faults| {
        faults.entra = None;
        let wrong = Wrong::Throttle { status: 429, retry_after: RetryAfter::Seconds(0) };
        faults.answers.push(Disturbance::always(wrong).on("/token").times(1));
    });
    assert!(read_all(&client(&simulator, FINANCE)).await.is_ok());
}

#[tokio::test]
async fn an_app_that_is_nobody_in_the_environment_is_told_so() {
    for surface in BOTH {
        for how in [Unmapped::Unauthorized, Unmapped::Forbidden, Unmapped::Redirect] {
            let simulator = company(5).await;
            simulator.change_faults(|faults| faults.unmapped = Some(how));
            let error = error_of(&client(&simulator, surface)).await;
            assert!(
                matches!(error, ProviderError::Unauthorized { reason: Refusal::NotInEnvironment }),
                "{surface:?} {how:?} {error}"
            );
        }
    }
    let simulator = company(5).await;
    simulator.change_faults(|faults| faults.unmapped = Some(Unmapped::LoginPage));
    let error = error_of(&client(&simulator, FINANCE)).await;
    assert!(matches!(error, ProviderError::Misconfigured(Setting::NotTheEnvironment)), "{error}");
}

#[tokio::test]
async fn a_test_of_the_connection_asks_for_a_new_token() {
    let simulator = company(5).await;
    let tokens = Tokens::default();
    let client = client(&simulator, FINANCE).with_tokens(tokens);
    read_all(&client).await.unwrap();
    simulator.change_faults(|faults| faults.entra = Some(Aadsts::SecretExpired));

    let error = client.test().await.unwrap_err();

    assert!(
        matches!(error, ProviderError::Unauthorized { reason: Refusal::ClientSecretExpired }),
        "{error}"
    );
}
