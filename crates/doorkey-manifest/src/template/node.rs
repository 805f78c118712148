//! The compiled form of a template.

use serde_json::Value;

use super::text::Text;
use super::{Path, Placeholder};

/// One place in the tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Stands there as it is.
    Literal(Value),
    /// A placeholder alone: keeps its JSON type.
    Single(Box<Placeholder>),
    /// Text with placeholders in it.
    Text(Text),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    /// One element for each item of a list.
    Each {
        list: String,
        prefix: &'static str,
        optional: bool,
        item: Box<Node>,
    },
    /// The first element that matches.
    First(Box<Node>),
    /// The first alternative that fits.
    Any(Vec<Node>),
    /// Several readings of the same value.
    All(Vec<Node>),
    /// An address with parameters.
    Url(Box<WebAddress>),
}

/// An address with parameters added to its query or its fragment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WebAddress {
    pub base: Text,
    pub query: Vec<(String, Text)>,
    pub fragment: Vec<(String, Text)>,
}

impl Node {
    /// Whether an object stands here, with or without anything in it.
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Whether an object stands here in any case, whichever alternative is taken.
    pub fn is_always_object(&self) -> bool {
        match self {
            Self::Object(_) => true,
            Self::Any(nodes) | Self::All(nodes) => nodes.iter().all(Self::is_always_object),
            _ => false,
        }
    }

    /// The keys of lists whose elements are objects, as the manifest writes them.
    pub fn lists_of_objects(&self) -> Vec<Path> {
        let mut found = Vec::new();
        self.walk(&mut Vec::new(), &mut |path, node| {
            let is_one = match node {
                Self::Each { .. } | Self::First(_) => true,
                Self::Array(items) => items
                    .iter()
                    .any(|item| !matches!(item, Self::Literal(_) | Self::Single(_) | Self::Text(_))),
                _ => false,
            };
            if is_one {
                found.push(path.clone());
            }
        });
        found
    }

    /// Whether nothing at all is fine in its place.
    pub fn is_optional(&self) -> bool {
        match self {
            Self::Single(placeholder) => placeholder.is_optional(),
            Self::Object(fields) => !fields.is_empty() && fields.iter().all(|(_, node)| node.is_optional()),
            Self::Each { optional, .. } => *optional,
            Self::All(nodes) => nodes.first().is_some_and(Self::is_optional),
            Self::Any(nodes) => nodes.iter().any(Self::is_optional),
            Self::Url(address) => address.base.single().is_some_and(Placeholder::is_optional),
            Self::Literal(_) | Self::Text(_) | Self::Array(_) | Self::First(_) => false,
        }
    }

    /// Whether reading is content where nothing stands in its place: what isn't there is left out, or has a fallback.
    pub fn needs_nothing(&self) -> bool {
        match self {
            Self::Single(placeholder) => !placeholder.is_required(),
            Self::Object(fields) => !fields.is_empty() && fields.iter().all(|(_, node)| node.needs_nothing()),
            other => other.is_optional(),
        }
    }

    /// Every placeholder with the keys that lead to it.
    pub fn placeholders(&self) -> Vec<(Path, &Placeholder)> {
        let mut found = Vec::new();
        self.walk(&mut Vec::new(), &mut |path, node| match node {
            Self::Single(placeholder) => found.push((path.clone(), placeholder.as_ref())),
            Self::Text(text) => {
                found.extend(text.placeholders().map(|placeholder| (path.clone(), placeholder)));
            }
            Self::Url(address) => {
                let within = |keys: &[&str]| {
                    path.iter().cloned().chain(keys.iter().map(|key| (*key).to_owned())).collect()
                };
                found.extend(address.base.placeholders().map(|placeholder| (within(&["$url"]), placeholder)));
                for (place, texts) in [("query", &address.query), ("fragment", &address.fragment)] {
                    for (key, text) in texts {
                        found.extend(
                            text.placeholders().map(|placeholder| (within(&[place, key]), placeholder)),
                        );
                    }
                }
            }
            _ => {}
        });
        found
    }

    /// The lists that are gone through.
    pub fn lists(&self) -> Vec<&str> {
        let mut lists = Vec::new();
        self.walk(&mut Vec::new(), &mut |_, node| {
            if let Self::Each { list, .. } = node {
                lists.push(list.as_str());
            }
        });
        lists
    }

    /// What stands there as it is, by the keys of objects that lead to it.
    pub fn literals(&self) -> Vec<(Path, &Value)> {
        self.fields()
            .into_iter()
            .filter_map(|(path, node)| match node {
                Self::Literal(value) => Some((path, value)),
                _ => None,
            })
            .collect()
    }

    /// The keys without which reading fails, by the keys of objects that lead to them.
    pub fn required_keys(&self) -> Vec<Path> {
        self.fields()
            .into_iter()
            .filter(|(_, node)| match node {
                Self::Single(placeholder) => placeholder.is_required(),
                Self::Object(_) => false,
                other => !other.is_optional(),
            })
            .map(|(path, _)| path)
            .collect()
    }

    /// The keys below which nothing more is an object of this template, with the names that stand there.
    pub fn leaves(&self) -> Vec<(Path, Vec<&str>)> {
        let is_leaf = |node: &Node| match node {
            Self::Object(fields) => fields.is_empty(),
            Self::Any(_) | Self::All(_) => false,
            _ => true,
        };
        self.fields()
            .into_iter()
            .filter(|(_, node)| is_leaf(node))
            .map(|(path, node)| {
                (
                    path,
                    node.placeholders()
                        .into_iter()
                        .flat_map(|(_, found)| found.names().collect::<Vec<_>>())
                        .collect(),
                )
            })
            .collect()
    }

    /// The nodes below objects, by the keys that lead to them. Alternatives stand in the same place.
    fn fields(&self) -> Vec<(Path, &Node)> {
        fn visit<'a>(node: &'a Node, path: &mut Path, found: &mut Vec<(Path, &'a Node)>) {
            found.push((path.clone(), node));
            match node {
                Node::Object(fields) => {
                    for (key, field) in fields {
                        path.push(key.clone());
                        visit(field, path, found);
                        path.pop();
                    }
                }
                Node::Any(nodes) | Node::All(nodes) => {
                    for node in nodes {
                        visit(node, path, found);
                    }
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        visit(self, &mut Vec::new(), &mut found);
        found
    }

    /// Visits every node with the keys that lead to it as the manifest writes them.
    fn walk<'a>(&'a self, path: &mut Path, visit: &mut impl FnMut(&Path, &'a Self)) {
        visit(path, self);
        let mut descend = |key: String, node: &'a Self, path: &mut Path| {
            path.push(key);
            node.walk(path, visit);
            path.pop();
        };
        match self {
            Self::Object(fields) => {
                for (key, node) in fields {
                    descend(key.clone(), node, path);
                }
            }
            Self::Array(items) => {
                for (index, node) in items.iter().enumerate() {
                    descend(index.to_string(), node, path);
                }
            }
            Self::Any(nodes) | Self::All(nodes) => {
                path.push(if matches!(self, Self::Any(_)) { "$any" } else { "$all" }.to_owned());
                for (index, node) in nodes.iter().enumerate() {
                    path.push(index.to_string());
                    node.walk(path, visit);
                    path.pop();
                }
                path.pop();
            }
            Self::Each { item, .. } | Self::First(item) => descend("0".to_owned(), item, path),
            Self::Literal(_) | Self::Single(_) | Self::Text(_) | Self::Url(_) => {}
        }
    }
}
