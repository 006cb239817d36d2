//! A private PostgreSQL cluster for as long as this process lives: for tests and for benchmarks.
//!
//! It needs the server's binaries (15 or newer) and a POSIX shell, and says so when they are
//! missing; it never skips. When root runs it, the server runs as the user `postgres`. A shell
//! watches over the server: it holds the reading end of a pipe, so however this process ends, the
//! server is stopped and its directory removed.

#![allow(dead_code, reason = "each includer uses a part of it")]

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fsync {
    On,
    /// Faster; for tests that never pull the plug.
    Off,
}

/// The cluster this process shares; started by the first caller. Panics when it can't be started.
pub(crate) fn shared(fsync: Fsync) -> &'static Cluster {
    static DURABLE: OnceLock<Cluster> = OnceLock::new();
    static FAST: OnceLock<Cluster> = OnceLock::new();
    let cell = match fsync {
        Fsync::On => &DURABLE,
        Fsync::Off => &FAST,
    };
    cell.get_or_init(|| match Cluster::start(fsync) {
        Ok(cluster) => cluster,
        Err(why) => panic!("{why}"),
    })
}

/// A running server in a temporary directory; stopped and removed when dropped.
pub(crate) struct Cluster {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
    databases: AtomicU32,
    watcher: Mutex<Child>,
}

/// Shown where the binaries are missing.
const MISSING: &str = "PostgreSQL's server binaries (initdb, postgres, psql) were not found in \
    /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin or PATH. Install them (Debian, Ubuntu: \
    `apt-get install postgresql`); the tests start a private cluster of their own and do not skip.";

/// Runs the server ("$@") until standard input ends; restarts it after each line read.
const WATCH: &str = r#"
dir=$1; shift
stop() { kill -QUIT "$(head -n 1 "$dir/data/postmaster.pid")"; wait; } 2>/dev/null
"$@" &
while read -r _; do stop; "$@" & done
stop
rm -rf "$dir"
"#;

const SETTINGS: &[&str] = &[
    "shared_buffers=256MB",
    "max_connections=200",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    "autovacuum_naptime=10s",
    "full_page_writes=on",
    "timezone=UTC",
    "log_min_messages=warning",
];

impl Cluster {
    /// Makes a new cluster and waits until it answers.
    pub(crate) fn start(fsync: Fsync) -> Result<Self, String> {
        let bin = binaries().ok_or_else(|| MISSING.to_owned())?;
        let mut last = String::new();
        for _ in 0..3 {
            match Self::start_once(&bin, fsync) {
                Ok(cluster) => return Ok(cluster),
                Err(why) => last = why,
            }
            // Somebody took the port between our choosing and using it; anything else stays.
            if !last.contains("Address already in use") {
                break;
            }
        }
        Err(last)
    }

    fn start_once(bin: &Path, fsync: Fsync) -> Result<Self, String> {
        let (dir, root) = directory()?;
        let start = || {
            let user = as_user(root)?;
            let mut initdb = command(&user, &bin.join("initdb"));
            initdb.arg("-D").arg(dir.join("data"));
            initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
            succeeded("initdb", &run(&mut initdb)?)?;
            let port = free_port()?;
            Ok((port, watch(bin, &dir, &user, port, fsync)?))
        };
        let (port, watcher) = start().inspect_err(|_: &String| {
            let _ = fs::remove_dir_all(&dir);
        })?;
        let cluster = Cluster {
            bin: bin.to_owned(),
            dir,
            port,
            databases: AtomicU32::new(0),
            watcher: Mutex::new(watcher),
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The address of a new, empty database.
    pub(crate) fn fresh_database(&self) -> Result<String, String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("create database {name} template template0"))?;
        Ok(self.url(&name))
    }

