//! Reading with a template.

use serde_json::Value;

use super::node::Node;
use super::scope::Bindings;
use super::web_address;

/// Binds what stands in a node's place. `false` when it can't stand there; a lenient reading goes on regardless.
pub(super) fn read(node: &Node, found: Option<&Value>, bindings: &mut Bindings) -> bool {
    let found = found.filter(|value| !value.is_null());
    match node {
        Node::Literal(Value::Null) => found.is_none(),
        Node::Literal(literal) => found == Some(literal),
        Node::Single(placeholder) => bindings.bind_placeholder(placeholder, found),
        Node::Text(text) => {
            found.and_then(Value::as_str).is_some_and(|found| text.read_into(found, bindings))
        }
        Node::Object(fields) => match found {
            Some(Value::Object(object)) => {
                let mut all = true;
                for (key, field) in fields {
                    all &= read(field, object.get(key), bindings);
                    if !all && !bindings.is_lenient() {
                        return false;
                    }
                }
                all
            }
            None => !fields.is_empty() && fields.iter().all(|(_, field)| field.needs_nothing()),
            Some(_) => false,
        },
        Node::Array(items) => {
            let Some(Value::Array(elements)) = found else { return false };
            let mut elements = elements.iter();
            items.iter().all(|item| {
                let element = elements.as_slice().first();
                let matches = read(item, element, bindings);
                // An optional item that isn't there takes no element.
                if matches {
                    elements.next();
                }
                matches || item.is_optional() || bindings.is_lenient()
            })
        }
        Node::Each { list, prefix, optional, item } => {
            let elements = match found {
                Some(Value::Array(elements)) => elements,
                None => return *optional,
                Some(_) => return false,
            };
            let mut items = Vec::with_capacity(elements.len());
            for element in elements {
                let mut inside = bindings.fresh();
                if read(item, Some(element), &mut inside) {
                    items.push(bindings.take_item(prefix, inside));
                } else if !bindings.is_lenient() {
                    return false;
                }
            }
            bindings.bind(list, Value::Array(items));
            true
        }
        Node::First(item) => {
            let Some(Value::Array(elements)) = found else { return false };
            elements.iter().any(|element| attempt(item, Some(element), bindings))
        }
        Node::Any(nodes) => nodes.iter().any(|node| attempt(node, found, bindings)),
        Node::All(nodes) => {
            let mut nodes = nodes.iter();
            let first = nodes.next().is_some_and(|node| read(node, found, bindings));
            if first || bindings.is_lenient() {
                for node in nodes {
                    attempt(node, found, bindings);
                }
            }
            first
        }
        Node::Url(address) => match found {
            Some(Value::String(found)) => web_address::read(address, found, bindings),
            None => node.is_optional(),
            Some(_) => false,
        },
    }
}

/// Reads, and keeps what was found only when it matched: alternatives stay strict in a lenient reading.
fn attempt(node: &Node, found: Option<&Value>, bindings: &mut Bindings) -> bool {
    let mut inside = Bindings::strict();
    let matches = read(node, found, &mut inside);
    if matches {
        bindings.absorb(inside);
    }
    matches
}
