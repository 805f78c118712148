//! Networks as they are: a proxy that asks for a password, one that opens what goes through it, a server whose authority
//! nobody knows, no network at all. Every proxy is a real one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doorkey_tests::gateway::Gateway;
use doorkey_tests::janitor::Folder;
use doorkey_tests::process::{Finished, Running};
use doorkey_tests::proxy::{
    HOST, PLAIN, SPECIAL, WRITTEN, start_mitmproxy, start_mitmproxy_with, start_tinyproxy,
};
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::stage::{CREDENTIAL, free_port, open_approval, shown_link, visitor};

/// A service with TLS at a name that only the proxies know, and its authority's certificate.
struct Office {
    service: Service,
    url: String,
    authority: PathBuf,
    _gateway: Gateway,
    _folder: Folder,
}

impl Office {
    fn open() -> Office {
        let folder = Folder::new("office");
        let authority = write_certificates(&folder);
        let here = folder.path().display();
        let port = free_port();
        let gateway = Gateway::start(&format!(
            "server {{ listen LISTEN ssl; ssl_certificate {here}/server.pem; ssl_certificate_key {here}/server.key;\n\
             location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $http_host; }} }}"
        ));
        let tls = gateway.url.rsplit(':').next().expect("a port");
        let url = format!("https://{HOST}:{tls}");
        let config = format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"{url}\"\ndatabase = \"{{data}}/doorkey.db\"\nkey_file = \"{{data}}/key\"\n"
        );
        let mut service = Service::dev().config(&config).start();
        // The pages are visited without TLS; what the test is about is the command.
        service.url = format!("http://127.0.0.1:{port}");
        Office { service, url, authority, _gateway: gateway, _folder: folder }
    }

    /// Somebody behind this proxy, who trusts this authority.
    fn tool(&self, proxy: &str, authority: &Path) -> Tool {
        Tool::new("demo", &self.url)
            .env("HTTPS_PROXY", proxy)
            .env("SSL_CERT_FILE", authority.to_str().expect("a plain path"))
    }

    /// Signs in with a code, and asks who that is.
    fn signs_in(&self, tool: &Tool) {
        let login = tool.start(&["login", "--device"]);
        let link = shown_link(&login);
        assert!(link.starts_with(&self.url), "{link}");
        let mut visitor = visitor(&self.service);
        let page = open_approval(&mut visitor, &link.replace(&self.url, &self.service.url));
        visitor.press(&page, "Approve", &[]);
        login.wait().exits(0);
        tool.run(&["whoami"]).exits(0);
    }
}

/// An authority, and its certificate for the server.
fn write_certificates(folder: &Folder) -> PathBuf {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    // A name of its own: a certificate that bears its authority's name looks as if it had signed itself.
    params.distinguished_name.push(DnType::CommonName, "The office's authority");
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("signed");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec![HOST.to_owned()]).expect("a name");
    let server = server.signed_by(&key, &issuer).expect("signed");
    fs::write(folder.join("server.pem"), server.pem()).expect("written");
    fs::write(folder.join("server.key"), key.serialize_pem()).expect("written");
    let path = folder.join("authority.pem");
    fs::write(&path, authority.pem()).expect("written");
    path
}

/// Neither a user name nor a password of the proxy, however it is written.
fn keeps_quiet(finished: Finished) -> Finished {
    for secret in [PLAIN, SPECIAL, WRITTEN, "yesterday"] {
        assert!(!finished.stdout.contains(secret) && !finished.stderr.contains(secret), "{finished}");
    }
    finished
}

#[test]
fn a_proxy_with_a_password_lets_every_request_through() {
    let office = Office::open();
    let proxy = start_tinyproxy(free_port());
    let tool = office.tool(&proxy.url(), &office.authority);
    office.signs_in(&tool);
    assert!(proxy.said().contains(&format!("CONNECT {HOST}")), "{}", proxy.said());

    // Whoever isn't behind it can't even look the name up; and this machine is asked directly.
    let outside = Tool::new("demo", &office.url);
    outside.run(&["login", "--device"]).exits(3).says("can't be looked up");
    let direct = Tool::new("demo", &office.service.url).env("HTTPS_PROXY", "http://127.0.0.1:1");
    direct.run(&["whoami"]).exits(4);
}

#[test]
fn a_proxy_that_wants_a_password_says_so_and_no_password_is_repeated() {
    let office = Office::open();
    let proxy = start_tinyproxy(free_port());
    let run = |address: &str, no_proxy: &str| {
        let tool = office.tool(address, &office.authority).env("NO_PROXY", no_proxy);
        keeps_quiet(tool.run(&["-v", "login", "--device"])).exits(3)
    };
    run(&format!("http://{}", proxy.address), "")
        .says("asks for a user name and a password")
        .says("HTTPS_PROXY");
    run(&format!("http://ada:of-yesterday@{}", proxy.address), "")
        .says("doesn't accept the user name and password in HTTPS_PROXY");
    run(&format!("http://ada:{WRITTEN}@127.0.0.1:{}", free_port()), "").says("the proxy http://127.0.0.1:");
    run("http://", "").says("HTTPS_PROXY doesn't hold the address of a proxy");
    // What NO_PROXY names is asked directly, where nobody knows it.
    for exception in ["*", ".doorkey.test", "other.example, id.doorkey.test"] {
        run(&proxy.url(), exception).says("can't be looked up");
    }
}

