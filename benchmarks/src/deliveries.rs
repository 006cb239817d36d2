//! Webhook deliveries as BambooHR sends them, made and signed before the clock starts.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Utc;
use rollcall_domain::connection::SignatureForm;
use rollcall_domain::delivery::sign;

/// Bytes of a body.
const BODY: usize = 600;
pub(crate) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(crate) const FORM: SignatureForm = SignatureForm::BodyTimestamp;

/// So many requests to these tenants in turn, no two alike, ever.
pub(crate) fn requests(count: usize, address: SocketAddr, slugs: &[String]) -> Vec<Vec<u8>> {
    (0..count).map(|n| request(address, &slugs[n % slugs.len()], &body(employee(n)))).collect()
}

/// One request, signed now.
pub(crate) fn request(address: SocketAddr, slug: &str, body: &[u8]) -> Vec<u8> {
    let timestamp = Utc::now().timestamp().to_string();
    let signature = sign(FORM, SECRET.as_bytes(), body, &timestamp);
    let mut request = format!(
        "POST /api/v1/integrations/bamboohr/webhook/{slug} HTTP/1.1\r\nhost: {address}\r\n\
         content-type: application/json\r\nuser-agent: BambooHR\r\n\
         x-bamboohr-timestamp: {timestamp}\r\nx-bamboohr-signature: {signature}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// A few thousand people.
fn employee(n: usize) -> String {
    (n % 5_000).to_string()
}

/// A body about one employee, told apart from all others by its number.
pub(crate) fn body(employee: impl std::fmt::Display) -> Vec<u8> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let head = format!(
        r#"{{"type":"employee.updated","timestamp":"{}","data":{{"companyId":"4711","employeeId":"{employee}","changedFields":["department","jobTitle","location"],"note":"{number:016} "#,
        Utc::now().format("%Y-%m-%dT%H:%M:%S+0000"),
    );
    let tail = r#""}}"#;
    let fill = BODY.saturating_sub(head.len() + tail.len());
    format!("{head}{}{tail}", "x".repeat(fill)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollcall_domain::delivery::parse_delivery;

    #[test]
    fn a_body_has_its_size_and_is_a_delivery() {
        let (one, other) = (body(7), body(7));
        assert_eq!(one.len(), BODY);
        assert_ne!(one, other);
        let delivery = parse_delivery("application/json", &one).unwrap();
        assert_eq!(delivery.people[0].source_id, "7");
    }
}
