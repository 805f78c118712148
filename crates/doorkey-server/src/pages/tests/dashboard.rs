//! The dashboard as people meet it: each page's good way, and what nobody may be talked into.

use std::time::Duration;

use doorkey_manifest::Secret;

use super::SAME;
use crate::{
    asker::MANAGE_LIFETIME,
    audit::Origin,
    testkit::PASSWORD,
    wire::testkit::{Answer, Site, Visitor},
};

/// The value of a field of the page's forms.
fn field(page: &Answer, name: &str) -> String {
    let start = format!(r#"name="{name}" value=""#);
    let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("no {name}: {}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

/// What comes after `start` in a page, up to `end`.
fn between<'a>(body: &'a str, start: &str, end: char) -> &'a str {
    let (_, rest) = body.split_once(start).unwrap_or_else(|| panic!("no {start}: {body}"));
    rest.split(end).next().unwrap()
}

/// Opens one page and sends a form of it to where it goes.
async fn act(person: &mut Visitor<'_>, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
    let token = person.get(page).await.form_token();
    let mut all = vec![("form_token", token.as_str())];
    all.extend(fields);
    person.post(action, &all, SAME).await
}

/// Makes a token or a key at a page, and gives its secret and its id.
async fn make(person: &mut Visitor<'_>, page: &str, name: &str) -> (String, String) {
    let made = made(person, page, &[("name", name), ("scope.profile:read", "on"), ("expires", "30")]).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = between(&made.body, r#"class="secret" value=""#, '"').to_owned();
    let list = page.strip_suffix("/new").unwrap();
    let last_four = &secret[secret.len() - 4..];
    let rows = person.get(list).await.body;
    let (before, _) = rows.split_once(&format!("…{last_four}")).unwrap();
    let id = before.rsplit_once(&format!("href=\"{list}/")).unwrap().1.split('"').next().unwrap().to_owned();
    (secret, id)
}

async fn made(person: &mut Visitor<'_>, page: &str, fields: &[(&str, &str)]) -> Answer {
    made_for("demo", person, page, fields).await
}

async fn made_for(app: &str, person: &mut Visitor<'_>, page: &str, fields: &[(&str, &str)]) -> Answer {
    let form = person.get(&format!("{page}?app={app}")).await;
    let (token, once) = (form.form_token(), field(&form, "once"));
    let mut all = vec![("form_token", token.as_str()), ("once", &once), ("app", app)];
    all.extend(fields);
    person.post(page, &all, SAME).await
}

/// Makes an organization with this short name.
async fn org(person: &mut Visitor<'_>, slug: &str) {
    let made = person.submit("/orgs/new", &[("name", slug), ("slug", slug)]).await;
    assert_eq!(made.location(), format!("/orgs/{slug}?done=made"));
}

/// Lets somebody in by a link.
async fn join(owner: &mut Visitor<'_>, slug: &str, newcomer: &mut Visitor<'_>, role: &str) {
    let members = format!("/orgs/{slug}/members");
    let action = format!("/orgs/{slug}/invitations");
    let invited = act(owner, &members, &action, &[("role", role), ("days", "7")]).await;
    let link = between(&invited.body, r#"class="secret" value="http://127.0.0.1:7700"#, '"').to_owned();
    assert!(newcomer.get(&link).await.body.contains(&format!("invites you as {role}")));
    assert_eq!(newcomer.submit(&link, &[]).await.location(), format!("/orgs/{slug}?done=joined"));
}

async fn introspect(site: &Site, token: &str) -> bool {
    site.service.domain.verify(&Secret::new(token)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_listed() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let empty = ada.get("/tokens").await;
    assert!(empty.body.contains("There are no tokens yet"), "{}", empty.body);
    assert!(empty.body.contains(r#"href="/tokens/new""#), "it says what to do");
    let chooser = ada.get("/tokens/new").await;
    assert!(chooser.body.contains(r#"href="/tokens/new?app=demo""#), "{}", chooser.body);
    assert!(chooser.body.contains(r#"href="/tokens/new?app=parcel""#));
    let form = ada.get("/tokens/new?app=demo").await;
    for words in
        ["Read your name and e-mail address", "needs the plan pro", "90 days", "On a day that I choose"]
    {
        assert!(form.body.contains(words), "{words}: {}", form.body);
    }
    assert!(!form.body.contains(r#"value="never""#), "the demo's tokens all end");

    let answer =
        made(&mut ada, "/tokens/new", &[("name", "CI / CD"), ("scope.profile:read", "on"), ("expires", "7")])
            .await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    assert!(answer.header("content-security-policy").contains("script-src 'self'"));
    assert!(answer.body.contains("Copy your token now - it won&#39;t be shown again!"), "{}", answer.body);
    let secret = between(&answer.body, r#"class="secret" value=""#, '"').to_owned();
    assert!(secret.starts_with("demo_pat_") && introspect(&site, &secret).await);

    let list = ada.get("/tokens").await;
    assert!(!list.body.contains(&secret), "never again");
    for words in ["CI / CD", "in 7 days", "Active", "Never", &secret[secret.len() - 4..]] {
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    let mut elsewhere = Origin::of("198.51.100.7".parse().unwrap());
    elsewhere.user_agent = Some("curl/8.5".to_owned());
    let demand = crate::token::Demand::default();
    let checked = site.service.domain.check(&Secret::new(secret.as_str()), &demand, &elsewhere).await;
    assert!(checked.is_ok(), "{checked:?}");
    site.service.domain.write_uses().await.unwrap();
    site.clock.advance(Duration::from_hours(2));
    let list = ada.get("/tokens").await;
    assert!(list.body.contains("2 hours ago") && list.body.contains("198.51.100.7"), "{}", list.body);
    assert!(list.body.contains("curl/8.5"));
}

#[tokio::test]
async fn sending_the_form_again_makes_no_second_token() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let form = ada.get("/tokens/new?app=demo").await;
    let (token, once) = (form.form_token(), field(&form, "once"));
    let fields = [
        ("form_token", token.as_str()),
        ("once", &once),
        ("app", "demo"),
        ("name", "CI"),
        ("scope.profile:read", "on"),
    ];
    assert_eq!(ada.post("/tokens/new", &fields, SAME).await.status, 200);
    let again = ada.post("/tokens/new", &fields, SAME).await;
    assert!(again.status == 409 && again.body.contains("Already made"), "{}", again.body);
    assert_eq!(ada.get("/tokens").await.body.matches("demo_pat_").count(), 1);
    // Neither one of another browser, nor one that is made up, nor one of long ago.
    let other = site.person("bob").await.get("/tokens/new?app=demo").await;
    for wrong in [field(&other, "once"), "1767225600.AAAA.BBBB".to_owned(), String::new(), "x".to_owned()] {
        let fields = [("form_token", token.as_str()), ("once", &wrong), ("app", "demo"), ("name", "CI")];
        assert_eq!(ada.post("/tokens/new", &fields, SAME).await.status, 403, "{wrong}");
    }
    let late = field(&ada.get("/tokens/new?app=demo").await, "once");
    site.clock.advance(Duration::from_mins(61));
    let fields = [("form_token", token.as_str()), ("once", &late), ("app", "demo"), ("name", "CI")];
    assert_eq!(ada.post("/tokens/new", &fields, SAME).await.status, 403);
}

#[tokio::test]
async fn a_form_that_is_wrong_keeps_what_was_typed() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("name", ""), ("scope.profile:read", "on")], "Name: give it a name."),
        (&[("name", "kept")], "What it may do: choose at least one thing."),
        (
            &[("name", "kept"), ("scope.notes:write", "on"), ("expires", "never")],
            "Expires: it must end within 365 days.",
        ),
        (
            &[("name", "kept"), ("scope.notes:write", "on"), ("expires", "date"), ("date", "2020-01-01")],
            "Expires: choose a day in the future.",
        ),
        (&[("name", "kept"), ("scope.notes:write", "on"), ("expires", "date")], "Expires: choose the day."),
    ];
    for (fields, sentence) in cases {
        let answer = made(&mut ada, "/tokens/new", fields).await;
        assert_eq!(answer.status, 422, "{sentence}");
        assert!(
            answer.body.contains(sentence) && answer.body.contains(r#"role="alert""#),
            "{sentence}: {}",
            answer.body
        );
        if fields.contains(&("name", "kept")) {
            assert!(answer.body.contains(r#"name="name" value="kept""#), "{}", answer.body);
        }
        if fields.contains(&("scope.notes:write", "on")) {
            assert!(
                answer.body.contains(r#"name="scope.notes:write" value="on" checked"#),
                "{}",
                answer.body
            );
            assert!(!answer.body.contains(r#"name="scope.profile:read" value="on" checked"#));
        }
    }
    assert!(ada.get("/tokens").await.body.contains("There are no tokens yet"));
}

#[tokio::test]
async fn making_something_takes_the_password_again_and_nothing_typed_is_lost() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    org(&mut ada, "acme").await;
    let (_, id) = make(&mut ada, "/tokens/new", "mine").await;
    let form = ada.get("/tokens/new?app=demo").await;
    let (token, once) = (form.form_token(), field(&form, "once"));
    site.clock.advance(MANAGE_LIFETIME);
    // A page that will need it asks before anything is typed.
    for page in [
        "/tokens/new?app=demo",
        &format!("/tokens/{id}/rotate"),
        "/orgs/new",
        "/orgs/acme/keys/new",
        "/orgs/acme/leave",
        "/orgs/acme/transfer",
    ] {
        let wanted = local(page);
        assert_eq!(ada.get(page).await.location(), format!("/confirm?return_to={wanted}"), "{page}");
    }
    // A form that was open for too long brings back what was typed into it.
    let fields = [
        ("form_token", token.as_str()),
        ("once", &once),
        ("app", "demo"),
        ("name", "CI & CD"),
        ("scope.notes:write", "on"),
        ("expires", "60"),
    ];
    let away = ada.post("/tokens/new", &fields, SAME).await.location().to_owned();
    let confirm = ada.get(&away).await;
    assert!(confirm.body.contains("Type your password again") && confirm.body.contains("ada@example.com"));
    let back = field(&confirm, "return_to").replace("&amp;", "&").replace("&#38;", "&");
    assert!(!back.contains(&once) && !back.contains(&token), "{back}");
    let before = ada.cookie.clone();
    let wrong = ada.submit(&away, &[("password", "not it"), ("return_to", &back)]).await;
    assert!(wrong.status == 401 && wrong.body.contains("This isn&#39;t the password"), "{}", wrong.body);
    let right = ada.submit(&away, &[("password", PASSWORD), ("return_to", &back)]).await;
    assert_eq!(right.location(), back);
    assert_ne!(ada.cookie, before, "a new secret after every sign-in");
    let form = ada.get(&back).await;
    assert!(form.body.contains("CI &amp; CD") || form.body.contains("CI &#38; CD"), "{}", form.body);
    assert!(form.body.contains(r#"name="scope.notes:write" value="on" checked"#));
    assert!(form.body.contains(r#"value="60" checked"#));
    // Looking and revoking need no password.
    site.clock.advance(MANAGE_LIFETIME);
    assert_eq!(ada.get("/tokens").await.status, 200);
    let revoked = ada.submit(&format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!(revoked.location(), "/tokens?done=revoked");
    // And the way back is one of our own pages.
    let evil = ada.submit("/confirm", &[("password", PASSWORD), ("return_to", "https://evil.example")]).await;
    assert_eq!(evil.location(), "/");
}

fn local(path: &str) -> String {
    crate::wire::testkit::encoded(&[("", path)])[1..].to_owned()
}

#[tokio::test]
async fn confirming_is_no_way_into_another_account() {
    let site = Site::open().await;
    site.person("eve").await;
    let mut ada = site.person("ada").await;
    let answer = ada.submit("/confirm", &[("email", "eve@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 303);
    assert!(ada.get("/").await.body.contains("ada@example.com"));
    assert_eq!(site.visitor().get("/confirm").await.location(), "/sign-in?return_to=%2Fconfirm");
}

#[tokio::test]
async fn a_token_is_replaced_and_both_work_for_as_long_as_was_chosen() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let (old, id) = make(&mut ada, "/tokens/new", "CI").await;
    let page = format!("/tokens/{id}/rotate");
    let form = ada.get(&page).await;
    let (token, once) = (form.form_token(), field(&form, "once"));
    let fields = [("form_token", token.as_str()), ("once", &once), ("overlap", "1h")];
    let answer = ada.post(&page, &fields, SAME).await;
    let new = between(&answer.body, r#"class="secret" value=""#, '"').to_owned();
    assert_ne!(new, old);
    assert!(answer.body.contains("in an hour"), "{}", answer.body);
    assert!(introspect(&site, &old).await && introspect(&site, &new).await);
    assert_eq!(ada.post(&page, &fields, SAME).await.status, 409, "no second one by loading again");
    site.clock.advance(Duration::from_hours(1));
    assert!(!introspect(&site, &old).await && introspect(&site, &new).await);
    let shown = ada.get(&format!("/tokens/{id}")).await;
    assert!(shown.body.contains("an hour ago") && shown.body.contains("Replace"), "{}", shown.body);
}

#[tokio::test]
async fn revoking_says_what_ends_and_folds_it_away() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let (secret, id) = make(&mut ada, "/tokens/new", "CI / CD").await;
    let page = format!("/tokens/{id}/revoke");
    let question = ada.get(&page).await;
    assert!(question.body.contains("Revoke “CI / CD”?"), "{}", question.body);
    for words in ["demo_pat_", "It was never used.", "stops working at once", "can&#39;t be undone"] {
        assert!(question.body.contains(words), "{words}: {}", question.body);
    }
    assert!(introspect(&site, &secret).await, "asking ends nothing");
    let back = ada.submit(&page, &[]).await.location().to_owned();
    assert!(!introspect(&site, &secret).await);
    let list = ada.get(&back).await;
    assert!(list.body.contains("It was revoked and doesn&#39;t work any more."), "{}", list.body);
    assert!(
        list.body.contains("<details class=\"over\"><summary>1 that doesn&#39;t work any more")
            || list.body.contains("1 that doesn't work"),
        "{}",
        list.body
    );
    assert!(list.body.contains("Revoked"));
    let one = ada.get(&format!("/tokens/{id}")).await;
    assert!(!one.body.contains("/revoke\"") && !one.body.contains("/rotate\""), "nothing left to do");
}

#[tokio::test]
async fn a_list_is_searched_and_says_how_many_of_how_many() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    for name in ["website CI", "laptop", "backup", "website deploy"] {
        make(&mut ada, "/tokens/new", name).await;
    }
    let all = ada.get("/tokens").await;
    assert!(all.body.contains("4 in all"), "{}", all.body);
    let found = ada.get("/tokens?q=Website+ci").await;
    assert!(found.body.contains("1 of 4") && found.body.contains("website CI"), "{}", found.body);
    assert!(!found.body.contains("laptop"));
    let none = ada.get("/tokens?q=nothing+like+it").await;
    assert!(none.body.contains("0 of 4") && none.body.contains("No token that works fits"), "{}", none.body);
    let injected = ada.get("/tokens?q=%22%3E%3Cscript%3E&done=%3Cscript%3E").await;
    assert!(!injected.body.contains("<script"), "{}", injected.body);
}

#[tokio::test]
async fn names_play_no_tricks_on_any_page() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let nasty = r#"<script>alert(1)</script>"'&"#;
    let wide = "W".repeat(100);
    let answer = ada.submit("/orgs/new", &[("name", nasty), ("slug", "acme")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let (_, id) = make(&mut ada, "/tokens/new", nasty).await;
    make(&mut ada, "/tokens/new", &wide).await;
    make(&mut ada, "/orgs/acme/keys/new", nasty).await;
    let programs = "/orgs/acme/service-accounts";
    assert_eq!(act(&mut ada, programs, programs, &[("name", nasty)]).await.status, 303);
    let pages = [
        "/",
        "/tokens",
        "/tokens/new?app=demo",
        &format!("/tokens/{id}"),
        &format!("/tokens/{id}/revoke"),
        &format!("/tokens/{id}/rotate"),
        "/orgs",
        "/orgs/acme",
        "/orgs/acme/members",
        "/orgs/acme/keys",
        "/orgs/acme/keys/new",
        programs,
        "/orgs/acme/activity",
        "/orgs/acme/leave",
        "/devices",
        "/activity",
        "/keys?org=acme",
    ];
    for page in pages {
        let answer = ada.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(
            !answer.body.contains("<script>") && !answer.body.contains("style="),
            "{page}: {}",
            answer.body
        );
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{page}");
    }
    for name in ["gnp\u{202e}CI", "a\nb"] {
        let answer = made(&mut ada, "/tokens/new", &[("name", name), ("scope.profile:read", "on")]).await;
        assert!(answer.status == 422 && answer.body.contains("turn the direction"), "{}", answer.body);
    }
}

/// Every address that takes a form, with things that exist: `{}` stands for the organization.
async fn forms(site: &Site, ada: &mut Visitor<'_>) -> Vec<String> {
    org(ada, "acme").await;
    let mut bob = site.person("bob").await;
    join(ada, "acme", &mut bob, "member").await;
    let (_, token) = make(ada, "/tokens/new", "mine").await;
    let (_, key) = make(ada, "/orgs/acme/keys/new", "theirs").await;
    let programs = "/orgs/acme/service-accounts";
    act(ada, programs, programs, &[("name", "CI")]).await;
    let program = between(&ada.get(programs).await.body, "service-accounts/", '/').to_owned();
    let members = "/orgs/acme/members";
    act(ada, members, "/orgs/acme/invitations", &[("role", "member"), ("days", "7")]).await;
    let page = ada.get(members).await.body;
    let invitation = between(&page, "/orgs/acme/invitations/", '/').to_owned();
    let member = between(&page, "/orgs/acme/members/", '/').to_owned();
    let devices = ada.get("/devices").await.body;
    let device = between(&devices, "href=\"/devices/", '/').to_owned();
    vec![
        "/tokens/new".to_owned(),
        format!("/tokens/{token}/rotate"),
        format!("/tokens/{token}/revoke"),
        "/orgs/new".to_owned(),
        "/orgs/acme/settings".to_owned(),
        "/orgs/acme/leave".to_owned(),
        "/orgs/acme/transfer".to_owned(),
        format!("/orgs/acme/members/{member}/role"),
        format!("/orgs/acme/members/{member}/remove"),
        "/orgs/acme/invitations".to_owned(),
        format!("/orgs/acme/invitations/{invitation}/revoke"),
        "/orgs/acme/keys/new".to_owned(),
        format!("/orgs/acme/keys/{key}/rotate"),
        format!("/orgs/acme/keys/{key}/revoke"),
        programs.to_owned(),
        format!("/orgs/acme/service-accounts/{program}/end"),
        format!("/devices/{device}/sign-out"),
        "/devices/sign-out-everywhere".to_owned(),
        "/claim".to_owned(),
        "/confirm".to_owned(),
        "/invite/made-up".to_owned(),
        "/apps/parcel/app/me/settings/tokens/new".to_owned(),
        format!("/apps/parcel/devices/{device}/sign-out"),
    ]
}

#[tokio::test]
async fn no_form_of_the_dashboard_is_taken_from_elsewhere_or_out_of_date() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let forms = forms(&site, &mut ada).await;
    let token = ada.get("/").await.form_token();
    let stranger = site.visitor().get("/sign-in").await.form_token();
    for form in &forms {
        for headers in [&[("sec-fetch-site", "cross-site")][..], &[("origin", "https://evil.example")], &[]] {
            let answer = ada.post(form, &[("form_token", &token)], headers).await;
            assert!(answer.status == 403 && answer.body.contains("not accepted"), "{form}: {}", answer.body);
        }
        let answer = ada.post(form, &[("form_token", &stranger)], SAME).await;
        assert!(answer.status == 403 && answer.body.contains("out of date"), "{form}: {}", answer.body);
        let again = between(&answer.body, "class=\"button\" href=\"", '"').to_owned();
        if form != "/invite/made-up" {
            assert!([200, 303].contains(&ada.get(&again).await.status), "{form}: {again} leads nowhere");
        }
        // Nobody who isn't signed in gets anywhere, either.
        let mut nobody = site.visitor();
        let own = nobody.get("/sign-in").await.form_token();
        let away = nobody.post(form, &[("form_token", &own)], SAME).await;
        assert!(away.location().starts_with("/sign-in?"), "{form}: {}", away.location());
    }
    assert_eq!(ada.get("/tokens").await.body.matches("Active").count(), 1, "nothing has changed");
}

#[tokio::test]
async fn what_belongs_to_others_is_not_there() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let forms = forms(&site, &mut ada).await;
    let mut eve = site.person("eve").await;
    org(&mut eve, "evil").await;
    let token = eve.get("/").await.form_token();
    let of_others = forms
        .iter()
        .filter(|form| form.starts_with("/orgs/acme") || form.contains("-7") && !form.starts_with("/apps"));
    for form in of_others {
        let once = field(&eve.get("/tokens/new?app=demo").await, "once");
        let fields = [
            ("form_token", token.as_str()),
            ("once", &once),
            ("role", "owner"),
            ("days", "7"),
            ("name", "x"),
            ("to", "00000000-0000-7000-8000-000000000000"),
        ];
        for at in [form.clone(), form.replace("/orgs/acme/", "/orgs/evil/")] {
            let own_page = ["/settings", "/leave", "/transfer", "/invitations", "/new", "/service-accounts"];
            if at.starts_with("/orgs/evil/") && own_page.iter().any(|end| at.ends_with(end)) {
                continue;
            }
            assert_eq!(eve.post(&at, &fields, SAME).await.status, 404, "{at}");
            assert!([404, 405].contains(&eve.get(&at).await.status), "{at}");
        }
    }
    for page in
        ["/orgs/acme", "/orgs/acme/members", "/orgs/acme/keys", "/orgs/acme/activity", "/keys?org=acme"]
    {
        assert_eq!(eve.get(page).await.status, 404, "{page}");
    }
    assert_eq!(ada.get("/tokens").await.body.matches("Active").count(), 1);
    assert_eq!(ada.get("/orgs/acme/keys").await.body.matches("Active").count(), 1);
}

#[tokio::test]
async fn pages_are_for_whoever_is_signed_in_and_come_back_afterwards() {
    let site = Site::open().await;
    for (page, on) in [
        ("/tokens?q=x", "/sign-in?return_to=%2Ftokens%3Fq%3Dx"),
        ("/orgs/acme/keys", "/sign-in?return_to=%2Forgs%2Facme%2Fkeys"),
        ("/invite/secret", "/sign-in?return_to=%2Finvite%2Fsecret"),
        ("/apps/parcel/app/shops", "/sign-in?app=parcel&return_to=%2Fapps%2Fparcel%2Fapp%2Fshops"),
    ] {
        assert_eq!(site.visitor().get(page).await.location(), on);
    }
}

#[tokio::test]
async fn somebody_is_invited_joins_gets_a_role_and_is_removed() {
    let site = Site::open().await;
    let (mut ada, mut bob, mut eve) =
        (site.person("ada").await, site.person("bob").await, site.person("eve").await);
    org(&mut ada, "acme").await;
    join(&mut ada, "acme", &mut bob, "member").await;
    let members = ada.get("/orgs/acme/members").await.body;
    for words in ["bob@example.com", "Member", "Owner", "Nobody is invited at the moment"] {
        assert!(members.contains(words), "{words}: {members}");
    }
    // A member sees who is there, and nothing to change.
    let seen = bob.get("/orgs/acme/members").await.body;
    assert!(
        seen.contains("ada@example.com") && !seen.contains("/role\"") && !seen.contains("Invite somebody")
    );
    assert!(!bob.get("/orgs/acme").await.body.contains("Settings"));
    assert_eq!(bob.get("/orgs/acme/activity").await.status, 403);
    // The organization's keys are made by its admins; a key that acts as its person, by anybody.
    assert_eq!(bob.get("/orgs/acme/keys/new?app=demo").await.status, 404);
    assert_eq!(bob.get("/orgs/acme/keys/new?app=almyty").await.status, 200);
    let refused = act(&mut bob, "/orgs/acme", "/orgs/acme/settings", &[("name", "Mine")]).await;
    assert!(refused.status == 403 && refused.body.contains("Only an admin or an owner"), "{}", refused.body);

    let (_, after) = members.split_once("bob@example.com").unwrap();
    let bobs = between(after, "/orgs/acme/members/", '/').to_owned();
    let role = format!("/orgs/acme/members/{bobs}/role");
    let changed = act(&mut ada, "/orgs/acme/members", &role, &[("role", "admin")]).await;
    assert_eq!(changed.location(), "/orgs/acme/members?done=role");
    assert_eq!(bob.get("/orgs/acme/activity").await.status, 200);
    // The last owner stays one, whatever is sent.
    let own = between(&members, "/orgs/acme/members/", '/').to_owned();
    let last =
        act(&mut ada, "/orgs/acme/members", &format!("/orgs/acme/members/{own}/role"), &[("role", "member")])
            .await;
    assert!(last.status == 409 && last.body.contains("last owner"), "{}", last.body);
    let left = ada.submit("/orgs/acme/leave", &[]).await;
    assert!(left.status == 409 && left.body.contains("last owner"), "{}", left.body);

    let remove = format!("/orgs/acme/members/{bobs}/remove");
    assert!(ada.get(&remove).await.body.contains("Remove bob@example.com?"));
    assert_eq!(ada.submit(&remove, &[]).await.location(), "/orgs/acme/members?done=removed");
    assert_eq!(bob.get("/orgs/acme").await.status, 404);

    // A link works once, and not when it was taken back.
    let invited =
        act(&mut ada, "/orgs/acme/members", "/orgs/acme/invitations", &[("role", "admin"), ("days", "1")])
            .await;
    let link = between(&invited.body, r#"class="secret" value="http://127.0.0.1:7700"#, '"').to_owned();
    let open = ada.get("/orgs/acme/members").await.body;
    assert!(!open.contains(&link), "it is shown once");
    let back = format!("/orgs/acme/invitations/{}/revoke", between(&open, "/orgs/acme/invitations/", '/'));
    assert_eq!(ada.submit(&back, &[]).await.location(), "/orgs/acme/members?done=taken-back");
    let over = eve.get(&link).await;
    assert!(over.status == 410 && over.body.contains("taken back"), "{}", over.body);
    assert!(eve.get("/invite/nothing-like-it").await.body.contains("There is no such invitation"));
}

#[tokio::test]
async fn an_organization_is_changed_handed_over_and_left() {
    let site = Site::open().await;
    let (mut ada, mut bob) = (site.person("ada").await, site.person("bob").await);
    let taken = ada.submit("/orgs/new", &[("name", "kept name"), ("slug", "NO")]).await;
    assert!(
        taken.status == 422 && taken.body.contains("kept name") && taken.body.contains("Short name: "),
        "{}",
        taken.body
    );
    org(&mut ada, "acme").await;
    let fields = [("name", "Acme GmbH"), ("longest_token", "14"), ("rate_limit", "600")];
    let saved = act(&mut ada, "/orgs/acme", "/orgs/acme/settings", &fields).await;
    assert_eq!(saved.location(), "/orgs/acme?done=saved");
    let shown = ada.get("/orgs/acme?done=saved").await.body;
    for words in ["Acme GmbH", "At most 14 days", "At most 600", "The changes were saved."] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // Its keys live no longer than that, and only what fits is offered.
    let form = ada.get("/orgs/acme/keys/new?app=demo").await.body;
    assert!(form.contains("At most 14 days.") && !form.contains(r#"value="30""#), "{form}");
    let wrong = [("name", "Acme"), ("longest_token", "many")];
    let wrong = act(&mut ada, "/orgs/acme", "/orgs/acme/settings", &wrong).await;
    assert!(wrong.status == 422 && wrong.body.contains(r#"value="many""#), "{}", wrong.body);
    let none = [("name", "Acme"), ("longest_token", ""), ("rate_limit", "")];
    act(&mut ada, "/orgs/acme", "/orgs/acme/settings", &none).await;
    assert!(ada.get("/orgs/acme").await.body.contains("As long as their app allows"));

    join(&mut ada, "acme", &mut bob, "member").await;
    let page = ada.get("/orgs/acme/transfer").await.body;
    assert!(page.contains("bob@example.com") && !page.contains(r#"value="ada"#));
    let to = between(&page, r#"name="to" value=""#, '"').to_owned();
    assert_eq!(
        ada.submit("/orgs/acme/transfer", &[("to", &to)]).await.location(),
        "/orgs/acme?done=transferred"
    );
    assert!(bob.get("/orgs/acme").await.body.contains("Owner"));
    assert_eq!(ada.get("/orgs/acme/transfer").await.status, 403);
    assert_eq!(ada.submit("/orgs/acme/leave", &[]).await.location(), "/orgs?done=left");
    assert_eq!(ada.get("/orgs/acme").await.status, 404);
    let own = ada.get("/orgs").await.body;
    assert!(own.contains("You alone"), "{own}");
}

#[tokio::test]
async fn keys_have_kinds_limits_and_holders() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    org(&mut ada, "acme").await;
    let programs = "/orgs/acme/service-accounts";
    assert!(ada.get(programs).await.body.contains("There are no service accounts yet"));
    assert_eq!(
        act(&mut ada, programs, programs, &[("name", "CI")]).await.location(),
        format!("{programs}?done=made")
    );
    let twice = act(&mut ada, programs, programs, &[("name", "CI")]).await;
    assert!(
        twice.status == 409 && twice.body.contains("There is a service account `CI` already."),
        "{}",
        twice.body
    );
    let program = between(&ada.get(programs).await.body, "service-accounts/", '/').to_owned();
    let fields = [
        ("name", "Build"),
        ("kind", "test"),
        ("expires", "90"),
        ("scope.profile:read", "on"),
        ("rate_limit", "60"),
        ("allow", "10.0.0.0/8\n192.168.1.1"),
        ("service_account", &program),
    ];
    let answer = made(&mut ada, "/orgs/acme/keys/new", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let secret = between(&answer.body, r#"class="secret" value=""#, '"').to_owned();
    assert!(secret.starts_with("demo_test_"), "{}", answer.body);
    let list = ada.get("/orgs/acme/keys").await.body;
    for words in ["Build", "test", ">CI<", "in 90 days"] {
        assert!(list.contains(words), "{words}: {list}");
    }
    let id = between(&list, "href=\"/orgs/acme/keys/0", '"').to_owned();
    let one = ada.get(&format!("/orgs/acme/keys/0{id}")).await.body;
    assert!(one.contains("10.0.0.0/8") && one.contains("At most 60"), "{one}");
    for (fields, sentence) in [
        ([("rate_limit", "many"), ("allow", "")], "Requests a minute: write a whole number"),
        ([("rate_limit", ""), ("allow", "10.0.0/8")], "Allow: `10.0.0/8` is not a network"),
    ] {
        let mut all = vec![("name", "x"), ("scope.profile:read", "on")];
        all.extend(fields);
        let answer = made(&mut ada, "/orgs/acme/keys/new", &all).await;
        assert!(answer.status == 422 && answer.body.contains(sentence), "{sentence}: {}", answer.body);
    }
    let end = format!("{programs}/{program}/end");
    assert!(ada.get(&end).await.body.contains("Its key stops working at once."));
    assert_eq!(ada.submit(&end, &[]).await.location(), format!("{programs}?done=ended"));
    assert!(!introspect(&site, &secret).await);
    // The page for keys begins with the person's own organization, and another can be chosen.
    let keys = ada.get("/keys").await.body;
    assert!(keys.contains("There are no keys yet") && keys.contains(r#"href="/keys?org=acme""#), "{keys}");
    assert!(ada.get("/keys?org=acme").await.body.contains("Build"));
}

#[tokio::test]
async fn a_service_accounts_key_may_do_less_than_its_app_offers() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    org(&mut ada, "acme").await;
    let programs = "/orgs/acme/service-accounts";
    act(&mut ada, programs, programs, &[("name", "CI")]).await;
    let program = between(&ada.get(programs).await.body, "service-accounts/", '/').to_owned();
    let fields = [("name", "Installs"), ("scope.skills:read", "on"), ("service_account", program.as_str())];
    let answer = made_for("tank", &mut ada, "/orgs/acme/keys/new", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let key = format!("Bearer {}", between(&answer.body, r#"class="secret" value=""#, '"'));
    for (scope, status) in [("skills:read", 200), ("skills:write", 403), ("orgs:read", 403)] {
        let checked = site.get_with(&format!("/apps/tank/verify?scope={scope}"), &key).await;
        assert_eq!(checked.status, status, "{scope}: {}", checked.body);
    }
}

#[tokio::test]
async fn devices_are_listed_and_signed_out() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let mut other = site.visitor();
    other.submit("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
    let page = ada.get("/devices").await.body;
    assert!(page.matches("Browser").count() >= 2 && page.matches("this one").count() == 1, "{page}");
    let ids: Vec<&str> =
        page.split("href=\"/devices/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
    let mut gone = None;
    for id in ids.into_iter().filter(|id| id.len() == 36) {
        let question = ada.get(&format!("/devices/{id}/sign-out")).await.body;
        if !question.contains("you are looking at") {
            gone = Some(id.to_owned());
        }
    }
    let gone = format!("/devices/{}/sign-out", gone.unwrap());
    assert_eq!(ada.submit(&gone, &[]).await.location(), "/devices?done=signed-out");
    assert!(other.get("/").await.body.contains("Create an account"));
    other.submit("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
    let (secret, _) = make(&mut ada, "/tokens/new", "CI").await;
    assert_eq!(ada.submit("/devices/sign-out-everywhere", &[]).await.location(), "/sign-in");
    for browser in [&mut ada, &mut other] {
        assert!(browser.get("/").await.body.contains("Create an account"));
    }
    assert!(introspect(&site, &secret).await, "what was made on purpose goes on");
}

#[tokio::test]
async fn what_happened_is_told_in_words_page_by_page() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    make(&mut ada, "/tokens/new", "the one token").await;
    for _ in 0..60 {
        site.clock.advance(Duration::from_secs(1));
        act(&mut ada, "/", "/confirm", &[("password", PASSWORD)]).await;
    }
    let page = ada.get("/activity").await;
    assert!(
        page.body.contains("Signed in in a browser") && page.body.contains("50, and there are earlier ones"),
        "{}",
        page.body
    );
    let earlier = between(&page.body, "href=\"/activity?before=", '"').to_owned();
    let earlier = ada.get(&format!("/activity?before={earlier}")).await.body;
    assert!(earlier.contains("Account made") && earlier.contains("the one token"), "{earlier}");
    assert!(earlier.contains("The latest"));
    let found = ada.get("/activity?q=token.created").await.body;
    assert!(found.contains("Token made") && !found.contains("Account made"), "{found}");
    assert!(ada.get("/activity?q=nothing+like+it").await.body.contains("fits the search"));
    assert_eq!(ada.get("/activity?before=nonsense").await.status, 200);
    org(&mut ada, "acme").await;
    let of_org = ada.get("/orgs/acme/activity").await.body;
    assert!(of_org.contains("Organization made") && of_org.contains("You"), "{of_org}");
}

#[tokio::test]
async fn anonymous_work_is_brought_along_once() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let origin = Origin::of("198.51.100.7".parse().unwrap());
    let begun = site.service.domain.begin_anonymous("demo", &origin).await.unwrap();
    let token = begun.access_token.expose().to_owned();
    assert!(ada.get("/").await.body.contains("Bring your anonymous work along"));
    let wrong = ada.submit("/claim", &[("token", "demo_anon_nothing")]).await;
    assert!(
        wrong.status == 422 && wrong.body.contains("no anonymous work with this token"),
        "{}",
        wrong.body
    );
    assert!(!wrong.body.contains("demo_anon_nothing"), "a token isn't repeated");
    let claimed = ada.submit("/claim", &[("token", &format!(" {token} "))]).await.location().to_owned();
    let page = ada.get(&claimed).await;
    assert!(page.status == 200 && page.body.contains("Your anonymous work is here now"), "{}", page.body);
    assert!(introspect(&site, &token).await);
    assert_eq!(ada.submit("/claim", &[("token", &token)]).await.status, 422);
}

#[tokio::test]
async fn a_product_has_the_pages_in_its_own_words_at_its_own_addresses() {
    for (root, prefix) in [(None, "/apps/parcel"), (Some("parcel"), "")] {
        let site = Site::with(crate::wire::testkit::ISSUER, root).await;
        let mut ada = site.person("ada").await;
        make(&mut ada, "/tokens/new", "of the demo").await;
        let tokens = format!("{prefix}/app/me/settings/tokens");
        let page = ada.get(&tokens).await;
        assert_eq!(page.status, 200, "{tokens}");
        for words in ["Access tokens", "Print a token", "Tokens let your own scripts", "Parcel", "Settings"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert!(!page.body.contains("of the demo"), "only what is the product's");
        assert!(page.body.contains(&format!(r#"href="{tokens}/new""#)), "{}", page.body);
        assert!(page.body.contains(r#"href="/assets/apps/parcel""#) && page.body.contains("branded"));
        let form = ada.get(&format!("{tokens}/new")).await;
        let (token, once) = (form.form_token(), field(&form, "once"));
        let fields = [
            ("form_token", token.as_str()),
            ("once", &once),
            ("app", "parcel"),
            ("name", "Script"),
            ("scope.parcels:read", "on"),
        ];
        let made = ada.post(&format!("{tokens}/new"), &fields, SAME).await;
        assert!(made.body.contains("Copy your token now. It won&#39;t be shown again!"), "{}", made.body);
        let foreign = [("form_token", token.as_str()), ("once", &once), ("app", "demo"), ("name", "x")];
        assert_eq!(ada.post(&format!("{tokens}/new"), &foreign, SAME).await.status, 404);
        let list = ada.get(&tokens).await.body;
        let id = between(&list, &format!("href=\"{tokens}/0"), '"').to_owned();
        let revoke = format!("{tokens}/0{id}/revoke");
        assert_eq!(ada.submit(&revoke, &[]).await.location(), format!("{tokens}?done=revoked"));

        for (path, words) in [
            ("/app/shop/keys", "Stamping keys"),
            ("/app/shops", "Your shops"),
            ("/app/me/settings/devices", "Where you are signed in"),
            ("/app/me/settings/activity", "What happened"),
            ("/app/connect", "Connect a terminal"),
        ] {
            let page = ada.get(&format!("{prefix}{path}")).await;
            assert!(page.status == 200 && page.body.contains(words), "{path}: {}", page.body);
        }
        assert_eq!(ada.get(&format!("{prefix}/app/nothing")).await.status, 404);
        // A step up remembers the product.
        site.clock.advance(MANAGE_LIFETIME);
        let confirm = ada.get(&format!("{tokens}/new")).await.location().to_owned();
        assert_eq!(confirm, format!("/confirm?app=parcel&return_to={}", local(&format!("{tokens}/new"))));
        assert!(ada.get(&confirm).await.body.contains("/assets/apps/parcel/logo"));
    }
}

#[tokio::test]
async fn the_approval_page_speaks_the_products_words_and_knows_what_was_asked_for() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    org(&mut ada, "acme").await;
    let begin = async |more: serde_json::Value| {
        let mut body = serde_json::json!({ "state": "abc", "device": "laptop" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let started = site.json("/apps/parcel/api/sign-in/start", &body).await;
        let url = started.text("authUrl");
        url[url.find("/approve/").unwrap()..].to_owned()
    };
    let page = ada.get(&begin(serde_json::json!({ "shop": "acme" })).await).await.body;
    for words in ["Let Parcel in?", "A terminal asks to send parcels for you.", "Let it in", "Turn it away"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains(" selected>acme<"), "{page}");
    let page = ada.get(&begin(serde_json::json!({ "shop": "nobodys" })).await).await.body;
    assert!(page.contains("nobodys") && page.contains("this account isn't in it"), "{page}");
    let page = ada.get(&begin(serde_json::json!({ "scope": "doorkey:manage" })).await).await.body;
    assert!(page.contains("Make and manage tokens, keys and organizations, for ten minutes"), "{page}");
    assert!(page.contains("Stay signed in for ten minutes") && !page.contains("90 days"), "{page}");
}

#[tokio::test]
async fn a_products_picture_is_shut_in() {
    let site = Site::open().await;
    let logo = site.get("/assets/apps/parcel/logo").await;
    assert_eq!((logo.status, logo.header("content-type")), (200, "image/svg+xml"));
    let policy = logo.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    for none in ["demo", "nobody"] {
        assert_eq!(site.get(&format!("/assets/apps/{none}/logo")).await.status, 404, "{none}");
    }
    let script = site.get("/assets/doorkey.js").await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
}
