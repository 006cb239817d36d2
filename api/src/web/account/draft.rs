//! What somebody had typed when their session ended: it travels in the sign-in form, and is stored
//! nowhere.

use crate::web::form::Fields;

/// Names of fields that are not repeated on a page.
const SECRET: [&str; 4] = ["password", "secret", "api_key", "current"];
const PREFIX: &str = "draft:";
pub(crate) const ACTION: &str = "draft-action";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// Where the form went.
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    /// Whether something was typed that is not kept.
    pub(crate) left_out: bool,
}

impl Draft {
    /// Of a form that was sent too late.
    pub(crate) fn of(action: &str, body: &[u8]) -> Draft {
        let all = Fields::read(body).pairs().to_vec();
        let before = all.len();
        let secret = |name: &str| SECRET.iter().any(|word| name.contains(word));
        let fields: Vec<_> = all.into_iter().filter(|(name, _)| !secret(name)).collect();
        Draft { action: action.to_owned(), left_out: fields.len() < before, fields }
    }

    /// Out of the sign-in form.
    pub(crate) fn carried(form: &Fields) -> Option<Draft> {
        let action = form.text(ACTION).filter(|action| super::is_ours(action))?;
        let of = |(name, value): &(String, String)| {
            name.strip_prefix(PREFIX).map(|name| (name.to_owned(), value.clone()))
        };
        let fields = form.pairs().iter().filter_map(of).collect();
        Some(Draft { action, fields, left_out: form.has("draft-left-out") })
    }

    /// The page that the form stood on, as far as its address tells.
    pub(crate) fn page(&self) -> &str {
        self.action.split('?').next().unwrap_or("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_survives_but_no_secret() {
        let draft =
            Draft::of("/people/new", b"first_name=Ada&api_key=x&departments=a&departments=b");
        let carried: Vec<(String, String)> = draft
            .fields
            .iter()
            .map(|(name, value)| (format!("draft:{name}"), value.clone()))
            .chain([(ACTION.to_owned(), draft.action.clone())])
            .collect();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(carried).finish();

        let again = Draft::carried(&Fields::read(body.as_bytes())).unwrap();

        assert_eq!(again.fields, draft.fields);
        assert_eq!(draft.fields.len(), 3);
        assert!(draft.left_out && !body.contains("api_key"));
    }

    #[test]
    fn it_leads_nowhere_else() {
        let form = Fields::read(b"draft-action=https%3A%2F%2Felsewhere.example%2F&draft:a=b");
        assert_eq!(Draft::carried(&form), None);
    }
}
