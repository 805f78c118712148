//! One tab, used as a person uses it: go somewhere, read, fill in, press, go back.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::devtools::DevTools;
use super::write_picture;
use crate::process::PATIENCE;

/// Finds things by their words; evaluates to an object of functions.
const FIND: &str = include_str!("find.js");
const NAVIGATED: &str = "Page.frameNavigated";

/// How a page is looked at: on what, and in which light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width in CSS pixels.
    pub width: u32,
    /// Dark rather than light.
    pub dark: bool,
}

impl Look {
    /// A desktop in daylight: how every page starts.
    pub const DESKTOP: Self = Self { width: 1280, dark: false };
    /// Desktop and phone, light and dark.
    pub const ALL: [Self; 4] = [
        Self::DESKTOP,
        Self { width: 1280, dark: true },
        Self { width: 390, dark: false },
        Self { width: 390, dark: true },
    ];

    fn height(self) -> u32 {
        if self.width < 600 { 844 } else { 900 }
    }

    /// For file names: `1280-light`, `390-dark` …
    pub fn name(self) -> String {
        format!("{}-{}", self.width, if self.dark { "dark" } else { "light" })
    }
}

/// One tab of one person.
pub struct Page {
    devtools: Arc<DevTools>,
    target: String,
    session: String,
}

impl Page {
    #[track_caller]
    pub(super) fn open(devtools: &Arc<DevTools>, context: &str) -> Self {
        let wanted = json!({ "url": "about:blank", "browserContextId": context });
        let target = devtools.call(None, "Target.createTarget", &wanted);
        let target = target["targetId"].as_str().unwrap_or_default().to_owned();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = devtools.call(None, "Target.attachToTarget", &attach);
        let session = session["sessionId"].as_str().unwrap_or_default().to_owned();
        let page = Self { devtools: Arc::clone(devtools), target, session };
        page.call("Page.enable", &json!({}));
        page.look(Look::DESKTOP);
        page
    }

    #[track_caller]
    fn call(&self, method: &str, params: &Value) -> Value {
        self.devtools.call(Some(&self.session), method, params)
    }

    /// Evaluates a call of one of the functions of `find.js`; none while the page is changing.
    fn find(&self, call: &str) -> Option<Value> {
        let params = json!({ "expression": format!("({FIND}).{call}"), "returnByValue": true });
        let result = self.devtools.try_call(Some(&self.session), "Runtime.evaluate", &params).ok()?;
        match result.get("exceptionDetails") {
            Some(problem) => panic!("find.js failed at {call}: {problem}"),
            None => Some(result["result"]["value"].clone()),
        }
    }

