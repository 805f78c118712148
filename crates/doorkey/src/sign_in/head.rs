//! As much of HTTP/1.1 as the loopback listener needs: the first line and the end of the head, within bounds.

/// The largest head that is read, in bytes.
pub(super) const LARGEST: usize = 8 * 1024;

/// What the bytes that have come so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    /// Not all of it yet.
    Incomplete,
    /// More than [`LARGEST`].
    TooLarge,
    /// Not HTTP.
    Malformed,
    /// A request.
    Request {
        /// `GET` …
        method: &'a str,
        /// As it was sent, without the query.
        path: &'a str,
        /// What follows the first `?`.
        query: &'a str,
        /// Whether it can be a browser that opens a page, as opposed to a page that asks in the background.
        opens: bool,
    },
}

/// Reads what has come so far.
pub(super) fn parse(bytes: &[u8]) -> Head<'_> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    match end {
        None if bytes.len() >= LARGEST => return Head::TooLarge,
        Some(end) if end > LARGEST => return Head::TooLarge,
        None => {
            // What can't become a request needn't be waited for.
            let hopeless = bytes.first().is_some_and(|byte| !byte.is_ascii_uppercase());
            return if hopeless { Head::Malformed } else { Head::Incomplete };
        }
        Some(_) => {}
    }
    let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else { return Head::Malformed };
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Head::Malformed;
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let known_version = matches!(version, "HTTP/1.1" | "HTTP/1.0");
    let named = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    if !named || !target.starts_with('/') || !plain(target) || !known_version {
        return Head::Malformed;
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Head::Request { method, path, query, opens: opens_page(bytes) }
}

/// Whether a browser says that it opens a page in a tab of its own (Fetch Metadata), or says nothing about it: old browsers
/// don't, and no script can keep a new one from saying it.
fn opens_page(head: &[u8]) -> bool {
    let says = |name: &[u8], right: &[u8]| {
        let mut lines =
            head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).take_while(|line| !line.is_empty());
        lines.all(|line| {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { return true };
            let (key, value) = line.split_at(colon);
            !key.eq_ignore_ascii_case(name) || value.get(1..).unwrap_or_default().trim_ascii() == right
        })
    };
    says(b"sec-fetch-mode", b"navigate") && says(b"sec-fetch-dest", b"document")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_is_its_first_line() {
        let head = parse(b"GET /callback?code=a&state=b HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n");
        let request =
            Head::Request { method: "GET", path: "/callback", query: "code=a&state=b", opens: true };
        assert_eq!(head, request);
    }

    #[test]
    fn a_page_that_asks_in_the_background_says_so() {
        let opens = |headers: &str| {
            let bytes = format!("GET /callback HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
            matches!(parse(bytes.as_bytes()), Head::Request { opens: true, .. })
        };
        assert!(opens(""));
        assert!(opens(
            "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: cross-site\r\n"
        ));
        for headers in [
            "Sec-Fetch-Mode: cors\r\n",
            "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n",
            "sec-fetch-mode:navigate\r\nsec-fetch-dest:iframe\r\n",
            "Sec-Fetch-Dest: image\r\n",
            "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Mode: cors\r\n",
        ] {
            assert!(!opens(headers), "{headers}");
        }
    }

    #[test]
    fn what_is_not_a_request_is_none() {
        for bytes in [
            &b"\x16\x03\x01\x02\x00"[..],
            b"GET  /callback HTTP/1.1\r\n\r\n",
            b"GET /callback\r\n\r\n",
            b"GET /callback HTTP/2\r\n\r\n",
            b"GET http://127.0.0.1/callback HTTP/1.1\r\n\r\n",
            b"GET /call\xffback HTTP/1.1\r\n\r\n",
            b"get /callback HTTP/1.1\r\n\r\n",
            b"\r\n\r\n",
        ] {
            assert_eq!(parse(bytes), Head::Malformed, "{bytes:?}");
        }
        assert_eq!(parse(b""), Head::Incomplete);
        assert_eq!(parse(b"GET /callback HTTP/1.1\r\nHost: x\r\n"), Head::Incomplete);
        assert_eq!(parse(&[b'A'; LARGEST]), Head::TooLarge);
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2 * LARGEST)) {
            parse(&bytes);
        }

        #[test]
        fn a_head_that_comes_in_pieces_is_the_same_head(
            path in "/[a-z/]{0,20}",
            query in "[a-z=&%0-9]{0,40}",
            headers in "(X-[A-Za-z]{1,8}: [ -~]{0,20}\r\n){0,5}",
        ) {
            let whole = format!("GET {path}?{query} HTTP/1.1\r\n{headers}\r\n").into_bytes();
            for end in 1..whole.len() {
                prop_assert_eq!(parse(&whole[..end]), Head::Incomplete);
            }
            prop_assert_eq!(parse(&whole), Head::Request { method: "GET", path: &path, query: &query, opens: true });
        }
    }
}
