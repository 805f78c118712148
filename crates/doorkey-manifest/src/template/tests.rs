#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FillError, Template, Text};
use crate::Values;

fn template(source: Value) -> Template {
    Template::parse(source).unwrap()
}

#[test]
fn an_object_without_any_of_its_values_is_still_an_object() {
    let template = template(json!({ "product": "{product?}", "inner": { "state": "{state?}" } }));
    assert_eq!(template.fill(&Values::new()).unwrap(), json!({}));
}

#[test]
fn a_placeholder_alone_keeps_its_type() {
    let template = template(json!({"n": "{expires_in}", "ok": "{configured}", "user": "{user}"}));
    let values =
        Values::new().with("expires_in", 3600).with("configured", true).with("user", json!({"b": 1, "a": 2}));
    let filled = template.fill(&values).unwrap();
    assert_eq!(filled.to_string(), r#"{"n":3600,"ok":true,"user":{"b":1,"a":2}}"#);
    assert_eq!(template.read(&filled), Some(values));
}

#[test]
fn an_optional_placeholder_without_a_value_drops_its_key() {
    let template =
        template(json!({"state": "{state}", "product": "{product?}", "user": {"name": "{user.name?}"}}));
    assert_eq!(template.fill(&Values::new().with("state", "s")).unwrap(), json!({"state": "s"}));
    assert_eq!(
        template.read(&json!({"state": "s", "product": null})),
        Some(Values::new().with("state", "s"))
    );
    assert_eq!(template.read(&json!({"product": "p"})), None);
}

#[test]
fn fallbacks_fill_in_order_and_reading_binds_the_first() {
    let text = Text::parse("{message|error|'no reason given'}").unwrap();
    assert_eq!(text.fill(&Values::new().with("error", "access_denied")).unwrap(), "access_denied");
    assert_eq!(text.fill(&Values::new()).unwrap(), "no reason given");
    assert_eq!(text.read("gone"), Some(Values::new().with("message", "gone")));
    let nullable = template(json!({"name": "{user.name|null}"}));
    assert_eq!(nullable.fill(&Values::new()).unwrap(), json!({"name": null}));
}

#[test]
fn a_missing_value_is_named_and_never_shown() {
    let template = template(json!({"token": "{token}"}));
    assert_eq!(template.fill(&Values::new()), Err(FillError::Missing("token".to_owned())));
    let unfit = Text::parse("{expires_at:rfc3339}")
        .unwrap()
        .fill(&Values::new().with("expires_at", "hidden"))
        .unwrap_err();
    assert!(!unfit.to_string().contains("hidden"), "{unfit}");
}

#[test]
fn every_item_of_a_list_goes_through_the_same_template() {
    let template = template(json!({"data": [{"$each": "orgs", "orgId": "{org.id}", "name": "{org.name}"}]}));
    let values =
        Values::new().with("orgs", json!([{"id": "o1", "name": "One"}, {"id": "o2", "name": "Two"}]));
    let filled = template.fill(&values).unwrap();
    assert_eq!(filled, json!({"data": [{"orgId": "o1", "name": "One"}, {"orgId": "o2", "name": "Two"}]}));
    assert_eq!(template.read(&filled), Some(values));
}

#[test]
fn the_first_item_that_fits_is_taken() {
    let template = template(json!([{"$first": true, "active": true, "name": "{org.name}"}]));
    let answer = json!([{"active": false, "name": "One"}, {"active": true, "name": "Two"}]);
    assert_eq!(template.read(&answer), Some(Values::new().with("org.name", "Two")));
    assert_eq!(template.read(&json!([])), None);
}

#[test]
fn alternatives_are_tried_in_order() {
    let template = template(json!({"$any": [
        {"data": [{"$each": "keys", "id": "{key.id}"}]},
        [{"$each": "keys", "id": "{key.id}"}],
    ]}));
    let values = Values::new().with("keys", json!([{"id": "k1"}]));
    assert_eq!(template.read(&json!([{"id": "k1"}])), Some(values.clone()));
    assert_eq!(template.read(&json!({"data": [{"id": "k1"}]})), Some(values.clone()));
    assert_eq!(template.fill(&values).unwrap(), json!({"data": [{"id": "k1"}]}));
}

#[test]
fn an_address_gets_parameters_added_to_those_that_it_has() {
    let open = template(json!({
        "$url": "{verification_uri_complete}",
        "query": {"callback": "{redirect_uri}", "org": "{org.wanted?}"},
    }));
    let values = Values::new()
        .with("verification_uri_complete", "https://example.com/auth/device?code=ABCD-EFGH")
        .with("redirect_uri", "http://localhost:4000/callback?state=f0");
    let address = open.fill(&values).unwrap();
    assert_eq!(
        address,
        json!(
            "https://example.com/auth/device?code=ABCD-EFGH&callback=http%3A%2F%2Flocalhost%3A4000%2Fcallback%3Fstate%3Df0"
        )
    );
    assert_eq!(open.read(&address), Some(values));
}

#[test]
fn parameters_that_an_address_does_not_name_are_passed_over() {
    let link = template(json!({ "$url": "{frontend}/cli", "query": { "code": "{user_code}" } }));
    let found = link.read(&json!("https://example.com/cli?org=acme&code=ABCD-EFGH&callback=x")).unwrap();
    assert_eq!(found.text("user_code"), Some("ABCD-EFGH"));
    assert_eq!(found.text("frontend"), Some("https://example.com"));
    let twice = link.read(&json!("https://example.com/cli?code=ABCD-EFGH&code=ABCD-EFGH")).unwrap();
    assert_eq!(twice.text("user_code"), Some("ABCD-EFGH"));
    assert_eq!(link.read(&json!("https://example.com/cli?code=ABCD-EFGH&code=JKLM-NPQR")), None);
    for other in ["https://example.com/cli?org=acme", "https://example.com/other?org=acme&code=ABCD-EFGH"] {
        assert_eq!(link.read(&json!(other)), None, "{other}");
    }
}

#[test]
fn what_comes_home_may_come_in_the_fragment() {
    let home =
        template(json!({"$url": "{redirect_uri}", "fragment": {"token": "{token}", "state": "{state}"}}));
    let values = Values::new()
        .with("token", "ak_1")
        .with("state", "s&1")
        .with("redirect_uri", "http://127.0.0.1:9/cb");
    let address = home.fill(&values).unwrap();
    assert_eq!(address, json!("http://127.0.0.1:9/cb#token=ak_1&state=s%261"));
    assert_eq!(home.read(&address), Some(values));
}

#[test]
fn parts_of_an_address_have_names() {
    let text = Text::parse("https://{server.authority}/authorize").unwrap();
    let values = Values::new().with("server", "http://127.0.0.1:18443/v1");
    assert_eq!(text.fill(&values).unwrap(), "https://127.0.0.1:18443/authorize");
}

#[test]
fn times_are_written_in_each_format_and_read_back() {
    let at = 1_776_847_688_000_i64;
    for (format, written) in [
        ("unix", json!(1_776_847_688)),
        ("unix_ms", json!(1_776_847_688_000_i64)),
        ("rfc3339", json!("2026-04-22T08:48:08Z")),
        ("rfc3339_ms", json!("2026-04-22T08:48:08.000Z")),
    ] {
        let template = template(json!(format!("{{expires_at:{format}}}")));
        let values = Values::new().with("expires_at", at);
        assert_eq!(template.fill(&values).unwrap(), written);
        assert_eq!(template.read(&written), Some(values), "{format}");
    }
}

#[test]
fn formats_that_shorten_are_for_filling_only() {
    let values = Values::new().with("token", "ak_live_0123456789abcdef");
    assert_eq!(Text::parse("{token:first(16)}...").unwrap().fill(&values).unwrap(), "ak_live_01234567...");
    let shown = template(json!("{token:first(8)}"));
    assert_eq!(shown.read(&json!("ak_live_")), Some(Values::new()));
    let orgs = Values::new().with("orgs", json!([{"slug": "acme"}, {"id": "o2"}]));
    assert_eq!(
        Text::parse("Orgs: {orgs:join(', ', slug, id)}").unwrap().fill(&orgs).unwrap(),
        "Orgs: acme, o2"
    );
}

#[test]
fn braces_are_written_twice() {
    assert_eq!(
        Text::parse("{{{user.name}}}").unwrap().fill(&Values::new().with("user.name", "Ada")).unwrap(),
        "{Ada}"
    );
}

#[test]
fn what_is_wrong_with_a_template_is_said_in_words() {
    let problem = |source: &str| {
        let error = Text::parse(source).unwrap_err();
        format!("{error} / {}", error.help().unwrap_or_default())
    };
    insta::assert_snapshot!(problem("{tokne}"), @"there is no value called `tokne` / did you mean `token`?");
    insta::assert_snapshot!(problem("{token"), @"a `{` is never closed / write `{{` or `}}` for the brace itself");
    insta::assert_snapshot!(problem("token}"), @"a `}` was never opened / write `{{` or `}}` for the brace itself");
    insta::assert_snapshot!(problem("{token|'x'|error}"), @"a literal has to be the last of the alternatives / ");
    insta::assert_snapshot!(problem("{token}{error}"), @"two placeholders need some text between them / ");
    insta::assert_snapshot!(problem("{token:upside_down}"), @"there is no format called `upside_down` / the formats are unix, unix_ms, rfc3339, rfc3339_ms, rfc3339_offset, date, first(N), last(N), join('…'), json, json(N) and text");
    assert!(Template::parse(json!([{"$every": "orgs"}])).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~äöü☃]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z$]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reading_gives_back_what_filling_wrote(
        token in "[!-~]{1,40}", name in prop::option::of("[^\u{0}]{1,20}"), at in 0_i64..4_000_000_000, id in "[ -~]{1,10}",
    ) {
        let template = template(json!({
            "registry": "https://example.com/{org.id}/x",
            "token": "{token}",
            "when": "{expires_at:unix}",
            "user": {"name": "{user.name|null}"},
            "link": {"$url": "https://example.com/auth?x=1", "query": {"code": "{user_code}"}},
        }));
        let mut values = Values::new().with("org.id", id.clone()).with("token", token).with("expires_at", at * 1000)
            .with("user_code", id);
        if let Some(name) = name {
            values.set("user.name", name);
        }
        let filled = template.fill(&values).unwrap();
        let read = template.read(&filled).unwrap();
        prop_assert_eq!(template.fill(&read).unwrap(), filled);
        for (name, value) in values.iter() {
            prop_assert_eq!(read.get(name), Some(value));
        }
    }

    #[test]
    fn reading_never_panics(document in any_json(), source in any_json()) {
        if let Ok(template) = Template::parse(source) {
            let _ = template.read(&document);
            let _ = template.fill(&Values::new());
        }
        let fixed = template(json!({"a": "{user}", "b": [{"$each": "orgs", "x": "{org.id}"}], "c": "{message?}"}));
        let _ = fixed.read(&document);
    }

    #[test]
    fn parsing_never_panics(source in "[{}'|?:$a-z. (),0-9]{0,24}") {
        if let Ok(text) = Text::parse(&source) {
            let _ = text.read("some text");
            let _ = text.fill(&Values::new());
        }
    }
}
