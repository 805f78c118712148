//! Servers that lie: each command that asks one ends by itself, with little memory, says what is wrong in words that can't
//! play with the terminal, and signs nobody out.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::json;

use crate::tool::{Tool, access_token};

/// A server that answers its metadata as it should and everything else with `lie`. It ends with the process.
fn lying(lie: fn(&mut TcpStream) -> std::io::Result<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "device_authorization_endpoint": format!("{url}/device_authorization"),
        "revocation_endpoint": format!("{url}/revoke"),
        "userinfo_endpoint": format!("{url}/userinfo"),
    })
    .to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let metadata = metadata.clone();
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                reader.read_line(&mut first).unwrap_or(0);
                let (mut header, mut length) = (String::new(), 0);
                while reader.read_line(&mut header).is_ok_and(|read| read > 2) {
                    let named = header.to_lowercase();
                    length =
                        named.strip_prefix("content-length:").map_or(length, |it| it.trim().parse().unwrap());
                    header.clear();
                }
                // What isn't read would be answered with a reset, whatever else is said.
                let _ = reader.read_exact(&mut vec![0; length]);
                // Whoever has heard enough hangs up.
                let _ = if first.contains("/.well-known/") {
                    json_answer(&mut stream, 200, &metadata)
                } else {
                    lie(&mut stream)
                };
            });
        }
    });
    url
}

fn answer(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    stream.write_all(format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes())?;
    stream.write_all(body)
}

fn json_answer(stream: &mut TcpStream, status: u16, body: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n");
    answer(stream, &head, body.as_bytes())
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(format!("{OK}Transfer-Encoding: chunked\r\n\r\n").as_bytes())?;
    loop {
        stream.write_all(b"8\r\n[[[[[[[[\r\n")?;
    }
}

fn two_hundred_megabytes(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(format!("{OK}Content-Length: 200000000\r\n\r\n{{\"sub\":\"").as_bytes())?;
    let part = vec![b'x'; 1_000_000];
    (0..200).try_for_each(|_| stream.write_all(&part))
}

fn redirects_to_itself(stream: &mut TcpStream) -> std::io::Result<()> {
    answer(stream, "HTTP/1.1 302 Found\r\nLocation: /userinfo\r\n", b"")
}

fn a_portal(stream: &mut TcpStream) -> std::io::Result<()> {
    answer(stream, "HTTP/1.1 302 Found\r\nLocation: https://portal.hotel.example/login\r\n", b"")
}

