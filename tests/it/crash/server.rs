//! `rollcall serve` as a process of its own.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

use rollcall_store::Location;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::place::{PATIENCE, Place};

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts one and waits until it answers, or has died of its failpoint on the way there.
    pub(super) async fn start(place: &Place, port: u16, failpoint: Option<&str>) -> Self {
        Self::start_in(&place.directory(), place, port, failpoint).await
    }

    /// One more node on the same database.
    pub(super) async fn beside(place: &Place, port: u16) -> Self {
        Self::start_in(&place.another_directory(), place, port, None).await
    }

    pub(super) async fn start_in(
        directory: &Path,
        place: &Place,
        port: u16,
        failpoint: Option<&str>,
    ) -> Self {
        Self::start_with(directory, place, port, failpoint, &[]).await
    }

    /// The same with settings of its own.
    pub(crate) async fn start_with(
        directory: &Path,
        place: &Place,
        port: u16,
        failpoint: Option<&str>,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command.args(["--json", "serve"]);
        command.env_clear().env("ROLLCALL_LOG", "warn");
        command.env("ROLLCALL_LISTEN", format!("127.0.0.1:{port}"));
        command.env("ROLLCALL_ALLOW_PRIVATE", "127.0.0.0/8");
        command.env("ROLLCALL_DATA_DIR", directory);
        if let Location::Postgres(url) = &place.location {
            command.env("ROLLCALL_DATABASE_URL", url.expose_secret());
        }
        command.envs(settings.iter().copied());
        if let Some(failpoint) = failpoint {
            command.env("ROLLCALL_FAILPOINT", failpoint);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said =
            timeout(2 * PATIENCE, lines.next_line()).await.expect("it starts in time").unwrap();
        assert!(said.is_some() || failpoint.is_some(), "the server did not start");
        Server { child }
    }

    /// Waits until it has killed itself.
    pub(super) async fn dies(mut self) {
        let status = timeout(2 * PATIENCE, self.child.wait())
            .await
            .expect("the failpoint was never passed")
            .unwrap();
        assert_eq!(status.signal(), Some(9), "it ended in another way: {status}");
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it stops in time").unwrap();
        assert!(status.success(), "it did not stop in good order: {status}");
    }

    /// Ends it as the kernel does when memory is short.
    pub(super) async fn dies_at_once(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().await.unwrap();
    }

    /// Takes its time away, or gives it back.
    pub(super) fn freeze(&self) {
        self.signal(Signal::STOP);
    }
    pub(super) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("it is running").cast_signed();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }
}
