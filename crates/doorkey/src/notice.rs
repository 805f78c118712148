//! What the service says about the version of the tool: that it won't be served for ever, and how it is brought up to date.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use doorkey_manifest::{Response, wire::Notice};

use crate::client::Client;
use crate::system::System;

/// The latest warning that came with an answer.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<Option<Notice>>);

impl Notices {
    pub(crate) fn note(&self, response: &Response) {
        if let Some(notice) = response.notice() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(notice);
        }
    }
}

impl Client {
    /// The service's latest warning that it will stop serving this version of the tool, if an answer had one.
    pub fn notice(&self) -> Option<Notice> {
        self.notices.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The command that brings the tool up to date, for the package manager that it was installed with as far as that can
    /// be seen; else for the manifest's first one.
    pub fn upgrade_command(&self) -> Option<String> {
        let commands = &self.manifest().wire.gate.as_ref()?.upgrade;
        let manager = package_manager(self.system());
        let fitting = manager.as_deref().and_then(|name| commands.get(name));
        fitting.or_else(|| commands.iter().next().map(|(_, command)| command)).cloned()
    }
}

/// The package manager that runs this process or has installed it.
fn package_manager(system: &System) -> Option<String> {
    // Package managers of JavaScript say who they are: `pnpm/9.1.0 npm/? node/v20.0.0 linux x64`.
    if let Some(agent) = system.variable("npm_config_user_agent") {
        return agent.split(['/', ' ']).next().map(str::to_owned);
    }
    let program = system.environment.program()?;
    let holds =
        |folders: &[&str]| program.iter().any(|part| folders.iter().any(|folder| part == Path::new(folder)));
    [("bun", [".bun", ".bun"]), ("pnpm", ["pnpm", ".pnpm"]), ("yarn", [".yarn", "yarn"])]
        .into_iter()
        .find(|(_, folders)| holds(folders))
        .map(|(name, _)| name.to_owned())
}
