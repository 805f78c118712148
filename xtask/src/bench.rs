//! What is measured, always beside something else in the same run: ratios hold on other machines, too.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use doorkey_tests::http::{Ask, Connection, ask, query};
use doorkey_tests::process::Running;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::{Visited, Visitor};
use doorkey_tests::workspace;

use crate::Outcome;
use crate::run::run_cargo;

/// What has to hold between the click and the credential on disk, whatever the machine.
const CLICK_LIMIT: Duration = Duration::from_millis(100);
/// The demo tool's credential, in its home.
const CREDENTIAL: &str = ".demo/credentials.json";

struct Row {
    what: &'static str,
    median: Duration,
    beside: &'static str,
    beside_median: Duration,
}

/// `cargo xtask bench`.
pub fn run(arguments: &[String]) -> Outcome {
    let (mut quick, mut write) = (false, false);
    for argument in arguments {
        match argument.as_str() {
            "--quick" => quick = true,
            "--write" => write = true,
            other => return Err(format!("bench has no `{other}`; `cargo xtask help` says what it has")),
        }
    }
    // One by one: built together, each would carry what the other needs of the libraries they share.
    run_cargo(&["build", "--release", "--quiet", "--package", "doorkey-cli"])?;
    run_cargo(&["build", "--release", "--quiet", "--package", "doorkey-server"])?;

    let rounds = if quick { 15 } else { 60 };
    let service = Service::dev().release().start();
    let mut visitor = Visitor::new(&service.url);
    visitor.sign_up("ada@example.com");
    let tool = Tool::new("demo", &service.url).release();

    let round_trip = round_trip(&service, rounds * 10);
    let mut rows = Vec::new();
    for (what, way) in [
        ("click to credential on disk, loopback", Way::Loopback),
        ("click to credential on disk, device code", Way::Device),
    ] {
        let times: Result<Vec<_>, _> = (0..rounds).map(|_| click(way, &tool, &mut visitor)).collect();
        let beside = "an HTTP round trip to the service";
        rows.push(Row { what, median: median(times?), beside, beside_median: round_trip });
    }
    rows.push(start_up(&tool, rounds * 20)?);

    let table = table(&rows);
    print!("{table}");
    if write {
        let page = format!(
            "<!-- Written by `cargo xtask bench --write`. -->\n\n# Measured\n\n\
             Medians of one run on one machine; what is worth comparing is the last column.\n\n{table}\n\
             From the click, which is the moment the browser sends the approval, to the credential on disk, the limit is \
             {} ms.\n",
            CLICK_LIMIT.as_millis()
        );
        let path = workspace().join("docs/bench.md");
        fs::write(&path, page).map_err(|problem| format!("docs/bench.md cannot be written: {problem}"))?;
    }
    match rows.iter().find(|row| row.what.starts_with("click") && row.median > CLICK_LIMIT) {
        Some(row) => Err(format!("{}: {:?} is more than the limit of {CLICK_LIMIT:?}", row.what, row.median)),
        None => Ok(()),
    }
}

#[derive(Clone, Copy)]
enum Way {
    Loopback,
    Device,
}

/// One whole sign-in; the time from sending the approval until the credential is there, whole.
fn click(way: Way, tool: &Tool, visitor: &mut Visitor) -> Result<Duration, String> {
    let file = tool.path(CREDENTIAL);
    let _ = fs::remove_file(&file);
    let (login, page) = match way {
        Way::Loopback => {
            let mut login = tool.start(&["login", "--browser"]);
            let link = tool.opened(&mut login);
            let page = visitor.open(&link);
            (login, page)
        }
        Way::Device => {
            let login = tool.start(&["login", "--device"]);
            let link = login
                .wait_for("the link", |_, line| line.contains("user_code=").then(|| line.trim().to_owned()));
            // The link brings the code along; that it is the right one is for the person to say.
            let typed = visitor.open(&link);
            let page = visitor.press(&typed, "Continue", &[]);
            // The poll that waits has arrived by now; it is asked for at once.
            std::thread::sleep(Duration::from_millis(150));
            (login, page)
        }
    };
    let time = approve(visitor, &page, &file)?;
    finish(login)?;
    Ok(time)
}

fn approve(visitor: &mut Visitor, page: &Visited, file: &Path) -> Result<Duration, String> {
    let (_, approval) = visitor.pressing(page, "Approve", &[]);
    let start = Instant::now();
    let answer = visitor.ask(approval);
    // A browser goes where it is sent, and that may be the command's own listener.
    let home = answer.header("location").unwrap_or_default().to_owned();
    let _listener = query(&home, "code").map(|_| {
        let mut connection = Connection::open(&home);
        let target = home.splitn(4, '/').nth(3).unwrap_or_default();
        let sent = connection.send(&Ask::get(&format!("/{target}")).header("Sec-Fetch-Mode", "navigate"));
        (connection, sent)
    });
    while start.elapsed() < Duration::from_secs(10) {
        // It is replaced as a whole: when it is there, all of it is.
        if file.exists() {
            return Ok(start.elapsed());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Err(format!("no credential within ten seconds; the approval was answered: {answer:?}"))
}

fn finish(login: Running) -> Outcome {
    let finished = login.wait();
    if finished.code == Some(0) { Ok(()) } else { Err(format!("the login failed:\n{finished}")) }
}

fn round_trip(service: &Service, rounds: usize) -> Duration {
    ask(&service.url, &Ask::get("/healthz"));
    let mut connection = Connection::open(&service.url);
    median((0..rounds).map(|_| timed(|| connection.ask(&Ask::get("/healthz")))).collect())
}

/// `doorkey token` and `/bin/true`, in turns, so that both have the same machine.
fn start_up(tool: &Tool, rounds: usize) -> Result<Row, String> {
    let (mut ours, mut nothing) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut command = tool.command(&["token"]);
        ours.push(program(&mut command)?);
        let mut command = Command::new("/bin/true");
        command.env_clear();
        nothing.push(program(&mut command)?);
    }
    let (median, beside_median) = (median(ours), median(nothing));
    Ok(Row { what: "`doorkey token`, from a file", median, beside: "`/bin/true`", beside_median })
}

fn program(command: &mut Command) -> Result<Duration, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status =
        command.status().map_err(|problem| format!("{}: {problem}", command.get_program().display()))?;
    let time = start.elapsed();
    if status.success() {
        Ok(time)
    } else {
        Err(format!("{} failed ({status})", command.get_program().display()))
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn table(rows: &[Row]) -> String {
    let mut table = String::from("| what | median | beside | median | ratio |\n|---|--:|---|--:|--:|\n");
    for Row { what, median, beside, beside_median } in rows {
        let ratio = median.as_secs_f64() / beside_median.as_secs_f64();
        let [median, beside_median] =
            [median, beside_median].map(|time| format!("{:.2} ms", time.as_secs_f64() * 1000.0));
        let _ = writeln!(table, "| {what} | {median} | {beside} | {beside_median} | {ratio:.1} |");
    }
    table
}
