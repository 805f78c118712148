//! `doorkeyd`, started for a test and gone with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::binary;
use crate::janitor::Folder;
use crate::process::{Finished, Running};

/// How a service is to be started.
#[derive(Debug, Default)]
pub struct Plan {
    arguments: Vec<String>,
    data: Option<PathBuf>,
    listen: Option<String>,
    apps: Option<PathBuf>,
    config: Option<String>,
    release: bool,
}

/// A running service.
pub struct Service {
    /// Where it says it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    running: Option<Running>,
    apps: Option<PathBuf>,
    /// Where it keeps what it keeps; removed with the service unless the test chose the place.
    data: PathBuf,
    _folder: Option<Folder>,
}

impl Plan {
    /// Any further argument.
    #[must_use]
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Manifests beyond the built-in ones: the folder they lie in.
    #[must_use]
    pub fn apps(mut self, folder: &Path) -> Self {
        self.apps = Some(folder.to_owned());
        self
    }

    /// The app whose routes are served at the root, too.
    #[must_use]
    pub fn root_app(self, name: &str) -> Self {
        self.with("--root-app").with(name)
    }

    /// A data folder that outlives the service.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// Another address than a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        self.listen = Some(address.to_owned());
        self
    }

    /// `serve` with this configuration file rather than `dev`; `{data}` in it is the data folder.
    #[must_use]
    pub fn config(mut self, toml: &str) -> Self {
        self.config = Some(toml.to_owned());
        self
    }

    /// The optimised program.
    #[must_use]
    pub fn release(mut self) -> Self {
        self.release = true;
        self
    }

    fn command(&self, data: &Path) -> Command {
        let mut command = Command::new(binary("doorkeyd", self.release));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", data).current_dir(data);
        if let Some(config) = &self.config {
            let file = data.join("doorkeyd.toml");
            let config = config.replace("{data}", &data.display().to_string());
            std::fs::write(&file, config).expect("the configuration file can be written");
            command.arg("serve").arg("--config").arg(file);
        } else {
            let listen = self.listen.as_deref().unwrap_or("127.0.0.1:0");
            command.args(["dev", "--listen", listen, "--data"]).arg(data);
        }
        if let Some(apps) = &self.apps {
            command.arg("--apps").arg(apps);
        }
        command.args(&self.arguments);
        command
    }

    /// Starts it, and waits until it listens.
    #[track_caller]
    pub fn start(self) -> Service {
        let folder = self.data.is_none().then(|| Folder::new("service"));
        let data =
            folder.as_ref().map_or_else(|| self.data.clone().unwrap_or_default(), |f| f.path().to_owned());
        let running = Running::start("doorkeyd", self.command(&data));
        let url = running.wait_for("where it listens", |_, line| {
            let (_, url) = line.split_once("doorkeyd is listening on ")?;
            Some(url.split_whitespace().next().unwrap_or(url).to_owned())
        });
        Service { url, running: Some(running), apps: self.apps, data, _folder: folder }
    }

    /// Starts it where it is expected not to come up, and waits for its end.
    #[track_caller]
    pub fn fails(self) -> Finished {
        let folder = Folder::new("service");
        let data = self.data.clone().unwrap_or_else(|| folder.path().to_owned());
        Running::start("doorkeyd", self.command(&data)).wait()
    }
}

impl Service {
    /// `doorkeyd dev` on a free port, with a data folder of its own.
    pub fn dev() -> Plan {
        Plan::default()
    }

    /// Where it keeps what it keeps.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What whoever runs it changes beside it: `doorkeyd admin` with these arguments.
    #[track_caller]
    pub fn admin(&self, arguments: &[&str]) -> Finished {
        let mut command = Command::new(binary("doorkeyd", false));
        command.env_clear().env("HOME", &self.data).arg("admin").args(arguments);
        command.arg("--data").arg(&self.data);
        if let Some(apps) = &self.apps {
            command.arg("--apps").arg(apps);
        }
        Running::start("doorkeyd admin", command).wait()
    }

    /// The program itself.
    #[track_caller]
    pub fn process(&mut self) -> &mut Running {
        self.running.as_mut().expect("the service runs until it is stopped")
    }

    /// Everything it has said.
    pub fn log(&self) -> Vec<String> {
        self.running.as_ref().map(Running::lines).unwrap_or_default()
    }

    /// How many requests to this route it has logged so far.
    pub fn requests(&self, route: &str) -> usize {
        self.log().iter().filter(|line| line.contains(route)).count()
    }

    /// How much memory it uses, in bytes.
    #[track_caller]
    pub fn memory(&mut self) -> u64 {
        let status = format!("/proc/{}/status", self.process().id());
        let status = std::fs::read_to_string(status).expect("the service runs");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kib.expect("the kernel says how much memory a process uses") * 1024
    }

    /// Asks it to stop, and waits until it has.
    #[track_caller]
    pub fn stop(mut self) -> Finished {
        self.process().signal(Signal::TERM);
        self.running.take().expect("checked just before").wait()
    }

    /// `kill -9`.
    #[track_caller]
    pub fn kill(&mut self) {
        self.process().kill();
    }
}
