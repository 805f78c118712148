//! Each operation where all goes well, and how the interface says no.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use super::{APP, asker};
use crate::{
    org::Role,
    wire::{
        api::{openapi, table::operations},
        testkit::{ISSUER, Site},
    },
};

#[tokio::test]
async fn a_token_says_whose_it_is_and_what_it_may() {
    let site = Site::open().await;
    let ada = site.signs_up("ada").await;
    let token = site.manages(&ada).await;
    let me = site.done("GET", "/me", &token, None).await;
    let org = &me["org"];
    assert_eq!(
        me,
        json!({
            "account": { "id": ada.account.id.to_string(), "name": "ada", "email": "ada@example.com" },
            "org": { "id": org["id"], "slug": "ada", "name": "ada" },
            "app": APP,
            "kind": "access",
            "scopes": ["doorkey:manage"],
            "expires_at": "2026-01-01T00:10:00Z",
            "plan": null,
        })
    );
    let made = site.done("POST", "/tokens", &token, Some(json!({ "name": "laptop" }))).await;
    let personal = made["secret"].as_str().unwrap();
    let me = site.done("GET", "/me", personal, None).await;
    assert_eq!((&me["kind"], &me["expires_at"]), (&json!("personal"), &json!("2026-01-31T00:00:00Z")));
    let began = site.done("POST", "/anonymous", "", Some(json!({ "app": APP }))).await;
    let me = site.done("GET", "/me", began["token"].as_str().unwrap(), None).await;
    assert_eq!((&me["kind"], &me["account"]["id"]), (&json!("anonymous"), &began["anonymous_id"]));
}

#[tokio::test]
async fn a_personal_token_is_made_replaced_and_ended() {
    let site = Site::open().await;
    let token = site.manages(&site.signs_up("ada").await).await;
    let wanted = json!({ "name": "laptop", "scopes": ["notes:write"], "expires_in": 3600 });
    let made = site.done("POST", "/tokens", &token, Some(wanted)).await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("demo_pat_"));
    let id = made["token"]["id"].as_str().unwrap();
    let all = site.done("GET", "/tokens", &token, None).await;
    assert_eq!(all["tokens"], json!([made["token"]]));
    let told = &all["tokens"][0];
    assert_eq!(told["expires_at"], "2026-01-01T01:00:00Z");
    assert_eq!(
        (&told["status"], &told["kind"], &told["key_kind"]),
        (&json!("active"), &json!("personal"), &Value::Null)
    );
    assert_eq!((&told["scopes"], &told["holder"]["kind"]), (&json!(["notes:write"]), &json!("person")));
    assert!(
        secret.starts_with(told["start"].as_str().unwrap())
            && secret.ends_with(told["last_four"].as_str().unwrap())
    );
    assert!(!all.to_string().contains(secret));

    let path = format!("/tokens/{id}/rotate");
    let next = site.done("POST", &path, &token, Some(json!({ "overlap": 60 }))).await;
    assert_eq!(next["token"]["id"], id);
    assert_eq!(next["token"]["overlap_ends_at"], "2026-01-01T00:01:00Z");
    site.done("GET", "/me", secret, None).await;
    site.clock.advance(Duration::from_secs(61));
    assert_eq!(site.refused("GET", "/me", secret, None).await, (401, "invalid_token".to_owned()));
    // Without a body: as it was, and the old one ends at once.
    let last = site.done("POST", &path, &token, None).await;
    let last = last["secret"].as_str().unwrap();
    assert_eq!(site.refused("GET", "/me", next["secret"].as_str().unwrap(), None).await.0, 401);

    site.done("GET", "/me", last, None).await;
    site.done("DELETE", &format!("/tokens/{id}"), &token, None).await;
    assert_eq!(site.refused("GET", "/me", last, None).await.0, 401);
    assert_eq!(site.done("GET", "/tokens", &token, None).await["tokens"][0]["status"], "revoked");
    assert_eq!(site.refused("POST", &path, &token, None).await, (409, "conflict".to_owned()));
}