fn a_page(stream: &mut TcpStream) -> std::io::Result<()> {
    answer(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<!doctype html><title>Welcome</title>")
}

fn another_charset(stream: &mut TcpStream) -> std::io::Result<()> {
    let body: Vec<u8> = r#"{"sub":"u_1"}"#.encode_utf16().flat_map(u16::to_be_bytes).collect();
    answer(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-16be\r\n", &body)
}

fn headers_that_are_no_text(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nX-Bad: \xff\xfe\x80\r\nContent-Type: \xc3\x28\r\n")?;
    answer(stream, "", b"nonsense")
}

fn headers_without_end(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
    loop {
        stream.write_all(b"X-More: and more and more and more and more and more and more\r\n")?;
    }
}

fn one_header_of_ten_megabytes(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ")?;
    stream.write_all(&vec![b'y'; 10_000_000])?;
    answer(stream, "\r\n", b"{}")
}

fn a_hundred_thousand_deep(stream: &mut TcpStream) -> std::io::Result<()> {
    let body = "[".repeat(100_000) + &"]".repeat(100_000);
    json_answer(stream, 200, &body)
}

fn numbers_out_of_range(stream: &mut TcpStream) -> std::io::Result<()> {
    json_answer(stream, 200, r#"{"sub":1e99999,"expires_in":-1e999,"interval":99999999999999999999999999}"#)
}

fn breaks_off(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(format!("{OK}Content-Length: 500\r\n\r\n{{\"sub\":").as_bytes())?;
    rustix::net::sockopt::set_socket_linger(&*stream, Some(std::time::Duration::ZERO))?;
    Ok(())
}

fn not_http(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"SSH-2.0-OpenSSH_9.7\r\n\0\0\0\x1b[2J")
}

fn compressed(stream: &mut TcpStream) -> std::io::Result<()> {
    let bomb = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xed, 0xc1, 0x81, 0, 0, 0, 0];
    answer(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n", &bomb)
}

fn nothing_at_all(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.flush()
}

/// Escapes that clear a screen, set a title, write backwards and ring, in everything that might be shown.
fn escapes(stream: &mut TcpStream) -> std::io::Result<()> {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}evil\u{9b}31m\r\n\u{8}";
    let body = json!({ "error": evil, "error_description": evil.repeat(2000), "message": evil, "sub": evil });
    json_answer(stream, 400, &body.to_string())
}

type Lie = (&'static str, fn(&mut TcpStream) -> std::io::Result<()>);

const LIES: [Lie; 16] = [
    ("an endless body", endless),
    ("200 MB of JSON", two_hundred_megabytes),
    ("a redirect loop", redirects_to_itself),
    ("a captive portal", a_portal),
    ("a page", a_page),
    ("another charset", another_charset),
    ("headers that are no text", headers_that_are_no_text),
    ("headers without end", headers_without_end),
    ("one header of 10 MB", one_header_of_ten_megabytes),
    ("100,000 levels deep", a_hundred_thousand_deep),
    ("numbers out of range", numbers_out_of_range),
    ("reset in the middle", breaks_off),
    ("not HTTP", not_http),
    ("compressed unasked", compressed),
    ("nothing at all", nothing_at_all),
    ("escapes for the terminal", escapes),
];

/// Every command that asks a server.
const COMMANDS: [&[&str]; 12] = [
    &["whoami"],
    &["whoami", "--json"],
    &["status"],
    &["token"],
    &["login", "--device", "--timeout", "5"],
    &["login", "--token", A_TOKEN],
    &["tokens"],
    &["keys"],
    &["orgs"],
    &["logs"],
    &["doctor"],
    &["-v", "logout", "--revoke", "--yes"],
];

/// Stands for a token that could be one of the demo's.
const A_TOKEN: &str = "TOKEN";

/// A process may have so many KiB for itself, its threads and its libraries: not for what a server wants to send.
const MEMORY: &str = "300000";

fn confined(tool: &Tool, command: &[&str]) -> Output {
    let token = access_token(4);
    let arguments = command.iter().map(|word| if *word == A_TOKEN { token.as_str() } else { *word });
    let arguments: Vec<&str> = ["--app", "demo"].into_iter().chain(arguments).collect();
    let plain = tool.command(&arguments);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("ulimit -v {MEMORY} && exec \"$@\""), "sh"]).arg(plain.get_program());
    command.args(plain.get_args()).env_clear();
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).current_dir(plain.get_current_dir().unwrap()).output().unwrap()
}

fn check(lie: &str, command: &[&str], output: &Output) {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8(said).unwrap();
    let code = output.status.code();
    // Only what needs no answer may work: a token that can't be checked is saved, and called unchecked.
    let fine = command.contains(&"logout") || command.contains(&A_TOKEN) || command == ["doctor"];
    let wanted: &[i32] = if fine { &[0, 1, 3] } else { &[1, 3, 4] };
    assert!(code.is_some_and(|code| wanted.contains(&code)), "{lie}, {command:?}: {code:?}\n{said}");
    assert!(!said.contains("panicked") && !said.contains("memory allocation"), "{lie}, {command:?}: {said}");
    assert!(said.len() < 6000, "{lie}, {command:?}: {} bytes are said", said.len());
    let steers = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!said.contains(steers), "{lie}, {command:?}: {said:?}");
    if !fine {
        assert!(!said.trim().is_empty(), "{lie}, {command:?}: it says what is wrong");
    }
}

