//! `rollcall`: one binary for the server, the command line, the demo and the simulator.

mod app;
mod bench;
mod cli;
mod client;
mod config;
mod demo;
mod failpoint;
mod failure;
mod logging;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    let asked = match cli::Cli::read() {
        Ok(asked) => asked,
        Err(code) => return code,
    };
    let json = asked.json;
    logging::start(&asked.config, asked.is_server());
    // An error means that a provider is installed already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ended = failpoint::arm().and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let ended = runtime.block_on(cli::run(asked));
        // What still blocks a thread (a lookup of a name) is not waited for.
        runtime.shutdown_background();
        ended
    });
    match ended {
        Ok(code) => code,
        Err(failure) => failure.tell(json),
    }
}
