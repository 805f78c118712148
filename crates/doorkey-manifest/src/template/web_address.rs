//! Addresses as values: built by adding parameters to one that may have some already.

use url::{Url, form_urlencoded};

use super::Text;
use super::node::WebAddress;
use super::scope::{Bindings, Scope};
use crate::FillError;

pub(super) fn fill(address: &WebAddress, scope: &Scope<'_>) -> Result<Option<String>, FillError> {
    let Some(base) = address.base.fill_optional(scope)? else { return Ok(None) };
    let query = fill_parameters(&address.query, scope)?;
    let fragment = fill_parameters(&address.fragment, scope)?;
    add_parameters(&base, &query, &fragment).map(Some).ok_or_else(|| {
        let name = address.base.placeholders().find_map(|placeholder| placeholder.names().next());
        FillError::Address(name.unwrap_or("$url").to_owned())
    })
}

/// Adds parameters to the query and the fragment of an address. `None` when it isn't an address. Without parameters
/// the address stays as it is, to the letter.
pub(crate) fn add_parameters(
    base: &str,
    query: &[(String, String)],
    fragment: &[(String, String)],
) -> Option<String> {
    let mut url = Url::parse(base).ok()?;
    if query.is_empty() && fragment.is_empty() {
        return Some(base.to_owned());
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    if !fragment.is_empty() {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fragment).finish();
        url.set_fragment(Some(&encoded));
    }
    Some(url.into())
}

/// Parameters with their values; one that is an optional placeholder alone is left out when it has none.
pub(super) fn fill_parameters(
    parameters: &[(String, Text)],
    scope: &Scope<'_>,
) -> Result<Vec<(String, String)>, FillError> {
    let mut filled = Vec::with_capacity(parameters.len());
    for (key, text) in parameters {
        if let Some(value) = text.fill_optional(scope)? {
            filled.push((key.clone(), value));
        }
    }
    Ok(filled)
}

pub(super) fn read(address: &WebAddress, found: &str, bindings: &mut Bindings) -> bool {
    let Ok(mut url) = Url::parse(found) else { return false };
    let mut changed = false;
    if !address.query.is_empty() {
        let (ours, rest) = split_parameters(url.query().unwrap_or_default(), &address.query);
        if !read_parameters(&address.query, &ours, bindings) {
            return false;
        }
        changed = !ours.is_empty();
        if changed {
            url.set_query((!rest.is_empty()).then_some(rest.as_str()));
        }
    }
    if !address.fragment.is_empty() {
        let (ours, _) = split_parameters(url.fragment().unwrap_or_default(), &address.fragment);
        if !read_parameters(&address.fragment, &ours, bindings) {
            return false;
        }
        changed = true;
        url.set_fragment(None);
    }
    if address.base.read_into(if changed { url.as_str() } else { found }, bindings) {
        return true;
    }
    // Parameters that the template doesn't name don't matter where its base has no place for them.
    url.set_query(None);
    address.base.read_into(url.as_str(), bindings)
}

/// The parameters that a template names, and everything else as it was written.
fn split_parameters(encoded: &str, named: &[(String, Text)]) -> (Vec<(String, String)>, String) {
    let mut ours = Vec::new();
    let mut rest = Vec::new();
    for piece in encoded.split('&').filter(|piece| !piece.is_empty()) {
        let pair = form_urlencoded::parse(piece.as_bytes()).next();
        match pair {
            Some((key, value)) if named.iter().any(|(name, _)| *name == key) => {
                ours.push((key.into_owned(), value.into_owned()));
            }
            _ => rest.push(piece),
        }
    }
    (ours, rest.join("&"))
}

/// Binds the parameters that a template names. One that comes twice with two values matches nothing: it can't be said which
/// counts. Twice the same is what clients send that add to an address what is there already.
pub(super) fn read_parameters(
    named: &[(String, Text)],
    found: &[(String, String)],
    bindings: &mut Bindings,
) -> bool {
    let mut all = true;
    for (key, text) in named {
        let mut values = found.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str());
        let first = values.next();
        let matches = match (first, values.find(|value| Some(*value) != first)) {
            (Some(value), None) => text.read_into(value, bindings),
            (None, _) => {
                text.single().is_some_and(|placeholder| bindings.bind_placeholder(placeholder, None))
            }
            (Some(_), Some(_)) => return false,
        };
        all &= matches;
        if !all && !bindings.is_lenient() {
            return false;
        }
    }
    all
}
