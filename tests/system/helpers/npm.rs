//! npm, whose `.npmrc` names a variable, and `exec`, which sets it.

use serde_json::json;

use super::stand::{Answer, Seen, Stand};
use super::{Machine, TOKEN};

#[test]
fn npm_finds_the_token_in_the_variable_that_its_npmrc_names() {
    let registry = Stand::start(|seen: &Seen| {
        if seen.path == "/-/whoami" && seen.authorization() == format!("Bearer {TOKEN}") {
            return Answer::json(&json!({ "username": "ada" }));
        }
        Answer::who_are_you("Bearer")
    });
    let machine = Machine::signed_in(&registry.url);
    let lines = machine.doorkey(&["helper", "npm", &registry.url]).exits(0).stdout;
    assert!(!lines.contains(TOKEN), "the token itself stands nowhere");
    machine.write(".npmrc", &lines);
    let quiet = ["--no-update-notifier", "whoami"];
    let _ = machine.run("npm", &quiet).exits(1);
    let exec = [&["exec", "--", "npm"], &quiet[..]].concat();
    assert_eq!(machine.doorkey(&exec).exits(0).stdout, "ada\n");
    let _ = machine.doorkey(&["helper", "npm", "https://npm.evil.example/"]).exits(1).says("gets no token");
}
