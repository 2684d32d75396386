//! Chromium without a window, driven as a person uses it: opens, types, clicks, reads.

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use thirtyfour::{By, CapabilitiesHelper, DesiredCapabilities, WebDriver, WebElement, WindowHandle};

use crate::process::{PATIENCE, Process, REST};

const HOW_TO_INSTALL: &str = "no browser: apt-get install --no-install-recommends chromium chromium-driver";

/// What a browser is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Whether pages may run scripts.
    pub(crate) scripts: bool,
    /// The language that it asks for.
    pub(crate) language: &'static str,
    /// Whether it is as wide as the smallest screens, 320 pixels.
    pub(crate) small: bool,
    /// Whether it prefers dark colours.
    pub(crate) dark: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self { scripts: true, language: "en", small: false, dark: false }
    }
}

/// The driver of this test's browsers.
#[derive(Debug)]
pub(crate) struct Chromium {
    _driver: Process,
    address: String,
    // Last: what browsers leave behind goes when they have gone.
    _folder: tempfile::TempDir,
}

impl Chromium {
    /// Starts the driver on a port of its own choice.
    pub(crate) fn start() -> Self {
        // The client of the driver takes the process's provider; installed already is as good.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let found = Command::new("chromedriver").arg("--version").output();
        assert!(found.is_ok_and(|output| output.status.success()), "{HOW_TO_INSTALL}");
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("chromedriver");
        command.env("TMPDIR", folder.path()).args(["--port=0", "--allowed-ips=127.0.0.1"]);
        let (driver, port) = Process::start(&mut command, |line| {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        Self { _driver: driver, address: format!("http://127.0.0.1:{port}"), _folder: folder }
    }

    /// A browser that nobody has used.
    pub(crate) async fn browser(&self) -> Browser {
        self.browser_with(Wish::default()).await
    }

    /// The same, with a wish.
    pub(crate) async fn browser_with(&self, wish: Wish) -> Browser {
        let mut capabilities = DesiredCapabilities::chrome();
        let scripts = if wish.scripts { 1 } else { 2 };
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                "--window-size=1280,900", if wish.dark { "--force-dark-mode" } else { "--disable-extensions" },
            ],
            "prefs": {
                "profile.managed_default_content_settings.javascript": scripts,
                "intl.accept_languages": wish.language,
                "credentials_enable_service": false,
            },
        });
        if wish.small {
            // A window cannot be made that narrow.
            let metrics = json!({ "width": 320, "height": 640, "pixelRatio": 1.0, "mobile": false, "touch": false });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        capabilities.set("goog:chromeOptions", options).expect("options");
        capabilities.set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" })).expect("options");
        Browser(WebDriver::new(&self.address, capabilities).await.expect("a browser"))
    }
}

/// A browser with one window and one tab, until another is opened. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Browser(WebDriver);

/// One of a browser's tabs.
#[derive(Clone, Debug)]
pub(crate) struct Tab(WindowHandle);

impl Browser {
    /// Opens an address.
    pub(crate) async fn open(&self, address: &str) {
        self.0.goto(address).await.expect("a page");
    }

    /// Opens the same address again.
    pub(crate) async fn reload(&self) {
        self.0.refresh().await.expect("a page");
    }

    /// Goes back, as its button does.
    pub(crate) async fn back(&self) {
        self.0.back().await.expect("a page");
    }

    /// Goes forward again.
    pub(crate) async fn forward(&self) {
        self.0.forward().await.expect("a page");
    }

    /// The tab that is in front.
    pub(crate) async fn tab(&self) -> Tab {
        Tab(self.0.window().await.expect("a tab"))
    }

    /// Opens an address in a tab of its own, which is in front from now on.
    pub(crate) async fn open_tab(&self, address: &str) -> Tab {
        let tab = Tab(self.0.new_tab().await.expect("a tab"));
        self.turn_to(&tab).await;
        self.open(address).await;
        tab
    }

    /// Takes a tab to the front.
    pub(crate) async fn turn_to(&self, tab: &Tab) {
        self.0.switch_to_window(tab.0.clone()).await.expect("a tab");
    }

    /// Where it is.
    pub(crate) async fn address(&self) -> String {
        self.0.current_url().await.expect("an address").into()
    }

    /// The tab's title.
    pub(crate) async fn title(&self) -> String {
        self.0.title().await.expect("a title")
    }

    /// Waits for an element.
    pub(crate) async fn find(&self, selector: &str) -> WebElement {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(element) = self.0.find(By::Css(selector)).await {
                return element;
            }
            assert!(Instant::now() < deadline, "no {selector} on {}: {}", self.address().await, self.text().await);
            tokio::time::sleep(REST).await;
        }
    }

    /// Clicks.
    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.expect("an element to click on");
    }

    /// Types into a field.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    /// What stands on the page for a person to read.
    pub(crate) async fn text(&self) -> String {
        let body = self.0.find(By::Tag("body")).await.expect("a page");
        body.text().await.expect("a text")
    }

    /// Waits until a person can read this.
    pub(crate) async fn reads(&self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // The page may go while it is read.
            let body = self.0.find(By::Tag("body")).await;
            let text = match &body {
                Ok(body) => body.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text.contains(words) {
                return;
            }
            assert!(Instant::now() < deadline, "no {words:?} on {}: {text}", self.address().await);
            tokio::time::sleep(REST).await;
        }
    }

    /// Runs a script as the driver may, whatever pages may.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.0.execute(script, Vec::new()).await.expect("a script that works").json().clone()
    }

    /// What the browser complained of since it was last asked: pages' own errors, broken policies, whatever it would not
    /// load. That an answer has the status of a mistake is none; some of our pages do.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let lines = self.0.browser_log().await.expect("a log");
        let serious = lines.into_iter().filter(|line| ["SEVERE", "WARNING"].contains(&line.level.as_str()));
        let messages = serious.map(|line| line.message);
        messages.filter(|message| !message.contains("the server responded with a status of 4")).collect()
    }

    /// The requests since it was last asked, as the network saw them: address and headers.
    pub(crate) async fn requests(&self) -> Vec<Value> {
        let lines = self.0.get_log("performance").await.expect("a log");
        let events = lines.iter().filter_map(|line| serde_json::from_str::<Value>(&line.message).ok());
        let sent = events.filter_map(|mut event| {
            let message = event["message"].take();
            match message["method"].as_str()? {
                "Network.requestWillBeSent" => Some(json!({
                    "url": message["params"]["request"]["url"], "headers": message["params"]["request"]["headers"],
                })),
                "Network.requestWillBeSentExtraInfo" => {
                    Some(json!({ "url": "", "headers": message["params"]["headers"] }))
                }
                _ => None,
            }
        });
        sent.collect()
    }

    /// Keeps a picture of the page where `REGAIN_TEST_PICTURES` names a folder, for whoever wants to look.
    #[expect(clippy::disallowed_methods, reason = "where pictures go is told to the tests from outside")]
    pub(crate) async fn picture(&self, name: &str) {
        if let Ok(folder) = std::env::var("REGAIN_TEST_PICTURES") {
            std::fs::create_dir_all(&folder).expect("a folder");
            let file = std::path::Path::new(&folder).join(format!("{name}.png"));
            self.0.screenshot(&file).await.expect("a picture");
        }
    }
}
