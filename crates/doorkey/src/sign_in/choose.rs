//! Which way of signing in fits where the command runs, and why.

use std::path::Path;

use doorkey_manifest::manifest::Way;

use super::SignInError;
use crate::system::{System, Unopenable};

/// What the person asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// Whatever fits.
    #[default]
    Auto,
    /// A browser on this machine comes back to the command.
    Browser,
    /// A code, for a browser anywhere.
    Device,
    /// No person at all.
    Anonymous,
}

/// The way that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The way.
    pub way: Way,
    /// Why this one.
    pub reason: Reason,
    /// Whether a browser is to be opened.
    pub open_browser: bool,
}

/// Why a way was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A browser on this machine can reach the command.
    BrowserHere,
    /// The person asked for it.
    Asked,
    /// No browser is to be opened.
    NoBrowserWanted,
    /// The command runs over SSH: the browser is on another machine.
    Ssh {
        /// The variable that tells.
        variable: &'static str,
    },
    /// The command runs in a container or a hosted workspace.
    Container {
        /// The file or variable that tells.
        mark: &'static str,
    },
    /// The command runs in a pipeline without a person.
    Ci {
        /// The variable that tells.
        variable: &'static str,
    },
    /// There is no display to show a browser on.
    NoDisplay,
    /// The only browser draws text into the terminal, where the command waits.
    TextBrowser {
        /// What it is called.
        name: String,
    },
    /// There is no program that opens pages.
    NoOpener,
    /// Nobody waits here: the sign-in is finished later, perhaps by another process.
    FinishedLater,
    /// The person wanted a code instead, while the command waited for a browser here.
    Switched,
    /// The app offers no other way.
    OnlyWay,
}

impl Reason {
    /// The reason as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Reason::BrowserHere => "A browser on this machine can reach the command.".to_owned(),
            Reason::Asked => "You asked for this way.".to_owned(),
            Reason::NoBrowserWanted => "No browser is to be opened here.".to_owned(),
            Reason::Ssh { variable } => {
                format!("This runs over SSH ({variable} is set), so your browser is on another machine.")
            }
            Reason::Container { mark } => {
                format!("This runs in a container ({mark}), where a browser can't reach the command.")
            }
            Reason::Ci { variable } => {
                format!("This runs in CI ({variable} is set), where there is no browser.")
            }
            Reason::NoDisplay => "There is no display to show a browser on.".to_owned(),
            Reason::TextBrowser { name } => {
                format!("The browser here is {name}, which would take over this terminal.")
            }
            Reason::NoOpener => "There is no program here that opens pages.".to_owned(),
            Reason::FinishedLater => "It is finished later, so no browser can come back here.".to_owned(),
            Reason::Switched => "You asked for a code instead.".to_owned(),
            Reason::OnlyWay => "This app offers no other way.".to_owned(),
        }
    }
}

const SSH: [&str; 3] = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"];
const CONTAINER_FILES: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];
const CONTAINER_VARIABLES: [&str; 6] = [
    "CODESPACES",
    "GITPOD_WORKSPACE_ID",
    "REMOTE_CONTAINERS",
    "CLOUD_SHELL",
    "KUBERNETES_SERVICE_HOST",
    "container",
];
const CI: [&str; 3] = ["CI", "GITHUB_ACTIONS", "BUILD_NUMBER"];