    /// The address of a database, as its administrator, through the Unix socket.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// The same for another role; no password is asked for.
    pub(crate) fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@localhost:{}/{database}?host={}", self.port, self.dir.display())
    }

    /// The same over TCP on the loopback interface.
    pub(crate) fn tcp_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL as the administrator and returns what psql prints, unaligned.
    pub(crate) fn psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let output = run(Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.dir)
            .args(["-p", &self.port.to_string(), "-d", database, "-c", sql]))?;
        succeeded("psql", &output)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Stops the server as a crash would, starts it again and waits until it answers.
    pub(crate) fn crash(&self) -> Result<(), String> {
        let before = self.psql("postgres", "select pg_postmaster_start_time()")?;
        {
            let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
            let pipe = watcher.stdin.as_mut().ok_or("the server is being stopped")?;
            pipe.write_all(b"\n").map_err(|error| format!("the server is gone: {error}"))?;
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.psql("postgres", "select pg_postmaster_start_time()") {
                Ok(now) if now != before => return Ok(()),
                Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        Err(format!("PostgreSQL did not come back: {}", self.log_tail()))
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.psql("postgres", "select 1").is_ok() {
                return Ok(());
            }
            let log = self.log_tail();
            if log.contains("FATAL") && !log.contains("starting up") {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("PostgreSQL did not start: {}", self.log_tail()))
    }

    fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

const PATIENCE: Duration = Duration::from_secs(60);

impl Drop for Cluster {
    fn drop(&mut self) {
        let watcher = self.watcher.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(watcher.stdin.take());
        let _ = watcher.wait();
    }
}

/// The folder of the newest server found.
fn binaries() -> Option<PathBuf> {
    let mut found = Vec::new();
    for (parent, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        let Ok(entries) = fs::read_dir(parent) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let version = name.strip_prefix(prefix).and_then(|version| version.parse::<u32>().ok());
            if let Some(version) = version {
                found.push((version, entry.path().join("bin")));
            }
        }
    }
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = found.into_iter().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    let complete =
        |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|b| folder.join(b).exists());
    folders.into_iter().find(complete)
}

/// A new directory, and whether root made it; then it belongs to `postgres`.
fn directory() -> Result<(PathBuf, bool), String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    // Short: the path of a Unix socket may have 107 bytes.
    let dir = std::env::temp_dir().join(format!("rollcall-pg-{}-{number}", std::process::id()));
    let failed = |error| format!("can't make {}: {error}", dir.display());
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).map_err(failed)?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    let root = fs::metadata(&dir).map_err(failed)?.uid() == 0;
    if root {
        succeeded("chown", &run(Command::new("chown").arg("postgres").arg(&dir))?)?;
    }
    Ok((dir, root))
}

/// What to put before a command so that it doesn't run as root, which the server refuses.
fn as_user(root: bool) -> Result<Vec<String>, String> {
    if !root {
        return Ok(vec![]);
    }
    let tries: [&[&str]; 2] = [
        &["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"],
        &["runuser", "-u", "postgres", "--"],
    ];
    for words in tries {
        let works = Command::new(words[0]).args(&words[1..]).arg("true").output();
        if works.is_ok_and(|output| output.status.success()) {
            return Ok(words.iter().map(|&word| word.to_owned()).collect());
        }
    }
    Err("PostgreSQL refuses to run as root, and neither setpriv nor runuser can become the user \
         `postgres`; run as another user"
        .to_owned())
}

fn command(user: &[String], program: &Path) -> Command {
    let mut command = match user.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir("/");
    command
}

fn watch(
    bin: &Path,
    dir: &Path,
    user: &[String],
    port: u16,
    fsync: Fsync,
) -> Result<Child, String> {
    let failed = |error| format!("can't start PostgreSQL: {error}");
    let log = fs::File::create(dir.join("log")).map_err(failed)?;
    let mut server = Command::new("sh");
    server.args(["-c", WATCH, "sh"]).arg(dir).args(user).arg(bin.join("postgres"));
    server.arg("-D").arg(dir.join("data")).arg("-k").arg(dir);
    server.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    let fsync = match fsync {
        Fsync::On => "fsync=on",
        Fsync::Off => "fsync=off",
    };
    server.args(["-c", fsync]);
    server.current_dir("/").process_group(0).stdin(Stdio::piped());
    server.stdout(log.try_clone().map_err(failed)?).stderr(log);
    server.spawn().map_err(failed)
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|socket| socket.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port: {error}"))
}

fn run(command: &mut Command) -> Result<Output, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.output().map_err(|error| format!("can't run {program}: {error}"))
}

fn succeeded(what: &str, output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{what} failed: {}", String::from_utf8_lossy(&output.stderr)))
}
