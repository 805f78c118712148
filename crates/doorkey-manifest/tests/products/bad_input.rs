//! Everything that is read, broken in every way that a file can be broken. What is read has a value or a reason; nothing
//! panics, and nothing takes for ever.

use doorkey_manifest::names::{self, Kind};
use doorkey_manifest::{Exchange, Template, Text, TokenFormat, builtin, code};
use doorkey_tests::mangle::{Change, DEEP, mangle};
use proptest::prelude::*;

use super::*;

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(any::<Change>(), 1..6)
}

fn any_product() -> impl Strategy<Value = &'static str> {
    prop::sample::select(builtin::names().collect::<Vec<_>>())
}

/// A document that says everything that a product may be told, so that a mangled one gets far.
fn rich() -> Value {
    json!({
        "token": "t_0123456789", "access_token": "a", "refresh_token": "r", "expires_at": "2026-04-22T08:48:08Z",
        "expires_in": 3600, "user": { "id": "u", "name": "Ada", "email": "ada@example.com" }, "scope": "a b",
        "organizations": [{ "id": "o", "name": "Acme", "active": true }], "error": "expired", "status": "pending",
        "device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": "https://example.com", "interval": 5,
    })
}

/// Uses a manifest in all the ways that don't need anybody else.
fn use_all_of(manifest: &Manifest, document: &Value) {
    let values = every_value();
    for values in [&Values::new(), &values] {
        for (operation, exchange) in manifest.wire.iter() {
            let _ = (operation.name(), exchange.request(values), exchange.route());
            use_exchange(exchange, document, values);
        }
        if let Some(variant) = manifest.credentials.variant_for(values) {
            let written = manifest.credentials.write(Some(document.clone()), variant, values);
            let _ = written.map(|file| manifest.credentials.to_text(&file));
        }
    }
    let _ = manifest.credentials.read(document);
    let _ = manifest.credentials.read_kept(document);
    let _ = manifest.credentials.clear(document.clone());
}

fn use_exchange(exchange: &Exchange, document: &Value, values: &Values) {
    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
        let _ = exchange.outcome(&Response::json(status, document.clone()));
    }
    let text = Response { status: 200, headers: Vec::new(), body: ResponseBody::Text(document.to_string()) };
    let _ = exchange.outcome(&text);
    for body in
        [Body::None, Body::Json(document.clone()), Body::Form(vec![("code".into(), document.to_string())])]
    {
        let headers = vec![("authorization".to_owned(), document.to_string())];
        let url = format!("/x?code={document}&state=%ff%zz&&=");
        let request = Request { method: "POST".to_owned(), url, headers, body };
        let _ = (exchange.read_request(&request), exchange.missing_parameters(&request));
    }
    let _ = exchange.answer(Meaning::Ok, values);
}

