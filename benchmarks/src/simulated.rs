//! The BambooHR simulator in a process of its own, so that neither its memory nor its threads count.

use std::io::{self, Read, Write};
use std::process::Stdio;
use std::time::Duration;

use rollcall_egress::{Egress, Policy, Request};
use rollcall_simulators::bamboohr::{Config, Simulator};
use rollcall_workers::providers;
use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::node::{ACCOUNT, API_KEY};

const PATIENCE: Duration = Duration::from_secs(120);
/// More than a control call answers, in bytes.
const ANSWER: u64 = 64 * 1024;

/// A running simulator; it ends with this value.
pub(crate) struct Simulated {
    pub(crate) base_url: String,
    child: Child,
}

impl Simulated {
    pub(crate) async fn start(people: usize) -> Result<Simulated, Failure> {
        let (child, base_url) = spawned("--simulator", people).await?;
        Ok(Simulated { base_url, child })
    }

    /// Sets these fields of these people.
    pub(crate) async fn change(
        &self,
        people: impl Iterator<Item = usize>,
        fields: &Json,
    ) -> Result<(), Failure> {
        let loopback = Policy::permitting(["127.0.0.0/8".parse()?]);
        let egress = Egress::new(providers::policy(loopback))?;
        let origin = self.base_url.trim_end_matches("/api/v1");
        for id in people {
            let call = Request::post(format!("{origin}/_control/people/{id}")).json(fields);
            let response = egress.send(call).await?;
            let status = response.status();
            let said = response.bytes(ANSWER).await?;
            if !status.is_success() {
                let said = String::from_utf8_lossy(&said);
                return Err(Failure::new(format!("the simulator changed nobody: {said}")));
            }
        }
        Ok(())
    }

    pub(crate) async fn stop(mut self) {
        // It has nothing to lose; and an error means that it has ended already.
        let _ = self.child.kill().await;
    }
}

/// Starts this program as a simulator of so many people: the process, and its first line.
pub(crate) async fn spawned(option: &str, people: usize) -> Result<(Child, String), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([option, &people.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let silent = || Failure::new("the simulator did not start");
    let stdout = child.stdout.take().ok_or_else(silent)?;
    let mut lines = BufReader::new(stdout).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.map_err(|_| silent())??;
    Ok((child, line.ok_or_else(silent)?))
}

/// What the process is: says where the company answers, and ends with standard input, so that it
/// outlives nobody who started it.
pub(crate) async fn serve(people: usize) -> Result<(), Failure> {
    let (company, api_key) = (ACCOUNT.to_owned(), API_KEY.to_owned());
    let simulator =
        Simulator::start(Config { company, api_key, people, ..Config::default() }).await?;
    writeln!(io::stdout(), "{}", simulator.base_url())?;
    input_ended().await?;
    simulator.shutdown().await;
    Ok(())
}

/// Waits until whoever started this process closes its standard input.
pub(crate) async fn input_ended() -> Result<(), Failure> {
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut vec![])).await??;
    Ok(())
}