#[test]
fn a_proxy_that_opens_what_goes_through_it_needs_its_authority_and_the_error_says_how() {
    let office = Office::open();
    let proxy = start_mitmproxy(free_port(), &office.authority);
    let theirs = proxy.file("mitmproxy-ca-cert.pem");
    assert!(theirs.exists(), "{}", proxy.said());
    let theirs = theirs.to_str().expect("a plain path");

    // Whoever trusts only the server's own authority is told what is wrong, and with what it is mended.
    let tool = office.tool(&proxy.url(), &office.authority);
    let refused = keeps_quiet(tool.run(&["login", "--device"])).exits(3);
    refused.says("an authority that isn't trusted on this machine").says("--ca-file");
    let stranger = || Tool::new("demo", &office.url).env("https_proxy", &proxy.url());
    keeps_quiet(stranger().run(&["--ca-file", theirs, "whoami"])).exits(4);
    let tool = stranger().env("DOORKEY_CA_FILE", theirs);
    keeps_quiet(tool.run(&["login", "--token", "demo_at_x"]));
    let tool = office.tool(&proxy.url(), Path::new(theirs));
    office.signs_in(&tool);
}

#[test]
fn an_authority_that_is_no_use_is_named() {
    let office = Office::open();
    let proxy = start_tinyproxy(free_port());
    let with = |arguments: &[&str]| {
        let tool = Tool::new("demo", &office.url).env("ALL_PROXY", &proxy.url());
        tool.run(&[&["login", "--device"], arguments].concat()).exits(3)
    };
    with(&["--ca-file", "/nowhere/ca.pem"]).says("/nowhere/ca.pem (from --ca-file)").says("it isn't there");
    with(&["--ca-file", "/etc/hostname"]).says("no certificate in it");
    with(&[]).says("an authority that isn't trusted on this machine");
}

#[test]
fn a_sandbox_without_a_network_says_nothing_about_the_credential() {
    let service = Service::dev().start();
    let (tool, _) = crate::stage::signed_in("demo", &service);
    for server in [service.url.as_str(), "https://id.doorkey.test"] {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]).arg(doorkey_tests::binary("doorkey", false));
        command.args(["--app", "demo", "--api", server, "--credential", "demo_at_x", "whoami", "--json"]);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", tool.home());
        let finished = Running::start("doorkey without a network", command).wait();
        finished.exits(3).says("\"cannot_check\"");
    }
}

/// A small container image, as far as certificates go: the folders where a system keeps them are empty.
#[test]
fn a_machine_without_authorities_says_so_and_what_to_install() {
    let office = Office::open();
    let proxy = start_tinyproxy(free_port());
    let hide = "for folder in /etc/ssl /usr/lib/ssl /usr/share/ca-certificates /usr/local/share/ca-certificates /etc/pki; do \
        [ -d \"$folder\" ] && mount -t tmpfs none \"$folder\"; done; exec \"$@\"";
    let within = |variable: &str, value: &str, arguments: &[&str]| {
        let tool = Tool::new("demo", &office.url).env("HTTPS_PROXY", &proxy.url()).env(variable, value);
        let plain = tool.command(arguments);
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", hide, "sh"]);
        command.arg(plain.get_program()).args(plain.get_args()).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Running::start("doorkey without authorities", command).wait()
    };
    let authority = office.authority.to_str().expect("a plain path");
    let refused = within("UNUSED", "", &["login", "--device"]).exits(3);
    refused.says("has no certificate authorities").says("ca-certificates").says("--ca-file");
    within("UNUSED", "", &["doctor"]).exits(1).says("broken   Authorities");
    within("SSL_CERT_FILE", authority, &["whoami"]).exits(4);
    within("UNUSED", "", &["--ca-file", authority, "doctor"]).exits(0).says("says where everything is");
}

/// Something in between answers in the server's name, with an authority that is trusted: a company's proxy, or a hotel's
/// network on a machine that its owner has set up for it.
#[test]
fn a_portal_that_answers_instead_of_the_server_is_not_taken_for_it() {
    let office = Office::open();
    for (status, header, body, said) in [
        (302, "('Location', 'https://portal.hotel.example/')", "", "portal.hotel.example"),
        (511, "('Content-Type', 'text/html')", "<h1>Sign in</h1>", "A captive portal or a proxy"),
        (200, "('Content-Type', 'text/html')", "<h1>Welcome</h1>", "a captive portal or a proxy"),
    ] {
        let answer = format!(
            "from mitmproxy import http\ndef request(flow):\n    \
             flow.response = http.Response.make({status}, '{body}', dict([{header}]))\n"
        );
        let portal = start_mitmproxy_with(free_port(), &office.authority, &answer);
        let tool = office.tool(&portal.url(), &portal.file("mitmproxy-ca-cert.pem"));
        let stored = serde_json::json!({ "server": office.url, "access_token": "demo_at_x" });
        tool.write_json(CREDENTIAL, &stored);
        for command in ["whoami", "doctor"] {
            let finished = keeps_quiet(tool.run(&[command])).says(said);
            assert!(!format!("{finished}").contains("revoked"), "{finished}");
        }
        keeps_quiet(tool.run(&["login", "--device"])).exits(3).says(said);
        assert!(tool.json(CREDENTIAL).is_some(), "nobody is signed out by it");
    }
}
