//! What only a terminal shows: colours, marks, questions, a line that is overwritten.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::json;

use crate::service::Service;
use crate::tool::{Tool, access_token};

/// The command on a terminal, with the person's side of it.
pub struct Session {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
}

impl Session {
    pub fn start(tool: &Tool, arguments: &[&str]) -> Session {
        Session::start_wide(tool, arguments, 0)
    }

    /// On a terminal with so many columns; 0 is one that doesn't say.
    pub fn start_wide(tool: &Tool, arguments: &[&str], columns: u16) -> Session {
        let mut command = tool.command(arguments);
        Session::open(columns, |side| {
            command
                .stdout(side.try_clone().unwrap())
                .stdin(side.try_clone().unwrap())
                .stderr(side)
                .spawn()
                .unwrap()
        })
    }

    /// As in `$(…)`: standard output doesn't go to the terminal.
    pub fn start_captured(tool: &Tool, arguments: &[&str]) -> Session {
        let mut command = tool.command(arguments);
        Session::open(0, |side| {
            command.stdout(Stdio::piped()).stdin(side.try_clone().unwrap()).stderr(side).spawn().unwrap()
        })
    }

    /// Another program on a terminal.
    pub fn start_other(mut command: Command) -> Session {
        Session::open(0, |side| {
            command
                .stdout(side.try_clone().unwrap())
                .stdin(side.try_clone().unwrap())
                .stderr(side)
                .spawn()
                .unwrap()
        })
    }

    fn open(columns: u16, spawn: impl FnOnce(File) -> Child) -> Session {
        let person: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap().into_string().unwrap();
        let side = OpenOptions::new().read(true).write(true).open(name).unwrap();
        if columns > 0 {
            let window = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
            tcsetwinsize(&side, window).unwrap();
        }
        let child = spawn(side);
        let keyboard = File::from(person);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // The terminal fails to be read when its last user has gone.
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                if sender.send(piece[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Session { child, keyboard, screen, shown: String::new() }
    }

    /// Waits until the screen shows this.
    pub fn expect(&mut self, text: &str) {
        while !self.shown.contains(text) {
            let piece = self.screen.recv_timeout(Duration::from_secs(20));
            assert!(piece.is_ok(), "`{text}` doesn't come: {}", self.shown);
            self.shown.push_str(&String::from_utf8(piece.unwrap()).unwrap());
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub fn interrupt(&self) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    }

    /// What came to standard output where that isn't the terminal.
    pub fn captured(&mut self) -> String {
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// The rest, and how it ended.
    pub fn end(mut self, tool: &Tool) -> String {
        let code = self.child.wait().unwrap().code();
        while let Ok(piece) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.shown.push_str(&String::from_utf8(piece).unwrap());
        }
        let shown =
            self.shown.replace("\r\n", "\n").replace('\r', "[start of line]").replace('\u{1b}', "[esc]");
        tool.tidy(&format!("exit: {code:?}\n{shown}"))
    }
}

#[test]
fn logout_asks_and_a_yes_removes_it() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9").set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["--app", "demo", "logout"]);
    session.expect("[y/N] ");
    session.press("y\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Sign out of Doorkey demo? This removes the credential in [home]/.demo/credentials.json. [y/N] y
    ✓ Signed out of Doorkey demo.
      The credential is gone from [home]/.demo/credentials.json.
    ");
}

#[test]
fn logout_asks_and_enter_alone_is_a_no() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    let mut session = Session::start(&tool, &["--app", "demo", "logout"]);
    session.expect("[y/N] ");
    session.press("\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Sign out of Doorkey demo? This removes the credential in [home]/.demo/credentials.json. [y/N] 
    You are still signed in to Doorkey demo.
    ");
    assert!(std::fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(1)));
}

#[test]
fn ctrl_c_at_a_question_ends_it_with_one_sentence() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    let mut session = Session::start(&tool, &["--app", "demo", "logout"]);
    session.expect("[y/N] ");
    session.interrupt();
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(130)
    Sign out of Doorkey demo? This removes the credential in [home]/.demo/credentials.json. [y/N] 
    Cancelled. Nothing was changed.
    ");
    assert!(std::fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(1)));
}

#[test]
fn a_token_that_is_typed_is_not_shown() {
    let service = Service::start();
    let tool = Tool::with(&service).set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["--app", "demo", "login", "--token", "-"]);
    session.expect("press Enter: ");
    session.press(&format!("{}\n", access_token(3)));
    let shown = session.end(&tool);
    assert!(!shown.contains(&access_token(3)), "{shown}");
    insta::assert_snapshot!(shown, @"
    exit: Some(0)
    Paste the token (it isn't shown) and press Enter: 
    ✓ The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
      Server: [server]
      Credential: [home]/.demo/credentials.json
    ");
}

#[test]
fn a_terminal_has_marks_and_one_accent_and_no_color_takes_only_the_colours() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "access_denied" }));
    let tool = Tool::with(&service).set("TERM", "xterm");
    let coloured = Session::start(&tool, &["--app", "demo", "login", "--device"]).end(&tool);
    assert!(coloured.contains("[esc][36m[server]/device?user_code=BCDF-GHJK[esc][0m\n"), "{coloured}");
    assert!(coloured.contains("[esc][1m[esc][31merror:[esc][0m The sign-in was denied."), "{coloured}");

    let tool = tool.set("NO_COLOR", "1");
    let plain = Session::start(&tool, &["--app", "demo", "login", "--device"]).end(&tool);
    assert!(!plain.replace("[esc][K", "").contains("[esc]"), "{plain}");
    assert!(plain.contains("\n[server]/device?user_code=BCDF-GHJK\n"), "{plain}");
}

#[test]
fn the_wait_is_one_line_that_is_overwritten_and_gone_at_the_end() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "authorization_pending" }));
    let tool = Tool::with(&service).set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["--app", "demo", "login", "--device"]);
    session.expect("◓ Waiting");
    session.interrupt();
    let shown = session.end(&tool);
    assert!(
        shown.contains("[start of line]◐ Waiting for you in the browser, [time] left. Ctrl-C stops.[esc][K"),
        "{shown}"
    );
    assert!(shown.ends_with("[start of line][esc][K✗ Cancelled. Nothing was changed.\n"), "{shown}");
    assert!(shown.starts_with("exit: Some(130)"), "{shown}");
    assert!(!shown.contains("[esc][?25l"), "the cursor is never hidden: {shown}");
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let service = Service::start();
    service.approves();
    let tool = Tool::with(&service).set("TERM", "dumb");
    insta::assert_snapshot!(Session::start(&tool, &["--app", "demo", "login", "--device"]).end(&tool), @"
    exit: Some(0)
    Signing in to Doorkey demo with a code. You asked for this way.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    Signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
}
