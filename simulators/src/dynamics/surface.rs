//! The two surfaces of one environment: where they are, what they take, and how they refuse.

use axum::http::header::{LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::faults::{RetryAfter, Unmapped};
use super::filter::Unfit;
use super::set::Set;
use super::{dataverse, finance};
use crate::wire;

/// One of the two ways to read the same books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// Finance & Operations, below `/data`.
    Finance,
    /// Below `/api/data/v9.2`.
    Dataverse,
}

impl Surface {
    /// The surface of a path, and what is behind its root.
    pub(super) fn of(path: &str) -> Option<(Surface, &str)> {
        let below = |root: &str| match path.strip_prefix(root)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        };
        let versions = ["api/data/v9.0", "api/data/v9.1", "api/data/v9.2"];
        let dataverse = versions.into_iter().find_map(below);
        let finance = || below("data").map(|rest| (Surface::Finance, rest));
        dataverse.map(|rest| (Surface::Dataverse, rest)).or_else(finance)
    }

    pub(super) fn root(self) -> &'static str {
        match self {
            Surface::Finance => "data",
            Surface::Dataverse => "api/data/v9.2",
        }
    }

    pub(super) fn sets(self) -> &'static [Set] {
        match self {
            Surface::Finance => finance::SETS,
            Surface::Dataverse => dataverse::SETS,
        }
    }

    /// How many rows come at once.
    pub(super) fn page_size(self) -> usize {
        match self {
            Surface::Finance => 10_000,
            Surface::Dataverse => 5_000,
        }
    }

    /// The query options that are understood.
    pub(super) fn options(self) -> &'static [&'static str] {
        match self {
            Surface::Finance => {
                &["$select", "$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken"]
            }
            Surface::Dataverse => &[
                "$select",
                "$filter",
                "$orderby",
                "$top",
                "$skip",
                "$count",
                "$skiptoken",
                "$deltatoken",
            ],
        }
    }

    /// Nobody showed a good token.
    pub(super) fn unauthorized(self, origin: &str, expired: bool) -> Response {
        let mut response = wire::bytes(StatusCode::UNAUTHORIZED, "text/html", "");
        let error = match expired {
            true => ", error=\"invalid_token\", error_description=\"The token is expired\"",
            false => "",
        };
        let challenge = format!(
            "Bearer authorization_uri=\"https://login.windows.net/common/oauth2/authorize\", \
             resource_id=\"{origin}\"{error}"
        );
        header(&mut response, WWW_AUTHENTICATE, &challenge);
        response
    }

    /// The token is good, but its app is nobody here.
    pub(super) fn unmapped(self, how: Unmapped, origin: &str) -> Response {
        match (self, how) {
            (Surface::Dataverse, _) => self.error(
                StatusCode::FORBIDDEN,
                "0x80072560",
                "The user is not a member of the organization.",
            ),
            (Surface::Finance, Unmapped::Unauthorized) => self.unauthorized(origin, false),
            (Surface::Finance, Unmapped::Forbidden) => session_error(),
            (Surface::Finance, Unmapped::LoginPage) => wire::web_page(StatusCode::OK),
            (Surface::Finance, Unmapped::Redirect) => {
                let mut response = wire::web_page(StatusCode::FOUND);
                let address = "https://login.microsoftonline.com/common/oauth2/authorize";
                header(&mut response, LOCATION, address);
                response
            }
        }
    }

    /// The app may not read a set.
    pub(super) fn forbidden(self, entity: &str) -> Response {
        match self {
            Surface::Finance => session_error(),
            Surface::Dataverse => self.error(StatusCode::FORBIDDEN, "0x80040220", &format!(
                "Principal user (Id=00000000-0000-0000-0000-00000000a001, type=8, roleCount=1) is \
                 missing prvRead{entity} privilege on OTC=10001 for entity '{entity}'."
            )),
        }
    }

    pub(super) fn no_such_set(self, segment: &str) -> Response {
        let message = format!("Resource not found for the segment '{segment}'.");
        self.error(StatusCode::NOT_FOUND, "0x80060888", &message)
    }

    pub(super) fn no_such_row(self, set: &Set) -> Response {
        let message = format!("{} With the given key does not exist.", set.entity);
        self.error(StatusCode::NOT_FOUND, "0x80040217", &message)
    }

    /// The question cannot be asked.
    pub(super) fn unfit(self, unfit: &Unfit, set: &Set) -> Response {
        let namespace = match self {
            Surface::Finance => "Microsoft.Dynamics.DataEntities",
            Surface::Dataverse => "Microsoft.Dynamics.CRM",
        };
        let message = match unfit {
            Unfit::NoSuchColumn(_) => format!("{unfit} on type '{namespace}.{}'.", set.entity),
            Unfit::Syntax(_) | Unfit::NoSuchFunction(_) | Unfit::Types { .. } => unfit.to_string(),
        };
        let message = match self {
            Surface::Finance => format!("The query specified in the URI is not valid. {message}"),
            Surface::Dataverse => message,
        };
        self.error(StatusCode::BAD_REQUEST, "0x80060888", &message)
    }

    pub(super) fn throttled(self, status: StatusCode, retry_after: RetryAfter) -> Response {
        let message = "Number of requests exceeded the limit of 6000 over time window of 300 \
             seconds.";
        let mut response = self.error(status, "0x80072322", message);
        retry_after.write(&mut response);
        response
    }

    /// Any other failure, which says nothing in its own words.
    pub(super) fn failed(self, status: StatusCode) -> Response {
        match self {
            Surface::Dataverse => self.error(status, "0x80040216", "An unexpected error occurred."),
            Surface::Finance => wire::json(
                status,
                &json!({"error": {
                    "code": "", "message": "An error has occurred.", "innererror": {
                        "message": "The record could not be read: simulated failure.",
                        "type": "System.InvalidOperationException",
                        "stacktrace": "   at Microsoft.Dynamics.Platform.Integration.Services.OData",
                    },
                }}),
            ),
        }
    }

    /// An error with a code, which F&O leaves out.
    pub(super) fn error(self, status: StatusCode, code: &str, message: &str) -> Response {
        let code = match self {
            Surface::Finance => "",
            Surface::Dataverse => code,
        };
        odata(status, &json!({"error": {"code": code, "message": message}}))
    }
}

/// JSON as both surfaces mark it.
pub(super) fn odata(status: StatusCode, body: &Value) -> Response {
    let kind = "application/json; odata.metadata=minimal";
    let mut response = wire::bytes(status, kind, body.to_string());
    header(&mut response, HeaderName::from_static("odata-version"), "4.0");
    response
}

pub(super) fn header(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// How F&O refuses a session: another shape than its other errors.
fn session_error() -> Response {
    wire::json(
        StatusCode::FORBIDDEN,
        &json!({
            "Message": "An error has occurred.",
            "ExceptionMessage": "Forbidden",
            "ExceptionType": "System.ServiceModel.Web.WebFaultException`1[[System.ComponentModel.\
                Win32Exception, System, Version=4.0.0.0]]",
            "StackTrace": "   at Microsoft.Dynamics.Platform.Integration.Services.OData.Authorize()",
        }),
    )
}
