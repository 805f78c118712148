//! An API behind a real nginx that asks `/verify`, configured as the documentation has it.

use doorkey_tests::gateway::{Gateway, documented, small_api};
use doorkey_tests::http::{Ask, ask, authority};
use doorkey_tests::service::Service;
use doorkey_tests::workspace;

use crate::stage::{apps, managing, signed_in};

#[test]
fn nginx_lets_good_tokens_through_and_tells_the_others_why() {
    // Doorkey believes what nginx says about addresses: nginx is on this machine.
    let service = Service::dev().config(&format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"{{data}}/doorkey.db\"\n\
         key_file = \"{{data}}/key\"\napps = \"{}\"\ntrusted_proxies = [\"127.0.0.1\"]\n",
        apps().display(),
        port = crate::stage::free_port(),
    ));
    let service = service.start();
    let api = small_api();
    let config = documented(
        &workspace().join("docs/gateway/nginx.conf"),
        &[
            ("server DOORKEY", &format!("server {}", authority(&service.url))),
            ("server API", &format!("server {api}")),
            ("/apps/APP/", "/apps/demo/"),
            ("\"SCOPE\"", "\"notes:publish\""),
        ],
    );
    let gateway = Gateway::start(&config);
    let through = |path: &str, token: Option<&str>| {
        let mut get = Ask::get(path).header("X-Doorkey-Account", "somebody-else");
        if let Some(token) = token {
            get = get.bearer(token);
        }
        ask(&gateway.url, &get)
    };

    let (tool, mut visitor) = signed_in("demo", &service);
    let credential = tool.json(crate::stage::CREDENTIAL).expect("signed in");
    let token = credential["access_token"].as_str().expect("a token").to_owned();
    let passed = through("/hello", Some(&token)).is(200);
    let account = credential["user"]["id"].as_str().expect("an id");
    assert!(passed.body.contains(&format!("X-Doorkey-Account: {account}")), "{passed:?} {}", gateway.said());
    assert!(!passed.body.contains("somebody-else"), "what a client claims is replaced: {passed:?}");

    let nobody = through("/hello", None).is(401);
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    assert_eq!(through("/hello", Some("demo_at_nonsense")).is(401).json()["reason"], "unknown");

    // A key with a scope that needs a plan, and a rate.
    let manages = managing(&service, &mut visitor);
    let made = |body: serde_json::Value| {
        let org = ask(&service.url, &Ask::get("/api/v1/me").bearer(&manages)).is(200).json();
        let path = format!("/api/v1/orgs/{}/keys", org["org"]["id"].as_str().expect("an organization"));
        ask(&service.url, &Ask::json(&path, &body).bearer(&manages)).is(201).json()
    };
    let key = made(serde_json::json!({ "name": "press", "scopes": ["notes:publish"], "rate_limit": 2 }));
    let key = key["secret"].as_str().expect("a secret").to_owned();
    through("/hello", Some(&key)).is(200);
    let plan = through("/reports", Some(&key)).is(403).json();
    assert_eq!((plan["error"].as_str(), plan["reason"].as_str()), (Some("plan_required"), Some("plan")));
    assert_eq!(plan["message"], "Publishing needs the plan pro");
    let scope = through("/reports", Some(&token)).is(403).json();
    assert_eq!(scope["error"], "insufficient_scope");
    through("/hello", Some(&key)).is(200);
    let limited = through("/hello", Some(&key)).is(429);
    assert_eq!(limited.json()["error"], "rate_limited");
    assert!(limited.header("retry-after").is_some(), "{limited:?}");

    // An allow list is about the client's address, which nginx knows.
    let elsewhere = made(serde_json::json!({ "name": "elsewhere", "allow": ["10.0.0.0/8"] }));
    let refused = through("/hello", elsewhere["secret"].as_str()).is(403).json();
    assert_eq!(refused["reason"], "address");
    let here = made(serde_json::json!({ "name": "here", "allow": ["127.0.0.0/8"] }));
    through("/hello", here["secret"].as_str()).is(200);

    // A revocation holds on the next request.
    tool.run(&["logout", "--revoke", "--yes"]).exits(0);
    assert_eq!(through("/hello", Some(&token)).is(401).json()["reason"], "revoked");
}
