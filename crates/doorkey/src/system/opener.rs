//! Which program opens a page here, and running it so that neither the terminal nor the wait is lost to it.
//!
//! Who is named goes first: by an option, by the product's own variable, by `BROWSER`. Under WSL it is the browser of
//! Windows, through `wslview` or PowerShell. Else it is what the platform has. A browser that draws text into the terminal
//! is never opened: the command waits in that terminal, and nobody could leave the page without ending the wait.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use super::environment::Environment;
use super::{BrowserFailure, Unopenable};

/// How long an opener is watched: one that fails does so at once, one that works may stay as long as its browser.
const GRACE: Duration = Duration::from_millis(700);

/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(10);

/// Browsers that draw text into the terminal that they are started in.
const TEXT_BROWSERS: [&str; 8] = ["w3m", "lynx", "links", "links2", "elinks", "browsh", "carbonyl", "cha"];

/// Browsers with a window, as they are called on a path.
const WINDOWED: [&str; 20] = [
    "x-www-browser",
    "sensible-browser",
    "firefox",
    "firefox-esr",
    "librewolf",
    "waterfox",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "brave-browser",
    "microsoft-edge",
    "vivaldi",
    "opera",
    "epiphany",
    "epiphany-browser",
    "konqueror",
    "falkon",
    "qutebrowser",
    "midori",
];

/// Where Windows has PowerShell, as WSL shows it, for a path that doesn't reach into Windows.
const POWERSHELL: &str = "/mnt/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe";

/// A program to try, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opener {
    program: PathBuf,
    /// What stands before the address, or around it: `%s` stands for the address.
    arguments: Vec<String>,
}

impl Opener {
    fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Opener {
        Opener {
            program: program.into(),
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    /// Its arguments with the address in its place. An address is one argument; no shell ever sees it.
    fn arguments_for(&self, url: &Url) -> Vec<String> {
        let has_place = self.arguments.iter().any(|argument| argument.contains("%s"));
        let address = (!has_place).then(|| url.to_string());
        let filled = self.arguments.iter().map(|argument| {
            // Between quotes it must not end them.
            let quoted = argument.contains("'%s'").then(|| url.as_str().replace('\'', "%27"));
            argument.replace("%s", quoted.as_deref().unwrap_or(url.as_str()))
        });
        filled.chain(address).collect()
    }

    /// Starts it and watches it for a moment.
    fn run(&self, url: &Url) -> Result<(), String> {
        let name = self.program.display();
        let mut command = Command::new(&self.program);
        command.args(self.arguments_for(url));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // A browser lives long and keeps what it was started with.
        command.env_remove("DOORKEY_PASSPHRASE");
        // In the background of the terminal: Ctrl-C here doesn't close the browser, and whatever wants the keyboard all
        // the same is stopped instead of getting it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| format!("{name} couldn't be started ({error})"))?;
        let end = Instant::now() + GRACE;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("{name} failed ({status})")),
                Ok(None) if Instant::now() < end => std::thread::sleep(LOOK),
                Ok(None) | Err(_) => break,
            }
        }
        // It goes on by itself. Whoever started it has to take note of its end, so that it doesn't stay in the process table.
        let _ = std::thread::Builder::new().name("doorkey-browser".to_owned()).spawn(move || child.wait());
        Ok(())
    }
}

/// Opens `url` with the first of the programs that works.
pub(super) fn open(
    url: &Url,
    environment: &dyn Environment,
    named: Option<&str>,
) -> Result<(), BrowserFailure> {
    let openers = find(environment, named).map_err(|why| BrowserFailure(why.to_string()))?;
    let mut failures = Vec::new();
    for opener in openers {
        match opener.run(url) {
            Ok(()) => return Ok(()),
            Err(why) => failures.push(why),
        }
    }
    Err(BrowserFailure(failures.join("; ")))
}

/// The programs to try, in order; there is at least one.
pub(super) fn find(environment: &dyn Environment, named: Option<&str>) -> Result<Vec<Opener>, Unopenable> {
    let browser = environment.variable("BROWSER");
    if let Some(named) = named.or(browser.as_deref()).filter(|named| !named.trim().is_empty()) {
        return named_openers(environment, named);
    }
    let mut openers = if is_wsl(environment) { openers_of_windows(environment) } else { Vec::new() };
    match openers_of_platform(environment) {
        Ok(more) => openers.extend(more),
        Err(why) if openers.is_empty() => return Err(why),
        Err(_) => {}
    }
    Ok(openers)
}

/// The programs that somebody has named: one, or several with `:` between them, each with arguments and `%s` for the
/// address. The browsers among them that draw text are passed over.
fn named_openers(environment: &dyn Environment, named: &str) -> Result<Vec<Opener>, Unopenable> {
    let mut openers = Vec::new();
    let mut text = None;
    for command in commands(environment, named) {
        let Some((name, arguments)) = command.split_first() else { continue };
        let program = on_path(environment, name).unwrap_or_else(|| PathBuf::from(name));
        match text_browser(environment, &program) {
            Some(name) => text = Some(name),
            None => openers.push(Opener { program, arguments: arguments.to_vec() }),
        }
    }
    match (openers.is_empty(), text) {
        (false, _) => Ok(openers),
        (true, Some(name)) => Err(Unopenable::TextBrowser { name }),
        (true, None) => Err(Unopenable::Nothing),
    }
}

