use super::*;

#[test]
fn the_configuration_says_whether_oauth_is_there() {
    let arkor = arkor();
    let request = sent(&arkor, Operation::Config, &Values::new());
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("GET", "https://api.arkor.ai/v1/auth/cli/config")
    );
    understood(&arkor, Operation::Config, &request);
    let there = values(&[
        ("configured", json!(true)),
        ("auth_domain", json!("127.0.0.1:18443")),
        ("client_id", json!("abc")),
        ("audience", json!("https://api.arkor.ai")),
        ("callback_ports", json!([52521, 52522])),
    ]);
    let answer = answered(&arkor, Operation::Config, Meaning::Ok, &there);
    assert_eq!(json_of(&answer)["callbackPorts"], json!([52521, 52522]));
    let (means, found) = read(&arkor, Operation::Config, &answer);
    assert_eq!((means, found.flag("configured")), (Meaning::Ok, Some(true)));
    let nothing = json!({"auth0Domain": null, "clientId": null, "audience": null, "callbackPorts": []});
    let (means, found) = read(&arkor, Operation::Config, &Response::json(200, nothing));
    assert_eq!((means, found.flag("configured")), (Meaning::Ok, Some(false)));
}

#[test]
fn an_anonymous_session_is_asked_for_and_given() {
    let arkor = arkor();
    let request = sent(&arkor, Operation::Anonymous, &Values::new());
    assert_eq!(body(&request), json!({"kind": "cli"}));
    assert_eq!(request.header("x-arkor-client"), Some("arkor/0.0.1-alpha.3"));
    let given = [
        ("token", json!("anon-token")),
        ("anonymous_id", json!("anon_1")),
        ("org.id", json!("o1")),
        ("org.slug", json!("anon-1")),
        ("org.name", json!("Anonymous")),
    ];
    let answer = answered(&arkor, Operation::Anonymous, Meaning::Ok, &values(&given));
    assert_eq!(json_of(&answer)["personalOrg"], json!({"id": "o1", "slug": "anon-1", "name": "Anonymous"}));
    has(&read(&arkor, Operation::Anonymous, &answer).1, &given);
}

#[test]
fn the_browser_goes_to_the_domain_that_the_configuration_names() {
    let arkor = arkor();
    let request = sent(
        &arkor,
        Operation::Authorize,
        &values(&[
            ("auth_domain", json!("auth.arkor.ai")),
            ("client_id", json!("abc")),
            ("audience", json!("https://api.arkor.ai")),
            ("redirect_uri", json!("http://127.0.0.1:52521/callback")),
            ("scope", json!(arkor.sign_in.scopes.join(" "))),
            ("state", json!("s")),
            ("code_challenge", json!("c")),
        ]),
    );
    assert_eq!(
        request.url,
        "https://auth.arkor.ai/authorize?response_type=code&client_id=abc&redirect_uri=http%3A%2F%2F127.0.0.1%3A52521%2Fcallback\
         &scope=openid+profile+email+offline_access&audience=https%3A%2F%2Fapi.arkor.ai&state=s&code_challenge=c&code_challenge_method=S256"
    );
}

#[test]
fn the_code_is_exchanged_as_json() {
    let arkor = arkor();
    let known = values(&[
        ("auth_domain", json!("auth.arkor.ai")),
        ("client_id", json!("abc")),
        ("code", json!("the-code")),
        ("code_verifier", json!("v")),
        ("redirect_uri", json!("http://127.0.0.1:52521/callback")),
    ]);
    let request = sent(&arkor, Operation::Redeem, &known);
    assert_eq!(request.url, "https://auth.arkor.ai/oauth/token");
    assert_eq!(body(&request)["grant_type"], "authorization_code");
    has(
        &understood(&arkor, Operation::Redeem, &request),
        &[("code", json!("the-code")), ("code_verifier", json!("v"))],
    );
    let given = [("token", json!("at")), ("refresh_token", json!("rt")), ("expires_in", json!(86400))];
    let answer = answered(&arkor, Operation::Redeem, Meaning::Approved, &values(&given));
    has(&read(&arkor, Operation::Redeem, &answer).1, &given);
    // Without a refresh token it isn't what the command asked for.
    let without = Response::json(200, json!({"access_token": "at", "expires_in": 1}));
    let (means, found) = read(&arkor, Operation::Redeem, &without);
    assert_eq!(means, Meaning::BadRequest);
    assert_eq!(
        found.text("message"),
        Some(
            "Auth0 did not return a refresh token. Make sure the Application has 'offline_access' scope enabled."
        )
    );
}

#[test]
fn whoami_keeps_the_user_as_it_came_and_lists_the_organizations() {
    let arkor = arkor();
    let request = sent(&arkor, Operation::WhoAmI, &values(&[("token", json!("at"))]));
    assert_eq!(request.header("authorization"), Some("Bearer at"));
    assert_eq!(understood(&arkor, Operation::WhoAmI, &request).text("token"), Some("at"));
    let given = [
        ("user", json!({"zeta": 1, "email": null, "id": "u1"})),
        ("orgs", json!([{"id": "o1", "slug": "acme", "name": "Acme"}, {"id": "o2"}])),
    ];
    let answer = answered(&arkor, Operation::WhoAmI, Meaning::Ok, &values(&given));
    let (_, found) = read(&arkor, Operation::WhoAmI, &answer);
    has(&found, &given);
    let text = arkor.messages.whoami.as_ref().unwrap().render(&found).unwrap();
    assert_eq!(text, "{\n  \"zeta\": 1,\n  \"email\": null,\n  \"id\": \"u1\"\n}\nOrgs: acme, o2");
    let (_, none) = read(&arkor, Operation::WhoAmI, &Response::json(200, json!({"user": {}, "orgs": []})));
    assert_eq!(none.list("orgs").map(<[Value]>::len), Some(0));
}

#[test]
fn a_version_that_is_not_served_any_more_is_told_so() {
    let arkor = arkor();
    let body = json!({
        "error": "sdk_version_unsupported", "currentVersion": "0.0.1", "supportedRange": ">=0.0.2", "upgrade": "npm install",
    });
    let (means, found) = read(&arkor, Operation::WhoAmI, &Response::json(426, body));
    assert_eq!(means, Meaning::Upgrade);
    has(&found, &[("supported_versions", json!(">=0.0.2"))]);
    let text = Response { status: 426, headers: Vec::new(), body: ResponseBody::Text("upgrade".to_owned()) };
    assert_eq!(read(&arkor, Operation::WhoAmI, &text).0, Meaning::Upgrade);
}

#[test]
fn the_file_has_two_modes_and_a_newer_one_is_read() {
    let file = arkor().credentials;
    let anonymous = json!({"mode": "anon", "token": "t", "anonymousId": "a", "arkorCloudApiUrl": "https://api.arkor.ai", "orgSlug": "anon-1"});
    assert_eq!(file.read(&anonymous).unwrap().0, "anonymous");
    let account = values(&[
        ("token", json!("at")),
        ("refresh_token", json!("rt")),
        ("expires_at", json!(1_777_000_000_000_i64)),
        ("auth_domain", json!("d")),
        ("audience", json!("x")),
        ("client_id", json!("c")),
    ]);
    let written = file.write(Some(anonymous), "account", &account).unwrap();
    assert_eq!(
        written,
        json!({"mode": "auth0", "accessToken": "at", "refreshToken": "rt", "expiresAt": 1_777_000_000, "auth0Domain": "d", "audience": "x", "clientId": "c"})
    );
    let mut newer = written;
    newer["mode"] = json!("oauth");
    assert_eq!(file.read(&newer).unwrap().0, "newer");
}
