//! The machine: what it is, how fast its disk makes bytes durable, how much memory we took.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::failure::Failure;
use crate::numbers::median;

/// One commit's worth of bytes.
const BLOCK: usize = 4096;
const FOR: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) fdatasync_per_second: f64,
    pub(crate) fdatasync_median_ms: f64,
}

pub(crate) fn describe(directory: &Path) -> Result<Machine, Failure> {
    let (per_second, median_ms) = fdatasync(directory)?;
    Ok(Machine {
        processor: processor(),
        cores: std::thread::available_parallelism()?.get(),
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
            .unwrap_or_default()
            .trim()
            .to_owned(),
        fdatasync_per_second: per_second,
        fdatasync_median_ms: median_ms,
    })
}

/// Appends blocks to a file and makes each durable, as a commit does.
pub(crate) fn fdatasync(directory: &Path) -> Result<(f64, f64), Failure> {
    let path = directory.join("fdatasync");
    let mut file = File::create(&path)?;
    let block = [7; BLOCK];
    let (began, mut times) = (Instant::now(), vec![]);
    while began.elapsed() < FOR {
        let at = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(at.elapsed().as_secs_f64() * 1e3);
    }
    let per_second = times.len() as f64 / began.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok((per_second, median(&mut times)))
}

/// Most memory this process ever had, in MiB.
pub(crate) fn peak_mib() -> Result<f64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map(|kib| kib / 1024.0)
        .ok_or_else(|| Failure::new("/proc/self/status does not tell VmHWM; this needs Linux"))
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name"));
    model.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, name)| name).to_owned()
}
