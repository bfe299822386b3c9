//! A real Chromium without a window, driven by its own driver over the few
//! calls that a story needs. What a page does is waited for by events
//! in the page, never by time.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");

/// What nothing in a page may take longer than.
const PATIENCE_MS: u64 = 20_000;

/// How often a page without scripts is read at most.
const TRIES_MAX: usize = 500;

/// Most pages that one wait may see go.
const PAGES_MAX: usize = 4;

/// What the driver says of a script whose page has gone; it calls that a timeout
/// too where the page goes while it attaches to it.
const GONE: [&str; 4] = [
    "unloaded",
    "aborted by navigation",
    "execution context",
    "script timeout",
];

/// A browser with one page, ended when it is dropped.
pub struct Browser {
    session: String,
    driver: Child,
    agent: ureq::Agent,
    profile: TempDir,
}

/// What a page is seen through.
#[derive(Clone, Copy)]
pub struct Window {
    pub width: u32,
    pub height: u32,
    /// Dots of the screen to a pixel of the page.
    pub scale: u32,
}

pub const DESK: Window = Window {
    width: 1280,
    height: 800,
    scale: 1,
};

/// The desk's screen at 200 %: everything twice as large, half as much room.
pub const DESK_AT_200: Window = Window {
    width: 640,
    height: 400,
    scale: 2,
};

/// What A4 has between its margins.
const PAPER: Window = Window {
    width: 703,
    height: 1032,
    scale: 2,
};

pub const PHONE: Window = Window {
    width: 400,
    height: 860,
    scale: 2,
};

