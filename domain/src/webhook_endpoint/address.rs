//! Which addresses messages may be sent to, as far as that can be told from the text. Where its name
//! leads to is judged at each connection.

use url::{Host, Url};

pub const URL_LENGTH: usize = 2_000;

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    #[error("it must be a complete URL such as https://example.com/hooks")]
    Unreadable,
    #[error("it must have at most {URL_LENGTH} characters")]
    TooLong,
    #[error("it must begin with https://")]
    Scheme,
    #[error("it must not contain a user name or password; add a header instead")]
    Credentials,
    #[error("it must not contain #, whose rest is never sent")]
    Fragment,
    #[error("it must not contain spaces, backslashes or control characters")]
    Characters,
}

/// An address as it is stored. `http` says whether one without TLS passes.
pub fn address(text: &str, http: bool) -> Result<String, UrlFault> {
    let text = text.trim_matches(' ');
    if text.len() > URL_LENGTH {
        return Err(UrlFault::TooLong);
    }
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(UrlFault::Characters);
    }
    let url = Url::parse(text).map_err(|_| UrlFault::Unreadable)?;
    match url.scheme() {
        "https" => {}
        "http" if http => {}
        _ => return Err(UrlFault::Scheme),
    }
    // `https:/a`, `https:a` and `https:///a` all mean `https://a` to some readers only.
    let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    let Some(authority) = rest.and_then(|rest| rest.split(['/', '?', '#']).next()) else {
        return Err(UrlFault::Unreadable);
    };
    if authority.is_empty() {
        return Err(UrlFault::Unreadable);
    }
    if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
        return Err(UrlFault::Credentials);
    }
    if text.contains('#') {
        return Err(UrlFault::Fragment);
    }
    match url.host() {
        Some(Host::Domain(name)) if is_name(name) => {}
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => {}
        Some(Host::Domain(_)) | None => return Err(UrlFault::Unreadable),
    }
    let url = url.to_string();
    if url.len() > URL_LENGTH { Err(UrlFault::TooLong) } else { Ok(url) }
}

/// Names of the DNS: parts of 1 to 63 letters, digits, hyphens and underscores.
fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let fits = |part: &str| {
        (1..=63).contains(&part.len())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(fits)
}
