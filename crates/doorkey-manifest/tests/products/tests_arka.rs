use super::*;

#[test]
fn the_page_is_named_and_the_token_is_checked() {
    let arka = arka();
    let page = arka
        .sign_in
        .paste
        .page
        .as_ref()
        .unwrap()
        .fill(&Values::new().with("frontend", "https://arka-ai.com"))
        .unwrap();
    assert_eq!(page, "https://arka-ai.com/app/personal/settings/tokens");
    let pasted = format!("arka_{}", "x".repeat(37));
    assert!(arka.tokens.check_credential(&pasted).is_ok());
    assert!(arka.tokens.check_credential("sk_123").is_err());
    let request = sent(&arka, Operation::Check, &values(&[("token", json!(pasted))]));
    assert_eq!(understood(&arka, Operation::Check, &request).text("token"), Some(pasted.as_str()));
}

#[test]
fn a_missing_plan_is_told_apart_from_a_token_that_is_not_good() {
    let arka = arka();
    for (means, status) in [(Meaning::NeedsPlan, 403), (Meaning::Invalid, 403), (Meaning::Ok, 200)] {
        let answer = answered(&arka, Operation::Check, means, &Values::new());
        assert_eq!((answer.status, read(&arka, Operation::Check, &answer).0), (status, means));
    }
    let revoked =
        answered(&arka, Operation::Check, Meaning::Invalid, &values(&[("error", json!("revoked"))]));
    assert_eq!(json_of(&revoked)["error"], "token_revoked");
    assert_eq!(read(&arka, Operation::Check, &revoked).1.text("error"), Some("revoked"));
    assert_eq!(
        read(&arka, Operation::Check, &Response::json(403, json!({"message": "no"}))).0,
        Meaning::Invalid
    );
}

#[test]
fn the_file_is_written_with_tabs_and_keeps_the_settings() {
    let file = arka().credentials;
    let written = file
        .write(Some(json!({"theme": "dark"})), "default", &values(&[("token", json!("arka_1"))]))
        .unwrap();
    assert_eq!(file.to_text(&written), "{\n\t\"theme\": \"dark\",\n\t\"apiKey\": \"arka_1\"\n}");
}
