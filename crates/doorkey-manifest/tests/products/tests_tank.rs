use super::*;

#[test]
fn a_session_starts_with_a_state_and_polls_with_both() {
    let tank = tank();
    let request = sent(&tank, Operation::Start, &values(&[("state", json!("xyz789"))]));
    assert_eq!(
        (request.url.as_str(), body(&request)),
        ("https://tank.dev/api/v1/cli-auth/start", json!({"state": "xyz789"}))
    );
    assert_eq!(request.header("user-agent"), Some("tank/0.16.5"));
    let given = [
        ("verification_uri_complete", json!("https://tank.dev/auth/cli?session=abc123")),
        ("sign_in", json!("abc123")),
    ];
    let answer = answered(&tank, Operation::Start, Meaning::Started, &values(&given));
    assert_eq!(
        json_of(&answer),
        json!({"authUrl": "https://tank.dev/auth/cli?session=abc123", "sessionCode": "abc123"})
    );
    has(&read(&tank, Operation::Start, &answer).1, &given);
    let request =
        sent(&tank, Operation::Poll, &values(&[("sign_in", json!("abc123")), ("state", json!("xyz789"))]));
    assert_eq!(body(&request), json!({"sessionCode": "abc123", "state": "xyz789"}));
    // A server address that ends in a slash makes two; the service doesn't mind.
    let twice = Request { url: "//api/v1/cli-auth/exchange".to_owned(), ..request };
    has(&understood(&tank, Operation::Poll, &twice), &[("sign_in", json!("abc123"))]);
}

#[test]
fn any_400_means_not_yet_and_403_ends_it() {
    let tank = tank();
    let poll = |status: u16, body: Value| {
        tank.exchange(Operation::Poll).unwrap().outcome(&Response::json(status, body))
    };
    let odd = json!({"success": false, "error": {"name": "ZodError", "message": "…"}});
    assert_eq!(poll(400, odd).map(|(means, _)| means), Some(Meaning::Pending));
    let (means, found) = poll(403, json!({"error": "Account is suspended or banned"})).unwrap();
    assert_eq!((means, found.text("message")), (Meaning::Denied, Some("Account is suspended or banned")));
    assert_eq!(poll(200, json!({"success": true})), None, "a success without a token is none");
    let given = [
        ("token", json!("tank_abc")),
        ("user.name", json!("john-doe")),
        ("user.email", json!("john@example.com")),
    ];
    let answer = answered(&tank, Operation::Poll, Meaning::Approved, &values(&given));
    assert_eq!(
        json_of(&answer),
        json!({"token": "tank_abc", "user": {"name": "john-doe", "email": "john@example.com"}})
    );
    has(&poll(200, json_of(&answer)).unwrap().1, &given);
}

#[test]
fn whoami_sends_all_three_fields_and_reads_two() {
    let tank = tank();
    let all = values(&[("user.id", json!("u1")), ("user.name", json!("john-doe"))]);
    let answer = answered(&tank, Operation::WhoAmI, Meaning::Ok, &all);
    assert_eq!(json_of(&answer), json!({"userId": "u1", "name": "john-doe", "email": null}));
    let documented = json!({"name": "john-doe", "email": "john@example.com"});
    assert_eq!(
        read(&tank, Operation::WhoAmI, &Response::json(200, documented)).1.text("user.name"),
        Some("john-doe")
    );
    let refused = answered(&tank, Operation::WhoAmI, Meaning::Invalid, &Values::new());
    assert_eq!(
        (refused.status, json_of(&refused)),
        (401, json!({"error": "Unauthorized. Valid API key required."}))
    );
    let message = tank.messages.signed_in.as_ref().unwrap();
    assert_eq!(message.render(&all).unwrap(), "✓ Logged in as john-doe");
}

#[test]
fn logout_removes_token_and_user_and_keeps_the_rest() {
    let file = tank().credentials;
    let before = json!({"registry": "https://tank.dev", "token": "tank_abc", "user": {"name": "john-doe", "email": null}, "telemetry": true});
    let (variant, found) = file.read(&before).unwrap();
    assert_eq!((variant, found.text("token")), ("default", Some("tank_abc")));
    assert_eq!(file.clear(before), json!({"registry": "https://tank.dev", "telemetry": true}));
}
