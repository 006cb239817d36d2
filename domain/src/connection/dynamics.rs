//! What a connection to Dynamics 365 HR is configured with.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Refusal;
use super::settings_change::Check;

/// The hierarchy of positions that says who reports to whom, unless somebody renamed it.
pub const USUAL_HIERARCHY: &str = "Line";

/// No name of a hierarchy is longer.
const LONGEST_NAME: usize = 60;
/// So many legal entities can be chosen.
const MOST_ENTITIES: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dynamics365 {
    pub environment_url: String,
    /// Of the directory in Microsoft Entra: its id, or a domain it has verified.
    pub tenant_id: String,
    /// The id of the app registration.
    pub client_id: String,
    /// Where tokens are issued, when not by the worldwide cloud (sovereign clouds, simulators).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_url: Option<String>,
    /// How the environment is asked; its address says so where nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
    /// Whose employments count; those of all legal entities where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_entities: Vec<String>,
    /// The hierarchy of positions that managers are found by.
    #[serde(default = "usual_hierarchy", skip_serializing_if = "is_usual_hierarchy")]
    pub hierarchy: String,
    #[serde(default, skip_serializing_if = "Vacancy::is_usual")]
    pub vacancy: Vacancy,
}

/// The two ways in which people can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    FinanceOperations,
    Dataverse,
}

/// Who leads those whose leading position is vacant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vacancy {
    /// Whoever is in the next position above.
    #[default]
    Climb,
    /// Nobody.
    LeaveEmpty,
}

impl Vacancy {
    fn is_usual(&self) -> bool {
        *self == Vacancy::default()
    }
}

/// Of Dynamics' own settings; it says nothing to a connection to another provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DynamicsChange {
    pub client_id: Option<String>,
    pub authority_url: Option<Option<String>>,
    pub surface: Option<Option<Surface>>,
    pub legal_entities: Option<Vec<String>>,
    /// `None` inside is the usual one.
    pub hierarchy: Option<Option<String>>,
    pub vacancy: Option<Vacancy>,
}

fn usual_hierarchy() -> String {
    USUAL_HIERARCHY.to_owned()
}

fn is_usual_hierarchy(name: &str) -> bool {
    name == USUAL_HIERARCHY
}

impl Dynamics365 {
    /// An environment's, with everything else as usual.
    pub fn of(
        environment_url: impl Into<String>,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
    ) -> Self {
        Dynamics365 {
            environment_url: environment_url.into(),
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            authority_url: None,
            surface: None,
            legal_entities: vec![],
            hierarchy: usual_hierarchy(),
            vacancy: Vacancy::default(),
        }
    }

    /// The address of the environment, however it was entered: with or without `https://`, a path to
    /// its data, or a slash at the end. `None` where it is no address.
    pub fn environment(&self) -> Option<String> {
        let environment = web_address(&self.environment_url)?;
        let trimmed = environment.trim_end_matches('/');
        let trimmed = match trimmed.rsplit_once("/api/data") {
            Some((before, version)) if !version.trim_start_matches("/v").contains('/') => before,
            Some(_) | None => trimmed.strip_suffix("/data").unwrap_or(trimmed),
        };
        Some(trimmed.trim_end_matches('/').to_owned())
    }

    /// Where tokens are issued.
    pub fn authority(&self) -> Option<String> {
        let authority =
            self.authority_url.as_deref().unwrap_or("https://login.microsoftonline.com");
        Some(web_address(authority)?.trim_end_matches('/').to_owned())
    }

    /// How the environment is asked: as somebody said, or as its address says. `None` where neither
    /// does.
    pub fn surface(&self) -> Option<Surface> {
        if self.surface.is_some() {
            return self.surface;
        }
        let url = Url::parse(&self.environment()?).ok()?;
        let host = url.host_str()?.to_owned();
        let ends_so = |ends: &[&str]| ends.iter().any(|end| host.ends_with(end));
        if ends_so(&FINANCE_OPERATIONS) {
            return Some(Surface::FinanceOperations);
        }
        let labels = host.split('.').collect::<Vec<_>>();
        let is_crm = labels.iter().any(|label| {
            label.strip_prefix("crm").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        });
        (is_crm && ends_so(&DATAVERSE)).then_some(Surface::Dataverse)
    }

