//! Programs from the public registries, installed once into folders of their own beside what cargo builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use doorkey_tests::binary;

/// One at a time: several tests want the same.
static INSTALLING: Mutex<()> = Mutex::new(());

/// A folder with packages from `PyPI`, their versions and those of all that they bring along. Its programs are in `bin`.
pub fn from_pypi(name: &str, requirements: &str) -> PathBuf {
    installed(name, requirements, |folder| {
        finishes(name, Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder));
        let wanted = folder.join("requirements.txt");
        fs::write(&wanted, requirements).expect("written");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        finishes(name, Command::new(folder.join("bin/python")).args(pip).arg(wanted));
    })
}

/// A folder with packages from npm, as a lock file has them. They are in `node_modules`.
pub fn from_npm(name: &str, package: &str, lock: &str) -> PathBuf {
    installed(name, lock, |folder| {
        fs::create_dir_all(folder).expect("made");
        fs::write(folder.join("package.json"), package).expect("written");
        fs::write(folder.join("package-lock.json"), lock).expect("written");
        let quiet = ["ci", "--silent", "--no-fund", "--no-audit", "--ignore-scripts"];
        finishes(name, Command::new("npm").args(quiet).current_dir(folder));
    })
}

/// The folder, once what is wanted is in it.
fn installed(name: &str, wanted: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let doorkeyd = binary("doorkeyd", false);
    let target = doorkeyd.ancestors().nth(2).expect("a target folder");
    let folder = target.join("registries").join(name);
    let note = folder.join("installed.txt");
    if !fs::read_to_string(&note).is_ok_and(|known| known == wanted) {
        install(&folder);
        fs::write(&note, wanted).expect("written");
    }
    folder
}

fn finishes(name: &str, command: &mut Command) {
    let output = command.output().expect("Python and npm are there; `cargo xtask test` installs them");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name} cannot be installed: {said}");
}
