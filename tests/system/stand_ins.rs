//! Published commands that are in no registry, as their contracts say what they send and take. Each test names the section.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use doorkey_tests::browser::Browser;
use doorkey_tests::http::{Ask, ask, encode_form};
use doorkey_tests::person::create_account;
use doorkey_tests::process::{PATIENCE, Running};
use doorkey_tests::service::Service;
use doorkey_tests::workspace;
use serde_json::Value;

use crate::stage::somebody;

/// The page of the command's listener: it takes the token out of the fragment and sends it on.
const CALLBACK_PAGE: &str = r#"<!doctype html><html lang="en"><title>Signing in</title><p id="said">Signing in</p><script>
const fields = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
fetch("/cb-complete", { method: "POST", headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ token: fields.get("token"), state: fields.get("state") }) })
  .then((answer) => { if (answer.ok) location.href = "/success";
    else document.getElementById("said").textContent = "Login failed"; });
</script>"#;

/// The listener of a command that is given its key by a page of its own.
struct Listener {
    address: String,
    delivered: Receiver<Value>,
    asked: Receiver<String>,
}

fn listen(state: &'static str) -> Listener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    let ((deliver, delivered), (ask, asked)) = (channel(), channel());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream, state, &deliver, &ask);
        }
    });
    Listener { address, delivered, asked }
}

fn serve(mut stream: TcpStream, state: &str, deliver: &Sender<Value>, asked: &Sender<String>) {
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    let (mut first, mut length) = (String::new(), 0);
    let _ = reader.read_line(&mut first);
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(read) if read > 2 => {}
            _ => break,
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let _ = asked.send(first.trim().to_owned());
    let (status, answer) = match first.split(' ').collect::<Vec<_>>()[..] {
        ["GET", path, ..] if path.starts_with("/cb") => ("200 OK", CALLBACK_PAGE),
        ["GET", path, ..] if path.starts_with("/success") => {
            ("200 OK", "<!doctype html><title>x</title><p>✓ Logged in")
        }
        ["POST", "/cb-complete", ..] => {
            let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
            if sent["state"] == state {
                let _ = deliver.send(sent);
                ("200 OK", "{\"ok\":true}")
            } else {
                ("400 Bad Request", "Invalid state")
            }
        }
        _ => ("404 Not Found", "Not found"),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}",
        answer.len()
    );
    let _ = write!(stream, "{head}\r\nConnection: close\r\n\r\n{answer}");
}

const STATE: &str = "6f0c5a1e9b7d4c3f8a2e6f0c5a1e9b7d4c3f8a2e6f0c5a1e9b7d4c3f8a2e6f0c";

/// The link that the published `@almyty/auth` opens.
fn login_link(service: &Service, listener: &Listener) -> String {
    let query = encode_form(&[
        ("callback", &format!("{}/cb", listener.address)),
        ("success", &format!("{}/success", listener.address)),
        ("state", STATE),
    ]);
    format!("{}/cli-login?{query}", service.url)
}

#[test]
fn b_2_1_almytys_published_package_is_handed_its_key_by_the_browser() {
    let service = Service::dev().root_app("almyty").start();
    let listener = listen(STATE);
    let person = Browser::shared().person();
    let page = person.tab();
    let email = somebody();
    page.goto(&login_link(&service, &listener));
    page.press("Create an account");
    create_account(&page, &email);
    page.see("Connect almyty CLI");
    assert!(!page.shows("has to show this code"), "the terminal shows none");
    page.press("Connect CLI");
    page.see("✓ Logged in");
    let delivered = listener.delivered.recv_timeout(PATIENCE).expect("the key is delivered");
    let key = delivered["token"].as_str().expect("a key").to_owned();
    assert!(key.starts_with("ak_live_"));
    let profile = ask(&service.url, &Ask::get("/auth/profile").bearer(&key)).is(200).json();
    assert_eq!(profile["data"]["email"], email.as_str());
    let told = |line: &String| line.contains(&key) || line.contains(STATE);
    assert!(!service.log().iter().any(told), "the service tells nobody");
    assert!(!listener.asked.try_iter().any(|line| line.contains(&key)), "no address holds it");
}

#[test]
fn b_2_1_almytys_published_package_hears_nothing_of_a_refusal() {
    let service = Service::dev().root_app("almyty").start();
    let listener = listen(STATE);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&login_link(&service, &listener));
    page.press("Create an account");
    create_account(&page, &somebody());
    page.press("Deny");
    page.see("You denied the sign-in");
    assert!(listener.asked.try_iter().next().is_none(), "nobody came by");
}

/// Where `dev` says that the certificate of its authority lies.
fn certificate(service: &Service) -> String {
    let log = service.log().join("\n");
    let words = log.split(|c: char| c.is_whitespace() || "`'\"".contains(c));
    let mut files =
        words.filter(|word| std::path::Path::new(word).extension().is_some_and(|end| end == "pem"));
    files.next().unwrap_or_else(|| panic!("no certificate: {log}")).to_owned()
}

#[test]
fn a2_every_generation_of_arkors_command_signs_in_and_is_told_who_it_is() {
    let service = Service::dev().root_app("arkor").with("--tls").start();
    let certificate = certificate(&service);
    let browser = Browser::start(&["--ignore-certificate-errors"]);
    let person = browser.person();
    let page = person.tab();
    let email = somebody();
    for (nth, version) in ["0.0.1-alpha.3", "0.0.2-alpha.2", "0.0.3-alpha.1", "head"].into_iter().enumerate()
    {
        let mut command = Command::new("node");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("NODE_EXTRA_CA_CERTS", &certificate);
        command.arg(workspace().join("tests/system/stand_ins/arkor.js")).args([&service.url, version]);
        let login = Running::start("arkor", command);
        let link = login.wait_for("the link", |_, line| Some(line.strip_prefix("Browser: ")?.to_owned()));
        page.goto(&link);
        if nth == 0 {
            page.press("Create an account");
            create_account(&page, &email);
        }
        page.see("Stay signed in while you are away");
        assert!(!page.shows("has to show this code"), "the terminal shows none");
        page.press("Approve");
        page.see("Signed in to arkor");
        let said = login.wait().exits(0).stdout;
        assert!(said.contains(&format!("{{\"email\":\"{email}\",\"orgs\":1}}")), "{version}: {said}");
    }
}
