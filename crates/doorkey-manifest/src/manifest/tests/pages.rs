use super::{GOOD, Manifest, problems_with};

const PAGES: &str = r#"
[pages.tokens]
path = "/settings/tokens"
trail = ["Settings", "Tokens"]
title = "Tokens"
[pages.device]
path = "/connect"
[wire.whoami]
request = "GET /people/{user.id}/card"
[[wire.whoami.outcome]]
means = "ok"
"#;

/// What is said about a manifest with pages, with something replaced.
fn pages(right: &str, wrong: &str) -> String {
    assert!(PAGES.contains(right), "the pages have no `{right}`");
    problems_with(&PAGES.replacen(right, wrong, 1))
}

said! {
    a_path_without_a_beginning: pages("\"/connect\"", "\"connect\""), @r#"
acme.toml:28:8: `connect` can't be the path of a page
  help: a path begins with `/` and is plain words without placeholders, such as `/settings/tokens`
"#;
    a_path_with_a_placeholder: pages("\"/connect\"", "\"/connect/{user_code}\""), @r#"
acme.toml:28:8: `/connect/{user_code}` can't be the path of a page
  help: a path begins with `/` and is plain words without placeholders, such as `/settings/tokens`
"#;
    a_path_that_leads_elsewhere: pages("\"/connect\"", "\"/app/../connect\""), @r#"
acme.toml:28:8: `/app/../connect` can't be the path of a page
  help: a path begins with `/` and is plain words without placeholders, such as `/settings/tokens`
"#;
    a_path_of_doorkeys_own: pages("\"/connect\"", "\"/orgs/connect\""), @r#"
acme.toml:28:8: `/orgs` belongs to Doorkey's own routes
  help: reserved are /.well-known, /account, /activity, /api/v1/anonymous, /api/v1/claim, /api/v1/devices, /api/v1/events, /api/v1/invitations, /api/v1/me, /api/v1/orgs, /api/v1/sign-out-everywhere, /api/v1/tokens, /approve, /apps, /assets, /claim, /confirm, /device, /devices, /done, /healthz, /invite, /keys, /oauth2, /openapi.json, /orgs, /readyz, /sign-in, /sign-out, /sign-up, /tokens, /verify, /webhooks
"#;
    two_pages_at_one_path: pages("\"/connect\"", "\"/settings/tokens\""), @r#"
acme.toml:28:8: `/settings/tokens` is the path of the page `tokens` already
  help: give each page a path of its own
"#;
    a_page_at_a_route_of_the_wire: pages("\"/connect\"", "\"/people/me/card\""), @r#"
acme.toml:28:8: `/people/me/card` is answered by `whoami` already: `GET /people/{user.id}/card`
  help: give the page another path
"#;
    a_page_that_does_not_exist: pages("[pages.device]", "[pages.devise]"), @r#"
acme.toml:27:8: unknown key `devise`
  help: did you mean `device`?
"#;
    a_setting_that_the_page_has_no_place_for: pages("path = \"/connect\"", "created = \"Here it is\""), @r#"
acme.toml:28:11: the page `device` has no `created`
  help: it has `path`, `link`, `title`, `lead`
"#;
    a_link_that_says_nothing: pages("[pages.device]", "[pages.approve]\nlink = { \"$url\" = \"{frontend}/x\" }\n[pages.device]"), @r#"
acme.toml:28:1: the link doesn't say `{approval_id}`
  help: write it as { "$url" = "{frontend}/…", query = { … = "{approval_id}" } }
"#;
    empty_words: pages("\"Tokens\"\n", "\"  \"\n"), @r#"
acme.toml:26:9: `title` is empty
  help: without `title`, the page has the usual words
"#;
    an_empty_step: pages("[\"Settings\",", "[\"\","), @r#"
acme.toml:25:10: a step is empty
  help: leave it out
"#;
    a_further_path_that_is_taken: pages("title =", "also = [\"/connect\"]\ntitle ="), @r#"
acme.toml:29:8: `/connect` is the path of the page `tokens` already
  help: give each page a path of its own
"#;
    a_word_with_a_typo: pages("title =", "titel ="), @r#"
acme.toml:26:1: unknown key `titel`
  help: did you mean `title`?
"#;
}

#[test]
fn pages_are_found_by_their_path() {
    let pages = Manifest::parse("acme.toml", &format!("{GOOD}{PAGES}")).unwrap().pages;
    assert_eq!(pages.at("/settings/tokens"), Some("tokens"));
    assert_eq!((pages.at("/connect"), pages.at("/")), (Some("device"), None));
    assert_eq!((pages.tokens.title.as_deref(), pages.tokens.trail.len()), (Some("Tokens"), 2));
    let activity = &pages.activity;
    assert!(activity.path.is_none() && activity.title.is_none(), "what isn't there has the usual words");
}

#[test]
fn a_page_may_stand_beside_a_route_with_another_method() {
    let source = PAGES.replace("GET /people/{user.id}/card", "POST /connect");
    assert!(Manifest::parse("acme.toml", &format!("{GOOD}{source}")).is_ok());
}
