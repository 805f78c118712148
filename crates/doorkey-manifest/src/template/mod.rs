//! Two-way templates: filling one in encodes, reading with one decodes.
//!
//! A [`Template`] is a JSON tree whose strings hold placeholders; a [`Text`] is one such string. What a manifest says
//! once is used in both directions, by the side that sends and by the side that receives:
//!
//! | written | filling | reading |
//! |---|---|---|
//! | `"{token}"` | the value, with its JSON type | binds the name; the key has to be there |
//! | `"{user.name?}"` | without a value its key or list item is left out | missing or null is fine |
//! | `"{user.name\|user.email\|'nobody'}"` | the first that has a value, else the literal (or `null`) | binds the first name; the literal binds nothing |
//! | `"{expires_at:rfc3339}"` | written in that [`Format`] | parsed from it; formats that lose something bind nothing |
//! | `[{ "$each" = "orgs", id = "{org.id}" }]` | one element for each item | one item for each element |
//! | `[{ "$first" = true, active = true, id = "{org.id}" }]` | one element | the first element that matches |
//! | `{ "$any" = [A, B] }` | the first that can be filled | the first that matches |
//! | `{ "$all" = [A, B] }` | the first | all of them: the first has to match, the others may |
//! | `{ "$url" = "{frontend}/x", query = { a = "{code}" } }` | an address with parameters added | the parameters, and the address without them |
//!
//! Reading is lenient about fields that a template doesn't name and strict about those that it does. `{{` and `}}`
//! stand for braces. There are no expressions and no loops.

mod compile;
mod fill;
mod format;
mod node;
mod placeholder;
mod read;
mod scope;
mod text;
mod web_address;

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use format::Format;
pub use placeholder::{Fallback, Placeholder};
pub use text::Text;
pub(crate) use text::{Part, fill_parameters, read_parameters};
pub(crate) use web_address::add_parameters;

use crate::Values;
use node::Node;
use scope::{Bindings, Scope};

/// A step on the way into a tree: a key or an index, written as text.
pub(crate) type Path = Vec<String>;

/// A JSON tree that works in both directions. See the [module](self).
#[derive(Clone)]
pub struct Template {
    node: Node,
    problems: Vec<(Path, TemplateError)>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace was opened and not closed.
    #[error("a `{{` is never closed")]
    Unclosed,
    /// A brace is closed that wasn't opened.
    #[error("a `}}` was never opened")]
    Unopened,
    /// There is nothing between the braces.
    #[error("there is no name between the braces")]
    Empty,
    /// A name that isn't in the catalogue.
    #[error("there is no value called `{name}`")]
    UnknownName {
        /// The name as it was written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A format that isn't in the list.
    #[error("there is no format called `{0}`")]
    UnknownFormat(String),
    /// A format that doesn't fit the value.
    #[error("`{name}` can't be written as `{format}`: {expected}")]
    WrongFormat {
        /// The name.
        name: String,
        /// The format.
        format: String,
        /// What the format is for.
        expected: &'static str,
    },
    /// A placeholder in a key.
    #[error("a key is written as it stands, and `{0}` has a placeholder")]
    PlaceholderInKey(String),
    /// Something after the literal that ends a list of alternatives.
    #[error("a literal has to be the last of the alternatives")]
    AfterLiteral,
    /// Two placeholders without text between them can't be told apart again.
    #[error("two placeholders need some text between them")]
    Adjacent,
    /// A reserved key that doesn't exist.
    #[error("there is no reserved key `{0}`")]
    UnknownKey(String),
    /// A reserved key in a place or with a value that it isn't made for.
    #[error("`{key}` {expected}")]
    Misused {
        /// The reserved key.
        key: &'static str,
        /// What it is made for.
        expected: &'static str,
    },
}

impl TemplateError {
    /// What would be right, when that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unclosed | Self::Unopened => Some("write `{{` or `}}` for the brace itself".to_owned()),
            Self::UnknownName { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownName { nearest: None, .. } => {
                Some("what only this product knows is called `extra.…`, such as `extra.tenant`".to_owned())
            }
            Self::PlaceholderInKey(_) => {
                Some("only values are filled in: give it a key that is always the same".to_owned())
            }
            Self::UnknownFormat(_) => Some(format!("the formats are {}", format::LIST)),
            Self::UnknownKey(key) => crate::names::nearest(key, compile::RESERVED.iter().copied())
                .map(|nearest| format!("did you mean `{nearest}`?")),
            _ => None,
        }
    }
}

