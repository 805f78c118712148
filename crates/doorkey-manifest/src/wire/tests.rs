#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::{Value, json};

use super::{Body, Exchange, Meaning, Operation, Request, RequestProblem, Response, ResponseBody};
use crate::{Manifest, Values};

fn demo() -> Manifest {
    Manifest::builtin("demo").unwrap().unwrap()
}

fn parcel() -> Manifest {
    Manifest::parse("parcel.toml", include_str!("../../../../tests/apps/parcel.toml")).unwrap()
}

/// What everybody knows who talks to a standard server.
fn known() -> Values {
    Values::new()
        .with("server", "https://auth.example")
        .with("client_id", "demo")
        .with("version", "2.3.1")
        .with("authorization_endpoint", "https://auth.example/oauth/authorize")
        .with("token_endpoint", "https://auth.example/oauth/token")
        .with("device_authorization_endpoint", "https://auth.example/oauth/device_authorization")
        .with("revocation_endpoint", "https://auth.example/oauth/revoke")
        .with("userinfo_endpoint", "https://auth.example/oauth/userinfo")
}

fn failure(exchange: &Exchange, status: u16, error: &str) -> (Meaning, Values) {
    exchange.outcome(&Response::json(status, json!({ "error": error, "error_description": "Why." }))).unwrap()
}

#[test]
fn what_a_manifest_does_not_say_is_plain_oauth() {
    let demo = demo();
    let poll = demo.exchange(Operation::Poll).unwrap();
    let request = poll.request(&known().with("device_code", "d1")).unwrap();
    assert_eq!(request.url, "https://auth.example/oauth/token");
    assert_eq!(request.header("prefer"), Some("wait=20"));
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "d1"),
        ("client_id", "demo"),
    ];
    let fields = fields.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    assert!(request.body == Body::Form(fields));
    assert!(demo.own_exchange(Operation::Poll).is_none() && poll.route().is_none());
}

#[test]
fn an_endpoint_keeps_the_slash_at_its_end_and_the_parameters_that_it_has() {
    let values = known()
        .with("device_code", "d1")
        .with("token_endpoint", "https://auth.example/o/token/")
        .with("authorization_endpoint", "https://auth.example/o/authorize/?tenant=a")
        .with("redirect_uri", "http://127.0.0.1:4000/callback")
        .with("state", "s")
        .with("code_challenge", "c");
    let address = |operation| demo().exchange(operation).unwrap().request(&values).unwrap().url;
    assert_eq!(address(Operation::Poll), "https://auth.example/o/token/");
    // RFC 6749, section 3.1.
    let page = address(Operation::Authorize);
    assert!(page.starts_with("https://auth.example/o/authorize/?tenant=a&response_type=code&"), "{page}");
}

#[test]
fn the_browser_is_sent_to_the_discovered_endpoint() {
    let values = known()
        .with("redirect_uri", "http://127.0.0.1:4000/callback")
        .with("state", "s/1")
        .with("code_challenge", "c");
    let demo = demo();
    let request = demo.exchange(Operation::Authorize).unwrap().request(&values).unwrap();
    insta::assert_snapshot!(request.url, @"https://auth.example/oauth/authorize?response_type=code&client_id=demo&redirect_uri=http%3A%2F%2F127.0.0.1%3A4000%2Fcallback&state=s%2F1&code_challenge=c&code_challenge_method=S256");
    assert!(request.headers.is_empty(), "a browser sends its own headers");
}

#[test]
fn what_a_manifest_says_about_failures_stands_for_the_answers_own_words() {
    let source = include_str!("../../../../tests/apps/parcel.toml");
    let said = source.replace("[wire.poll]", "[wire.poll]\nsay = 'No poll ({status}, {error}).'");
    assert_ne!(said, source);
    let parcel = Manifest::parse("parcel.toml", &said).unwrap();
    let poll = parcel.exchange(Operation::Poll).unwrap();
    let (means, values) = failure(poll, 500, "broken");
    assert_eq!((means, values.text("message")), (Meaning::TryLater, Some("No poll (500, broken).")));
    let (means, values) = failure(poll, 400, "pending");
    assert_eq!(
        (means, values.text("message")),
        (Meaning::Pending, Some("pending")),
        "an outcome speaks of it"
    );
}

