#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use super::Manifest;

/// A manifest that has nothing wrong with it.
const GOOD: &str = r#"
[app]
name = "acme"
title = "Acme"

[server]
url = "https://api.acme.example"

[tokens.access]
prefix = "acme_"

[scopes]
"things:read" = "See your things"

[sign_in]
ways = ["loopback", "device"]
scopes = ["things:read"]

[credentials]
path = "~/.acme/credentials.json"
json = { token = "{token}", user = { name = "{user.name?}" } }
"#;

/// What is said about the good manifest with something replaced.
fn problems(right: &str, wrong: &str) -> String {
    assert!(GOOD.contains(right), "the good manifest has no `{right}`");
    Manifest::parse("acme.toml", &GOOD.replacen(right, wrong, 1)).unwrap_err().to_string()
}

/// What is said about the good manifest with something more.
fn problems_with(more: &str) -> String {
    Manifest::parse("acme.toml", &format!("{GOOD}{more}")).unwrap_err().to_string()
}

#[test]
fn a_good_manifest_has_no_problems() {
    let manifest = Manifest::parse("acme.toml", GOOD).unwrap();
    assert_eq!((manifest.app.name.as_str(), manifest.client_id()), ("acme", "acme"));
}

#[test]
fn every_manifest_that_is_compiled_in_has_no_problems() {
    for name in crate::builtin::names() {
        let manifest = Manifest::builtin(name).unwrap();
        assert_eq!(manifest.unwrap_or_else(|problems| panic!("{problems}")).app.name, name);
    }
}