/// The words of each command. A path with spaces in it that leads to a program is one word.
fn commands(environment: &dyn Environment, named: &str) -> Vec<Vec<String>> {
    if environment.exists(Path::new(named)) || cfg!(windows) {
        return vec![vec![named.to_owned()]];
    }
    named.split(':').map(words).collect()
}

/// The words of a command line: spaces part them, quotes hold them together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Whether this is Linux inside Windows. The kernel says so also where the variables are gone.
fn is_wsl(environment: &dyn Environment) -> bool {
    let is_set = |name| environment.variable(name).is_some_and(|value| !value.is_empty());
    let kernel = || environment.text(Path::new("/proc/sys/kernel/osrelease")).unwrap_or_default();
    cfg!(target_os = "linux")
        && (is_set("WSL_DISTRO_NAME")
            || is_set("WSL_INTEROP")
            || kernel().to_lowercase().contains("microsoft"))
}

/// The browser of Windows, seen from WSL.
fn openers_of_windows(environment: &dyn Environment) -> Vec<Opener> {
    let wslview = on_path(environment, "wslview").map(|program| Opener::new(program, &[]));
    let usual = Some(PathBuf::from(POWERSHELL)).filter(|path| environment.exists(path));
    let powershell = on_path(environment, "powershell.exe").or(usual).map(|program| {
        // PowerShell reads what stands between single quotes as it is, and an address is ASCII without spaces.
        Opener::new(program, &["-NoProfile", "-NonInteractive", "-Command", "Start-Process '%s'"])
    });
    wslview.into_iter().chain(powershell).collect()
}

#[cfg(windows)]
fn openers_of_platform(_environment: &dyn Environment) -> Result<Vec<Opener>, Unopenable> {
    Ok(Vec::new())
}

#[cfg(target_os = "macos")]
fn openers_of_platform(_environment: &dyn Environment) -> Result<Vec<Opener>, Unopenable> {
    Ok(vec![Opener::new("/usr/bin/open", &[])])
}

/// What a Linux or BSD desktop has. Where nothing but a text browser could come of it there is none.
#[cfg(all(unix, not(target_os = "macos")))]
fn openers_of_platform(environment: &dyn Environment) -> Result<Vec<Opener>, Unopenable> {
    const PLATFORM: [(&str, &[&str]); 3] = [("xdg-open", &[]), ("gio", &["open"]), ("x-www-browser", &[])];
    let mut openers = Vec::new();
    let mut text = None;
    for (name, arguments) in PLATFORM {
        let Some(program) = on_path(environment, name) else { continue };
        match text_browser(environment, &program) {
            Some(name) => text = Some(name),
            None => openers.push(Opener::new(program, arguments)),
        }
    }
    let text = text.or_else(|| only_text_browser(environment));
    match (openers.is_empty(), text) {
        // `xdg-open` falls back on whatever there is.
        (_, Some(name)) => Err(Unopenable::TextBrowser { name }),
        (true, None) => Err(Unopenable::Nothing),
        (false, None) => Ok(openers),
    }
}

/// The text browser that there is, if there is no other one.
#[cfg(all(unix, not(target_os = "macos")))]
fn only_text_browser(environment: &dyn Environment) -> Option<String> {
    let there = |name: &&&str| {
        on_path(environment, name).is_some_and(|path| text_browser(environment, &path).is_none())
    };
    if WINDOWED.iter().any(|name| there(&name)) || desktop_names_one(environment) {
        return None;
    }
    TEXT_BROWSERS.iter().find(|name| on_path(environment, name).is_some()).map(|name| (*name).to_owned())
}

/// Whether the desktop knows a program for web pages: one that was chosen, or that was installed as one.
#[cfg(all(unix, not(target_os = "macos")))]
fn desktop_names_one(environment: &dyn Environment) -> bool {
    let set = |name: &str| environment.variable(name).filter(|value| !value.is_empty());
    let home = |inner: &str| environment.home().map(|home| home.join(inner));
    let chosen = set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home(".config"));
    let own = set("XDG_DATA_HOME").map(PathBuf::from).or_else(|| home(".local/share"));
    let shared = set("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".to_owned());
    let installed = own.into_iter().chain(shared.split(':').map(PathBuf::from));
    let installed = installed.flat_map(|folder| {
        ["mimeapps.list", "mimeinfo.cache"].map(|file| folder.join("applications").join(file))
    });
    let mut lists = chosen.map(|folder| folder.join("mimeapps.list")).into_iter().chain(installed);
    lists.any(|list| {
        let text = environment.text(&list).unwrap_or_default();
        text.lines().any(|line| line.starts_with("x-scheme-handler/https=") && line.contains(".desktop"))
    })
}

/// What the browser is called, if it is one that draws text: by its own name, or by that of the file that a link leads to.
fn text_browser(environment: &dyn Environment, program: &Path) -> Option<String> {
    let real = environment.real_path(program);
    [Some(program.to_owned()), real].into_iter().flatten().find_map(|path| {
        let name = path.file_name()?.to_str()?;
        TEXT_BROWSERS.contains(&name).then(|| name.to_owned())
    })
}

/// Where a program is: a path as it is, a name as the first that is on the path.
fn on_path(environment: &dyn Environment, name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| environment.exists(path));
    }
    let path = environment.variable("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| environment.exists(file))
}

#[cfg(test)]
mod tests;