    /// Tries until it works out, and panics with what the page shows when it doesn't.
    #[track_caller]
    fn until<T>(&self, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE / 2;
        loop {
            if let Some(result) = attempt() {
                return result;
            }
            if Instant::now() > until {
                panic!("the page at {} does not show {what}; it shows:\n{}", self.address(), self.text());
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Does something that leads to another page, and waits until that is there.
    #[track_caller]
    fn leaving(&self, what: &str, act: impl FnOnce()) {
        let seen = self.devtools.count(&self.session, NAVIGATED);
        act();
        if !self.devtools.wait(&self.session, NAVIGATED, seen, PATIENCE / 2) {
            panic!("{what} led nowhere; the page at {} shows:\n{}", self.address(), self.text());
        }
        self.until("a whole page", || self.find("ready()").filter(|ready| ready == &json!(true)));
    }

    /// Goes to an address, as if typed.
    #[track_caller]
    pub fn goto(&self, address: &str) {
        self.leaving(&format!("going to {address}"), || {
            self.call("Page.navigate", &json!({ "url": address }));
        });
    }

    /// Goes back in history, as the button does.
    #[track_caller]
    pub fn back(&self) {
        let history = self.call("Page.getNavigationHistory", &json!({}));
        let now = history["currentIndex"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        let Some(entry) = now.checked_sub(1).and_then(|before| history["entries"].get(before)) else {
            panic!("there is nothing to go back to");
        };
        self.leaving("going back", || {
            self.call("Page.navigateToHistoryEntry", &json!({ "entryId": entry["id"] }));
        });
    }

    /// Loads the page again.
    #[track_caller]
    pub fn reload(&self) {
        self.leaving("loading again", || {
            self.call("Page.reload", &json!({}));
        });
    }

    /// The address in the address bar.
    pub fn address(&self) -> String {
        self.devtools.newest_address(&self.session).unwrap_or_else(|| "about:blank".to_owned())
    }

    /// All text that is shown.
    pub fn text(&self) -> String {
        let text = self.find("text()").and_then(|text| text.as_str().map(str::to_owned));
        text.unwrap_or_default()
    }

    /// Waits until the page shows this text.
    #[track_caller]
    pub fn see(&self, text: &str) {
        self.until(&format!("`{text}`"), || self.text().contains(text).then_some(()));
    }

    /// Whether the page shows this text now.
    pub fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Fills in the field with this label.
    #[track_caller]
    pub fn fill(&self, label: &str, text: &str) {
        let find = format!("field({})", json!(label));
        self.front();
        self.until(&format!("a field `{label}`"), || self.find(&find).filter(|found| found == &json!(true)));
        self.call("Input.insertText", &json!({ "text": text }));
        let value = self.find(&format!("value({})", json!(label)));
        assert!(
            value == Some(json!(text)),
            "the field `{label}` should hold what was typed, and holds {value:?}"
        );
    }

    /// Clicks the button or the link that says this, and waits for the page it leads to.
    #[track_caller]
    pub fn press(&self, label: &str) {
        self.leaving(&format!("`{label}`"), || self.click(label));
    }

    /// Clicks, and doesn't wait for anything.
    #[track_caller]
    pub fn click(&self, label: &str) {
        self.front();
        let find = format!("press({})", json!(label));
        let what = format!("a button or link `{label}`");
        let point = self.until(&what, || self.find(&find).filter(|point| !point.is_null()));
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let (button, buttons) = if kind == "mouseMoved" { ("none", 0) } else { ("left", 1) };
            let mouse = json!({ "type": kind, "x": point["x"], "y": point["y"], "button": button,
                "buttons": buttons, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &mouse);
        }
    }

    /// Whether there is a button or a link that says this.
    pub fn has(&self, label: &str) -> bool {
        self.find(&format!("press({})", json!(label))).is_some_and(|point| !point.is_null())
    }

    /// Presses a key: `Tab`, `Enter` or a space.
    #[track_caller]
    pub fn key(&self, key: &str) {
        self.front();
        let (code, number, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            " " => ("Space", 32, " "),
            other => panic!("the harness has no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "text": text });
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Presses a key that leads to another page.
    #[track_caller]
    pub fn key_to_next_page(&self, key: &str) {
        self.leaving(&format!("the key {key}"), || self.key(key));
    }

    /// What has the keyboard's focus, as its own words.
    pub fn focused(&self) -> String {
        let expression = "(() => { const e = document.activeElement; \
             return e.labels?.[0]?.innerText ?? e.innerText ?? e.tagName })()";
        let value = self.evaluate(expression);
        value.as_str().unwrap_or_default().trim().to_owned()
    }

    /// Evaluates JavaScript in the page, from outside: also where the page's own is off.
    #[track_caller]
    pub fn evaluate(&self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", &params);
        if let Some(problem) = result.get("exceptionDetails") {
            panic!("{expression} failed: {problem}");
        }
        result["result"]["value"].clone()
    }

    /// Turns the pages' JavaScript off, for everything that is loaded from now on.
    #[track_caller]
    pub fn without_javascript(&self) {
        self.call("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    }

    /// What a screen reader would have to guess here; empty when nothing is missing.
    pub fn unnamed(&self) -> Vec<String> {
        let found = self.find("unnamed()").unwrap_or_default();
        found.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// By how many pixels the page is wider than the window.
    pub fn overflow(&self) -> u64 {
        self.find("overflow()").and_then(|pixels| pixels.as_u64()).unwrap_or(0)
    }

    /// Looks at the page with another device or in another light.
    #[track_caller]
    pub fn look(&self, look: Look) {
        let size =
            json!({ "width": look.width, "height": look.height(), "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if look.dark { "dark" } else { "light" };
        // Without motion, so that no picture is taken in the middle of one.
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.call("Emulation.setEmulatedMedia", &media);
    }

    /// Makes the window just so large, for a picture of nothing but its content.
    #[track_caller]
    pub fn fit(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Takes a picture of the whole page, as it is looked at now.
    #[track_caller]
    pub fn picture(&self, path: &Path) {
        self.front();
        let all = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.call("Page.captureScreenshot", &all);
        write_picture(path, picture["data"].as_str().unwrap_or_default());
    }

    /// Takes a picture in every look, `FOLDER/NAME-1280-light.png` and so on.
    #[track_caller]
    pub fn pictures(&self, folder: &Path, name: &str) {
        for look in Look::ALL {
            self.look(look);
            self.picture(&folder.join(format!("{name}-{}.png", look.name())));
        }
        self.look(Look::DESKTOP);
    }

    /// Brings the tab to the front: only there it gets clicks and is drawn.
    #[track_caller]
    fn front(&self) {
        self.call("Page.bringToFront", &json!({}));
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.devtools.cast("Target.closeTarget", &json!({ "targetId": self.target }));
    }
}
