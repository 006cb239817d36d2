//! What stands in a mail, whatever people and organisations are called.

use std::path::Path;

use lettre::message::Mailbox;
use rollcall_domain::mail::Trouble;
use rollcall_domain::notification::{Kind, Raised};
use rollcall_domain::vocabulary::{FailureCode, Provider};

use super::*;
use crate::mail::notice::Notice;

fn from() -> Mailbox {
    "Rollcall <no-reply@rollcall.example>".parse().unwrap()
}

fn written(letter: &Letter) -> String {
    let message = letter.message(&from(), "rollcall.example", at("2026-03-01T09:30:00Z"));
    String::from_utf8(message.unwrap().formatted()).unwrap()
}

/// The lines of its head, each whole.
fn head(text: &str) -> Vec<String> {
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

fn raised(kind: Kind) -> Raised {
    Raised {
        notification: "01J00000000000000000000002".to_owned(),
        kind,
        connection: Some("c1".to_owned()),
        provider: Some(Provider::BambooHr),
        run: Some("r1".to_owned()),
        endpoint: None,
        code: Some(FailureCode::Authentication),
        summary: None,
        again: true,
        since: Some(at("2026-02-28T06:20:00Z")),
        until: None,
        on: None,
        days: None,
        recipients: vec!["u1".to_owned()],
    }
}

fn told(raised: &Raised, tenant: &str, name: &str, email: &str) -> Letter {
    let link = |path: &str| format!("https://rollcall.example{path}");
    let notice = Notice { raised, tenant, link: &link };
    let mail = format!("{}-u1", raised.notification);
    notice.letter(mail, Some(name.to_owned()), email.to_owned())
}

/// `UPDATE=1` writes the files anew.
fn is_golden(name: &str, letter: &Letter) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    let text = written(letter);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "{name}");
}

#[test]
fn mails_read_as_they_did() {
    is_golden("invitation.eml", &letter());
    let failed = raised(Kind::IntegrationFailed);
    let name = "Ada, “Countess” Lovelace";
    is_golden("integration_failed.eml", &told(&failed, "Acme", name, "ada@engine.example"));
}

#[test]
fn a_failure_says_what_to_do_since_when_and_where() {
    let letter = told(&raised(Kind::IntegrationFailed), "Acme", "Ada", "ada@engine.example");
    assert_eq!(letter.subject, "BambooHR connection needs attention");
    for part in [&letter.text, &letter.html] {
        assert!(part.contains("Failing since 28 Feb 2026, 06:20 UTC."), "{part}");
        assert!(part.contains("Create a new key at the provider"), "{part}");
        assert!(part.contains("https://rollcall.example/settings/integrations/logs/r1"), "{part}");
    }
    let labels = [
        (Provider::BambooHr, "BambooHR connection needs attention"),
        (Provider::HrisWebhook, "HRIS Webhook connection needs attention"),
        (Provider::Dynamics365, "Dynamics 365 HR connection needs attention"),
    ];
    for (provider, subject) in labels {
        let failed = Raised { provider: Some(provider), ..raised(Kind::IntegrationFailed) };
        assert_eq!(told(&failed, "Acme", "Ada", "ada@engine.example").subject, subject);
    }
}

#[test]
fn the_head_has_what_programs_look_for() {
    let head = head(&written(&letter()));
    for line in [
        "Message-ID: <01J00000000000000000000001@rollcall.example>",
        "Date: Sun, 01 Mar 2026 09:30:00 +0000",
        "To: ada@engine.example",
        "Subject: You are invited to Acme",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(head.iter().any(|one| one == line), "{line} is not in {head:?}");
    }
    assert!(!head.iter().any(|line| line.starts_with("List-")), "{head:?}");
    assert_eq!(written(&letter()), written(&letter()), "an attempt is like the one before");
}

#[test]
fn no_name_adds_a_line_to_a_head() {
    let names = [
        "Ada\r\nBcc: eve@elsewhere.example",
        "Ada\nSubject: Something else",
        "Ada\r\n\r\n<h1>A body</h1>",
        "\u{0}\u{7}Ada\u{2028}Lovelace",
        "\"Ada\" <eve@elsewhere.example>",
        "Ada, Eve <eve@elsewhere.example>",
        "Ada \\\" Lovelace",
        "=?utf-8?q?Eve?= <eve@elsewhere.example>",
        "Ädä Lövelace 🛠 愛達·勒芙蕾絲",
        "\u{202e}ecalevoL adA",
        &"Ada ".repeat(50),
        "",
        "   ",
    ];
    let mut plain = vec!["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted"];
    plain.extend(["MIME-Version", "Content-Type"]);
    for name in names {
        let failed = raised(Kind::IntegrationFailed);
        for letter in [told(&failed, "Acme", name, "ada@engine.example"), offer(name).letter()] {
            let text = written(&letter);
            let head = head(&text);
            let fields: Vec<&str> =
                head.iter().map(|line| line.split(':').next().unwrap()).collect();
            assert_eq!(fields, plain, "{name:?}: {text}");
            let top = text.split("\r\n\r\n").next().unwrap();
            assert!(top.is_ascii(), "{name:?}: {top}");
            assert!(text.lines().all(|line| line.len() <= 998), "{name:?}");
            let message =
                letter.message(&from(), "rollcall.example", at("2026-03-01T09:30:00Z")).unwrap();
            assert_eq!(message.envelope().to().len(), 1, "{name:?}");
            assert_eq!(message.envelope().to()[0].as_ref() as &str, "ada@engine.example");
        }
    }
}

#[test]
fn what_somebody_typed_is_no_markup() {
    let html = offer("<script>alert(1)</script> & \"Sons\"").letter().html;
    assert!(!html.contains("<script>") && !html.contains("& \""), "{html}");
    let failed = Raised { summary: Some("<img src=x>".to_owned()), ..raised(Kind::PlanHeld) };
    let letter = told(&failed, "<b>Acme</b>", "Ada", "ada@engine.example");
    assert!(!letter.html.contains("<img") && !letter.html.contains("<b>Acme"), "{}", letter.html);
    assert!(letter.text.contains("<b>Acme</b>"), "text is text: {}", letter.text);
}

#[test]
fn addresses_are_written_so_that_every_server_understands_them() {
    let to = |email: &str| {
        let letter = Letter { email: email.to_owned(), ..letter() };
        letter
            .message(&from(), "rollcall.example", at("2026-03-01T09:30:00Z"))
            .map(|message| AsRef::<str>::as_ref(&message.envelope().to()[0]).to_owned())
    };
    assert_eq!(to("ada@bücher.example").unwrap(), "ada@xn--bcher-kva.example");
    assert_eq!(to("o'hara+tag@engine.example").unwrap(), "o'hara+tag@engine.example");
    for odd in ["ada", "@engine.example", "ada@", "a da@engine.example", "ada@a\r\nb.example"] {
        assert_eq!(to(odd), Err(Trouble::AddressUnusable), "{odd:?}");
    }
}