#[test]
fn a_lie_costs_no_memory_no_sign_in_and_no_terminal() {
    let tests: Vec<_> = LIES
        .into_iter()
        .map(|(lie, tell)| {
            thread::spawn(move || {
                let url = lying(tell);
                for command in COMMANDS {
                    // A token that has run out, so that `token` has to ask, too.
                    let tool =
                        Tool::new().set("DEMO_URL", &url).signed_in_until(&url, "2026-01-01T00:00:00Z");
                    check(lie, command, &confined(&tool, command));
                    if !command.contains(&"logout") && !command.contains(&A_TOKEN) {
                        let kept = std::fs::read_to_string(tool.credentials()).unwrap();
                        assert!(kept.contains(&access_token(1)), "{lie}, {command:?}: still signed in");
                    }
                }
            })
        })
        .collect();
    for test in tests {
        test.join().unwrap();
    }
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let told = LIES.into_iter().map(|(lie, tell)| {
        let url = lying(tell);
        let tool = Tool::new().set("DEMO_URL", &url).hide(&url, "[server]");
        let output = tool.start(&["--app", "demo", "login", "--device", "--timeout", "5"]);
        let text = tool.shown(&output.wait_with_output().unwrap());
        let error = text.lines().find(|line| line.starts_with("error:")).unwrap_or("nothing").to_owned();
        format!("{lie}: {error}")
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    an endless body: error: The answer of [server] couldn't be read: it is too large.
    200 MB of JSON: error: The answer of [server] couldn't be read: it is too large.
    a redirect loop: error: [server] sends requests elsewhere (status 302), which isn't followed.
    a captive portal: error: A captive portal or a proxy seems to have answered instead of [server] (status 302): it sends requests to portal.hotel.example.
    a page: error: [server] answered with a web page where data was expected (status 200); a captive portal or a proxy may have answered instead.
    another charset: error: [server] gave an answer to `start` that isn't understood (status 200).
    headers that are no text: error: [server] gave an answer to `start` that isn't understood (status 200).
    headers without end: error: The answer of [server] couldn't be read: it doesn't follow the protocol.
    one header of 10 MB: error: The answer of [server] couldn't be read: it is too large.
    100,000 levels deep: error: [server] gave an answer to `start` that isn't understood (status 200).
    numbers out of range: error: [server] gave an answer to `start` that isn't understood (status 200).
    reset in the middle: error: The answer of [server] couldn't be read: it stopped in the middle.
    not HTTP: error: The answer of [server] couldn't be read: it doesn't follow the protocol.
    compressed unasked: error: [server] gave an answer to `start` that isn't understood (status 200).
    nothing at all: error: The answer of [server] couldn't be read: it stopped in the middle.
    escapes for the terminal: error: The service didn't begin the sign-in:  [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned  evil 31m    [2J ]0;owned
    ");
}

/// One byte a second, for ever: the request's own time-out ends it.
fn drips(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(format!("{OK}Content-Length: 100000\r\n\r\n").as_bytes())?;
    loop {
        stream.write_all(b" ")?;
        thread::sleep(std::time::Duration::from_secs(1));
    }
}

#[test]
fn a_slow_drip_ends_with_the_time_out_in_every_command() {
    let tests: Vec<_> = COMMANDS
        .into_iter()
        .map(|command| {
            thread::spawn(move || {
                let url = lying(drips);
                let tool = Tool::new().set("DEMO_URL", &url).signed_in_until(&url, "2026-01-01T00:00:00Z");
                check("a slow drip", command, &confined(&tool, command));
            })
        })
        .collect();
    for test in tests {
        test.join().unwrap();
    }
}

/// The page that a person is sent to, as a server that wants to run something would have it.
#[test]
fn a_page_to_open_is_an_address_or_nothing_is_opened() {
    for (page, opens) in [
        ("-oProxyCommand=touch pwned", false),
        ("--new-window https://evil.example", false),
        ("javascript:alert(1)", false),
        ("file:///etc/passwd", false),
        ("http://evil.example/", false),
        ("https://evil.example/$(touch pwned)`touch pwned`;touch pwned", true),
        ("https://evil.example/\u{1b}[2J\"' &| touch pwned", true),
        ("  https://evil.example/", true),
    ] {
        let service = crate::service::Service::start();
        let start = "POST /oauth/device_authorization";
        let body = json!({
            "device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": page,
            "verification_uri_complete": page, "expires_in": 1, "interval": 1,
        });
        service.forget(start).on(start, 200, &body);
        service.on("POST /oauth/token", 400, &json!({ "error": "authorization_pending" }));
        let tool = Tool::with(&service).with_browser();
        let output = tool.start(&["--app", "demo", "login", "--device", "--timeout", "1"]);
        let output = output.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(!said.contains('\u{1b}'), "{page}: {said:?}");
        assert_eq!(said.contains("Open this link"), opens, "{page}: {said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.contains("evil.example")).collect();
        assert!(lines.iter().all(|line| !line.contains([' ', '`', '"'])), "{page}: {lines:?}");
        for folder in ["", "home/"] {
            assert!(!tool.path(&format!("{folder}pwned")).exists(), "{page}");
        }
    }
}