/// Something for every name that a template may use.
fn every_value() -> Values {
    names::all().iter().map(|name| (name.name, "1")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 500, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn a_broken_manifest_is_read_or_says_what_is_wrong(name in any_product(), changes in changes()) {
        let source = mangle(builtin::source(name).unwrap().as_bytes(), &changes);
        let source = String::from_utf8_lossy(&source);
        match Manifest::parse("broken.toml", &source) {
            Ok(manifest) => use_all_of(&manifest, &rich()),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let lines = source.lines().count().max(1) + 1;
                for problem in &problems {
                    prop_assert!((1..=lines).contains(&problem.line), "line {} of {lines}", problem.line);
                }
                prop_assert!(problems.to_string().contains("broken.toml:"));
            }
        }
    }

    #[test]
    fn what_is_no_manifest_at_all_says_what_is_wrong(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let problems = Manifest::parse("broken.toml", &String::from_utf8_lossy(&bytes));
        prop_assert!(problems.is_err());
    }

    #[test]
    fn a_broken_answer_is_understood_or_not_but_never_more(name in any_product(), changes in changes()) {
        let document = mangle(rich().to_string().as_bytes(), &changes);
        let document = serde_json::from_slice(&document)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&document)));
        use_all_of(&manifest(name), &document);
    }

    #[test]
    fn a_credential_of_every_product_is_read_as_it_was_written(
        name in any_product(),
        token in "secret[!-~äöü雪𝄞]{1,80}",
        text in "a[^\u{0}]{0,40}",
        at in 0_i64..4_000_000_000,
        unknown in "[a-z_]{1,12}",
    ) {
        let manifest = manifest(name);
        let shape = &manifest.credentials;
        let values = credential(&token, &text, at);
        for (variant, template, read_only) in shape.variants() {
            if read_only || template.fill(&values).is_err() {
                continue;
            }
            let unknown = format!("x_{unknown}");
            let before = json!({ unknown.as_str(): { "deep": [1, null, text.as_str()] } });
            let written = shape.write(Some(before.clone()), variant, &values).unwrap();
            let file: Value = serde_json::from_str(&shape.to_text(&written)).unwrap();
            prop_assert_eq!(&file, &written);
            prop_assert_eq!(&file[&unknown], &before[&unknown], "what the manifest doesn't name stays");
            let (_, read) = shape.read(&file).unwrap();
            prop_assert_eq!(read.text("token"), Some(token.as_str()));
            for name in template.names() {
                if let (Some(given), Some(found)) = (values.get(name), read.get(name)) {
                    prop_assert_eq!(given, found, "{}", name);
                }
            }
            let again = shape.write(Some(file.clone()), variant, &read).unwrap();
            prop_assert_eq!(again, file.clone(), "what was read is written as it was");
            let left = shape.clear(file);
            prop_assert_eq!(&left[&unknown], &before[&unknown], "nor does signing out take it");
            prop_assert!(!left.to_string().contains(&json!(token).to_string()), "the token is gone");
        }
    }

    #[test]
    fn a_broken_text_or_template_is_read_or_says_what_is_wrong(changes in changes(), named in any::<bool>()) {
        let source = mangle(b"Signed in as {user.name|user.email|'you'} until {expires_at?:rfc3339}.", &changes);
        let source = String::from_utf8_lossy(&source);
        let values = if named { every_value() } else { Values::new() };
        match Text::parse(&source) {
            Ok(text) => {
                let _ = (text.fill(&values), text.fill_lines(&values), text.fill_or_omit(&values), text.read(&source));
            }
            Err(problem) => {
                prop_assert!(!problem.to_string().is_empty());
                let _ = problem.help();
            }
        }
        let tree = json!({ "a": source, "b": [{ "$each": "orgs", "c": source }], "d": { "$any": [source] } });
        if let Ok(template) = Template::parse(tree.clone()) {
            let _ = (template.fill(&values), template.read(&tree), template.read_leniently(&tree));
        }
    }

    #[test]
    fn only_a_token_is_taken_for_one(changes in changes(), prefix in "[a-z_]{0,12}", seed in 0_u8..62) {
        let format = TokenFormat::new(prefix);
        let token = format.from_entropy(|bytes: &mut [u8]| bytes.fill(seed));
        let broken = mangle(token.expose().as_bytes(), &changes);
        let broken = String::from_utf8_lossy(&broken);
        if broken != token.expose() {
            prop_assert!(format.check(&broken).is_err());
        }
    }

    #[test]
    fn whatever_is_typed_as_a_code_is_one_or_none(typed in "\\PC{0,40}") {
        if let Some(code) = code::normalize(&typed) {
            prop_assert_eq!(code::normalize(&code), Some(code.clone()));
            prop_assert!(code.len() <= 16, "{}", code);
        }
    }
}

/// All that a product may keep of a credential.
fn credential(token: &str, text: &str, at: i64) -> Values {
    let mut values = Values::new();
    for name in names::all() {
        match name.kind {
            _ if name.name == "token" => values.set(name.name, token),
            Kind::Text | Kind::Id => values.set(name.name, text),
            Kind::Url => values.set(name.name, "https://example.com"),
            Kind::Time => values.set(name.name, at * 1000),
            Kind::Number | Kind::Flag | Kind::List | Kind::Items(_) | Kind::Any => {}
        }
    }
    values
}

#[test]
fn what_is_nested_beyond_reason_is_refused_and_not_followed() {
    let nested = [
        format!("a = {}", "[".repeat(DEEP)),
        format!("a = {}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("a = {}1{}", "{a=".repeat(DEEP), "}".repeat(DEEP)),
        format!("{}a = 1", "a.".repeat(DEEP)),
        format!("[credentials.json]\n{}a = \"{{token}}\"", "a.".repeat(DEEP)),
        format!("[credentials.json.{}a]\nx = 1", "a.".repeat(DEEP)),
        format!("[wire.me]\nbody = {{ {}a = 1 }}", "a.".repeat(DEEP)),
        (0..200).flat_map(|depth| ["[[", &"a.".repeat(depth), "a]]\n"].map(str::to_owned)).collect(),
        format!("a = \"{}\"", "{".repeat(DEEP)),
    ];
    let demo = builtin::source("demo").unwrap();
    for source in nested {
        for source in [source.clone(), format!("{demo}\n{source}"), format!("{source}\n{demo}")] {
            match Manifest::parse("deep.toml", &source) {
                Ok(manifest) => use_all_of(&manifest, &rich()),
                Err(problems) => {
                    assert!(problems.to_string().len() < 10_000, "it is said in short");
                }
            }
        }
    }
}

#[test]
fn no_length_of_time_is_too_long_to_be_refused() {
    use doorkey_manifest::manifest::Period;
    for text in [
        "",
        "s",
        "1",
        "-1s",
        "1.5h",
        "99999999999999999999d",
        "18446744073709551615d",
        "1e9s",
        "١s",
        "1 s",
        "1s ",
    ] {
        assert!(text.parse::<Period>().is_err(), "{text}");
    }
}

#[test]
fn a_word_without_end_is_not_compared_with_every_word_that_there_is() {
    let endless = "abcde.".repeat(100 * DEEP);
    assert!(Text::parse(&format!("{{{endless}}}")).is_err());
    assert!(Template::parse(json!([{ format!("${endless}"): "orgs" }])).is_err());
    assert!(Manifest::parse("long.toml", &format!("{} = 1", "abcde".repeat(100 * DEEP))).is_err());
}
