use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{GOOD, Manifest, problems};

fn with_logo(logo: &str) -> String {
    GOOD.replace("title =", &format!("logo = \"{logo}\"\ntitle ="))
}

fn about_logo(logo: &str) -> String {
    Manifest::parse("acme.toml", &with_logo(logo)).unwrap_err().to_string()
}

fn svg(bytes: usize) -> String {
    let picture = format!("<svg>{}</svg>", " ".repeat(bytes - 11));
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture))
}

said! {
    a_logo_of_another_kind: about_logo("http://acme.example/logo.png"), @r#"
acme.toml:4:8: this isn't a picture in base64
  help: write it as `data:image/svg+xml;base64,…` or `data:image/png;base64,…`, or its https address
"#;
    a_logo_that_is_no_base64: about_logo("data:image/png;base64,%%%"), @r#"
acme.toml:4:8: this isn't a picture in base64
  help: write it as `data:image/svg+xml;base64,…` or `data:image/png;base64,…`, or its https address
"#;
    a_logo_of_another_type_than_it_says: about_logo("data:image/png;base64,PHN2Zz48L3N2Zz4="), @r#"
acme.toml:4:8: the logo isn't what its media type says
  help: a PNG begins with its signature, an SVG is a text with `<svg`
"#;
    a_logo_that_is_too_large: about_logo(&svg(65_537)), @r#"
acme.toml:4:8: the logo has 65537 bytes; at most 65536 may stand in a manifest
  help: a logo is shown small: a simple SVG needs no more than a few KiB
"#;
    a_dark_colour_that_is_none: problems("title =", "color_dark = \"brown\"\ntitle ="), @r#"
acme.toml:4:14: `brown` isn't a colour
  help: write it as `#rrggbb`
"#;
    a_scope_of_the_services_own: problems("\"things:read\" =", "\"doorkey:things\" = \"x\"\n\"things:read\" ="), @r#"
acme.toml:13:20: scopes that begin with `doorkey:` are the service's own
  help: they are there for every product and aren't declared
"#;
    a_scope_of_the_services_own_that_is_asked_for: problems("scopes = [\"things:read\"]", "scopes = [\"doorkey:manage\"]"), @r#"
acme.toml:17:11: `doorkey:manage` is one of the service's own scopes
  help: only who needs it asks for it, with `--scope`
"#;
}

#[test]
fn a_logo_that_stands_in_the_manifest_is_read() {
    let logo = |logo: &str| Manifest::parse("acme.toml", &with_logo(logo)).unwrap().app.logo_data();
    let small = ("image/svg+xml", b"<svg></svg>".to_vec());
    assert_eq!(logo("data:image/svg+xml;base64,PHN2Zz48L3N2Zz4="), Some(small));
    let png = format!("data:image/png;base64,{}", STANDARD.encode(b"\x89PNG\r\n\x1a\n..."));
    assert_eq!(logo(&png).map(|(media_type, bytes)| (media_type, bytes.len())), Some(("image/png", 11)));
    assert_eq!(logo(&svg(65_536)).map(|(_, bytes)| bytes.len()), Some(65_536));
    assert_eq!(logo("https://acme.example/logo.svg"), None, "it isn't here");
}