#[test]
fn every_answer_of_a_device_poll_means_what_the_rfc_says() {
    let demo = demo();
    let poll = demo.exchange(Operation::Poll).unwrap();
    for (status, error, means) in [
        (400, "authorization_pending", Meaning::Pending),
        (400, "slow_down", Meaning::SlowDown),
        (400, "access_denied", Meaning::Denied),
        (400, "expired_token", Meaning::Expired),
        (400, "invalid_grant", Meaning::Invalid),
        (401, "invalid_client", Meaning::BadRequest),
        (429, "slow_down_please", Meaning::TryLater),
        (503, "temporarily_unavailable", Meaning::TryLater),
    ] {
        let (found, values) = failure(poll, status, error);
        assert_eq!((found, values.text("error"), values.text("message")), (means, Some(error), Some("Why.")));
    }
    let approved =
        poll.outcome(&Response::json(200, json!({ "access_token": "t", "expires_in": "3600" }))).unwrap();
    assert_eq!(
        (approved.0, approved.1.text("token"), approved.1.number("expires_in")),
        (Meaning::Approved, Some("t"), Some(3600))
    );
}

#[test]
fn an_answer_that_lacks_what_was_asked_for_means_nothing() {
    let demo = demo();
    let poll = demo.exchange(Operation::Poll).unwrap();
    assert_eq!(poll.outcome(&Response::json(200, json!({}))), None);
    assert_eq!(poll.outcome(&Response::json(200, json!({ "access_token": "" }))), None);
    let page = Response { status: 200, headers: Vec::new(), body: ResponseBody::Text("<html>".to_owned()) };
    assert_eq!(poll.outcome(&page), None);
}

#[test]
fn only_invalid_grant_ends_a_refresh_token() {
    let demo = demo();
    let refresh = demo.exchange(Operation::Refresh).unwrap();
    assert_eq!(failure(refresh, 400, "invalid_grant").0, Meaning::Invalid);
    for (status, error) in
        [(400, "invalid_request"), (401, "invalid_client"), (500, "server_error"), (502, "x"), (429, "x")]
    {
        assert_ne!(failure(refresh, status, error).0, Meaning::Invalid, "{status} {error}");
    }
}

#[test]
fn a_failure_says_when_to_try_again() {
    let demo = demo();
    let mut busy = Response::json(503, json!({ "error": "temporarily_unavailable" }));
    busy.headers.push(("retry-after".to_owned(), "7".to_owned()));
    for operation in [Operation::Refresh, Operation::WhoAmI] {
        let (means, values) = demo.exchange(operation).unwrap().outcome(&busy).unwrap();
        assert_eq!((means, values.number("retry_after")), (Meaning::TryLater, Some(7)), "{operation:?}");
        assert_eq!(
            values.text("message"),
            Some("temporarily_unavailable"),
            "without words, the code is what there is"
        );
    }
}

#[test]
fn the_way_home_says_the_same_to_both_sides() {
    let demo = demo();
    let callback = demo.exchange(Operation::Callback).unwrap();
    let home = Values::new().with("redirect_uri", "http://127.0.0.1:4000/callback");
    for (means, values) in [
        (
            Meaning::Approved,
            Values::new().with("code", "c 1").with("state", "s").with("iss", "https://auth.example"),
        ),
        (Meaning::Denied, Values::new().with("state", "s").with("message", "No.")),
    ] {
        let mut all = home.clone();
        all.merge(values.clone());
        let address = url::Url::parse(&callback.way_home(means, &all).unwrap()).unwrap();
        let parameters: Vec<_> = address.query_pairs().into_owned().collect();
        let (found, read) = callback.read_way_home(&parameters).unwrap();
        assert_eq!(found, means);
        for (name, value) in values.iter() {
            assert_eq!(read.get(name), Some(value), "{name}");
        }
    }
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(callback.read_way_home(&[pair("state", "s")]), None, "neither code nor error");
    assert_eq!(
        callback.read_way_home(&[pair("code", "a"), pair("code", "b"), pair("state", "s")]),
        None,
        "which code?"
    );
}

/// What the command sends, as the server would see it.
fn sent(exchange: &Exchange, values: &Values) -> Request {
    let mut request = exchange.request(values).unwrap();
    request.url = request.url.replacen("https://auth.example", "", 1);
    request
}

#[test]
fn a_session_sign_in_is_read_and_answered_from_the_same_lines() {
    let parcel = parcel();
    let start = parcel.own_exchange(Operation::Start).unwrap();
    let poll = parcel.own_exchange(Operation::Poll).unwrap();
    assert_eq!(start.route(), Some(("POST", "/api/sign-in/start")));

    let request = sent(start, &known().with("state", "s1"));
    assert_eq!(request.header("user-agent"), Some("parcel/2.3.1"));
    assert_eq!(start.read_request(&request), Ok(Values::new().with("state", "s1")));
    let begun = Values::new()
        .with("sign_in", "q1")
        .with("verification_uri_complete", "https://auth.example/approve/1");
    let answer = start.answer(Meaning::Started, &begun).unwrap();
    assert_eq!((answer.status, start.outcome(&answer)), (201, Some((Meaning::Started, begun))));

    let request = sent(poll, &known().with("state", "s1").with("sign_in", "q1"));
    assert_eq!(poll.read_request(&request), Ok(Values::new().with("sign_in", "q1").with("state", "s1")));
    for means in [Meaning::Pending, Meaning::Denied, Meaning::Expired] {
        let answer = poll.answer(means, &Values::new()).unwrap();
        assert_eq!(poll.outcome(&answer).unwrap().0, means);
    }
    let credential = Values::new().with("token", "parcel_1").with("user.email", "ada@example.com");
    let answer = poll.answer(Meaning::Approved, &credential).unwrap();
    assert_eq!(
        answer.body_json(),
        Some(&json!({ "token": "parcel_1", "user": { "name": null, "email": "ada@example.com" } }))
    );
    assert_eq!(poll.outcome(&answer), Some((Meaning::Approved, credential)));
}