#[tokio::test]
async fn a_key_is_the_organizations_or_a_programs() {
    let site = Site::open().await;
    let token = site.manages(&site.signs_up("ada").await).await;
    let org = site.done("POST", "/orgs", &token, Some(json!({ "name": "Acme", "slug": "acme" }))).await;
    let key = site.done("POST", "/orgs/acme/keys", &token, Some(json!({ "name": "CI" }))).await;
    assert_eq!(key["token"]["org"], json!({ "id": org["id"], "slug": "acme", "name": "Acme" }));
    assert_eq!(
        (&key["token"]["holder"]["kind"], &key["token"]["key_kind"]),
        (&json!("organization"), &json!("live"))
    );
    assert_eq!(
        (&key["token"]["expires_at"], &key["token"]["created_by"]["name"]),
        (&json!("2026-04-01T00:00:00Z"), &json!("ada"))
    );
    let forever = json!({ "name": "CI", "expires_in": null });
    assert_eq!(site.refused("POST", "/orgs/acme/keys", &token, Some(forever)).await.0, 400, "a year at most");

    let program =
        site.done("POST", "/orgs/acme/service-accounts", &token, Some(json!({ "name": "Builder" }))).await;
    let wanted = json!({
        "name": "Builder's", "kind": "live", "rate_limit": 2, "allow": ["203.0.113.0/24"], "service_account": program["id"],
    });
    let of_program =
        site.done("POST", &format!("/orgs/{}/keys", org["id"].as_str().unwrap()), &token, Some(wanted)).await;
    assert_eq!(
        of_program["token"]["holder"],
        json!({ "id": program["id"], "name": "Builder", "kind": "service" })
    );
    assert_eq!(of_program["token"]["allow"], json!(["203.0.113.0/24"]));
    let secret = of_program["secret"].as_str().unwrap();
    for _ in 0..2 {
        site.done("GET", "/me", secret, None).await;
    }
    let limited = site.call("GET", "/me", secret, None).await;
    assert_eq!(
        (limited.status, limited.error().as_str(), limited.header("retry-after")),
        (429, "rate_limited", "30")
    );
    let elsewhere = json!({ "name": "far", "allow": ["10.0.0.0/8"] });
    let elsewhere = site.done("POST", "/orgs/acme/keys", &token, Some(elsewhere)).await;
    assert_eq!(
        site.refused("GET", "/me", elsewhere["secret"].as_str().unwrap(), None).await,
        (403, "forbidden".to_owned())
    );

    let all = site.done("GET", "/orgs/acme/service-accounts", &token, None).await;
    assert_eq!(all["service_accounts"][0]["keys"], 1);
    let path = format!("/orgs/acme/service-accounts/{}", program["id"].as_str().unwrap());
    site.done("DELETE", &path, &token, None).await;
    assert_eq!(site.refused("GET", "/me", secret, None).await.0, 401, "its keys end with it");

    let path = format!("/orgs/acme/keys/{}", key["token"]["id"].as_str().unwrap());
    let next = site.done("POST", &format!("{path}/rotate"), &token, Some(json!({ "expires_in": 60 }))).await;
    assert_eq!(next["token"]["expires_at"], "2026-01-01T00:01:00Z");
    site.done("DELETE", &path, &token, None).await;
    let all = site.done("GET", "/orgs/acme/keys", &token, None).await;
    let ended = all["keys"].as_array().unwrap().iter().find(|one| one["id"] == key["token"]["id"]).unwrap();
    assert_eq!(ended["status"], "revoked");
}