    pub(super) fn changed(&self, change: &DynamicsChange) -> Dynamics365 {
        let hierarchy = change.hierarchy.clone();
        let hierarchy = hierarchy.map(|name| name.unwrap_or_else(usual_hierarchy));
        let entities = change.legal_entities.clone();
        Dynamics365 {
            environment_url: self.environment_url.clone(),
            tenant_id: self.tenant_id.clone(),
            client_id: change.client_id.clone().unwrap_or_else(|| self.client_id.clone()),
            authority_url: change
                .authority_url
                .clone()
                .unwrap_or_else(|| self.authority_url.clone()),
            surface: change.surface.unwrap_or(self.surface),
            legal_entities: entities.unwrap_or_else(|| self.legal_entities.clone()),
            hierarchy: hierarchy.unwrap_or_else(|| self.hierarchy.clone()),
            vacancy: change.vacancy.unwrap_or(self.vacancy),
        }
    }

    pub(super) fn check(&self, check: Check<'_>) {
        let named = |text: &str, most: usize| {
            (1..=most).contains(&text.trim().chars().count()) && !text.contains(char::is_control)
        };
        let word = |text: &str, also: &[u8]| {
            (1..=128).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || also.contains(&b))
        };
        check("/environment_url", self.environment().is_some(), || Refusal::EnvironmentInvalid);
        let asked = self.environment().is_none() || self.surface().is_some();
        check("/surface", asked, || Refusal::SurfaceUnknown);
        check("/tenant_id", word(&self.tenant_id, b"-."), || Refusal::EntraTenantInvalid);
        check("/client_id", word(&self.client_id, b"-"), || Refusal::ClientIdInvalid);
        check("/authority_url", self.authority().is_some(), || Refusal::AuthorityInvalid);
        let entities = &self.legal_entities;
        let good = entities.len() <= MOST_ENTITIES && entities.iter().all(|id| named(id, 20));
        check("/legal_entities", good, || Refusal::LegalEntityInvalid);
        check("/hierarchy", named(&self.hierarchy, LONGEST_NAME), || Refusal::HierarchyInvalid);
    }
}

/// The ends of addresses of Finance and Operations, its own and those of development machines.
const FINANCE_OPERATIONS: [&str; 4] = [
    ".operations.dynamics.com",
    ".cloudax.dynamics.com",
    ".axcloud.dynamics.com",
    ".hr.talent.dynamics.com",
];
const DATAVERSE: [&str; 3] = [".dynamics.com", ".microsoftdynamics.us", ".dynamics.cn"];

/// A plain address with its host in lower case, without what only pages need.
fn web_address(text: &str) -> Option<String> {
    let text = text.trim();
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    url.set_query(None);
    url.set_fragment(None);
    plain.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(environment: &str) -> Dynamics365 {
        Dynamics365::of(environment, "acme.example", "11111111-2222")
    }

    #[test]
    fn every_way_to_enter_an_environment_is_the_same_one() {
        for text in [
            "acme.operations.dynamics.com",
            " https://ACME.operations.dynamics.com/ ",
            "https://acme.operations.dynamics.com/data",
            "https://acme.operations.dynamics.com/data/?a=b#c",
            "https://acme.operations.dynamics.com/api/data/v9.2/",
        ] {
            let environment = at(text).environment();
            assert_eq!(
                environment.as_deref(),
                Some("https://acme.operations.dynamics.com"),
                "{text}"
            );
        }
        let old = "https://aos.hr.talent.dynamics.com/namespaces/1b-2c";
        assert_eq!(at(&format!("{old}/data/")).environment().as_deref(), Some(old));
        for odd in ["", "ftp://acme", "https://u:p@acme.example", "https://", "a b"] {
            assert_eq!(at(odd).environment(), None, "{odd}");
        }
    }

    #[test]
    fn the_address_says_how_it_is_asked_unless_somebody_does() {
        let operations = Some(Surface::FinanceOperations);
        for (host, surface) in [
            ("acme.operations.dynamics.com", operations),
            ("acme.sandbox.operations.dynamics.com", operations),
            ("aos.hr.talent.dynamics.com", operations),
            ("acme.crm.dynamics.com", Some(Surface::Dataverse)),
            ("acme.api.crm4.dynamics.com", Some(Surface::Dataverse)),
            ("acme.crm.microsoftdynamics.us", Some(Surface::Dataverse)),
            ("crm.example", None),
            ("127.0.0.1:8080", None),
        ] {
            assert_eq!(at(host).surface(), surface, "{host}");
        }
        let said = Dynamics365 { surface: operations, ..at("127.0.0.1:8080") };
        assert_eq!(said.surface(), operations);
    }

    #[test]
    fn what_was_stored_before_there_were_more_settings_still_reads() {
        let stored = r#"{"environment_url":"https://a.example","tenant_id":"t","client_id":"c"}"#;
        let read: Dynamics365 = serde_json::from_str(stored).unwrap();
        assert_eq!(read, Dynamics365::of("https://a.example", "t", "c"));
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    }
}
