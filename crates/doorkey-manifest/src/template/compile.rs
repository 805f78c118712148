//! From the JSON form of a template to its compiled form, with everything that is wrong on the way.

use serde_json::{Map, Value};

use super::node::{Node, WebAddress};
use super::text::Text;
use super::{Path, TemplateError, has_placeholder};
use crate::names::{self, Kind};

/// The keys that mean something other than themselves.
pub(super) const RESERVED: &[&str] = &["$each", "$item", "$first", "$any", "$all", "$url"];

/// Where problems are collected.
type Problems = Vec<(Path, TemplateError)>;

pub(super) fn compile(source: Value, path: &mut Path, problems: &mut Problems) -> Node {
    match source {
        Value::String(text) => string(&text, path, problems),
        Value::Array(items) => array(items, path, problems),
        Value::Object(object) => match reserved(&object) {
            None => fields(object, path, problems),
            Some("$any") => {
                alternatives(object, "$any", path, problems).map_or(Node::Literal(Value::Null), Node::Any)
            }
            Some("$all") => {
                alternatives(object, "$all", path, problems).map_or(Node::Literal(Value::Null), Node::All)
            }
            Some("$url") => address(object, path, problems),
            Some(key @ ("$each" | "$item" | "$first")) => {
                let key = RESERVED.iter().find(|reserved| **reserved == key).copied().unwrap_or("$each");
                let expected = "stands in an object that is the only element of an array";
                problem(problems, path, Some(key), TemplateError::Misused { key, expected })
            }
            Some(other) => {
                let other = other.to_owned();
                problem(problems, path, Some(&other), TemplateError::UnknownKey(other.clone()))
            }
        },
        literal => Node::Literal(literal),
    }
}

fn reserved(object: &Map<String, Value>) -> Option<&str> {
    object.keys().map(String::as_str).find(|key| key.starts_with('$'))
}

fn problem(problems: &mut Problems, path: &Path, key: Option<&str>, error: TemplateError) -> Node {
    let mut path = path.clone();
    path.extend(key.map(str::to_owned));
    problems.push((path, error));
    Node::Literal(Value::Null)
}

fn string(source: &str, path: &Path, problems: &mut Problems) -> Node {
    match Text::parse(source) {
        Err(error) => problem(problems, path, None, error),
        Ok(text) => match (text.literal(), text.single()) {
            (Some(literal), _) => Node::Literal(Value::String(literal)),
            (None, Some(placeholder)) => Node::Single(Box::new(placeholder.clone())),
            (None, None) => Node::Text(text),
        },
    }
}

fn fields(object: Map<String, Value>, path: &mut Path, problems: &mut Problems) -> Node {
    let fields = object.into_iter().map(|(key, value)| {
        if has_placeholder(&key) {
            problem(problems, path, Some(&key), TemplateError::PlaceholderInKey(key.clone()));
        }
        path.push(key);
        let node = compile(value, path, problems);
        (path.pop().unwrap_or_default(), node)
    });
    Node::Object(fields.collect())
}

fn array(mut items: Vec<Value>, path: &mut Path, problems: &mut Problems) -> Node {
    if let [Value::Object(only)] = items.as_mut_slice() {
        let each = only.shift_remove("$each");
        let first = only.shift_remove("$first");
        if each.is_some() || first.is_some() {
            path.push("0".to_owned());
            let node = repeated(std::mem::take(only), each, first, path, problems);
            path.pop();
            return node;
        }
    }
    let nodes = items.into_iter().enumerate().map(|(index, item)| {
        path.push(index.to_string());
        let node = compile(item, path, problems);
        path.pop();
        node
    });
    Node::Array(nodes.collect())
}

