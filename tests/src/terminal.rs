//! A command in a terminal, as somebody types it, and a picture of what it shows there.

mod screen;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::browser::{Look, Page};
use crate::process::PATIENCE;

/// How wide most terminals are, in letters.
pub const USUAL: usize = 92;

/// A command that runs in a terminal, and what it has shown so far.
pub struct Terminal {
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts `line`, a shell's words, in a terminal with so many letters in a line. `command` has the environment and the
    /// folder; its program isn't looked at.
    #[track_caller]
    pub fn open(line: &str, columns: usize, mut command: Command) -> Self {
        let wide = format!("stty cols {columns} rows 50 2>/dev/null; {line}");
        let mut terminal = Command::new("script");
        terminal.args(["-qefc", &wide, "/dev/null"]).env_clear();
        let environment = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        terminal.envs(environment).env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
        if let Some(folder) = command.get_current_dir() {
            terminal.current_dir(folder);
        }
        terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command = terminal;
        let mut child = command.spawn().expect("`script` is part of every system");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let mut output = child.stdout.take().expect("a pipe");
        let writes = Arc::clone(&shown);
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut piece) {
                if let (Ok(mut shown), Some(piece)) = (writes.lock(), piece.get(..read)) {
                    shown.extend_from_slice(piece);
                }
            }
        });
        Self { child, shown }
    }

    /// Everything that was written to the terminal until now.
    pub fn said(&self) -> String {
        self.shown.lock().map(|shown| String::from_utf8_lossy(&shown).into_owned()).unwrap_or_default()
    }

    /// Types a line.
    #[track_caller]
    pub fn type_in(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        writeln!(input, "{text}").expect("the terminal takes it");
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What stands on the screen at the end.
    #[track_caller]
    pub fn wait(mut self) -> String {
        let until = Instant::now() + PATIENCE;
        while self.is_running() {
            if Instant::now() > until {
                let _ = self.child.kill();
                panic!("the command doesn't end; the terminal shows:\n{}", self.said());
            }
            thread::sleep(Duration::from_millis(20));
        }
        // The last of it may still be on its way.
        thread::sleep(Duration::from_millis(100));
        screen::settled(&self.said())
    }
}

/// Where pictures of terminals go: into the folder that `DOORKEY_PICTURES` names, else below the target folder.
pub fn pictures_folder() -> PathBuf {
    std::env::var_os("DOORKEY_PICTURES").map_or_else(|| crate::target().join("tmp/terminals"), PathBuf::from)
}

/// A picture of a terminal in which `line` was typed and that shows this.
#[track_caller]
pub fn picture(page: &Page, line: &str, shown: &str, columns: usize, file: &Path) {
    let html = file.with_extension("html");
    fs::write(&html, screen::html(line, shown)).expect("a page can be written");
    let (width, height) = screen::size(line, shown, columns);
    page.look(Look { width, dark: false });
    page.goto(&format!("file://{}", html.display()));
    page.fit(width, height);
    page.picture(file);
    fs::remove_file(html).expect("and removed");
}
