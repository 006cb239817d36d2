//! The BambooHR simulator in a process of its own, so that neither its memory nor its threads count.

use std::io::{self, Read, Write};
use std::process::Stdio;
use std::time::Duration;

use rollcall_simulators::bamboohr::{Config, Simulator};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::node::{ACCOUNT, API_KEY};

const PATIENCE: Duration = Duration::from_secs(120);

/// A running simulator; it ends with this value.
pub(crate) struct Simulated {
    pub(crate) base_url: String,
    child: Child,
}

impl Simulated {
    pub(crate) async fn start(people: usize) -> Result<Simulated, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--simulator", &people.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let silent = || Failure::new("the simulator did not start");
        let stdout = child.stdout.take().ok_or_else(silent)?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.map_err(|_| silent())??;
        Ok(Simulated { base_url: line.ok_or_else(silent)?, child })
    }

    pub(crate) async fn stop(mut self) {
        // It has nothing to lose; and an error means that it has ended already.
        let _ = self.child.kill().await;
    }
}

/// What the process is: says where the company answers, and ends with standard input, so that it
/// outlives nobody who started it.
pub(crate) async fn serve(people: usize) -> Result<(), Failure> {
    let (company, api_key) = (ACCOUNT.to_owned(), API_KEY.to_owned());
    let simulator =
        Simulator::start(Config { company, api_key, people, ..Config::default() }).await?;
    writeln!(io::stdout(), "{}", simulator.base_url())?;
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut vec![])).await??;
    simulator.shutdown().await;
    Ok(())
}
