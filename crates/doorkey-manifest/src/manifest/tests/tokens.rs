use super::{GOOD, Manifest, problems_with};
use crate::manifest::{ActsAs, Offered, Period};

const KEYS: &str =
    "[tokens.api_key]\nprefix = \"ak_live_\"\nkinds = { live = \"ak_live_\", test = \"ak_test_\" }\n";

/// What is said about a manifest with two kinds of keys, with something replaced.
fn keys(right: &str, wrong: &str) -> String {
    assert!(KEYS.contains(right), "the keys have no `{right}`");
    problems_with(&KEYS.replacen(right, wrong, 1))
}

said! {
    a_kind_of_keys_whose_prefix_runs_into_the_key: keys("\"ak_test_\"", "\"ak_test\""), @r#"
acme.toml:24:37: `ak_test` can't be a token's prefix
  help: a prefix is letters, digits and `_` and ends in `_`, such as `acme_`
"#;
    a_kind_of_keys_with_a_name_that_none_can_have: keys("test =", "\"To try\" ="), @r#"
acme.toml:24:41: `To try` can't be the name of a kind of keys
  help: a name is lower-case letters, digits, `-` and `_`, such as `live`
"#;
    two_kinds_of_keys_that_begin_alike: keys("\"ak_test_\"", "\"ak_live_\""), @r#"
acme.toml:24:37: `ak_live_` is the prefix of `api_key.live` already
  help: give each kind a prefix of its own, so that a token says what it is
"#;
    a_prefix_that_begins_with_another: keys("\"ak_test_\"", "\"ak_live_test_\""), @r#"
acme.toml:24:37: `ak_live_test_` begins with `ak_live_`, the prefix of `api_key.live`
  help: give each kind a prefix of its own, so that a token says what it is
"#;
    a_key_that_begins_like_an_access_token: keys("\"ak_test_\"", "\"acme_test_\""), @r#"
acme.toml:24:37: `acme_test_` begins with `acme_`, the prefix of `access`
  help: give each kind a prefix of its own, so that a token says what it is
"#;
    a_prefix_that_another_begins_with: problems_with("[tokens.refresh]\nprefix = \"ac_\"\n[tokens.personal]\nprefix = \"ac_pat_\"\n[tokens.anonymous]\nprefix = \"a_\"\n[tokens.api_key]\nprefix = \"a_b_\"\n"), @r#"
acme.toml:25:10: `ac_pat_` begins with `ac_`, the prefix of `refresh`
  help: give each kind a prefix of its own, so that a token says what it is
acme.toml:27:10: `a_b_`, the prefix of `api_key`, begins with `a_`
  help: give each kind a prefix of its own, so that a token says what it is
"#;
    a_key_that_is_none_of_its_kinds: keys("prefix = \"ak_live_\"", "prefix = \"ak_\""), @r#"
acme.toml:23:10: `ak_` isn't the prefix of any of the kinds
  help: say the one that is made when none is asked for: `ak_live_` or `ak_test_`
"#;
    two_tokens_that_begin_alike: problems_with("[tokens.refresh]\nprefix = \"acme_\"\n"), @r#"
acme.toml:23:10: `acme_` is the prefix of `access` already
  help: give each kind a prefix of its own, so that a token says what it is
"#;
    kinds_of_something_else: problems_with("[tokens.personal]\nprefix = \"pat_\"\nkinds = { live = \"pat_\" }\n"), @r#"
acme.toml:24:1: `personal` has no kinds
  help: kinds with prefixes of their own are for `api_key`
"#;
    a_choice_where_nobody_chooses: problems_with("[tokens.refresh]\nprefix = \"rt_\"\nlongest = \"30d\"\n"), @r#"
acme.toml:24:11: nobody chooses how long a token of the kind `refresh` lives
  help: `longest` and `default` are for `personal` and `api_key`; here it is `lifetime`
"#;
    a_life_without_end_where_there_is_a_longest: problems_with("[tokens.personal]\nprefix = \"pat_\"\nlongest = \"30d\"\ndefault = \"never\"\n"), @r#"
acme.toml:25:11: what is offered first is longer than what may be chosen
  help: `default` is at most `longest`
"#;
    somebody_else_for_whom_a_token_acts: problems_with("[tokens.personal]\nprefix = \"pat_\"\nacts_as = \"person\"\n"), @r#"
acme.toml:24:11: nobody says for whom a token of the kind `personal` acts
  help: `acts_as` is for `api_key`; every other token is one person's
"#;
    an_offer_that_may_not_be_chosen: problems_with("[tokens.personal]\nprefix = \"pat_\"\nlongest = \"30d\"\ndefault = \"90d\"\n"), @r#"
acme.toml:25:11: what is offered first is longer than what may be chosen
  help: `default` is at most `longest`
"#;
}

#[test]
fn the_lifetimes_that_people_choose_from_are_read() {
    let more = "[tokens.personal]\nprefix = \"pat_\"\nlongest = \"90d\"\ndefault = \"90d\"\n";
    let manifest = Manifest::parse("acme.toml", &format!("{GOOD}{KEYS}{more}")).unwrap();
    let personal = manifest.tokens.personal.unwrap();
    assert_eq!(personal.longest.map(Period::as_secs), Some(7_776_000));
    assert_eq!(personal.default.and_then(Offered::period), personal.longest);
    let keys = manifest.tokens.api_key.unwrap();
    assert_eq!((keys.kinds().count(), keys.default, keys.acts_as), (2, None, ActsAs::Organization));
    let own = format!("{GOOD}{KEYS}default = \"never\"\nacts_as = \"person\"\n");
    let keys = Manifest::parse("acme.toml", &own).unwrap().tokens.api_key.unwrap();
    assert_eq!((keys.default, keys.acts_as), (Some(Offered::Never), ActsAs::Person));
}
