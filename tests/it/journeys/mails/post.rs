//! A mail server for a test, or a directory in its place, and nodes that send there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rollcall::NodeOptions;
use rollcall_simulators::smtp::{Config, Handle, Sink};
use rollcall_workers::Mailer;
use rollcall_workers::mail::{MailDeadlines, MailSettings, directory_url};
use secrecy::SecretString;
use serde_json::Value;

use crate::place::{Place, eventually};
use crate::visitor::House;

pub(in crate::journeys) const BASE: &str = "https://rollcall.example";

fn mailer(url: SecretString) -> Mailer {
    let settings = MailSettings {
        url,
        from: None,
        public_url: BASE.to_owned(),
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        roots: None,
        deadlines: MailDeadlines {
            connect: Duration::from_secs(2),
            reply: Duration::from_secs(2),
            message: Duration::from_secs(2),
            goodbye: Duration::from_millis(100),
        },
    };
    Mailer::new(&settings).unwrap()
}

pub(in crate::journeys) fn to_directory(path: &Path) -> Mailer {
    mailer(directory_url(path).unwrap())
}

/// A mail server that keeps everything.
pub(in crate::journeys) struct Post {
    _sink: Sink,
    pub(in crate::journeys) sink: Handle,
    pub(in crate::journeys) mailer: Mailer,
}

impl Post {
    pub(in crate::journeys) async fn open() -> Post {
        let sink = Sink::start(Config::default()).await.unwrap();
        let mailer = mailer(SecretString::from(format!("smtp://{}", sink.address())));
        Post { sink: sink.handle(), _sink: sink, mailer }
    }

    /// An installation that sends there.
    pub(in crate::journeys) async fn house(&self, place: Place) -> House {
        let options = NodeOptions { mailer: self.mailer.clone(), ..NodeOptions::default() };
        House::with(place, options).await
    }

    /// The messages to somebody, once there are so many.
    pub(in crate::journeys) async fn to(&self, address: &str, count: usize) -> Vec<String> {
        let there = || {
            let all = self.sink.received().into_iter();
            let theirs = all.filter(|one| one.to == [address]).map(|one| one.message);
            theirs.collect::<Vec<String>>()
        };
        let what = format!("{count} mails arrive for {address}");
        eventually(&what, async || there().len() >= count).await;
        let all = there();
        assert_eq!(all.len(), count, "{address}");
        all
    }
}

/// The files of a directory with mails, once there are so many.
pub(in crate::journeys) async fn files(directory: &Path, count: usize) -> Vec<PathBuf> {
    let there = || {
        let Ok(entries) = std::fs::read_dir(directory) else { return vec![] };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect::<Vec<_>>()
    };
    eventually("mails are written", async || there().len() >= count).await;
    there()
}

/// What a mail says, its lines joined as they were before they were wrapped for the way.
pub(in crate::journeys) fn unwrapped(message: &str) -> String {
    message.replace("=\r\n", "").replace("=3D", "=")
}

/// The first link in a mail that leads below a path of ours.
pub(in crate::journeys) fn link(message: &str, below: &str) -> String {
    let start = format!("{BASE}{below}");
    let text = unwrapped(message);
    let rest = text.split(&start).nth(1).unwrap_or_else(|| panic!("{start} is not in {text}"));
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
    format!("{below}{}", &rest[..end])
}

/// What is noted of mails, by type of event, oldest first.
pub(in crate::journeys) async fn noted(house: &House, kind: &str) -> Vec<Value> {
    let store = &house.node.store;
    let shard = store.tenant(&house.acme).await.unwrap().unwrap().shard;
    let (mut found, mut after) = (vec![], 0);
    loop {
        let page = store.read_shard(shard, after, 500).await.unwrap();
        let Some(last) = page.last() else { return found };
        after = last.position;
        let theirs = page.iter().filter(|one| &*one.kind == kind && *one.tenant == *house.acme);
        found.extend(theirs.map(|one| serde_json::from_slice::<Value>(&one.payload).unwrap()));
    }
}
