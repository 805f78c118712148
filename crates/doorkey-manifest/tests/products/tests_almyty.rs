use super::*;

#[test]
fn the_browser_comes_home_with_a_code_or_for_old_clients_with_a_fragment() {
    let almyty = almyty();
    let request = sent(
        &almyty,
        Operation::Authorize,
        &values(&[
            ("redirect_uri", json!("http://127.0.0.1:4000/cb")),
            ("state", json!("f0f0")),
            ("code_challenge", json!("c")),
        ]),
    );
    assert_eq!(
        request.url,
        "https://app.almyty.com/cli-login?callback=http%3A%2F%2F127.0.0.1%3A4000%2Fcb&state=f0f0&code_challenge=c"
    );
    // What the published command opens says that it takes the key itself.
    let published = Request {
        url: "/cli-login?callback=http%3A%2F%2F127.0.0.1%3A4000%2Fcb&success=http%3A%2F%2F127.0.0.1%3A4000%2Fsuccess&state=f0f0".to_owned(),
        ..request.clone()
    };
    assert_eq!(understood(&almyty, Operation::Authorize, &published).flag("legacy"), Some(true));
    let asked = understood(&almyty, Operation::Authorize, &request);
    assert_eq!(asked.flag("legacy"), None);
    has(&asked, &[("redirect_uri", json!("http://127.0.0.1:4000/cb")), ("state", json!("f0f0"))]);
    let callback = almyty.own_exchange(Operation::Callback).unwrap();
    let home = callback.way_home(Meaning::Approved, &asked.clone().with("code", "c 1")).unwrap();
    assert_eq!(home, "http://127.0.0.1:4000/cb?code=c+1&state=f0f0");
    let old = callback.way_home(Meaning::Approved, &asked.with("token", "ak_live_1")).unwrap();
    assert_eq!(old, "http://127.0.0.1:4000/cb#token=ak_live_1&state=f0f0");
    let brought = [("code".to_owned(), "c 1".to_owned()), ("state".to_owned(), "f0f0".to_owned())];
    let (means, found) = callback.read_way_home(&brought).unwrap();
    assert_eq!((means, found.text("code")), (Meaning::Approved, Some("c 1")));
}

#[test]
fn the_code_is_exchanged_for_a_key_in_an_envelope() {
    let almyty = almyty();
    let request = sent(&almyty, Operation::Redeem, &values(&[("code", json!("c")), ("state", json!("s"))]));
    assert_eq!(body(&request), json!({"code": "c", "state": "s"}));
    let given = [("token", json!("ak_live_1")), ("user.email", json!("alice@example.com"))];
    let answer = answered(&almyty, Operation::Redeem, Meaning::Approved, &values(&given));
    assert_eq!(
        json_of(&answer),
        json!({"success": true, "data": {"apiKey": "ak_live_1", "user": {"email": "alice@example.com"}}})
    );
    has(&read(&almyty, Operation::Redeem, &answer).1, &given);
}

#[test]
fn the_profile_is_read_with_and_without_an_envelope() {
    let almyty = almyty();
    let profile = json!({
        "id": "u1", "email": "alice@example.com", "firstName": "Alice",
        "organizationMemberships": [{"id": "m1", "role": "owner", "joinedAt": "2026-01-01T00:00:00Z",
            "organization": {"id": "o1", "name": "acme", "slug": "acme"}}],
    });
    let expected = [
        ("user.email", json!("alice@example.com")),
        ("org.name", json!("acme")),
        ("org.role", json!("owner")),
    ];
    has(
        &read(&almyty, Operation::WhoAmI, &Response::json(200, json!({"success": true, "data": profile}))).1,
        &expected,
    );
    has(&read(&almyty, Operation::WhoAmI, &Response::json(200, profile)).1, &expected);
}

#[test]
fn a_key_is_taken_in_either_header() {
    let almyty = almyty();
    let whoami = almyty.own_exchange(Operation::WhoAmI).unwrap();
    for (name, value) in [("Authorization", "Bearer almyty_1"), ("X-API-Key", "almyty_1")] {
        let request = Request {
            method: "GET".to_owned(),
            url: "/auth/profile".to_owned(),
            headers: vec![(name.to_owned(), value.to_owned())],
            body: Body::None,
        };
        assert_eq!(whoami.read_request(&request).unwrap().text("token"), Some("almyty_1"));
    }
}

#[test]
fn failures_come_from_one_table() {
    let almyty = almyty();
    let known = values(&[
        ("message", json!("Invalid token")),
        ("now", json!(0)),
        ("request_path", json!("/auth/profile")),
    ]);
    let answer = answered(&almyty, Operation::WhoAmI, Meaning::Invalid, &known);
    assert_eq!(
        (answer.status, json_of(&answer)),
        (
            401,
            json!({"error": {"code": "UNAUTHORIZED", "message": "Invalid token", "statusCode": 401,
            "timestamp": "1970-01-01T00:00:00.000Z", "path": "/auth/profile"}})
        )
    );
    let (means, found) = read(&almyty, Operation::WhoAmI, &answer);
    assert_eq!((means, found.text("message")), (Meaning::Invalid, Some("Invalid token")));
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let almyty = almyty();
    let made = [
        ("key.secret", json!("almyty_1")),
        ("key.id", json!("k1")),
        ("key.name", json!("CI")),
        ("key.prefix", json!("almyty_1")),
        ("key.created_at", json!(1_777_000_000_000_i64)),
    ];
    let token = ("token", json!("almyty_0"));
    let request = sent(&almyty, Operation::CreateKey, &values(&[token.clone(), ("key.name", json!("CI"))]));
    assert_eq!(body(&request), json!({"name": "CI"}));
    let answer = answered(&almyty, Operation::CreateKey, Meaning::Ok, &values(&made));
    assert_eq!((answer.status, &json_of(&answer)["data"]["keyData"]["expiresAt"]), (201, &Value::Null));
    has(&read(&almyty, Operation::CreateKey, &answer).1, &made);

    let listed = [(
        "keys",
        json!([{"id": "k1", "name": "CI", "active": true}, {"id": "k2", "name": "old", "active": false}]),
    )];
    let answer = answered(&almyty, Operation::ListKeys, Meaning::Ok, &values(&listed));
    has(&read(&almyty, Operation::ListKeys, &answer).1, &listed);

    let request = sent(&almyty, Operation::RevokeKey, &values(&[token, ("key.id", json!("k 1"))]));
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("DELETE", "https://api.almyty.com/auth/api-keys/k%201")
    );
    has(&understood(&almyty, Operation::RevokeKey, &request), &[("key.id", json!("k 1"))]);
    let missing =
        json!({"error": {"code": "BAD_REQUEST", "message": "API key not found", "statusCode": 400}});
    assert_eq!(read(&almyty, Operation::RevokeKey, &Response::json(400, missing)).0, Meaning::NotFound);
}

#[test]
fn the_file_is_the_documented_one() {
    let known = values(&[
        ("server", json!("https://api.almyty.com")),
        ("token", json!("ak_live_abc123")),
        ("user.email", json!("alice@example.com")),
        ("frontend", json!("https://app.almyty.com")),
    ]);
    let file = almyty().credentials;
    let written = file.write(None, "default", &known).unwrap();
    assert_eq!(
        written.to_string(),
        r#"{"url":"https://api.almyty.com","token":"ak_live_abc123","email":"alice@example.com","frontendUrl":"https://app.almyty.com"}"#
    );
    assert_eq!(file.read(&written).unwrap().1, known);
    assert!(file.read(&json!({"url": "u", "token": "t"})).is_some(), "what the published client writes");
}
