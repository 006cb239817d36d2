//! The one HTTP client of the product: every byte Rollcall sends to the outside leaves through here.
//!
//! It sets deadlines for every phase, bounds every answer, follows no redirect, uses no proxy, and
//! connects only to addresses it has judged itself. Callers never see the client underneath.

mod address;
mod client;
mod error;
mod guard;
mod policy;
mod request;
mod response;
mod retry_after;
#[cfg(test)]
mod tests;

pub use address::{Forbidden, judge};
pub use client::Egress;
pub use error::{Error, Phase, UrlFault};
pub use policy::Policy;
pub use request::{Auth, Origin, Request};
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};
pub use response::Response;
pub use retry_after::{LONGEST_WAIT, retry_after};
