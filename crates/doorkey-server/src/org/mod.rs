//! Organizations: what an account acts for. Every account has a personal one from the start.

use crate::{
    Domain,
    id::{AccountId, OrgId},
    store::StoreError,
};

/// An organization, as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Its name for programs that never changes.
    pub id: OrgId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// The most characters of a slug that come from a person's name.
const LONGEST_STEM: usize = 32;

/// A slug for a personal organization: letters and digits of `name`, and when that is taken, something random after it.
pub(crate) fn slug(name: &str, random: Option<u32>) -> String {
    let mut stem = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            stem.push(c);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if stem.len() == LONGEST_STEM {
            break;
        }
    }
    let stem = match stem.trim_end_matches('-') {
        "" => "account",
        stem => stem,
    };
    random.map_or_else(|| stem.to_owned(), |n| format!("{stem}-{n:08x}"))
}

impl Domain {
    /// The organizations that an account can act for, its personal one first.
    pub async fn orgs(&self, account: AccountId) -> Result<Vec<Org>, StoreError> {
        self.store.orgs_of(account).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_only_letters_digits_and_single_dashes() {
        assert_eq!(slug("ada.lovelace", None), "ada-lovelace");
        assert_eq!(slug("Ada  +  L.", None), "ada-l");
        assert_eq!(slug("-.-", None), "account");
        assert_eq!(slug("łódź", None), "d");
        assert_eq!(slug("ada", Some(0x2a)), "ada-0000002a");
        assert_eq!(slug(&"a".repeat(99), None).len(), 32);
    }
}
