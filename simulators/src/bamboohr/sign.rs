//! How BambooHR signs a delivery: the body followed by the timestamp header, nothing between.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// 64 lowercase hex digits. The key is used as the text it is, not decoded.
pub fn signature(private_key: &str, body: &[u8], timestamp: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(private_key.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(body);
    mac.update(timestamp.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
