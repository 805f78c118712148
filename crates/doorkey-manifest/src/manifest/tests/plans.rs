use super::{GOOD, Manifest, problems_with};

const PLANS: &str = r#"
[plans]
order = ["free", "pro"]
needs = "free"
billing = "https://acme.example/billing?plan={plan}"
required = "The plan {plan} is needed"
[plans.scopes]
"things:read" = "pro"
"#;

/// What is said about a manifest with plans, with something replaced.
fn plans(right: &str, wrong: &str) -> String {
    assert!(PLANS.contains(right), "the plans have no `{right}`");
    problems_with(&PLANS.replacen(right, wrong, 1))
}

/// What is said about this address of the shop.
fn billing(address: &str) -> String {
    plans("https://acme.example/billing?plan={plan}", address)
}

said! {
    one_plan_alone: plans("[\"free\", \"pro\"]", "[\"free\"]"), @r#"
acme.toml:24:1: one plan is none: everybody has the first
  help: name at least two, from the least to the most
acme.toml:29:17: there is no plan called `pro`
  help: say in `order` where it stands
"#;
    a_plan_that_is_there_twice: plans("\"pro\"]", "\"pro\", \"free\"]"), @"acme.toml:24:25: `free` is there twice";
    a_plan_without_a_name: plans("\"pro\"]", "\"pro\", \" \"]"), @"acme.toml:24:25: a plan needs a name";
    a_needed_plan_that_does_not_exist: plans("needs = \"free\"", "needs = \"fre\""), @r#"
acme.toml:25:9: there is no plan called `fre`
  help: did you mean `free`?
"#;
    a_scope_that_needs_a_plan_that_does_not_exist: plans("= \"pro\"", "= \"enterprise\""), @r#"
acme.toml:29:17: there is no plan called `enterprise`
  help: say in `order` where it stands
"#;
    a_plan_for_a_scope_that_is_not_declared: plans("\"things:read\"", "\"things:write\""), @r#"
acme.toml:29:18: the scope `things:write` isn't declared
  help: did you mean `things:read`?
"#;
    a_plan_for_a_scope_of_the_services_own: plans("\"things:read\"", "\"doorkey:manage\""), @r#"
acme.toml:29:20: `doorkey:manage` is one of the service's own scopes
  help: only who needs it asks for it, with `--scope`
"#;
    a_shop_without_encryption: billing("http://acme.example/billing"), @r#"
acme.toml:26:11: `http://acme.example/billing` would send payments unencrypted
  help: https, or http on this machine; `{frontend}` may stand for the address of the web pages
"#;
    a_shop_that_is_no_address: billing("/billing"), @r#"
acme.toml:26:11: `/billing` isn't an address: relative URL without a base
  help: https, or http on this machine; `{frontend}` may stand for the address of the web pages
"#;
    a_shop_whose_address_begins_with_something_else: billing("{app.name}/billing"), @r#"
acme.toml:26:11: `{app.name}/billing` doesn't begin with an address
  help: https, or http on this machine; `{frontend}` may stand for the address of the web pages
"#;
    a_shop_with_a_name_that_is_not_known: billing("https://acme.example/{user.id}"), @r#"
acme.toml:26:11: `{user.id}` isn't known where a plan is spoken of
  help: known there are `{app.name}`, `{app.title}`, `{version}`, `{server}`, `{frontend}`, `{client_id}`, `{plan}`
"#;
    a_shop_with_a_name_that_does_not_exist: billing("https://acme.example/{paln}"), @r#"
acme.toml:26:11: there is no value called `paln`
  help: did you mean `plan`?
"#;
    plans_that_nobody_can_buy: plans("billing =", "biling ="), @r#"
acme.toml:26:1: unknown key `biling`
  help: did you mean `billing`?
"#;
    no_words_for_a_plan_that_is_needed: plans("The plan {plan} is needed", ""), @r#"
acme.toml:27:12: there are no words
  help: without `required`, the usual ones are said
"#;
}

#[test]
fn good_plans_have_no_problems() {
    let addresses = [
        "https://acme.example/billing",
        "{frontend}/billing",
        "{server.origin}/b",
        "http://127.0.0.1:7700/b",
        "https://{app.name}.example",
    ];
    for address in addresses {
        let source = PLANS.replace("https://acme.example/billing?plan={plan}", address);
        let manifest = Manifest::parse("acme.toml", &format!("{GOOD}{source}")).unwrap();
        assert_eq!(manifest.plans.unwrap().billing.source(), address);
    }
    assert!(Manifest::parse("acme.toml", GOOD).unwrap().plans.is_none());
}
