//! kubectl's exec plugins (`client.authentication.k8s.io`): the cluster in an environment variable, JSON out.

use doorkey::{Credential, Origin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, InputProblem};
use super::{Asked, Work, print};
use crate::failure::Failure;
use crate::time;

/// Where kubectl says what it wants.
pub const VARIABLE: &str = "KUBERNETES_EXEC_INFO";

/// The versions that are spoken; what is answered has the version of what was asked.
const VERSIONS: &[&str] = &["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// More than a cluster with its certificates needs.
const LONGEST: usize = 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    api_version: String,
    kind: String,
    spec: Spec,
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol")]
    status: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    cluster: Option<Cluster>,
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol; nobody is asked anything here")]
    interactive: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Cluster {
    server: String,
    #[serde(default)]
    tls_server_name: Option<String>,
    #[serde(default)]
    insecure_skip_tls_verify: bool,
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol: whom the person trusts for this cluster")]
    certificate_authority_data: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol")]
    proxy_url: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "a part of the protocol")]
    disable_compression: bool,
    #[serde(default)]
    #[expect(dead_code, reason = "what the kubeconfig says to the plugin")]
    config: Option<Value>,
}

/// Which cluster it is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// The version that is spoken.
    pub version: String,
    /// The API server.
    pub origin: Origin,
}

/// Reads what stands in the variable.
pub fn request(info: &str) -> Result<Request, InputProblem> {
    if info.len() > LONGEST {
        return Err(InputProblem::Long);
    }
    let wire: Wire = input::json(info.as_bytes())?;
    if !VERSIONS.contains(&wire.api_version.as_str()) || wire.kind != "ExecCredential" {
        return Err(InputProblem::Version);
    }
    let cluster =
        wire.spec.cluster.ok_or(InputProblem::Missing("which cluster: set `provideClusterInfo: true`"))?;
    let (origin, _) = Origin::with_path(&cluster.server)?;
    // A name that is checked instead of the host's own makes the host's name worthless.
    let another_name = cluster.tls_server_name.is_some_and(|name| !name.is_empty() && name != origin.host());
    if cluster.insecure_skip_tls_verify || another_name {
        return Err(InputProblem::Unverified);
    }
    Ok(Request { version: wire.api_version, origin })
}

/// What kubectl is given.
pub fn answer(request: &Request, credential: &Credential) -> Value {
    let mut status = json!({ "token": credential.token.expose() });
    if let (Some(end), Value::Object(status)) = (credential.expires_at.and_then(time::rfc3339), &mut status) {
        status.insert("expirationTimestamp".to_owned(), end.into());
    }
    json!({ "apiVersion": request.version, "kind": "ExecCredential", "status": status })
}

/// Gives the token, if the cluster is one that it is for.
pub fn run(work: &Work<'_>) -> Result<u8, Failure> {
    let info = work.client.system().variable(VARIABLE);
    let info = info.ok_or(InputProblem::Missing("which cluster: set `provideClusterInfo: true`"));
    let request = work.understood(info.and_then(|info| request(&info)))?;
    match work.credential(std::slice::from_ref(&request.origin))? {
        Asked::Foreign(error) => Err(error.into()),
        Asked::Given(credential) => print(&format!("{}\n", answer(&request, &credential))),
    }
}

/// The user of a kubeconfig. YAML takes JSON's strings as they are.
pub fn setup(name: &str, words: &[String]) -> String {
    let (program, arguments) =
        words.split_first().map_or(("doorkey", &[][..]), |(first, rest)| (first.as_str(), rest));
    let arguments: Vec<String> = arguments
        .iter()
        .map(String::as_str)
        .chain(["helper", "kubectl"])
        .map(|word| json!(word).to_string())
        .collect();
    format!(
        "users:\n- name: {}\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      \
         args: [{}]\n      interactiveMode: Never\n      provideClusterInfo: true",
        json!(name),
        json!(program),
        arguments.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cluster: &str) -> Result<String, String> {
        let info = format!(
            r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{{"cluster":{cluster},"interactive":false}}}}"#
        );
        request(&info).map(|request| request.origin.to_string()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_kubectl_says_is_understood() {
        let all = r#"{"server":"https://k8s.example.com:6443/base","certificate-authority-data":"QQ==","config":{"x":[1]},"tls-server-name":"k8s.example.com","proxy-url":"http://proxy.example","disable-compression":true}"#;
        assert_eq!(said(all).as_deref(), Ok("https://k8s.example.com:6443"));
        let old = r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"cluster":{"server":"https://127.0.0.1:6443"}}}"#;
        let old = request(old).map(|request| request.version).map_err(|problem| problem.to_string());
        assert_eq!(old.as_deref(), Ok("client.authentication.k8s.io/v1beta1"));
    }

    #[test]
    fn a_cluster_that_is_not_sure_to_be_the_one_gets_nothing() {
        for cluster in [
            "null",
            "{}",
            r#"{"server":""}"#,
            r#"{"server":"k8s.example.com"}"#,
            r#"{"server":"http://k8s.example.com"}"#,
            r#"{"server":"https://k8s.example.com@evil.example"}"#,
            r#"{"server":"https://k8s.example.com\n"}"#,
            r#"{"server":"https://k8s.example.com/%2e%2e"}"#,
            r#"{"server":"https://k8s.example.com","insecure-skip-tls-verify":true}"#,
            r#"{"server":"https://k8s.example.com","tls-server-name":"evil.example"}"#,
            r#"{"server":"https://k8s.example.com","server":"https://evil.example"}"#,
            r#"{"server":"https://k8s.example.com","resolve":"192.0.2.1"}"#,
        ] {
            assert!(said(cluster).is_err(), "{cluster}");
        }
        for info in [
            "",
            "{}",
            r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v9","spec":{"cluster":{"server":"https://k8s.example.com"}}}"#,
        ] {
            assert!(request(info).is_err(), "{info}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(info in "\\PC{0,200}", server in "\\PC{0,40}") {
            let _ = request(&info);
            let _ = said(&json!({ "server": server }).to_string());
        }
    }

    #[test]
    fn the_kubeconfig_names_the_program_as_it_was_called() {
        insta::assert_snapshot!(setup("demo", &["doorkey".into(), "--app".into(), "demo".into()]), @r#"
        users:
        - name: "demo"
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: "doorkey"
              args: ["--app", "demo", "helper", "kubectl"]
              interactiveMode: Never
              provideClusterInfo: true
        "#);
    }
}
