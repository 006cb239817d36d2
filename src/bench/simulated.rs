//! The BambooHR simulator in a process of its own, so that neither its memory nor its threads count.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::node::{ACCOUNT, API_KEY};
use crate::failure::Failure;

const PATIENCE: Duration = Duration::from_secs(120);

/// A running simulator; it ends with this value.
pub(super) struct Simulated {
    pub(super) base_url: String,
    child: Child,
}

impl Simulated {
    pub(super) async fn start(people: usize) -> Result<Simulated, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["simulator", "bamboohr", "--json", "--at", "127.0.0.1:0"])
            .args(["--company", ACCOUNT, "--api-key", API_KEY, "--people", &people.to_string()])
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let silent = || Failure::failed("the simulator did not start");
        let stdout = child.stdout.take().ok_or_else(silent)?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.map_err(|_| silent())??;
        let said: Value = serde_json::from_str(&line.unwrap_or_default()).map_err(|_| silent())?;
        let base_url = said["base_url"].as_str().ok_or_else(silent)?.to_owned();
        Ok(Simulated { base_url, child })
    }

    pub(super) async fn stop(mut self) {
        // It has nothing to lose; and an error means that it has ended already.
        let _ = self.child.kill().await;
    }
}
