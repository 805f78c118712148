use super::*;

#[test]
fn both_generations_of_the_client_start_at_the_same_route() {
    let armoriq = armoriq();
    let request = sent(
        &armoriq,
        Operation::Start,
        &values(&[("redirect_uri", json!("http://localhost:4000/callback?state=f0"))]),
    );
    assert_eq!(body(&request), json!({"callback_url": "http://localhost:4000/callback?state=f0"}));
    has(
        &understood(&armoriq, Operation::Start, &request),
        &[("redirect_uri", json!("http://localhost:4000/callback?state=f0"))],
    );
    let newer = Request {
        body: Body::Json(json!({"deviceId": "d1", "deviceName": "laptop", "product": "armorclaude"})),
        url: "/auth/device/code".to_owned(),
        ..request
    };
    has(&understood(&armoriq, Operation::Start, &newer), &[("product", json!("armorclaude"))]);
}

#[test]
fn the_page_is_built_by_adding_to_an_address() {
    let template = |source: Value| doorkey_manifest::Template::parse(source).unwrap();
    let page = template(
        json!({"$url": "{frontend}/auth/device", "query": {"code": "{user_code}", "product": "{product?}"}}),
    );
    let known =
        values(&[("frontend", json!("https://platform.armoriq.ai")), ("user_code", json!("ABCD-EFGH"))]);
    assert_eq!(page.fill(&known).unwrap(), json!("https://platform.armoriq.ai/auth/device?code=ABCD-EFGH"));
    let opened = template(json!({
        "$url": "{verification_uri_complete}", "query": {"callback": "{redirect_uri}", "org": "{org.wanted?}"},
    }));
    let known = values(&[
        ("verification_uri_complete", json!("https://platform.armoriq.ai/auth/device?code=ABCD-EFGH")),
        ("redirect_uri", json!("http://localhost:4000/callback?state=f0")),
    ]);
    let address = opened.fill(&known).unwrap();
    assert_eq!(
        address,
        json!(
            "https://platform.armoriq.ai/auth/device?code=ABCD-EFGH&callback=http%3A%2F%2Flocalhost%3A4000%2Fcallback%3Fstate%3Df0"
        )
    );
    assert_eq!(opened.read(&address), Some(known));
}

#[test]
fn the_start_is_answered_with_the_device_and_the_user_code() {
    let armoriq = armoriq();
    let given = [
        ("device_code", json!("dc")),
        ("user_code", json!("ABCD-EFGH")),
        ("verification_uri_complete", json!("https://platform.armoriq.ai/auth/device?code=ABCD-EFGH")),
        ("expires_in", json!(600)),
        ("interval", json!(5)),
    ];
    let answer = answered(&armoriq, Operation::Start, Meaning::Started, &values(&given));
    has(&read(&armoriq, Operation::Start, &answer).1, &given);
    // 201 will do, too, and interval and lifetime may be missing.
    let created = Response::json(
        201,
        json!({"device_code": "dc", "user_code": "A", "verification_uri_complete": "https://x"}),
    );
    assert_eq!(read(&armoriq, Operation::Start, &created).0, Meaning::Started);
}

#[test]
fn only_the_body_of_a_poll_counts() {
    let armoriq = armoriq();
    let poll = |status: u16, body: Value| read(&armoriq, Operation::Poll, &Response::json(status, body)).0;
    for status in [200, 400, 428] {
        assert_eq!(poll(status, json!({"error": "authorization_pending"})), Meaning::Pending);
        assert_eq!(poll(status, json!({"error": "slow_down"})), Meaning::SlowDown);
        assert_eq!(poll(status, json!({"error": "access_denied"})), Meaning::Denied);
        assert_eq!(poll(status, json!({"error": "expired_token"})), Meaning::Expired);
        assert_eq!(poll(status, json!({"error": "Not Found"})), Meaning::Denied);
        assert_eq!(poll(status, json!({"statusCode": 500, "message": "oops"})), Meaning::Pending);
    }
    let given = [
        ("token", json!("ak_live_1")),
        ("user.id", json!("u1")),
        ("org.id", json!("o1")),
        ("user.email", json!("a@b.c")),
    ];
    let answer = answered(&armoriq, Operation::Poll, Meaning::Approved, &values(&given));
    assert_eq!(
        json_of(&answer),
        json!({"api_key": "ak_live_1", "email": "a@b.c", "user_id": "u1", "org_id": "o1"})
    );
    has(&read(&armoriq, Operation::Poll, &answer).1, &given);
    let request = sent(&armoriq, Operation::Poll, &values(&[("device_code", json!("dc"))]));
    assert_eq!(body(&request), json!({"deviceCode": "dc"}));
}