#[test]
fn the_manifest_of_the_session_way_has_no_problems() {
    let source = include_str!("../../../../tests/apps/parcel.toml");
    Manifest::parse("parcel.toml", source).unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn several_problems_are_told_at_once_in_the_order_of_their_lines() {
    let source = GOOD
        .replace("title = \"Acme\"", "title = \"Acme\"\nhompage = \"https://acme.example\"")
        .replace("acme_\"", "acme\"")
        .replace("{token}", "{tokne}");
    let problems = Manifest::parse("acme.toml", &source).unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert!(lines.len() >= 3 && lines.is_sorted(), "{problems}");
}

macro_rules! said {
    ($($test:ident: $problems:expr, @$said:literal;)+) => {
        $(#[test]
        fn $test() {
            insta::assert_snapshot!($problems, @$said);
        })+
    };
}

mod app;
mod helpers;
mod oauth;
mod pages;
mod plans;
mod tokens;

said! {
    a_key_with_a_typo: problems("path =", "pth ="), @r#"
acme.toml:20:1: unknown key `pth`
  help: did you mean `path`?
"#;
    a_key_that_is_nothing_like_any: problems("title =", "zzz ="), @r#"
acme.toml:2:2: `title` is missing in `app`
acme.toml:4:1: unknown key `zzz`
  help: known here are `name`, `aliases`, `title`, `description`, `version`, `homepage`, `logo`, `color` and `color_dark`
"#;
    a_value_of_the_wrong_type: problems("title = \"Acme\"", "title = 5"), @"acme.toml:4:9: this is an integer `5`, but it has to be a string";
    something_that_is_not_toml: problems("title = \"Acme\"", "title = \"Acme"), @r#"
acme.toml:4:14: this isn't TOML: invalid basic string, expected `"`
"#;
    a_name_that_no_app_can_have: problems("\"acme\"", "\"Acme!\""), @r#"
acme.toml:3:8: `Acme!` can't be an app's name
  help: a name is lower-case letters, digits and `-`, begins with a letter and has at most 40 characters
"#;
    a_server_without_encryption: problems("https://api", "http://api"), @r#"
acme.toml:7:7: `http://api.acme.example` would send credentials unencrypted
  help: https, or http on this machine: `http://127.0.0.1:7700`
"#;
    a_server_that_is_no_address: problems("https://api.acme.example", "api.acme.example"), @r#"
acme.toml:7:7: `api.acme.example` isn't an address: relative URL without a base
  help: https, or http on this machine: `http://127.0.0.1:7700`
"#;
    a_prefix_that_runs_into_the_token: problems("\"acme_\"", "\"acme\""), @r#"
acme.toml:10:10: `acme` can't be a token's prefix
  help: a prefix is letters, digits and `_` and ends in `_`, such as `acme_`
"#;
    a_way_that_does_not_exist: problems("\"device\"", "\"devise\""), @r#"
acme.toml:16:21: `devise` can't stand here
  help: did you mean `device`?
"#;
    a_way_that_is_there_twice: problems("\"device\"", "\"loopback\""), @"acme.toml:16:21: `loopback` is there twice";
    no_way_at_all: problems("[\"loopback\", \"device\"]", "[]"), @r#"
acme.toml:16:1: there is no way of signing in
  help: name at least one of loopback, device, session, paste, anonymous
"#;
    a_way_without_its_wire: problems("\"device\"", "\"session\""), @r#"
acme.toml:16:21: the way `session` needs `[wire.start]`
  help: say which request it sends and what the answers mean
acme.toml:16:21: the way `session` needs `[wire.poll]`
  help: say which request it sends and what the answers mean
"#;
    a_scope_that_is_not_declared: problems("scopes = [\"things:read\"]", "scopes = [\"things:raed\"]"), @r#"
acme.toml:17:11: the scope `things:raed` isn't declared
  help: did you mean `things:read`?
"#;
    a_length_of_time_without_a_unit: problems("scopes = [", "timeout = \"300\"\nscopes = ["), @"acme.toml:17:11: `300` is not a length of time; write a whole number and a unit, such as `90s`, `10m`, `1h` or `30d`";
    a_sign_in_that_stays_open_too_long: problems("scopes = [", "expires_in = \"1h\"\nscopes = ["), @r#"
acme.toml:17:14: a sign-in may stay open for ten minutes at most
  help: the longer a link works, the easier it is to trick somebody into opening it
"#;
    a_template_with_a_name_that_does_not_exist: problems("{token}", "{tokne}"), @r#"
acme.toml:21:1: the file doesn't hold `{token}`
  help: a credentials file without the credential is none
acme.toml:21:18: there is no value called `tokne`
  help: did you mean `token`?
"#;
    a_template_with_a_brace_too_few: problems("{token}", "{token"), @r#"
acme.toml:21:1: the file doesn't hold `{token}`
  help: a credentials file without the credential is none
acme.toml:21:18: a `{` is never closed
  help: write `{{` or `}}` for the brace itself
"#;
    a_format_that_does_not_exist: problems("{user.name?}", "{user.name?:loud}"), @r#"
acme.toml:21:45: there is no format called `loud`
  help: the formats are unix, unix_ms, rfc3339, rfc3339_ms, rfc3339_offset, date, first(N), last(N), join('…'), json, json(N) and text
"#;
    a_file_without_the_credential: problems("token = \"{token}\", ", ""), @r#"
acme.toml:21:1: the file doesn't hold `{token}`
  help: a credentials file without the credential is none
"#;
    a_file_outside_of_the_home_folder: problems("~/.acme", "/etc/acme"), @r#"
acme.toml:20:8: `/etc/acme/credentials.json` isn't below a person's own folders
  help: begin it with `~/` or `{config}/`
"#;
    a_request_without_a_method: problems_with("[wire.whoami]\nrequest = \"/me\"\n[[wire.whoami.outcome]]\nmeans = \"ok\"\n"), @"acme.toml:23:11: a request is a method and an address with a space between them, such as `POST /api/start`";
    a_meaning_that_an_operation_cannot_have: problems_with("[wire.whoami]\nrequest = \"GET /me\"\n[[wire.whoami.outcome]]\nmeans = \"pending\"\n"), @r#"
acme.toml:25:9: an answer to `whoami` can't mean `pending`
  help: it can mean ok, expired, invalid, not_found, forbidden, needs_plan, bad_request, upgrade, try_later
"#;
    an_exchange_without_outcomes: problems_with("[wire.whoami]\nrequest = \"GET /me\"\n"), @r#"
acme.toml:22:7: `whoami` says nothing about its answers
  help: add `[[wire.whoami.outcome]]`
"#;
    a_secret_in_an_address: problems_with("[wire.whoami]\nrequest = \"GET /me\"\nquery = { key = \"{token}\" }\n[[wire.whoami.outcome]]\nmeans = \"ok\"\n"), @r#"
acme.toml:24:17: `{token}` is secret and can't travel in an address
  help: addresses end up in logs and histories; put it in the body or in a header
"#;
    a_route_of_doorkeys_own: problems_with("[wire.whoami]\nrequest = \"GET /device/me\"\n[[wire.whoami.outcome]]\nmeans = \"ok\"\n"), @r#"
acme.toml:23:11: `/device` belongs to Doorkey's own routes
  help: reserved are /.well-known, /account, /activity, /api/v1/anonymous, /api/v1/claim, /api/v1/devices, /api/v1/events, /api/v1/invitations, /api/v1/me, /api/v1/orgs, /api/v1/sign-out-everywhere, /api/v1/tokens, /approve, /apps, /assets, /claim, /confirm, /device, /devices, /done, /healthz, /invite, /keys, /oauth2, /openapi.json, /orgs, /readyz, /sign-in, /sign-out, /sign-up, /tokens, /verify, /webhooks
"#;
    two_operations_on_one_route: problems_with("[wire.whoami]\nrequest = \"GET /me\"\n[[wire.whoami.outcome]]\nmeans = \"ok\"\n[wire.check]\nrequest = \"GET /me\"\n[[wire.check.outcome]]\nmeans = \"ok\"\n"), @r#"
acme.toml:27:11: `GET /me` is the route of `whoami` already
  help: two operations share a route where a fixed field of their bodies tells them apart
"#;
    an_answer_without_what_the_command_needs: problems_with("[wire.start]\nrequest = \"POST /start\"\n[[wire.start.outcome]]\nmeans = \"started\"\nbody = { id = \"{sign_in}\" }\n"), @r#"
acme.toml:24:1: the answer that means `started` doesn't say `verification_uri_complete` or `verification_uri`
  help: without it the command can't go on
"#;
    a_key_that_travels_home: problems_with("[wire.callback]\nrequest = \"GET {redirect_uri}\"\n[[wire.callback.outcome]]\nmeans = \"approved\"\nquery = { key = \"{token}\", state = \"{state}\" }\n"), @r#"
acme.toml:26:17: a code travels home, never a key
  help: say `legacy = true` in `[sign_in.loopback]` if published clients take nothing else
"#;
    a_fragment_that_nobody_asked_for: problems_with("[wire.callback]\nrequest = \"GET {redirect_uri}\"\n[[wire.callback.outcome]]\nmeans = \"approved\"\nfragment = { code = \"{code}\", state = \"{state}\" }\n"), @r#"
acme.toml:26:1: nothing may travel in a fragment unless old clients need it
  help: say `legacy = true` in `[sign_in.loopback]` if published clients take nothing else
"#;
    a_secret_that_a_message_would_show: problems_with("[messages]\nsigned_in = \"Your token is {token}\"\n"), @r#"
acme.toml:23:13: `{token}` is secret and can't be shown whole
  help: show a part of it, such as `{token:first(8)}`
"#;
    an_event_that_does_not_exist: problems_with("[messages]\nsinged_in = \"Hello\"\n"), @r#"
acme.toml:23:1: unknown key `singed_in`
  help: did you mean `signed_in`?
"#;
    a_secret_in_the_path_of_a_request: problems_with("[wire.check]\nrequest = \"GET /sessions/{token}\"\n[[wire.check.outcome]]\nmeans = \"ok\"\n"), @r#"
acme.toml:23:11: `{token}` is secret and can't travel in an address
  help: addresses end up in logs and histories; put it in the body or in a header
"#;
    a_value_that_is_not_known_yet: problems_with("[wire.start]\nrequest = \"POST /start\"\nbody = { who = \"{user.name}\" }\n[[wire.start.outcome]]\nmeans = \"started\"\nbody = { id = \"{sign_in}\", url = \"{verification_uri_complete}\" }\n"), @r#"
acme.toml:24:1: `{user.name}` isn't known in the request
  help: it is the person's name
"#;
    two_variants_of_one_shape: problems("json = { token = \"{token}\", user = { name = \"{user.name?}\" } }", "[[credentials.variant]]\nname = \"one\"\njson = { token = \"{token}\" }\n[[credentials.variant]]\nname = \"two\"\njson = { token = \"{token}\", email = \"{user.email}\" }"), @r#"
acme.toml:24:1: `two` can't be told apart from `one`
  help: give each a tag, such as `mode = "anon"`
"#;
    a_failure_with_the_status_of_a_success: problems_with("[wire.errors]\nbody = { error = \"{message}\" }\n[wire.errors.table]\ninvalid = { status = 200 }\n"), @r#"
acme.toml:25:22: 200 isn't the status of a failure
  help: it is between 400 and 599
"#;
    a_request_whose_parameters_stand_in_its_address: problems_with("[wire.whoami]\nrequest = \"GET /me?a=b\"\n[[wire.whoami.outcome]]\nmeans = \"ok\"\n"), @"acme.toml:23:11: the parameters of a request stand in `query`, not in its address";
    a_file_that_is_a_list: problems("json = { token = \"{token}\", user = { name = \"{user.name?}\" } }", "json = [{ token = \"{token}\" }]"), @r#"
acme.toml:21:1: the credentials file has to be an object
  help: give each value a key, such as `json = { token = "{token}" }`: fields that others keep in the file stay
"#;
    a_file_that_is_a_text: problems("json = { token = \"{token}\", user = { name = \"{user.name?}\" } }", "json = \"{token}\""), @r#"
acme.toml:21:8: the credentials file has to be an object
  help: give each value a key, such as `json = { token = "{token}" }`: fields that others keep in the file stay
"#;
    a_file_with_a_list_that_is_gone_through: problems("user = { name = \"{user.name?}\" }", "orgs = [{ \"$each\" = \"orgs?\", id = \"{org.id}\" }]"), @r#"
acme.toml:21:29: a list of objects would be replaced whole, with all that others keep in it
  help: give what is kept a key of its own, such as `org = { id = "{org.id?}" }`
"#;
    a_file_with_the_first_of_a_list: problems("json = { token = \"{token}\", user = { name = \"{user.name?}\" } }", "json = { sessions = [{ \"$first\" = true, token = \"{token}\" }] }"), @r#"
acme.toml:21:10: a list of objects would be replaced whole, with all that others keep in it
  help: give what is kept a key of its own, such as `org = { id = "{org.id?}" }`
"#;
    a_file_with_an_object_in_a_list: problems("json = { token = \"{token}\", user = { name = \"{user.name?}\" } }", "json = { sessions = [{ token = \"{token}\" }] }"), @r#"
acme.toml:21:10: a list of objects would be replaced whole, with all that others keep in it
  help: give what is kept a key of its own, such as `org = { id = "{org.id?}" }`
"#;
    a_file_with_a_placeholder_in_a_key: problems("user = { name", "\"{server.host}\" = { name"), @r#"
acme.toml:21:29: a key is written as it stands, and `{server.host}` has a placeholder
  help: only values are filled in: give it a key that is always the same
"#;
    a_credential_before_there_is_one: problems_with("[wire.start]\nrequest = \"POST /start\"\nauth = \"bearer\"\n[[wire.start.outcome]]\nmeans = \"started\"\nbody = { id = \"{sign_in}\", url = \"{verification_uri_complete}\" }\n"), @r#"
acme.toml:24:8: `start` comes before there is a credential that it could send
  help: leave `auth` out here
"#;
    a_credential_before_there_is_one_in_a_list: problems_with("[wire.start]\nrequest = \"POST /start\"\nauth = [{ header = \"X-Key\" }, \"none\"]\n[[wire.start.outcome]]\nmeans = \"started\"\nbody = { id = \"{sign_in}\", url = \"{verification_uri_complete}\" }\n"), @r#"
acme.toml:24:1: `start` comes before there is a credential that it could send
  help: leave `auth` out here
"#;
    a_constant_that_would_be_filled_in: problems_with("[wire.start]\nrequest = \"POST /start\"\n[[wire.start.outcome]]\nmeans = \"started\"\nbody = { id = \"{sign_in}\" }\nwith = { verification_uri = \"{frontend}/connect\" }\n"), @r#"
acme.toml:27:29: what stands in `with` is a constant, and nothing in it is filled in
  help: write the placeholder where the answer has it, in `body`, `headers` or `query`
"#;
    a_key_that_nobody_is_recognized_for: problems_with("[sign_in.loopback]\nlegacy = true\n[wire.callback]\nrequest = \"GET {redirect_uri}\"\n[[wire.callback.outcome]]\nmeans = \"approved\"\nquery = { key = \"{token}\", state = \"{state}\" }\n"), @r#"
acme.toml:26:1: `{token}` comes home only to clients that a `legacy_query` recognizes, and there is none
  help: add `legacy_query` to `[wire.authorize]` with what the published clients send, or let `{code}` come home, which `[wire.redeem]` or plain OAuth turns into the credential
"#;
    a_key_in_a_fragment_that_nobody_is_recognized_for: problems_with("[sign_in.loopback]\nlegacy = true\n[wire.callback]\nrequest = \"GET {redirect_uri}\"\n[[wire.callback.outcome]]\nmeans = \"approved\"\nfragment = { key = \"{token}\", state = \"{state}\" }\n"), @r#"
acme.toml:26:1: `{token}` comes home only to clients that a `legacy_query` recognizes, and there is none
  help: add `legacy_query` to `[wire.authorize]` with what the published clients send, or let `{code}` come home, which `[wire.redeem]` or plain OAuth turns into the credential
"#;
}

#[test]
fn what_the_service_takes_beside_no_credential_is_no_mistake() {
    let more = "[wire.start]\nrequest = \"POST /start\"\nauth = [\"none\", \"bearer\"]\n\
        [[wire.start.outcome]]\nmeans = \"started\"\nbody = { id = \"{sign_in}\", url = \"{verification_uri_complete}\" }\n";
    Manifest::parse("acme.toml", &format!("{GOOD}{more}")).unwrap_or_else(|problems| panic!("{problems}"));
}