/// Why a template can't be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A value that has to be there isn't.
    #[error("there is no value for `{0}`")]
    Missing(String),
    /// A value is of another kind than the template needs.
    #[error("the value of `{0}` is of the wrong kind")]
    WrongKind(String),
    /// What should be an address isn't one.
    #[error("the value of `{0}` isn't an address")]
    Address(String),
    /// Of several alternatives none can be filled.
    #[error("none of the alternatives has all its values")]
    NoAlternative,
    /// The credentials file has no such variant, or it is only read.
    #[error("the credentials file is never written as `{0}`")]
    NoVariant(String),
    /// The exchange has no outcome with this meaning.
    #[error("there is no answer that means `{0}`")]
    NoOutcome(&'static str),
}

impl Template {
    /// Reads a template from its JSON form. Of several problems it reports the first.
    pub fn parse(source: Value) -> Result<Self, TemplateError> {
        let template = Self::compile(source);
        match template.problems.into_iter().next() {
            Some((_, problem)) => Err(problem),
            None => Ok(Self { node: template.node, problems: Vec::new() }),
        }
    }

    /// Encodes: the tree with the values filled in. An object without any of its values is still an object.
    pub fn fill(&self, values: &Values) -> Result<Value, FillError> {
        let nothing = || if self.node.is_object() { Value::Object(Map::new()) } else { Value::Null };
        Ok(fill::fill(&self.node, &Scope::new(values))?.unwrap_or_else(nothing))
    }

    /// Decodes: the values that stand in the tree, or `None` when it isn't of this shape.
    pub fn read(&self, value: &Value) -> Option<Values> {
        let mut bindings = Bindings::strict();
        read::read(&self.node, Some(value), &mut bindings).then(|| bindings.into_values())
    }

    /// Decodes what there is to decode: fields that are missing or of another shape are passed over.
    pub fn read_leniently(&self, value: &Value) -> Values {
        let mut bindings = Bindings::lenient();
        read::read(&self.node, Some(value), &mut bindings);
        bindings.into_values()
    }

    /// Every name that stands in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.placeholders()
            .into_iter()
            .flat_map(|(_, placeholder)| placeholder.names().collect::<Vec<_>>())
            .chain(self.node.lists())
    }

    /// The keys of everything that stands in it, with the names that stand there: what a file has of this shape.
    pub(crate) fn leaves(&self) -> Vec<(Path, Vec<&str>)> {
        self.node.leaves()
    }

    /// Whether it is an object, whichever alternative is taken.
    pub(crate) fn is_object(&self) -> bool {
        self.node.is_always_object()
    }

    /// The keys of lists whose elements are objects.
    pub(crate) fn lists_of_objects(&self) -> Vec<Path> {
        self.node.lists_of_objects()
    }

    /// The strings that stand in it unchanged, by the keys that lead there.
    pub(crate) fn literals(&self) -> Vec<(Path, &Value)> {
        self.node.literals()
    }

    /// Whether a value has to be there for reading to succeed, by the keys that lead there.
    pub(crate) fn required_keys(&self) -> Vec<Path> {
        self.node.required_keys()
    }

    pub(crate) fn placeholders(&self) -> Vec<(Path, &Placeholder)> {
        self.node.placeholders()
    }

    pub(crate) fn problems(&self) -> &[(Path, TemplateError)] {
        &self.problems
    }

    fn compile(source: Value) -> Self {
        let mut problems = Vec::new();
        let node = compile::compile(source, &mut Vec::new(), &mut problems);
        Self { node, problems }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

/// A wrong template is kept with its problems, so that a manifest's can all be reported at once; `Manifest::parse`
/// lets none through.
impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::compile)
    }
}

/// Whether a text that is taken as it stands was meant to be filled in.
pub(crate) fn has_placeholder(source: &str) -> bool {
    match Text::parse(source) {
        Ok(text) => text.literal().is_none(),
        Err(problem) => {
            !matches!(problem, TemplateError::Unclosed | TemplateError::Unopened | TemplateError::Empty)
        }
    }
}

/// An object, empty.
fn object() -> Map<String, Value> {
    Map::new()
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Template {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A two-way template: a JSON tree whose strings hold placeholders such as `{token}`, \
                `{user.name?}` or `{expires_at:rfc3339}`.",
            "type": ["object", "array", "string", "number", "boolean"]
        })
    }
}

#[cfg(test)]
mod tests;