#[test]
fn requests_that_are_not_this_one_are_told_apart() {
    let parcel = parcel();
    let poll = parcel.own_exchange(Operation::Poll).unwrap();
    let good = sent(poll, &known().with("state", "s1").with("sign_in", "q1"));
    let with = |change: fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        poll.read_request(&request)
    };
    assert_eq!(with(|request| request.method = "GET".to_owned()), Err(RequestProblem::Route));
    assert_eq!(with(|request| request.url.push_str("/more")), Err(RequestProblem::Route));
    assert_eq!(with(|request| request.body = Body::None), Err(RequestProblem::Body));
    assert_eq!(with(|request| request.body = Body::Form(Vec::new())), Err(RequestProblem::Body));
    assert_eq!(with(|request| request.body = Body::Json(json!({ "state": 5 }))), Err(RequestProblem::Body));
    assert!(with(|request| request.url.insert(0, '/')).is_ok(), "an address that ends in a slash doubles it");

    let whoami = parcel.own_exchange(Operation::WhoAmI).unwrap();
    let mut request = sent(whoami, &known().with("token", "parcel_1"));
    assert_eq!(whoami.read_request(&request), Ok(Values::new().with("token", "parcel_1")));
    request.headers.retain(|(name, _)| name != "Authorization");
    assert_eq!(whoami.read_request(&request), Err(RequestProblem::Credential));
}

#[test]
fn a_failure_without_an_outcome_comes_from_the_table() {
    let parcel = parcel();
    let poll = parcel.own_exchange(Operation::Poll).unwrap();
    let answer = poll.answer(Meaning::TryLater, &Values::new()).unwrap();
    assert_eq!(answer.status, 503);
    assert!(answer.body_json().and_then(|body| body.get("error")).is_some_and(Value::is_string));
    assert_eq!(poll.outcome(&answer).unwrap().0, Meaning::TryLater);
}

/// Parcel with other words for what goes wrong when a sign-in starts and when a browser comes home, and with a gate.
fn worded() -> Manifest {
    let source = include_str!("../../../../tests/apps/parcel.toml");
    let more = r#"
[[wire.start.outcome]]
means = "bad_request"
match = { status = ["4xx", "5xx"] }
say = ["{message}", "{status_text}"]
body = { error = "{message}" }

[wire.callback]
request = "GET {redirect_uri}"

[[wire.callback.outcome]]
means = "bad_request"
match = { present = ["error"] }
say = ["It says {error}: {message}", "It says {error}"]
query = { error = "{error}", error_description = "{message?}" }

[wire.gate]
header = "X-Version"
value = "parcel/{version}"
except = ["poll"]
body = { supported = "{supported_versions?}" }
"#;
    Manifest::parse("parcel.toml", &format!("{source}{more}")).unwrap()
}

#[test]
fn of_several_words_for_a_failure_the_first_whose_values_are_all_there_are_said() {
    let worded = worded();
    let start = worded.exchange(Operation::Start).unwrap();
    let said = |response: &Response| {
        start.outcome(response).map(|(means, values)| (means, values.text("message").map(str::to_owned)))
    };
    let bad = |text: &str| Some((Meaning::BadRequest, Some(text.to_owned())));
    assert_eq!(said(&Response::json(403, json!({ "error": "No more." }))), bad("No more."));
    assert_eq!(said(&Response::json(502, json!({}))), bad("Bad Gateway"));
}

#[test]
fn what_a_browser_brings_home_is_put_into_the_manifests_words() {
    let worded = worded();
    let callback = worded.exchange(Operation::Callback).unwrap();
    let said = |parameters: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let parameters: Vec<_> = parameters.iter().map(own).collect();
        let (_, values) = callback.read_way_home(&parameters).unwrap();
        values.text("message").unwrap().to_owned()
    };
    assert_eq!(said(&[("error", "busy")]), "It says busy");
    assert_eq!(said(&[("error", "busy"), ("error_description", "Later.")]), "It says busy: Later.");
}

