//! What somebody had typed when their session ended: it travels in the sign-in form, and is stored
//! nowhere.

use crate::web::form::Fields;

/// Names of fields that are not repeated on a page: those of every password input there is.
const SECRET: [&str; 3] = ["password", "secret", "api_key"];
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
    use std::path::Path;

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
    fn nothing_that_a_page_hides_is_kept() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
        let mut hidden = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let html = std::fs::read_to_string(&path).unwrap();
                for input in html.split("<input").skip(1).filter(|input| {
                    input.split('>').next().unwrap_or_default().contains(r#"type="password""#)
                }) {
                    let name = input.split(r#"name=""#).nth(1).unwrap().split('"').next().unwrap();
                    let draft = Draft::of("/", format!("{name}=x").as_bytes());
                    assert!(draft.fields.is_empty(), "{name} in {}", path.display());
                    hidden += 1;
                }
            }
        }
        assert!(hidden > 5);
    }

    #[test]
    fn it_leads_nowhere_else() {
        let form = Fields::read(b"draft-action=https%3A%2F%2Felsewhere.example%2F&draft:a=b");
        assert_eq!(Draft::carried(&form), None);
    }
}
