//! What becomes of a mail at servers of every kind.

use std::time::{Duration, Instant};

use rollcall_domain::mail::Trouble;
use rollcall_simulators::smtp::{Config, Encryption, Faults, Sink, Stage};
use secrecy::SecretString;

use super::*;
use crate::mail::{MailDeadlines, MailError, MailSettings, MailSetup, Mailer, directory_url};

const SHORT: MailDeadlines = MailDeadlines {
    connect: Duration::from_millis(500),
    reply: Duration::from_millis(500),
    message: Duration::from_millis(500),
    goodbye: Duration::from_millis(100),
};

fn settings(url: &str) -> MailSettings {
    MailSettings {
        url: SecretString::from(url),
        from: None,
        public_url: "https://rollcall.example".to_owned(),
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        roots: None,
        deadlines: SHORT,
    }
}

async fn sent(mailer: &Mailer) -> Result<(), MailError> {
    mailer.send(&letter(), at("2026-03-01T09:30:00Z")).await
}

fn to(sink: &Sink) -> Mailer {
    Mailer::new(&settings(&format!("smtp://{}", sink.address()))).unwrap()
}

#[tokio::test]
async fn a_server_takes_it_over() {
    let sink = Sink::start(Config::default()).await.unwrap();

    sent(&to(&sink)).await.unwrap();

    let received = sink.handle().received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].from, "no-reply@rollcall.example");
    assert_eq!(received[0].to, ["ada@engine.example"]);
    assert!(received[0].message.contains("Message-ID: <01J00000000000000000000001@"));
}

#[tokio::test]
async fn each_fault_is_known_by_its_remedy() {
    let sink = Sink::start(Config::default()).await.unwrap();
    let refuse_at = |stage, code| Faults { refuse_at: Some((stage, code)), ..Faults::default() };
    let hang_at = |stage| Faults { hang_at: Some(stage), ..Faults::default() };
    let cases = [
        (Faults { refuse_connections: true, ..Faults::default() }, Trouble::Unreachable, None),
        (Faults { drop_mid_message: true, ..Faults::default() }, Trouble::Unreachable, None),
        (Faults { speak_nonsense: true, ..Faults::default() }, Trouble::Unreachable, None),
        (Faults { greylist: 100, ..Faults::default() }, Trouble::PutOff, Some(451)),
        (refuse_at(Stage::Greeting, 421), Trouble::PutOff, Some(421)),
        (refuse_at(Stage::Greeting, 554), Trouble::PutOff, Some(554)),
        (refuse_at(Stage::Sender, 550), Trouble::SenderRefused, Some(550)),
        (refuse_at(Stage::Sender, 530), Trouble::Unauthorized, Some(530)),
        (refuse_at(Stage::Recipient, 550), Trouble::RecipientRefused, Some(550)),
        (refuse_at(Stage::Recipient, 452), Trouble::PutOff, Some(452)),
        (refuse_at(Stage::Data, 554), Trouble::MessageRefused, Some(554)),
        (refuse_at(Stage::Message, 554), Trouble::MessageRefused, Some(554)),
        (refuse_at(Stage::Message, 452), Trouble::PutOff, Some(452)),
        (hang_at(Stage::Greeting), Trouble::TimedOut, None),
        (hang_at(Stage::Hello), Trouble::TimedOut, None),
        (hang_at(Stage::Sender), Trouble::TimedOut, None),
        (hang_at(Stage::Recipient), Trouble::TimedOut, None),
        (hang_at(Stage::Message), Trouble::TimedOut, None),
    ];
    for (faults, trouble, reply) in cases {
        sink.handle().change_faults(|now| *now = faults.clone());
        let begun = Instant::now();

        let failed = sent(&to(&sink)).await.unwrap_err();

        assert_eq!(failed, MailError { trouble, reply }, "{faults:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{faults:?}");
        for private in ["engine.example", "User unknown", "127.0.0.1"] {
            assert!(!failed.to_string().contains(private), "{failed}");
        }
    }
    let kept = sink.handle().received();
    assert!(kept.len() <= 1, "only the one that was not confirmed: {kept:?}");
}

