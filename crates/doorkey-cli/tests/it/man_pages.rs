//! The manual's pages, as groff and man read them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::tool::Tool;

/// Every page of this tool.
fn pages(tool: &Tool) -> Vec<PathBuf> {
    let folder = tool.path("man/man1");
    let output = tool.command(&["man", "--output", folder.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", tool.shown(&output));
    let told: Vec<PathBuf> = String::from_utf8(output.stdout).unwrap().lines().map(PathBuf::from).collect();
    assert_eq!(told.len(), fs::read_dir(folder).unwrap().count(), "it names every page");
    told
}

#[test]
fn groff_reads_every_page_without_a_warning() {
    for name in ["demo", "armoriq", "tank"] {
        let tool = Tool::called(name);
        let pages = pages(&tool);
        assert!(pages.len() > 40 && pages.contains(&tool.path(&format!("man/man1/{name}-login.1"))));
        let output =
            Command::new("groff").args(["-man", "-ww", "-Tutf8", "-z"]).args(&pages).output().unwrap();
        assert!(output.status.success(), "{name}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
    }
}

#[test]
fn man_shows_a_page_in_the_links_name() {
    let tool = Tool::called("demo");
    pages(&tool);
    let mut man = Command::new("man");
    man.args(["--warnings", "demo-tokens-create"]).env_clear().env("PATH", "/usr/bin:/bin");
    man.env("MANPATH", tool.path("man"))
        .env("MANWIDTH", "80")
        .env("LC_ALL", "C.UTF-8")
        .env("MANPAGER", "cat");
    let output = man.output().unwrap();
    let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.is_empty(), "{said}");
    for part in ["demo tokens create CI --scope profile:read", "`30d` …", "demo 0.1.0 (doorkey 0.1.0)"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn without_a_folder_the_commands_own_page_is_printed() {
    let tool = Tool::new();
    let output = tool.command(&["man"]).output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains(".TH doorkey 1") && page.contains(r"doorkey\-login(1)"), "{page}");
    let json = tool.command(&["man", "--json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["page"].as_str().unwrap().trim_end(), page.trim_end());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let tool = Tool::called("demo");
    tool.write("here", "a file", 0o600);
    let shown = tool.run(&["man", "--output", tool.path("here").to_str().unwrap()]);
    assert!(shown.starts_with("exit: 1\n") && shown.contains("couldn't be written"), "{shown}");
}

#[test]
fn a_link_says_the_tools_version_and_doorkeys() {
    insta::assert_snapshot!(Tool::called("demo").run(&["--version"]), @"
    exit: 0
    --- stdout ---
    demo 0.1.0 (doorkey 0.1.0)
    ");
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "--version"]), @"
    exit: 0
    --- stdout ---
    doorkey 0.1.0
    ");
}
