//! A browser as tests use it: in the words of somebody who sits before it. Every word waits for what it
//! speaks of, and says what was on the page where that does not come.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rollcall_domain::access::Role;
use serde_json::{Value, json};
use thirtyfour::WebDriver;
use thirtyfour::error::WebDriverResult;
use tokio::sync::SemaphorePermit;

use super::driver;
use super::named::{self, FILLED, Named, PRESSED};
use super::office::Office;
use crate::place::PATIENCE;
use crate::stage::Stage;
use crate::visitor::PASSWORD;

pub(crate) struct Browser {
    pub(super) driver: WebDriver,
    home: String,
    _place: SemaphorePermit<'static>,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    pub(crate) const ALL: [Look; 3] = [Look::Light, Look::Dark, Look::Phone];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Look::Light => "light",
            Look::Dark => "dark",
            Look::Phone => "phone",
        }
    }
}

impl Browser {
    /// Somebody in this role, at an installation.
    pub(crate) async fn signed_in_as(stage: &Stage, role: Role) -> Browser {
        let browser = Browser::of_a_stranger(stage).await;
        browser.sign_in(&Office::of(stage).await.member(role).await).await;
        browser
    }

    /// Somebody who has not signed in.
    pub(crate) async fn of_a_stranger(stage: &Stage) -> Browser {
        let (driver, place) = driver::open().await;
        let home = format!("http://{}", stage.node.address);
        let browser = Browser { driver, home, _place: place };
        for domain in ["Accessibility.enable", "DOM.enable"] {
            browser.cdp(domain, json!({})).await;
        }
        browser.looks(Look::Light).await;
        browser
    }

    /// With the usual password.
    pub(crate) async fn sign_in(&self, email: &str) {
        self.visit("/sign-in").await;
        self.fill("E-mail", email).await;
        self.fill("Password", PASSWORD).await;
        self.click("Sign in").await;
        self.sees("Skip to content").await;
    }

    /// Leaves the tenant for what is behind all of them.
    pub(crate) async fn runs_the_installation(&self) {
        self.visit("/").await;
        self.click("Tenant: ").await;
        self.click("Installation").await;
        self.is_at("/engine").await;
    }

    pub(crate) async fn visit(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.home)).await.unwrap();
    }

    /// Presses the first thing with a name that begins so: a button, a link, a box to tick.
    pub(crate) async fn click(&self, name: &str) {
        self.act(name, &PRESSED, async |found| found.click(&self.driver).await).await;
    }

    /// Ticks the box of this name.
    pub(crate) async fn tick(&self, name: &str) {
        self.act(name, &["checkbox"], async |found| found.click(&self.driver).await).await;
    }

    /// Types into the field with this label, or chooses from it.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        self.act(label, &FILLED, async |found| found.fill(&self.driver, text).await).await;
    }

    /// Does something with the first element of that name, as soon as there is one.
    async fn act(
        &self,
        name: &str,
        roles: &[&str],
        mut act: impl AsyncFnMut(Named) -> WebDriverResult<()>,
    ) {
        self.eventually(&format!("something called {name:?}"), async || {
            match named::first(&self.driver, name, roles).await? {
                Some(found) => act(found).await.map(|()| true),
                None => Ok(false),
            }
        })
        .await;
    }

    /// Goes to what has this name as people without a mouse do.
    pub(crate) async fn tab_to(&self, name: &str) {
        for _ in 0..200 {
            self.press("Tab").await;
            if named::focused(&self.driver).await.unwrap().starts_with(name) {
                return;
            }
        }
        panic!("the keyboard never comes to {name:?} at {}", self.address().await);
    }

    /// Goes there without a mouse, and opens it.
    pub(crate) async fn enters(&self, name: &str) {
        self.tab_to(name).await;
        self.press("Enter").await;
    }

    /// Waits until this can be read on the page.
    pub(crate) async fn sees(&self, text: &str) {
        let what = format!("the text {text:?}");
        self.eventually(&what, async || Ok(self.text().await?.contains(text))).await;
    }

    /// Waits until this can't be read on the page any more.
    pub(crate) async fn misses(&self, text: &str) {
        let what = format!("a page without the text {text:?}");
        self.eventually(&what, async || Ok(!self.text().await?.contains(text))).await;
    }

    /// Waits until the page has an address that begins so.
    pub(crate) async fn is_at(&self, path: &str) {
        let start = format!("{}{path}", self.home);
        let here = async || Ok(self.driver.current_url().await?.as_str().starts_with(&start));
        self.eventually(&format!("the address {path}"), here).await;
    }

    /// The path and query of the page that is open.
    pub(crate) async fn address(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.as_str().strip_prefix(&self.home).unwrap_or_default().to_owned()
    }

    /// Presses a key, on whatever has the focus.
    pub(crate) async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Space" => (32, " "),
            "Tab" => (9, ""),
            "Escape" => (27, ""),
            "ArrowDown" => (40, ""),
            other => panic!("teach `press` the key {other}"),
        };
        let key = if key == "Space" { " " } else { key };
        for (kind, text) in [("keyDown", text), ("keyUp", "")] {
            let event = json!({
                "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text,
            });
            self.cdp("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Types where the focus is.
    pub(crate) async fn types(&self, text: &str) {
        self.cdp("Input.insertText", json!({ "text": text })).await;
    }

    pub(crate) async fn looks(&self, look: Look) {
        let (width, height) = if look == Look::Phone { (390, 844) } else { (1280, 900) };
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        let features = [
            json!({ "name": "prefers-color-scheme", "value": scheme }),
            json!({ "name": "prefers-reduced-motion", "value": "reduce" }),
        ];
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Keeps how the whole page looks, in `target/screenshots`.
    pub(crate) async fn shot(&self, name: &str) -> PathBuf {
        let metrics = self.cdp("Page.getLayoutMetrics", json!({})).await;
        let size = |name: &str| metrics["cssContentSize"][name].as_f64().unwrap();
        let (width, height) = (size("width"), size("height").min(4_000.0));
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let taken = self.cdp("Page.captureScreenshot", asked).await;
        let picture = base64(taken["data"].as_str().unwrap());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, picture).unwrap();
        file
    }

    /// What a script says of the page.
    pub(super) async fn script(&self, script: &str) -> Value {
        self.driver.execute(script, vec![]).await.unwrap().json().clone()
    }

    pub(super) async fn cdp(&self, method: &str, params: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, params).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) async fn close(self) {
        self.driver.quit().await.unwrap();
    }

    /// What can be read, with single blanks.
    async fn text(&self) -> WebDriverResult<String> {
        let text = self.driver.execute("return document.body.innerText", vec![]).await?;
        let text = text.json().as_str().unwrap_or_default();
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A page on its way to another one answers with errors; it is asked again.
    pub(super) async fn eventually(
        &self,
        what: &str,
        mut holds: impl AsyncFnMut() -> WebDriverResult<bool>,
    ) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let last = holds().await;
            if let Ok(true) = last {
                return;
            }
            if Instant::now() > deadline {
                let shot = self.shot("failed").await;
                let (at, text) = (self.address().await, self.text().await);
                let shot = shot.display();
                panic!("{what} never came at {at} ({shot}); last: {last:?}; there is: {text:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
