//! skopeo, which speaks docker's protocol for credential helpers as podman and docker do.

use serde_json::{Value, json};

use super::stand::{Answer, Seen, Stand, sha256};
use super::{Machine, TOKEN};

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}

/// A registry with one image of no layers, for whoever has the token.
fn registry() -> Stand {
    let config =
        json!({ "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": [] } })
            .to_string();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config.as_bytes()), "size": config.len(),
        },
        "layers": [],
    })
    .to_string();
    Stand::start(move |seen: &Seen| {
        if !seen.is_from("oauth2", TOKEN) {
            return Answer::who_are_you("Basic realm=\"registry\"")
                .with("Docker-Distribution-Api-Version: registry/2.0");
        }
        let blob = format!("/v2/team/app/blobs/{}", digest(config.as_bytes()));
        match seen.path.as_str() {
            "/v2/" => Answer::json(&json!({})),
            "/v2/team/app/tags/list" => Answer::json(&json!({ "name": "team/app", "tags": ["latest"] })),
            "/v2/team/app/manifests/latest" => Answer::ok(manifest.clone())
                .with("Content-Type: application/vnd.oci.image.manifest.v1+json")
                .with(&format!("Docker-Content-Digest: {}", digest(manifest.as_bytes()))),
            path if path == blob => Answer::ok(config.clone()),
            _ => Answer::missing(),
        }
    })
}

/// What `--setup` says belongs into `config.json`: the JSON at its end.
fn config(machine: &Machine) -> Value {
    let said = machine.setup("docker");
    let json = said.find('{').and_then(|start| said.get(start..)).unwrap_or_default();
    serde_json::from_str(json).expect("JSON")
}

#[test]
fn skopeo_copies_an_image_with_the_token() {
    let registry = registry();
    let machine = Machine::signed_in(&registry.url);
    let image = format!("docker://{}/team/app:latest", registry.authority());
    let copy = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", &image, "dir:image"];
    let _ = machine.run("skopeo", &copy).exits(1).says("unauthorized");

    machine.link("docker-credential-demo");
    machine.write(".docker/config.json", &config(&machine).to_string());
    machine.run("skopeo", &copy).exits(0);
    assert!(machine.path("image/manifest.json").exists(), "it is here");
}

#[test]
fn another_registry_is_asked_as_nobody() {
    let (home, stranger) = (registry(), registry());
    let machine = Machine::signed_in(&home.url);
    machine.link("docker-credential-demo");
    let helpers = json!({ "credHelpers": { stranger.authority(): "demo" }, "credsStore": "demo" });
    machine.write(".docker/config.json", &helpers.to_string());
    let image = format!("docker://{}/team/app", stranger.authority());
    let _ = machine.run("skopeo", &["list-tags", "--tls-verify=false", &image]).exits(1);
    assert_eq!(stranger.was_shown(TOKEN), 0);
}

#[test]
fn the_four_words_of_the_protocol() {
    let registry = registry();
    let machine = Machine::signed_in(&registry.url);
    machine.link("docker-credential-demo");
    let ask = |action: &str, input: &str| {
        let command = machine.command("docker-credential-demo", &[action]);
        let mut running = doorkey_tests::process::Running::start("docker-credential-demo", command);
        running.give(input);
        running.wait()
    };
    let given: Value = serde_json::from_str(&ask("get", registry.authority()).exits(0).stdout).expect("JSON");
    assert_eq!(given, json!({ "ServerURL": registry.authority(), "Username": "oauth2", "Secret": TOKEN }));
    let listed: Value = serde_json::from_str(&ask("list", "").exits(0).stdout).expect("JSON");
    assert_eq!(listed, json!({ registry.url.clone(): "oauth2" }));
    for action in ["store", "erase"] {
        let _ = ask(action, "{}").exits(1).says("docker can't sign");
    }
    assert_eq!(ask("get", "evil.example").exits(1).stdout, "credentials not found in native keychain\n");
}
