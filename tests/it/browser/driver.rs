//! One chromedriver for all tests of this process, and places for a few browsers at a time.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use thirtyfour::{CapabilitiesHelper, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::place::eventually;

/// Browsers are large; more at a time would only wait for one another.
static PLACES: Semaphore = Semaphore::const_new(2);

const MISSING: &str = "was not found in PATH. Install Debian's chromium and chromium-driver \
    (`scripts/test` does it); the tests of pages do not skip.";

/// Runs the driver ("$@") until standard input ends, which it does however this process ends; then
/// ends it, its browsers, and what they left behind.
const WATCH: &str = r#"
dir=$1; shift
export TMPDIR="$dir"
"$@" &
read -r _
trap '' TERM
kill -TERM "-$$"; wait
rm -rf "$dir"
"#;

struct Driver {
    port: u16,
    /// Holds the pipe that the driver lives by.
    _watcher: Child,
}

/// A new browser with nothing in it, and its place.
pub(super) async fn open() -> (WebDriver, SemaphorePermit<'static>) {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    let place = PLACES.acquire().await.expect("nobody closes the places");
    let port = DRIVER.get_or_init(start).port;
    eventually("the driver answers", async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
    })
    .await;
    let mut wanted = DesiredCapabilities::chrome();
    let browser = found(&["chromium", "chromium-browser", "google-chrome"]);
    wanted.set_binary(&browser.to_string_lossy()).unwrap();
    for flag in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ] {
        wanted.add_arg(flag).unwrap();
    }
    // What the browser says on its console is kept, for tests that want nothing said.
    wanted.set("goog:loggingPrefs", serde_json::json!({ "browser": "ALL" })).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let opened = WebDriver::builder(address, wanted).client(client).connect().await;
    (opened.unwrap(), place)
}

fn start() -> Driver {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let driver = found(&["chromedriver"]);
    let dir = std::env::temp_dir().join(format!("rollcall-browser-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir(&dir).unwrap();
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let watcher = Command::new("sh")
        .args(["-c", WATCH, "sh"])
        .arg(&dir)
        .arg(driver)
        .arg(format!("--port={port}"))
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Driver { port, _watcher: watcher }
}

/// The first of these programs that there is.
fn found(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|file| file.exists()).unwrap_or_else(|| panic!("{} {MISSING}", names[0]))
}
