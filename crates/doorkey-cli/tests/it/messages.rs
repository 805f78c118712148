//! A product's own words, streams and exit codes.

use crate::tool::Tool;

fn with_words() -> Tool {
    let tool = Tool::new();
    let words = r#"
[messages]
not_signed_in = { text = "Not logged in. Run: demo login", stream = "stdout", exit = 0 }
nothing_to_remove = "Nothing here, {app.title}."
unreachable = "Could not reach {app.title}."
"#;
    let source = format!("{}{words}", include_str!("../../../../apps/demo.toml"));
    tool.write("demo.toml", &source, 0o644);
    tool
}

#[test]
fn text_stream_and_exit_code_are_the_products() {
    insta::assert_snapshot!(with_words().run(&["--app", "./demo.toml", "whoami"]), @"
    exit: 0
    --- stdout ---
    Not logged in. Run: demo login
    ");
}

#[test]
fn where_only_the_text_is_the_products_the_rest_is_as_usual() {
    insta::assert_snapshot!(with_words().run(&["--app", "./demo.toml", "logout"]), @"
    exit: 0
    --- stderr ---
    Nothing here, Doorkey demo.
    ");
}

#[test]
fn an_error_in_the_products_words() {
    insta::assert_snapshot!(with_words().run(&["--app", "./demo.toml", "login"]), @"
    exit: 3
    --- stderr ---
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    Could not reach Doorkey demo.
    ");
}

#[test]
fn programs_get_the_usual_words_and_codes() {
    insta::assert_snapshot!(with_words().run(&["--app", "./demo.toml", "whoami", "--json"]), @r#"
    exit: 4
    --- stdout ---
    {
      "status": "signed_out",
      "app": "demo",
      "profile": "default",
      "server": "http://127.0.0.1:9",
      "user": null,
      "organization": null,
      "source": null,
      "message": null,
      "checked": true
    }
    "#);
}
