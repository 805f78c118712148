use super::{GOOD, Manifest, problems_with};

fn endpoint(address: &str) -> String {
    problems_with(&format!("[oauth.endpoints]\ntoken = \"{address}\"\n"))
}

said! {
    an_endpoint_that_is_not_below_the_server: endpoint("{server}.example.com/token"), @r#"
acme.toml:23:9: `{server}.example.com/token` isn't below the server's address
  help: an endpoint is below the server's address, `{server}/token`, or a whole address with https
"#;
    an_endpoint_that_sends_secrets_in_the_clear: endpoint("http://acme.example/token"), @r#"
acme.toml:23:9: `http://acme.example/token` would send secrets unencrypted
  help: an endpoint is below the server's address, `{server}/token`, or a whole address with https
"#;
    an_endpoint_that_is_no_address: endpoint("/token"), @r#"
acme.toml:23:9: `/token` isn't an address: relative URL without a base
  help: an endpoint is below the server's address, `{server}/token`, or a whole address with https
"#;
    an_endpoint_that_names_what_is_not_known_yet: endpoint("{server}/{device_code}"), @r#"
acme.toml:23:9: `{device_code}` isn't known in an endpoint's address
  help: it is the code that polls (RFC 8628)
"#;
}

#[test]
fn endpoints_are_below_the_server_or_whole_addresses() {
    let more =
        "[oauth.endpoints]\ntoken = \"{server}/o/token/\"\nuserinfo = \"https://people.acme.example/me\"\n";
    let manifest = Manifest::parse("acme.toml", &format!("{GOOD}{more}")).unwrap();
    let named: Vec<_> =
        manifest.oauth.endpoints.iter().map(|(key, name, address)| (key, name, address.source())).collect();
    let token = ("token", "token_endpoint", "{server}/o/token/");
    assert_eq!(named, [token, ("userinfo", "userinfo_endpoint", "https://people.acme.example/me")]);
}
