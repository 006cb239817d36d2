//! The demo people watch: the first sync with a progress bar, then something happens every moment.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use rollcall_domain::run::Status;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::company::News;
use super::reconcile;
use super::scenarios::{LEFT, Scenarios, TARGET};
use super::setup::Demo;
use crate::cli::connection_connect::first_run;
use crate::cli::{output, waiting};
use crate::client::LOGS;
use crate::failure::Failure;

const PAGE: usize = 200;
/// Between two things that happen.
const MOMENT: Duration = Duration::from_secs(2);
/// How long what was delivered may take to be dealt with.
const PATIENCE: Duration = Duration::from_secs(60);

/// Goes on for ever. With `json`, nothing happens that no program makes happen.
pub(super) async fn run(demo: &mut Demo, json: bool) -> Result<ExitCode, Failure> {
    if !json {
        output::line(&format!(
            "{} made-up people work at the simulated company",
            demo.company.headcount()
        ))?;
    }
    let first = first_sync(demo).await?;
    Scenarios::make(demo).await?;
    if json {
        output::json(&demo.line())?;
        return std::future::pending().await;
    }
    introduce(demo, &first)?;
    let mut known: HashSet<String> = runs(demo).await?.iter().map(id).collect();
    let mut heard_before = demo.sink.count();
    for happened in 1.. {
        tokio::time::sleep(MOMENT).await;
        // Whoever breaks the simulator sees what follows: on the pages, too.
        let said = demo.company.any().await.unwrap_or_else(|failure| failure.to_string());
        output::line(&said)?;
        if !is_heard_of(demo, happened).await? {
            output::line("    the next reconciliation will find it")?;
            continue;
        }
        if let Err(failure) = dealt_with(demo).await {
            output::line(&format!("    {failure}"))?;
        }
        let mut fresh = runs(demo).await?;
        fresh.retain(|run| known.insert(id(run)));
        for run in fresh.iter().rev() {
            output::line(&outcome(run))?;
        }
        let heard = demo.sink.count() - heard_before;
        heard_before += heard;
        if heard > 0 {
            output::line(&format!("    {heard} signed messages arrived at the receiver"))?;
        }
        if fresh.is_empty() {
            output::line("    nothing follows")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether something comes of what has happened so far: it was told, or is looked for now.
async fn is_heard_of(demo: &Demo, happened: usize) -> Result<bool, Failure> {
    match demo.company.news() {
        News::Delivered => Ok(true),
        News::Found { every } if happened.is_multiple_of(every) => {
            output::line("    tonight's reconciliation is brought forward")?;
            if let Err(failure) = reconcile::ask(demo).await {
                output::line(&format!("    {failure}"))?;
            }
            Ok(true)
        }
        News::Found { .. } => Ok(false),
    }
}

/// Waits for the sync that follows from connecting. It fails where that failed.
pub(super) async fn first_sync(demo: &Demo) -> Result<Value, Failure> {
    let run = first_run(&demo.api, &demo.connection).await?;
    let total = demo.company.headcount() as u64;
    let ended = waiting::run_to_end(&demo.api, &run, None, Some(total)).await?;
    match ended["status"] == Status::Succeeded.as_str() {
        true => Ok(ended),
        false => Err(Failure::Failed(format!(
            "the first sync {}: {}",
            ended["status"].as_str().unwrap_or_default(),
            ended["error_summary"].as_str().unwrap_or("no reason is known")
        ))),
    }
}

/// Waits until everything was delivered, and everything that follows was done and can be read.
pub(super) async fn settle(demo: &Demo) -> Result<(), Failure> {
    until(demo, |receipt| receipt["processed"] == true, Status::is_end).await
}

/// The same where nothing more comes of it by itself: a run that failed leaves its deliveries to the
/// next one, a held one waits for a person, and what is only kept leads to no run.
async fn dealt_with(demo: &Demo) -> Result<(), Failure> {
    let rode = |receipt: &Value| receipt["runs"].as_array().is_some_and(|runs| !runs.is_empty());
    let rests = |receipt: &Value| {
        receipt["processed"] == true || rode(receipt) || receipt["verdict"] != "accepted"
    };
    until(demo, rests, |status| status.is_end() || status == Status::Held).await
}

/// Until all receipts and all runs are over, as far as a page shows: one change never causes a page.
async fn until(
    demo: &Demo,
    is_receipt_over: impl Fn(&Value) -> bool,
    is_run_over: impl Fn(Status) -> bool,
) -> Result<(), Failure> {
    demo.company.settle().await?;
    let until = tokio::time::Instant::now() + PATIENCE;
    let ended =
        |run: &Value| run["status"].as_str().and_then(Status::parse).is_some_and(&is_run_over);
    loop {
        // What was acknowledged is in the log, and from here on in the read models.
        demo.node.projections.settle(PATIENCE).await?;
        let receipts = demo.api.list("/api/v1/receipts", PAGE).await?;
        if receipts.iter().all(&is_receipt_over) && runs(demo).await?.iter().all(ended) {
            return Ok(());
        }
        if tokio::time::Instant::now() > until {
            return Err(Failure::failed("the runs did not end in time; see: rollcall runs list"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn runs(demo: &Demo) -> Result<Vec<Value>, Failure> {
    demo.api.list(LOGS, PAGE).await
}

fn id(run: &Value) -> String {
    run["id"].as_str().unwrap_or_default().to_owned()
}

fn outcome(run: &Value) -> String {
    let word = |name: &str| run[name].as_str().unwrap_or_default();
    let took = run["duration_ms"].as_u64().unwrap_or(0);
    let (event, status, counts) =
        (word("event_type"), word("status"), output::counts(&run["counts"]));
    let what = run["error_summary"].as_str().unwrap_or(&counts);
    format!("    {event} → {status}: {what} ({took} ms)")
}

/// Where mails of the demo are found.
fn mail(demo: &Demo) -> String {
    match &demo.mail {
        Some(directory) => format!("{} (a file for each)", directory.display()),
        None => "goes to the mail server that was given".to_owned(),
    }
}

fn introduce(demo: &Demo, first: &Value) -> Result<(), Failure> {
    let took = first["duration_ms"].as_u64().unwrap_or(0);
    let counts = output::counts(&first["counts"]);
    let simulator = demo.company.url();
    let faults = format!("curl -X PUT {simulator}/_control/faults");
    output::line(&format!("the first sync {}: {counts} ({took} ms)\n", "succeeded"))?;
    output::pairs(&[
        ("pages", format!("{}/", demo.base_url)),
        ("e-mail", demo.members.email.clone()),
        ("password", demo.members.password.expose_secret().to_owned()),
        ("", format!("also of {}", demo.members.others.join(" and "))),
        ("API", format!("{}/api/v1", demo.base_url)),
        ("tenant", demo.tenant.clone()),
        ("token", demo.token.expose_secret().to_owned()),
        (
            "scenarios",
            format!("{TARGET}, kept in step like the live baseline; {LEFT}, left as it is"),
        ),
        (
            "webhooks",
            format!(
                "{}/settings/webhooks, all of them sent to a receiver at {}",
                demo.base_url,
                demo.sink.url()
            ),
        ),
        ("simulator", format!("{simulator}/_control/people")),
        ("break it", format!("{faults} -d '{}'", demo.company.breakage())),
        ("heal it", format!("{faults} -d '{{}}'")),
        ("mail", mail(demo)),
        (
            "command line",
            format!("rollcall --data-dir {} runs list", demo.config.data_dir().display()),
        ),
        (
            "",
            format!(
                "rollcall --data-dir {} scenario diff {LEFT} {TARGET}",
                demo.config.data_dir().display()
            ),
        ),
    ])?;
    output::line(&format!("\n{}; Ctrl-C ends\n", how(demo.company.news())))
}

/// How what happens below is heard of.
fn how(news: News) -> String {
    match news {
        News::Delivered => "every change below arrives as a signed webhook".to_owned(),
        News::Found { every } => format!(
            "no change below tells of itself: after every {every} the reconciliation that finds them \
             is brought forward"
        ),
    }
}
