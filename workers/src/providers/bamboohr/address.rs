//! Where a company's BambooHR answers, from its subdomain or from a base URL that replaces it.

use rollcall_egress::Origin;
use url::Url;

use crate::providers::{ProviderError, Setting};

/// The two forms of base URLs (`reference/bamboohr.md` §2.1) come down to one text that stands
/// before `/v1/…`, and the origin credentials may be sent to.
#[derive(Debug, Clone)]
pub(super) struct Address {
    root: String,
    origin: Origin,
}

impl Address {
    /// `https://{subdomain}.bamboohr.com/api`, or below `base_url`, which may also end in `/api`,
    /// `/api/gateway.php` or `/api/gateway.php/{subdomain}`.
    pub(super) fn new(subdomain: &str, base_url: Option<&str>) -> Result<Self, ProviderError> {
        let label = label(subdomain).ok_or(ProviderError::Misconfigured(Setting::Subdomain))?;
        let base = match base_url.map(str::trim).filter(|base| !base.is_empty()) {
            None => format!("https://{label}.bamboohr.com"),
            Some(base) => base.to_owned(),
        };
        let wrong = || ProviderError::Misconfigured(Setting::BaseUrl);
        let url = Url::parse(&base).map_err(|_| wrong())?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(wrong());
        }
        let trimmed = url.as_str().trim_end_matches('/');
        let trimmed = trimmed.strip_suffix("/v1").unwrap_or(trimmed);
        let root = if trimmed.ends_with("/gateway.php") {
            format!("{trimmed}/{label}")
        } else if trimmed.ends_with("/api") || trimmed.contains("/gateway.php/") {
            trimmed.to_owned()
        } else {
            format!("{trimmed}/api")
        };
        Ok(Address { root, origin: Origin::of(&url) })
    }

    /// `path` begins with the version: `v1/employees/67`.
    pub(super) fn url(&self, path: &str, query: &[(&str, String)]) -> String {
        let mut url = format!("{}/{path}", self.root);
        if !query.is_empty() {
            let pairs =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            url.push('?');
            url.push_str(&pairs);
        }
        url
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin.clone()
    }
}

/// A bare DNS label, in lower case: the credentials ride on the host it becomes part of.
fn label(subdomain: &str) -> Option<String> {
    let label = subdomain.trim().to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let good = (1..=63).contains(&label.len())
        && label.bytes().all(plain)
        && !label.starts_with('-')
        && !label.ends_with('-');
    good.then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_label_is_a_subdomain() {
        for good in ["acme", " Acme-2 ", "a", "1st"] {
            assert!(Address::new(good, None).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", "acme.bamboohr.com", "acme/", "a b", "-a", "a-", "a@b", "a#", "évil", &long]
        {
            assert!(Address::new(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_form_of_base_url_leads_to_the_same_pages() {
        let page = |base| {
            let address = Address::new("acme", base).unwrap();
            address.url("v1/employees/0", &[])
        };
        assert_eq!(page(None), "https://acme.bamboohr.com/api/v1/employees/0");
        let local = "http://127.0.0.1:81/api/v1/employees/0";
        for base in
            ["http://127.0.0.1:81", "http://127.0.0.1:81/api/", "http://127.0.0.1:81/api/v1"]
        {
            assert_eq!(page(Some(base)), local, "{base}");
        }
        let gateway = "https://api.bamboohr.com/api/gateway.php/acme/v1/employees/0";
        for base in [
            "https://api.bamboohr.com/api/gateway.php",
            "https://api.bamboohr.com/api/gateway.php/acme/v1/",
        ] {
            assert_eq!(page(Some(base)), gateway, "{base}");
        }
        for bad in ["ftp://x", "x", "https://u:p@x", "https://x/?a=b", "https://x/#a"] {
            assert!(Address::new("acme", Some(bad)).is_err(), "{bad}");
        }
    }
}
