//! A program that runs beside the test: what it says is collected line by line, it can be signalled, and it never
//! outlives the test.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::janitor::{self, Watched};

/// How long anything in a test may take before the test says what it was waiting for. Generous: the machine may be
/// busy with other things, and a test that passes never waits for it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Where a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Data.
    Out,
    /// Talk.
    Err,
}

#[derive(Default)]
struct Heard {
    lines: Vec<(Stream, String)>,
    /// Streams that are at their end.
    ended: usize,
}

#[derive(Default)]
struct Output {
    heard: Mutex<Heard>,
    more: Condvar,
}

impl Output {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(self: &Arc<Self>, stream: Stream, from: impl std::io::Read + Send + 'static) -> JoinHandle<()> {
        let output = Arc::clone(self);
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            while matches!(from.read_until(b'\n', &mut line), Ok(n) if n > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                output.heard().lines.push((stream, text));
                output.more.notify_all();
                line.clear();
            }
            output.heard().ended += 1;
            output.more.notify_all();
        })
    }

    fn text(&self, which: Option<Stream>) -> String {
        let heard = self.heard();
        let lines = heard.lines.iter().filter(|(stream, _)| which.is_none_or(|which| which == *stream));
        lines.flat_map(|(_, line)| [line.as_str(), "\n"]).collect()
    }
}

/// A running program.
pub struct Running {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    output: Arc<Output>,
    readers: Vec<JoinHandle<()>>,
    watched: Option<Watched>,
}

/// A program that has ended, and what it said.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Everything on the standard output.
    pub stdout: String,
    /// Everything on the standard error.
    pub stderr: String,
}

impl Running {
    /// Starts `command` with all three streams in our hands.
    #[track_caller]
    pub fn start(name: &str, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(problem) => {
                panic!("{name} cannot be started: {problem} ({})", command.get_program().display())
            }
        };
        let watched = janitor::watch(child.id(), "KILL");
        let output = Arc::new(Output::default());
        let mut readers = Vec::new();
        readers.extend(child.stdout.take().map(|from| output.listen(Stream::Out, from)));
        readers.extend(child.stderr.take().map(|from| output.listen(Stream::Err, from)));
        let stdin = child.stdin.take();
        Self { name: name.to_owned(), child, stdin, output, readers, watched: Some(watched) }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Gives it something to read, and then the end of its input.
    #[track_caller]
    pub fn give(&mut self, input: &str) {
        if let Some(mut stdin) = self.stdin.take() {
            // A program that has already ended doesn't read any more; what it said is what the test is about.
            let _ = stdin.write_all(input.as_bytes());
        }
    }

    /// Waits for the first line (of those said so far, too) that `find` makes something of.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, mut find: impl FnMut(Stream, &str) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut heard = self.output.heard();
        let mut read = 0;
        loop {
            if let Some(found) = heard.lines.iter().skip(read).find_map(|(stream, line)| find(*stream, line))
            {
                return found;
            }
            read = heard.lines.len();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || heard.ended == self.readers.len() {
                let why = if left.is_zero() { "in time" } else { "before its end" };
                drop(heard);
                panic!("{} did not say {what} {why}; it said:\n{}", self.name, self.output.text(None));
            }
            heard = self
                .output
                .more
                .wait_timeout(heard, left)
                .map_or_else(|p| p.into_inner().0, |(heard, _)| heard);
        }
    }

    /// Waits until a line contains `part`, and returns that line.
    #[track_caller]
    pub fn wait_for_line(&self, part: &str) -> String {
        self.wait_for(&format!("`{part}`"), |_, line| line.contains(part).then(|| line.to_owned()))
    }

    /// What it has said so far, in the order in which it came here.
    pub fn said(&self) -> String {
        self.output.text(None)
    }

    /// How many lines it has said so far.
    pub fn lines(&self) -> Vec<String> {
        self.output.heard().lines.iter().map(|(_, line)| line.clone()).collect()
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process id is a positive number");
        if let Err(problem) = kill_process(pid, signal) {
            panic!("{} cannot be signalled: {problem}", self.name);
        }
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.watched = None;
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait(self) -> Finished {
        self.wait_at_most(PATIENCE)
    }

    /// Waits for its end, with a limit of one's own.
    #[track_caller]
    pub fn wait_at_most(mut self, limit: Duration) -> Finished {
        drop(self.stdin.take());
        let until = Instant::now() + limit;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
                Ok(None) => {
                    self.kill();
                    panic!("{} did not end within {limit:?}; it said:\n{}", self.name, self.said());
                }
                Err(problem) => panic!("{} cannot be waited for: {problem}", self.name),
            }
        };
        self.watched = None;
        self.finished(status)
    }

    fn finished(&mut self, status: ExitStatus) -> Finished {
        // Ended, but a child of it may hold the streams open: what has been said by now counts.
        let until = Instant::now() + Duration::from_secs(2);
        let mut heard = self.output.heard();
        while heard.ended < self.readers.len() && Instant::now() < until {
            let wait = until.saturating_duration_since(Instant::now());
            heard = self
                .output
                .more
                .wait_timeout(heard, wait)
                .map_or_else(|p| p.into_inner().0, |(heard, _)| heard);
        }
        drop(heard);
        Finished {
            code: status.code(),
            signal: status.signal(),
            stdout: self.output.text(Some(Stream::Out)),
            stderr: self.output.text(Some(Stream::Err)),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.watched.is_some() {
            self.kill();
        }
    }
}

impl Finished {
    /// Panics with everything it said unless it ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(self.code == Some(code), "expected exit code {code}\n{self}");
        self
    }

    /// Panics unless it said this, on either stream.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.stdout.contains(part) || self.stderr.contains(part), "expected `{part}`\n{self}");
        self
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => writeln!(f, "exit code: {code}")?,
            (None, signal) => writeln!(f, "ended by signal: {signal:?}")?,
        }
        write!(f, "--- stdout\n{}--- stderr\n{}---", self.stdout, self.stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Running {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Running::start("a shell", command)
    }

    #[test]
    fn what_a_program_says_is_told_apart_by_stream() {
        let finished = shell("echo data; echo talk >&2; exit 3").wait().exits(3);
        assert_eq!(
            (finished.stdout.as_str(), finished.stderr.as_str()),
            ("data\n", "talk\n"),
            "both streams"
        );
    }

    #[test]
    fn a_line_can_be_waited_for_while_the_program_goes_on() {
        let mut program = shell("echo ready; read line; echo got $line");
        program.wait_for_line("ready");
        assert!(program.is_running(), "it waits for its input");
        program.give("this\n");
        program.wait().exits(0).says("got this");
    }

    #[test]
    fn a_signal_is_told_apart_from_an_exit_code() {
        let program = shell("echo ready; read line");
        program.wait_for_line("ready");
        program.signal(Signal::TERM);
        let finished = program.wait();
        assert_eq!((finished.code, finished.signal), (None, Some(15)), "ended by SIGTERM");
    }

    #[test]
    fn a_program_ends_with_the_test_that_started_it() {
        let program = shell("echo ready; exec sleep 1000");
        program.wait_for_line("ready");
        let folder = format!("/proc/{}", program.id());
        drop(program);
        assert!(!std::path::Path::new(&folder).exists(), "the process is gone");
    }
}