/// Chooses among the `ways` that the manifest offers.
///
/// Loopback where a browser here can reach the listener, since nothing that crosses devices is as safe (BCP 247); else
/// the way that polls. What the person asked for goes before what the machine looks like. `browser` is the command that
/// opens pages, where somebody has named one.
pub fn choose(
    ways: &[Way],
    wish: Wish,
    open_browser: bool,
    browser: Option<&str>,
    manifest_app: &str,
    system: &System,
) -> Result<Choice, SignInError> {
    let offered = |way: Way| ways.contains(&way);
    let polling = [Way::Device, Way::Session].into_iter().find(|way| offered(*way));
    let not_offered = |wanted: &'static str| SignInError::WayNotOffered {
        app: manifest_app.to_owned(),
        wanted,
        offered: ways.iter().map(|way| way.name().to_owned()).collect(),
    };
    match wish {
        Wish::Browser => {
            let way = if offered(Way::Loopback) {
                Way::Loopback
            } else if offered(Way::Session) {
                Way::Session
            } else {
                return Err(not_offered("loopback"));
            };
            return Ok(Choice { way, reason: Reason::Asked, open_browser });
        }
        Wish::Device => {
            let way = polling.ok_or_else(|| not_offered("device"))?;
            return Ok(Choice { way, reason: Reason::Asked, open_browser: false });
        }
        Wish::Anonymous if offered(Way::Anonymous) => {
            return Ok(Choice { way: Way::Anonymous, reason: Reason::Asked, open_browser: false });
        }
        Wish::Anonymous => return Err(not_offered("anonymous")),
        Wish::Auto => {}
    }
    let obstacle = if open_browser { obstacle(browser, system) } else { Some(Reason::NoBrowserWanted) };
    let browser_works = obstacle.is_none();
    let (way, reason) = match (offered(Way::Loopback), polling, obstacle) {
        (true, _, None) => (Way::Loopback, Reason::BrowserHere),
        (false, Some(way), None) => (way, Reason::OnlyWay),
        (_, Some(way), Some(reason)) => (way, reason),
        (true, None, Some(_)) => (Way::Loopback, Reason::OnlyWay),
        (false, None, _) => {
            let way = ways.iter().copied().find(|way| matches!(way, Way::Paste | Way::Anonymous));
            (way.ok_or_else(|| not_offered("loopback"))?, Reason::OnlyWay)
        }
    };
    Ok(Choice { way, reason, open_browser: browser_works })
}

/// Why a browser that reaches this process can't be expected here.
fn obstacle(browser: Option<&str>, system: &System) -> Option<Reason> {
    let is_set = |variable: &&&'static str| system.variable(variable).is_some_and(|value| value != "false");
    if let Some(variable) = SSH.iter().find(is_set) {
        return Some(Reason::Ssh { variable });
    }
    if let Some(mark) = CONTAINER_VARIABLES.iter().find(is_set) {
        return Some(Reason::Container { mark });
    }
    let opener = unopenable(browser, system);
    // Somebody who names a browser has one that works, whatever else the machine looks like.
    if browser.is_some() || system.variable("BROWSER").is_some() {
        return opener;
    }
    if let Some(variable) = CI.iter().find(is_set) {
        return Some(Reason::Ci { variable });
    }
    if let Some(mark) = CONTAINER_FILES.iter().find(|mark| system.environment.exists(Path::new(mark))) {
        return Some(Reason::Container { mark });
    }
    let graphical = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP"];
    let needs_display = cfg!(all(unix, not(target_os = "macos")));
    let no_display = needs_display && !graphical.iter().any(|variable| system.variable(variable).is_some());
    no_display.then_some(Reason::NoDisplay).or(opener)
}

