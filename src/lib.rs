//! Rollcall, put together: the composition root, the command line and the demo. It knows every
//! crate, and nobody but `main`, the tests and the benchmarks knows it.
//!
//! A [`Node`] is everything one process is made of; a [`Server`] is where it answers.

mod app;
mod cli;
mod client;
mod config;
mod environment_secrets;
mod failpoint;
mod failure;
mod logging;
mod server;

use std::process::ExitCode;

pub use app::{Node, NodeOptions};
pub use config::Role;
pub use failure::Failure;
pub use server::Server;

/// Does what the command line asks for, and gives the exit code.
pub fn main() -> ExitCode {
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
