//! cargo, with a registry that shows its index to nobody without a token.

use doorkey_tests::process::{Finished, Running};
use serde_json::json;

use super::stand::{Answer, Seen, Stand, sha256};
use super::{Machine, TOKEN};

/// The one that builds this; its compiler lies beside it.
const CARGO: &str = env!("CARGO");

/// A crate, packed by cargo itself.
fn packed() -> Vec<u8> {
    let maker = Machine::signed_in("http://127.0.0.1:9");
    maker.write(
        "hello/Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"x\"\n",
    );
    maker.write("hello/src/lib.rs", "");
    let manifest = maker.path("hello/Cargo.toml").display().to_string();
    let pack =
        ["package", "--no-verify", "--allow-dirty", "--offline", "--quiet", "--manifest-path", &manifest];
    let _ = run(&maker, &pack.map(str::to_owned)).exits(0);
    std::fs::read(maker.path("hello/target/package/hello-0.1.0.crate")).expect("a packed crate")
}

/// The index and the crate, for whoever has the token.
fn registry() -> Stand {
    let packed = packed();
    let sum = sha256(&packed);
    Stand::start(move |seen: &Seen| {
        if seen.authorization() != TOKEN {
            return Answer::who_are_you("Cargo login_url=\"http://127.0.0.1/me\"");
        }
        let host = seen.headers.get("host").cloned().unwrap_or_default();
        match seen.path.as_str() {
            "/index/config.json" => Answer::json(&json!({
                "dl": format!("http://{host}/crates"), "api": format!("http://{host}"), "auth-required": true,
            })),
            "/index/he/ll/hello" => Answer::ok(format!(
                "{}\n",
                json!({ "name": "hello", "vers": "0.1.0", "deps": [], "cksum": sum, "features": {}, "yanked": false })
            )),
            "/crates/hello/0.1.0/download" => Answer::ok(packed.clone()),
            _ => Answer::missing(),
        }
    })
}

/// A project that needs the crate, of a registry at this address.
fn project(machine: &Machine, index: &str) -> Vec<String> {
    machine.write(
        "project/Cargo.toml",
        "[package]\nname = \"project\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies]\nhello = { version = \"0.1\", registry = \"demo\" }\n",
    );
    machine.write("project/src/lib.rs", "");
    machine.write(
        ".cargo/config.toml",
        &format!("[registries.demo]\nindex = \"sparse+{index}/index/\"\ncredential-provider = [\"cargo-credential-demo\"]\n"),
    );
    machine.link("cargo-credential-demo");
    let manifest = machine.path("project/Cargo.toml").display().to_string();
    ["fetch", "--manifest-path", &manifest].map(str::to_owned).to_vec()
}

fn run(machine: &Machine, arguments: &[String]) -> Finished {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = machine.command(CARGO, &arguments);
    command.env("RUSTC", std::path::Path::new(CARGO).with_file_name("rustc"));
    Running::start("cargo", command).wait()
}

#[test]
fn cargo_fetches_from_a_registry_that_demands_the_token() {
    let registry = registry();
    let machine = Machine::signed_in(&registry.url);
    let fetch = project(&machine, &registry.url);
    // Those are the lines that the command itself says belong there.
    let said = machine.setup("cargo");
    assert!(said.contains("credential-provider = [\"cargo-credential-demo\"]"), "{said}");
    run(&machine, &fetch).exits(0);
    let asked: Vec<String> = registry.seen().into_iter().map(|seen| seen.path).collect();
    assert!(asked.contains(&"/crates/hello/0.1.0/download".to_owned()), "{asked:?}");
}

#[test]
fn cargo_is_told_that_another_registry_is_none_of_ours() {
    let (home, stranger) = (registry(), registry());
    let machine = Machine::signed_in(&home.url);
    let fetch = project(&machine, &stranger.url);
    let finished = run(&machine, &fetch).exits(101);
    assert!(finished.stderr.contains("no credential providers could handle the request"), "{finished}");
    assert_eq!(stranger.was_shown(TOKEN), 0);
}

#[test]
fn cargo_login_and_logout_say_whose_that_is() {
    let registry = registry();
    let machine = Machine::signed_in(&registry.url);
    project(&machine, &registry.url);
    let mut login = machine.command(CARGO, &["login", "--registry", "demo"]);
    login.stdin(std::process::Stdio::piped());
    let mut login = Running::start("cargo login", login);
    login.give("some-token\n");
    let _ = login.wait().exits(101).says("doorkey --app demo login");
    let _ =
        machine.run(CARGO, &["logout", "--registry", "demo"]).exits(101).says("doorkey --app demo logout");
}