#[tokio::test]
async fn an_organization_is_made_changed_and_handed_on() {
    let site = Site::open().await;
    let (ada, bob) = (site.signs_up("ada").await, site.signs_up("bob").await);
    let (token, other) = (site.manages(&ada).await, site.manages(&bob).await);
    let org = site.done("POST", "/orgs", &token, Some(json!({ "name": "Acme GmbH" }))).await;
    assert_eq!(
        (&org["slug"], &org["role"], &org["personal"]),
        (&json!("acme-gmbh"), &json!("owner"), &json!(false))
    );
    assert_eq!(
        (&org["active"], &org["members"], &org["joined_at"]),
        (&json!(false), &json!(1), &json!("2026-01-01T00:00:00Z"))
    );
    assert_eq!(
        site.refused("POST", "/orgs", &token, Some(json!({ "name": "x", "slug": "acme-gmbh" }))).await.0,
        409
    );

    let change = json!({ "name": "Acme", "longest_token": 86400, "rate_limit": 600 });
    let changed = site.done("PATCH", "/orgs/acme-gmbh", &token, Some(change)).await;
    assert_eq!(
        (&changed["name"], &changed["longest_token"], &changed["rate_limit"]),
        (&json!("Acme"), &json!(86400), &json!(600))
    );
    let too_long = json!({ "name": "x", "expires_in": null });
    assert_eq!(site.refused("POST", "/orgs/acme-gmbh/keys", &token, Some(too_long)).await.0, 400);
    let changed = site.done("PATCH", "/orgs/acme-gmbh", &token, Some(json!({ "longest_token": null }))).await;
    assert_eq!(
        (&changed["longest_token"], &changed["rate_limit"]),
        (&Value::Null, &json!(600)),
        "what isn't named stays"
    );

    let invited = site.done("POST", "/orgs/acme-gmbh/invitations", &token, None).await;
    let link = invited["link"].as_str().unwrap();
    let secret = link.strip_prefix(&format!("{ISSUER}/invite/")).unwrap();
    assert_eq!(
        (&invited["invitation"]["role"], &invited["invitation"]["expires_at"]),
        (&json!("member"), &json!("2026-01-08T00:00:00Z"))
    );
    let open = site.done("GET", "/orgs/acme-gmbh/invitations", &token, None).await;
    assert_eq!(open["invitations"], json!([invited["invitation"]]));
    let joined = site.done("POST", "/invitations/accept", &other, Some(json!({ "token": secret }))).await;
    assert_eq!((&joined["role"], &joined["members"]), (&json!("member"), &json!(2)));
    assert_eq!(
        site.refused("POST", "/invitations/accept", &other, Some(json!({ "token": secret }))).await.0,
        409
    );
    let wanted = json!({ "role": "admin", "expires_in": 3600 });
    let unwanted = site.done("POST", "/orgs/acme-gmbh/invitations", &token, Some(wanted)).await;
    let path = format!("/orgs/acme-gmbh/invitations/{}", unwanted["invitation"]["id"].as_str().unwrap());
    site.done("DELETE", &path, &token, None).await;

    let bob = bob.account.id.to_string();
    let path = format!("/orgs/acme-gmbh/members/{bob}");
    let member = site.done("PATCH", &path, &token, Some(json!({ "role": "admin" }))).await;
    assert_eq!((&member["role"], &member["account"]["email"]), (&json!("admin"), &json!("bob@example.com")));
    let after = site.done("POST", "/orgs/acme-gmbh/transfer", &token, Some(json!({ "to": bob }))).await;
    assert_eq!(after["role"], "admin");
    let members = site.done("GET", "/orgs/acme-gmbh/members", &token, None).await;
    let roles: Vec<_> =
        members["members"].as_array().unwrap().iter().map(|member| member["role"].clone()).collect();
    assert_eq!(roles, ["owner", "admin"]);

    let switched = site.done("POST", "/orgs/acme-gmbh/switch", &token, None).await;
    assert_eq!(switched["active"], true);
    assert_eq!(site.done("GET", "/me", &token, None).await["org"]["slug"], "acme-gmbh");
    let all = site.done("GET", "/orgs", &token, None).await;
    let active: Vec<_> = all["orgs"].as_array().unwrap().iter().map(|org| org["active"].clone()).collect();
    assert_eq!(active, [false, true]);
    assert_eq!(site.done("GET", "/orgs/acme-gmbh", &other, None).await["role"], "owner");
    let own = format!("/orgs/acme-gmbh/members/{}", ada.account.id);
    site.done("DELETE", &own, &token, None).await;
    assert_eq!(
        site.refused("GET", "/orgs/acme-gmbh", &token, None).await.0,
        401,
        "what acted for it ended with it"
    );
    assert_eq!(
        site.refused("DELETE", &path, &other, None).await,
        (409, "conflict".to_owned()),
        "the last owner stays"
    );
}