fn repeated(
    mut element: Map<String, Value>,
    each: Option<Value>,
    first: Option<Value>,
    path: &mut Path,
    problems: &mut Problems,
) -> Node {
    let item = match element.shift_remove("$item") {
        Some(item) if element.is_empty() => {
            path.push("$item".to_owned());
            let item = compile(item, path, problems);
            path.pop();
            item
        }
        Some(_) => {
            let expected = "is the whole element and has nothing beside it";
            return problem(problems, path, Some("$item"), TemplateError::Misused { key: "$item", expected });
        }
        None => compile(Value::Object(element), path, problems),
    };
    match (each, first) {
        (Some(Value::String(list)), None) => {
            let (list, optional) = list.strip_suffix('?').map_or((list.as_str(), false), |list| (list, true));
            if let Some(Kind::Items(prefix)) = names::lookup(list).map(|name| name.kind) {
                Node::Each { list: list.to_owned(), prefix, optional, item: Box::new(item) }
            } else {
                let expected = "names a list of objects: `orgs` or `keys`";
                problem(problems, path, Some("$each"), TemplateError::Misused { key: "$each", expected })
            }
        }
        (None, Some(Value::Bool(true))) => Node::First(Box::new(item)),
        (None, Some(_)) => {
            let expected = "is always `true`";
            problem(problems, path, Some("$first"), TemplateError::Misused { key: "$first", expected })
        }
        _ => {
            let expected = "names a list, and has no `$first` beside it";
            problem(problems, path, Some("$each"), TemplateError::Misused { key: "$each", expected })
        }
    }
}

fn alternatives(
    mut object: Map<String, Value>,
    key: &'static str,
    path: &mut Path,
    problems: &mut Problems,
) -> Option<Vec<Node>> {
    match (object.shift_remove(key), object.is_empty()) {
        (Some(Value::Array(items)), true) if !items.is_empty() => {
            path.push(key.to_owned());
            let Node::Array(nodes) = array(items, path, problems) else {
                path.pop();
                let expected = "holds a list of templates, none of which is `$each` or `$first`";
                problem(problems, path, Some(key), TemplateError::Misused { key, expected });
                return None;
            };
            path.pop();
            Some(nodes)
        }
        _ => {
            let expected = "holds a list of templates and has nothing beside it";
            problem(problems, path, Some(key), TemplateError::Misused { key, expected });
            None
        }
    }
}

fn address(mut object: Map<String, Value>, path: &mut Path, problems: &mut Problems) -> Node {
    let base = object.shift_remove("$url");
    let query = object.shift_remove("query");
    let fragment = object.shift_remove("fragment");
    let Some(Value::String(base)) = base.filter(|_| object.is_empty()) else {
        let expected = "holds an address; beside it stand only `query` and `fragment`";
        return problem(problems, path, Some("$url"), TemplateError::Misused { key: "$url", expected });
    };
    let base = match Text::parse(&base) {
        Ok(base) => base,
        Err(error) => return problem(problems, path, Some("$url"), error),
    };
    let query = parameters(query, "query", path, problems);
    let fragment = parameters(fragment, "fragment", path, problems);
    Node::Url(Box::new(WebAddress { base, query, fragment }))
}

fn parameters(
    source: Option<Value>,
    place: &str,
    path: &mut Path,
    problems: &mut Problems,
) -> Vec<(String, Text)> {
    let Some(source) = source else { return Vec::new() };
    path.push(place.to_owned());
    let mut parameters = Vec::new();
    if let Value::Object(object) = source {
        for (key, value) in object {
            if let Value::String(text) = value {
                match Text::parse(&text) {
                    Ok(text) => parameters.push((key, text)),
                    Err(error) => drop(problem(problems, path, Some(&key), error)),
                }
            } else {
                let expected = "takes parameters that are text";
                problem(problems, path, Some(&key), TemplateError::Misused { key: "$url", expected });
            }
        }
    } else {
        let expected = "takes tables of parameters";
        problem(problems, path, None, TemplateError::Misused { key: "$url", expected });
    }
    path.pop();
    parameters
}
