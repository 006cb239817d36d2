//! `rollcall migrate`: brings the schema up to date; safe to repeat, and on several nodes at once.

use rollcall_projections::{Options, Projections};
use serde_json::json;

use super::{Context, output};
use crate::app::{Migrate, open_store};
use crate::config::private_directory;
use crate::failure::Failure;

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    private_directory(&context.config.data_dir())?;
    let store = open_store(&context.config, Migrate::Now).await?;
    Projections::open(&store, Options::default()).await?;
    store.close().await;
    match context.json {
        true => output::json(&json!({ "migrated": true })),
        false => output::line("the schema is up to date"),
    }
}