/// Why no page can be opened here, although nothing speaks against a browser.
fn unopenable(browser: Option<&str>, system: &System) -> Option<Reason> {
    match system.browser.can_open(&*system.environment, browser) {
        Ok(()) => None,
        Err(Unopenable::TextBrowser { name }) => Some(Reason::TextBrowser { name }),
        Err(Unopenable::Nothing) => Some(Reason::NoOpener),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    #[cfg(target_os = "linux")]
    use std::sync::Arc;

    use super::*;
    #[cfg(target_os = "linux")]
    use crate::system::SystemBrowser;
    use crate::testing::World;

    fn pick(ways: &[Way], variables: &[(&str, &str)], files: &[&str]) -> Choice {
        let world = World::new();
        for (name, value) in variables {
            world.set(name, value);
        }
        for file in files {
            world.place(file);
        }
        choose(ways, Wish::Auto, true, None, "demo", &world.system()).unwrap()
    }

    const BOTH: [Way; 2] = [Way::Loopback, Way::Device];
    const DISPLAY: (&str, &str) = ("DISPLAY", ":0");

    #[test]
    fn a_laptop_gets_the_browser() {
        let choice = pick(&BOTH, &[DISPLAY], &[]);
        assert_eq!(choice, Choice { way: Way::Loopback, reason: Reason::BrowserHere, open_browser: true });
    }

    #[test]
    fn where_no_browser_reaches_the_command_it_polls_and_says_why() {
        type Case = (&'static [(&'static str, &'static str)], &'static [&'static str], Reason);
        let cases: [Case; 6] = [
            (
                &[DISPLAY, ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")],
                &[],
                Reason::Ssh { variable: "SSH_CONNECTION" },
            ),
            (&[DISPLAY, ("SSH_TTY", "/dev/pts/1")], &[], Reason::Ssh { variable: "SSH_TTY" }),
            (&[DISPLAY], &["/.dockerenv"], Reason::Container { mark: "/.dockerenv" }),
            (&[DISPLAY, ("CODESPACES", "true")], &[], Reason::Container { mark: "CODESPACES" }),
            (&[DISPLAY, ("CI", "true")], &[], Reason::Ci { variable: "CI" }),
            (&[], &[], Reason::NoDisplay),
        ];
        for (variables, files, reason) in cases {
            let choice = pick(&BOTH, variables, files);
            assert_eq!(choice, Choice { way: Way::Device, reason, open_browser: false });
        }
    }

    #[test]
    fn ci_set_to_false_or_nothing_is_no_ci() {
        assert_eq!(pick(&BOTH, &[DISPLAY, ("CI", "false")], &[]).way, Way::Loopback);
        assert_eq!(pick(&BOTH, &[DISPLAY, ("CI", ""), ("SSH_TTY", "")], &[]).way, Way::Loopback);
    }

    #[test]
    fn a_browser_that_is_named_is_believed_in_a_container_but_not_over_ssh() {
        let named = ("BROWSER", "/usr/bin/thing");
        assert_eq!(pick(&BOTH, &[named], &["/.dockerenv"]).way, Way::Loopback);
        assert_eq!(pick(&BOTH, &[named, ("SSH_TTY", "/dev/pts/1")], &[]).way, Way::Device);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_text_browser_or_none_at_all_is_no_browser_for_a_wait_in_this_terminal() {
        let real = |world: &World| System { browser: Arc::new(SystemBrowser), ..world.system() };
        let pick = |world: &World, browser: Option<&str>| {
            choose(&BOTH, Wish::Auto, true, browser, "demo", &real(world)).unwrap()
        };
        let w3m = Choice {
            way: Way::Device,
            reason: Reason::TextBrowser { name: "w3m".to_owned() },
            open_browser: false,
        };
        let world = World::new();
        world.set("DISPLAY", ":0");
        world.set("PATH", "/bin");
        assert_eq!(pick(&world, None).reason, Reason::NoOpener);
        world.place("/bin/xdg-open");
        assert_eq!(pick(&world, None).way, Way::Loopback);
        world.place("/bin/w3m");
        assert_eq!(pick(&world, None), w3m);
        world.place("/bin/firefox");
        assert_eq!(pick(&world, None).way, Way::Loopback);
        assert_eq!(pick(&world, Some("w3m")), w3m, "named by an option");
        world.set("BROWSER", "w3m");
        assert_eq!(pick(&world, None), w3m, "named by the environment");
    }

    #[test]
    fn what_the_manifest_offers_limits_the_choice() {
        let only = pick(&[Way::Loopback], &[("CI", "1"), DISPLAY], &[]);
        assert_eq!((only.way, only.reason, only.open_browser), (Way::Loopback, Reason::OnlyWay, false));
        let session = pick(&[Way::Session], &[DISPLAY], &[]);
        assert_eq!((session.way, session.open_browser), (Way::Session, true));
    }

    #[test]
    fn what_the_person_asks_for_wins() {
        let world = World::new();
        world.set("SSH_TTY", "/dev/pts/1");
        let choice = choose(&BOTH, Wish::Browser, true, None, "demo", &world.system()).unwrap();
        assert_eq!((choice.way, choice.reason), (Way::Loopback, Reason::Asked));
        let refused =
            choose(&[Way::Loopback], Wish::Device, true, None, "demo", &world.system()).unwrap_err();
        assert_eq!(refused.code(), "sign_in.way_not_offered");
    }

    #[test]
    fn without_a_browser_wanted_a_code_is_shown() {
        let world = World::new();
        world.set("DISPLAY", ":0");
        let choice = choose(&BOTH, Wish::Auto, false, None, "demo", &world.system()).unwrap();
        assert_eq!(
            (choice.way, choice.reason, choice.open_browser),
            (Way::Device, Reason::NoBrowserWanted, false)
        );
    }
}
