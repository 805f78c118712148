//! Filling a template in.

use serde_json::Value;

use super::node::Node;
use super::scope::Scope;
use super::{object, web_address};
use crate::FillError;

/// The node with its values. `None` when it is optional and there is nothing.
pub(super) fn fill(node: &Node, scope: &Scope<'_>) -> Result<Option<Value>, FillError> {
    Ok(Some(match node {
        Node::Literal(value) => value.clone(),
        Node::Single(placeholder) => return scope.resolve(placeholder),
        Node::Text(text) => Value::String(text.fill_in(scope)?),
        Node::Object(fields) => {
            let mut filled = object();
            for (key, field) in fields {
                if let Some(value) = fill(field, scope)? {
                    filled.insert(key.clone(), value);
                }
            }
            if filled.is_empty() && node.is_optional() {
                return Ok(None);
            }
            Value::Object(filled)
        }
        Node::Array(items) => {
            let mut filled = Vec::with_capacity(items.len());
            for item in items {
                filled.extend(fill(item, scope)?);
            }
            Value::Array(filled)
        }
        Node::Each { list, prefix, optional, item } => {
            let Some(items) = scope.get(list) else {
                return if *optional { Ok(None) } else { Err(FillError::Missing(list.clone())) };
            };
            let items = items.as_array().ok_or_else(|| FillError::WrongKind(list.clone()))?;
            let mut filled = Vec::with_capacity(items.len());
            for value in items {
                filled.extend(fill(item, &scope.of_item(prefix, value))?);
            }
            Value::Array(filled)
        }
        Node::First(item) => Value::Array(fill(item, scope)?.into_iter().collect()),
        Node::Any(nodes) => {
            let filled =
                nodes.iter().find_map(|node| fill(node, scope).ok()).ok_or(FillError::NoAlternative)?;
            return Ok(filled);
        }
        Node::All(nodes) => {
            let Some(first) = nodes.first() else { return Ok(None) };
            return fill(first, scope);
        }
        Node::Url(address) => {
            return web_address::fill(address, scope).map(|filled| filled.map(Value::String));
        }
    }))
}