#[tokio::test]
async fn nobody_at_home_is_tried_again() {
    let sink = Sink::start(Config::default()).await.unwrap();
    let mailer = to(&sink);
    drop(sink);
    let failed = sent(&mailer).await.unwrap_err();
    assert!(matches!(failed.trouble, Trouble::Unreachable), "{failed}");
    assert!(!failed.trouble.is_final());
}

#[tokio::test]
async fn credentials_are_given_under_tls_only() {
    let credentials = Some(("roll call".to_owned(), "p@ss:wörd".to_owned()));
    for (encryption, scheme) in [(Encryption::Tls, "smtps"), (Encryption::StartTls, "smtp")] {
        let config = Config { encryption, credentials: credentials.clone() };
        let sink = Sink::start(config).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let roots = directory.path().join("ca.pem");
        std::fs::write(&roots, sink.certificate()).unwrap();
        let port = sink.address().port();
        let url = |password| format!("{scheme}://roll%20call:{password}@localhost:{port}");
        let trusting = |url: &str| {
            // What is no private net speaks TLS.
            let allow_private = vec![];
            let roots = Some(roots.clone());
            Mailer::new(&MailSettings { roots, allow_private, ..settings(url) }).unwrap()
        };

        sent(&trusting(&url("p%40ss%3Aw%C3%B6rd"))).await.unwrap();

        let received = sink.handle().received();
        assert!(received[0].encrypted, "{scheme}");
        assert_eq!(received[0].user.as_deref(), Some("roll call"));
        let wrong = sent(&trusting(&url("wrong"))).await.unwrap_err();
        assert_eq!(wrong, MailError { trouble: Trouble::Unauthorized, reply: Some(535) });
        let strange = MailSettings { allow_private: vec![], ..settings(&url("wrong")) };
        let untrusted = sent(&Mailer::new(&strange).unwrap()).await.unwrap_err();
        assert_eq!(untrusted.trouble, Trouble::Insecure, "{scheme}: {untrusted}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_said_in_the_clear() {
    let sink = Sink::start(Config::default()).await.unwrap();
    let url = format!("smtp://user:secret@localhost:{}", sink.address().port());
    let mailer = Mailer::new(&MailSettings { allow_private: vec![], ..settings(&url) }).unwrap();
    let failed = sent(&mailer).await.unwrap_err();
    assert_eq!(failed.trouble, Trouble::Insecure);
    assert!(sink.handle().received().is_empty());
}

#[tokio::test]
async fn a_directory_has_a_file_for_each_mail_and_the_same_one_once() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("to nobody");
    let url = directory_url(&directory).unwrap();
    let mailer = Mailer::new(&MailSettings { url, ..settings("file:///") }).unwrap();

    for _ in 0..2 {
        sent(&mailer).await.unwrap();
    }

    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].file_name(), "01J00000000000000000000001.eml");
    assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert!(std::fs::read_to_string(files[0].path()).unwrap().contains("You are invited to"));

    std::fs::remove_dir_all(&directory).unwrap();
    let failed = sent(&mailer).await.unwrap_err();
    assert_eq!(failed.trouble, Trouble::NotWritten);
}

#[test]
fn what_can_not_be_meant_is_said_at_the_start() {
    let setup = |settings: &MailSettings| Mailer::new(settings).map(drop).unwrap_err();
    for url in ["smtp://", "smtps://u:p@host/path", "imap://host", "file://elsewhere/x", "x"] {
        assert_eq!(setup(&settings(url)), MailSetup::Url, "{url}");
    }
    let good = settings("smtps://mail.example");
    assert!(Mailer::new(&good).is_ok());
    let from = Some("nobody in particular".to_owned());
    assert_eq!(setup(&MailSettings { from, ..good.clone() }), MailSetup::From);
    for public_url in ["rollcall.example", "https://h/path", "ftp://h", "https://u@h"] {
        let public_url = public_url.to_owned();
        assert_eq!(setup(&MailSettings { public_url, ..good.clone() }), MailSetup::PublicUrl);
    }
    let roots = Some("/nowhere/ca.pem".into());
    assert_eq!(setup(&MailSettings { roots, ..good.clone() }), MailSetup::Roots);
    let allow_private = vec!["10.0.0.0/8".parse().unwrap()];
    let clear = MailSettings { allow_private, ..settings("smtp://user:secret@10.0.0.1") };
    assert_eq!(setup(&clear), MailSetup::PasswordInTheClear);
}