#[test]
fn a_refusal_of_the_version_goes_before_what_an_outcome_makes_of_its_status() {
    let worded = worded();
    let refusal = Response::json(426, json!({ "supported": ">=2" }));
    let (means, values) = worded.exchange(Operation::Start).unwrap().outcome(&refusal).unwrap();
    assert_eq!((means, values.text("supported_versions")), (Meaning::Upgrade, Some(">=2")));
}

#[test]
fn the_version_is_told_where_it_has_to_pass() {
    let worded = worded();
    let version = |operation| {
        let values = known().with("state", "s1").with("sign_in", "q1");
        let request = sent(worded.exchange(operation).unwrap(), &values);
        request.header("x-version").map(str::to_owned)
    };
    assert!(version(Operation::Start).is_some());
    assert_eq!(version(Operation::Poll), None);
}

#[test]
fn the_organization_that_is_asked_for_travels_where_a_sign_in_starts() {
    let demo = demo();
    let values = known()
        .with("redirect_uri", "http://127.0.0.1:4000/callback")
        .with("state", "s")
        .with("code_challenge", "c")
        .with("scope", "notes:write doorkey:manage")
        .with("org.wanted", "acme");
    let page = demo.exchange(Operation::Authorize).unwrap().request(&values).unwrap().url;
    assert!(page.ends_with("&scope=notes%3Awrite+doorkey%3Amanage&state=s&code_challenge=c&code_challenge_method=S256&org=acme"), "{page}");
    let start = demo.exchange(Operation::Start).unwrap();
    let request = start.request(&values).unwrap();
    let read = start.read_request(&sent(start, &values)).unwrap();
    assert_eq!((read.text("org.wanted"), read.text("scope")), (Some("acme"), values.text("scope")));
    let Body::Form(fields) = request.body else { unreachable!("a form") };
    assert!(fields.contains(&("org".to_owned(), "acme".to_owned())));
}

#[test]
fn a_guests_work_is_claimed_from_the_same_lines() {
    let parcel = parcel();
    let anonymous = parcel.own_exchange(Operation::Anonymous).unwrap();
    let given = Values::new().with("token", "pcl_guest_1").with("anonymous_id", "g1").with("org.id", "o1");
    let answer = anonymous.answer(Meaning::Ok, &given).unwrap();
    assert_eq!((answer.status, anonymous.outcome(&answer)), (201, Some((Meaning::Ok, given))));

    let claim = parcel.own_exchange(Operation::Claim).unwrap();
    let asked = Values::new().with("token", "parcel_1").with("anonymous_token", "pcl_guest_1");
    let mut all = known();
    all.merge(asked.clone());
    assert_eq!(claim.read_request(&sent(claim, &all)), Ok(asked));
    for means in [Meaning::NotFound, Meaning::Invalid, Meaning::NeedsPlan] {
        let answer = claim.answer(means, &Values::new().with("message", "No.")).unwrap();
        assert_eq!(claim.outcome(&answer).unwrap().0, means);
    }
}

#[test]
fn keys_are_listed_made_replaced_and_ended_from_the_same_lines() {
    let parcel = parcel();
    let round = |operation: Operation, asked: Values, given: Values| {
        let exchange = parcel.own_exchange(operation).unwrap();
        let mut all = known().with("token", "parcel_1");
        all.merge(asked.clone());
        let read = exchange.read_request(&sent(exchange, &all)).unwrap();
        assert_eq!(read, asked.with("token", "parcel_1"), "{operation:?}");
        let answer = exchange.answer(Meaning::Ok, &given).unwrap();
        assert_eq!(exchange.outcome(&answer), Some((Meaning::Ok, given)), "{operation:?}");
        answer.status
    };
    let made = Values::new().with("key.secret", "pcl_test_1").with("key.id", "k1").with("key.kind", "test");
    let wanted = Values::new().with("key.name", "CI").with("key.kind", "test");
    assert_eq!(round(Operation::CreateKey, wanted, made.clone()), 201);
    let overlap = Values::new().with("key.id", "k1").with("key.overlap", 3_600);
    assert_eq!(round(Operation::RotateKey, overlap, made), 201);
    assert_eq!(round(Operation::RevokeKey, Values::new().with("key.id", "k1"), Values::new()), 204);
    let keys = json!([{ "id": "k1", "name": "CI", "kind": "test", "active": true }]);
    assert_eq!(round(Operation::ListKeys, Values::new(), Values::new().with("keys", keys)), 200);
    let shops = json!([{ "id": "o1", "slug": "corner", "name": "Corner shop", "active": true }]);
    assert_eq!(round(Operation::Orgs, Values::new(), Values::new().with("orgs", shops)), 200);
    let wanted = Values::new().with("org.wanted", "corner");
    assert_eq!(round(Operation::SwitchOrg, wanted, Values::new().with("org.id", "o1")), 200);
}