#[test]
fn organizations_and_keys_come_in_their_own_shapes() {
    let armoriq = armoriq();
    let orgs =
        [("orgs", json!([{"id": "o1", "name": "Acme", "role": "owner", "members": 3, "active": true}]))];
    let answer = answered(&armoriq, Operation::Orgs, Meaning::Ok, &values(&orgs));
    assert_eq!(
        json_of(&answer),
        json!({"success": true, "data": [{"orgId": "o1", "name": "Acme", "userRole": "owner", "memberCount": 3, "active": true}]})
    );
    has(&read(&armoriq, Operation::Orgs, &answer).1, &orgs);

    let key = ("token", json!("ak_live_0"));
    let request =
        sent(&armoriq, Operation::SwitchOrg, &values(&[key.clone(), ("org.wanted", json!("Acme"))]));
    assert_eq!((request.header("X-API-Key"), body(&request)), (Some("ak_live_0"), json!({"org": "Acme"})));
    let switched = [("token", json!("ak_live_1")), ("org.id", json!("o1")), ("org.name", json!("Acme"))];
    let answer = answered(&armoriq, Operation::SwitchOrg, Meaning::Ok, &values(&switched));
    assert_eq!(json_of(&answer), json!({"api_key": "ak_live_1", "org_id": "o1", "org_name": "Acme"}));
    has(&read(&armoriq, Operation::SwitchOrg, &answer).1, &switched);

    let item = json!({"id": "k1", "name": "cli-2026-04-22", "status": "active", "lastUsedAt": null});
    for keys in [json!([item]), json!({"data": [item]})] {
        let (_, found) = read(&armoriq, Operation::ListKeys, &Response::json(200, keys));
        has(&found, &[("keys", json!([{"id": "k1", "name": "cli-2026-04-22", "status": "active"}]))]);
    }
    let request = sent(&armoriq, Operation::RevokeKey, &values(&[key, ("key.id", json!("k1"))]));
    assert_eq!(
        (request.url.as_str(), body(&request)),
        ("https://api.armoriq.ai/api-keys/k1/revoke", json!({}))
    );
}

#[test]
fn the_file_and_the_masked_key_are_the_documented_ones() {
    let armoriq = armoriq();
    let known = values(&[
        ("token", json!("ak_live_0123456789abcdef0123456789abcdef")),
        ("user.email", json!("alice@acme.com")),
        ("user.id", json!("8c0b55f8")),
        ("org.id", json!("144e79f7")),
        ("saved_at", json!(1_776_847_688_000_i64)),
        ("path", json!("/home/alice/.armoriq/credentials.json")),
    ]);
    let written = armoriq.credentials.write(None, "default", &known).unwrap();
    assert_eq!(written["savedAt"], json!("2026-04-22T08:48:08+00:00"));
    // The published client writes an offset and microseconds.
    let published = json!({"apiKey": "k", "email": "e", "userId": "u", "orgId": "o", "savedAt": "2026-04-22T08:48:08.059083+00:00"});
    assert_eq!(armoriq.credentials.read(&published).unwrap().1.number("saved_at"), Some(1_776_847_688_059));
    let text = armoriq.messages.whoami.as_ref().unwrap().render(&known).unwrap();
    assert!(text.contains("API Key: ak_live_01234567...\n"), "{text}");
}
