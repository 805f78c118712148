//! E-mail addresses, as far as they can be judged without sending anything.

/// An address as it was typed (without spaces around it), and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email {
    /// As it is shown and written to.
    pub address: String,
    /// As it is compared: two that differ only in case are one account.
    pub key: String,
}

/// The longest address that can be delivered (RFC 5321).
const LONGEST: usize = 254;

impl Email {
    /// Reads an address; none when it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let address = text.trim();
        let (local, domain) = address.rsplit_once('@')?;
        let odd = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '@' | '<' | '>' | '"' | '(' | ')' | ',' | ';' | '\\')
        };
        let fits = address.len() <= LONGEST
            && (1..=64).contains(&local.len())
            && !local.contains(odd)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && is_domain(domain);
        fits.then(|| Self { address: address.to_owned(), key: address.to_lowercase() })
    }

    /// What a person of this address is called until they say otherwise.
    pub fn local_part(&self) -> &str {
        self.address.rsplit_once('@').map_or(&self.address, |(local, _)| local)
    }
}

fn is_domain(domain: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c == '-' || c.is_alphanumeric())
    };
    domain.split('.').all(label) && (domain.contains('.') || domain.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn addresses_that_differ_in_case_are_one() {
        let (one, two) =
            (Email::parse(" Ada@Example.com ").unwrap(), Email::parse("ada@example.COM").unwrap());
        assert_eq!(one.address, "Ada@Example.com");
        assert_eq!(one.key, two.key);
        assert_eq!(one.local_part(), "Ada");
    }

    #[test]
    fn common_addresses_are_taken() {
        for text in [
            "a@b.co",
            "ada.lovelace+doorkey@mail.example.org",
            "o'brien@example.ie",
            "me@localhost",
            "用户@例子.世界",
        ] {
            assert!(Email::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_can_not_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "a b@example.com",
            "ada@example",
            "ada@-x.com",
            "ada@x..com",
            "a@b@c.com",
            "ada@example.com\nbcc:x@y.zz",
            "<ada@example.com>",
            ".ada@example.com",
            &long,
        ] {
            assert_eq!(Email::parse(text), None, "{text}");
        }
    }
}
