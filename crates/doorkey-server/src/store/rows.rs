//! From columns to the domain's words and back.

use super::StoreError;
use crate::{clock::Time, id::OrgId, org::Org};

/// A list of words in one column.
pub(super) fn words(list: &[String]) -> String {
    list.join(" ")
}

/// The list of words in a column.
pub(super) fn list(words: &str) -> Vec<String> {
    words.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// A moment in a column.
pub(super) fn time(column: Option<i64>) -> Option<Time> {
    column.map(Time::from_unix_ms)
}

/// An organization in three columns that a join may have left empty.
pub(super) fn some_org(
    id: Option<Vec<u8>>,
    slug: Option<String>,
    name: Option<String>,
) -> Result<Option<Org>, StoreError> {
    let id: Option<OrgId> = some_id(id)?;
    Ok(id.zip(slug).zip(name).map(|((id, slug), name)| Org { id, slug, name }))
}

/// An id in a column.
pub(super) fn id<T: TryFrom<Vec<u8>>>(column: Vec<u8>) -> Result<T, StoreError> {
    T::try_from(column).map_err(|_| StoreError::Corrupt("an id doesn't have 16 bytes"))
}

/// An id that may be missing in a column.
pub(super) fn some_id<T: TryFrom<Vec<u8>>>(column: Option<Vec<u8>>) -> Result<Option<T>, StoreError> {
    column.map(id).transpose()
}
