//! kubectl, with an exec plugin. It sends a token over TLS alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::stand::{Answer, Seen, Stand};
use super::{Machine, TOKEN};

/// An API server that greets whoever has the token.
fn cluster() -> Stand {
    Stand::encrypted(std::sync::Arc::new(|seen: &Seen| {
        if seen.authorization() != format!("Bearer {TOKEN}") {
            let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Unauthorized", "code": 401 });
            return Answer { status: 401, ..Answer::json(&status) };
        }
        Answer::json(&json!({ "hello": "from the cluster" }))
    }))
}

/// A kubeconfig whose cluster is `at`, and whose user is what `--setup` says.
fn kubeconfig(machine: &Machine, at: &Stand) {
    let said = machine.setup("kubectl");
    // Before 1.22 kubectl spoke the version before.
    let said = if is_old(machine) { said.replace("k8s.io/v1", "k8s.io/v1beta1") } else { said };
    let trusted = STANDARD.encode(at.certificate.as_deref().unwrap_or_default());
    let config = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: here\n  cluster:\n    server: {}\n    certificate-authority-data: {trusted}\n\
         contexts:\n- name: here\n  context:\n    cluster: here\n    user: demo\ncurrent-context: here\n{said}",
        at.url
    );
    machine.write(".kube/config", &config);
}

fn is_old(machine: &Machine) -> bool {
    let said = machine.run("kubectl", &["version", "--client", "--output", "json"]).exits(0).stdout;
    let version: Value = serde_json::from_str(&said).expect("JSON");
    let minor = version["clientVersion"]["minor"].as_str().unwrap_or_default();
    minor.trim_end_matches('+').parse().is_ok_and(|minor: u32| minor < 22)
}

#[test]
fn kubectl_asks_the_cluster_with_the_token() {
    let cluster = cluster();
    let machine = Machine::signed_in(&cluster.url);
    kubeconfig(&machine, &cluster);
    let _ = machine.run("kubectl", &["get", "--raw", "/hello"]).exits(0).says("from the cluster");
}

#[test]
fn another_cluster_gets_nothing() {
    let (home, stranger) = (cluster(), cluster());
    let machine = Machine::signed_in(&home.url);
    kubeconfig(&machine, &stranger);
    let _ =
        machine.run("kubectl", &["get", "--raw", "/hello"]).exits(1).says("gets no token of Doorkey demo");
    assert_eq!(stranger.was_shown(TOKEN), 0);
}

#[test]
fn a_kubeconfig_that_does_not_say_which_cluster_gets_nothing() {
    let cluster = cluster();
    let machine = Machine::signed_in(&cluster.url);
    kubeconfig(&machine, &cluster);
    let config = std::fs::read_to_string(machine.path(".kube/config")).expect("a kubeconfig");
    machine.write(".kube/config", &config.replace("provideClusterInfo: true", "provideClusterInfo: false"));
    let _ = machine.run("kubectl", &["get", "--raw", "/hello"]).exits(1).says("provideClusterInfo: true");
    assert_eq!(cluster.was_shown(TOKEN), 0);
}