impl Browser {
    pub fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (package chromium-driver) starts");
        let port = port(&mut driver);
        let profile = tempfile::tempdir().unwrap();
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_mins(1)))
            .http_status_as_error(false)
            .build();
        let mut browser = Self {
            session: format!("http://127.0.0.1:{port}/session"),
            driver,
            agent: agent.into(),
            profile,
        };
        browser.open_session();
        browser
    }

    fn open_session(&mut self) {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &profile,
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "timeouts": { "script": PATIENCE_MS, "pageLoad": PATIENCE_MS },
        } } });
        let opened = self.call("", &wanted);
        let id = opened["sessionId"].as_str().unwrap();
        self.session = format!("{}/{id}", self.session);
    }

    fn call(&self, path: &str, body: &Value) -> Value {
        let answered = self.try_call(path, body);
        answered.unwrap_or_else(|fault| panic!("{path}: {fault}"))
    }

    fn try_call(&self, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let mut response = self
            .agent
            .post(&url)
            .header("content-type", "application/json")
            .send(body.to_string())
            .unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        if !response.status().is_success() {
            return Err(text);
        }
        Ok(serde_json::from_str::<Value>(&text).unwrap()["value"].take())
    }

    /// A command of the browser's own protocol.
    pub fn command(&self, name: &str, params: &Value) -> Value {
        let body = json!({ "cmd": name, "params": params });
        self.call("/goog/cdp/execute", &body)
    }

    pub fn resize(&self, window: Window) {
        let metrics = json!({
            "width": window.width,
            "height": window.height,
            "deviceScaleFactor": window.scale,
            "mobile": false,
        });
        self.command("Emulation.setDeviceMetricsOverride", &metrics);
    }

    pub fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.command(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
    }

    pub fn open(&self, url: &str) {
        self.call("/url", &json!({ "url": url }));
    }

    /// Runs a function's body in the page.
    pub fn run(&self, script: &str) -> Value {
        self.call("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a function's body in the page, which calls `done` when it is.
    pub fn wait(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.call("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Waits until `expression` is true in the page, asked whenever it changes. A
    /// page that goes away ends the wait in it, and the next page is asked.
    pub fn wait_until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0];
             const look = () => {{ if ({expression}) {{ watch.disconnect(); done(true); }} }};
             const watch = new MutationObserver(look);
             watch.observe(document, {{
               subtree: true, childList: true, attributes: true, characterData: true,
             }});
             look();"
        );
        let body = json!({ "script": script, "args": [] });
        for _page in 0..PAGES_MAX {
            match self.try_call("/execute/async", &body) {
                Ok(_) => return,
                Err(fault) if GONE.iter().any(|words| fault.contains(words)) => {}
                Err(fault) => panic!("{expression}: {fault}"),
            }
        }
        panic!("{expression}: on none of {PAGES_MAX} pages");
    }

    /// Waits until the page has gone to this path by itself.
    pub fn wait_until_page(&self, path: &str) {
        self.wait_until(&format!("location.pathname === '{path}'"));
    }

    /// The page's text, read without any script once these words are in it.
    pub fn text_with(&self, words: &str) -> String {
        let read = || {
            let tree = self.command("Accessibility.getFullAXTree", &json!({}));
            let nodes = tree["nodes"].as_array().unwrap();
            let names = nodes
                .iter()
                .filter_map(|node| node["name"]["value"].as_str());
            names.collect::<Vec<_>>().join("\n")
        };
        // Without scripts a page cannot say that it is there.
        let found = (0..TRIES_MAX).map(|_| read()).find(|it| it.contains(words));
        found.unwrap_or_else(|| panic!("{words}: {}", read()))
    }

    pub fn click(&self, selector: &str) {
        let found = self.call(
            "/element",
            &json!({ "using": "css selector", "value": selector }),
        );
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        let id = id.as_str().unwrap();
        self.call(&format!("/element/{id}/click"), &json!({}));
    }

    /// Presses keys where the focus is.
    pub fn type_keys(&self, selector: &str, text: &str) {
        let found = self.call(
            "/element",
            &json!({ "using": "css selector", "value": selector }),
        );
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        let path = format!("/element/{}/value", id.as_str().unwrap());
        self.call(&path, &json!({ "text": text }));
    }

    /// What axe-core finds wrong with the page, each with its first place.
    pub fn violations(&self) -> Vec<String> {
        self.run(&format!("{AXE};"));
        let found = self.wait(
            "axe.run(document, { resultTypes: ['violations'] }).then(
               (it) => done(it.violations.map((v) =>
                 `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).slice(0, 3)}`)),
               (error) => done([`axe itself: ${error}`]));",
        );
        serde_json::from_value(found).unwrap()
    }

    /// Keeps a picture of the whole page, or of the window where `whole` is false.
    pub fn picture(&self, name: &str, whole: bool) {
        self.wait("document.fonts.ready.then(() => done(true));");
        let shot = self.command(
            "Page.captureScreenshot",
            &json!({ "captureBeyondViewport": whole }),
        );
        let png = data_encoding::BASE64
            .decode(shot["data"].as_str().unwrap().as_bytes())
            .unwrap();
        fs::write(pictures().join(format!("{name}.png")), png).unwrap();
    }

    /// Keeps the page as it is printed; how many sheets of paper it takes.
    pub fn printed(&self, name: &str) -> usize {
        self.command("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
        self.resize(PAPER);
        self.picture(&format!("{name}-printed"), true);
        self.command("Emulation.setEmulatedMedia", &json!({ "media": "" }));
        let print = self.command(
            "Page.printToPDF",
            &json!({ "preferCSSPageSize": true, "printBackground": true }),
        );
        let pdf = data_encoding::BASE64
            .decode(print["data"].as_str().unwrap().as_bytes())
            .unwrap();
        fs::write(pictures().join(format!("{name}.pdf")), &pdf).unwrap();
        let text = String::from_utf8_lossy(&pdf);
        text.matches("/Type /Page\n").count()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closing the session ends the browser; the driver is ours to end. Where
        // either is gone already there is nothing left to end.
        drop(self.agent.delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

fn port(driver: &mut Child) -> u16 {
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.map(Result::unwrap).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    port.expect("chromedriver says on which port it listens")
}

/// Where pictures of pages are put.
fn pictures() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let folder = target.join("pictures/pages");
    fs::create_dir_all(&folder).unwrap();
    folder
}
