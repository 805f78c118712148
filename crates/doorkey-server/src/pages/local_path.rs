//! Where to go on after signing in: only ever a page of our own.

/// The path, if it is one of ours. An address that a browser could take for another host is none: `//host`, `/\host`,
/// and whatever has control characters, which browsers leave out.
pub fn checked(path: &str) -> Option<&str> {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 512
        && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\' && byte != b'"');
    local.then_some(path)
}

/// The path to go on to, or the start page.
pub fn or_home(path: Option<&str>) -> &str {
    path.and_then(checked).unwrap_or("/")
}

/// A link to one of the pages around signing in that remembers where to go on, and for which app.
pub fn with_return(page: &str, return_to: &str, app: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(app) = app {
        query.append_pair("app", app);
    }
    if return_to != "/" {
        query.append_pair("return_to", return_to);
    }
    match query.finish() {
        query if query.is_empty() => page.to_owned(),
        query => format!("{page}?{query}"),
    }
}

/// A path with the organization that a link names, if it names one.
pub fn with_org(path: &str, org: Option<&str>) -> String {
    let Some(org) = org.filter(|org| !org.is_empty()) else { return path.to_owned() };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("org", org).finish();
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_on_to() {
        for path in ["/", "/approve/abc", "/device?user_code=BCDF-GHJK"] {
            assert_eq!(or_home(Some(path)), path);
        }
        for path in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "/\t/evil.example",
            "/ /evil.example",
            "javascript:alert(1)",
            "approve/abc",
            "/a\nb",
            "/é",
        ] {
            assert_eq!(or_home(Some(path)), "/", "{path:?}");
        }
        assert_eq!(or_home(None), "/");
    }

    #[test]
    fn a_link_may_name_an_organization() {
        assert_eq!(with_org("/approve/x", None), "/approve/x");
        assert_eq!(with_org("/approve/x", Some("Acme & Co")), "/approve/x?org=Acme+%26+Co");
        assert_eq!(with_org("/device?user_code=B", Some("acme")), "/device?user_code=B&org=acme");
    }

    #[test]
    fn a_link_remembers_where_to_go_on() {
        assert_eq!(with_return("/sign-up", "/", None), "/sign-up");
        assert_eq!(
            with_return("/sign-in", "/device?user_code=B", Some("demo")),
            "/sign-in?app=demo&return_to=%2Fdevice%3Fuser_code%3DB"
        );
    }
}
