//! What the process says about itself, on standard error. Standard output is for results only.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use crate::config::{Config, LogFormat};

/// Starts logging. A server tells what it does, a command only what it worries about.
pub(crate) fn start(config: &Config, server: bool) {
    let usual = if server { Level::INFO } else { Level::WARN };
    // It tells of itself what nobody who runs a node needs.
    let usual = Targets::new().with_default(usual).with_target("tokio_cron_scheduler", Level::WARN);
    let filter = config.log.clone().unwrap_or(usual);
    let layer = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let layer = match config.log_format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
}