#[tokio::test]
async fn the_trail_is_read_in_pages_and_as_a_file() {
    let site = Site::open().await;
    let token = site.manages(&site.signs_up("ada").await).await;
    site.done("POST", "/orgs", &token, Some(json!({ "name": "Acme", "slug": "acme" }))).await;
    for n in 0..5 {
        site.done("POST", "/orgs/acme/keys", &token, Some(json!({ "name": format!("=1+{n}, \"quoted\"") })))
            .await;
    }
    let mut seen = Vec::new();
    let mut path = "/events?limit=2".to_owned();
    loop {
        let page = site.done("GET", &path, &token, None).await;
        seen.extend(
            page["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/events?limit=2&before={next}");
    }
    let all = site.done("GET", "/events?limit=200", &token, None).await;
    let ids: Vec<_> = all["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, ids);
    assert!(ids.is_sorted_by(|a, b| a > b), "the latest first");
    let found = site.done("GET", "/orgs/acme/events?search=key.created", &token, None).await;
    let event = &found["events"][0];
    assert_eq!(found["events"].as_array().unwrap().len(), 5);
    assert_eq!(
        (&event["action"], &event["outcome"], &event["app"]),
        (&json!("key.created"), &json!("done"), &json!(APP))
    );
    assert_eq!(event["detail"]["name"], "=1+4, \"quoted\"");

    let lines = site.call("GET", "/orgs/acme/events/export?format=jsonl", &token, None).await;
    assert_eq!(lines.header("content-disposition"), "attachment; filename=\"events-acme-2026-01-01.jsonl\"");
    assert_eq!(lines.header("content-type"), "application/jsonl; charset=utf-8");
    assert_eq!(lines.body.lines().count(), 6);
    assert_eq!(serde_json::from_str::<Value>(lines.body.lines().next().unwrap()).unwrap(), *event);

    // A program that calls itself a formula.
    let request = Request::get("/api/v1/orgs/nobodys").header(header::USER_AGENT, "=cmd|'/c calc'!A1");
    site.send(request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap())
        .await;
    let table = site.call("GET", "/events/export?search=org.read", &token, None).await;
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"events-2026-01-01.csv\"");
    let (head, rest) = table.body.split_once("\r\n").unwrap();
    assert_eq!(head, "id,at,action,outcome,actor,app,org,subject,address,agent,detail");
    assert!(rest.contains(",org.read,refused,") && rest.contains(",'=cmd|'/c calc'!A1,"), "{rest}");
    assert!(rest.ends_with("\"{\"\"reason\"\":\"\"there is no such organization\"\"}\"\r\n"), "{rest}");
}

#[tokio::test]
async fn a_file_has_ten_thousand_events_at_most() {
    let site = Site::open().await;
    let ada = site.signs_up("ada").await;
    let token = site.manages(&ada).await;
    let mut tx = site.domain().store.begin().await.unwrap();
    for _ in 0..10_050 {
        let event = crate::audit::Event::done(crate::audit::Action::OrgRead, crate::audit::Actor::Server);
        site.domain().record(&mut tx, event.account(ada.account.id)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let lines = site.call("GET", "/events/export?format=jsonl", &token, None).await;
    assert_eq!(lines.body.lines().count(), 10_000);
    let ids: std::collections::BTreeSet<&str> = lines.body.lines().collect();
    assert_eq!(ids.len(), 10_000, "none comes twice");
}

#[tokio::test]
async fn devices_are_listed_and_signed_out() {
    let site = Site::open().await;
    let ada = site.signs_up("ada").await;
    let (token, other) = (site.manages(&ada).await, site.tool(&ada, &[]).await);
    let all = site.done("GET", "/devices", &token, None).await;
    let all = all["devices"].as_array().unwrap();
    let kinds: Vec<&str> = all.iter().map(|device| device["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "terminal").count(), 2, "{kinds:?}");
    assert_eq!(all.iter().filter(|device| device["current"] == true).count(), 1);
    site.done("DELETE", &format!("/devices/{}", other.grant), &token, None).await;
    assert_eq!(site.refused("GET", "/me", other.access_token.expose(), None).await.0, 401);
    assert_eq!(site.refused("DELETE", "/devices/nothing", &token, None).await, (404, "not_found".to_owned()));
    let ended = site.done("POST", "/sign-out-everywhere", &token, None).await;
    assert_eq!(ended, json!({ "ended": 2 }));
    assert_eq!(site.refused("GET", "/devices", &token, None).await.0, 401, "the caller's own, too");
}

#[tokio::test]
async fn anonymous_work_is_claimed_once_under_the_same_id() {
    let site = Site::open().await;
    let began = site.done("POST", "/anonymous", "", Some(json!({ "app": APP }))).await;
    assert_eq!(began["expires_at"], "2026-01-31T00:00:00Z");
    let (ada, bob) = (site.signs_up("ada").await, site.signs_up("bob").await);
    let token = site.tool(&ada, &[]).await.access_token;
    let body = json!({ "token": began["token"] });
    let claimed = site.done("POST", "/claim", token.expose(), Some(body.clone())).await;
    assert_eq!((&claimed["id"], &claimed["role"]), (&began["org"]["id"], &json!("owner")));
    let other = site.manages(&bob).await;
    assert_eq!(site.refused("POST", "/claim", &other, Some(body)).await.0, 404);
    for app in ["nothing", ""] {
        let refused = site.refused("POST", "/anonymous", "", Some(json!({ "app": app }))).await;
        assert_eq!(refused, (404, "not_found".to_owned()), "{app}");
    }
}

#[tokio::test]
async fn whoever_begins_very_often_without_an_account_has_to_wait() {
    let site = Site::open().await;
    for _ in 0..30 {
        site.done("POST", "/anonymous", "", Some(json!({ "app": APP }))).await;
    }
    let refused = site.call("POST", "/anonymous", "", Some(r#"{"app":"demo"}"#)).await;
    assert_eq!((refused.status, refused.error().as_str()), (429, "rate_limited"));
    assert_eq!(refused.header("retry-after"), "120");
}

#[tokio::test]
async fn an_account_makes_six_hundred_changes_a_minute() {
    let site = Site::open().await;
    let ada = site.signs_up("ada").await;
    let token = site.manages(&ada).await;
    let body = json!({ "name": "x" });
    for _ in 0..600 {
        assert_eq!(site.refused("PATCH", "/orgs/nothing", &token, Some(body.clone())).await.0, 404);
    }
    let refused = site.call("PATCH", "/orgs/nothing", &token, Some(r#"{"name":"x"}"#)).await;
    assert_eq!(
        (refused.status, refused.error().as_str(), refused.header("retry-after")),
        (429, "rate_limited", "1")
    );
    site.done("GET", "/tokens", &token, None).await;
    site.clock.advance(Duration::from_secs(1));
    assert_eq!(site.refused("PATCH", "/orgs/nothing", &token, Some(body)).await.0, 404);
}

#[tokio::test]
async fn a_refusal_says_what_would_do() {
    let site = Site::open().await;
    let ada = site.signs_up("ada").await;
    let nobody = site.call("GET", "/tokens", "", None).await;
    assert_eq!(
        (nobody.status, nobody.error().as_str(), nobody.header("www-authenticate")),
        (401, "invalid_token", "Bearer")
    );
    let wrong = site.call("GET", "/tokens", "demo_at_nonsense", None).await;
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, r#"Bearer error="invalid_token""#));
    let plain = site.tool(&ada, &[]).await;
    let plain = plain.access_token.expose();
    let refused = site.call("POST", "/orgs", plain, Some(r#"{"name":"Acme"}"#)).await;
    assert_eq!((refused.status, refused.error().as_str()), (403, "insufficient_scope"));
    assert_eq!(refused.text("scope"), "doorkey:manage");
    assert_eq!(
        refused.header("www-authenticate"),
        r#"Bearer error="insufficient_scope", scope="doorkey:manage""#
    );
    assert_eq!(site.done("GET", "/orgs", plain, None).await["orgs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refresh_token_opens_nothing_and_a_token_in_the_query_is_not_looked_at() {
    let site = Site::open().await;
    let ada = site.signs_up("ada").await;
    let tokens = site.tool(&ada, &[]).await;
    let refresh = tokens.refresh_token.as_ref().unwrap();
    assert_eq!(site.refused("GET", "/me", refresh.expose(), None).await.0, 401);
    let token = tokens.access_token.expose();
    let in_query = format!("/tokens?access_token={token}");
    assert_eq!(site.refused("GET", &in_query, "", None).await, (401, "invalid_token".to_owned()));
    assert_eq!(site.refused("GET", &in_query, token, None).await, (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn what_is_not_there_is_told_to_programs_whatever_they_accept() {
    let site = Site::open().await;
    let token = site.manages(&site.signs_up("ada").await).await;
    for path in ["/api/v1/nothing", "/api/v1/", "/api/v1/orgs/", "/api/v2/me", "/api/"] {
        let request = Request::get(path).header(header::ACCEPT, "text/html");
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.error().as_str()), (404, "not_found"), "{path}");
    }
    for path in ["/orgs/a%00b", "/orgs/%ff", "/orgs/..%2f..", "/orgs/a%0ab/keys", "/tokens/%27/rotate"] {
        let method = if path.ends_with("rotate") { "POST" } else { "GET" };
        assert_eq!(site.refused(method, path, &token, None).await, (404, "not_found".to_owned()), "{path}");
    }
    for (method, path, allowed) in [
        ("DELETE", "/me", "GET,HEAD"),
        ("PUT", "/tokens", "GET,HEAD,POST"),
        ("GET", "/anonymous", "POST"),
        ("OPTIONS", "/orgs/x", "GET,HEAD,PATCH"),
        ("TRACE", "/orgs/x/members/y", "PATCH,DELETE"),
    ] {
        let answer = site.call(method, path, "", None).await;
        assert_eq!((answer.status, answer.error().as_str()), (405, "invalid_request"), "{method} {path}");
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
    for path in [
        "/events?limit=0",
        "/events?limit=201",
        "/events?limit=x",
        "/events?limit=",
        "/events?before=x",
        "/events?limit=1&limit=1",
        "/events?search=%00",
        "/events?more=1",
        "/events/export?format=xml",
        "/me?x",
    ] {
        assert_eq!(
            site.refused("GET", path, &token, None).await,
            (400, "invalid_request".to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_unknown_app_or_a_wrong_role_is_told() {
    let site = Site::open().await;
    let (ada, bob) = (site.signs_up("ada").await, site.signs_up("bob").await);
    let org = site.makes_org(&asker(&ada), "Acme").await;
    site.lets_in(&asker(&ada), &org, &asker(&bob), Role::Member).await;
    let token = site.manages(&bob).await;
    let refused =
        site.refused("POST", &format!("/orgs/{org}/keys"), &token, Some(json!({ "name": "x" }))).await;
    assert_eq!(refused, (403, "forbidden".to_owned()));
    let leaves = format!("/orgs/{org}/members/{}", bob.account.id);
    site.done("DELETE", &leaves, &token, None).await;
}

#[tokio::test]
async fn the_document_is_served_and_names_every_operation_once() {
    let site = Site::open().await;
    let served = site.get("/openapi.json").await.json();
    assert_eq!(served, openapi::document(&operations()));
    let kept = include_str!("../../../../../../docs/openapi.json");
    assert!(served == serde_json::from_str::<Value>(kept).unwrap(), "run `cargo xtask generate`");
    let mut ids: Vec<&str> = operations().iter().map(|operation| operation.id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    // Whatever is referred to is there.
    let text = served.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(served.pointer(pointer).is_some(), "{pointer}");
    }
}
