//! Running other programs, with a line that says so.

use std::path::Path;
use std::process::Command;

use crate::Outcome;

/// The cargo that runs us.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(doorkey_tests::workspace());
    command
}

/// Runs a command with our terminal as its own.
pub fn run(mut command: Command) -> Outcome {
    let shown = show(&command);
    eprintln!("xtask: {shown}");
    let status = command.status().map_err(|problem| format!("`{shown}` cannot be started: {problem}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// Runs cargo with these arguments.
pub fn run_cargo(arguments: &[&str]) -> Outcome {
    let mut command = cargo();
    command.args(arguments);
    run(command)
}

/// What a command prints on its standard output.
pub fn output(mut command: Command) -> Result<String, String> {
    let shown = show(&command);
    let output = command.output().map_err(|problem| format!("`{shown}` cannot be started: {problem}"))?;
    if !output.status.success() {
        return Err(format!(
            "`{shown}` failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` did not print text"))
}

/// Whether a program of this name is in the PATH.
pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().display().to_string();
    let arguments = command.get_args().map(|argument| argument.display().to_string());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
